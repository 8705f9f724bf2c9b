"""Test sales that other visits left open: interrupted and never gone on with, or ended without a void.

What may be booked must not be forgotten because somebody began anew: each new visit says what there is, and the one to
the same terminal takes it over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from protocols.text import Text

from .discreet import HIDDEN
from .reader.words import filled

if TYPE_CHECKING:
    from harness.stores.visits import VisitStore

SALE, IN_DOUBT = "test_sale", frozenset(("begun", "sold", "unknown"))
"""The fact, and its states in which money may have moved and was not taken back (`trial.OPEN`)."""
TOLD_MAX = 3
"""Of what was left behind, said when a visit begins; the newest."""
MAY_BE_MASKED = ("order", "void_order", "before")
"""What a finished record has masked where it looks like a key: without it nothing is concluded from it."""
SAY = Text(
    "!! {at} 的检查（序列号 {sn}，终端号 {tid}）留下测试消费 {yuan} 元（流水号 {stan}），可能还在账上。"
    "请接上那台终端再做检查，或在终端上撤销这一笔；不要重做",
    "!! The check of {at} (serial number {sn}, TID {tid}) left a test sale of {yuan} yuan (trace number {stan}) that "
    "may still be booked. Check that terminal again, or void the payment at it; do not sell again",
)
NOT_KNOWN = Text("未知", "not known")
AT_CHARS = 16
"""`2026-11-22T10:32` of a time in ISO 8601."""


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """The test sale of one visit.  `sale`: the fact; `sn`, `tid`, `mid` as far as that visit knew them."""

    visit: str
    started: str
    sn: str
    tid: str
    mid: str
    sale: Mapping[str, Any]

    @property
    def is_open(self) -> bool:
        """Whether money may still be booked."""
        return self.sale.get("state") in IN_DOUBT

    @property
    def words(self) -> Text:
        """What may be booked, where, and what to do."""
        fen = int(self.sale.get("booked_fen") or self.sale.get("amount_fen") or 0)
        at = self.started[:AT_CHARS].replace("T", " ")
        told = {"sn": self.sn or NOT_KNOWN, "tid": self.tid or NOT_KNOWN, "stan": self.sale.get("stan") or NOT_KNOWN}
        return filled(SAY, at=at, yuan=f"{fen // 100}.{fen % 100:02d}", **told)

    def is_at(self, facts: Mapping[str, Any]) -> bool:
        """Whether the terminal of these facts is the one: by its serial number, where that is not known on both sides
        by terminal and merchant number."""
        sn, tid, mid = (str(facts.get(name) or "") for name in ("sn", "tid", "mid"))
        if sn and self.sn:
            return sn == self.sn
        return bool(tid and mid) and (tid, mid) == (self.tid, self.mid)


def left_open(store: VisitStore, but: str = "") -> list[LeftOpen]:
    """What interrupted visits (without the visit `but`) left open and no later visit has taken over, the newest
    first."""
    return [one for one in _interrupted(store, but) if one.is_open and not _superseded(store, one, but)]


def left_open_at(store: VisitStore, facts: Mapping[str, Any], but: str) -> Mapping[str, Any] | None:
    """The test sale that the newest other visit with one to this terminal left open, None where it did not."""
    made = (*_interrupted(store, but), *_finished(store, str(facts.get("sn") or "")))
    newest = max((one for one in made if one.is_at(facts)), key=lambda one: one.visit, default=None)
    return newest.sale if newest is not None and newest.is_open else None


def left_by(visit: str, started: str, facts: Mapping[str, Any]) -> LeftOpen | None:
    """The test sale of the visit of these facts, None where none was begun."""
    return _of(visit, started, facts) if isinstance(facts.get(SALE), Mapping) else None


def _superseded(store: VisitStore, one: LeftOpen, but: str) -> bool:
    facts = {"sn": one.sn, "tid": one.tid, "mid": one.mid}
    later = (*_interrupted(store, but), *_finished(store, one.sn))
    return any(other.visit > one.visit and other.is_at(facts) for other in later)


def _interrupted(store: VisitStore, but: str) -> Iterator[LeftOpen]:
    from harness.stores.visits import FACT

    for one in store.unfinished():
        facts: dict[str, Any] = {}
        for record in one.records:
            if record["kind"] == FACT and isinstance(record["data"], dict):
                facts.update(record["data"])
        made = left_by(one.id, one.started, facts)
        if made is not None and one.id != but:
            yield made


def _finished(store: VisitStore, sn: str) -> Iterator[LeftOpen]:
    for document in store.visits(sn):
        facts = document.get("facts") or {}
        if isinstance(facts.get(SALE), Mapping):
            kept = {name: value for name, value in facts[SALE].items() if name not in MAY_BE_MASKED}
            yield _of(str(document.get("id") or ""), str(document.get("started") or ""), {**facts, SALE: kept})


def _of(visit: str, started: str, facts: Mapping[str, Any]) -> LeftOpen:
    at = facts[SALE].get("at") or facts
    sn, tid, mid = ("" if HIDDEN in str(at.get(name)) else str(at.get(name) or "") for name in ("sn", "tid", "mid"))
    return LeftOpen(visit, started, sn, tid, mid, facts[SALE])
