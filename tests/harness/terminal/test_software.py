"""Updates: two slots, the check of a package, the way back, and the power failing at every octet of an image.

The host of `scripted` hands packages out by a few lines of its own; what a package holds comes from the vendor's key,
which is that of RFC 8032, 7.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.terminal.settings import TerminalSettings
from harness.terminal.software.slots import TRIAL_STARTS_MAX
from harness.vendor import FLAWS, Vendor, shipped_vendor
from protocols.package import Package, build_package, sign_package
from protocols.unionpay.message import Message
from protocols.unionpay.software import Block, build_block, identity, parse_block_request, parse_ended

from .scripted import Bench, ready_settings, with_requirement

VENDOR = shipped_vendor()


@dataclass(frozen=True)
class SmallVendor(Vendor):
    """Packages of a few octets, so that every one of them can be the last."""

    def package(self, model: str, version: str, minimum: str = "", dialect: str = "", flaw: str = "") -> bytes:
        small = Package(model, version, minimum, dialect, b"\x00" + version.encode())
        return build_package(sign_package(small, self.private_key))


SMALL = SmallVendor(VENDOR.public_key, VENDOR.private_key)


@dataclass
class Offering:
    """A host's change of replies: 366 hands out `package` in blocks of `size`; 367 is noted."""

    package: bytes
    version: str = "1.1.0"
    size: int = 100
    results: list[str] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)

    def __call__(self, request: Message, reply: Message) -> Message | None:
        net = str(request.get(60) or "")[8:11]
        f62 = request.octets(62) or b""
        if net == "367":
            self.results.append(parse_ended(f62).result)
        if net != "366":
            return reply
        asked = parse_block_request(f62)
        name = identity(self.package)
        at = asked.offset if asked.identity == name else 0
        self.asked.append(asked.offset)
        block = Block(self.version, len(self.package), name, at, self.package[at : at + self.size])
        return reply.replacing({62: build_block(block)})


def software(bench: Bench) -> Mapping[str, Any]:
    told: Mapping[str, Any] = bench.terminal.status()["software"]
    return told


def version(bench: Bench) -> str:
    return str(bench.terminal.status()["version"])


def events(bench: Bench) -> list[tuple[str, str, str]]:
    return [(n.data["from"], n.data["to"], n.data["why"]) for n in bench.notes if n.kind == "version"]


def test_an_update_runs_in_the_other_slot_after_the_restart_and_is_confirmed_by_the_sign_in() -> None:
    bench = Bench()
    bench.get_ready()
    bench.sell(700)
    before = bench.snapshot
    assert bench.do("update_software", version="1.1.0")["status"] == "done"
    assert [n.data["reset_cause"] for n in bench.notes if n.kind == "boot"] == ["first_start", "update"]
    assert events(bench) == [("1.0.0", "1.1.0", "update")]
    assert (version(bench), software(bench)["running"], software(bench)["confirmed"]) == ("1.1.0", "B", False)
    assert bench.snapshot == before, "batch, receipts and numbers survive"
    assert bench.do("sign_in")["status"] == "done"
    assert software(bench)["confirmed"] is True
    assert software(bench)["last_update"]["result"] == "installed"
    assert bench.sell(800)["status"] == "done"
    bench.boot()
    assert (version(bench), software(bench)["running"]) == ("1.1.0", "B")


@pytest.mark.parametrize(
    ("flaw", "cause"),
    [
        ("wrong_model", "package_model"),
        ("bad_signature", "package_signature"),
        ("damaged", "package_damaged"),
        ("truncated", "package_truncated"),
    ],
)
def test_a_package_that_is_not_good_is_refused_and_the_old_version_goes_on(flaw: str, cause: str) -> None:
    bench = Bench()
    bench.get_ready()
    outcome = bench.do("update_software", version="1.1.0", flaw=flaw)
    assert (outcome["status"], outcome["cause"]) == ("refused", cause)
    assert software(bench)["slots"]["B"]["state"] == "bad"
    bench.boot()
    assert version(bench) == "1.0.0"
    assert bench.sell(700)["status"] == "done"
    assert bench.do("update_software", version="1.1.0")["status"] == "done", "a good one takes its place"
    assert version(bench) == "1.1.0"


def test_every_flaw_of_a_vendor_is_noticed() -> None:
    for flaw in FLAWS:
        bench = Bench()
        bench.do("update_software", version="1.1.0", flaw=flaw)
        assert version(bench) == "1.0.0", flaw


def test_a_version_that_does_not_start_gives_way_to_the_one_before() -> None:
    bench = Bench()
    bench.get_ready()
    bench.sell(700)
    assert bench.do("update_software", version="1.1.0", flaw="fails_at_start")["status"] == "done"
    assert events(bench) == [("1.0.0", "1.1.0", "update"), ("1.1.0", "1.0.0", "start_failed")]
    assert (version(bench), software(bench)["last_update"]["result"]) == ("1.0.0", "start_failed")
    assert "新版本无法运行，已退回 1.0.0" in bench.shown()
    assert bench.sell(800)["status"] == "done"


