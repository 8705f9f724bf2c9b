"""The storage: what is lost when it is, and how that is noticed.

What the storage loses are the books: entries, settled batches, and (`all`) counters, session and downloads with them.
Identity, life cycle, master key and settings stand in the secure element, and so do the batch number and a count of the
entries; each entry has a checksum of its own. At every start, and before a settlement, the books are held against count
and checksums, and before every transaction against the count; where they differ the terminal sells nothing until people
have put the books right (`flows.records`). That a wiped memory is noticed by a count kept elsewhere is posrig's choice;
CRC-32 is that of the storage's own frames.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from protocols.text import Text

from ...machine import Json, Record
from ..account import Account
from ..texts import CAUSES
from .defect import MOST, Act, Defect
from .device import ended
from .parts import PartTest

if TYPE_CHECKING:
    from ..desk import Desk
    from ..state import State

PART = "storage"
WIPED, CORRUPTED = "storage_wiped", "storage_corrupted"
BATCH, ALL = "batch", "all"
"""What is wiped: the open batch of every account, or everything that is not in the secure element."""
IN_USE = ("signed_in", "ready", "must_settle", "settling", "batching", "must_sign_in", "signed_off")
"""Life-cycle states from which a terminal that lost its session and downloads falls back to `keyed`."""
CHECKSUM = "checksum"
"""What the storage's own test finds, and what a check of it is called."""


def _begins(what: str) -> Callable[[Mapping[str, Json]], list[Record]]:
    def begin(settings: Mapping[str, Json]) -> list[Record]:
        values = {name: settings.get(name, value) for name, value in DEFECTS[what].settings.items()}
        defect: Record = {"kind": "defect", "part": PART, "what": what, "on": True, "settings": values}
        return [defect, {"kind": "storage_lost", "defect": what, **values}]

    return begin


DEFECTS: Mapping[str, Defect] = {
    WIPED: Defect(
        PART,
        Text("存储被清空", "The storage was wiped"),
        False,
        {"what": BATCH},
        begin=_begins(WIPED),
        one_of={"what": (BATCH, ALL)},
    ),
    CORRUPTED: Defect(
        PART,
        Text("存储内容损坏", "Records in the storage are damaged"),
        False,
        {"records": 1},
        begin=_begins(CORRUPTED),
        within={"records": (1, MOST)},
    ),
}
ACTS: Mapping[str, Act] = {}


# how records change the state ------------------------------------------------------------------------------------


def _lost(state: State, record: Record) -> None:
    if record["defect"] == WIPED and record["what"] == ALL:
        _forget_all(state)
    for account in state.accounts:
        if record["defect"] == CORRUPTED:
            _damage(account, int(record["records"]))
        elif record["what"] == ALL:
            _empty(account)
        else:
            account.entries = [entry for entry in account.entries if entry.settled]


def _damage(account: Account, records: int) -> None:
    """Of the newest entries of the open batch a bit of the amount is another one."""
    spoilt = min(records, len(account.open_entries))
    for at in range(len(account.entries) - spoilt, len(account.entries)):
        entry = account.entries[at]
        account.entries[at] = replace(entry, amount_fen=entry.amount_fen ^ 0x40)


def _empty(account: Account) -> None:
    fresh = Account()
    account.stan_lost = account.stan_lost or account.next_stan != fresh.next_stan
    for name in ("entries", "settled", "unresolved", "settlement", "next_stan", "working_keys", "signed_in"):
        setattr(account, name, getattr(fresh, name))
    if account.life_cycle in IN_USE:
        account.life_cycle = "keyed"


def _forget_all(state: State) -> None:
    """What was under way is gone, too; the secure element knows that there was something, and under which number."""
    for kind, pending in (("reversal", state.reversal), ("advice", state.advice)):
        if pending is not None:
            kept = {name: pending[name] for name in ("stan", "batch", "amount_fen", "account")}
            kept["source"] = pending.get("source", "")
            state.forgotten = [*state.forgotten, {"what": kind, **kept}]
    state.reversal = state.advice = state.script = None
    state.parameters, state.contactless, state.bins = {}, {}, {}
    state.aids, state.public_keys, state.requirements = [], [], []
    state.downloaded = set()


