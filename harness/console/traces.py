"""`posrig diagnose` and `posrig judge`: what a recording tells, without the bench it came from."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import click

from protocols.errors import RemoteError
from protocols.text import Lang, Text

from .failing import NOT_AS_IT_MUST_BE, OK, UsageProblem
from .language import current_lang, in_system_lang
from .opening import JOBS_MAX
from .options import OneOf, ReadableFile, Whole, lang_option
from .shape import command

if TYPE_CHECKING:
    from ..diagnosis import Candidate, Diagnosis
    from ..diagnosis.symptoms import Observation
    from ..judges import Verdict
    from ..trace import Event, Who

Found = TypeVar("Found")

ODD_DATA = Text(
    "{path}：有事件的数据与其种类不符（{why}）", "{path}: the data of an event is not that of its kind ({why})"
)
ODD_DATA_CURE = Text("文件被改动过；请重新运行或重新复制", "The file was changed: run or copy again")
SEEDS, SEEDS_MAX = 20, 10_000
TRACE_OR_MATRIX = Text(
    "请给出一个轨迹文件，或 --matrix，或 --pairs，只取其一", "Name a trace, or say --matrix or --pairs: one of them"
)
EVENTS_SHOWN_MAX = 8
"""Sequence numbers per symptom on the screen; --json has all of them."""

NO_FAULT = Text("没有发现故障", "No fault found")
OUTSIDE = Text(
    "目录中没有相符的原因，终端没有故障：", "No row of the catalogue fits, nothing is wrong with the terminal:"
)
BESIDES = Text("另外，终端之外的问题：", "Besides, what is not the terminal's:")
UNEXPLAINED = Text("有异常，但没有已知原因能解释：", "There are symptoms that no known cause explains:")
HEAD = Text("{place}. {row}  {title}（可信度 {level}）", "{place}. {row}  {title} (level {level} of 3)")
FOR = Text("支持", "for")
AGAINST = Text("反对", "against")
EVENTS = Text("事件", "events")
ACTOR = Text("由谁处理", "who acts")
ACTION = Text("怎么办", "what to do")
LADDER = Text("恢复阶梯", "recovery ladder")
RUNG = Text("第 {number} 级 {words}", "{number} {words}")
NEXT_TEST = Text("下一步检验", "next test")
NO_MORE = Text("其他原因没有另外的证据：{rows}", "other causes, with no evidence of their own: {rows}")
HIDDEN = Text("这一方看不到的原因，不能排除：", "What this side cannot see, and so cannot exclude:")
SEVERAL = Text(
    "前 {count} 个原因均已证实，是同时发生的，逐一处理",
    "The first {count} causes are proved: they are there at once, each has to be cured",
)
TIED = Text("前 {count} 个原因同级，请先做检验", "The first {count} causes are level: make the test first")
PASSED, FAILED, NOT_JUDGED = Text("成立", "holds"), Text("不成立", "FAILS"), Text("未判定", "not judged")


def looked_at(path: Path, look: Callable[[Sequence[Event]], Found]) -> Found:
    """What `look` finds in a trace file.  Raises ScenarioError and RemoteError for what is no trace of ours."""
    from ..trace import read_trace

    events = read_trace(path).events
    try:
        return look(events)
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # a line was edited by hand, and is still JSON
        why = f"{type(error).__name__}: {error}"
        raise RemoteError(ODD_DATA.format(path=path, why=why), ODD_DATA_CURE) from error


@command(
    "diagnose",
    "从轨迹找出原因，只看所选一方能看到的事。\n\n"
    "退出码：0 已得出诊断（含没有故障），1 有异常而无原因可解释，2 不是可读的轨迹。",
    "Find the cause in a trace, from what the chosen side could see.\n\n"
    "Exit status: 0 there is a diagnosis (no fault is one), 1 symptoms that no known cause explains, 2 no "
    "readable trace.",
    (
        "posrig diagnose report/A1.trace.jsonl",
        "posrig diagnose report/F5.trace.jsonl --seen-by register",
        "posrig diagnose --json report/C1.trace.jsonl",
        "posrig diagnose --matrix --seeds 5",
    ),
)
@click.argument("trace", type=ReadableFile(), required=False)
@click.option(
    "--seen-by",
    type=OneOf("register|terminal|host|all", lambda: ("register", "terminal", "host", "all")),
    default="all",
    help=in_system_lang("谁的视角；默认全部", "whose eyes; by default everybody's"),
)
@click.option("--json", "as_json", is_flag=True, help=in_system_lang("以 JSON 输出", "print JSON"))
@click.option(
    "--matrix",
    "as_matrix",
    is_flag=True,
    help=in_system_lang(
        "不读轨迹：把每个场景随机变化后反复运行，打印混淆矩阵",
        "reads no trace: runs every row many times with everything incidental changed, and prints the confusion matrix",
    ),
)
@click.option(
    "--pairs",
    "as_pairs",
    is_flag=True,
    help=in_system_lang(
        "不读轨迹：两个原因同时造成，列出没有都被说出的组合",
        "reads no trace: causes two rows at once and lists the pairs of which not both are named",
    ),
)
@click.option(
    "--seeds",
    type=Whole(1, SEEDS_MAX),
    default=SEEDS,
    help=in_system_lang("--matrix：每个场景运行几次；默认 20", "--matrix: runs of each row; default 20"),
)
@click.option(
    "--row",
    "rows",
    metavar="ID",
    multiple=True,
    help=in_system_lang("只运行这个场景，可多次给出", "only this row; may be given several times"),
)
@click.option(
    "--jobs",
    type=Whole(1, JOBS_MAX),
    help=in_system_lang("同时运行几个；默认为处理器数", "how many run at a time; default: processors"),
)
@lang_option()
def diagnose_command(
    trace: Path | None,
    seen_by: str,
    as_json: bool,
    as_matrix: bool,
    as_pairs: bool,
    seeds: int,
    rows: tuple[str, ...],
    jobs: int | None,
) -> int:
    if (trace is not None) + as_matrix + as_pairs != 1:
        raise UsageProblem(TRACE_OR_MATRIX)
    if trace is None:
        from .matrix import show_matrix, show_pairs

        if as_pairs:
            return show_pairs(rows, jobs, as_json, current_lang())
        return show_matrix(rows, seeds, jobs, as_json, current_lang())
    from ..diagnosis import diagnose

    found = looked_at(trace, lambda events: diagnose(events, cast("Who", seen_by)))
    if as_json:
        click.echo(json.dumps(found.json(), ensure_ascii=False, indent=2))
    else:
        for line in diagnosis_lines(found, current_lang()):
            click.echo(line)
    return NOT_AS_IT_MUST_BE if found.unexplained else OK


def diagnosis_lines(found: Diagnosis, lang: Lang) -> list[str]:
    """The ranking with its evidence, the likeliest cause first."""
    outside = _outside_lines(found, lang)
    if not found.ranking:
        unexplained = [_evidence(item, lang) for item in found.unexplained]
        if unexplained:
            return [UNEXPLAINED.in_(lang), *unexplained, *outside]
        if outside:
            return outside
        return [NO_FAULT.in_(lang), *_hidden_lines(found, lang)]
    lines = [line for place, item in enumerate(found.shown, 1) for line in _candidate_lines(place, item, lang)]
    rest = [item.cause.row for item in found.ranking if item not in found.shown]
    if rest:
        lines.append(NO_MORE.format(rows=", ".join(rest)).in_(lang))
    if len(found.tied) > 1:
        words = SEVERAL if len(found.named) > 1 else TIED
        lines.append(words.format(count=len(found.tied)).in_(lang))
    return [*lines, *_next_test_lines(found, lang), *outside]


def _outside_lines(found: Diagnosis, lang: Lang) -> list[str]:
    """The customer's card, and whatever else is no row's."""
    if not found.outside:
        return []
    head = BESIDES if found.ranking or found.unexplained else OUTSIDE
    return [head.in_(lang), *(_evidence(item, lang) for item in found.outside)]


def _hidden_lines(found: Diagnosis, lang: Lang) -> list[str]:
    if not found.hidden:
        return []
    causes = [f"   {cause.row}  {cause.title.in_(lang)}" for cause in found.hidden]
    return [HIDDEN.in_(lang), *causes, *_next_test_lines(found, lang)]


def _next_test_lines(found: Diagnosis, lang: Lang) -> list[str]:
    return [f"{NEXT_TEST.in_(lang)}: {found.next_test.in_(lang)}"] if found.next_test is not None else []


def _candidate_lines(place: int, item: Candidate, lang: Lang) -> list[str]:
    cause = item.cause
    head = HEAD.format(place=place, row=cause.row, title=cause.title.in_(lang), level=item.level)
    return [
        head.in_(lang),
        *(f"   {FOR.in_(lang)}: {_evidence(one, lang)}" for one in item.speaks_for),
        *(f"   {AGAINST.in_(lang)}: {_evidence(one, lang)}" for one in item.speaks_against),
        f"   {ACTOR.in_(lang)}: {cause.actor.in_(lang)}",
        f"   {ACTION.in_(lang)}: {cause.action.in_(lang)}",
        f"   {LADDER.in_(lang)}: {'; '.join(_rung(number, lang) for number in cause.rungs)}",
    ]


def _rung(number: int, lang: Lang) -> str:
    from ..diagnosis.ladder import rungs

    return RUNG.in_(lang).format(number=number, words=rungs()[number].in_(lang))


def _evidence(item: Observation, lang: Lang) -> str:
    from ..diagnosis import symptom_text

    return symptom_text(item.symptom).in_(lang) + _events(item.events, lang)


def _events(numbers: Sequence[int], lang: Lang) -> str:
    shown = ", ".join(map(str, numbers[:EVENTS_SHOWN_MAX]))
    more = " ..." if len(numbers) > EVENTS_SHOWN_MAX else ""
    return f" [{EVENTS.in_(lang)} {shown}{more}]" if numbers else ""


@command(
    "judge",
    "判定轨迹中必须成立的事：钱不多不少、次序、结算、保密。轨迹所缺的只说未判定，不算通过。\n\n"
    "退出码：0 没有不成立的，1 有不成立的，2 不是可读的轨迹。",
    "Check what must hold over a trace: money, order, settlement, secrecy. What the recording lacks is not judged, "
    "which is no pass.\n\n"
    "Exit status: 0 nothing fails, 1 something fails, 2 no readable trace.",
    ("posrig judge report/F5.trace.jsonl", "posrig judge --json report/F5.trace.jsonl"),
)
@click.argument("trace", type=ReadableFile())
@click.option("--json", "as_json", is_flag=True, help=in_system_lang("以 JSON 输出", "print JSON"))
@lang_option()
def judge_command(trace: Path, as_json: bool) -> int:
    from ..cards import listed_pans
    from ..judges import judge

    verdicts = looked_at(trace, lambda events: judge(events, listed_pans()))
    if as_json:
        click.echo(json.dumps([verdict.json() for verdict in verdicts], ensure_ascii=False, indent=2))
    else:
        for verdict in verdicts:
            click.echo(verdict_line(verdict, current_lang()))
    return NOT_AS_IT_MUST_BE if any(verdict.ok is False for verdict in verdicts) else OK


def verdict_line(verdict: Verdict, lang: Lang) -> str:
    """One judge's word, with the trace numbers and events of what differs."""
    word = {True: PASSED, False: FAILED, None: NOT_JUDGED}[verdict.ok].in_(lang)
    stans = f" (STAN {', '.join(verdict.stans)})" if verdict.stans else ""
    return f"{verdict.name.in_(lang)}  {word}: {verdict.what.in_(lang)}{stans}{_events(verdict.events, lang)}"
