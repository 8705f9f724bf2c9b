"""Sale, void, refund, reversal, balance: codes of the specification's tables, and what the books say afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.machine import DAY_US, Note
from protocols.unionpay import pin

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocols.unionpay.message import Value
    from tests.harness.acquirer.conftest import Bench, Pos

PAN = "6212142000000000012"


def cause(bench: Bench) -> str:
    (note,) = [e for e in bench.effects if isinstance(e, Note) and e.kind == "decision"]
    return str(note.data["cause"])


def merchant_fen(bench: Bench, pos: Pos) -> int:
    accounts = bench.ask("control", "snapshot")["accounts"]
    assert sum(accounts.values()) == 0
    return int(accounts.get(f"merchant:{pos.mid}", 0))


def test_void_takes_the_sale_back_once(bench: Bench, pos: Pos) -> None:
    sale = pos.sale(700)
    assert pos.void(sale, 700).text(39) == "00"
    assert merchant_fen(bench, pos) == 0
    assert pos.void(sale, 700).text(39) == "25"
    assert cause(bench) == "original_voided"
    assert [p["voided"] for p in bench.ask("control", "snapshot")["postings"]] == [True, False]


def test_void_of_another_amount_is_64_and_of_another_day_25(bench: Bench, pos: Pos) -> None:
    sale = pos.sale(700)
    assert pos.void(sale, 699).text(39) == "64"
    bench.now += DAY_US
    assert pos.void(sale, 700).text(39) == "25"
    assert cause(bench) == "original_other_day"
    assert merchant_fen(bench, pos) == 700


def test_void_of_a_settled_batch_is_25_but_a_refund_goes(bench: Bench, pos: Pos) -> None:
    sale, batch = pos.sale(700), pos.batch
    pos.settle((700, 1))
    pos.sign_in()
    fields = pos.sale_fields(700)
    fields |= {3: "200000", 37: sale.text(37) or "", 60: f"23{pos.batch}0005", 61: f"{batch}{sale.text(11)}"}
    assert pos.ask("0200", fields, mac=True).text(39) == "25"
    assert cause(bench) == "original_settled"
    assert pos.refund(sale, 300, batch).text(39) == "00"
    assert pos.refund(sale, 401, batch).text(39) == "64"
    assert pos.refund(sale, 400, batch).text(39) == "00"
    assert merchant_fen(bench, pos) == 0


def test_void_without_an_original_is_25(bench: Bench, pos: Pos) -> None:
    sale = pos.sale(700).replacing({11: "000777", 37: "999999999999"})
    assert pos.void(sale, 700).text(39) == "25"
    assert cause(bench) == "no_original"


def test_reversal_is_idempotent(bench: Bench, pos: Pos) -> None:
    fields = pos.sale_fields(900)
    pos.ask("0200", fields, mac=True)
    assert [pos.reverse(fields).text(39) for _ in range(3)] == ["00", "00", "00"]
    assert merchant_fen(bench, pos) == 0
    (posting,) = bench.ask("control", "snapshot")["postings"]
    assert (posting["reversed"], posting["net_fen"], posting["amount_fen"]) == (True, 0, 900)


def test_a_late_request_after_its_reversal_books_nothing(bench: Bench, pos: Pos) -> None:
    fields = pos.sale_fields(900)
    assert pos.reverse(fields).text(39) == "25"
    late = pos.ask("0200", fields, mac=True)
    assert late.text(39) == "94"
    assert cause(bench) == "reversed_before"
    assert bench.ask("control", "snapshot")["postings"] == []
    assert pos.reverse(fields).text(39) == "25"


def test_a_repetition_after_the_reversal_is_not_approved_again(bench: Bench, pos: Pos) -> None:
    fields = pos.sale_fields(900)
    pos.ask("0200", fields, mac=True)
    pos.reverse(fields)
    assert pos.ask("0200", fields, mac=True).text(39) == "94"
    assert merchant_fen(bench, pos) == 0


def test_reversal_of_a_void_brings_the_sale_back(bench: Bench, pos: Pos) -> None:
    sale = pos.sale(500)
    stan = pos.next_stan()
    pos.void(sale, 500, stan)
    fields = pos.sale_fields(500, stan) | {3: "200000", 60: f"23{pos.batch}0005", 61: f"{pos.batch}{sale.text(11)}"}
    assert pos.reverse(fields).text(39) == "00"
    assert merchant_fen(bench, pos) == 500
    assert pos.void(sale, 500).text(39) == "00"


def test_reversal_of_a_sale_that_was_voided_is_25(bench: Bench, pos: Pos) -> None:
    fields = pos.sale_fields(500)
    pos.void(pos.ask("0200", fields, mac=True), 500)
    assert pos.reverse(fields).text(39) == "25"
    assert merchant_fen(bench, pos) == 0


def test_reversal_after_a_new_sign_in_is_under_the_new_key(bench: Bench, pos: Pos) -> None:
    fields = pos.sale_fields(900)
    pos.ask("0200", fields, mac=True)
    pos.sign_in()
    assert pos.reverse(fields, "A0").text(39) == "00"
    assert merchant_fen(bench, pos) == 0


def test_reversal_over_midnight_finds_its_original(bench: Bench, pos: Pos) -> None:
    bench.now = 16 * 3_600_000_000 - 1_000_000  # 23:59:59, the epoch being 8 in the morning
    fields = pos.sale_fields(900)
    pos.ask("0200", fields, mac=True)
    bench.now += 2_000_000
    assert pos.reverse(fields).text(39) == "00"
    assert merchant_fen(bench, pos) == 0


def test_the_same_trace_number_on_the_next_day_is_another_transaction(bench: Bench, pos: Pos) -> None:
    assert pos.sale(500, "000009").text(39) == "00"
    bench.now += DAY_US
    assert pos.sale(600, "000009").text(39) == "00"
    assert merchant_fen(bench, pos) == 1100


def test_amount_zero_is_13(pos: Pos) -> None:
    assert pos.sale(0).text(39) == "13"


def test_mac_wrong_or_missing_is_a0_and_books_nothing(bench: Bench, pos: Pos) -> None:
    frame = bytearray(pos.frame("0200", pos.sale_fields(100), mac=True))
    frame[-1] ^= 1
    reply = pos.exchange(bytes(frame))
    assert (reply.text(39), reply.get(64), cause(bench)) == ("A0", None, "mac_wrong")
    assert pos.ask("0200", pos.sale_fields(100)).text(39) == "A0"
    assert cause(bench) == "mac_missing"
    assert bench.ask("control", "snapshot")["postings"] == []


def test_old_keys_after_a_new_sign_in_are_a0(pos: Pos) -> None:
    old = pos.keys
    pos.sign_in()
    pos.keys = old
    frame = pos.frame("0200", pos.sale_fields(100), mac=True)
    assert pos.exchange(frame).text(39) == "A0"


def with_pin(pos: Pos, entered: str) -> dict[int, Value]:
    assert pos.keys is not None
    fields = pos.sale_fields(100)
    return fields | {22: "051", 26: "06", 52: pin.encrypt(entered, PAN, pos.keys.pik), 53: "2600000000000000"}


def test_pin_right_wrong_and_used_up(bench: Bench, pos: Pos) -> None:
    assert pos.ask("0200", with_pin(pos, "123456"), mac=True).text(39) == "00"
    assert [pos.ask("0200", with_pin(pos, "654321"), mac=True).text(39) for _ in range(4)] == ["55", "55", "55", "75"]
    assert pos.ask("0200", with_pin(pos, "123456"), mac=True).text(39) == "75"
    assert merchant_fen(bench, pos) == 100


def test_a_right_pin_resets_the_tries(pos: Pos) -> None:
    answers = [pos.ask("0200", with_pin(pos, p), mac=True).text(39) for p in ("1111", "1111", "123456", "1111", "1111")]
    assert answers == ["55", "55", "00", "55", "55"]


def test_pin_under_another_key_is_99(pos: Pos) -> None:
    fields = with_pin(pos, "123456") | {52: pin.encrypt("123456", PAN, bytes(range(16)))}
    assert pos.ask("0200", fields, mac=True).text(39) == "99"


def test_funds_expiry_and_unknown_card(make_bench: Callable[..., Bench], make_pos: Callable[..., Pos]) -> None:
    bench = make_bench(any_card=None)
    pos = make_pos(bench)
    pos.sign_in()
    assert pos.sale(100_001).text(39) == "51"
    assert pos.sale(100_000).text(39) == "00"
    assert pos.sale(1).text(39) == "51"
    assert pos.ask("0200", pos.sale_fields(5, pan="6225880000000019"), mac=True).text(39) == "14"
    assert pos.ask("0200", pos.sale_fields(5) | {14: "2602"}, mac=True).text(39) == "54"


def test_balance_goes_down_by_what_was_spent(pos: Pos) -> None:
    pos.sale(30_000)
    fields = pos.sale_fields(0) | {3: "310000", 60: f"01{pos.batch}0005"}
    del fields[4]
    reply = pos.ask("0200", fields, mac=True)
    assert (reply.text(39), reply.text(54)) == ("00", "1002156C000000070000")


@pytest.mark.parametrize(("f3", "f25", "f60"), [("030000", "60", "10"), ("200000", "18", "11")])
def test_what_the_host_does_not_do_yet_is_40(pos: Pos, f3: str, f25: str, f60: str) -> None:
    fields = pos.sale_fields(100) | {3: f3, 25: f25, 60: f"{f60}{pos.batch}0005"}
    assert pos.ask("0100", fields, mac=True).text(39) == "40"


def test_batch_that_is_not_the_hosts_is_77(bench: Bench, pos: Pos) -> None:
    assert pos.ask("0200", pos.sale_fields(100) | {60: "2200009900050"}, mac=True).text(39) == "77"
    assert cause(bench) == "wrong_batch"


@pytest.mark.parametrize(
    ("mid", "tid", "code"),
    [("898520154110004", "99999999", "97"), ("000000000000000", "52010009", "03")],
)
def test_unknown_terminal_and_merchant(
    make_pos: Callable[..., Pos], bench: Bench, mid: str, tid: str, code: str
) -> None:
    assert make_pos(bench, mid=mid, tid=tid).ask("0800", {11: "000001", 60: "00000001003"}).text(39) == code


def test_refusals_say_why(bench: Bench, pos: Pos) -> None:
    pos.sign_in()
    reply = pos.sale(0)
    assert (reply.octets(56) or b"").decode("gbk") == "无效金额"
    (terminal, _) = bench.ask("portal", "status", mid=pos.mid)["terminals"]
    assert terminal["last_refusal"]["cause"] == "amount_invalid"
