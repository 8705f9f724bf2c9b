"""A payment by the customer's code, from the scan to the settlement, at a terminal that can and at one that cannot.

The wire: Topwise and Easy8583Ans terminals (F22 032, 19 digits as usage A3 of F59, voucher of 20 digits as A4).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.bench.fleet import TerminalSpec
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.judges import judge
from harness.links.plan import FaultPlan
from harness.terminal.settings import Card, Profile
from harness.trace import Event
from protocols.unionpay.message import Message

from .scripted import Bench, Host, ready_settings

Json = Any
CODE = "6220485073630469936"
SMART, OLD = "terminal2", "terminal3"


@pytest.fixture(name="shop")
def _shop() -> Iterator[SimulatedBench]:
    world = World(terminals=(TerminalSpec(SMART, profile="smart"), TerminalSpec(OLD, profile="magstripe")))
    bench = SimulatedBench(world, 3)
    for terminal in (SMART, OLD):
        for op in ("sign_in", "download_parameters", "download_public_keys", "download_aids"):
            assert operate(bench, op, terminal)["status"] == "done"
    yield bench
    bench.finish()


def operate(bench: SimulatedBench, op: str, terminal: str = SMART, **args: Json) -> Json:
    return bench.ask(terminal, "person", "operate", op=op, **args)


def scan(bench: SimulatedBench, amount_fen: int) -> Json:
    bench.ask(SMART, "person", "present", card="wallet", how="scan")
    return operate(bench, "sale_qr", amount_fen=amount_fen)


def requests(bench: SimulatedBench, mti: str, terminal: str = SMART) -> list[Event]:
    told = (e for e in bench.events() if e.kind == "message" and e.party == terminal and e.data["dir"] == "out")
    return [event for event in told if event.data["mti"] == mti]


def all_is_well(bench: SimulatedBench) -> None:
    bench.snapshot()
    assert not [verdict for verdict in judge(bench.events()) if verdict.ok is False]


def test_the_code_goes_as_terminals_send_it_and_the_sale_is_booked_once(shop: SimulatedBench) -> None:
    assert scan(shop, 1_234)["status"] == "done"
    (request,) = requests(shop, "0200")
    fields = request.data["fields"]
    assert (fields["3"], fields["22"], fields["25"], fields["60"][:2]) == ("000000", "032", "00", "22")
    assert f"A3019{CODE}" in _text(fields["59"])
    assert not {"2", "14", "23", "26", "35", "52", "53", "55"} & set(fields)
    assert operate(shop, "settle")["status"] == "done"
    all_is_well(shop)


def test_void_and_refund_name_the_voucher_and_no_card(shop: SimulatedBench) -> None:
    one, two = scan(shop, 500), scan(shop, 700)
    assert operate(shop, "void", stan=one["stan"])["status"] == "done"
    assert operate(shop, "refund", stan=two["stan"], amount_fen=200)["status"] == "done"
    void, refund = requests(shop, "0200")[-1], requests(shop, "0220")[-1]
    for request in (void, refund):
        assert "A4020" in _text(request.data["fields"]["59"]) and "2" not in request.data["fields"]
    assert operate(shop, "void", stan=one["stan"])["cause"] == "already_voided"
    settled = operate(shop, "settle")
    assert settled["status"] == "done"
    all_is_well(shop)


def test_a_lost_answer_is_reversed(shop: SimulatedBench) -> None:
    shop.set_faults("host", FaultPlan.from_specs(["drop:stream=downstream,times=1"]), SMART)
    assert scan(shop, 900)["status"] == "unknown"
    assert operate(shop, "send_reversal")["status"] == "done"
    assert scan(shop, 950)["status"] == "done"
    all_is_well(shop)


def test_totals_that_differ_go_up_with_the_codes_sale(shop: SimulatedBench) -> None:
    assert scan(shop, 800)["status"] == "done"
    shop.ask("host", "control", "cause", behaviour="no_answer", kinds=["settlement"], count=1)
    operate(shop, "settle")
    assert operate(shop, "settle")["status"] == "done"
    all_is_well(shop)


def test_a_model_without_a_scanner_sends_nothing(shop: SimulatedBench) -> None:
    before = len(requests(shop, "0200", OLD))
    refused = operate(shop, "sale_qr", OLD, amount_fen=100)
    assert (refused["status"], refused["cause"]) == ("refused", "no_function")
    assert len(requests(shop, "0200", OLD)) == before


def test_a_card_is_no_code_and_a_code_no_card(shop: SimulatedBench) -> None:
    shop.ask(SMART, "person", "present", card="debit", how="insert")
    assert operate(shop, "sale_qr", amount_fen=100)["cause"] == "unknown_card"
    assert not requests(shop, "0200")


def test_a_code_that_is_held_out_for_a_sale_by_card_sends_nothing(shop: SimulatedBench) -> None:
    shop.ask(SMART, "person", "present", card="wallet", how="scan")
    assert operate(shop, "sale", amount_fen=100)["cause"] == "unknown_card"
    assert not requests(shop, "0200")


def test_the_refund_of_a_code_goes_up_as_it_went_out(shop: SimulatedBench) -> None:
    """A 0320 of an advice is the 0220 (Topwise): the voucher, and no code where a card number belongs."""
    sale = scan(shop, 700)
    operate(shop, "refund", stan=sale["stan"], amount_fen=200)
    shop.set_faults("host", FaultPlan.from_specs(["drop:stream=downstream,times=1"]), SMART)
    scan(shop, 900)
    operate(shop, "mark_unresolved", password="12345678")
    assert operate(shop, "settle")["status"] == "done"
    (upload,) = [e for e in requests(shop, "0320") if e.data["kind"] == "batch_upload_advice"]
    fields, refund = upload.data["fields"], requests(shop, "0220")[-1].data["fields"]
    assert "A4020" in _text(fields["59"])
    assert (fields["22"], fields["59"], fields.get("2")) == (refund["22"], refund["59"], None)


WECHAT = "134650783012345678"


def held_out(bench: SimulatedBench, code: str, **args: Json) -> Json:
    bench.ask(SMART, "person", "present", card=code, how="scan", **args)
    return operate(bench, "sale_qr", amount_fen=100)


def test_any_code_may_be_held_out_and_pays_once(shop: SimulatedBench) -> None:
    assert held_out(shop, WECHAT)["status"] == "done"
    assert "A3018" in _text(requests(shop, "0200")[-1].data["fields"]["59"]), "the trace has other digits behind it"
    assert held_out(shop, WECHAT)["code"] == "94"
    old = shop.ask("host", "control", "show_code", wallet="alipay", valid_us=60_000_000)["code"]
    shop.advance(60_000_000)
    assert held_out(shop, old)["code"] == "54"
    assert held_out(shop, "9" * 19)["code"] == "15"
    before = len(requests(shop, "0200"))
    assert held_out(shop, "123456")["cause"] == "unknown_card"
    assert held_out(shop, "http://example.org/1")["cause"] == "unknown_card"
    assert len(requests(shop, "0200")) == before
    all_is_well(shop)
    assert WECHAT not in shop.finish().text() and old not in shop.finish().text()


def test_the_slip_has_wallet_and_voucher_and_the_voucher_refunds_at_another_till(shop: SimulatedBench) -> None:
    assert held_out(shop, WECHAT)["status"] == "done"
    slip = next(e for e in shop.events() if e.kind == "slip" and e.data["kind"] == "sale_qr")
    lines = [line["en"] for line in slip.data["lines"]]
    assert "Paid by WeChat Pay" in lines and "Payment code 134650********5678" in lines
    (voucher,) = (line.removeprefix("Voucher ") for line in lines if line.startswith("Voucher"))
    assert operate(shop, "clear_log")["status"] in ("done", "refused")
    assert operate(shop, "refund", voucher=voucher, amount_fen=60)["status"] == "done"
    fields = requests(shop, "0220")[-1].data["fields"]
    assert f"A4020{voucher}" in _text(fields["59"]) and "2" not in fields
    assert operate(shop, "refund", voucher=voucher, amount_fen=41)["code"] == "64"
    assert operate(shop, "refund", voucher="9" * 20, amount_fen=1)["code"] == "25"
    assert operate(shop, "settle")["status"] == "done"
    all_is_well(shop)


def test_device_and_place_stand_in_front_of_the_code(shop: SimulatedBench) -> None:
    """Topwise: A2, A5, A3; the factor of the serial number is the end of the code."""
    shop.ask(SMART, "control", "settings", location="121.47,31.23")
    assert scan(shop, 100)["status"] == "done"
    told = _text(requests(shop, "0200")[-1].data["fields"]["59"])
    at = [told.index(tag) for tag in ("A2", "A5", f"A3019{CODE}")]
    assert at == sorted(at) and told.startswith("A2") and f"03006{CODE[-6:]}" in told


def test_a_wallet_that_wants_a_pin(shop: SimulatedBench) -> None:
    """F22 031, F26 and F52, and F53 that says: a PIN block without a card number; a wrong PIN is typed again."""
    shop.ask(SMART, "person", "present", card="wallet_pin", how="scan", pin="111111")
    shop.ask(SMART, "person", "press", keys="654321")
    assert operate(shop, "sale_qr", amount_fen=100)["status"] == "done"
    wrong, right = (request.data["fields"] for request in requests(shop, "0200"))
    assert wrong["11"] != right["11"] and wrong["59"] == right["59"] and "52" in right
    assert (right["22"], right["53"], "26" in right) == ("031", "1600000000000000", True)
    assert not {"2", "14", "35"} & set(right)
    all_is_well(shop)
    assert "654321" not in shop.finish().text()


def test_a_payment_whose_record_was_lost_comes_back_with_its_voucher(shop: SimulatedBench) -> None:
    """The host's list names the voucher, which is all that a void or a refund needs."""
    one, two = held_out(shop, WECHAT), held_out(shop, "2812345678901234")
    shop.ask(SMART, "control", "cause", behaviour="storage_wiped", what="batch")
    shop.crash(SMART)
    shop.restart(SMART)
    device = next(event for event in shop.events() if event.kind == "message" and "59" in event.data["fields"])
    sn = _text(device.data["fields"]["59"]).partition("02014")[2][:14]
    told = shop.ask("host", "portal", "batch_list", sn=sn)["list"]
    operate(shop, "sign_in")
    assert operate(shop, "host_list", listed=told)["supplied"] == 2
    assert operate(shop, "void", stan=one["stan"])["status"] == "done"
    assert operate(shop, "refund", stan=two["stan"], amount_fen=40)["status"] == "done"
    assert operate(shop, "settle")["balanced"] is True
    all_is_well(shop)


