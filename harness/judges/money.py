"""I1 to I3 and C1: ledger, batch and receipts agree; nothing twice, nothing below zero, the accounts balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ..machine import Json
from ..trace import Event
from .verdict import (
    ADVICES,
    CREDITS,
    REPRINT,
    SLIPS_OF_MONEY,
    VOIDS,
    Key,
    Verdict,
    failed,
    key_of,
    last_snapshot,
    not_judged,
    passed,
)

Snapshot = Mapping[str, Json]


def judge_money(events: Sequence[Event]) -> list[Verdict]:
    """Verdicts I1, I2, I3 and C1 from the last snapshots of host and terminal."""
    host, terminal = last_snapshot(events, "host"), last_snapshot(events, "terminal")
    if host is None:
        lacks = ("记录中没有主机快照", "the recording has no snapshot of the host")
        return [not_judged(name, *lacks) for name in ("I1", "I2", "I3", "C1")]
    verdicts = [_no_key_below_zero(host), _accounts_balance(host)]
    if terminal is None:
        lacks = ("记录中没有终端快照", "the recording has no snapshot of the terminal")
        return [not_judged(name, *lacks) for name in ("I1", "I2")] + verdicts
    return [_agreement(host, terminal), _once(host, terminal), *verdicts]


def _receipts(terminal: Snapshot) -> list[Mapping[str, Json]]:
    return [slip for slip in terminal["receipts"] if slip["copy"] != REPRINT and slip["kind"] in SLIPS_OF_MONEY]


def _host_net(host: Snapshot, tid: str) -> dict[Key, int]:
    """What each key of this terminal still moves: positive to the merchant, negative away from it.

    A void and the sale that it took back cancel out; so both drop out, as they do on the terminal's side.
    """
    net: dict[Key, int] = {}
    for posting in host["postings"]:
        if posting["tid"] == tid and posting["net_fen"] and not posting.get("voided") and posting["kind"] not in VOIDS:
            net[key_of(posting)] = net.get(key_of(posting), 0) + int(posting["net_fen"])
    return {key: amount for key, amount in net.items() if amount}


def _terminal_net(terminal: Snapshot, items: Sequence[Mapping[str, Json]]) -> dict[Key, int]:
    tid, mid = str(terminal["tid"]), str(terminal["mid"])
    voided = {key_of(entry, tid, mid) for entry in terminal["entries"] if entry["status"] in ("voided", "reversed")}
    net: dict[Key, int] = {}
    for item in items:
        key = key_of(item, tid, mid)
        if item["kind"] in VOIDS or key in voided:
            continue
        sign = -1 if item["kind"] == "refund" else 1
        net[key] = net.get(key, 0) + sign * int(item["amount_fen"])
    return net


def _held(host: Snapshot, tid: str, receipts: Mapping[Key, int]) -> dict[Key, int]:
    """What the host holds, or held until a completion or its age ended it; nothing of what was reversed, or voided:
    unless another terminal voided it, of which this one has not heard."""
    held: dict[Key, int] = {}
    for row in host.get("preauths", ()):
        kept = row["state"] in ("open", "completed", "expired") or (
            row["state"] == "voided" and key_of(row) in receipts and row["voided_by"] != tid
        )
        if row["tid"] == tid and kept:
            held[key_of(row)] = int(row["amount_fen"])
    return held


def _held_receipts(terminal: Snapshot) -> dict[Key, int]:
    """The same by the terminal's journal, whose entries are its receipts."""
    tid, mid = str(terminal["tid"]), str(terminal["mid"])
    return {
        key_of(entry, tid, mid): int(entry["amount_fen"])
        for entry in terminal["entries"]
        if entry["kind"] == "preauth" and entry["status"] != "voided"
    }


