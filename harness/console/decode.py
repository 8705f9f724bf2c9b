"""`posrig decode`: loose bytes as a table, with the names in both languages."""

from __future__ import annotations

import binascii
import json
import sys
from typing import TYPE_CHECKING

import click

from protocols.errors import DecodeError
from protocols.text import Lang, Text

from .decode_protocols import EMV, PROTOCOLS, Reader, Shown, framing_names, only_reader, protocol_names, recognised
from .failing import NOT_AS_IT_MUST_BE, OK, UsageProblem, complain
from .language import current_lang, in_system_lang
from .options import OneOf, lang_option
from .shape import command

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from protocols.unionpay.decode import Decoded
    from protocols.unionpay.private.layout import Row

DIGITS_MAX = 1_000_000
"""No framing can carry more than 65,537 octets; half a megabyte is some other file."""
AROUND_OCTETS = 16
"""As many octets before the fault as a DecodeError keeps."""
PLAIN_WIDTH = 140
"""Columns where standard output is no terminal."""

ODD = Text("十六进制数字有 {count} 个，是奇数", "There are {count} hex digits, an odd number")
NOT_HEX = Text("{what!r}（第 {place} 个字符）不是十六进制数字", "{what!r} (character {place}) is no hex digit")
TOO_LONG = Text("输入超过 {limit} 个字符", "The input has more than {limit} characters")
HEX_CURE = Text("请只给出报文的十六进制，可有空白", "Give the message in hex; white space may stand between the octets")
WHERE = Text("{path}，第 {offset} 字节：{what}", "{path}, octet {offset}: {what}")
NOT_FRAMING = Text(
    "--framing {value}：{name} 没有这种成帧方式；可用：{known}",
    "--framing {value}: {name} has no such framing; there are: {known}",
)
AROUND = Text("附近的字节", "octets around")
COLUMNS = (Text("域", "field"), Text("名称", "name"), Text("值", "value"), Text("含义", "meaning"))
ASSUMED = Text("推定", "assumed")
UNKNOWN_KIND = Text("未知的报文种类", "a kind of message that no table lists")


def _dialects() -> tuple[str, ...]:
    from ..fixtures import dialect_names

    return ("auto", *dialect_names())


