"""The record of checks that people make (外观与电气检查): what was looked at and what was measured, by whom and when.

It is kept beside the terminal, as a technician's sheet is, and not inside it: a device that burns takes no record with
it.  Of each item the newest answer counts as long as it is valid; the check has passed when every item has a good one.
The documents ask for safety checks, electrical ones among them; items, limits and validity are data
(`fixtures/checks.toml`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from protocols.errors import ScenarioError
from protocols.text import Text

from ..arguments import Takes, takes
from ..fixtures import nearest
from ..machine import DAY_US, Json, Record

Kind = Literal["visual", "electrical"]
GOOD, DAMAGED, NOT_DONE, OUT_OF_LIMITS = "good", "damaged", "not_done", "out_of_limits"
SAID = (GOOD, DAMAGED, NOT_DONE)
"""What a person answers; whether a figure is within its limits follows from the figure."""
BENCH_CHECK = "bench_check"
CHECKS_TAKES: Mapping[str, Takes] = {BENCH_CHECK: takes("", "answers figures by")}
RECORD = "checked"
ITEMS_MAX = 100
FIGURE_MAX = 10**9
NAME_MAX = 60

PASSED = Text("检查通过", "The check has passed")
FAILED = Text("检查不通过：{names}", "The check has failed: {names}")
INCOMPLETE = Text("检查未完成：{names}", "The check is not complete: {names}")
RESULTS: Mapping[str, tuple[str | None, Text]] = {
    "passed": (None, PASSED),
    "failed": ("check_failed", FAILED),
    "incomplete": ("check_incomplete", INCOMPLETE),
}
"""Cause and words of an outcome, by result."""
CAUSES = tuple(cause for cause, _ in RESULTS.values() if cause)
BAD_ITEM = Text("checks.toml：检查项 {item} 不完整", "checks.toml: the item {item} is not complete")
BAD_ITEM_CURE = Text(
    "须有 id、part、zh、en、valid_days；电气项还须有 unit 和至少一个限值",
    "it needs id, part, zh, en, valid_days, and of an electrical one unit and at least one limit",
)


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One thing to look at, or to measure.  `part`: what is to blame when it is not good.

    `low`, `high`: limits of the figure in `unit`, inclusive; None: there is none on that side.
    """

    id: str
    kind: Kind
    part: str
    text: Text
    valid_days: int
    unit: str = ""
    low: int | None = None
    high: int | None = None

    def judged(self, figure: int) -> str:
        """Whether a figure is within the limits."""
        low_enough = self.high is None or figure <= self.high
        return GOOD if low_enough and (self.low is None or figure >= self.low) else OUT_OF_LIMITS


def items_from(data: Mapping[str, Any]) -> tuple[CheckItem, ...]:
    """The items of a file, visual ones first.  Raises ScenarioError for one that is not complete or comes twice."""
    items: list[CheckItem] = []
    kinds: tuple[Kind, ...] = ("visual", "electrical")
    for kind in kinds:
        for row in data.get(kind, ()):
            try:
                text = Text(row["zh"], row["en"])
                limits = {name: int(row[name]) for name in ("low", "high") if name in row}
                item = CheckItem(
                    row["id"], kind, row["part"], text, int(row["valid_days"]), row.get("unit", ""), **limits
                )
            except (KeyError, TypeError, ValueError):
                raise ScenarioError(BAD_ITEM.format(item=str(row)[:NAME_MAX]), BAD_ITEM_CURE) from None
            measured = bool(item.unit and limits)
            if measured is not (kind == "electrical") or item.id in {one.id for one in items}:
                raise ScenarioError(BAD_ITEM.format(item=item.id), BAD_ITEM_CURE)
            items.append(item)
    return tuple(items[:ITEMS_MAX])


@dataclass(frozen=True, slots=True)
class Answered:
    """What somebody found at `at_us`.  `figure` None: nothing was measured."""

    answer: str
    figure: int | None
    at_us: int
    by: str


