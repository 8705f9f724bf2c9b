"""What the terminal knows, as the fold of its records, and how each kind of record changes it.

Nothing here is secret in the clear: the TMK stands under the storage key of the secure element, working keys as the
host sent them (under the TMK).  No PIN, no track.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..machine import Json, Record
from .lifecycle import FIRST

STAN_MAX = 999_999
BATCHES_KEPT_MAX = 1_000
"""Settled batches that stay readable (reprint, snapshot): some years of daily settlement; the oldest goes first."""
UNRESOLVED_MAX = 100
"""Reversals handed to people; more than that is a terminal that should not be selling."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the batch.  `kind` is that of the message; `status` approved, voided, or of a pre-authorisation
    completed; `mode` F22.

    `printed`: its slip came out.  `settled`: its batch is closed.  `source`: the register's order, "" for the keypad.
    """

    stan: str
    batch: str
    kind: str
    amount_fen: int
    pan: str
    mode: str
    rrn: str = ""
    auth: str = ""
    date: str = ""
    time: str = ""
    expiry: str = ""
    sequence: str = ""
    chip: str = ""
    original: str = ""
    original_batch: str = ""
    status: str = "approved"
    printed: bool = False
    settled: bool = False
    source: str = ""

    @property
    def is_chip(self) -> bool:
        """Read from a chip: it goes up as a TC, not in the magnetic-stripe list."""
        return self.mode[:2] in ("05", "07", "98")


ENDED_BY: Mapping[str, str] = {
    "void": "voided",
    "preauth_void": "voided",
    "completion": "completed",
    "completion_advice": "completed",
    "completion_void": "voided",
}
"""Status that an entry of this kind gives to its original."""


@dataclass(slots=True)
class State:
    """See the records in `APPLY` for who writes what."""

    life_cycle: str = FIRST
    tid: str = ""
    mid: str = ""
    merchant_name: str = ""
    version: str = ""
    disowned: bool = False
    """The host said 97 to a sign-in: it no longer knows this terminal, so that it may be activated anew."""
    tmk: str = ""
    working_keys: str = ""
    signed_in: bool = False
    operator: str = "01"
    batch: str = "000001"
    next_stan: int = 1
    date: str = "0101"
    time: str = "000000"
    parameters: dict[str, str] = field(default_factory=dict)
    aids: list[str] = field(default_factory=list)
    public_keys: list[str] = field(default_factory=list)
    downloaded: set[str] = field(default_factory=set)
    requirements: list[int] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    settled: list[dict[str, Json]] = field(default_factory=list)
    reversal: dict[str, Any] | None = None
    unresolved: list[dict[str, Json]] = field(default_factory=list)
    script: dict[str, Any] | None = None
    settlement: dict[str, Any] | None = None

    @property
    def open_entries(self) -> list[Entry]:
        """The current batch: the tail of the list, for a settlement closes everything before it."""
        at = len(self.entries)
        while at and not self.entries[at - 1].settled:
            at -= 1
        return self.entries[at:]

    def entry(self, stan: str, batch: str | None = None) -> Entry | None:
        """The newest entry with this STAN (and batch)."""
        found = (e for e in reversed(self.entries) if e.stan == stan and batch in (None, e.batch))
        return next(found, None)

    def by_source(self, source: str) -> Entry | None:
        """The entry that a register's order led to."""
        return next((e for e in reversed(self.entries) if source and e.source == source), None)


def entry_record(entry: Entry) -> Record:
    """The record that adds `entry` to the batch."""
    return {"kind": "entry", "entry": asdict(entry)}


def apply(state: State, record: Record) -> None:
    """Fold one record into `state`.  Raises KeyError for a kind that does not exist: guessing would lose money."""
    APPLY[record["kind"]](state, record)


def _set(*names: str) -> Callable[[State, Record], None]:
    def change(state: State, record: Record) -> None:
        for name in names:
            if name in record:
                setattr(state, name, record[name])

    return change


def _stan(state: State, record: Record) -> None:
    state.next_stan = record["next"]


def _downloaded(state: State, record: Record) -> None:
    what = record["what"]
    state.downloaded.add(what)
    state.requirements = [code for code in state.requirements if code not in record.get("serves", [])]
    match what:
        case "parameters":
            state.parameters.update(record["items"])
        case "aids":
            state.aids = list(record["items"])
        case "public_keys":
            state.public_keys = list(record["items"])


