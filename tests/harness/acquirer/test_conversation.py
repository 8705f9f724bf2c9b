"""Sign-in, echo, sale, reversal in bytes.  Bitmaps of replies: a public host simulator and captured dumps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.machine import Note, Opened, Received, Send

if TYPE_CHECKING:
    from tests.harness.acquirer.conftest import Bench, Pos


def causes(bench: Bench) -> list[str]:
    return [e.data["cause"] for e in bench.effects if isinstance(e, Note) and e.kind == "decision"]


def test_sign_in_delivers_keys_batch_and_clock(bench: Bench, pos: Pos) -> None:
    reply = pos.sign_in()
    assert reply.mti == "0810"
    assert reply.bitmap.hex().upper() == "003800010AC00014"
    assert (reply.text(12), reply.text(13)) == ("080000", "0302")
    assert reply.text(60) == "00000001003"
    assert len(reply.octets(62) or b"") == 40
    assert reply.tpdu is not None
    assert reply.tpdu.hex() == "6000000581"
    assert reply.header is not None
    assert reply.header.hex() == "603100311108"


def test_echo(pos: Pos) -> None:
    reply = pos.ask("0820", {60: "00000000301"})
    assert (reply.mti, reply.text(39)) == ("0830", "00")
    assert reply.bitmap.hex().upper() == "0018000002C00010"


def test_a_sale_is_approved_and_booked_once(bench: Bench, pos: Pos) -> None:
    reply = pos.sale(12_34)
    assert (reply.mti, reply.text(39), reply.text(4)) == ("0210", "00", "000000001234")
    assert reply.octets(64) is not None
    assert {2, 3, 4, 11, 12, 13, 14, 15, 23, 25, 32, 37, 38, 39, 41, 42, 44, 49, 60, 63, 64} == set(reply.fields)
    assert (reply.octets(63) or b"")[:3] == b"CUP"
    value = bench.ask("control", "snapshot")
    fee = {f"fee:card:{pos.mid}": -7, "fee_income": 7}  # 0.6 % of 12.34 is 0.07404
    assert value["accounts"] == {"issuer": -1234, f"merchant:{pos.mid}": 1234} | fee
    (posting,) = value["postings"]
    assert (posting["stan"], posting["net_fen"], posting["kind"]) == ("000002", 1234, "sale")


def test_a_repeated_sale_is_answered_from_the_store(bench: Bench, pos: Pos) -> None:
    first = pos.sale(500, "000009")
    bench.now += 5_000_000
    again = pos.sale(500, "000009")
    assert again.fields == first.fields, "the stored answer, its clock and its MAC too"
    bench.now += 5_000_000
    bench.host = bench.restarted()
    bench.feed(Opened("c1"))
    assert pos.sale(500, "000009").fields == first.fields
    assert len(bench.host.state.ledger.postings) == 1


def test_another_sale_under_the_same_trace_number_is_94(bench: Bench, pos: Pos) -> None:
    pos.sale(500, "000009")
    assert pos.sale(501, "000009").text(39) == "94"
    assert causes(bench) == ["duplicate"]
    assert len(bench.host.state.ledger.postings) == 1


def test_not_signed_in_is_77_without_a_mac(bench: Bench, pos: Pos) -> None:
    assert pos.ask("0820", {11: "000050", 60: f"00{pos.batch}002"}).text(39) == "00"
    reply = pos.sale(100)
    assert (reply.text(39), reply.get(64)) == ("77", None)
    assert causes(bench) == ["signed_off"]


def test_a_repeated_refusal_is_the_stored_one_too(bench: Bench, pos: Pos) -> None:
    first = pos.sale(100_001, "000009")
    bench.now += 5_000_000
    assert (first.text(39), pos.sale(100_001, "000009").fields) == ("51", first.fields)


@pytest.mark.parametrize(("steps", "code"), [(-2, "77"), (-1, "00"), (1, "00"), (2, "77")])
def test_sign_off_tolerates_a_batch_number_one_off(bench: Bench, pos: Pos, steps: int, code: str) -> None:
    """BestPay's host."""
    bench.host.state.terminals[f"{pos.mid}/{pos.tid}"].batch = "000010"
    assert pos.ask("0820", {11: "000050", 60: f"00{10 + steps:06d}002"}).text(39) == code


def test_sign_off_after_the_last_batch_number(bench: Bench, pos: Pos) -> None:
    bench.host.state.terminals[f"{pos.mid}/{pos.tid}"].batch = "000001"
    assert pos.ask("0820", {11: "000050", 60: "00999999002"}).text(39) == "00"


def test_one_octet_at_a_time(bench: Bench, pos: Pos) -> None:
    frame = pos.frame("0820", {60: "00000000301"})
    answers = []
    for octet in frame:
        answers += [e for e in bench.feed(Received("c1", bytes([octet]))) if isinstance(e, Send)]
    assert len(answers) == 1
