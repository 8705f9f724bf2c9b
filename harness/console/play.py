"""`posrig play`: one side of a recording against a live peer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from protocols.text import Lang, Text

from .failing import BROKEN, NOT_AS_IT_MUST_BE, OK, UsageProblem, complain
from .language import current_lang, in_system_lang
from .options import UNWRITABLE, Address, NewFile, OneOf, ReadableFile, Whole, lang_option
from .shape import command

if TYPE_CHECKING:
    from ..bench.playing import Way
    from ..recordings.reader import Reader
    from ..recordings.script import Part, Role
    from ..recordings.sessions import Family
    from ..recordings.transcript import Line, Playing

ROLES = ("host", "terminal", "register", "card")
WAIT_S = (1, 3600)
READER_WAYS = ("vpcd", "private")
WAYS = ("listen", "connect", "serial", *READER_WAYS)
LINES_SHOWN_MAX = 400
"""On the screen; --json has all of them."""
VPCD = "127.0.0.1:35963"
"""As `posrig card serve` has it."""
HEX_SHOWN_MAX = 48
"""Octets of a frame that nobody can read."""

ONE_WAY = Text(
    "请从 --listen、--connect、--serial、--vpcd、--private 中给出一个",
    "Give one of --listen, --connect, --serial, --vpcd and --private, no more and no less",
)
IN_READER = Text(
    "卡片放进虚拟读卡器，请用 --vpcd 或 --private，其他一侧不能用",
    "a card is put into a virtual reader; use --vpcd or --private, which no other side can",
)
DIALLED = Text("主机由终端拨入，请用 --listen", "a host is dialled; use --listen")
WIRED = Text("收银机去找终端，请用 --serial 或 --connect", "a register goes to its terminal; use --serial or --connect")

READY = Text("等待对方：{where}", "waiting for the peer at {where}")
PARTS = Text("播放 {count} 段会话，第一段 {name}", "{count} sessions to play, the first is {name}")
VERDICTS = {
    "said": Text("已发", "said"),
    "same": Text("相同", "same"),
    "natural": Text("相同", "same"),
    "different": Text("不同", "DIFFERENT"),
    "missing": Text("缺少", "MISSING"),
    "extra": Text("多出", "EXTRA"),
}
FOLLOWED = Text("已按对方请求改写", "fitted to the peer's request")
UNCHECKED = Text("MAC 无法核对", "its MAC cannot be checked")
NOBODY_CAME = Text("没有人连接", "nobody came")
MORE_CAME = Text("又来了一个连接", "one more connection")
_ABOUT = {"nobody": NOBODY_CAME, "connection": MORE_CAME}
NO_CONNECTION = Text("没有连上（{why}）", "no connection ({why})")
SHUT = Text("共 {total} 行，只显示 {shown} 行", "{shown} of {total} lines are shown")
GOOD = Text(
    "与录制相符：发出 {said}，收到 {heard}（其中 {natural} 有随运行而异的部分）",
    "as recorded: {said} said, {heard} heard ({natural} of them with parts that lie in the nature of a run)",
)
BAD = Text(
    "与录制不符：不同 {different}，缺少 {missing}，多出 {extra}",
    "not as recorded: {different} different, {missing} missing, {extra} extra",
)
MASKED_NOTE = Text(
    "录制时屏蔽过：发出的帧已重算校验字节，MAC 与密钥不再有效",
    "Masked when it was recorded: what was said has its check octets computed anew; MACs and keys are no longer good",
)


@command(
    "play",
    "播放录制的一侧：发出该侧发过的，等待并比对对方所答。对方应答中的时刻、流水号、随机数、MAC 等随运行而异，"
    "会列出但不算不符；应答里重复请求的部分按对方的请求改写。\n\n"
    "RECORDING 为轨迹文件。主机用 --listen；收银机用 --serial 或 --connect；终端对收银机用 --serial 或 --listen，"
    "对主机用 --connect；卡片用 --vpcd 或 --private，放进虚拟读卡器：问同样的命令，逐字节同样回答，问别的则拒绝。\n\n"
    "退出码：0 与录制相符，1 不符，2 用法或文件有错，3 测试台自身出错。",
    "Play one side of a recording: say what it said, wait for what the peer answers and compare. Times, trace numbers, "
    "random numbers, MACs and the like lie in the nature of a run: they are listed and are no failure. What an answer "
    "repeats of its request is taken from the live one.\n\n"
    "RECORDING is a trace. A host uses --listen; a register --serial or --connect; a terminal --serial or --listen "
    "towards its register, --connect towards its host; a card --vpcd or --private: in a virtual reader it answers the "
    "same commands octet for octet as it did, and refuses others.\n\n"
    "Exit status: 0 as recorded, 1 not, 2 usage or a bad file, 3 the bench itself is broken.",
    (
        "posrig play report/A1.trace.jsonl --as host --listen 127.0.0.1:8583",
        "posrig play shop.trace.jsonl --as register --serial /dev/ttyUSB0 --fast",
        "posrig play shop.trace.jsonl --as terminal --serial pty",
        "posrig play card.trace.jsonl --as card --private",
    ),
)
@click.argument("recording", metavar="RECORDING", type=ReadableFile())
@click.option(
    "--as",
    "role",
    type=OneOf("host|terminal|register|card", lambda: ROLES),
    required=True,
    help=in_system_lang("播放哪一侧", "which side to play"),
)
@click.option("--listen", type=Address(), help=in_system_lang("在此等对方连接", "wait here for the peer to connect"))
@click.option("--connect", type=Address(dial=True), help=in_system_lang("连接对方", "connect to the peer"))
@click.option("--serial", metavar="pty|PORT", help=in_system_lang("串口，或自建伪终端", "a serial port, or a pty"))
@click.option(
    "--vpcd",
    type=Address(dial=True),
    is_flag=False,
    flag_value=VPCD,
    metavar="[ADDR:PORT]",
    help=in_system_lang(
        f"系统的虚拟读卡器；地址默认 {VPCD}", f"the system's virtual reader; its address is {VPCD} by default"
    ),
)
@click.option(
    "--private", is_flag=True, help=in_system_lang("自带 pcscd 与虚拟读卡器", "a pcscd and virtual reader of its own")
)
@click.option(
    "--line",
    metavar="9600-8N1",
    help=in_system_lang("串口参数；默认为规程惯用的", "how the line is set; default as is usual for the protocol"),
)
@click.option("--fast", is_flag=True, help=in_system_lang("不照录制的节奏停顿", "without the pauses of the recording"))
@click.option(
    "--wait",
    "wait_s",
    type=Whole(*WAIT_S),
    default=60,
    help=in_system_lang("最多等对方多少秒；默认 60", "seconds to wait for the peer at most; default 60"),
)
@click.option(
    "--trace", type=NewFile(), help=in_system_lang("把这次播放录到此文件", "record this playing in this file")
)
@click.option("--json", "as_json", is_flag=True, help=in_system_lang("以 JSON 输出", "print JSON"))
@lang_option()
def play_command(recording: Path, role: str, as_json: bool, **options: Any) -> int:
    from ..bench.playing import PRIVATE, Way, play
    from ..bench.register import usual_line
    from ..links.line_settings import LineSettings
    from ..recordings.card_player import CardPlayer
    from ..recordings.player import Player

    lang = current_lang()
    family = _family(cast("Role", role), options)
    dials = {"host": "host", "register": "terminal"}.get(family, "") if options["connect"] else ""
    cable = family == "register" and not dials
    parts, reader = _script(recording, cast("Role", role), family, cable)
    wait_us = options["wait_s"] * 1_000_000
    pace = {"fast": options["fast"], "wait_us": wait_us}
    card = CardPlayer(parts, reader, **pace) if family == "card" else None
    player: Playing = card or Player(cast("Role", role), parts, reader, dials=dials, cable=cable, **pace)
    complain(PARTS.format(count=len(parts), name=parts[0].name).in_(lang))
    line = None
    if options["serial"]:
        line = LineSettings.parse(options["line"]) if options["line"] else usual_line(parts[0].spoken.protocol)
    wired = "register" if role == "terminal" else "terminal"
    way = Way(
        link=dials or wired,
        accepts_as="" if role == "host" else wired,
        listen=options["listen"] or "",
        connect=options["connect"] or "",
        serial=options["serial"] or "",
        line=line,
        reader=PRIVATE if options["private"] else options["vpcd"] or "",
        tapped=card is not None and card.tapped,
    )
    bugs = _played(play, player, way, options["trace"], lang)
    _show(player, as_json, lang)
    if bugs:
        return BROKEN
    return OK if player.ok else NOT_AS_IT_MUST_BE


def _family(role: Role, options: dict[str, Any]) -> Family:
    """What is to be played, told by role and way.  Raises UsageProblem."""
    given = [name for name in WAYS if options[name]]
    if len(given) != 1:
        raise UsageProblem(ONE_WAY)
    way = given[0]
    if (role == "card") != (way in READER_WAYS):
        raise UsageProblem(IN_READER)
    if role == "card":
        return "card"
    if role == "host" and way != "listen":
        raise UsageProblem(DIALLED)
    if role == "register" and way == "listen":
        raise UsageProblem(WIRED)
    return "host" if role == "host" or (role == "terminal" and way == "connect") else "register"


def _script(path: Path, role: Role, family: Family, joined: bool) -> tuple[list[Part], Reader]:
    from ..recordings.reader import Reader
    from ..recordings.script import script_of
    from ..recordings.sessions import sessions_of
    from ..trace import read_trace

    trace = read_trace(path, cut_ok=True)
    reader = Reader(trace.header.dialect)
    return script_of(sessions_of(trace.events), role, family, reader, joined), reader


def _played(play: Any, player: Playing, way: Way, trace: Path | None, lang: Lang) -> int:
    """Run it; returns how many bugs the shell met."""
    from ..bench.recording import record

    try:
        tap = None if trace is None else record(trace, physical=True)
    except OSError as error:
        raise UsageProblem(UNWRITABLE.format(value=trace, why=error.strerror)) from error
    try:
        return int(play(player, way, tap, lambda where: complain(READY.format(where=where).in_(lang))))
    finally:
        if tap is not None:
            tap.close()


def _show(player: Playing, as_json: bool, lang: Lang) -> None:
    if as_json:
        shown = {"ok": player.ok, "lines": [_json(line) for line in player.lines]}
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for line in player.lines[:LINES_SHOWN_MAX]:
        for text in line_texts(line, lang):
            click.echo(text)
    if len(player.lines) > LINES_SHOWN_MAX:
        click.echo(SHUT.format(total=len(player.lines), shown=LINES_SHOWN_MAX).in_(lang))
    if any(line.recorded is not None and line.recorded.masked for line in player.lines):
        click.echo(MASKED_NOTE.in_(lang))
    counts = {name: sum(line.verdict == name for line in player.lines) for name in VERDICTS}
    heard = counts["same"] + counts["natural"]
    click.echo((GOOD if player.ok else BAD).format(heard=heard, **counts).in_(lang))


def line_texts(line: Line, lang: Lang) -> list[str]:
    """One line of the transcript, and under it what differs."""
    arrow = ">" if line.out else "<"
    notes = [note.in_(lang) for note, there in ((FOLLOWED, line.followed), (UNCHECKED, line.unchecked)) if there]
    more = f" ({'; '.join(notes)})" if notes else ""
    verdict = VERDICTS[line.verdict].in_(lang)
    if line.recorded is None and line.found is None:
        why = _ABOUT.get(line.kind, NO_CONNECTION.format(why=line.kind))
        return [f"{line.t_us / 1e6:9.3f}  {line.part}  {verdict}: {why.in_(lang)}"]
    unit = line.found or line.recorded
    octets = f" {unit.raw[:HEX_SHOWN_MAX].hex().upper()}" if unit and unit.what in ("noise", "hidden") else ""
    head = f"{line.t_us / 1e6:9.3f}  {line.part} {arrow} {line.kind}{octets}  {verdict}{more}"
    return [head, *(f"{'':12}{_difference(one.place, one.old, one.new, one.why, lang)}" for one in line.differences)]


def _difference(place: str, old: str | None, new: str | None, why: Text | None, lang: Lang) -> str:
    return f"{place}: {old or '-'} -> {new or '-'}{f'  ({why.in_(lang)})' if why else ''}"


def _json(line: Line) -> dict[str, Any]:
    return {
        "t_us": line.t_us,
        "part": line.part,
        "out": line.out,
        "verdict": line.verdict,
        "kind": line.kind,
        "followed": line.followed,
        "unchecked": line.unchecked,
        "recorded": None if line.recorded is None else line.recorded.raw.hex().upper(),
        "found": None if line.found is None else line.found.raw.hex().upper(),
        "differences": [
            {
                "place": one.place,
                "recorded": one.old,
                "found": one.new,
                "why": {"zh": one.why.zh, "en": one.why.en} if one.why else None,
            }
            for one in line.differences
        ],
    }