def test_the_settlement_report_says_how_much_was_scanned(shop: SimulatedBench) -> None:
    assert [scan(shop, fen)["status"] for fen in (500, 250)] == ["done", "done"]
    shop.ask(SMART, "person", "present", card="debit", how="insert", pin="123456")
    assert operate(shop, "sale", amount_fen=1_000)["status"] == "done"
    assert operate(shop, "settle")["status"] == "done"
    report = next(e for e in shop.events() if e.kind == "slip" and e.data["kind"] == "settlement")
    lines = [line["en"] for line in report.data["lines"]]
    assert "Debit 3 items 17.50" in lines and "Of these by code 2 items 7.50" in lines


def test_a_reply_as_topwise_has_it() -> None:
    """F60 of 11 digits, and the voucher in F59 (vector topwise-sale-qr-resp)."""
    voucher = "20190402094621000014"

    def topwise(request: Message, reply: Message) -> Message:
        return reply.replacing({60: str(reply.get(60))[:11], 59: b"A4020" + voucher.encode(), 38: None})

    host = Host()
    reads = ("swipe", "insert", "scan")
    bench = Bench(
        ready_settings(profile=Profile(reads=reads), cards={"wallet": Card("wallet", CODE, asks_pin=False)}), host
    )
    bench.get_ready()
    host.change = topwise
    bench.ask("person", "present", card="wallet", how="scan")
    sold = bench.do("sale_qr", amount_fen=100)
    assert sold["status"] == "done"
    assert any(line["en"] == f"Voucher {voucher}" for line in bench.slips()[-1].data["lines"])
    host.change = None
    assert bench.do("void", stan=sold["stan"])["status"] == "done"
    assert f"A4020{voucher}".encode() in (host.seen[-1].octets(59) or b"")


def _text(value: str) -> str:
    """As the trace has octets: as they are where all are printable, else in hex."""
    try:
        return bytes.fromhex(value).decode("latin-1")
    except ValueError:
        return value
