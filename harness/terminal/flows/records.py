"""The books of the terminal when its storage lost some: backup, restore, and what the host's list supplies.

A restore puts back what the backup holds and the terminal has not; what is there and sound stays, for it is newer.
The host's list (portal `batch_list`) supplies what came after the backup, and all where there is none; nothing of it is
sent to the host again.  posrig's choice, as no public source describes either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from ...machine import Json, Record
from .. import backup as medium
from .. import requests
from ..account import Entry
from ..backup import Books, Head, Unfit, books_of
from ..desk import Desk
from ..hardware import storage
from ..outcome import Outcome, done, refused
from ..slips import unresolved_lines
from ..state import STAN_MAX
from ..texts import OPERATIONS
from ..wants import Order, Step

POSTINGS_MAX = 2_000
"""Rows of a host's list: four batches of the largest terminal."""
LOST = "lost"
"""Stands for the reason (F39 of a 0400) of an unresolved item whose reversal, or advice, the storage lost."""
TEXTS = ("stan", "kind", "card", "rrn", "auth", "date", "time", "original", "original_batch", "status")
"""Of a row of the host's list, besides the amount."""


def backup(desk: Desk, order: Order) -> Step[Outcome]:
    """Write the books of all accounts to a medium.  The Outcome has it as `medium` (text), and `entries`, how many."""
    yield from ()
    books = [books_of(account) for account in desk.state.accounts]
    batches = {f"{account.mid}/{account.tid}": account.batch for account in desk.state.accounts}
    head = Head(desk.settings.serial, desk.version, desk.now, batches)
    nonce = desk.settings.rng.randbytes(medium.NONCE_OCTETS)
    key = desk.vault.backup_key(desk.settings.serial)
    count = sum(len(one.entries) for one in books)
    desk.audit("backup", count=count)
    written = medium.pack(head, books, key, nonce, desk.config.clear_backup)
    return {**done(order.op, batch=desk.state.batch), "medium": written, "entries": count}


def restore(desk: Desk, order: Order) -> Step[Outcome]:
    """`{medium}`: take what a backup of this device, of the batch that is open now, holds and the books have not.

    The Outcome has `entries`, how many came back, and `missing`, how many are still lost.
    """
    yield from ()
    try:
        books = _fitting(desk, str(order.args.get("medium", "")))
    except Unfit as unfit:
        desk.audit("restore", cause=unfit.cause, count=0)
        return refused(order.op, unfit.cause)
    before, count = desk.state.number, 0
    for account in tuple(desk.state.accounts):
        kept = next((one for one in books if (one.mid, one.tid) == (account.mid, account.tid)), None)
        if kept is not None:
            desk.use(account.number)
            count += _put_back(desk, kept)
    desk.use(before)
    desk.audit("restore", count=count)
    return {**done(order.op, batch=desk.state.batch), "entries": count, "missing": storage.missing_in_all(desk.state)}


def _fitting(desk: Desk, text: str) -> list[Books]:
    """The books of a backup that this terminal may take.  Raises Unfit.

    Old is one whose open batch is not the open one: what happened since is not in it, and the batch it knows is closed.
    """
    head = medium.head_of(text)
    numbers = {f"{account.mid}/{account.tid}": account.batch for account in desk.state.accounts}
    if head.serial != desk.settings.serial or not numbers.keys() & head.batches.keys():
        raise Unfit("backup_foreign")
    books = medium.unpack(text, desk.vault.backup_key(desk.settings.serial))
    if any(numbers.get(account, batch) != batch for account, batch in head.batches.items()):
        raise Unfit("backup_old")
    return books


def _put_back(desk: Desk, kept: Books) -> int:
    state = desk.state
    there = {(entry.stan, entry.batch) for entry in state.entries}
    batches = {batch["batch"] for batch in state.settled}
    new = [entry for entry in kept.entries if (entry.stan, entry.batch) not in there]
    settled = [batch for batch in kept.settled if batch["batch"] not in batches]
    unresolved = [item for item in kept.unresolved if item not in state.unresolved]
    joined = _joined(new, max(kept.next_stan, state.next_stan), settled, unresolved)
    desk.save(joined)
    open_yet = state.stan_lost or any(item["account"] == state.number for item in state.forgotten)
    if not open_yet and storage.missing(state) <= 0 and storage.concerns(state, state.number):
        desk.save(*storage.mended(desk))
    return len(new)


def _joined(
    entries: Iterable[Entry],
    next_stan: int,
    settled: Sequence[Mapping[str, Json]] = (),
    unresolved: Sequence[Mapping[str, Json]] = (),
) -> Record:
    return {
        "kind": "joined",
        "entries": [asdict(entry) for entry in entries],
        "settled": [dict(one) for one in settled],
        "unresolved": [dict(one) for one in unresolved],
        "next": next_stan,
    }


# the host's list -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """The host's list of one batch.  `last_stan`: the highest trace number that the host knows of it."""

    batch: str
    settled: bool
    last_stan: int
    rows: tuple[Mapping[str, Json], ...]


