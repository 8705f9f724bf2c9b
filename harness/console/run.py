"""`posrig run`: the healthy life and the failure scenarios, watched as they happen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from protocols.text import Text

from .failing import UsageProblem
from .language import current_lang, in_system_lang
from .opening import BENCHES, DEFAULT_SEED, JOBS_MAX
from .options import SEED_MAX, BenchOrFile, NewFile, NewFolder, OneOf, ReadableFile, Whole, lang_option
from .shape import command

if TYPE_CHECKING:
    from ..reports.model import RunReport
    from ..scenarios.model import CardPlace
    from .device import Device
    from .rows import Done, GateName

PAIR_ROW = "C1"
ANSWERS_FOR = Text(
    "--answers 只用于实物台（--bench FILE.toml）", "--answers is for a physical bench (--bench FILE.toml)"
)
ONE_DEVICE = Text(
    "实物台只有一台终端：不能用 --pair 与 --jobs", "a physical bench has one device: no --pair, no --jobs"
)
NO_READER = Text(
    "--card pcsc 需要 --bench emulated：其他测试台没有读卡器",
    "--card pcsc wants --bench emulated: no other bench has a reader",
)
OWN_CARDS = Text("实物台的卡片由人出示：不能用 --card", "at a physical bench people present the cards: no --card")
ONE_ROW = Text("--pair 只用于一个场景", "--pair is for one scenario")


@command(
    "run",
    "运行故障场景：造成、观察、诊断、补救、再验证。ID 见 posrig list，也可以是自己的 .toml 文件；"
    "不给 ID 则先运行健康的一生（LIFE），再运行全部场景。\n\n"
    "同一种子给出同一次运行；默认种子为 1。\n\n"
    "退出码：0 一切如文档所述，1 有事不符，2 用法错误，3 测试台自身出错。",
    "Run failure scenarios: caused, observed, diagnosed, cured, and proved cured. ID is one of posrig list, or a .toml "
    "file of your own; without ID the healthy life (LIFE) comes first, then all rows.\n\n"
    "The same seed gives the same run; the default seed is 1.\n\n"
    "Exit status: 0 as documented, 1 something was not as it must be, 2 usage, 3 the bench itself is broken.",
    (
        "posrig run",
        "posrig run A1 F5 --report report/",
        "posrig run --bench emulated --result result.json",
        "posrig run D1 D7 --bench emulated --card pcsc",
        "posrig run --bench my-bench.toml LIFE D9",
        "posrig run my-scenario.toml --seed 42 --lang zh",
        'posrig run C1 --pair "sale void" --gate off --report report/',
    ),
)
@click.argument("ids", metavar="[ID|PATH.toml]...", nargs=-1)
@click.option(
    "--bench",
    type=BenchOrFile(),
    default="simulated",
    help=in_system_lang(
        "simulated：单线程、虚拟时间（默认）；emulated：真实进程、TCP 与串口；FILE.toml：实物终端（posrig bench new）",
        "simulated: one thread, virtual time (default); emulated: real processes, TCP and serial lines; FILE.toml: a "
        "terminal that is there (posrig bench new)",
    ),
)
@click.option(
    "--answers",
    type=ReadableFile(),
    help=in_system_lang(
        "实物台：提示由此文件代答，无人值守", "physical bench: answers to its prompts, so that nobody need be there"
    ),
)
@click.option(
    "--card",
    type=OneOf("chip|pcsc", lambda: ("chip", "pcsc")),
    help=in_system_lang(
        "插卡与挥卡都由仿真芯片卡与终端的 EMV 内核完成（chip）；pcsc 在 emulated 测试台上经私有 pcscd 与虚拟读卡器",
        "insertions and taps are emulated chip cards, read by the terminal's EMV kernel (chip); with pcsc on the bench "
        "emulated, through a pcscd of its own and a virtual reader",
    ),
)
@click.option(
    "--seed",
    type=Whole(0, SEED_MAX),
    default=DEFAULT_SEED,
    help=in_system_lang("随机种子，默认 1", "seed of all chance; default 1"),
)
@click.option(
    "--jobs",
    type=Whole(1, JOBS_MAX),
    help=in_system_lang(
        "同时运行几个场景；默认为处理器数",
        "how many rows run at a time; by default the number of processors",
    ),
)
@click.option(
    "--report",
    type=NewFolder(),
    help=in_system_lang(
        "在此目录写 index.html 与每个场景的 ID.trace.jsonl", "write index.html and ID.trace.jsonl of each row there"
    ),
)
@click.option(
    "--guide",
    metavar="DIR|URL",
    help=in_system_lang(
        "报告链接到的指南（posrig guide 生成）；默认找报告旁边的 posrig-guide",
        "the guide that the report links to (posrig guide); by default a posrig-guide beside the report",
    ),
)
@click.option(
    "--result",
    type=NewFile(),
    help=in_system_lang("把结果写成 JSON 文件", "write the result as a JSON file"),
)
@click.option(
    "--pair",
    metavar='"OP OP"',
    help=in_system_lang(
        "只运行顺序表（C1）中的这一对操作，报告含其全部报文",
        "only this pair of the table of orders (C1), with all its messages",
    ),
)
@click.option(
    "--gate",
    type=OneOf("on|off", lambda: ("on", "off")),
    default="on",
    help=in_system_lang("--pair：终端交易前检查开或关；默认 on", "--pair: the terminal's own gate; default on"),
)
@lang_option()
def run_command(
    ids: tuple[str, ...],
    bench: str,
    answers: Path | None,
    card: CardPlace | None,
    seed: int,
    jobs: int | None,
    report: Path | None,
    guide: str | None,
    result: Path | None,
    pair: str | None,
    gate: GateName,
) -> int:
    from ..bench.open import helper_kept
    from ..guide.reach import pages_for
    from ..trace import program_version
    from .jobs import default_jobs, run_rows
    from .progress import Progress
    from .rows import report_of, result_json, row_of_pair, rows_named, run_row, status_of_run, with_chips, write_json

    if pair is not None and len(ids) > 1:
        raise UsageProblem(ONE_ROW)
    if answers is not None and bench in BENCHES:
        raise UsageProblem(ANSWERS_FOR)
    if bench not in BENCHES and (pair is not None or (jobs or 1) > 1):
        raise UsageProblem(ONE_DEVICE)
    if card is not None and bench not in BENCHES:
        raise UsageProblem(OWN_CARDS)
    if card == "pcsc" and bench != "emulated":
        raise UsageProblem(NO_READER)
    pages = pages_for(report, guide) if report is not None else {}
    jobs = jobs or default_jobs()
    device = _device(bench, answers)
    rows = rows_named(ids) if pair is None else [row_of_pair(ids[0] if ids else PAIR_ROW, pair, gate)]
    if card is not None:
        rows = [with_chips(row, card) for row in rows]
    program = program_version()
    progress = Progress(current_lang())
    progress.begin(program, seed, bench)
    done: list[Done] = []
    try:
        if device is not None:
            for row in rows:
                progress.begin_row(row.scenario)
                done.append(device.left(row) or device.run(row, seed, progress.step))
                progress.end_row(done[-1], bench, seed)
        elif jobs == 1 or len(rows) == 1:
            with helper_kept(bench):
                for row in rows:
                    progress.begin_row(row.scenario)
                    done.append(run_row(row, bench, seed, progress.step))
                    progress.end_row(done[-1], bench, seed)
        else:
            for row, told, one in run_rows(rows, bench, seed, jobs):
                progress.begin_row(row.scenario)
                for step, place, at_us in told:
                    progress.step(step, place, at_us)
                done.append(one)
                progress.end_row(one, bench, seed)
    finally:
        progress.stop()
    if report is not None:
        done = _write_report(report, replace(report_of(done, bench, seed, program), guide=pages), done)
    if result is not None:
        write_json(result, result_json(done, bench, seed, program))
    progress.summary(done)
    return status_of_run(done) if device is None else device.status(done)


def _device(bench: str, answers: Path | None) -> Device | None:
    """The device of a bench file, None for a bench that posrig makes itself."""
    if bench in BENCHES:
        return None
    from .device import Device

    return Device(Path(bench), answers)


def _write_report(folder: Path, report: RunReport, done: list[Done]) -> list[Done]:
    """The page and the traces; the rows, with the places of their traces."""
    from protocols.errors import LocalError

    from ..reports.html import write_report
    from .rows import NOT_WRITTEN, NOT_WRITTEN_CURE

    try:
        write_report(folder, report, current_lang())
    except OSError as error:
        raise LocalError(NOT_WRITTEN.format(path=folder, why=error.strerror or error), NOT_WRITTEN_CURE) from error
    return [replace(one, trace_file=folder / f"{one.row.scenario.id}.trace.jsonl") for one in done]
