"""`posrig endurance`: thousands of sales in a row, unattended."""

from __future__ import annotations

import json
import secrets
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from protocols.errors import LocalError
from protocols.text import Lang, Text

from .failing import NOT_AS_IT_MUST_BE, OK, UsageProblem
from .language import current_lang, in_system_lang
from .opening import DEFAULT_SEED
from .options import SEED_MAX, OneOf, Whole, lang_option
from .shape import command
from .terminal import NOBODY, _cards, _protocols, _quirks

if TYPE_CHECKING:
    from ..endurance.course import Course, Done
    from ..endurance.run import Ran, Wanted

PLAIN_EVERY = 500
"""Where standard output is no terminal, a line for so many sales."""
OTHER_PLAN = Text(
    "{folder} 中的运行计划为 {kept}，与这次给出的不同",
    "the run in {folder} was begun with {kept}, not with what is given now",
)
OTHER_PLAN_CURE = Text("照原样继续，或换一个目录", "Go on with the same options, or use another folder")
PORT_ONLY = Text(
    "--unplug-every 与 --restart-every 只用于自带的终端：真机由人拔插",
    "--unplug-every and --restart-every are for a terminal of the run's own: at a device people do that",
)


@command(
    "endurance",
    "无人值守地连续做几千笔交易。不给 --port 时自带终端和主机；给出时驱动该端口上的终端，"
    "须有人或读卡器在那里出示卡片。\n\n"
    "线缆拔插、终端重启、程序中断都能继续：进度在 --folder 中，再次运行同一命令即从中断处接着做；"
    "结果未知的交易先查询，不重做。\n\n"
    "结果是一页 HTML：耗时随时间的变化、失败率及其置信区间、首次失败的完整记录；自带主机时还核对账目与内存。"
    "\n\n"
    "退出码：0 全部成功且账目相符，1 有失败或账目不符，2 用法错误，3 测试台自身出错。",
    "Thousands of sales in a row, unattended. Without --port against a terminal and a host of its own; with it against "
    "the terminal on that port, where somebody or something must present cards.\n\n"
    "It survives the cable being pulled, the terminal starting again, and being killed itself: how far it is stands in "
    "--folder, and the same command goes on from there; a sale whose outcome is unknown is asked for, never repeated."
    "\n\n"
    "What comes out is one HTML page: latency over time, error rate with confidence bounds, the first failure with its "
    "transcript; with a host of its own also whether all books agree, and what memory it took.\n\n"
    "Exit status: 0 all done and the books agree, 1 something failed or the books differ, 2 usage, 3 the bench is "
    "broken.",
    (
        "posrig endurance --count 5000",
        "posrig endurance --count 5000 --unplug-every 250 --restart-every 1000",
        "posrig endurance --count 5000 --protocol zvt",
        "posrig endurance --count 2000 --chip --card offline-pin",
        "posrig endurance --count 2000 --port usb:A50285BI --protocol mispos-b --folder ./night-run",
    ),
)
@click.option(
    "--count",
    type=Whole(1, 1_000_000),
    default=5000,
    help=in_system_lang("消费笔数；默认 5000", "how many sales; default 5000"),
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("posrig-endurance"),
    help=in_system_lang(
        "进度与结果的目录；默认 ./posrig-endurance", "where progress and result are kept; default ./posrig-endurance"
    ),
)
@click.option(
    "--port",
    metavar="PORT",
    help=in_system_lang("终端所在端口，写法同 posrig drive", "where the terminal is, as for posrig drive"),
)
@click.option(
    "--protocol",
    type=OneOf("mispos-b|zvt|...", _protocols),
    default="mispos-b",
    help=in_system_lang("规程；默认 mispos-b", "the protocol; default mispos-b"),
)
@click.option(
    "--quirk",
    "quirks",
    type=OneOf("NAME", _quirks),
    multiple=True,
    help=in_system_lang("厂商与规程不同之处，可给多次", "what a vendor does otherwise; may be given several times"),
)
@click.option(
    "--line",
    metavar="9600-8N1",
    help=in_system_lang("串口参数；默认为规程常用值", "how the line is set; default as is usual for the protocol"),
)
@click.option(
    "--card",
    type=OneOf("NAME", _cards),
    default="debit",
    help=in_system_lang("自带终端上出示的测试卡；默认 debit", "the test card at a terminal of its own; default debit"),
)
@click.option(
    "--chip",
    is_flag=True,
    help=in_system_lang(
        "自带终端读取测试卡的芯片，主机校验密文",
        "at a terminal of its own: the chip of that card is read, and the host checks its cryptogram",
    ),
)
@click.option(
    "--void-every",
    type=Whole(0, 1_000_000),
    default=50,
    help=in_system_lang("每隔几笔撤销一笔；0 不撤销；默认 50", "void every so many-th sale; 0 never; default 50"),
)
@click.option(
    "--settle-every",
    type=Whole(0, 1_000_000),
    default=200,
    help=in_system_lang("每隔几笔结算；0 不结算；默认 200", "settle after so many sales; 0 never; default 200"),
)
@click.option(
    "--unplug-every",
    type=Whole(0, 1_000_000),
    default=0,
    help=in_system_lang(
        "自带终端：每隔几笔拔插线缆",
        "at a terminal of its own: pull the cable and put it back before every so many-th sale",
    ),
)
@click.option(
    "--restart-every",
    type=Whole(0, 1_000_000),
    default=0,
    help=in_system_lang(
        "自带终端：每隔几笔断电重启", "at a terminal of its own: cut its power before every so many-th sale"
    ),
)
@click.option(
    "--seed",
    type=Whole(0, SEED_MAX),
    default=DEFAULT_SEED,
    help=in_system_lang("种子，决定金额；默认 0", "decides the amounts; default 0"),
)
@click.option("--json", "as_json", is_flag=True, help=in_system_lang("以 JSON 输出结果", "print the result as JSON"))
@lang_option()
def endurance_command(as_json: bool, **options: Any) -> int:
    from ..endurance.run import course_in, run
    from ..trace import program_version

    lang = current_lang()
    wanted = _wanted(options)
    if wanted.cable is not None and (wanted.unplug_every or wanted.restart_every):
        raise UsageProblem(PORT_ONLY)
    kept = course_in(wanted.folder)
    if kept.plan is not None and kept.plan != wanted.plan:
        shown = ", ".join(f"--{name.replace('_', '-')} {value}" for name, value in asdict(kept.plan).items())
        what = OTHER_PLAN.format(folder=wanted.folder, kept=shown)
        raise LocalError(what, OTHER_PLAN_CURE)
    watch = Watch(lang, wanted.plan.count, kept.sales, quiet=as_json)
    with watch:
        ran = run(wanted, watch.told)
    page = _write(ran, wanted.folder, program_version(), lang)
    click.echo(json.dumps(_result(ran), ensure_ascii=False, indent=2) if as_json else _summary(ran, page, lang))
    sound = ran.whole and not any(one.rate.errors for one in ran.figures) and (ran.books is None or ran.books.agree)
    return OK if sound else NOT_AS_IT_MUST_BE


