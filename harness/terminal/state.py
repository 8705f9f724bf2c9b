"""What the terminal knows, as the fold of its records, and how each kind of record changes it.

Nothing here is secret in the clear: the TMK stands under the storage key of the secure element, working keys as the
host sent them (under the TMK).  No PIN, no track.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from ..machine import Record
from . import people
from .account import Account as Account
from .account import Entry as Entry
from .hardware import device, storage
from .lifecycle import concerns_device
from .software import slots

STAN_MAX = 999_999
BATCHES_KEPT_MAX = 1_000
"""Settled batches that stay readable (reprint, snapshot): some years of daily settlement; the oldest goes first."""
FORMER_MAX = 10
"""Identities that were before; a terminal that changes its provider more often is a bench's."""
UNRESOLVED_MAX = 100
"""Reversals and refunds that people have to clarify; more than that is a terminal that should not be selling."""


ENDED_BY: Mapping[str, str] = {
    "void": "voided",
    "preauth_void": "voided",
    "completion": "completed",
    "completion_advice": "completed",
    "completion_void": "voided",
}
"""Status that an entry of this kind gives to its original."""


@dataclass(slots=True)
class State(Account):
    """What is the device's, and the account in use; the other accounts are `parked`.  Records: see `APPLY`.

    A terminal with one account never parks any.
    """

    disowned: bool = False
    """Until the next sign-in: the host no longer knows this terminal, or another one is dialled, so that it may be
    activated anew."""
    tmk: str = ""
    operator: str = "01"
    date: str = "0101"
    time: str = "000000"
    parameters: dict[str, str] = field(default_factory=dict)
    aids: list[str] = field(default_factory=list)
    public_keys: list[str] = field(default_factory=list)
    contactless: dict[str, str] = field(default_factory=dict)
    bins: dict[str, list[str]] = field(default_factory=dict)
    downloaded: set[str] = field(default_factory=set)
    requirements: list[int] = field(default_factory=list)
    reversal: dict[str, Any] | None = None
    advice: dict[str, Any] | None = None
    """A 0220 that the host has not answered yet (`flows.advice`)."""
    """Of whichever account (`account` in it): one at a time, and it stops them all."""
    script: dict[str, Any] | None = None
    device: device.Device = field(default_factory=device.Device)
    software: slots.Software = field(default_factory=slots.Software)
    people: people.People = field(default_factory=people.People)
    parked: dict[int, Account] = field(default_factory=dict)
    former: list[Account] = field(default_factory=list)
    """The books of identities that this terminal had before, at this provider or another one; the oldest goes first."""
    registration: dict[str, Any] = field(default_factory=dict)
    """What the register agreed on last, where its protocol has such a thing (ZVT); read by its side."""
    last_account: int = 1
    """The account of the newest entry."""
    storage_fault: dict[str, Any] | None = None
    """Records were found lost (`hardware.storage`): when, and of which accounts; until people have put that right."""
    forgotten: list[dict[str, Any]] = field(default_factory=list)
    """Reversals and advices that were pending in a storage that lost them: what the secure element knows of them."""

    @property
    def accounts(self) -> list[Account]:
        """All accounts in the order of their numbers; the one in use is this object."""
        return sorted([self, *self.parked.values()], key=lambda account: account.number)

    def by_source(self, source: str) -> tuple[Account, Entry | None]:
        """The entry that a register's order led to, and its account (the one in use where there is none)."""
        found = ((a, e) for a in self.accounts for e in reversed(a.entries) if source and e.source == source)
        return next(found, (self, None))


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


def _account(state: State, record: Record) -> None:
    """Another account comes into use."""
    names = [item.name for item in fields(Account)]
    state.parked[state.number] = Account(**{name: getattr(state, name) for name in names})
    chosen = state.parked.pop(record["number"])
    for name in names:
        setattr(state, name, getattr(chosen, name))


def _accounts(state: State, record: Record) -> None:
    """What the provider offers on this terminal besides its own account.

    One that is gone keeps its number and its books, and comes back to them.
    """
    known = {(account.mid, account.tid): account for account in state.accounts}
    for account in state.accounts[1:]:
        account.listed = False
    for row in record["listed"]:
        account = known.get((row["mid"], row["tid"])) or Account(
            len(known) + 1, row["tid"], row["mid"], life_cycle="keyed" if state.tmk else state.life_cycle
        )
        account.merchant_name, account.listed = row["merchant_name"], True
        known[account.mid, account.tid] = account
        if account.number != state.number:
            state.parked[account.number] = account


def _life_cycle(state: State, record: Record) -> None:
    before, state.life_cycle = state.life_cycle, record["life_cycle"]
    if concerns_device(before, state.life_cycle):
        for account in state.parked.values():
            account.life_cycle = state.life_cycle


def _tmk(state: State, record: Record) -> None:
    """Working keys that came under an earlier master key are void, whosever they were."""
    state.tmk = record["tmk"]
    for account in state.accounts:
        account.working_keys, account.signed_in = "", False


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
        case "contactless":
            state.contactless = dict(record["items"])
        case "bin_blacklist" | "qps_bin_b" | "qps_bin_c":
            state.bins[what] = list(record["items"])
        case "public_keys":
            state.public_keys = list(record["items"])