@command(
    "decode",
    "解析一条报文并逐域列出，名称中英对照。HEX 中可有空白；- 表示从标准输入读取。解析不做屏蔽。\n\n"
    "输入若是读卡程序的日志（> 与 < 行，scriptor、opensc-tool -s、pyscard、pcscd --apdu、GlobalPlatformPro 等），"
    "则逐步解析整段卡片会话。\n\n"
    "退出码：0 已解析，1 报文有错（给出域、偏移与附近字节），2 不是十六进制。",
    "Take a message apart, field by field, with names in Chinese and English. White space may stand in HEX; - reads "
    "standard input. Nothing is masked.\n\n"
    "The log of a program that has read a card (lines with > and <; scriptor, opensc-tool -s, pyscard, pcscd --apdu, "
    "GlobalPlatformPro and others) is taken apart step by step, as a conversation.\n\n"
    "Exit status: 0 decoded, 1 a bad message (field path, offset and the octets around are shown), 2 not hex.",
    (
        "posrig decode 0800 0020 0000 00C0 0012 ...",
        "posrig decode --json --dialect cup-cbc 01066000000581...",
        "xxd -p capture.bin | posrig decode --framing tcp -",
        "posrig decode 00A404000E315041592E5359532E444446303100",
        "posrig decode --as tvr 0080048000",
        "opensc-tool -s 00:A4:04:00:0E:31:50:41:59:2E:53:59:53:2E:44:44:46:30:31:00 | posrig decode -",
    ),
)
@click.option(
    "--protocol",
    type=OneOf("auto|unionpay|zvt|...", protocol_names),
    default="auto",
    help=in_system_lang("报文规范；默认自行判断", "the message specification; by default found out"),
)
@click.option(
    "--framing",
    type=OneOf("auto|tcp|tpdu-header|tpdu|bare|serial", framing_names),
    default="auto",
    help=in_system_lang("成帧方式；默认自行判断", "how the message is framed; by default found out"),
)
@click.option(
    "--dialect",
    type=OneOf("auto|cup|cup-cbc|...", _dialects),
    default="auto",
    help=in_system_lang("方言；默认取首个相符的", "the dialect; by default the first one that fits"),
)
@click.option(
    "--answers",
    metavar="COMMAND",
    default="",
    help=in_system_lang(
        "报文所应答的命令（ZVT 的完成报文随命令而异），如 0600",
        "the command that the message answers, as 0600 (ZVT's completions depend on it)",
    ),
)
@click.option(
    "--as",
    "kind",
    metavar="c-apdu|r-apdu|atr|tlv|dol|tvr|...|TAG",
    default="",
    help=in_system_lang(
        "卡片侧数据的种类，或其标签（如 9F10）；默认自行判断",
        "what octets of the card's side are, or their tag (9F10); by default found out",
    ),
)
@click.option("--json", "as_json", is_flag=True, help=in_system_lang("以 JSON 输出", "print JSON"))
@lang_option()
@click.argument("hex_text", metavar="HEX|-", nargs=-1, required=True)
def decode_command(
    protocol: str, framing: str, dialect: str, answers: str, kind: str, as_json: bool, hex_text: tuple[str, ...]
) -> int:
    text = _standard_input() if hex_text == ("-",) else "\n".join(hex_text)
    if protocol in ("auto", EMV) and not kind and (conversation := _conversation(text)) is not None:
        shown, whole = conversation
        _print(shown, as_json)
        return OK if whole else NOT_AS_IT_MUST_BE
    data = octets_of(text)
    auto = protocol == "auto" and not kind
    name = recognised(data) if auto and framing in ("auto", "serial") else protocol
    try:
        if kind:
            _print(PROTOCOLS[EMV].read(data, kind, answers), as_json)
        elif name in PROTOCOLS:
            _show(name, PROTOCOLS[name], data, framing, answers, as_json)
        else:
            _show_else(auto, data, framing, dialect, answers, as_json)
    except DecodeError as error:
        if as_json:
            from protocols.unionpay.decode import error_json

            _print_json(error_json(error))
        else:
            complain(error_text(error, current_lang()))
        return NOT_AS_IT_MUST_BE
    return OK


def _show(name: str, reader: Reader, data: bytes, framing: str, answers: str, as_json: bool) -> None:
    known = ("auto", *reader.framings)
    if framing not in known:
        raise UsageProblem(NOT_FRAMING.format(name=name, value=framing, known=", ".join(known)))
    _print(reader.read(data, framing, answers), as_json)


def _print(shown: Shown, as_json: bool) -> None:
    if as_json:
        _print_json(shown.json)
        return
    console = _console()
    for line in shown.head:
        console.print(line, style="bold")
    table = _empty_table()
    for path, title, value, meaning in shown.rows:
        table.add_row(path, str(title), value, _or_blank(meaning))
    console.print(table)


def _show_else(auto: bool, data: bytes, framing: str, dialect: str, answers: str, as_json: bool) -> None:
    """A host's message, or else what only one other protocol reads; neither: what keeps it from being the host's."""
    try:
        _show_host_message(data, framing, dialect, as_json)
    except DecodeError:
        name = only_reader(data, framing, answers) if auto else ""
        if not name:
            raise
        _show(name, PROTOCOLS[name], data, framing, answers, as_json)