def _wanted(options: dict[str, Any]) -> Wanted:
    from ..bench.fleet import RegisterSpec
    from ..bench.register import TCP, Cable
    from ..endurance.plan import Plan
    from ..endurance.run import Wanted
    from ..links.line_settings import LineSettings

    plan = Plan(options["seed"], options["count"], options["void_every"], options["settle_every"])
    port: str | None = options["port"]
    over_tcp = port is not None and port.startswith(TCP)
    spoken = RegisterSpec(options["protocol"], "tcp" if over_tcp else "serial", options["quirks"])
    line = LineSettings.parse(options["line"]) if options["line"] else None
    cable = None if port is None else Cable(port, spoken, line)
    card = "" if options["card"] == NOBODY else options["card"]
    name, disturbed = secrets.token_hex(3), (options["unplug_every"], options["restart_every"])
    return Wanted(plan, name, options["folder"], cable, spoken, *disturbed, card, options["chip"])


class Watch:
    """A bar where standard error is a terminal, else a line now and then."""

    def __init__(self, lang: Lang, count: int, begun: int, *, quiet: bool) -> None:
        self._lang: Lang = lang
        self._count = count
        self._begun = begun
        self._errors = 0
        console = Console(stderr=True)
        self._live = console.is_terminal and not quiet
        self._quiet = quiet
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
        )
        self._task = self._bar.add_task("", total=count, completed=begun)

    def __enter__(self) -> Watch:
        from ..endurance.words import RESUMED

        if 0 < self._begun < self._count and not self._quiet:
            click.echo(RESUMED.format(number=self._begun + 1).in_(self._lang), err=True)
        if self._live:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._bar.stop()

    def told(self, course: Course, done: Done) -> None:
        """One operation has ended."""
        from ..endurance.words import SUMMARY

        self._errors += not done.good
        line = SUMMARY.format(done=course.sales, count=self._count, errors=self._errors).in_(self._lang)
        if self._live:
            self._bar.update(self._task, completed=course.sales, description=line)
        elif not self._quiet and done.op == "sale" and done.number % PLAIN_EVERY == 0:
            click.echo(line, err=True)
            sys.stderr.flush()


