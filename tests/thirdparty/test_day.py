"""A day of public terminal programs at the host's port, from sign-in to sign-off, with the checks that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .terminals import PAN, Terminal, operator, sequence_no, stan_of, tlv_pairs
from .wire import des, pin_block

if TYPE_CHECKING:
    from .conftest import MakeTerminal


@pytest.mark.parametrize("code", ["001", "003", "004"])
def test_sign_in_hands_out_keys_whose_check_values_fit(cup: Terminal, code: str) -> None:
    """24, 40 and 60 octets under a TMK that came as two components (PAX: 60.3 selects them)."""
    reply = cup.sign_in(code, f62=sequence_no("50SX", "X-4C304119"), f63=operator("001"))
    assert reply.code == "00"
    assert reply.digits(60) == f"00{cup.batch}{code}"
    assert bool(cup.tdk) == (code == "004")
    assert (len(cup.pik), len(cup.mak)) == ((8, 8) if code == "001" else (16, 8))
    cup.sale(100)


def test_sign_in_under_a_single_length_master_key(make_terminal: MakeTerminal) -> None:
    pos = make_terminal("single")
    assert pos.sign_in("001").code == "00"
    pos.sale(100, **pos.with_pin())


def test_sign_in_without_f62_and_f63_and_with_the_clients_time(cup: Terminal) -> None:
    """Ajsgn/Java8583 sends F12 and F13 and no serial number."""
    reply = cup.sign_in("003", f12="170510", f13="0510", f63=b"CUP")
    assert reply.code == "00"
    assert {11, 12, 13, 37, 39, 41, 42, 60, 62} <= reply.keys()


def test_new_keys_at_each_sign_in_and_the_old_ones_are_dead(pos: Terminal) -> None:
    old = pos.mak
    pos.sign_in()
    assert pos.mak != old
    pos.mak, new = old, pos.mak
    assert pos.ask("0200", pos.sale_fields(100), mac=True).code == "A0"
    pos.mak = new
    pos.sale(100)


def test_tpdu_is_swapped_and_the_header_returned(pos: Terminal) -> None:
    reply = pos.sale(100)
    assert (reply.tpdu, reply.header) == ("6000000501", "603100311108")


SALES = {
    "chip with PIN": {"f22": "051", "f26": "12"},
    "chip, PIN of at most 6": {"f22": "051", "f26": "06"},
    "chip": {},
    "contactless with PIN": {"f22": "071", "f26": "12"},
    "contactless": {"f22": "072"},
    "fallback": {"f22": "801", "f26": "12", "f55": None, "f23": None},
    "swipe, PAN in track 2 alone": {"f22": "021", "f26": "12", "f2": None, "f14": None, "f23": None, "f55": None},
    "swipe without PIN": {"f22": "022", "f2": None, "f14": None, "f23": None, "f55": None},
    "keyed in": {"f22": "012", "f35": None, "f23": None, "f55": None},
    "card sequence number absent": {"f23": None},
    "F25 absent": {"f25": None},
    "F49 absent": {"f49": None},
    "serial number of the device in F59": {"f59": b"A2008010020412345"},
}


@pytest.mark.parametrize("changes", SALES.values(), ids=SALES)
def test_a_sale(pos: Terminal, changes: dict[str, str | bytes | None]) -> None:
    more = dict(changes)
    if "f26" in changes:
        more |= {"f52": pin_block(pos.pik, PAN), "f53": "2600000000000000"}
    fields = pos.sale_fields(100, **more)
    reply = pos.approved("0200", fields)
    assert {3, 4, 11, 12, 13, 15, 32, 37, 39, 41, 42, 64} <= reply.keys()
    assert reply.digits(15) == reply.digits(13)
    for number in {2, 14, 23, 25, 49, 60} & fields.keys():
        wanted = fields[number]
        assert reply[number] == (wanted.encode() if number == 49 and isinstance(wanted, str) else wanted)
    assert (55 in reply) == (55 in fields)


@pytest.mark.parametrize("tail", ["", "000", "00050", "000500", "00050000", "000500000", "000501000"])
def test_f60_of_every_length_that_is_in_use(pos: Terminal, tail: str) -> None:
    """8 digits (halo-pos, prepaid hosts), 11, 13 (the usual), 14, 16 (the test host) and 17."""
    reply = pos.sale(100, f60=pos.f60("22", tail))
    assert reply[60] == pos.f60("22", tail)


def test_pin_wrong_and_pin_under_an_old_key(pos: Terminal) -> None:
    """99 is told from 55 (BestPay): the first one is no PIN block at all under the present key."""
    old = pos.pik
    pos.sign_in()
    block = pin_block(old, PAN)
    fields = pos.sale_fields(100, f22="051", f26="12", f52=block, f53="2600000000000000")
    assert pos.ask("0200", fields, mac=True).code == "99"


def test_pin_without_pan(pos: Terminal) -> None:
    """F53 starting with 1: X9.8 without the PAN."""
    block = pin_block(pos.pik, "0" * 19)
    pos.sale(100, f22="051", f26="12", f52=block, f53="1600000000000000")


def test_balance(pos: Terminal) -> None:
    fields = pos.sale_fields(0, f3="310000", f4=None, f60=pos.f60("01"), **pos.with_pin())
    reply = pos.approved("0200", fields)
    amounts = reply.octets(54).decode()
    assert len(amounts) % 20 == 0
    assert amounts[2:8] == "02156C" and amounts[8:20].isdigit()
    assert not {4, 15} & reply.keys()  # as the test host answers


def test_the_same_sale_again_is_the_same_answer(pos: Terminal) -> None:
    frame = pos.frame("0200", pos.sale_fields(100), mac=True)
    first, again = pos.exchange(frame), pos.exchange(frame)
    assert {n: v for n, v in again.items() if n not in (12, 13, 64)} == {
        n: v for n, v in first.items() if n not in (12, 13, 64)
    }
    assert pos.settle(pos.totals((100, 1), (0, 0))).digits(48)[30] == "1"


def test_another_sale_under_a_used_trace_number(pos: Terminal) -> None:
    fields = pos.sale_fields(100)
    pos.approved("0200", fields)
    assert pos.ask("0200", {**fields, 4: f"{200:012d}"}, mac=True).code == "94"


def reversal_of(fields: dict[int, str | bytes], reason: str = "98") -> dict[int, str | bytes]:
    """0400: F3, F4, F11, F25, F60 of the original, F39 the reason; no PIN, no F26, no F53."""
    return {n: v for n, v in fields.items() if n not in (26, 52, 53, 55, 59)} | {39: reason}


def test_reversal_after_a_time_out(pos: Terminal) -> None:
    fields = pos.sale_fields(100)
    pos.approved("0200", fields)
    for _ in range(2):  # its answer may be lost, too
        reply = pos.ask("0400", reversal_of(fields), mac=True)
        assert reply.code == "00"
        assert reply[11] == fields[11]
    assert pos.settle(pos.totals((0, 0), (0, 0))).digits(48)[30] == "1"


def test_reversal_without_the_card(pos: Terminal) -> None:
    """halo-pos sends F3 F4 F11 F22 F25 F39 F41 F42 F49 F60 F63 F64 alone."""
    fields = pos.sale_fields(100)
    pos.approved("0200", fields)
    short = {n: fields[n] for n in (3, 4, 11, 22, 25, 49, 60)} | {39: "98", 63: b"01 "}
    assert pos.ask("0400", short, mac=True).code == "00"


def test_reversal_of_a_request_that_never_came(pos: Terminal) -> None:
    fields = pos.sale_fields(100)
    assert pos.ask("0400", reversal_of(fields), mac=True).code == "25"
    assert pos.ask("0200", fields, mac=True).code != "00"  # the late original


def test_void_and_refund(pos: Terminal) -> None:
    sold, returned = pos.sale_fields(300), pos.sale_fields(500)
    voided, refunded = pos.approved("0200", sold), pos.approved("0200", returned)
    void = pos.sale_fields(300, f3="200000", f37=voided.octets(37), f38=voided.octets(38), f60=pos.f60("23"), f55=None)
    reply = pos.approved("0200", void | {61: pos.batch + stan_of(sold)})
    assert reply.digits(3) == "200000"
    refund = pos.sale_fields(200, f3="200000", f37=refunded.octets(37), f60=pos.f60("25"), f55=None)
    pos.approved("0220", refund | {61: pos.batch + stan_of(returned) + refunded.digits(13)})
    assert pos.settle(pos.totals((800, 2), (500, 2))).digits(48)[30] == "1"


def test_void_that_names_its_original_by_reference_alone(pos: Terminal) -> None:
    sold = pos.sale(300)
    void = pos.sale_fields(300, f3="200000", f37=sold.octets(37), f60=pos.f60("23"), f55=None)
    pos.approved("0200", void | {61: "000000000000"})


def test_settlement_of_a_balanced_batch(pos: Terminal) -> None:
    pos.sale(100)
    pos.sale(250)
    batch = pos.batch
    reply = pos.settle(pos.totals((350, 2), (0, 0)))
    told = reply.digits(48)
    assert 39 not in reply
    assert len(told) == 62 and told[:30] == f"{350:012d}002{0:012d}000" and (told[30], told[61]) == ("1", "1")
    end = pos.ask("0320", {11: pos.next_stan(), 48: "0002", 60: f"00{batch}207"})
    assert end.code == "00"
    assert pos.ask("0820", {11: pos.next_stan(), 60: f"00{pos.batch}002"}).code == "00"
    assert pos.ask("0200", pos.sale_fields(100), mac=True).code == "77"
    pos.sign_in()
    assert pos.batch != batch
    pos.sale(100)


def test_settlement_that_does_not_balance_and_its_upload(pos: Terminal) -> None:
    kept, chip = pos.sale_fields(100, f22="022", f55=None), pos.sale_fields(900)
    pos.approved("0200", kept)
    pos.approved("0200", chip)
    batch = pos.batch
    told = pos.settle(pos.totals((100, 1), (0, 0))).digits(48)
    assert told[30] == "2" and told[:15] == f"{1000:012d}002"  # the host's own totals
    detail = f"01{'00'}{stan_of(kept)}{PAN:0>20}{100:012d}"
    assert pos.ask("0320", {11: pos.next_stan(), 48: detail, 60: f"00{batch}201"}).code == "00"
    upload = {n: v for n, v in chip.items() if n not in (26, 52, 53)} | {
        60: f"00{batch}20550",
        62: b"610000000000000900156",
    }
    for _ in range(2):
        assert pos.ask("0320", upload).code in ("00", "94")
    assert pos.ask("0320", {11: pos.next_stan(), 48: "0002", 60: f"00{batch}202"}).code == "00"


def test_echo_and_status_upload(pos: Terminal) -> None:
    assert pos.ask("0820", {60: f"00{pos.batch}301"}).code == "00"  # PAX: no F11
    assert pos.ask("0820", {11: pos.next_stan(), 60: f"00{pos.batch}362", 62: b"0110210310411"}).code == "00"


def test_script_result(pos: Terminal) -> None:
    sold = pos.sale_fields(100)
    pos.approved("0200", sold)
    notice = pos.sale_fields(100, f60=f"22{pos.batch}95150", f61=pos.batch + stan_of(sold) + "0000")
    assert pos.ask("0620", notice, mac=True).code == "00"


def test_easy8583(easy: Terminal) -> None:
    """Its sign-in, its scanned sale, its settlement of zeros with F63 of 23 octets, its end of batch."""
    reply = easy.sign_in("003", f62=sequence_no("3060", "73782214"), f63=b"001")
    assert reply.code == "00" and len(reply.octets(62)) == 40
    code = "6223360612494957384"
    scanned = easy.sale_fields(
        1, f2=None, f14=None, f22="032", f23=None, f35=None, f55=None, f59=f"A3019{code}", f60=easy.f60("22", "00060")
    )
    assert easy.approved("0200", scanned).keys() >= {3, 4, 11, 37, 39, 41, 42}
    batch = easy.batch
    settled = easy.ask(
        "0500",
        {11: easy.next_stan(), 48: "0" * 62, 49: "156", 60: f"00{batch}201", 63: bytes([1, 1, 1]) + b"X" * 20},
    )
    assert settled.digits(48)[30] == "2"
    assert easy.ask("0320", {11: easy.next_stan(), 48: "0000", 60: f"00{batch}207"}).code == "00"


def test_cardinfolinks_remote_key_download(pos: Terminal) -> None:
    """60.3 = 352, 350, 351 without F11, with this file's own TLV, RSA and 3DES: out comes the provisioned TMK."""
    reply = pos.ask("0800", {60: "00000001352"})
    assert reply.code == "00" and 11 not in reply
    key = tlv_pairs(reply.octets(62))
    modulus, exponent = (int.from_bytes(key[tag], "big") for tag in (0xDF02, 0xDF04))
    transport = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    size = len(key[0xDF02])
    block = b"\x00\x02" + b"\xff" * (size - 19) + b"\x00" + transport
    sealed = pow(int.from_bytes(block, "big"), exponent, modulus).to_bytes(size, "big")
    f62 = bytes.fromhex("9F0605") + key[0x9F06] + bytes.fromhex("9F2201") + key[0x9F22]
    f62 += bytes.fromhex("DF2381") + bytes([size]) + sealed + bytes.fromhex("DF2404") + des(transport, bytes(8))[:4]
    reply = pos.ask("0800", {60: "00000001350", 62: f62})
    assert reply.code == "00"
    got = tlv_pairs(reply.octets(62))
    tmk = des(transport, got[0xDF21], decrypt=True)
    assert tmk == pos.tmk and got[0xDF22] == des(tmk, bytes(8))[: len(got[0xDF22])]
    assert pos.ask("0800", {60: "00000001351"}).code == "00"


def test_mac_missing_wrong_and_lower_case(pos: Terminal) -> None:
    """Only the MAC itself is accepted: without it, or with its hex in lower case, nothing is booked."""
    assert pos.ask("0200", pos.sale_fields(100)).code == "A0"
    frame = pos.frame("0200", pos.sale_fields(100), mac=True)
    assert pos.exchange(frame[:-1] + bytes([frame[-1] ^ 1])).code == "A0"
    while frame[-8:].lower() == frame[-8:]:
        frame = pos.frame("0200", pos.sale_fields(100), mac=True)
    assert pos.exchange(frame[:-8] + frame[-8:].lower()).code == "A0"
    assert pos.settle(pos.totals((0, 0), (0, 0))).digits(48)[30] == "1"


def test_before_sign_in_and_unknown_numbers(cup: Terminal) -> None:
    cup.mak = bytes(8)
    assert cup.ask("0200", cup.sale_fields(100), mac=True).code == "77"
    cup.tid = "99999999"
    assert cup.sign_in().code == "97"
    cup.mid = "000000000000000"
    assert cup.sign_in().code == "03"


def test_wrong_batch(pos: Terminal) -> None:
    assert pos.ask("0200", pos.sale_fields(100, f60="2299999900050"), mac=True).code == "77"
