"""The host's list of a batch: what a terminal that lost its records needs, and no more of a card than a slip shows."""

from __future__ import annotations

import json

import pytest

from protocols.unionpay.message import Value

from .conftest import MID, PAN, SN, TID, Bench, Pos
from .test_preauth import completion, completion_void, preauth, preauth_void


@pytest.fixture
def pos(bench: Bench) -> Pos:
    pos = Pos(bench)
    pos.sign_in()
    return pos


def rows(bench: Bench, **args: str) -> list[tuple[str, str, int, str]]:
    told = bench.ask("portal", "batch_list", sn=SN, **args)["list"]["postings"]
    return [(row["stan"], row["kind"], row["amount_fen"], row["status"]) for row in told]


def test_an_empty_batch(bench: Bench, pos: Pos) -> None:
    told = bench.ask("portal", "batch_list", sn=SN)
    assert told["list"]["postings"] == []
    assert (told["list"]["mid"], told["list"]["tid"], told["list"]["last_stan"]) == (MID, TID, 0)


def test_sales_voids_and_what_was_reversed(bench: Bench, pos: Pos) -> None:
    first, second, third = pos.sale(100), pos.sale(200), pos.sale(300)
    pos.void(second, 200)
    pos.reverse(pos.sale_fields(300, third.text(11)))
    stans = [reply.text(11) for reply in (first, second)]
    found = rows(bench)
    assert found[:2] == [(stans[0], "sale", 100, "approved"), (stans[1], "sale", 200, "voided")]
    assert [row[1:] for row in found[2:]] == [("void", 200, "approved")]
    told = bench.ask("portal", "batch_list", sn=SN)
    assert told["net_fen"] == 100
    assert told["list"]["postings"][2]["original"] == stans[1]
    assert told["list"]["last_stan"] == pos.stan


def test_the_last_trace_number_counts_what_was_declined_or_never_came(bench: Bench, pos: Pos) -> None:
    pos.sale(100)
    assert pos.sale(10_000_000).text(39) != "00"
    declined = pos.stan
    assert bench.ask("portal", "batch_list", sn=SN)["list"]["last_stan"] == declined
    pos.reverse(pos.sale_fields(500))
    assert bench.ask("portal", "batch_list", sn=SN)["list"]["last_stan"] == pos.stan > declined
    assert len(rows(bench)) == 1


def test_what_is_held(bench: Bench, pos: Pos) -> None:
    held, voided, done = preauth(pos, 100), preauth(pos, 200), preauth(pos, 300)
    preauth_void(pos, voided, 200)
    ended = completion(pos, done, 300)
    assert [(kind, fen, status) for _, kind, fen, status in rows(bench)] == [
        ("preauth", 100, "approved"),
        ("preauth", 200, "voided"),
        ("preauth", 300, "completed"),
        ("completion", 300, "approved"),
    ]
    told = bench.ask("portal", "batch_list", sn=SN)["list"]["postings"]
    assert (told[3]["original"], told[0]["auth"]) == (done.text(11), held.text(38))
    completion_void(pos, ended, 300)
    assert [row[3] for row in rows(bench)] == ["approved", "voided", "approved", "voided", "approved"]


def test_a_settled_batch_and_what_its_upload_lacked(bench: Bench, pos: Pos) -> None:
    lost = pos.sale(100)
    batch = pos.batch
    fields: dict[int, Value] = {48: "0" * 62, 49: "156", 60: f"00{batch}201", 63: b"001"}
    pos.ask("0500", {11: pos.next_stan(), **fields})
    pos.ask("0320", {11: pos.next_stan(), 48: "0000", 60: f"00{batch}202"})
    told = bench.ask("portal", "batch_list", sn=SN, batch=batch)
    assert (told["list"]["settled"], told["not_uploaded"]) == (True, [lost.text(11)])
    assert rows(bench) == [], "the open batch is another one"
    assert not bench.answer("portal", "batch_list", sn=SN, batch="000777").ok


def test_no_card_number_is_told_or_kept(bench: Bench, pos: Pos) -> None:
    pos.sale(100)
    (row,) = bench.ask("portal", "batch_list", sn=SN)["list"]["postings"]
    assert row["card"] == "621214*********0012"
    assert PAN not in json.dumps(bench.records)


def test_strange_devices_are_refused(bench: Bench, pos: Pos) -> None:
    assert not bench.answer("portal", "batch_list", sn="UNKNOWN").ok
    assert not bench.answer("portal", "batch_list", sn=SN, mid="000000000000001").ok
    assert bench.ask("portal", "batch_list", sn=SN, mid=MID)["sn"] == SN


def test_a_restart_changes_nothing(bench: Bench, pos: Pos) -> None:
    pos.sale(100)
    before = bench.ask("portal", "batch_list", sn=SN)
    bench.host = bench.restarted()
    assert bench.ask("portal", "batch_list", sn=SN) == before
