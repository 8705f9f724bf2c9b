"""Judges over recordings of several terminals and hosts: what belongs to one must not be booked for another."""

from __future__ import annotations

from typing import Any

import pytest

from harness.judges import Verdict, judge
from harness.machine import side_of
from harness.trace import Event

Json = Any
BATCH = "000001"
PLACES = {
    "terminal": ("20000001", "898110054000001"),
    "terminal2": ("20900002", "898110054900002"),
    "terminal3": ("30900003", "103110054900003"),
}


def posting(whose: str, stan: str = "000001", fen: int = 500) -> dict[str, Json]:
    tid, mid = PLACES[whose]
    row = {"stan": stan, "tid": tid, "mid": mid, "batch": BATCH, "date": "2026-03-06", "kind": "sale"}
    return {**row, "amount_fen": fen, "net_fen": fen, "reversed": False, "voided": False, "rrn": "1"}


def host(*postings: dict[str, Json], **more: Json) -> dict[str, Json]:
    total = sum(row["amount_fen"] for row in postings)
    books = {"postings": list(postings), "accounts": {"issuer": -total, "merchant": total}, "batches": []}
    return {**books, "unresolved": [], "applications": [], **more}


def terminal(whose: str, **more: Json) -> dict[str, Json]:
    tid, mid = PLACES[whose]
    sale = {"stan": "000001", "batch": BATCH, "kind": "sale", "amount_fen": 500}
    state = {"entries": [{**sale, "status": "approved", "rrn": "1"}], "receipts": [{**sale, "copy": "merchant"}]}
    open_: Json = {"pending_reversal": None, "unresolved": [], "settled": []}
    return {"tid": tid, "mid": mid, "batch": BATCH, "next_stan": 2, **state, **open_, **more}


def recording(**snapshots: Json) -> list[Event]:
    return [
        Event(seq, seq, party, "snapshot", data, (side_of(party),))
        for seq, (party, data) in enumerate(snapshots.items(), 1)
    ]


def verdicts(**snapshots: Json) -> dict[str, Verdict]:
    return {verdict.judge: verdict for verdict in judge(recording(**snapshots))}


def good() -> dict[str, Json]:
    """Two terminals of one provider and one of another, each with one sale."""
    return {
        "host": host(posting("terminal"), posting("terminal2")),
        "host2": host(posting("terminal3")),
        **{name: terminal(name) for name in PLACES},
    }


def test_each_sale_in_the_books_of_its_own_provider_is_good() -> None:
    found = verdicts(**good())
    assert {name for name in ("I1", "I2", "I3", "C1") if found[name].ok} == {"I1", "I2", "I3", "C1"}


def test_the_order_of_the_verdicts_is_that_of_one_terminal() -> None:
    names = [verdict.judge for verdict in judge(recording(**good()))]
    assert names == ["I1", "I2", "I3", "C1", "I4", "I5", "I8", "I6", "I7", "I9"]


@pytest.mark.parametrize(
    ("judged", "named", "change"),
    [
        ("I1", {"terminal", "terminal2"}, {"host": host(posting("terminal"), posting("terminal", "000002"))}),
        ("I1", {"terminal3"}, {"host2": host()}),
        ("I1", {"terminal3"}, {"host2": host(posting("terminal3", fen=900))}),
        ("I2", {"terminal3"}, {"host": host(posting("terminal"), posting("terminal2"), posting("terminal3"))}),
        ("C1", {"host2"}, {"host2": host(posting("terminal3"), accounts={"issuer": -500, "merchant": 400})}),
        ("I3", {"host2"}, {"host2": host({**posting("terminal3"), "net_fen": -1})}),
    ],
    ids=["booked-for-another", "not-booked", "other-amount", "at-both-providers", "accounts", "below-zero"],
)
def test_what_is_wrong_is_said_with_the_party_that_it_is_about(
    judged: str, named: set[str], change: dict[str, Json]
) -> None:
    verdict = verdicts(**{**good(), **change})[judged]
    assert verdict.ok is False
    assert {line.partition(":")[0] for line in verdict.what.en.split("; ")} >= named, verdict.what.en


def test_errors_of_two_providers_do_not_make_up_for_each_other() -> None:
    books = {
        "host": host(posting("terminal"), posting("terminal2"), accounts={"merchant": 7}),
        "host2": host(posting("terminal3"), accounts={"merchant": -7}),
    }
    assert verdicts(**{**good(), **books})["C1"].ok is False


def test_a_terminal_that_is_down_leaves_its_money_in_doubt_and_not_judged_good() -> None:
    rest = good()
    without = {**rest, "terminal2": terminal("terminal2", pending_reversal={"stan": "000001", "batch": BATCH})}
    without["host"] = host(posting("terminal"))
    verdict = verdicts(**without)["I1"]
    assert verdict.ok is None
    assert verdict.what.en.startswith("terminal2: ")


def test_a_settlement_of_one_terminal_is_judged_although_the_others_did_not_settle() -> None:
    totals = {"debit_fen": 500, "debit_count": 1, "credit_fen": 0, "credit_count": 0}
    settled = [{"batch": BATCH, **totals, "balanced": True}]
    batch = {"tid": PLACES["terminal3"][0], "batch": BATCH, "settled": True, **totals}
    books = {
        "host2": host(posting("terminal3"), batches=[batch]),
        "terminal3": terminal("terminal3", settled=settled),
    }
    assert verdicts(**{**good(), **books})["I6"].ok is True
    batch["debit_fen"] = 400
    assert verdicts(**{**good(), **books})["I6"].ok is False


def test_trace_numbers_of_different_terminals_are_not_compared() -> None:
    fields = {"11": "000005", "60": f"22{BATCH}000"}
    events = recording(**good())
    for party, stan in (("terminal2", "000005"), ("terminal", "000002"), ("terminal2", "000003")):
        tid = PLACES[party][0]
        data: dict[str, Json] = {"link": "host", "dir": "out", "mti": "0200", "kind": "sale", "mac": "good"}
        data["fields"] = {**fields, "11": stan, "41": tid}
        events.append(Event(len(events) + 1, 99, party, "message", data, ("terminal",)))
    verdict = next(one for one in judge(events) if one.judge == "I8")
    assert (verdict.ok, verdict.stans) == (False, ("000003",))
