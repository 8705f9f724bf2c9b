"""`posrig reader`: card readers of this computer (PC/SC): list, check, watch, one command by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protocols.errors import DecodeError, LocalError
from protocols.text import Lang, Text

from .failing import BROKEN, NOT_AS_IT_MUST_BE, OK, USAGE, complain, shown
from .language import current_lang, in_system_lang
from .options import Whole, lang_option
from .shape import LazyGroup, command

if TYPE_CHECKING:
    from ..bench_check.reader.report import Line, Report, Timing
    from ..links.pcsc import CardLinkError, ReaderInfo

WAIT_S_MAX, READS_MAX = 3600, 100_000
HOPELESS = ("no-service", "no-reader")
"""Reasons for which there is nothing to be checked: status 3."""
OUR_CALLERS = ("unknown-reader", "several-readers")

STATES = {
    "empty": Text("无卡", "no card"),
    "card": Text("有卡", "card"),
    "mute": Text("有卡但无应答", "a card that is mute"),
    "in_use": Text("使用中", "in use"),
}
CHANGES = {
    "plugged": Text("读卡器接入", "reader plugged in"),
    "unplugged": Text("读卡器拔出", "reader unplugged"),
    "inserted": Text("卡片插入", "card put in"),
    "removed": Text("卡片拔出", "card removed"),
    "mute": Text("插入的卡片无应答", "a mute card put in"),
}
KINDS = {True: Text("非接触", "contactless"), False: Text("接触式", "contact")}
SERIAL = Text("序列号 {serial}", "serial number {serial}")
WAITING = Text("请把卡片放到 {name}（{wait_s} 秒内）", "Put a card into {name} (within {wait_s} s)")
CURE, WHO = Text("办法", "cure"), Text("由谁处理", "who must act")
TIMES = Text(
    "{count} 次，失败 {errors}（95% 区间 {low} 至 {high}）；毫秒：最小 {min}，中位 {median}，p95 {p95}，最大 {max}",
    "{count} times, {errors} failed (95 % bounds {low} to {high}); ms: min {min}, median {median}, p95 {p95}, max "
    "{max}",
)
NOT_COMMAND = Text("{hex} 不是命令：{what}", "{hex} is no command: {what}")


def reader_option() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--reader`, which all but `list` share."""
    return click.option(
        "--reader",
        "wanted",
        metavar="NAME",
        default="",
        help=in_system_lang(
            "读卡器：名称、其一部分、序列号、contact 或 contactless；默认唯一的或有卡的那个",
            "its name, part of it, its serial number, contact or contactless; default the only one, or the one with a "
            "card",
        ),
    )


@command(
    "list",
    "列出读卡器：名称、接触式或非接触、序列号、有没有卡及其 ATR。\n\n退出码：0 有读卡器，3 没有，或没有 PC/SC 服务。",
    "List the readers: name, contact or contactless, serial number, the card in it and its ATR.\n\n"
    "Exit status: 0 there are readers, 3 there is none, or no PC/SC service.",
    ("posrig reader list", "posrig reader list --json"),
)
@click.option("--json", "as_json", is_flag=True, help=in_system_lang("以 JSON 输出", "print JSON"))
@lang_option()
def list_command(as_json: bool) -> int:
    from ..links.pcsc import CardLinkError, readers

    try:
        found = readers()
        if as_json:
            click.echo(json.dumps([_row(one) for one in found], ensure_ascii=False, indent=2))
        elif found:
            click.echo("\n".join(_line(one, current_lang()) for one in found))
        if not found:
            raise CardLinkError("no-reader")
    except CardLinkError as error:
        return _told(error)
    return OK


