"""A botched upgrade of the host: each thing that is out of step has its own signature, and its own cure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.machine import HOUR_US, Received, Send
from protocols.errors import DecodeError
from protocols.framing import Frame, TcpFramer
from protocols.unionpay import mac as macs
from protocols.unionpay import pin
from protocols.unionpay.dialect import CUP
from protocols.unionpay.message import Message, codec_for
from protocols.unionpay.private import f59
from protocols.unionpay.private.serial import DeviceInfo

if TYPE_CHECKING:
    from tests.harness.acquirer.conftest import Bench, Pos

PAN = "6212142000000000012"


def upgrade(bench: Bench, *breaks: str, **more: object) -> None:
    bench.ask("control", "upgrade", version="7.2", breaks=list(breaks), **more)


def raw(pos: Pos, frame: bytes) -> bytes:
    """The reply's payload as it stands on the line."""
    (sent,) = [e for e in pos.bench.feed(Received("c1", frame)) if isinstance(e, Send)]
    (item,) = TcpFramer().feed(sent.data)
    assert isinstance(item, Frame)
    return item.payload


def with_pin(pos: Pos) -> dict[int, Any]:
    assert pos.keys is not None
    block = pin.encrypt("123456", PAN, pos.keys.pik, "3des")
    return pos.sale_fields(100) | {22: "051", 26: "12", 52: block, 53: "2600000000000000"}


def test_mac_key_out_of_step_is_a0_until_the_next_sign_in(bench: Bench, pos: Pos) -> None:
    upgrade(bench, "mac_key")
    assert [pos.sale(100).text(39) for _ in range(2)] == ["A0", "A0"]
    assert pos.sign_in().text(39) == "00"
    assert pos.sale(100).text(39) == "00"


def test_pin_key_out_of_step_is_99(bench: Bench, pos: Pos) -> None:
    upgrade(bench, "pin_key")
    assert pos.sale(100).text(39) == "00"
    assert pos.ask("0200", with_pin(pos), mac=True).text(39) == "99"
    assert pos.sign_in().text(39) == "00"
    assert pos.ask("0200", with_pin(pos), mac=True).text(39) == "00"


def test_replies_under_another_key_have_a_wrong_mac(bench: Bench, pos: Pos) -> None:
    upgrade(bench, "reply_mac")
    codec = codec_for(CUP)
    octets = raw(pos, pos.frame("0200", pos.sale_fields(100), mac=True))
    reply = codec.parse(octets)
    assert pos.keys is not None
    good = macs.verify("ecb", pos.keys.mak, codec.mac_input(octets), reply.octets(64) or b"")
    assert (reply.text(39), good) == ("00", False)
    assert pos.sign_in().text(39) == "00"
    assert pos.sale(100).text(39) == "00"  # the reply's MAC is checked there


def test_sessions_that_are_forgotten_are_77_for_every_terminal(bench: Bench, pos: Pos) -> None:
    other = type(pos)(bench, tid="52010010", dialect=bench.host.settings.dialects["cup-cbc"])
    assert other.sign_in().text(39) == "00"
    upgrade(bench, "session")
    assert (pos.sale(100).text(39), other.sale(100).text(39)) == ("77", "77")
    assert pos.sign_in().text(39) == "00"
    assert (pos.sale(100).text(39), other.sale(100).text(39)) == ("00", "77")


@pytest.mark.parametrize(("code", "told"), [("03", "03"), ("97", "97"), ("", "00")])
def test_old_parameters_are_downloaded_again(bench: Bench, pos: Pos, code: str, told: str) -> None:
    upgrade(bench, "parameters", code=code)
    reply = pos.sale(100)
    assert (reply.text(39), wanted(reply)) == (told, 1)
    assert pos.ask("0800", {60: f"00{pos.batch}361"}).text(39) == "00"
    reply = pos.sale(100)
    assert (reply.text(39), wanted(reply)) == (told, 5)
    assert pos.ask("0800", {60: f"00{pos.batch}381"}).text(39) == "00"
    reply = pos.sale(100)
    assert (reply.text(39), wanted(reply)) == ("00", 0)


