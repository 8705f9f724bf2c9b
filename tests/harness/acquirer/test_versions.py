"""Versions that are demanded, vulnerable, published: who is stopped and told so, who is not, and who gets a package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from protocols.package import parse_package
from protocols.unionpay.activation import ActivationRequest, State, build_request, parse_state
from protocols.unionpay.dialect import CUP
from protocols.unionpay.private import f59
from protocols.unionpay.private.serial import DeviceInfo
from protocols.unionpay.software import (
    BLOCK_OCTETS_MAX,
    BlockRequest,
    Ended,
    build_block_request,
    build_ended,
    parse_block,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocols.unionpay.message import Message, Value
    from tests.harness.acquirer.conftest import Bench, Pos

TMK = "159D86C7C1F779EA29F77A6858E0DA2A"
MID = "898520154110006"
PUBLIC = bytes.fromhex("D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A")  # RFC 8032, 7.1, TEST 1
UPDATE = 6


@pytest.fixture(name="fleet")
def _fleet(make_bench: Callable[..., Bench], make_pos: Callable[..., Pos]) -> dict[str, Pos]:
    """Two terminals of model CT-100, `old` and `new`, and `other` of another model."""
    bench = make_bench()
    found = {}
    for number, (name, model) in enumerate((("old", "CT-100"), ("new", "CT-100"), ("other", "PT-200"))):
        tid = f"5203000{number}"
        row = {"tid": tid, "sn": name, "tmk": TMK, "test_key": True, "model": model}
        bench.ask("control", "provision", merchant=[{"mid": f"{MID[:-1]}{number}", "name": name, "terminal": [row]}])
        found[name] = make_pos(bench, tid=tid, mid=f"{MID[:-1]}{number}")
    for name, version in (("old", "1.0.0"), ("new", "2.0.0"), ("other", "1.0.0")):
        assert signed_in(found[name], name, version) == ("00", 0)
    return found


def device(sn: str, version: str) -> bytes:
    usage = f59.device_usage(DeviceInfo("02", sn, "000012", "12345678", version))
    return f59.build_f59(f59.F59((usage,)), CUP)


def signed_in(pos: Pos, sn: str, version: str) -> tuple[str, int]:
    """F39 of a sign-in that tells the version, and what its header asks for."""
    fields: dict[int, Value] = {11: pos.next_stan(), 59: device(sn, version), 60: f"00{pos.batch}003", 63: b"001"}
    reply = pos.ask("0800", fields)
    if reply.text(39) == "00":
        from protocols.unionpay.keys import unwrap_working_keys

        pos.keys = unwrap_working_keys(reply.octets(62) or b"", bytes.fromhex(TMK), CUP.key_layouts)
        pos.batch = (reply.text(60) or "")[2:8]
    return reply.text(39) or "", asked_for(reply)


def asked_for(reply: Message) -> int:
    assert reply.header is not None
    return int(reply.header.requirement)


def update_of(pos: Pos, sn: str) -> dict[str, object]:
    return dict(pos.bench.ask("portal", "status", sn=sn)["update"])


def block(pos: Pos, running: str, offset: int = 0, identity: bytes = b"") -> Message:
    asked = build_block_request(BlockRequest(running, offset, identity))
    return pos.ask("0800", {60: f"00{pos.batch}366", 62: asked})


def test_who_is_older_is_asked_and_goes_on_at_the_host(fleet: dict[str, Pos]) -> None:
    bench = fleet["old"].bench
    bench.ask("control", "demand_version", model="CT-100", wanted="1.1.0")
    assert signed_in(fleet["old"], "old", "1.0.0") == ("00", UPDATE)
    assert signed_in(fleet["new"], "new", "2.0.0") == ("00", 0)
    assert signed_in(fleet["other"], "other", "1.0.0") == ("00", 0)
    assert fleet["old"].sale(100).text(39) == "00", "above the minimum it is the terminal that stops"
    told = update_of(fleet["old"], "old")
    assert (told["required"], told["why"], told["wanted"]) == (True, "outdated", "1.1.0")
    assert update_of(fleet["new"], "new")["required"] is False
    assert signed_in(fleet["old"], "old", "1.1.0") == ("00", 0)


def test_below_the_minimum_nothing_is_sold_and_everything_is_settled(fleet: dict[str, Pos]) -> None:
    old = fleet["old"]
    assert old.sale(100).text(39) == "00"
    old.bench.ask("control", "demand_version", wanted="1.2.0", minimum="1.1.0")
    reply = old.sale(100)
    assert (reply.text(39), asked_for(reply)) == ("58", UPDATE)
    assert fleet["other"].sale(100).text(39) == "58", "without a model, every model"
    assert fleet["new"].sale(100).text(39) == "00"
    assert old.settle((100, 1)).text(48)
    (terminal,) = old.bench.ask("portal", "status", sn="old")["terminals"]
    (held,) = terminal["holds"]
    assert (held["kind"], held["minimum"], held["wanted"]) == ("version_too_old", "1.1.0", "1.2.0")
    assert signed_in(old, "old", "1.2.0") == ("00", 0)
    assert old.sale(100).text(39) == "00"


def test_a_vulnerable_version_goes_on_until_its_next_sign_in(fleet: dict[str, Pos]) -> None:
    old, bench = fleet["old"], fleet["old"].bench
    bench.ask("control", "publish", model="CT-100", version="1.1.0")
    bench.ask("control", "mark_vulnerable", model="CT-100", version="1.0.0")
    assert old.sale(100).text(39) == "00"
    assert signed_in(old, "old", "1.0.0") == ("58", UPDATE)
    assert signed_in(fleet["other"], "other", "1.0.0") == ("00", 0), "another model is another firmware"
    assert update_of(old, "old") == {
        "required": True, "why": "vulnerable", "wanted": "1.1.0", "minimum": "", "last": None
    }  # fmt: skip
    assert block(old, "1.0.0").text(39) == "00", "what it needs it may fetch"
    assert signed_in(old, "old", "1.1.0") == ("00", 0)
    assert signed_in(old, "old", "1.0.0") == ("58", UPDATE), "and back it may not go"
    again = bench.restarted().state
    assert again.versions == bench.host.state.versions


def test_a_version_before_the_wanted_one_may_not_be_offered_when_it_is_vulnerable(fleet: dict[str, Pos]) -> None:
    bench = fleet["old"].bench
    for version in ("1.1.0", "1.10.0", "1.9.0"):
        bench.ask("control", "publish", model="CT-100", version=version)
    bench.ask("control", "mark_vulnerable", version="1.0.0")
    assert update_of(fleet["old"], "old")["wanted"] == "1.10.0"
    bench.ask("control", "mark_vulnerable", version="1.10.0")
    assert update_of(fleet["old"], "old")["wanted"] == "1.9.0"


def test_a_package_comes_in_blocks_and_is_the_vendors(fleet: dict[str, Pos]) -> None:
    old = fleet["old"]
    assert block(old, "1.0.0").text(39) == "25"
    old.bench.ask("control", "publish", model="CT-100", version="1.1.0")
    got, name = b"", b""
    while True:
        part = parse_block(block(old, "1.0.0", len(got), name).octets(62) or b"")
        assert (part.offset, part.offered) == (len(got), "1.1.0")
        got, name = got + part.octets, part.identity
        if len(got) == part.length:
            break
        assert len(part.octets) == BLOCK_OCTETS_MAX
    package = parse_package(got)
    assert (package.model, package.version, package.is_whole) == ("CT-100", "1.1.0", True)
    assert package.is_signed_by(PUBLIC)
    part = parse_block(block(old, "1.0.0", 700, b"another!").octets(62) or b"")
    assert part.offset == 0, "who has octets of another package begins anew"
    assert block(fleet["other"], "1.0.0").text(39) == "25", "nothing is published for the other model"


def test_how_a_download_ended_stands_in_the_status(fleet: dict[str, Pos]) -> None:
    old = fleet["old"]
    told = build_ended(Ended("1.0.0", "1.1.0", "03"))
    assert old.ask("0800", {60: f"00{old.batch}367", 62: told}).text(39) == "00"
    assert update_of(old, "old")["last"] == {"version": "1.1.0", "result": "03"}


@pytest.mark.parametrize("code", ["366", "367"])
@pytest.mark.parametrize("f62", [b"", b"\xdf\x51\x00", b"\xff" * 9])
def test_what_is_no_request_is_30(fleet: dict[str, Pos], code: str, f62: bytes) -> None:
    fields = {60: f"00{fleet['old'].batch}{code}"} | ({62: f62} if f62 else {})
    assert fleet["old"].ask("0800", fields).text(39) == "30"


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("demand_version", {"wanted": "new"}),
        ("demand_version", {"wanted": "1.0.0", "minimum": "2.0.0"}),
        ("demand_version", {"wanted": "1.0.0.0.0.0"}),
        ("mark_vulnerable", {"version": "1/0"}),
        ("publish", {"model": "CT-100", "version": "1.0.0", "flaw": "scratched"}),
    ],
)
def test_arguments_that_make_no_sense(fleet: dict[str, Pos], name: str, args: dict[str, object]) -> None:
    answer = fleet["old"].bench.answer("control", name, **args)
    assert (answer.ok, answer.value["cause"]) == (False, "bad_argument")


def test_an_activation_is_told_which_version_it_needs(make_bench: Callable[..., Bench]) -> None:
    from tests.harness.acquirer.conftest import Pos

    bench = make_bench()
    given = {
        "merchant": {"name": "新商户", "licence": "91310000MA1K000000"},
        "model": "CT-100",
        "sn": "SN7",
        "items": ["licence", "identity", "account"],
    }
    number = bench.ask("portal", "apply", **given)["application"]
    bench.ask("control", "review", application=number, decision="approve")
    code = bench.ask("portal", "progress", application=number)["activation_code"]
    bench.ask("control", "demand_version", wanted="1.2.0", minimum="1.1.0")
    pos = Pos(bench, tid="", mid="")

    def activated(version: str) -> tuple[str, object, str | None, int]:
        asked = ActivationRequest("02", "SN7", "123456", "12345678", version, code)
        reply = pos.ask("0800", {11: pos.next_stan(), 59: build_request(asked, CUP), 60: "00000000101"})
        told = parse_state(reply.octets(62) or b"", CUP)
        return reply.text(39) or "", told.state, told.wanted_version, asked_for(reply)

    assert activated("1.0.0") == ("58", State.UPDATE_REQUIRED, "1.2.0", UPDATE)
    assert activated("1.1.0") == ("00", State.ACTIVATED, None, UPDATE)