@command(
    "watch",
    "显示读卡器的接入与拔出、卡片的插入与拔出，直到 Ctrl-C。\n\n退出码：3 没有 PC/SC 服务，或它停止了。",
    "Show readers that are plugged in and out, and cards that are put in and pulled out, until Ctrl-C.\n\n"
    "Exit status: 3 there is no PC/SC service, or it has ended.",
    ("posrig reader watch", "posrig reader watch --json"),
)
@click.option(
    "--json", "as_json", is_flag=True, help=in_system_lang("每个事件一行 JSON", "a line of JSON for each event")
)
@lang_option()
def watch_command(as_json: bool) -> int:
    from ..links.pcsc import CardLinkError
    from ..links.pcsc.readers import watch

    lang = current_lang()
    try:
        for change in watch():
            if change is None:
                continue
            if as_json:
                click.echo(json.dumps({"what": change.what, **_row(change.reader)}, ensure_ascii=False))
            else:
                atr = f"  {change.reader.atr.hex().upper()}" if change.what == "inserted" else ""
                click.echo(f"{CHANGES[change.what].in_(lang)}  {change.reader.name}{atr}")
    except CardLinkError as error:
        return _told(error)
    return OK


@command(
    "apdu",
    "向卡片发送命令 APDU（十六进制，可多条），显示应答。T=0 的 61xx、6Cxx 自动处理。卡号原样显示。\n\n"
    "退出码：0 有应答，1 卡片或读卡器失败，2 用法错误，3 没有读卡器或 PC/SC 服务。",
    "Send command APDUs in hex, one or several, and show the answers. 61xx and 6Cxx of T=0 are handled. Card numbers "
    "are "
    "shown as they come.\n\n"
    "Exit status: 0 answered, 1 card or reader failed, 2 usage, 3 there is no reader or no PC/SC service.",
    (
        "posrig reader apdu 00A404000E315041592E5359532E444446303100",
        "posrig reader apdu --reader contactless FFCA000000",
    ),
)
@click.argument("commands", metavar="HEX...", nargs=-1, required=True)
@reader_option()
@lang_option()
def apdu_command(commands: Sequence[str], wanted: str) -> int:
    from protocols.emv.apdu import parse_command, parse_response
    from protocols.emv.commands import instruction_of
    from protocols.emv.status_words import meaning

    from ..links.pcsc import Card, CardLinkError, choose, readers

    lang = current_lang()
    octets = [_octets(text) for text in commands]
    try:
        with Card(choose(readers(), wanted).name) as card:
            for one in octets:
                response = parse_response(card.transmit(one))
                name = instruction_of(parse_command(one)).name.in_(lang)
                click.echo(f"> {one.hex().upper()}  {name}")
                click.echo(
                    f"< {response.data.hex().upper()} {response.sw:04X}  {meaning(response.sw).in_(lang)}".strip()
                )
    except CardLinkError as error:
        return _told(error)
    return OK


