"""What a judge says, and how it finds its way through a trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from protocols.text import Text

from ..machine import Json
from ..trace import Event

INVARIANT = Text("不变式 {judge}", "invariant {judge}")

SLIPS_OF_MONEY = ("sale", "sale_qr", "void", "refund", "completion", "completion_advice", "completion_void")
"""Slip kinds that tell of a posting; others (settlement, unresolved, self-test) do not."""

SLIPS_OF_HOLDS = ("preauth", "preauth_void")
"""Slip kinds that tell of an amount held, or released: no posting."""

VOIDS = ("void", "completion_void")
CREDITS = (*VOIDS, "refund")
"""Kinds on the credit side of the totals (Chanjet POS V2.0, F48); all others are debits."""
ADVICES = ("refund", "completion_advice")
"""Kinds that are never reversed (0220)."""

REPRINT = "reprint"
"""`copy` of a slip that repeats an earlier one, and so is no receipt of its own."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ok` is True, False, or None where the recording lacks what the judge needs: *not judged*, never passed.

    `stans` names the trace numbers of what differs, `events` the sequence numbers of the evidence.
    """

    judge: str
    ok: bool | None
    what: Text
    stans: tuple[str, ...] = ()
    events: tuple[int, ...] = ()

    @property
    def name(self) -> Text:
        """As it is told: some rows have the same ids."""
        return INVARIANT.format(judge=self.judge)

    def json(self) -> dict[str, Json]:
        """The data of a `verdict` event."""
        what = {"zh": self.what.zh, "en": self.what.en}
        return {
            "judge": self.judge,
            "ok": self.ok,
            "what": what,
            "stans": list(self.stans),
            "events": list(self.events),
        }


def passed(judge: str, zh: str, en: str) -> Verdict:
    return Verdict(judge, True, Text(zh, en))


def failed(judge: str, zh: str, en: str, stans: Iterable[str] = (), events: Iterable[int] = ()) -> Verdict:
    return Verdict(judge, False, Text(zh, en), tuple(sorted(set(stans))), tuple(events))


def not_judged(judge: str, zh: str, en: str) -> Verdict:
    return Verdict(judge, None, Text(zh, en))


def last_snapshot(events: Sequence[Event], party: str) -> Mapping[str, Json] | None:
    """The party's last snapshot, None when the recording has none."""
    for event in reversed(events):
        if event.kind == "snapshot" and event.party == party:
            return event.data
    return None


def messages(events: Iterable[Event], party: str) -> Iterator[Event]:
    """The decoded host messages of one party (not those of the register's cable), in order."""
    for event in events:
        if event.kind == "message" and event.party == party and event.data.get("mti"):
            yield event


Key = tuple[str, str, str, str]
"""STAN, TID, MID, batch: the part of the business key that terminal and host both hold."""


def key_of(item: Mapping[str, Json], tid: str = "", mid: str = "") -> Key:
    """The key of a posting, batch entry or receipt."""
    return (str(item["stan"]), str(item.get("tid") or tid), str(item.get("mid") or mid), str(item["batch"]))
