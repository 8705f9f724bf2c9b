"""QR payments of the customer's code: the voucher of the reply, and void and refund that name it.

Layout: Topwise and Easy8583Ans terminals; the bitmap of the reply, 303A00810AD08033, is a captured one's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocols.unionpay.message import Message, Value

if TYPE_CHECKING:
    from tests.harness.acquirer.conftest import Bench, Pos

CODE = b"6220485073630469936"


def fresh(number: int) -> bytes:
    """F59 with a code that nobody else has."""
    return b"A3019" + CODE[:-6] + b"%06d" % number


def scan(pos: Pos, amount_fen: int, f59: bytes = b"", stan: str = "") -> Message:
    stan = stan or pos.next_stan()
    return pos.ask("0200", fields_of(pos, "000000", "22", amount_fen, f59 or fresh(int(stan)), stan), mac=True)


def fields_of(pos: Pos, code: str, kind: str, amount_fen: int, f59: bytes, stan: str = "") -> dict[int, Value]:
    return {
        3: code,
        4: f"{amount_fen:012d}",
        11: stan or pos.next_stan(),
        22: "032",
        25: "00",
        49: "156",
        59: f59,
        60: f"{kind}{pos.batch}00050",
    }


def test_a_qr_sale_is_answered_with_a_voucher(bench: Bench, pos: Pos) -> None:
    reply = scan(pos, 100)
    assert (reply.text(39), reply.bitmap.hex().upper()) == ("00", "303A00810AD08033")
    told = reply.octets(59) or b""
    assert told[:5] == b"A4020" and len(told) == 25 and told[5:].isdigit()
    assert bench.ask("control", "snapshot")["accounts"][f"merchant:{pos.mid}"] == 100


def test_a_repeated_qr_sale_gets_the_same_voucher(bench: Bench, pos: Pos) -> None:
    first = scan(pos, 100, stan="000077")
    bench.now += 3_000_000
    again = scan(pos, 100, stan="000077")  # the code was used by then, and this is the same payment
    assert again.fields == first.fields
    assert scan(pos, 100, b"A30199999999999999999999", stan="000077").text(39) == "94"


def test_void_and_refund_by_voucher(bench: Bench, pos: Pos) -> None:
    one, two = (scan(pos, 100).octets(59) or b"" for _ in range(2))
    assert pos.ask("0200", fields_of(pos, "200000", "23", 100, one), mac=True).text(39) == "00"
    assert pos.ask("0200", fields_of(pos, "200000", "23", 100, one), mac=True).text(39) == "25", "voided already"
    assert pos.ask("0220", fields_of(pos, "200000", "25", 40, two), mac=True).text(39) == "00"
    assert pos.ask("0220", fields_of(pos, "200000", "25", 61, two), mac=True).text(39) == "64", "60 fen are left"
    assert bench.ask("control", "snapshot")["accounts"][f"merchant:{pos.mid}"] == 60


def test_a_voucher_of_nothing_and_a_sale_without_a_code(pos: Pos) -> None:
    assert pos.ask("0200", fields_of(pos, "200000", "23", 100, b"A4020" + b"1" * 20), mac=True).text(39) == "25"
    voucher = scan(pos, 100).octets(59) or b""
    other_day = b"A402019990101" + voucher[13:]
    assert pos.ask("0200", fields_of(pos, "200000", "23", 100, other_day), mac=True).text(39) == "25"
    assert scan(pos, 100, b"A5005" + b"GCJ02").text(39) == "30"


def test_payers_with_codes_do_not_share_a_balance(bench: Bench, pos: Pos) -> None:
    """Each code pays once, from its own account; together they may pay more than one account holds."""
    balance = bench.host.settings.any_card
    assert balance is not None
    for last in b"012":
        assert scan(pos, balance.balance_fen, b"A3019" + CODE[:-1] + bytes([last])).text(39) == "00"