def host_list(desk: Desk, order: Order) -> Step[Outcome]:
    """`{listed}`, the portal's `batch_list`: take what the host booked and the books have not; then they are held
    against each other.

    The Outcome has `supplied` and `supplied_fen`; `unknown`, how many entries were lost that the host does not know
    either; the trace numbers `only_here` and `different` (another amount); and `difference_fen`, the host's net of the
    batch less the terminal's.
    """
    yield from ()
    told = order.args.get("listed")
    if not isinstance(told, Mapping):
        return refused(order.op, "bad_request")
    if (told.get("mid"), told.get("tid")) != (desk.state.mid, desk.state.tid):
        return refused(order.op, "list_foreign")
    listed = _read(told)
    if listed is None:
        return refused(order.op, "bad_request")
    closed = {batch["batch"] for batch in desk.state.settled}
    if listed.settled == (listed.batch == desk.state.batch) or (
        closed and listed.settled and listed.batch not in closed
    ):
        return refused(order.op, "list_old")
    missing = storage.missing(desk.state)
    new, handed_over = _supplied(desk, listed)
    desk.save(_joined(new, _next_stan(desk, listed), (), handed_over))
    for item in handed_over:
        desk.slip("unresolved", item["stan"], item["batch"], item["amount_fen"], "", "merchant", unresolved_lines(item))
    unknown = max(0, missing - len(new)) + sum(not item["known"] for item in handed_over)
    if storage.concerns(desk.state, desk.state.number, listed.batch):
        desk.save(*storage.mended(desk))
    desk.audit("host_list", count=len(new))
    return {
        **done(order.op, batch=listed.batch),
        "supplied": len(new),
        "supplied_fen": sum(entry.amount_fen for entry in new),
        "unknown": unknown,
        **_compared(desk, listed),
    }


def _next_stan(desk: Desk, listed: Listed) -> int:
    """Above every number that the host knows, and above what was pending: that one left the terminal, and may reach the
    host yet."""
    if listed.settled:
        return desk.state.next_stan
    forgotten = [int(item["stan"]) for item in desk.state.forgotten if item["account"] == desk.state.number]
    return max(desk.state.next_stan, *(last % STAN_MAX + 1 for last in (listed.last_stan, *forgotten)))


def _read(told: Mapping[str, Json]) -> Listed | None:
    """The list as it came from the portal; None where it is none."""
    rows, batch, last = told.get("postings"), told.get("batch"), told.get("last_stan")
    if not isinstance(rows, list) or len(rows) > POSTINGS_MAX or not isinstance(batch, str) or len(batch) != 6:
        return None
    if type(last) is not int or not 0 <= last <= STAN_MAX or not all(map(_is_row, rows)):
        return None
    return Listed(batch, told.get("settled") is True, last, tuple(rows))


def _is_row(row: Json) -> bool:
    if not isinstance(row, Mapping) or not all(isinstance(row.get(name), str) for name in TEXTS):
        return False
    if not isinstance(row.get("voucher", ""), str):
        return False
    stan, amount = row["stan"], row.get("amount_fen")
    return len(stan) == 6 and stan.isdigit() and row["kind"] in OPERATIONS and type(amount) is int and amount > 0


def _supplied(desk: Desk, listed: Listed) -> tuple[list[Entry], list[dict[str, Json]]]:
    """Entries that the books lack, and items for people: how what was under way ended at the counter nobody knows."""
    there = {entry.stan for entry in desk.state.entries if entry.batch == listed.batch}
    rows = {str(row["stan"]): row for row in listed.rows}
    handed = {item["stan"] for item in desk.state.unresolved if item["batch"] == listed.batch}
    pending = _pending(desk, listed.batch)
    there |= handed | pending
    still_open = {(row["original"], row["original_batch"]) for stan, row in rows.items() if stan in pending}
    items: list[dict[str, Json]] = []
    for item in desk.state.forgotten:
        mine = (item["account"], item["batch"]) == (desk.state.number, listed.batch)
        booked = item["stan"] in rows
        if mine and booked == (item["what"] == "reversal"):
            there.add(item["stan"])
            if item["stan"] not in handed:  # by a run that the power ended
                kept = {name: item[name] for name in ("stan", "batch", "amount_fen")}
                items.append({**kept, "reason": LOST, "source": item.get("source", ""), "known": booked})
    new = [
        Entry(
            stan=stan,
            batch=listed.batch,
            kind=row["kind"],
            amount_fen=row["amount_fen"],
            pan=row["card"],
            mode="",
            rrn=row["rrn"],
            auth=row["auth"],
            date=row["date"],
            time=row["time"],
            original=row["original"],
            original_batch=row["original_batch"],
            status="approved" if (stan, listed.batch) in still_open else row["status"],
            printed=True,
            settled=listed.settled,
            voucher=row.get("voucher", ""),
            supplied=True,
        )
        for stan, row in rows.items()
        if stan not in there
    ]
    return new, items


def _pending(desk: Desk, batch: str) -> set[str]:
    """What becomes of these is decided when their reversal, or advice, is answered, whatever the host has now."""
    told = (desk.state.reversal, desk.state.advice)
    return {one["stan"] for one in told if one and (one["account"], one["batch"]) == (desk.state.number, batch)}


def _compared(desk: Desk, listed: Listed) -> dict[str, Json]:
    own = {entry.stan: entry.amount_fen for entry in desk.state.entries if entry.batch == listed.batch}
    told = {str(row["stan"]): int(row["amount_fen"]) for row in listed.rows}
    mine = [entry for entry in desk.state.entries if entry.batch == listed.batch]
    signs = {entry.stan: _sign(desk, entry.kind) for entry in mine}
    signs |= {str(row["stan"]): _sign(desk, row["kind"]) for row in listed.rows}
    return {
        "only_here": sorted(own.keys() - told.keys()),
        "different": sorted(stan for stan in own.keys() & told.keys() if own[stan] != told[stan]),
        "difference_fen": sum(signs[s] * told[s] for s in told) - sum(signs[s] * own[s] for s in own),
    }


def _sign(desk: Desk, kind: str) -> int:
    named = requests.named(desk, kind)
    return 1 if named.is_debit else -1 if named.is_credit else 0