def _agreement(host: Snapshot, terminal: Snapshot) -> Verdict:
    tid, mid = str(terminal["tid"]), str(terminal["mid"])
    unresolved = {key_of(item, tid, mid) for item in terminal["unresolved"]}
    unresolved |= _reported_advices(host)
    unresolved |= _taken_back(host, terminal, unresolved)
    money_entries = [entry for entry in terminal["entries"] if entry["kind"] in SLIPS_OF_MONEY]
    sides = {
        "host": _host_net(host, tid),
        "batch": _terminal_net(terminal, money_entries),
        "receipts": _terminal_net(terminal, _receipts(terminal)),
    }
    keys = {key for side in sides.values() for key in side} - unresolved
    wrong = sorted(key for key in keys if len({side.get(key, 0) for side in sides.values()}) > 1)
    receipts = _held_receipts(terminal)
    held = _held(host, tid, receipts)
    wrong += sorted(key for key in (held.keys() | receipts.keys()) - unresolved if held.get(key) != receipts.get(key))
    sides |= {"held": held, "held, receipts": receipts}
    if not wrong:
        return passed("I1", "账务、批次与签购单一致", "ledger, batch and receipts agree")
    pending = terminal["pending_reversal"] or terminal.get("pending_advice")
    if pending is not None and wrong == [key_of(pending, tid, mid)]:  # not at rest: what becomes of it is still open
        stan = wrong[0][0]
        return not_judged(
            "I1", f"流水号 {stan} 的冲正或通知尚未完成", f"the reversal or advice of STAN {stan} is still pending"
        )
    amounts = {key: ", ".join(f"{name} {side.get(key, 0)}" for name, side in sides.items()) for key in wrong}
    lines = "; ".join(f"STAN {key[0]}: {text}" for key, text in amounts.items())
    return failed(
        "I1",
        f"账务、批次与签购单不一致（分）：{lines}",
        f"ledger, batch and receipts differ (fen): {lines}",
        _stans(wrong),
    )


def _taken_back(host: Snapshot, terminal: Snapshot, unresolved: set[Key]) -> set[Key]:
    """What the host took back by a void that the terminal handed to people: of these the terminal has not heard."""
    tid, mid = str(terminal["tid"]), str(terminal["mid"])
    stands = {key_of(entry, tid, mid) for entry in terminal["entries"] if entry["status"] == "approved"}
    found: set[Key] = set()
    for void in host["postings"]:
        if void["kind"] in VOIDS and not void["reversed"] and key_of(void) in unresolved:
            fits = (p for p in host["postings"] if p.get("voided") and p["amount_fen"] == void["amount_fen"])
            found |= set([key_of(p) for p in fits if key_of(p) in stands - found][:1])
    return found


def _reported_advices(host: Snapshot) -> set[Key]:
    """Refunds and completion advices that the host booked and found missing in the upload.

    A 0220 without an answer is never reversed (UnionPay's terminal rules name sale, void and
    pre-authorisations); what became of it shows in the settlement, and that report is all there is.
    """
    reported = {key_of(item) for item in host["unresolved"]}
    return {key_of(p) for p in host["postings"] if p["kind"] in ADVICES} & reported


def _once(host: Snapshot, terminal: Snapshot) -> Verdict:
    tid, mid = str(terminal["tid"]), str(terminal["mid"])
    posted = Counter((key_of(p), str(p.get("date"))) for p in host["postings"])
    slips = Counter(key_of(slip, tid, mid) for slip in _receipts(terminal))
    wrong = [key for (key, _), count in posted.items() if count > 1] + [
        key for key, count in slips.items() if count > 1
    ]
    if not wrong:
        return passed("I2", "每个业务键至多一笔记账、一张签购单", "at most one posting and one receipt per key")
    names = ", ".join(_stans(wrong))
    return failed(
        "I2", f"重复记账或重复签购单：流水号 {names}", f"posted or printed twice: STAN {names}", _stans(wrong)
    )


def _no_key_below_zero(host: Snapshot) -> Verdict:
    wrong = [
        key_of(posting)
        for posting in host["postings"]
        if not 0 <= abs(int(posting["net_fen"])) <= int(posting["amount_fen"])
        or (posting["kind"] not in CREDITS and int(posting["net_fen"]) < 0)
    ]
    if not wrong:
        return passed(
            "I3", "没有业务键净额为负，冲正额不超过记账额", "no key below zero, never more reversed than posted"
        )
    names = ", ".join(_stans(wrong))
    return failed(
        "I3", f"净额为负或冲正超额：流水号 {names}", f"below zero or reversed too much: STAN {names}", _stans(wrong)
    )


def _accounts_balance(host: Snapshot) -> Verdict:
    total = sum(int(balance) for balance in host["accounts"].values())
    if total == 0:
        return passed("C1", "所有账户之和为零", "the accounts sum to zero")
    return failed("C1", f"账户之和为 {total} 分", f"the accounts sum to {total} fen")


def _stans(keys: Sequence[Key]) -> list[str]:
    return [key[0] for key in keys]