def test_a_version_that_nothing_confirms_gives_way_after_some_starts() -> None:
    bench = Bench()
    bench.get_ready()
    bench.do("update_software", version="1.1.0")
    for _ in range(TRIAL_STARTS_MAX - 1):
        bench.boot()
        assert version(bench) == "1.1.0"
    bench.boot()
    assert (version(bench), events(bench)[-1]) == ("1.0.0", ("1.1.0", "1.0.0", "not_confirmed"))


def test_a_good_self_test_confirms_too() -> None:
    bench = Bench()
    bench.do("update_software", version="1.1.0")
    bench.do("self_test")
    assert software(bench)["confirmed"] is True


def test_people_can_go_back_to_the_version_before_and_only_to_one_that_was_good() -> None:
    bench = Bench()
    bench.get_ready()
    assert bench.do("update_software", source="previous")["cause"] == "no_previous_version"
    bench.do("update_software", version="1.1.0")
    bench.do("sign_in")
    assert bench.do("update_software", source="previous")["status"] == "done"
    assert version(bench) == "1.0.0"
    bench.do("update_software", version="1.2.0", flaw="bad_signature")
    assert bench.do("update_software", source="previous")["cause"] == "no_previous_version"


def test_the_dialect_belongs_to_the_version() -> None:
    from harness.fixtures import load_dialect

    bench = Bench(ready_settings(dialects={"sm4": load_dialect("sm4")}))
    bench.do("update_software", version="2.0.0", dialect="sm4")
    assert bench.terminal.desk.dialect.name == "sm4"
    bench.do("update_software", source="previous")
    assert bench.terminal.desk.dialect.name == "cup"


def test_keys_that_the_new_version_cannot_read_end_the_session_and_what_is_pending_waits() -> None:
    from harness.fixtures import load_dialect

    bench = Bench(ready_settings(dialects={name: load_dialect(name) for name in ("sm4", "chanjet", "cup")}))
    bench.get_ready()
    bench.host.change = lambda request, reply: None if request.mti == "0200" else reply
    bench.sell(800)
    bench.host.change = None
    before = len(bench.sent)
    for number, dialect in enumerate(("sm4", "chanjet"), 2):
        bench.do("update_software", version=f"{number}.0.0", dialect=dialect)
        assert bench.sell(55)["cause"] == "not_signed_in", "no frame could be sealed"
    bench.do("update_software", version="4.0.0", dialect="cup")
    assert len(bench.sent) == before
    bench.get_ready()
    assert bench.sell(55)["status"] == "done"
    assert sorted(bench.host.ledger.values()) == [0, 55]


def test_no_version_comes_below_the_minimum_of_the_one_that_runs_nor_beside_one_that_is_too_old() -> None:
    @dataclass(frozen=True)
    class Strict(Vendor):
        def package(self, model: str, version: str, minimum: str = "", dialect: str = "", flaw: str = "") -> bytes:
            return super().package(model, version, {"2.0.0": "1.0.0", "3.0.0": "2.5.0"}.get(version, ""), dialect, flaw)

    bench = Bench(ready_settings(medium=Strict(VENDOR.public_key, VENDOR.private_key)))
    assert bench.do("update_software", version="2.0.0")["status"] == "done"
    assert bench.do("update_software", version="0.9.0")["cause"] == "package_version"
    assert bench.do("update_software", version="3.0.0")["cause"] == "package_version"
    assert bench.do("update_software", version="1.0.0")["status"] == "done"


def test_requirement_6_stops_sales_until_the_hosts_package_runs() -> None:
    offering = Offering(VENDOR.package("CT-100", "1.1.0"))
    bench = Bench()
    bench.get_ready()
    bench.host.change = lambda request, reply: with_requirement(reply, 6)
    bench.do("sign_in")
    bench.host.change = offering
    sent = len(bench.host.seen)
    assert bench.sell(700)["cause"] == "update_required"
    assert len(bench.host.seen) == sent, "no frame leaves"
    assert bench.do("update_software")["status"] == "done"
    assert offering.results == ["00"]
    assert offering.asked == [*range(0, len(offering.package), 100)]
    assert version(bench) == "1.1.0"
    assert bench.sell(700)["status"] == "done"


@pytest.mark.parametrize(
    ("flaw", "result"), [("wrong_model", "04"), ("bad_signature", "03"), ("damaged", "02"), ("truncated", "01")]
)
def test_the_host_hears_why_its_package_was_refused_and_sales_stay_stopped(flaw: str, result: str) -> None:
    offering = Offering(VENDOR.package("CT-100", "1.1.0", flaw=flaw))
    bench = Bench()
    bench.get_ready()
    bench.host.change = lambda request, reply: with_requirement(reply, 6)
    bench.do("sign_in")
    bench.host.change = offering
    assert bench.do("update_software")["status"] == "refused"
    assert offering.results == [result]
    assert (version(bench), bench.sell(700)["cause"]) == ("1.0.0", "update_required")