def _requirement(state: State, record: Record) -> None:
    if record["code"] not in state.requirements:
        state.requirements.append(record["code"])


def _entry(state: State, record: Record) -> None:
    entry = Entry(**record["entry"])
    state.entries.append(entry)
    status = ENDED_BY.get(entry.kind)
    if status is not None:
        _change(state, entry.original, entry.original_batch or entry.batch, status=status)
    if entry.kind == "completion_void":
        _reopen_preauth(state, entry)


def _change(state: State, stan: str, batch: str, **changes: Any) -> None:
    for at in range(len(state.entries) - 1, -1, -1):
        if state.entries[at].stan == stan and state.entries[at].batch == batch:
            state.entries[at] = replace(state.entries[at], **changes)
            return


def _reopen_preauth(state: State, entry: Entry) -> None:
    """The void of a completion leaves its pre-authorisation as it was before."""
    completion = state.entry(entry.original, entry.original_batch)
    if completion is not None and completion.original:
        _change(state, completion.original, completion.original_batch, status="approved")


def _printed(state: State, record: Record) -> None:
    _change(state, record["stan"], record["batch"], printed=True)


def _reversal(state: State, record: Record) -> None:
    state.reversal = dict(record["reversal"])


def _reversal_reason(state: State, record: Record) -> None:
    if state.reversal is not None:
        state.reversal["reason"] = record["reason"]


def _reversal_cleared(state: State, record: Record) -> None:
    state.reversal = None


def _unresolved(state: State, record: Record) -> None:
    state.unresolved = [*state.unresolved, dict(record["item"])][-UNRESOLVED_MAX:]
    state.reversal = None


def _script(state: State, record: Record) -> None:
    state.script = record["script"]


def _settle_begin(state: State, record: Record) -> None:
    state.settlement = {
        "batch": record["batch"],
        "totals": record["totals"],
        "stage": "totals",
        "uploaded": [],
        "codes": "",
    }


def _settle_answer(state: State, record: Record) -> None:
    if state.settlement is not None:
        state.settlement.update(stage="upload", codes=record["codes"], balanced=record["balanced"])


def _uploaded(state: State, record: Record) -> None:
    if state.settlement is not None:
        state.settlement["uploaded"] += record["stans"]


def _settle_abandoned(state: State, record: Record) -> None:
    state.settlement = None


def _settled(state: State, record: Record) -> None:
    state.settled.append(dict(record["batch"]))
    state.settlement = None
    state.signed_in = False
    state.entries = [e if e.settled else replace(e, settled=True) for e in state.entries]
    if len(state.settled) > BATCHES_KEPT_MAX:
        oldest = state.settled.pop(0)["batch"]
        state.entries = [e for e in state.entries if e.batch != oldest]


def _identity(state: State, record: Record) -> None:
    """A new identity: keys and session of an earlier one are void."""
    state.tmk = state.working_keys = ""
    state.signed_in = state.disowned = False
    state.tid, state.mid = record["tid"], record["mid"]
    state.merchant_name = record["merchant_name"]


def _disowned(state: State, record: Record) -> None:
    state.disowned = True


APPLY: Mapping[str, Callable[[State, Record], None]] = {
    "life_cycle": _set("life_cycle"),
    "identity": _identity,
    "disowned": _disowned,
    "tmk": _set("tmk", "working_keys", "signed_in"),
    "session": _set("working_keys", "signed_in", "batch"),
    "operator": _set("operator"),
    "clock": _set("date", "time"),
    "version": _set("version"),
    "stan": _stan,
    "downloaded": _downloaded,
    "requirement": _requirement,
    "entry": _entry,
    "printed": _printed,
    "reversal": _reversal,
    "reversal_reason": _reversal_reason,
    "reversal_cleared": _reversal_cleared,
    "unresolved": _unresolved,
    "script": _script,
    "settle_begin": _settle_begin,
    "settle_answer": _settle_answer,
    "uploaded": _uploaded,
    "settle_abandoned": _settle_abandoned,
    "settled": _settled,
}
"""Every kind of record."""