@command(
    "check",
    "检查读卡器和其中的测试卡：上电、ATR、冷热复位、协议、连续读取的耗时与失败率（含 95% 置信区间）、卡片内容，"
    "并给出结论、原因和由谁处理。只用 SELECT、READ RECORD、GET DATA 等无害命令；--cryptogram 才要求一个 AAC。\n\n"
    "退出码：0 全部通过，1 读卡器或卡片不合格，2 用法错误，3 没有读卡器、PC/SC 服务或读卡器支持。",
    "Check a reader and the test card in it: power-up, ATR, cold and warm resets, protocols, how long answers take "
    "and how "
    "often they fail (with 95 % bounds), what the card holds; with a verdict, the cause, and who must act. Only "
    "harmless "
    "commands are used (SELECT, READ RECORD, GET DATA ...); --cryptogram asks for an AAC as well.\n\n"
    "Exit status: 0 all good, 1 reader or card failed, 2 usage, 3 no reader, no PC/SC service, or no reader support.",
    (
        "posrig reader check",
        "posrig reader check --reader contactless --reads 500",
        "posrig reader check --plug --json check.json",
    ),
)
@reader_option()
@click.option(
    "--reads",
    type=Whole(1, READS_MAX),
    default=100,
    help=in_system_lang("连续读取的次数；默认 100", "how many reads in a row; default 100"),
)
@click.option(
    "--wait",
    "wait_s",
    type=Whole(0, WAIT_S_MAX),
    default=30,
    help=in_system_lang("等卡片的秒数；默认 30", "seconds to wait for a card; default 30"),
)
@click.option(
    "--plug",
    is_flag=True,
    help=in_system_lang("也检查拔出与插入（按提示操作）", "also check removal and insertion, when you are asked to"),
)
@click.option(
    "--cryptogram",
    is_flag=True,
    help=in_system_lang(
        "要求一个 AAC（不产生交易，ATC 加一）", "ask for an AAC, which pays nothing and counts up the ATC"
    ),
)
@click.option(
    "--json", "json_file", metavar="FILE|-", help=in_system_lang("把结果以 JSON 写出", "write the result as JSON")
)
@lang_option()
def check_command(wanted: str, reads: int, wait_s: int, json_file: str | None, **options: bool) -> int:
    from ..bench_check.reader.run import Wanted, check_reader
    from ..links.pcsc import CardLinkError, choose, readers
    from ..links.pcsc.readers import await_card, suited_to

    lang = current_lang()
    silent = json_file == "-"
    try:
        suited = suited_to(readers(), wanted)
        if wait_s and not any(one.present for one in suited):
            names = [one.name for one in suited]
            complain(WAITING.format(name=" / ".join(names), wait_s=wait_s).in_(lang))
            if not await_card(names, True, wait_s) and len(names) > 1:
                raise CardLinkError("no-card")  # which of them was meant nobody can tell
        reader = choose(readers(), wanted)
        report = check_reader(
            reader,
            Wanted(reads, **options),
            (lambda _: None) if silent else (lambda line: _show_line(line, lang)),
            lambda wish: complain(wish.in_(lang)),
        )
    except CardLinkError as error:
        return _told(error)
    if not silent:
        click.echo(_verdict(report).in_(lang))
    if json_file:
        _write_json(report, json_file)
    return OK if report.good else NOT_AS_IT_MUST_BE


reader_group: LazyGroup = LazyGroup(
    "reader",
    loaders={
        "list": (in_system_lang("列出读卡器", "list the readers"), lambda: list_command),
        "check": (in_system_lang("检查读卡器与测试卡", "check a reader and a test card"), lambda: check_command),
        "watch": (in_system_lang("显示插入与拔出", "show what is put in and pulled out"), lambda: watch_command),
        "apdu": (in_system_lang("向卡片发送命令", "send commands to a card"), lambda: apdu_command),
    },
    help=in_system_lang(
        "本机的读卡器（PC/SC）。需要 pip install 'posrig[pcsc]' 与 pcscd。",
        "The card readers of this computer (PC/SC). Needs pip install 'posrig[pcsc]' and pcscd.",
    ),
    examples=("posrig reader list", "posrig reader check", "posrig reader watch"),
)


def _told(error: CardLinkError) -> int:
    """Say what is wrong; the status."""
    complain(shown(error, current_lang()))
    if error.trouble in OUR_CALLERS:
        return USAGE
    return BROKEN if error.reason in HOPELESS else NOT_AS_IT_MUST_BE


def _octets(text: str) -> bytes:
    """Raises LocalError for what is no command."""
    from protocols.emv.apdu import parse_command

    plain = "".join(text.replace(":", "").split())
    try:
        octets = bytes.fromhex(plain)
        parse_command(octets)
    except DecodeError as error:
        zh, en = (NOT_COMMAND.in_(lang).format(hex=text[:60], what=error.what.in_(lang)) for lang in ("zh", "en"))
        raise LocalError(Text(zh, en), error.cure) from error
    except ValueError as error:
        what = Text(f"{text[:60]!r} 不是十六进制", f"{text[:60]!r} is no hex")
        raise LocalError(what, Text("例如 00A4040000", "For example 00A4040000")) from error
    return octets