def test_a_host_without_a_package_does_not_stop_the_till_for_ever() -> None:
    bench = Bench()
    bench.get_ready()
    bench.host.change = lambda request, reply: with_requirement(reply, 6)
    bench.do("sign_in")
    bench.host.change = lambda request, reply: (
        reply.replacing({39: "25"}) if str(request.get(60))[8:11] == "366" else reply
    )
    assert bench.do("update_software")["code"] == "25"
    assert bench.sell(700)["status"] == "done"


def test_a_download_goes_on_where_the_line_was_lost_and_begins_anew_for_another_package() -> None:
    bench = Bench()
    bench.get_ready()
    first = Offering(VENDOR.package("CT-100", "1.1.0"))
    bench.host.change = lambda request, reply: None if len(first.asked) >= 3 else first(request, reply)
    assert bench.do("update_software", source="host")["status"] == "no_answer"
    assert software(bench)["slots"]["B"] == {"version": "1.1.0", "state": "writing", "written": 300, "length": 820}
    again = Offering(first.package)
    bench.host.change = again
    assert bench.do("update_software", source="host")["status"] == "done"
    assert again.asked[0] == 300
    bench.host.change = lambda request, reply: None if len(again.asked) >= 12 else again(request, reply)
    again.package, again.version = VENDOR.package("CT-100", "1.2.0"), "1.2.0"
    assert bench.do("update_software", source="host")["status"] == "no_answer"
    other = Offering(VENDOR.package("CT-100", "1.3.0"), "1.3.0")
    bench.host.change = other
    assert bench.do("update_software", source="host")["status"] == "done"
    assert (other.asked[1], version(bench)) == (100, "1.3.0")


@given(st.binary(max_size=120))
@settings(max_examples=60, deadline=None)
def test_no_reply_of_a_host_harms_the_version_that_runs(f62: bytes) -> None:
    bench = Bench()
    bench.host.change = lambda request, reply: reply.replacing({62: f62}) if f62 else reply
    assert bench.do("update_software", source="host")["status"] in ("no_answer", "declined")
    bench.boot()
    assert version(bench) == "1.0.0"


def _cuttable() -> tuple[TerminalSettings, list[Any], bytes]:
    """A terminal with a batch and a reversal that waits, and the small package that it is to get."""
    chosen = ready_settings(medium=SMALL)
    bench = Bench(chosen)
    bench.get_ready()
    bench.sell(700)
    bench.host.change = lambda request, reply: None if request.mti == "0200" else reply
    bench.sell(800)
    return chosen, bench.records, SMALL.package("CT-100", "1.1.0")


def test_the_power_may_fail_at_every_octet_of_an_image() -> None:
    """Old version, batch, keys and the reversal that waits are there after each cut; a second try installs it."""
    chosen, records, package = _cuttable()
    before: Mapping[str, Any] | None = None
    for octet in range(len(package)):
        bench = Bench(chosen, records=records)
        kept = _kept(bench)
        before = before or kept
        bench.ask("control", "cause", behaviour="power_cut_at_byte", byte=octet)
        assert bench.do("update_software", version="1.1.0")["cause"] == "interrupted"
        assert (version(bench), _kept(bench)) == ("1.0.0", before), octet
        assert software(bench)["slots"]["B"]["written"] == octet
        assert bench.do("update_software", version="1.1.0")["status"] == "done"
        assert (version(bench), _kept(bench)) == ("1.1.0", before), octet


@pytest.mark.parametrize("octet", [0, 1, 99, 100, 101, 512, 818, 819])
def test_the_power_may_fail_while_the_hosts_package_is_written(octet: int) -> None:
    offering = Offering(VENDOR.package("CT-100", "1.1.0"))
    bench = Bench()
    bench.get_ready()
    bench.sell(700)
    before = bench.snapshot
    bench.host.change = offering
    bench.ask("control", "cause", behaviour="power_cut_at_byte", byte=octet)
    assert bench.do("update_software", source="host")["cause"] == "interrupted"
    assert (version(bench), bench.snapshot["entries"]) == ("1.0.0", before["entries"])
    offering.asked.clear()
    assert bench.do("update_software", source="host")["status"] == "done"
    assert offering.asked[0] == octet, "it goes on where it stopped"
    assert (version(bench), offering.results) == ("1.1.0", ["00"])


def test_the_power_may_fail_between_any_two_records_of_an_update() -> None:
    chosen, records, _ = _cuttable()
    whole = Bench(chosen, records=records)
    before = _kept(whole)
    whole.do("update_software", version="1.1.0")
    assert len(whole.records) > len(records) + 4
    for kept in range(len(records), len(whole.records) + 1):
        bench = Bench(chosen, records=whole.records[:kept])
        assert version(bench) in ("1.0.0", "1.1.0")
        assert _kept(bench) == before, kept
        if version(bench) == "1.0.0":
            assert bench.do("update_software", version="1.1.0")["status"] == "done", kept
        assert version(bench) == "1.1.0"


def _kept(bench: Bench) -> Mapping[str, Any]:
    told = bench.terminal.status()
    assert told["pending_reversal"], "the reversal waits"
    names = ("tid", "mid", "session", "batch", "keys", "pending_reversal", "downloaded")
    return {**{name: told[name] for name in names}, "books": bench.snapshot}
