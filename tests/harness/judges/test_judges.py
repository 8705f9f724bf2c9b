"""Judges against recordings that are wrong in one way each: every judge must be able to say no."""

from __future__ import annotations

from typing import Any

import pytest

from harness.judges import judge
from harness.trace import Event

Json = Any
TID, MID, BATCH = "20000001", "898110054000001", "000001"


def posting(stan: str, fen: int, net: int | None = None, kind: str = "sale", **more: Json) -> dict[str, Json]:
    row = {"stan": stan, "tid": TID, "mid": MID, "batch": BATCH, "date": "2026-03-06", "kind": kind, "amount_fen": fen}
    return {**row, "net_fen": fen if net is None else net, "reversed": False, "voided": False, "rrn": "1", **more}


def entry(stan: str, fen: int, kind: str = "sale", status: str = "approved") -> dict[str, Json]:
    return {"stan": stan, "batch": BATCH, "kind": kind, "amount_fen": fen, "status": status, "rrn": "1"}


def receipt(stan: str, fen: int, kind: str = "sale", copy: str = "merchant") -> dict[str, Json]:
    return {"stan": stan, "batch": BATCH, "kind": kind, "amount_fen": fen, "copy": copy}


def host(**more: Json) -> dict[str, Json]:
    books = {"postings": [posting("000001", 500)], "accounts": {"issuer": -500, "merchant": 500}, "batches": []}
    return {**books, "unresolved": [], "applications": [], **more}


def terminal(**more: Json) -> dict[str, Json]:
    return {
        "tid": TID,
        "mid": MID,
        "batch": BATCH,
        "next_stan": 2,
        "entries": [entry("000001", 500)],
        "receipts": [receipt("000001", 500)],
        "pending_reversal": None,
        "unresolved": [],
        "settled": [],
        **more,
    }


def message(direction: str, mti: str, stan: str, mac: str = "good", **fields: str) -> tuple[str, str, Json]:
    known = {"11": stan, "41": TID, "60": f"22{BATCH}000", **{k.removeprefix("f"): v for k, v in fields.items()}}
    data = {"link": "host", "dir": direction, "mti": mti, "kind": "sale", "fields": known, "mac": mac}
    return ("terminal", "message", data)


def slip(stan: str, kind: str = "sale", copy: str = "merchant", tid: str = TID) -> tuple[str, str, Json]:
    data = {
        "kind": kind,
        "tid": tid,
        "stan": stan,
        "batch": BATCH,
        "amount_fen": 500,
        "rrn": "1",
        "copy": copy,
        "lines": [],
    }
    return ("terminal", "slip", data)


def recording(*rows: tuple[str, str, Json]) -> list[Event]:
    return [Event(n, n, party, kind, data, (party,)) for n, (party, kind, data) in enumerate(rows, 1)]


def books(host_data: Json, terminal_data: Json, *before: tuple[str, str, Json]) -> list[Event]:
    return recording(*before, ("host", "snapshot", host_data), ("terminal", "snapshot", terminal_data))


def ruling(events: list[Event], name: str) -> bool | None:
    (verdict,) = [verdict for verdict in judge(events, {"6212142000000000012"}) if verdict.judge == name]
    return verdict.ok


def test_books_that_agree_pass() -> None:
    events = books(host(), terminal(), message("out", "0200", "000001"), message("in", "0210", "000001", f39="00"))
    verdicts = {verdict.judge: verdict.ok for verdict in judge(events)}
    assert verdicts == dict.fromkeys(["I1", "I2", "I3", "C1", "I4", "I5", "I8", "I7", "I9"], True) | {"I6": None}


@pytest.mark.parametrize(
    ("host_data", "terminal_data"),
    [
        (host(postings=[]), terminal()),
        (host(postings=[posting("000001", 500, net=0, reversed=True)]), terminal()),
        (host(), terminal(entries=[])),
        (host(), terminal(receipts=[])),
        (host(), terminal(receipts=[receipt("000001", 500, copy="reprint")])),
        (host(), terminal(receipts=[receipt("000001", 501)])),
        (host(postings=[posting("000001", 500), posting("000002", 700)]), terminal()),
        (host(), terminal(entries=[entry("000001", 500, status="voided")])),
        (host(postings=[posting("000001", 500), posting("000002", 200, net=-200, kind="refund")]), terminal()),
    ],
)
def test_i1_differences(host_data: Json, terminal_data: Json) -> None:
    assert ruling(books(host_data, terminal_data), "I1") is False