def _row(reader: ReaderInfo) -> dict[str, Any]:
    return {
        "name": reader.name,
        "serial": reader.serial or None,
        "vendor": reader.vendor or None,
        "contactless": reader.contactless,
        "present": reader.present,
        "mute": reader.mute,
        "in_use": reader.in_use,
        "atr": reader.atr.hex().upper() or None,
    }


def _line(reader: ReaderInfo, lang: Lang) -> str:
    state = "mute" if reader.mute else "card" if reader.present else "empty"
    told = [KINDS[reader.contactless].in_(lang), STATES[state].in_(lang)]
    told += [STATES["in_use"].in_(lang)] if reader.in_use else []
    told += [SERIAL.format(serial=reader.serial).in_(lang)] if reader.serial else []
    told += [reader.vendor] if reader.vendor else []
    atr = f"  {reader.atr.hex().upper()}" if reader.atr else ""
    return f"{reader.name}  {('，' if lang == 'zh' else ', ').join(told)}{atr}"


def _show_line(line: Line, lang: Lang) -> None:
    from ..bench_check.reader.words import NAMES, VERDICTS

    colon = "：" if lang == "zh" else ": "
    click.echo(f"[{VERDICTS[line.verdict].in_(lang)}] {NAMES[line.id].in_(lang)}{colon}{line.found.in_(lang)}")
    if line.timing is not None:
        click.echo(f"    {_times(line.timing).in_(lang)}")
    for name, text in ((CURE, line.cure), (WHO, line.who)):
        if text is not None:
            click.echo(f"    {name.in_(lang)}{colon}{text.in_(lang)}")


def _times(timing: Timing) -> Text:
    rate = timing.rate
    return TIMES.format(
        count=rate.trials,
        errors=rate.errors,
        low=f"{rate.low:.2%}",
        high=f"{rate.high:.2%}",
        min=_ms(timing.min_us),
        median=_ms(timing.median_us),
        p95=_ms(timing.p95_us),
        max=_ms(timing.max_us),
    )


def _ms(us: int) -> str:
    return f"{us / 1000:.1f}"


def _verdict(report: Report) -> Text:
    from ..bench_check.reader.words import WHOLE_BAD, WHOLE_GOOD

    bad = sum(line.verdict == "bad" for line in report.lines)
    return WHOLE_BAD.format(count=bad) if bad else WHOLE_GOOD


def _write_json(report: Report, place: str) -> None:
    text = json.dumps(_json(report), ensure_ascii=False, indent=2) + "\n"
    if place == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(place).write_text(text, encoding="utf-8")
    except OSError as error:
        what = Text(f"写不了 {place}：{error.strerror}", f"{place} cannot be written: {error.strerror}")
        raise LocalError(what, Text("请换一个路径", "Choose another path")) from error


def _json(report: Report) -> dict[str, Any]:
    def both(text: Text | None) -> dict[str, str] | None:
        return None if text is None else {"zh": text.zh, "en": text.en}

    def timing(of: Timing | None) -> dict[str, Any] | None:
        if of is None:
            return None
        times = {name: getattr(of, name) for name in ("min_us", "median_us", "p95_us", "max_us")}
        rate = {"trials": of.rate.trials, "errors": of.rate.errors, "low": of.rate.low, "high": of.rate.high}
        return {**rate, **times, "troubles": dict(of.troubles)}

    return {
        "reader": report.reader,
        "good": report.good,
        "verdict": both(_verdict(report)),
        "lines": [
            {
                "id": line.id,
                "verdict": line.verdict,
                "found": both(line.found),
                "timing": timing(line.timing),
                "cure": both(line.cure),
                "who": both(line.who),
            }
            for line in report.lines
        ],
    }
