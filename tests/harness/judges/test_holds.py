"""Amounts that are held are no postings, and yet host and receipts must agree on them."""

from __future__ import annotations

from typing import Any

import pytest

from harness.judges import judge

from .test_judges import BATCH, MID, TID, books, entry, host, message, posting, receipt, recording, slip, terminal

Json = Any


def preauth(stan: str, fen: int, state: str = "open", voided_by: str = "") -> dict[str, Json]:
    row = {"stan": stan, "tid": TID, "mid": MID, "batch": BATCH, "amount_fen": fen, "rrn": "1"}
    return {**row, "state": state, "voided_by": voided_by}


def verdict(name: str, host_data: Json, terminal_data: Json) -> bool | None:
    return {v.judge: v.ok for v in judge(books(host_data, terminal_data), ())}[name]


SALE = entry("000001", 500)


@pytest.mark.parametrize(
    ("rows", "entries", "right"),
    [
        ([preauth("000002", 900)], [entry("000002", 900, "preauth")], True),
        ([preauth("000002", 900)], [], False),
        ([], [entry("000002", 900, "preauth")], False),
        ([preauth("000002", 901)], [entry("000002", 900, "preauth")], False),
        ([preauth("000002", 900, "reversed")], [], True),
        ([preauth("000002", 900, "reversed")], [entry("000002", 900, "preauth")], False),
        ([preauth("000002", 900, "voided", TID)], [entry("000002", 900, "preauth", "voided")], True),
        ([preauth("000002", 900, "voided", TID)], [entry("000002", 900, "preauth")], False),
        ([preauth("000002", 900, "voided", "20000002")], [entry("000002", 900, "preauth")], True),
        ([preauth("000002", 900, "expired")], [entry("000002", 900, "preauth")], True),
        ([preauth("000002", 900, "completed")], [entry("000002", 900, "preauth", "completed")], True),
    ],
)
def test_what_is_held_has_a_receipt(rows: list[Json], entries: list[Json], right: bool) -> None:
    assert verdict("I1", host(preauths=rows), terminal(entries=[SALE, *entries])) is right


def test_a_slip_of_a_pre_authorisation_that_was_reversed() -> None:
    events = recording(message("out", "0400", "000002", f3="030000"), slip("000002", "preauth"))
    assert {v.judge: v.ok for v in judge(events, ())}["I5"] is False


def test_a_completion_counts_and_its_void_takes_it_back() -> None:
    rows = [posting("000001", 500), posting("000003", 800, 800, "completion", voided=True)]
    rows.append(posting("000004", 800, -800, "completion_void"))
    accounts = {"issuer": -500, "merchant": 500}
    receipts = [receipt("000001", 500), receipt("000003", 800, "completion"), receipt("000004", 800, "completion_void")]
    entries = [SALE, entry("000003", 800, "completion", "voided"), entry("000004", 800, "completion_void")]
    told = terminal(entries=entries, receipts=receipts)
    assert verdict("I1", host(postings=rows, accounts=accounts), told) is True
    assert verdict("I3", host(postings=rows, accounts=accounts), told) is True
    rows[1]["voided"] = False
    assert verdict("I1", host(postings=rows, accounts=accounts), told) is False


@pytest.mark.parametrize(("mti", "right"), [("0220", True), ("0200", False)])
def test_only_an_advice_is_sent_again_with_its_trace_number(mti: str, right: bool) -> None:
    events = recording(message("out", mti, "000002"), message("out", mti, "000002"))
    assert {v.judge: v.ok for v in judge(events, ())}["I8"] is right


def test_an_advice_that_is_still_pending_is_not_judged() -> None:
    rows = [posting("000001", 500), posting("000003", 800, 800, "completion_advice")]
    accounts = {"issuer": -1300, "merchant": 1300}
    waiting = terminal(pending_advice={"stan": "000003", "batch": BATCH, "amount_fen": 800})
    assert verdict("I1", host(postings=rows, accounts=accounts), waiting) is None
    assert verdict("I1", host(postings=rows, accounts=accounts), terminal()) is False