def test_i1_names_the_trace_number() -> None:
    (verdict,) = [v for v in judge(books(host(postings=[]), terminal())) if v.judge == "I1"]
    assert verdict.stans == ("000001",) and "500" in verdict.what.en


def test_i1_lets_the_unresolved_be_and_does_not_judge_what_is_pending() -> None:
    item = {"stan": "000001", "batch": BATCH, "amount_fen": 500}
    empty: dict[str, Json] = {"entries": [], "receipts": []}
    assert ruling(books(host(), terminal(**empty, unresolved=[item])), "I1") is True
    assert ruling(books(host(), terminal(**empty, pending_reversal=item)), "I1") is None
    two = host(postings=[posting("000001", 500), posting("000002", 700)])
    assert ruling(books(two, terminal(**empty, pending_reversal=item)), "I1") is False
    nothing = host(postings=[], accounts={})
    assert ruling(books(nothing, terminal(**empty, pending_reversal=item)), "I1") is True


def test_i1_lets_a_refund_be_that_the_settlement_reported_and_no_other_kind() -> None:
    for kind, agrees in (("refund", True), ("sale", False)):
        row = posting("000002", 200, -200 if kind == "refund" else 200, kind)
        postings = [posting("000001", 500), row]
        assert ruling(books(host(postings=postings), terminal()), "I1") is False
        assert ruling(books(host(postings=postings, unresolved=[row]), terminal()), "I1") is agrees


def test_i1_lets_the_sale_be_whose_void_was_handed_to_people_and_no_other() -> None:
    """The host voided it, the terminal never heard: the slip and both reports name the void."""
    item = {"stan": "000002", "batch": BATCH, "amount_fen": 500}
    for sold, agrees in ((500, True), (700, False)):
        void = posting("000002", 500, -500, "void")
        books_ = host(postings=[posting("000001", sold, 0, voided=True), void])
        till = {"entries": [entry("000001", sold)], "receipts": [receipt("000001", sold)]}
        assert ruling(books(books_, terminal(**till)), "I1") is False
        assert ruling(books(books_, terminal(**till, unresolved=[item])), "I1") is agrees


def test_i1_a_void_and_its_sale_cancel_out() -> None:
    postings = [posting("000001", 500, net=0, voided=True), posting("000002", 500, net=-500, kind="void")]
    entries = [entry("000001", 500, status="voided"), entry("000002", 500, kind="void")]
    receipts = [receipt("000001", 500), receipt("000002", 500, kind="void")]
    assert ruling(books(host(postings=postings), terminal(entries=entries, receipts=receipts)), "I1") is True


def test_i2_posted_or_printed_twice() -> None:
    assert ruling(books(host(postings=[posting("000001", 500)] * 2), terminal()), "I2") is False
    assert ruling(books(host(), terminal(receipts=[receipt("000001", 500)] * 2)), "I2") is False


def test_i3_never_below_zero_nor_more_than_was_posted() -> None:
    assert ruling(books(host(postings=[posting("000001", 500, net=-500)]), terminal()), "I3") is False
    assert ruling(books(host(postings=[posting("000001", 500, net=501)]), terminal()), "I3") is False


def test_c1_accounts_sum_to_zero() -> None:
    assert ruling(books(host(accounts={"issuer": -500, "merchant": 499}), terminal()), "C1") is False


def test_without_snapshots_nothing_is_judged() -> None:
    verdicts = {verdict.judge: verdict.ok for verdict in judge(recording())}
    assert verdicts.pop("I9") is True
    assert set(verdicts.values()) == {None}


