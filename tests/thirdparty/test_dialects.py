"""Clients of other acquirers: the five MAC forms, other key layouts, F60 of 8 digits, F48 and F61 in octets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from .conftest import CBC_FORM
from .terminals import PAN, Terminal, stan_of
from .wire import Form, des

if TYPE_CHECKING:
    from .conftest import MakeTerminal

BILL = b"KP77SG0C26323520140909356184                70000000201809#"


def test_the_test_hosts_client(cbc: Terminal) -> None:
    """moehuster/test_union_pay: sign-in, balance, payment, its void, reversal twice; the batch is its date."""
    reply = cbc.sign_in()
    assert (reply.code, reply.digits(60), reply.tpdu) == ("00", "00261121003", "6000000581")
    more = cbc.with_pin() | {"f26": "06", "f23": "000"}
    balance = cbc.approved("0200", cbc.sale_fields(0, f3="300000", f4=None, f60=cbc.f60("01"), **more))
    assert len(balance.octets(54)) % 20 == 0
    paid = cbc.sale_fields(3, f3="190000", f25="81", f48=BILL, **more)
    first = cbc.approved("0200", paid)
    assert first[48] == BILL and first.octets(55).hex().upper() == "9F36020FFE"
    original = f"{cbc.batch}{stan_of(paid)}{first.digits(13)}".ljust(34, "0")
    more.pop("f23")
    void = cbc.sale_fields(3, f3="280000", f25="81", f37=first.octets(37), f48=BILL, f61=original, f55=None, **more)
    cbc.approved("0200", void)
    again = cbc.sale_fields(1, f3="190000", f25="81", f48=BILL, f22="051")
    cbc.approved("0200", again)
    back = {n: v for n, v in again.items() if n not in (2, 26, 55)} | {39: "96", 61: original}
    for _ in range(2):
        assert cbc.ask("0400", back, mac=True).code == "00"


def test_a_client_that_counts_its_own_batches_settles_under_them(cbc: Terminal) -> None:
    cbc.sign_in()
    cbc.sale(100, f25="00")
    told = cbc.settle(cbc.totals((100, 1), (0, 0)).encode()).octets(48)
    assert told[30:31] == b"1"
    cbc.batch = "261122"
    cbc.sale(200, f25="00")
    assert cbc.settle(cbc.totals((200, 1), (0, 0)).encode()).octets(48)[30:31] == b"1"


def test_no_60_3(make_terminal: MakeTerminal) -> None:
    """F60 of 8 digits at sign-in and sale, X9.19 under a MAK of 16 octets (Ajsgn/Java8583), TPDU returned unchanged."""
    pos = make_terminal("old", Form(tpdu="6000040000", header="602200000000", mac="x9.19"), tail="")
    reply = pos.ask("0800", {11: pos.next_stan(), 60: "00000001", 63: b"001"})
    assert (reply.code, reply.tpdu) == ("00", "6000040000")
    pos.load(reply.octets(62), "003")
    pos.batch = reply.digits(60)[2:8]
    assert len(pos.mak) == 16
    pin = pos.with_pin() | {"f22": "021", "f53": "2000000000000000"}
    fields = pos.sale_fields(88800, f2=None, f14=None, f23=None, f55=None, **pin)
    pos.approved("0200", fields)
    short = {n: fields[n] for n in (3, 4, 11, 22, 25, 49, 60)} | {39: "98", 63: b"01 "}
    assert pos.ask("0400", short, mac=True).code == "00"


def test_sm4(make_terminal: MakeTerminal) -> None:
    pos = make_terminal("sm4", Form(mac="sm4"), algorithm="sm4")
    assert pos.sign_in("006").code == "00"
    assert (len(pos.pik), len(pos.mak), len(pos.tdk)) == (16, 16, 16)
    fields = pos.sale_fields(100)
    pos.approved("0200", fields)
    assert pos.ask("0400", {n: v for n, v in fields.items() if n != 55} | {39: "98"}, mac=True).code == "00"


def test_chanjet(make_terminal: MakeTerminal) -> None:
    """Keys in blocks of 25 octets (attribute 01 MAK, 02 PIK; KCV of 8), MAC by fold and one 3DES."""
    pos = make_terminal("chanjet", Form(mac="fold"))
    reply = pos.ask("0800", {11: pos.next_stan(), 60: f"00{pos.batch}003", 63: b"01 "})
    assert reply.code == "00"
    value = reply.octets(62)
    keys = {}
    for at in range(0, len(value), 25):
        clear = des(pos.tmk, value[at + 1 : at + 17], decrypt=True)
        assert value[at + 17 : at + 25] == des(clear, bytes(8))
        keys[value[at]] = clear
    pos.mak, pos.pik, pos.batch = keys[1], keys[2], reply.digits(60)[2:8]
    pos.sale(100, **pos.with_pin())
    parameters = pos.ask("0800", {60: f"00{pos.batch}360"})
    assert (parameters.code, parameters.octets(62)[:4]) == ("00", b"1331"), "11 and 12 are other things here"


@pytest.mark.parametrize("tpdu", ["6000030000", "6000040000", "6001090000", "6010120000", "6000016032"])
def test_any_address_in_the_tpdu(pos: Terminal, tpdu: str) -> None:
    pos.form = replace(pos.form, tpdu=tpdu)
    assert pos.sale(100).tpdu == f"60{tpdu[6:]}{tpdu[2:6]}"


@pytest.mark.parametrize("header", ["602200000000", "613100311108", "610000000000", "600100000000"])
def test_any_header(pos: Terminal, header: str) -> None:
    pos.form = replace(pos.form, header=header)
    assert pos.sale(100).header == header


def test_track_with_an_f_behind_an_odd_digit(pos: Terminal) -> None:
    pos.form = replace(pos.form, track_pad="F")
    pos.sale(100, f22="022", f2=None, f55=None)


def test_track_under_the_track_key(cup: Terminal) -> None:
    """60.3 = 004, F53 digit 3 = 1: the 8 octets in front of the last one of the packed track (PAX).  The expiry date
    is among them and must not be read: every sign-in makes another date of it."""
    packed = bytes.fromhex(f"{PAN}D29122206899031006".ljust(38, "0"))
    for _ in range(20):
        cup.sign_in("004")
        hidden = packed[:-9] + des(cup.tdk, packed[-9:-1]) + packed[-1:]
        cup.sale(100, f22="022", f35=hidden.hex().upper()[:37], f53="2610000000000000", f2=None, f14=None, f55=None)


def test_amounts_of_refused_requests_never_count(pos: Terminal) -> None:
    pos.ask("0200", pos.sale_fields(0), mac=True)
    pos.ask("0200", pos.sale_fields(100, f3="990000"), mac=True)
    assert pos.settle(pos.totals((0, 0), (0, 0))).digits(48)[30] == "1"


def test_where_the_terminal_names_the_batch_a_closed_or_another_one_is_refused_all_the_same(cbc: Terminal) -> None:
    cbc.batch = "000000"  # none yet: the host's number
    given = cbc.sign_in().digits(60)[2:8]
    assert int(given) > 0
    cbc.batch = given
    cbc.sale(100, f25="00")
    assert cbc.ask("0200", cbc.sale_fields(100, f25="00", f60="2299999900000060"), mac=True).code == "77"
    assert cbc.settle(cbc.totals((100, 1), (0, 0)).encode()).octets(48)[30:31] == b"1"
    assert cbc.ask("0200", cbc.sale_fields(100, f25="00"), mac=True).code == "77", "the batch is closed"
    following = cbc.sign_in().digits(60)[2:8]
    assert int(following) == int(given) + 1
    cbc.batch = following
    cbc.sale(250, f25="00")
    assert cbc.settle(cbc.totals((250, 1), (0, 0)).encode()).octets(48)[30:31] == b"1"


def test_f61_counted_in_digits_is_understood_where_one_client_counts_octets(make_terminal: MakeTerminal) -> None:
    """The specification's count (`0012` before 6 octets) from a program for the CBC test host."""
    pos = make_terminal("cbc", CBC_FORM.changed(f61=("n", 100, 2)), batch="261121", own_batch=True, tail="00000060")
    pos.sign_in()
    sold = pos.sale_fields(3, f25="00")
    reply = pos.approved("0200", sold)
    void = pos.sale_fields(3, f3="200000", f25="00", f37=reply.octets(37), f60=pos.f60("23"), f55=None)
    pos.approved("0200", void | {61: f"{pos.batch}{stan_of(sold)}"})