def wanted(reply: Message) -> int:
    assert reply.header is not None
    return int(reply.header.requirement)


def sale_of(pos: Pos, version: str) -> bytes:
    usage = f59.device_usage(DeviceInfo("02", pos.tid, "000012", "12345678", version))
    fields: dict[int, Any] = pos.sale_fields(100) | {59: f59.build_f59(f59.F59((usage,)), CUP)}
    return pos.frame("0200", fields, mac=True)


def test_a_new_layout_of_requests_is_known_to_new_applications_only(bench: Bench, pos: Pos) -> None:
    upgrade(bench, "request_layout", minimum="2.0.0")
    assert pos.sale(100).text(39) == "30"
    assert pos.exchange(sale_of(pos, "1.9.9")).text(39) == "30"
    assert pos.exchange(sale_of(pos, "2.0.0")).text(39) == "00"


def test_a_new_layout_of_replies_cannot_be_read_by_old_applications(bench: Bench, pos: Pos) -> None:
    upgrade(bench, "reply_layout", minimum="2.0.0")
    request = pos.sale_fields(100)
    with pytest.raises(DecodeError):
        codec_for(CUP).parse(raw(pos, pos.frame("0200", request, mac=True)))
    with pytest.raises(DecodeError):
        codec_for(CUP).parse(raw(pos, pos.frame("0400", {**request, 39: "06"}, mac=True)))
    assert pos.exchange(sale_of(pos, "2.0.0")).text(39) == "00"
    net = [posting.net_fen for posting in bench.host.state.ledger.postings.values()]
    assert net == [0, 100]


def test_what_is_left_out_of_step_survives_a_restart(bench: Bench, pos: Pos) -> None:
    upgrade(bench, "reply_mac", "parameters")
    assert bench.restarted().state.upgrades == bench.host.state.upgrades
    known = bench.ask("portal", "notices")
    assert known["host_version"] == "7.2"
    assert [(one["kind"], one["version"], one["stage"]) for one in known["notices"]] == [("upgrade", "7.2", "over")]
    assert pos.sign_in().text(39) == "00"
    assert set(bench.host.state.upgrades.afflicted) == {"reply_mac", "parameters"}
    for what in ("361", "381"):
        pos.ask("0800", {60: f"00{pos.batch}{what}"})
    assert bench.host.state.upgrades.afflicted["parameters"] == [f"{pos.mid}/52010010"]


@pytest.mark.parametrize(
    "args",
    [
        {"breaks": ["hearts"]},
        {"breaks": ["request_layout"]},
        {"minimum": "2"},
        {"breaks": ["parameters"], "code": "55"},
    ],
)
def test_what_is_no_upgrade(bench: Bench, args: dict[str, object]) -> None:
    assert bench.answer("control", "upgrade", version="7.2", **args).value["cause"] == "bad_argument"
    assert bench.host.state.upgrades.version == ""


def test_the_end_of_a_contract(bench: Bench, pos: Pos) -> None:
    """C1 while the old provider still knows the terminal, 97 once it has deleted it; its keys are dead at once."""
    assert pos.sale(100).text(39) == "00"
    sn = bench.host.state.terminals[f"{pos.mid}/{pos.tid}"].sn
    assert bench.answer("control", "deregister", sn=sn).value["cause"] == "must_settle"
    pos.settle((100, 1))
    assert pos.sign_in().text(39) == "00"
    worked_us = bench.now
    bench.wait(HOUR_US)
    bench.ask("control", "deregister", sn=sn)
    assert (pos.sale(100).text(39), pos.sign_in().text(39)) == ("C1", "C1")
    assert bench.ask("portal", "status", sn=sn)["terminals"][0]["status"] == "withdrawn"
    assert not bench.host.state.terminals[f"{pos.mid}/{pos.tid}"].tmk
    bench.ask("control", "deregister", sn=sn, delete=True)
    assert (pos.sale(100).text(39), pos.sign_in().text(39)) == ("97", "97")
    left = bench.ask("portal", "status", sn=sn)
    assert (left["status"], left["signed_in_us"]) == ("deregistered", worked_us), "refused sign-ins do not count"
    assert not bench.answer("control", "issue_tmk", sn=sn).ok
