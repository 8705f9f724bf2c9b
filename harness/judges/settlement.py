"""I6 and I7: terminal and host agree on a settled batch; the batch number moves once per settlement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ..machine import Json
from ..trace import Event
from .verdict import CREDITS, Key, Verdict, failed, key_of, last_snapshot, not_judged, passed

TOTALS = ("debit_fen", "debit_count", "credit_fen", "credit_count")


def judge_settlement(events: Sequence[Event]) -> list[Verdict]:
    """Verdicts I6 and I7 from the last snapshots."""
    host, terminal = last_snapshot(events, "host"), last_snapshot(events, "terminal")
    if host is None or terminal is None:
        lacks = ("记录中缺少快照", "the recording lacks a snapshot")
        return [not_judged("I6", *lacks), not_judged("I7", *lacks)]
    tid = terminal["tid"]
    booked = {str(batch["batch"]): _agreed(batch, host) for batch in host["batches"] if batch["tid"] == tid}
    settled: Sequence[Mapping[str, Json]] = terminal["settled"]
    wrong = [
        f"{item['batch']} ({name}: {item[name]} / {booked[str(item['batch'])][name]})"
        for item in settled
        if str(item["batch"]) in booked
        for name in TOTALS
        if int(item[name]) != int(booked[str(item["batch"])][name])
    ]
    missing = [str(item["batch"]) for item in settled if str(item["batch"]) not in booked]
    numbers = Counter(str(item["batch"]) for item in settled)
    return [_totals(settled, wrong, missing), _moves_once([number for number, count in numbers.items() if count > 1])]


def _agreed(batch: Mapping[str, Json], host: Mapping[str, Json]) -> dict[str, int]:
    """The host's totals of a batch, without what the upload showed that only the host has: both know of it then."""
    reported: set[Key] = {key_of(item) for item in host["unresolved"]}
    totals = {name: int(batch[name]) for name in TOTALS}
    for posting in host["postings"]:
        same = (posting["tid"], str(posting["batch"])) == (batch["tid"], str(batch["batch"]))
        if same and key_of(posting) in reported and not posting["reversed"]:
            side = "credit" if posting["kind"] in CREDITS else "debit"
            totals[f"{side}_fen"] -= int(posting["amount_fen"])
            totals[f"{side}_count"] -= 1
    return totals


def _totals(settled: Sequence[Mapping[str, Json]], wrong: list[str], missing: list[str]) -> Verdict:
    if not settled:
        return not_judged("I6", "本次运行没有结算", "nothing was settled in this run")
    if wrong or missing:
        text = "; ".join([*wrong, *(f"{batch}: -" for batch in missing)])
        return failed(
            "I6", f"结算总计不一致（终端/主机）：批次 {text}", f"totals differ (terminal / host): batch {text}"
        )
    return passed("I6", "结算总计一致", "settlement totals agree")


def _moves_once(repeated: list[str]) -> Verdict:
    if repeated:
        text = ", ".join(repeated)
        return failed("I7", f"批次结算了两次：{text}", f"batch settled twice: {text}")
    return passed("I7", "每次结算批次号只变一次", "the batch number moves once per settlement")