def _write(ran: Ran, folder: Path, program: str, lang: Lang) -> Path:
    from ..endurance.page import page_of

    page = folder / "endurance.html"
    page.write_text(page_of(ran.course, ran.figures, ran.books, program, lang), encoding="utf-8")
    (folder / "endurance.json").write_text(json.dumps(_result(ran), ensure_ascii=False, indent=2), encoding="utf-8")
    return page


def _summary(ran: Ran, page: Path, lang: Lang) -> str:
    from ..endurance import words
    from ..endurance.page import verdict_text

    lines: list[Text] = []
    for one in ran.figures:
        rate = {name: words.percent(value) for name, value in (("low", one.rate.low), ("high", one.rate.high))}
        shown = words.RATE.format(rate=words.percent(one.rate.errors / one.rate.trials), **rate)
        times = {name: words.ms(getattr(one, f"{name}_us")) for name in ("median", "p95", "p99", "max")}
        took, op = words.LATENCY.format(**times), words.op_text(one.op)
        lines.append(
            Text(
                f"{op.zh} {one.rate.trials}：{shown.zh}；{took.zh}", f"{op.en} {one.rate.trials}: {shown.en}; {took.en}"
            )
        )
    if ran.books is not None:
        lines.append(verdict_text(ran.books))
        lines += [v.what for v in ran.books.verdicts if v.ok is False]
    failure = ran.course.failure
    if failure is not None:
        op, said = words.op_text(failure["op"]), failure["text"]
        first = {"number": failure["number"]}
        zh = words.FIRST_FAILURE.zh.format(op=op.zh, text=said["zh"], **first)
        lines.append(Text(zh, words.FIRST_FAILURE.en.format(op=op.en, text=said["en"], **first)))
    if not ran.whole:
        lines.append(words.GAVE_UP)
    return "\n".join([*(line.in_(lang) for line in lines), str(page)])


def _result(ran: Ran) -> dict[str, Any]:
    books = ran.books
    return {
        "run": ran.course.run,
        "plan": {} if ran.course.plan is None else asdict(ran.course.plan),
        "whole": ran.whole,
        "worked_us": ran.course.worked_us,
        "operations": [{**asdict(one), "buckets": len(one.buckets)} for one in ran.figures],
        "incidents": len(ran.course.incidents),
        "failure": ran.course.failure,
        "books": None
        if books is None
        else {
            "agree": books.agree,
            "register_fen": books.register_fen,
            "host_fen": books.host_fen,
            "verdicts": [verdict.json() for verdict in books.verdicts],
            "memory_octets": books.memory,
        },
    }
