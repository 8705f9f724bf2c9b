"""From the application to the account: numbers set aside, the menu, what each standing answers, what is shared."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.base import AskRefused
from harness.machine import HOUR_US
from protocols.errors import DecodeError, EncodeError
from protocols.unionpay.private import f62_lists
from protocols.unionpay.private.f62_lists import FURTHER_ACCOUNT, Coded, ParameterList

from .conftest import Shop

Json = Any
MERCHANT = {"name": "江南茶庄", "licence": "L-2"}
ITEMS = ["licence", "identity", "account"]


def ask_for_another(shop: Shop, **args: Json) -> tuple[str, str]:
    """(application, MID) of one more account."""
    number = shop.portal("apply", merchant=MERCHANT, items=ITEMS, account_of=shop.sn, **args)["application"]
    return number, shop.portal("account", application=number)["mid"]


def code_of(shop: Shop, mid: str) -> str:
    shop.operate("download_parameters")
    return str(shop.sell(10, mid)["code"])


def test_each_standing_has_its_code(shop: Shop) -> None:
    """03 refused, D6 draft or under review, 58 not enabled, 40 not supported (catalogue, rows I1 to I3)."""
    number, mid = ask_for_another(shop)
    assert code_of(shop, mid) == "D6"
    shop.control("review", application=number, decision="reject", reason="信誉度")
    assert code_of(shop, mid) == "03"
    shop.portal("resubmit", application=number)
    shop.control("cause", behaviour="enabling_forgotten")
    shop.control("review", application=number, decision="approve")
    assert code_of(shop, mid) == "58"
    shop.control("cause", behaviour="no_multi_merchant")
    assert code_of(shop, mid) == "40"
    shop.control("heal")
    shop.control("enable_account", mid=mid)
    assert code_of(shop, mid) == "00"
    shop.control("enable_account", mid=mid, enabled=False)
    assert code_of(shop, mid) == "58", "also in the middle of a session"
    assert shop.sell(10)["code"] == "00", "account one was never touched"
    refused = [e.data for e in shop.bench.events() if e.kind == "decision" and e.data["code"] == "03"]
    assert "信誉度" in refused[0]["detail"]["zh"], "the reason is told"


def test_a_draft_is_an_account_that_cannot_sell_yet(shop: Shop) -> None:
    number = shop.portal("draft", form="short", account_of=shop.sn)["application"]
    row = shop.portal("account", application=number)
    assert row["standing"] == "account_draft"
    assert code_of(shop, row["mid"]) == "D6"
    shop.portal("save_step", application=number, step="short", merchant=MERCHANT, items=ITEMS)
    shop.bench.advance(25 * HOUR_US)
    assert code_of(shop, row["mid"]) == "00"


def test_numbers_are_nobody_elses(shop: Shop) -> None:
    _, mid = ask_for_another(shop)
    other = shop.portal("apply", merchant=MERCHANT, items=ITEMS)["application"]
    shop.bench.advance(25 * HOUR_US)
    merchant = shop.portal("progress", application=other)
    assert merchant["mid"] not in (mid, shop.first, shop.second)
    rows = shop.portal("status", sn=shop.sn)["accounts"]
    assert len({row["tid"] for row in rows} | {merchant["tid"]}) == 3


def test_a_withdrawn_account_leaves_the_menu_and_keeps_its_books(shop: Shop) -> None:
    number, mid = ask_for_another(shop)
    shop.operate("download_parameters")
    listed = shop.bench.ask("terminal", "control", "status")["accounts"]
    assert [(a["number"], a["listed"]) for a in listed] == [(2, True), (3, True)]
    shop.portal("withdraw", application=number)
    shop.operate("download_parameters")
    assert [a["listed"] for a in shop.bench.ask("terminal", "control", "status")["accounts"]] == [True, False]
    assert shop.sell(10, mid)["cause"] == "no_account"
    assert shop.sell(10, shop.second)["status"] == "done"


def test_there_is_room_for_five(shop: Shop) -> None:
    for _ in range(3):
        ask_for_another(shop)
    with pytest.raises(AskRefused, match="no room"):
        ask_for_another(shop)
    shop.operate("download_parameters")
    assert len(shop.bench.ask("terminal", "control", "status")["accounts"]) == 4


@pytest.mark.parametrize("sn", ["", "NOBODY"])
def test_an_account_needs_a_terminal_in_use(shop: Shop, sn: str) -> None:
    if sn:
        with pytest.raises(AskRefused, match="no activated merchant"):
            shop.portal("apply", merchant=MERCHANT, items=ITEMS, account_of=sn)
    number = shop.portal("apply", merchant=MERCHANT, items=ITEMS)["application"]
    with pytest.raises(AskRefused, match="asks for no further account"):
        shop.portal("account", application=number)


def test_a_terminal_without_the_function_has_no_menu_and_sends_nothing(shop: Shop) -> None:
    shop.operate("update_software", version="0.9.9")
    assert shop.sell(10, shop.second)["cause"] == "no_account_menu"
    assert not [e for e in shop.bench.events() if e.kind == "message" and e.data["link"] == "host"]
    shop.operate("update_software", version="1.10.0")
    shop.operate("sign_in")
    assert shop.sell(10, shop.second)["status"] == "done", "a number, not a text: 1.10 is later than 1.9"


def test_the_menu_at_the_keypad(shop: Shop) -> None:
    shop.bench.ask("terminal", "person", "press", keys="7 ENTER")
    assert shop.operate("sale", amount_fen=5)["cause"] == "no_account"
    shop.bench.ask("terminal", "person", "press", keys="CANCEL")
    assert shop.operate("sale", amount_fen=5)["status"] == "cancelled"
    shop.bench.ask("terminal", "person", "press", keys="ENTER")
    shop.card()
    assert shop.operate("sale", amount_fen=5)["status"] == "done"
    assert shop.books()["host"] == {shop.first: 5}, "ENTER alone is the terminal's own account"


def test_a_repeated_order_of_the_register(shop: Shop) -> None:
    """The stored result again, of its own account; the same order for another account is none."""
    first = shop.sell(300, shop.second, order="A-1")
    shop.sell(1_000)
    again = shop.bench.ask("register", "person", "sale", amount_fen=300, account=shop.second, order="A-1")
    assert (again["stan"], again["rrn"]) == (first["stan"], first["rrn"])
    told = [e.data["fields"] for e in shop.bench.events() if e.party == "register" and e.kind == "message"]
    assert [fields["9F04"] for fields in told if "9F04" in fields and "9F14" in fields][-1] == shop.second
    assert shop.bench.ask("register", "person", "sale", amount_fen=300, order="A-1")["cause"] == "bad_request"
    assert shop.bench.ask("register", "person", "last")["amount_fen"] == 1_000
    assert shop.books()["host"] == {shop.first: 1_000, shop.second: 300}


def test_the_device_and_its_key_are_shared(shop: Shop) -> None:
    """What ends for the device ends for every account; an unsettled batch of any of them keeps it bound."""
    shop.sell(300, shop.second)
    with pytest.raises(AskRefused, match="not settled"):
        shop.portal("unbind", sn=shop.sn)
    shop.settle(shop.second)
    shop.operate("sign_in", account=2)
    shop.portal("report", sn=shop.sn, status="stolen")
    assert shop.sell(10, shop.second)["code"] == "58"
    assert shop.sell(10)["code"] == "58"


def test_a_new_master_key_ends_all_sessions(shop: Shop) -> None:
    given = shop.control("issue_tmk", sn=shop.sn)
    assert shop.operate("load_master_key", components=given["components"], kcv=given["kcv"])["status"] == "done"
    status = shop.bench.ask("terminal", "control", "status")
    assert {status["session"], status["accounts"][0]["session"]} == {"signed_off"}
    shop.operate("sign_in")
    assert shop.sell(300, shop.second)["status"] == "done", "it signs in by itself"


def test_tampering_stops_every_account(shop: Shop) -> None:
    shop.sell(300, shop.second)
    shop.bench.ask("terminal", "control", "cause", behaviour="tamper")
    assert {shop.sell(10)["cause"], shop.sell(10, shop.second)["cause"]} == {"tampered"}
    assert shop.books()["terminal"] == {shop.second: 300}, "its batch can still be read"


def test_what_is_durable_is_all_there_is(shop: Shop) -> None:
    shop.sell(300, shop.second)
    shop.sell(1_000)
    before = shop.bench.snapshot()
    shop.bench.crash("terminal", "host")
    shop.bench.restart("host", "terminal")
    assert shop.bench.snapshot() == before
    assert shop.sell(5, shop.second)["status"] == "done"


@given(st.text(st.characters(codec="gbk", exclude_categories=("Cc", "Cs")), max_size=40).map(str.rstrip))
def test_item_31_goes_there_and_back(name: str) -> None:
    value = f62_lists.build_account("898110054000002", "20000002", name)
    mid, tid, told = f62_lists.parse_account(value)
    assert (mid, tid, len(value)) == ("898110054000002", "20000002", 63)
    assert name.startswith(told)
    assert len(told.encode("gbk")) <= 40
    listed = ParameterList((Coded("21", b"0"), Coded(FURTHER_ACCOUNT, value), Coded(FURTHER_ACCOUNT, value)))
    assert f62_lists.parse_parameters(f62_lists.build_sized(listed), chanjet=False) == listed


def test_item_31_of_another_size() -> None:
    with pytest.raises(DecodeError):
        f62_lists.parse_account(b"0" * 62)
    with pytest.raises(EncodeError):
        f62_lists.build_account("1", "2", "x")
