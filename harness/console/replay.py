"""`posrig replay`: runs again what a trace recorded, from the trace alone, and compares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protocols.errors import LocalError, ScenarioError
from protocols.text import Lang, Text

from .failing import BROKEN, NOT_AS_IT_MUST_BE, OK, complain
from .language import current_lang, in_system_lang
from .opening import BENCHES
from .options import ReadableFile, lang_option
from .shape import command

if TYPE_CHECKING:
    from ..scenarios.model import CardPlace
    from ..trace import Event, Trace
    from .rows import Row

NOT_FROM_ROW = Text(
    "{path} 不是场景的轨迹，没有可重跑的内容", "{path} is no trace of a scenario: there is nothing to run"
)
NOT_FROM_ROW_CURE = Text(
    "请给出 posrig run --report 写的轨迹；测试的轨迹用 pytest --posrig-seed 重跑",
    "Give a trace that posrig run --report wrote; a test is run again with pytest --posrig-seed",
)
OWN_SCENARIO_CURE = Text(
    "若是自己的场景，请用 --scenario 给出其文件", "If the scenario is your own, name its file with --scenario"
)
OTHER_ROW = Text("{file} 的编号是 {found}，轨迹来自 {wanted}", "{file} has the id {found}, the trace is of {wanted}")
OTHER_ROW_CURE = Text("请给出写此轨迹的场景文件", "Name the file of the scenario that wrote this trace")
OTHER_BENCH = Text("轨迹来自测试台 {bench}，无法重跑", "the trace is of the bench {bench}, which cannot be run again")
OTHER_BENCH_CURE = Text("可重跑：{known}", "These can: {known}")
OTHER_PROGRAM = Text(
    "注意：轨迹由 posrig {found} 写成，本程序是 {here}", "note: the trace was written by posrig {found}, this is {here}"
)
SAME = Text("{row}，种子 {seed}：{count} 个事件，全部相同", "{row}, seed {seed}: {count} events, all the same")
SAME_COURSE = Text(
    "{row}，种子 {seed}：各方经过相同，比对了 {count} 个事件（真实时间下不比对时刻、密钥与先后交错）",
    "{row}, seed {seed}: the same course at every party, {count} events compared (in real time the instants, the keys "
    "and the order between parties are not)",
)
DIFFERENT = Text("{row}，种子 {seed}：{place} 处不同", "{row}, seed {seed}: different at {place}")
EVENT_PLACE = Text("第 {number} 个事件", "event {number}")
PARTY_PLACE = Text("{party} 的第 {number} 个可比事件", "comparable event {number} of {party}")
RECORDED, REPLAYED = Text("记录", "recorded"), Text("重跑", "replayed")
NOTHING = Text("（没有了）", "(nothing more)")

CHIP_PLACES: tuple[CardPlace, ...] = ("chip", "pcsc")
COMPARED: Mapping[str, tuple[str, ...]] = {
    "message": ("link", "dir", "mti", "kind"),
    "state": ("machine", "from", "to"),
    "operation": ("phase", "op"),
    "decision": ("kind", "code", "cause"),
    "display": ("zh", "en"),
    "slip": ("kind", "amount_fen", "copy", "complete"),
}
"""In real time: the kinds of events that tell the course of a run, and what of their data neither time nor chance
touch."""


@command(
    "replay",
    "照轨迹中的场景、种子与测试台重跑，逐个事件比对，指出第一处不同。\n\n"
    "退出码：0 相同，1 不同，2 不是可重跑的轨迹，3 测试台自身出错。",
    "Run again the scenario of a trace, with its seed, on its bench; compare event by event and show the first "
    "difference.\n\n"
    "Exit status: 0 the same, 1 different, 2 no trace that can be run again, 3 the bench itself is broken.",
    ("posrig replay report/A1.trace.jsonl", "posrig replay own.trace.jsonl --scenario own.toml"),
)
@click.argument("trace", type=ReadableFile())
@click.option(
    "--scenario",
    type=ReadableFile(),
    help=in_system_lang("自己的场景文件", "the scenario's file, when it is your own"),
)
@lang_option()
def replay_command(trace: Path, scenario: Path | None) -> int:
    from ..trace import program_version, read_trace
    from .rows import run_row, with_chips

    lang = current_lang()
    recorded = read_trace(trace)
    row = _row_of(recorded, trace, scenario)
    header = recorded.header
    if header.bench not in BENCHES:
        cure = OTHER_BENCH_CURE.format(known=", ".join(BENCHES))
        raise LocalError(OTHER_BENCH.format(bench=header.bench), cure)
    if header.program != program_version():
        complain(OTHER_PROGRAM.format(found=header.program, here=program_version()).in_(lang))
    row = next((with_chips(row, place) for place in CHIP_PLACES if place == header.card), row)
    done = run_row(row, header.bench, header.seed, lambda step, place, at_us: None)
    if done.result is None:
        complain(done.error.in_(lang) if done.error else "")
        return done.status or BROKEN
    exact = header.bench == "simulated"
    compare = first_difference if exact else first_difference_of_courses
    difference = compare(recorded.events, done.result.trace.events)
    values: dict[str, Any] = {"row": row.scenario.id, "seed": header.seed}
    if difference is None:
        count = len(recorded.events) if exact else sum(event.kind in COMPARED for event in recorded.events)
        click.echo((SAME if exact else SAME_COURSE).format(count=count, **values).in_(lang))
        return OK
    place, old, new = difference
    click.echo(DIFFERENT.in_(lang).format(place=place.in_(lang), **values))
    click.echo(f"  {RECORDED.in_(lang)}: {_shown(old, lang)}")
    click.echo(f"  {REPLAYED.in_(lang)}: {_shown(new, lang)}")
    return NOT_AS_IT_MUST_BE


def _row_of(recorded: Trace, path: Path, own: Path | None) -> Row:
    from ..scenarios.load import load_scenario, read_scenario
    from .rows import Row, row_of_pair

    names = (event.data.get("row") for event in recorded.events if event.kind == "case" and event.party == "bench")
    name = next((str(found) for found in names if found), None)
    pair = next(
        (event.data["pair"] for event in recorded.events if event.kind == "case" and "pair" in event.data), None
    )
    if name is None:
        raise ScenarioError(NOT_FROM_ROW.format(path=path), NOT_FROM_ROW_CURE)
    if own is not None:
        scenario = read_scenario(own)
        if scenario.id != name:
            raise ScenarioError(OTHER_ROW.format(file=own, found=scenario.id, wanted=name), OTHER_ROW_CURE)
        return Row(str(own), scenario)
    try:
        if pair is not None:
            return row_of_pair(name, str(pair["ops"]), "on" if pair["gate"] else "off")
        return Row(name, load_scenario(name))
    except ScenarioError as error:
        raise ScenarioError(error.what, OWN_SCENARIO_CURE) from error


Difference = tuple[Text, "Event | None", "Event | None"]
"""Where two runs part, and what each has there."""


def first_difference(recorded: Sequence[Event], replayed: Sequence[Event]) -> Difference | None:
    """Event by event, with time and all data: virtual time and a seed leave nothing to chance."""
    for number, (old, new) in enumerate(zip_longest(recorded, replayed), 1):
        if old is None or new is None or old.line() != new.line():
            return EVENT_PLACE.format(number=number), old, new
    return None


def first_difference_of_courses(recorded: Sequence[Event], replayed: Sequence[Event]) -> Difference | None:
    """Party by party, what `COMPARED` names: in real time two runs never interleave alike."""
    for party in dict.fromkeys(event.party for event in (*recorded, *replayed)):
        pairs = zip_longest(_course(recorded, party), _course(replayed, party))
        for number, (old, new) in enumerate(pairs, 1):
            if old is None or new is None or _essence(old) != _essence(new):
                return PARTY_PLACE.format(number=number, party=party), old, new
    return None


def _course(events: Iterable[Event], party: str) -> list[Event]:
    return [event for event in events if event.party == party and event.kind in COMPARED]


def _essence(event: Event) -> tuple[str, tuple[Any, ...]]:
    return event.kind, tuple(event.data.get(key) for key in COMPARED[event.kind])


def _shown(event: Event | None, lang: Lang) -> str:
    return event.line() if event is not None else NOTHING.in_(lang)