def _requirement(state: State, record: Record) -> None:
    if record["code"] not in state.requirements:
        state.requirements.append(record["code"])


def _requirement_served(state: State, record: Record) -> None:
    state.requirements = [code for code in state.requirements if code != record["code"]]


def _entry(state: State, record: Record) -> None:
    entry = Entry(**record["entry"])
    state.entries.append(replace(entry, check=entry.checksum))
    state.written += 1
    state.last_account = state.number
    _end_original(state, entry)


def _joined(state: State, record: Record) -> None:
    """Entries of a backup or of the host's list come to those that are there.  Settled ones stand in front."""
    new = [Entry(**one) for one in record["entries"]]
    state.entries = sorted(
        [*state.entries, *(replace(entry, check=entry.checksum) for entry in new)],
        key=lambda entry: 0 if entry.settled else int(entry.stan),
    )
    state.settled = [*record["settled"], *state.settled]
    state.unresolved = [*record["unresolved"], *state.unresolved][-UNRESOLVED_MAX:]
    state.written = max(state.written, len(state.entries))
    state.next_stan = record["next"]
    for entry in new:
        _end_original(state, entry)


def _end_original(state: State, entry: Entry) -> None:
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


def _advice(state: State, record: Record) -> None:
    state.advice = dict(record["advice"])


def _advice_cleared(state: State, record: Record) -> None:
    state.advice = None


def _reversal(state: State, record: Record) -> None:
    state.reversal = dict(record["reversal"])


def _reversal_reason(state: State, record: Record) -> None:
    if state.reversal is not None:
        state.reversal["reason"] = record["reason"]
        state.reversal["chip"] = record.get("chip", state.reversal["chip"])


def _reversal_cleared(state: State, record: Record) -> None:
    state.reversal = None


def _unresolved(state: State, record: Record) -> None:
    state.unresolved = [*state.unresolved, dict(record["item"])][-UNRESOLVED_MAX:]
    state.reversal = state.advice = None


def _resolved(state: State, record: Record) -> None:
    """The host has answered it after all."""
    place = (record["stan"], record["batch"])
    state.unresolved = [item for item in state.unresolved if (item["stan"], item["batch"]) != place]


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
        kept = [e for e in state.entries if e.batch != oldest]
        state.written -= len(state.entries) - len(kept)
        state.entries = kept


def _identity(state: State, record: Record) -> None:
    """A new identity: keys and session of an earlier one are void, its books are put away."""
    if state.tid and (state.tid, state.mid) != (record["tid"], record["mid"]):
        _put_away(state)
    state.tmk = state.working_keys = ""
    state.signed_in = state.disowned = False
    state.tid, state.mid = record["tid"], record["mid"]
    state.merchant_name = record["merchant_name"]
    for account in state.parked.values():
        account.working_keys, account.signed_in, account.listed = "", False, False


def _put_away(state: State) -> None:
    books = {item.name: getattr(state, item.name) for item in fields(Account)}
    old = Account(**{**books, "number": 0, "listed": False, "working_keys": "", "signed_in": False})
    state.former = [*state.former, old][-FORMER_MAX:]
    state.entries, state.settled, state.unresolved, state.settlement = [], [], [], None
    state.written = 0


def _disowned(state: State, record: Record) -> None:
    state.disowned = True


def _of_device(change: Callable[[device.Device, Record], None]) -> Callable[[State, Record], None]:
    return lambda state, record: change(state.device, record)


def _of_software(change: Callable[[slots.Software, Record], None]) -> Callable[[State, Record], None]:
    return lambda state, record: change(state.software, record)


def _of_people(change: Callable[[people.People, Record], None]) -> Callable[[State, Record], None]:
    return lambda state, record: change(state.people, record)


APPLY: Mapping[str, Callable[[State, Record], None]] = {
    **{kind: _of_device(change) for kind, change in device.FOLD.items()},
    **{kind: _of_software(change) for kind, change in slots.FOLD.items()},
    **{kind: _of_people(change) for kind, change in people.FOLD.items()},
    **storage.FOLD,
    "account": _account,
    "accounts": _accounts,
    "life_cycle": _life_cycle,
    "identity": _identity,
    "disowned": _disowned,
    "tmk": _tmk,
    "session": _set("working_keys", "signed_in", "batch", "disowned"),
    "session_changed": _set("session_since_us"),
    "operator": _set("operator"),
    "clock": _set("date", "time"),
    "stan": _stan,
    "registration": _set("registration"),
    "downloaded": _downloaded,
    "requirement": _requirement,
    "requirement_served": _requirement_served,
    "entry": _entry,
    "joined": _joined,
    "printed": _printed,
    "advice": _advice,
    "advice_cleared": _advice_cleared,
    "reversal": _reversal,
    "reversal_reason": _reversal_reason,
    "reversal_cleared": _reversal_cleared,
    "unresolved": _unresolved,
    "resolved": _resolved,
    "script": _script,
    "settle_begin": _settle_begin,
    "settle_answer": _settle_answer,
    "uploaded": _uploaded,
    "settle_abandoned": _settle_abandoned,
    "settled": _settled,
}
"""Every kind of record."""