@dataclass(slots=True)
class Checks:
    """The newest answer to each item, by item."""

    newest: dict[str, Answered] = field(default_factory=dict)

    def apply(self, record: Record) -> None:
        """Fold one record."""
        self.newest[record["item"]] = Answered(record["answer"], record["figure"], record["at_us"], record["by"])


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the check stands: the items that are bad, that nobody looked at, and whose answer is too old."""

    failed: tuple[CheckItem, ...]
    missing: tuple[CheckItem, ...]
    expired: tuple[CheckItem, ...]

    @property
    def result(self) -> str:
        """`passed`, `failed`, `incomplete`: what is broken counts before what was left out."""
        if self.failed:
            return "failed"
        return "incomplete" if self.missing or self.expired else "passed"


def standing(items: Sequence[CheckItem], checks: Checks, now: int) -> Standing:
    """The newest answers against what must be there at `now`."""
    failed, missing, expired = [], [], []
    for item in items:
        found = checks.newest.get(item.id)
        if found is None or found.answer == NOT_DONE:
            missing.append(item)
        elif found.answer != GOOD:
            failed.append(item)
        elif now - found.at_us > item.valid_days * DAY_US:
            expired.append(item)
    return Standing(tuple(failed), tuple(missing), tuple(expired))


def records_of(items: Sequence[CheckItem], args: Mapping[str, Json], now: int) -> list[Record]:
    """What a sheet `{answers: {item: good | damaged | not_done}, figures: {item: figure}, by}` says, in the order of
    the items; a figure decides its answer.  Raises ValueError for what no such sheet has."""
    answers, figures, by = args.get("answers", {}), args.get("figures", {}), args.get("by", "")
    if not isinstance(answers, Mapping) or not isinstance(figures, Mapping):
        raise ValueError("answers and figures are tables with the item's name on the left")
    if not isinstance(by, str) or len(by) > NAME_MAX:
        raise ValueError(f"by must be a name of at most {NAME_MAX} characters")
    known = {item.id: item for item in items}
    for name in (*answers, *figures):
        if name not in known:
            raise ValueError(
                f"there is no item {str(name)[:NAME_MAX]!r}; the nearest is {nearest(str(name), list(known))}"
            )
    return [
        {"kind": RECORD, "item": item.id, **_answer(item, answers, figures), "at_us": now, "by": by}
        for item in items
        if item.id in answers or item.id in figures
    ]


def _answer(item: CheckItem, answers: Mapping[str, Json], figures: Mapping[str, Json]) -> dict[str, Json]:
    said = answers.get(item.id)
    if item.id not in figures:
        if said not in SAID or (item.kind == "electrical" and said != NOT_DONE):
            wanted = f"a figure in {item.unit}, or {NOT_DONE}" if item.unit else ", ".join(SAID)
            raise ValueError(f"{item.id} is answered by {wanted}, not by {str(said)[:NAME_MAX]!r}")
        return {"answer": said, "figure": None}
    figure = figures[item.id]
    if item.kind == "visual" or said is not None:
        raise ValueError(f"{item.id} has a figure and an answer, or is not measured at all")
    if not isinstance(figure, int) or isinstance(figure, bool) or not 0 <= figure <= FIGURE_MAX:
        raise ValueError(f"the figure of {item.id} must be a whole number from 0 to {FIGURE_MAX} {item.unit}")
    return {"answer": item.judged(figure), "figure": figure}


def noted(items: Sequence[CheckItem], records: Sequence[Record], stands: Standing) -> list[dict[str, Json]]:
    """The data of the events `check`: one for each item that was answered, then the outcome."""
    known = {item.id: item for item in items}
    told: list[dict[str, Json]] = []
    for record in records:
        item = known[record["item"]]
        limits = {"unit": item.unit, "low": item.low, "high": item.high} if item.kind == "electrical" else {}
        answered = {name: record[name] for name in ("item", "answer", "figure", "at_us", "by")}
        told.append({"what": "item", **answered, "of": item.kind, "part": item.part, **limits})
    return [*told, {"what": "outcome", "result": stands.result, **_lists(stands)}]


def outcome_of_check(stands: Standing) -> dict[str, Json]:
    """The Outcome of a bench check: `done` when it has passed, else `refused` with what keeps it from that."""
    cause, said = RESULTS[stands.result]
    named = stands.failed or (*stands.missing, *stands.expired)
    zh = said.zh.format(names="、".join(item.text.zh for item in named))
    en = said.en.format(names=", ".join(item.text.en for item in named))
    empty = {"code": None, "stan": None, "batch": None, "amount_fen": None, "rrn": None}
    status = "done" if stands.result == "passed" else "refused"
    outcome = {"op": BENCH_CHECK, "status": status, "cause": cause, "text": {"zh": zh, "en": en}}
    return {**outcome, **empty, **_lists(stands)}


def _lists(stands: Standing) -> dict[str, Json]:
    return {
        "parts": list(dict.fromkeys(item.part for item in stands.failed)),
        "failed": [item.id for item in stands.failed],
        "missing": [item.id for item in stands.missing],
        "expired": [item.id for item in stands.expired],
        "electrical": [item.id for item in (*stands.missing, *stands.expired) if item.kind == "electrical"],
    }
