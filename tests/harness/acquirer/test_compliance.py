"""Certificates of a firmware, rules with a date, complaints: who is refused from when, and who is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.fixtures import load_dialect
from harness.machine import DAY_US, HOUR_US, Opened
from protocols.unionpay.activation import ActivationRequest, State, build_request, parse_state
from protocols.unionpay.dialect import CUP
from protocols.unionpay.private import f59
from protocols.unionpay.private.serial import DeviceInfo
from protocols.unionpay.private.subtags import Sub

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocols.unionpay.message import Message, Value
    from tests.harness.acquirer.conftest import Bench, Pos

TMK = "159D86C7C1F779EA29F77A6858E0DA2A"
MID = "898520154110006"
SUBJECT = f"merchant:{MID}"
LOCATION = Sub("A5", b"01011+113.3245000202023.1064")


def device(version: str, *more: Sub) -> bytes:
    """F59 of a sale: who the device is (UnionPay notice 21), and further usages."""
    usage = f59.device_usage(DeviceInfo("02", "SN100", "000012", "12345678", version))
    return f59.build_f59(f59.F59((usage, *more)), CUP)


def sell(pos: Pos, version: str = "1.0.0", *more: Sub) -> str:
    """F39 of a sale whose terminal says which version it runs."""
    fields: dict[int, Value] = pos.sale_fields(100) | {59: device(version, *more)}
    return pos.ask("0200", fields, mac=True).text(39) or ""


@pytest.fixture(name="shop")
def _shop(make_bench: Callable[..., Bench], make_pos: Callable[..., Pos]) -> Pos:
    """One terminal of model CT-100, signed in."""
    return shop_of(make_bench(), make_pos)


def shop_of(bench: Bench, make_pos: Callable[..., Pos]) -> Pos:
    row = {"tid": "52030001", "sn": "SN100", "tmk": TMK, "test_key": True, "model": "CT-100"}
    bench.ask("control", "provision", merchant=[{"mid": MID, "name": "认证", "terminal": [row]}])
    pos = make_pos(bench, tid="52030001", mid=MID)
    assert pos.sign_in().text(39) == "00"
    return pos


def held(pos: Pos) -> list[dict[str, object]]:
    (terminal,) = pos.bench.ask("portal", "status", sn="SN100")["terminals"]
    return list(terminal["holds"])


def test_the_version_is_learnt_from_what_the_terminal_says(shop: Pos) -> None:
    assert sell(shop, "1.4.2 ") == "00"
    assert shop.bench.host.state.devices["SN100"].firmware == "CT-100/1.4.2"
    assert shop.bench.restarted().state.devices["SN100"].version == "1.4.2"
    told = shop.bench.ask("portal", "status", sn="SN100")
    assert (told["model"], told["version"]) == ("CT-100", "1.4.2")


@pytest.mark.parametrize("version", ["", "x" * 40])
def test_a_version_that_says_nothing(shop: Pos, version: str) -> None:
    assert sell(shop, version) == "00"


def test_a_missing_certificate_matters_where_one_is_needed(shop: Pos) -> None:
    bench = shop.bench
    bench.ask("control", "certificate", model="CT-100", version="2.0.0")
    bench.ask("control", "need_certificates", model="CT-100", from_us=DAY_US)
    bench.ask("control", "need_certificates", model="CT-900")
    assert sell(shop) == "00"
    bench.now = DAY_US
    assert sell(shop) == "58"
    assert [(one["kind"], one["certificate"]) for one in held(shop)] == [("not_certified", "missing")]
    assert sell(shop, "2.0.0") == "00"
    assert held(shop) == []
    assert sell(shop) == "58"


def test_a_certificate_ends_by_its_date_and_by_revocation(shop: Pos) -> None:
    bench = shop.bench
    bench.ask("control", "certificate", model="CT-100", version="1.0.0", until_us=DAY_US)
    assert sell(shop) == "00"
    bench.now = DAY_US
    assert sell(shop) == "58"
    assert held(shop)[0]["certificate"] == "expired"
    bench.ask("control", "certificate", model="CT-100", version="1.0.0")
    assert sell(shop) == "00"
    told = {"from_us": 0, "revoked_us": 3 * DAY_US, "reason": "key leak"}
    bench.ask("control", "certificate", model="CT-100", version="1.0.0", **told)
    bench.now = 3 * DAY_US - 1
    assert sell(shop) == "00"
    bench.now = 3 * DAY_US
    assert sell(shop) == "58"
    assert (held(shop)[0]["certificate"], held(shop)[0]["reason"]) == ("revoked", "key leak")


def test_a_running_terminal_is_refused_from_the_date_also_after_a_restart(shop: Pos) -> None:
    bench = shop.bench
    assert sell(shop) == "00"
    bench.ask("control", "need_certificates", model="CT-100", from_us=DAY_US)
    bench.now = 2 * DAY_US
    bench.host = bench.restarted()
    bench.feed(Opened("c1"))
    assert sell(shop) == "58"
    (terminal,) = bench.ask("portal", "status", sn="SN100")["terminals"]
    assert terminal["last_refusal"]["cause"] == "not_certified"


def test_activation_of_a_device_that_is_not_certified(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(models=frozenset({"CT-200"}))
    given = {"merchant": {"name": "店"}, "model": "CT-100", "items": ["licence", "identity", "account"], "sn": "SN7"}
    number = bench.ask("portal", "apply", **given)["application"]
    bench.ask("control", "review", application=number, decision="approve")
    code = bench.ask("portal", "progress", application=number)["activation_code"]
    assert activated(bench, code, "1.0.0") == ("58", State.MODEL_NOT_CERTIFIED)
    bench.ask("control", "certificate", model="CT-100", version="1.0.1")
    assert activated(bench, code, "1.0.1") == ("00", State.ACTIVATED)


def activated(bench: Bench, code: str, version: str) -> tuple[str, object]:
    from tests.harness.acquirer.conftest import Pos

    pos = Pos(bench, tid="", mid="")
    asked = ActivationRequest("02", "SN7", "123456", "12345678", version, code)
    reply = pos.ask("0800", {11: pos.next_stan(), 59: build_request(asked, CUP), 60: "00000000101"})
    return reply.text(39) or "", parse_state(reply.octets(62) or b"", CUP).state


def words(reply: Message) -> str:
    return (reply.octets(56) or b"").decode("gbk")


def test_a_field_is_asked_for_by_a_rule(shop: Pos) -> None:
    facts = {"rule": "LOC-2026", "requires": "field", "value": "A5"}
    shop.bench.ask("control", "announce", kind="rule", from_us=DAY_US, facts=facts)
    reply = shop.ask("0200", shop.sale_fields(100) | {59: device("1.0.0")}, mac=True)
    assert (reply.text(39), words(reply)) == ("00", "新规则生效 03-03 08:00起 LOC-2026")
    reply = shop.ask("0200", shop.sale_fields(100) | {59: device("1.0.0", LOCATION)}, mac=True)
    assert (reply.text(39), words(reply)) == ("00", "")
    shop.bench.now = DAY_US
    reply = shop.ask("0200", shop.sale_fields(100) | {59: device("1.0.0")}, mac=True)
    assert (reply.text(39), words(reply)) == ("58", "不符合规则 LOC-2026")
    assert shop.sale(100).text(39) == "58"
    assert sell(shop, "1.0.0", LOCATION) == "00"


def test_key_length_is_asked_for_by_a_rule(shop: Pos) -> None:
    facts = {"rule": "KEY-16", "requires": "key_length", "value": "16"}
    shop.dialect = replace(shop.dialect, key_layouts=("pik8-mak8", "pik16-mak8z"))
    assert shop.sign_in("001").text(39) == "00"
    shop.bench.ask("control", "announce", kind="rule", from_us=DAY_US, facts=facts)
    assert words(shop.sign_in("001")).endswith("KEY-16")
    shop.bench.now = DAY_US
    assert shop.sale(100).text(39) == "58"
    assert shop.sign_in("001").text(39) == "58"
    assert shop.sign_in("003").text(39) == "00"
    assert shop.sale(100).text(39) == "00"


def test_the_algorithm_is_asked_for_by_a_rule(make_bench: Callable[..., Bench], make_pos: Callable[..., Pos]) -> None:
    dialects = {name: load_dialect(name) for name in ("cup", "cup-cbc", "sm4")}
    shop = shop_of(make_bench(dialects=dialects), make_pos)
    assert shop.sign_in("006").text(39) == "40"
    facts = {"rule": "SM4-2026", "requires": "algorithm", "value": "sm4"}
    shop.bench.ask("control", "announce", kind="rule", from_us=DAY_US, facts=facts)
    assert shop.sale(100).text(39) == "00"
    shop.bench.now = DAY_US
    assert shop.sale(100).text(39) == "58"
    assert shop.sign_in("003").text(39) == "58"
    assert shop.ask("0800", {11: shop.next_stan(), 60: f"00{shop.batch}006", 63: b"001"}).text(39) == "00"
    assert shop.bench.host.state.terminals[f"{MID}/52030001"].dialect == "sm4"


def test_complaints_at_the_limit_suspend_until_examined(shop: Pos) -> None:
    bench = shop.bench
    told = [bench.ask("control", "complain", subject=SUBJECT) for _ in range(3)]
    assert [one["case"] != "" for one in told] == [False, False, True]
    assert sell(shop) == "03"
    (one,) = held(shop)
    assert (one["kind"], one["stage"], one["count"], one["limit"]) == ("complaints", "examination", 3, 3)
    assert (shop.settle((0, 0)).text(48) or "")[30] == "1"
    bench.now += 1
    bench.ask("control", "release", case=told[2]["case"], why="examined")
    assert shop.sign_in().text(39) == "00"
    assert sell(shop) == "00"
    bench.now += 1
    assert bench.ask("control", "complain", subject=SUBJECT)["count"] == 1


def test_old_complaints_and_those_of_others_do_not_count(shop: Pos) -> None:
    bench = shop.bench
    for day in (0, 1, 31):
        bench.now = day * DAY_US
        assert bench.ask("control", "complain", subject=SUBJECT)["case"] == ""
    bench.ask("control", "complain", subject="model:CT-900")
    assert sell(shop) == "00"
    assert not bench.answer("control", "complain", subject="weather").ok


def test_what_is_announced_is_said_in_the_field_that_the_dialect_has(make_bench: Callable[..., Bench]) -> None:
    """Chanjet: F63.1 the card organisation, F63.2 issuer 20, CUP 20, acquirer 20."""
    from tests.harness.acquirer.conftest import Pos

    dialects = {name: load_dialect(name) for name in ("cup", "cup-cbc", "chanjet")}
    bench = make_bench(dialects=dialects)
    row = {"tid": "52040001", "sn": "SN100", "tmk": TMK, "test_key": True, "dialect": "chanjet"}
    bench.ask("control", "provision", merchant=[{"mid": MID, "name": "畅捷", "terminal": [row]}])
    bench.ask("control", "announce", kind="end_of_service", from_us=DAY_US)
    pos = Pos(bench, dialect=dialects["chanjet"], tid="52040001", mid=MID)
    reply = pos.sign_in()
    assert reply.text(39) == "00"
    assert (reply.octets(63) or b"")[43:].decode("gbk", "ignore").startswith("停止服务 03-03")


MOMENTS = st.one_of(st.none(), st.integers(1, 12))


@given(st.integers(0, 12), MOMENTS, MOMENTS, MOMENTS)
def test_certificates_against_a_plain_reading(
    begin: int, end: int | None, revoked: int | None, needed: int | None
) -> None:
    """Hour by hour: valid from its beginning to its end or revocation; a firmware without one matters where one is
    needed."""
    from tests.harness.acquirer.conftest import Bench, Pos

    shop = shop_of(Bench.made(), Pos)
    sell(shop)
    told = {"until_us": end, "revoked_us": revoked}
    times = {name: hour * HOUR_US for name, hour in told.items() if hour is not None}
    shop.bench.ask("control", "certificate", model="CT-100", version="1.0.0", from_us=begin * HOUR_US, **times)
    if needed is not None:
        shop.bench.ask("control", "need_certificates", model="CT-100", from_us=needed * HOUR_US)
    for hour in range(14):
        shop.bench.now = hour * HOUR_US
        over = any(moment is not None and moment <= hour for moment in (end, revoked))
        assert sell(shop) == ("58" if over or hour < begin else "00"), hour
        assert sell(shop, "2.0.0") == ("58" if needed is not None and needed <= hour else "00"), hour