def _show_host_message(data: bytes, framing: str, dialect: str, as_json: bool) -> None:
    from protocols.unionpay.decode import decode, to_json

    from ..fixtures import dialect_names, load_dialect

    names = dialect_names() if dialect == "auto" else [dialect]
    decoded = decode(data, framing, dialect, [load_dialect(name) for name in names])
    if as_json:
        _print_json(to_json(decoded))
    else:
        print_table(decoded)


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _standard_input() -> str:
    """All of standard input, with one character for each octet."""
    return sys.stdin.buffer.read(DIGITS_MAX * 2).decode("latin-1")


def _conversation(text: str) -> tuple[Shown, bool] | None:
    """What a log of APDUs says, and whether all of it could be read; None where `text` is none."""
    if all(character in "0123456789abcdefABCDEF" or character.isspace() for character in text):
        return None
    from protocols.emv.apdu_log import messages_in

    from .decode_session import read

    messages = messages_in(text)
    return read(messages) if messages else None


def octets_of(text: str) -> bytes:
    """The octets that `text` spells, white space aside.  Raises UsageProblem that says what is no hex."""
    if len(text) > DIGITS_MAX:
        raise _not_hex(TOO_LONG.format(limit=DIGITS_MAX))
    digits = "".join(text.split())
    for place, character in enumerate(text, 1):
        if not character.isspace() and character not in "0123456789abcdefABCDEF":
            raise _not_hex(NOT_HEX.format(what=character, place=place))
    if len(digits) % 2:
        raise _not_hex(ODD.format(count=len(digits)))
    return binascii.unhexlify(digits)


def _not_hex(what: Text) -> UsageProblem:
    return UsageProblem(Text(f"{what.zh}。{HEX_CURE.zh}", f"{what.en}. {HEX_CURE.en}"))


def error_text(error: DecodeError, lang: Lang) -> str:
    """Path, offset, reason, cure, and the octets around with the first bad one in brackets."""
    before = min(error.offset, AROUND_OCTETS)
    octets = [f"{octet:02X}" for octet in error.raw]
    if before < len(octets):
        octets[before] = f"[{octets[before]}]"
    else:
        octets.append("[]")
    first = WHERE.format(path=error.path, offset=error.offset, what=error.what.in_(lang)).in_(lang)
    return f"{first}\n{AROUND.in_(lang)}: {' '.join(octets)}\n{error.cure.in_(lang)}"


def print_table(decoded: Decoded) -> None:
    """The message as a table on standard output."""
    console = _console()
    _print_head(decoded, console)
    console.print(_table(decoded))


def _console() -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    return Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)


def _print_head(decoded: Decoded, console: Console) -> None:
    message = decoded.message
    console.print(f"MTI {message.mti}  {decoded.kind or UNKNOWN_KIND}", style="bold")
    envelope = [("TPDU", message.tpdu), ("header", message.header)]
    parts = [f"{name} {value.hex().upper()}" for name, value in envelope if value is not None]
    parts += [f"bitmap {message.bitmap.hex().upper()}", f"framing {decoded.framing}", f"dialect {decoded.dialect.name}"]
    console.print("  ".join(parts))
    for text in decoded.assumed:
        console.print(f"{ASSUMED}: {text}", style="dim")


def _empty_table() -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for column, text in enumerate(COLUMNS):
        table.add_column(str(text), overflow="fold", no_wrap=column == 0, ratio=(None, 3, 4, 3)[column])
    return table


def _table(decoded: Decoded) -> Table:
    table = _empty_table()
    for row in decoded.rows:
        single = len(row.parts) == 1 and row.parts[0][2] == row.wire
        meaning = row.parts[0][3] if single else None
        table.add_row(str(row.number), str(row.name), row.wire, _or_blank(meaning), style="bold" if row.parts else "")
        for part in () if single else row.parts:
            table.add_row(*_part(part))
    return table


def _part(part: Row) -> tuple[str, str, str, str]:
    path, name, value, meaning = part
    return f"  {path}", str(name), value, _or_blank(meaning)


def _or_blank(text: Text | None) -> str:
    return str(text) if text else ""
