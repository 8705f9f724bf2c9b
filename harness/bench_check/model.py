"""What a check is and what it finds.

A check looks at one thing and ends with one `Finding`: passed, failed or not possible.  What failed names a `Fault` of
the table in `faults`: its cause, who must act, whether trying again helps, and what to do next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from protocols.text import Text

if TYPE_CHECKING:
    from .visit import Visit

Verdict = Literal["pass", "fail", "not_possible"]
Blame = Literal["terminal", "bench"]
"""Who is to blame: it decides the exit status, 1 for the terminal (and all that is the merchant's, the provider's or
the network's), 3 for the technician's own bench (computer, port, cable, reader)."""
Actor = Literal["merchant", "technician", "acquirer", "bank", "repair_shop"]
ACTORS: Mapping[Actor, Text] = {
    "merchant": Text("商户", "merchant"),
    "technician": Text("技术员", "technician"),
    "acquirer": Text("收单机构", "acquirer"),
    "bank": Text("发卡银行", "bank"),
    "repair_shop": Text("维修站", "repair shop"),
}
VERDICTS: Mapping[Verdict, Text] = {
    "pass": Text("通过", "pass"),
    "fail": Text("不通过", "fail"),
    "not_possible": Text("无法检查", "not possible"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that was measured, and its limits, inclusive; None: there is none on that side.

    `id` names the series in the history (`error_rate`, `answer_p95`), so the same figure of an earlier visit can be
    laid beside it.  `unit` as people write it: `ms`, `%`, `MΩ`, `fen`, `s`, `` for a count.
    """

    id: str
    name: Text
    value: float
    unit: str = ""
    low: float | None = None
    high: float | None = None

    @property
    def good(self) -> bool:
        """Within its limits."""
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can be wrong.

    `cause` says what is wrong in a sentence that a shopkeeper understands; `action` what to do next, beginning with a
    verb.  `retry`: once the action is taken the technician tries the same again; else nobody tries before whoever
    acts has put it right, and has said so.  `ends`: nothing behind it can be trusted, so the check stops here (an
    infrastructure fault).  `rows`: the causes of the catalogue
    that it proves or points to, the likeliest first; empty where it is none of the terminal's.
    """

    id: str
    cause: Text
    actor: Actor
    retry: bool
    action: Text
    blame: Blame = "terminal"
    ends: bool = False
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    `found`: what was seen, in one line.  `fault`: of a failed check, its id in `faults.FAULTS`.  `values` fill the
    placeholders of the fault's cause and action.  `why` of `not_possible` stands in `found`.  `detail`: further facts
    for the record and the support line, JSON, nothing secret (a card number goes in masked).
    """

    check: str
    verdict: Verdict
    found: Text
    figures: tuple[Figure, ...] = ()
    fault: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What only a person can tell.

    `id`: what an answer file names.  `words`: the question, plain and short.  `choices`: id to words, the first is
    the good answer, which Enter and `--yes` give; empty: a text or a number is typed, and `--yes` gives `usual`.
    `several`: more than one may be chosen.  `unit`: of a number.  `where`: where at the device one finds it.
    """

    id: str
    words: Text
    choices: Mapping[str, Text] = field(default_factory=dict)
    several: bool = False
    unit: str = ""
    usual: str = ""
    where: Text | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One check.  `title`: its line on the screen.  `does`: what it does, for whoever reads the record.

    `needs`: checks that must not have failed, else this one is not possible (`stopped_by` names the first).
    `required`: without it the whole cannot end as passed.  `run` gets the visit and returns the finding; it may raise
    PosrigError, which the runner turns into a failed finding (`LinkError`: the cable) or, of anything else, into not
    possible.
    """

    id: str
    group: str
    title: Text
    does: Text
    run: Callable[[Visit], Finding]
    needs: tuple[str, ...] = ()
    required: bool = True
    questions: Sequence[Question] = ()
    """What it may ask a person: `bench-check --questions` lists them for files of answers."""


GROUPS: Mapping[str, Text] = {
    "bench": Text("电脑与线缆", "computer and cable"),
    "look": Text("外观与电气", "look and measure"),
    "device": Text("终端各部件", "parts of the terminal"),
    "network": Text("网络", "network"),
    "activation": Text("激活与密钥", "activation and keys"),
    "books": Text("交易与账目", "payments and books"),
}
"""In the order in which they come."""


def passed(check: str, found: Text, *figures: Figure, **detail: Any) -> Finding:
    """A finding that passed."""
    return Finding(check, "pass", found, figures, detail=detail)


def failed(
    check: str,
    fault: str,
    found: Text,
    *figures: Figure,
    values: Mapping[str, str] | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Finding:
    """A finding that failed, for the fault named."""
    return Finding(check, "fail", found, figures, fault, values or {}, detail or {})


def not_possible(check: str, why: Text, **detail: Any) -> Finding:
    """A finding of what could not be looked at, and why."""
    return Finding(check, "not_possible", why, detail=detail)


BARRED = "barred"
"""In the detail of a finding of a check that was not made at all, with the reason: stopped, needed, left_out."""
UNANSWERED: None = None
"""What `Visit.ask` gives where nobody answers: skipped, nobody there, or none in the answer file.  An empty sequence
is an answer: none of several."""
Answer = Sequence[str] | None
"""The ids of the choices, or the one text that was typed, or UNANSWERED.  Of a question with choices of which several
may be taken, () is "none of them"."""