def _fault(state: State, record: Record) -> None:
    """The loss was noticed; what is damaged is read no more."""
    state.storage_fault = {"at_us": record["at_us"], "rows": list(record["rows"])}
    for account in state.accounts:
        account.entries = [entry for entry in account.entries if entry.is_sound]


def _mended(state: State, record: Record) -> None:
    """People have put the books of an account right, as far as anybody knows them."""
    fault = state.storage_fault
    rows = [row for row in (fault["rows"] if fault else ()) if row["account"] != record["account"]]
    state.storage_fault = {**fault, "rows": rows} if fault and rows else None
    state.forgotten = [item for item in state.forgotten if item["account"] != record["account"]]
    account = next(one for one in state.accounts if one.number == record["account"])
    account.written, account.stan_lost = len(account.entries), False


FOLD: Mapping[str, Callable[[State, Record], None]] = {
    "storage_lost": _lost,
    "storage_fault": _fault,
    "storage_mended": _mended,
}


# how it is noticed -----------------------------------------------------------------------------------------------


def missing(account: Account) -> int:
    """How many entries there were that are not there, or are not what they were."""
    return account.written - sum(entry.is_sound for entry in account.entries)


def missing_in_all(state: State) -> int:
    """The same of all accounts."""
    return sum(max(0, missing(account)) for account in state.accounts)


def concerns(state: State, number: int, batch: str = "") -> bool:
    """Whether the fault that stands is one of that account (and of that batch)."""
    rows = state.storage_fault["rows"] if state.storage_fault else ()
    return any(row["account"] == number and batch in ("", row["batch"]) for row in rows)


def is_short(state: State) -> bool:
    """Whether the counts alone show a loss: asked before every transaction, which has no time for the checksums."""
    books = any(len(account.entries) < account.written or account.stan_lost for account in state.accounts)
    return books or bool(state.forgotten)


def check(desk: Desk) -> bool:
    """Hold the books against count and checksums; True when nothing is missing.  A loss is told at once and stands
    until people have put the books right."""
    state = desk.state
    if state.storage_fault is None:
        pending = {item["account"] for item in state.forgotten}
        rows: list[dict[str, Json]] = [
            {
                "account": account.number,
                "batch": account.batch,
                "lost": missing(account),
                "damaged": sum(not entry.is_sound for entry in account.entries),
            }
            for account in state.accounts
            if missing(account) > 0 or account.stan_lost or account.number in pending
        ]
        if not rows:
            return True
        desk.save({"kind": "storage_fault", "at_us": desk.now, "rows": rows})
        desk.audit("storage_fault", count=sum(row["lost"] for row in rows))
    desk.note("part", {"part": PART, "what": CHECKSUM, "ok": False, "count": lost(state)}, shown=True)
    desk.show(CAUSES["storage_fault"])
    return False


def lost(state: State) -> int:
    """Entries that were found missing and have not been put right."""
    return sum(int(row["lost"]) for row in state.storage_fault["rows"]) if state.storage_fault else 0


def mended(desk: Desk) -> list[Record]:
    """The records that end the fault of the account in use, and with the last one the defects of the part."""
    fault = desk.state.storage_fault
    others = [row for row in (fault["rows"] if fault else ()) if row["account"] != desk.state.number]
    over = [] if others else [*ended(desk.state.device, WIPED), *ended(desk.state.device, CORRUPTED)]
    return [{"kind": "storage_mended", "account": desk.state.number}, *over]


def _own_test(desk: Desk) -> str:
    return CHECKSUM if desk.state.storage_fault is not None else ""


TESTS: Mapping[str, PartTest] = {PART: _own_test}
