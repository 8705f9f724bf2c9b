"""From the application to the first sale: review, shipping, activation, keys, downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.machine import DAY_US, HOUR_US, Opened, Wake
from protocols.ciphers import combine_components, kcv
from protocols.tlv import find_tlv
from protocols.unionpay.activation import ActivationRequest, ActivationState, State, build_request, parse_state
from protocols.unionpay.keys import unwrap_working_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocols.unionpay.message import Message
    from tests.harness.acquirer.conftest import Bench, Pos

SN = "00000302CT100-0001"
MERCHANT = {"name": "测试商户一", "licence": "TEST-LICENCE-0001"}
ITEMS = ["licence", "identity", "account"]


def apply(bench: Bench, **more: Any) -> str:
    answer = bench.ask("portal", "apply", **({"merchant": MERCHANT, "model": "CT-100", "items": ITEMS} | more))
    assert answer["state"] == "in_review"
    return str(answer["application"])


def progress(bench: Bench, application: str) -> dict[str, Any]:
    return bench.ask("portal", "progress", application=application)


def wait(bench: Bench, time_us: int) -> None:
    """As a shell does: every deadline on the way is a Wake."""
    end = bench.now + time_us
    while (due := bench.host.deadline) is not None and due <= end:
        bench.now = max(bench.now, due)
        bench.feed(Wake())
    bench.now = end
    bench.feed(Opened("c1"))


def activate(pos: Pos, code: str, sn: str = SN, stan: str = "000001") -> tuple[Message, ActivationState]:
    asked = ActivationRequest("02", sn, "123456", "0A1B2C3D", "1.0.0   ", code)
    frame = pos.frame("0800", {11: stan, 59: build_request(asked, pos.dialect), 60: "00000000101"})
    reply = pos.exchange(frame)
    return reply, parse_state(reply.octets(62) or b"", pos.dialect)


def bare(make_pos: Callable[..., Pos], bench: Bench) -> Pos:
    """A terminal without numbers: F41 and F42 are not sent."""
    return make_pos(bench, tid="", mid="")


def test_the_whole_way(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    application = apply(bench)
    assert progress(bench, application)["stage"] == "documents"
    wait(bench, 25 * HOUR_US)
    told = progress(bench, application)
    assert (told["state"], told["late"], told["position"]) == ("approved", False, None)
    assert bench.ask("portal", "track", parcel=told["parcel"])["state"] == "in_transit"
    wait(bench, 2 * DAY_US)
    assert bench.ask("portal", "track", parcel=told["parcel"])["state"] == "delivered"
    pos = bare(make_pos, bench)
    reply, state = activate(pos, told["activation_code"])
    assert (reply.text(39), state.state) == ("97", State.UNBOUND)
    assert bench.ask("portal", "bind", application=application, sn=SN)["state"] == "bound"
    reply, state = activate(pos, told["activation_code"])
    assert (reply.text(39), reply.text(41), reply.text(42)) == ("00", told["tid"], told["mid"])
    issued = bench.ask("control", "issue_tmk", sn=SN)
    tmk = combine_components(*(bytes.fromhex(part) for part in issued["components"]))
    assert kcv(tmk, "3des").hex().upper() == issued["kcv"]
    pos.tid, pos.mid = told["tid"], told["mid"]
    signed = pos.ask("0800", {11: "000002", 60: "00000000003"})
    assert signed.header is not None
    assert signed.header.requirement == 4  # public keys first, says the header
    pos.keys = unwrap_working_keys(signed.octets(62) or b"", tmk, pos.dialect.key_layouts)
    pos.batch, pos.stan = (signed.text(60) or "")[2:8], 2
    assert pos.sale(100).text(39) == "00"


def test_a_held_review_is_late_and_the_next_one_is_decided(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    held = apply(bench)
    bench.ask("control", "cause", behaviour="review_held", application=held)
    bench.ask("portal", "bind", application=held, sn=SN)
    later = apply(bench, merchant={"name": "another"})
    assert progress(bench, later)["position"] == 1
    wait(bench, 3 * DAY_US)
    told = progress(bench, held)
    assert (told["state"], told["late"], told["age_minutes"]) == ("in_review", True, 3 * 24 * 60)
    assert progress(bench, later)["state"] == "approved"
    reply, state = activate(bare(make_pos, bench), "00000000")
    assert (reply.text(39), state.state, state.stage, state.age_minutes) == ("D6", State.IN_REVIEW, "documents", 4320)
    assert not bench.answer("control", "issue_tmk", sn=SN).ok
    bench.ask("control", "heal", behaviour="review_held")
    wait(bench, 2 * DAY_US)
    told = progress(bench, held)
    assert told["state"] == "approved"
    reply, _ = activate(bare(make_pos, bench), told["activation_code"])
    assert reply.text(39) == "00"


def test_missing_items_are_named_and_the_review_resumes(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    application = apply(bench, items=["licence"], sn=SN)
    wait(bench, 5 * HOUR_US)
    assert progress(bench, application)["items"] == ["identity", "account"]
    reply, state = activate(bare(make_pos, bench), "1")
    assert (reply.text(39), state.state, state.item_codes) == ("D6", State.INCOMPLETE, ("identity", "account"))
    bench.ask("portal", "supply", application=application, items=["identity"])
    assert progress(bench, application)["state"] == "incomplete"
    bench.ask("portal", "supply", application=application, items=["account"])
    wait(bench, DAY_US)
    assert progress(bench, application)["state"] == "approved"


def test_rejected_then_resubmitted(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    application = apply(bench, sn=SN)
    bench.ask("control", "review", application=application, decision="reject", reason="资质不符")
    assert progress(bench, application)["reason"] == "资质不符"
    reply, state = activate(bare(make_pos, bench), "1")
    assert (reply.text(39), state.state) == ("03", State.REJECTED)
    assert (reply.octets(56) or b"").decode("gbk").endswith("资质不符")
    assert not bench.answer("portal", "supply", application=application, items=[]).ok
    bench.ask("portal", "resubmit", application=application)
    wait(bench, 2 * DAY_US)
    assert progress(bench, application)["state"] == "approved"


def approved(bench: Bench) -> dict[str, Any]:
    application = apply(bench, sn=SN)
    bench.ask("control", "review", application=application, decision="approve")
    return progress(bench, application)


def test_no_application_at_all(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    reply, state = activate(bare(make_pos, bench), "123")
    assert (reply.text(39), state.state) == ("03", State.NO_APPLICATION)


def test_wrong_codes_lock_and_a_new_code_unlocks(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    told, pos = approved(bench), bare(make_pos, bench)
    states = [activate(pos, "0")[1] for _ in range(6)]
    assert [s.tries_left for s in states] == [4, 3, 2, 1, 0, 0]
    assert [s.state for s in states] == [State.CODE_WRONG] * 4 + [State.LOCKED] * 2
    assert activate(pos, told["activation_code"])[1].state is State.LOCKED
    renewed = bench.ask("portal", "renew_code", application=told["application"])
    assert activate(pos, told["activation_code"])[1].state is State.CODE_WRONG
    assert activate(pos, renewed["activation_code"])[1].state is State.ACTIVATED


def test_an_expired_code_costs_no_try(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    told, pos = approved(bench), bare(make_pos, bench)
    wait(bench, 7 * DAY_US)
    state = activate(pos, told["activation_code"])[1]
    assert (state.state, state.valid_until, state.tries_left) == (State.CODE_EXPIRED, "202603090800", 5)


def test_second_activation_is_40_but_a_lost_answer_comes_again(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    told, pos = approved(bench), bare(make_pos, bench)
    assert activate(pos, told["activation_code"], stan="000007")[0].text(39) == "00"
    assert activate(pos, told["activation_code"], stan="000007")[0].text(39) == "00"
    reply, state = activate(pos, told["activation_code"], stan="000008")
    assert (reply.text(39), state.state) == ("40", State.ALREADY_ACTIVATED)


def test_lost_and_unbound_devices(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    told, pos = approved(bench), bare(make_pos, bench)
    bench.ask("control", "report", sn=SN, status="lost")
    reply, state = activate(pos, told["activation_code"])
    assert (reply.text(39), state.state) == ("97", State.LOST)
    assert not bench.answer("control", "issue_tmk", sn=SN).ok


def test_unbind_waits_for_settlement(bench: Bench, pos: Pos) -> None:
    pos.sale(100)
    assert bench.answer("portal", "unbind", sn="00000302PAX0001").value["cause"] == "must_settle"
    pos.settle((100, 1))
    assert bench.ask("portal", "unbind", sn="00000302PAX0001")["state"] == "unbound"
    assert pos.ask("0800", {11: "000090", 60: "00000001003"}).text(39) == "97"
    assert not bench.answer("portal", "unbind", sn="00000302PAX0001").ok


def test_a_suspended_merchant_may_settle_and_reverse(bench: Bench, pos: Pos) -> None:
    fields = pos.sale_fields(100)
    pos.ask("0200", fields, mac=True)
    case = bench.ask("control", "hold", kind="suspended", subject=f"merchant:{pos.mid}")["case"]
    assert pos.sale(100).text(39) == "03"
    (shown,) = bench.ask("portal", "status", mid=pos.mid)["terminals"][0]["holds"]
    assert (shown["case"], shown["kind"]) == (case, "suspended")
    assert pos.reverse(fields).text(39) == "00"
    assert (pos.settle((0, 0)).text(48) or "")[30] == "1"


def test_public_keys_come_in_pages_and_one_by_one(bench: Bench, pos: Pos) -> None:
    first = pos.ask("0820", {60: f"00{pos.batch}372", 62: b"100"}).octets(62) or b""
    assert (first[:1], len(first)) == (b"2", 1 + 10 * 23)
    second = pos.ask("0820", {60: f"00{pos.batch}372", 62: b"110"}).octets(62) or b""
    assert second[:1] == b"1"
    asked = bytes.fromhex("9F0605A0000003339F220108")
    key = pos.ask("0800", {60: f"00{pos.batch}370", 62: asked}).octets(62) or b""
    from protocols.tlv import parse_tlv

    # The check sum that the acquirer's captured reply of this key carries.
    assert (
        find_tlv(parse_tlv(key[1:], "F62"), 0xDF03) or b""
    ).hex().upper() == "EE23B616C95C02652AD18860E48787C079E8E85A"
    assert pos.ask("0800", {60: f"00{pos.batch}370", 62: bytes.fromhex("9F0605A0000003339F220177")}).octets(62) == b"0"
    assert pos.ask("0800", {60: f"00{pos.batch}371"}).text(39) == "00"


def test_aids_and_parameters(pos: Pos) -> None:
    listed = pos.ask("0820", {60: f"00{pos.batch}382", 62: b"100"}).octets(62) or b""
    assert listed.hex().upper().startswith("319F0608A000000333010101")
    one = pos.ask("0800", {60: f"00{pos.batch}380", 62: bytes.fromhex("9F0607A0000000031010")}).octets(62) or b""
    assert one[:1] == b"1"
    reply = pos.ask("0800", {60: f"00{pos.batch}360"})
    assert reply.bitmap.hex().upper() == "001800000AC00014"  # captured from an acquirer
    assert (reply.octets(62) or b"").startswith(b"1160")
    assert pos.ask("0800", {60: f"00{pos.batch}361"}).text(39) == "00"


@pytest.mark.parametrize("step", ["352", "350"])
def test_a_host_without_an_rsa_key(make_bench: Callable[..., Bench], make_pos: Callable[..., Pos], step: str) -> None:
    pos = make_pos(make_bench(rsa=None))
    reply = pos.ask("0800", {60: f"00{pos.batch}{step}"})
    assert reply.text(39) == "40"  # as the CardInfoLink gateway answered in its published exchange