REVERSAL = message("out", "0400", "000001", f39="98")
STARTED = ("terminal", "boot", {"pending_reversal": {"stan": "000001", "batch": BATCH, "amount_fen": 500}})


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([REVERSAL, message("out", "0200", "000002")], False),
        ([REVERSAL, message("in", "0410", "000001", f39="96"), message("out", "0200", "000002")], False),
        ([REVERSAL, message("in", "0410", "000001", mac="bad", f39="00"), message("out", "0200", "000002")], False),
        ([REVERSAL, message("in", "0410", "000001", f39="25"), message("out", "0200", "000002")], True),
        ([REVERSAL, slip("000001", kind="unresolved"), message("out", "0200", "000002")], True),
        ([REVERSAL, ("terminal", "persist", {"kinds": ["unresolved"]}), message("out", "0200", "000002")], True),
        ([REVERSAL, ("terminal", "persist", {"kinds": ["storage_mended"]}), message("out", "0200", "000002")], True),
        ([REVERSAL, ("terminal", "persist", {"kinds": ["reversal"]}), message("out", "0200", "000002")], False),
        ([REVERSAL, REVERSAL], True),
        ([STARTED, message("out", "0200", "000002")], False),
        ([STARTED, REVERSAL, message("in", "0410", "000001", f39="00"), message("out", "0200", "000002")], True),
        ([("terminal", "boot", {"pending_reversal": None}), message("out", "0200", "000002")], True),
    ],
)
def test_i4_nothing_leaves_while_a_reversal_is_pending(rows: list[tuple[str, str, Json]], expected: bool) -> None:
    assert ruling(recording(*rows), "I4") is expected


def test_i5_no_receipt_of_what_was_reversed() -> None:
    sale = message("out", "0200", "000001")
    assert ruling(recording(sale, slip("000001")), "I5") is True
    assert ruling(recording(sale, REVERSAL, slip("000001")), "I5") is False
    assert ruling(recording(sale, slip("000001"), REVERSAL), "I5") is False, "printed before the commit"
    torn = ("terminal", "slip", {**slip("000001")[2], "complete": False})
    assert ruling(recording(sale, torn, REVERSAL), "I5") is True, "half a slip is none"
    assert ruling(recording(sale, slip("000002"), REVERSAL), "I5") is True
    assert ruling(recording(sale, slip("000001", tid="99999999"), REVERSAL), "I5") is True, "another account's"
    assert ruling(recording(sale, REVERSAL, slip("000001", copy="reprint")), "I5") is True


def test_i8_trace_numbers_grow() -> None:
    assert ruling(recording(message("out", "0200", "000002"), message("out", "0200", "000002")), "I8") is False
    assert ruling(recording(message("out", "0200", "000002"), message("out", "0200", "000001")), "I8") is False
    assert ruling(recording(message("out", "0200", "999999"), message("out", "0200", "000001")), "I8") is True


SETTLED = {"batch": BATCH, "debit_fen": 500, "debit_count": 1, "credit_fen": 0, "credit_count": 0, "balanced": True}
BOOKED = {"tid": TID, "batch": BATCH, "settled": True, "debit_fen": 500, "debit_count": 1, "credit_fen": 0}


def test_i6_i7_settlement() -> None:
    good = host(batches=[{**BOOKED, "credit_count": 0}])
    assert ruling(books(good, terminal(settled=[SETTLED])), "I6") is True
    assert ruling(books(host(batches=[{**BOOKED, "credit_count": 1}]), terminal(settled=[SETTLED])), "I6") is False
    assert ruling(books(host(), terminal(settled=[SETTLED])), "I6") is False
    missing = posting("000009", 200)
    more = {**BOOKED, "credit_count": 0, "debit_fen": 700, "debit_count": 2}
    assert ruling(books(host(batches=[more], postings=[missing]), terminal(settled=[SETTLED])), "I6") is False
    both_know = host(batches=[more], postings=[missing], unresolved=[missing])
    assert ruling(books(both_know, terminal(settled=[SETTLED])), "I6") is True
    assert ruling(books(good, terminal(settled=[SETTLED, SETTLED])), "I7") is False


@pytest.mark.parametrize(
    "row",
    [
        message("out", "0400", "000001", f39="98", f35="6212142000000000012D3012"),
        message("out", "0400", "000001", f39="98", f52="0011223344556677"),
        message("out", "0200", "000001", f2="4111111111111111"),
        ("terminal", "display", {"zh": "卡号 4111111111111111", "en": "card"}),
    ],
)
def test_i9_leaks(row: tuple[str, str, Json]) -> None:
    assert ruling(recording(row), "I9") is False
    assert ruling(recording(message("out", "0200", "000001", f2="6212142000000000012")), "I9") is True


@pytest.mark.parametrize(
    ("line", "sound"), [("TC 1576415368965069", True), ("1576415368965069", False), ("Card 1576415368965069", False)]
)
def test_a_cryptogram_without_letters_is_no_card_number(line: str, sound: bool) -> None:
    """By chance; its digits even have a card's check digit."""
    who, kind, data = slip("000001")
    told = (who, kind, {**data, "lines": [{"zh": line, "en": line}]})
    assert ruling(recording(told), "I9") is sound
