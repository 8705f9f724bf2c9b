"""The host's list of a batch (主机流水), for a merchant whose terminal lost its records.

What a terminal needs to put its books right, and no more of a card than a slip shows: first six and last four digits.
"""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

from ..asks import Args, Refused, Value, text_of
from ..books.authorisations import Authorisation
from ..state import Terminal
from ..turn import Turn
from .ledger import Posting
from .vouchers import voucher_of

HELD: Mapping[str, str] = {"voided": "voided", "completed": "completed"}
"""State of a pre-authorisation to the status of its entry; an expired one was never ended at the terminal."""


def batch_list(turn: Turn, args: Args) -> Value:
    """`{sn, batch, mid} -> {sn, list: {mid, tid, batch, settled, last_stan, postings: [...]}, not_uploaded: [stan],
    net_fen}`; a posting is `{stan, kind, amount_fen, card, rrn, auth, date, time, original, original_batch, status}`,
    with `voucher` where it was paid by code.

    `batch`: left out, the one that is open; `mid`: of a further account on that device.  `list` is what the terminal
    takes: the postings that stand, pre-authorisations among them, and the highest trace number that was answered,
    declined and reversed ones included, 0 for none.  `not_uploaded`: what the upload of a settled batch lacked;
    `net_fen`: what the merchant's side of the batch adds up to, before fees.
    """
    terminal = _terminal(turn, args)
    batch = text_of(turn, args, "batch", terminal.batch)
    settled = terminal.settled.get(batch)
    if settled is None and batch != terminal.batch:
        raise Refused("batch_unknown", Text(f"没有批次 {batch}", f"there is no batch {batch}"))
    postings = [p for p in turn.state.ledger.of_batch(terminal.mid, terminal.tid, batch) if not p.reversed]
    place = (terminal.mid, terminal.tid, batch)
    held = [one for one in turn.state.authorisations.all.values() if (one.mid, one.tid, one.batch) == place]
    rows = [_posted(turn, posting) for posting in postings]
    rows += [_granted(turn, one) for one in held if one.state != "reversed"]
    missing = {item["stan"] for item in turn.state.unresolved if (item["mid"], item["tid"], item["batch"]) == place}
    return {
        "sn": terminal.sn,
        "list": {
            "mid": terminal.mid,
            "tid": terminal.tid,
            "batch": batch,
            "settled": settled is not None,
            "last_stan": _last_stan(turn, "/".join(place)),
            "postings": sorted(rows, key=lambda row: str(row["stan"])),
        },
        "not_uploaded": sorted(missing),
        "net_fen": sum(p.amount_fen if p.side == "debit" else -p.amount_fen for p in postings),
    }


def _terminal(turn: Turn, args: Args) -> Terminal:
    sn, mid = text_of(turn, args, "sn"), text_of(turn, args, "mid", "")
    device = turn.state.devices.get(sn)
    main = device.terminal if device else ""
    found = [t for t in turn.state.terminals.values() if main in (t.key, t.main) and main and mid in ("", t.mid)]
    if not found:
        raise Refused("sn_unknown", Text(f"序列号 {sn} 未绑定商户", f"serial number {sn} is bound to no merchant"))
    return next((t for t in found if t.key == main), found[0])


def _last_stan(turn: Turn, place: str) -> int:
    """Of all requests of the batch that were decided, or whose reversal came."""
    front = f"{place}/"
    known = (key for book in (turn.state.answers, turn.state.tombstones) for key in book if key.startswith(front))
    return max((int(key.removeprefix(front)[:6]) for key in known), default=0)


def _posted(turn: Turn, posting: Posting) -> Value:
    original = turn.state.ledger.postings.get(posting.original)
    granted = turn.state.authorisations.all.get(posting.preauth)
    named = original or granted
    row = _row(turn, posting.key, posting.stan, posting.operation, posting.amount_fen, posting.rrn, posting.auth_id)
    row |= {"original": named.stan if named else "", "original_batch": named.batch if named else ""}
    row["status"] = "voided" if posting.voided else "approved"
    return {**row, "voucher": voucher_of(posting.date, posting.rrn)} if posting.operation == "sale_qr" else row


def _granted(turn: Turn, one: Authorisation) -> Value:
    row = _row(turn, one.key, one.stan, "preauth", one.amount_fen, one.rrn, one.auth_id)
    return {**row, "original": "", "original_batch": "", "status": HELD.get(one.state, "approved")}


def _row(turn: Turn, key: str, stan: str, kind: str, amount_fen: int, rrn: str, auth: str) -> Value:
    answer = turn.state.answers.get(key, {})
    fields = answer.get("fields", {})
    return {
        "stan": stan,
        "kind": kind,
        "amount_fen": amount_fen,
        "card": answer.get("card", ""),
        "rrn": rrn,
        "auth": auth,
        "date": fields.get("13", ""),
        "time": fields.get("12", ""),
    }


PORTAL = {"batch_list": batch_list}
