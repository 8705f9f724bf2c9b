"""Why a terminal does not reach its host: the same words on both benches, by real sockets and in a simulation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.bench.base import Bench
from harness.bench.control_client import ControlError
from harness.bench.emulated import EmulatedBench
from harness.bench.fleet import HostSpec
from harness.bench.nursery import Nursery
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.links.certificates import PROBLEMS
from harness.links.plan import FaultPlan
from harness.terminal.settings import Identity
from protocols.errors import ScenarioError

TMK = "159D86C7C1F779EA29F77A6858E0DA2A"
MID, TID, SN = "898520154110004", "52010009", "SN00000001"
MERCHANT = [{"mid": MID, "name": "Test", "terminal": [{"tid": TID, "sn": SN, "tmk": TMK, "test_key": True}]}]
WORLD = World(
    identity=Identity(TID, MID, bytes.fromhex(TMK), "Test"), terminal={"serial": SN}, hosts=(HostSpec("host2"),)
)
TLS_WORLD = World(WORLD.dialect, identity=WORLD.identity, terminal=WORLD.terminal, hosts=WORLD.hosts, tls=True)
TLS_CAUSES = {
    "unknown_ca": "tls_unknown_ca",
    "expired": "tls_expired",
    "not_yet_valid": "tls_not_yet_valid",
    "wrong_name": "tls_wrong_name",
    "no_tls": "tls_not_tls",
    "client_required": "tls_handshake",
}
DIALS = {
    "dial_refused": ("refused", "connection_refused", "主机拒绝连接"),
    "dial_unreachable": ("unreachable", "network_unreachable", "网络不可达"),
    "dial_unresolved": ("name-not-found", "name_not_found", "域名无法解析"),
    "dial_timeout": ("timeout", "connect_timeout", "连接超时"),
    "dial_no_line": ("no-line", "no_line", "线路不通"),
}


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    shared = Nursery.shared()
    yield shared
    shared.release()


def opened(kind: str, world: World) -> Iterator[Bench]:
    with_ = SimulatedBench(world, seed=7) if kind == "simulated" else EmulatedBench(world, seed=7)
    with_.ask("host", "control", "provision", merchant=MERCHANT)
    yield with_
    with_.finish()


@pytest.fixture(name="bench", params=["simulated", "emulated"], scope="module")
def _bench(request: pytest.FixtureRequest, nursery: Nursery) -> Iterator[Bench]:
    yield from opened(request.param, WORLD)


@pytest.fixture(name="tls_bench", params=["simulated", "emulated"], scope="module")
def _tls_bench(request: pytest.FixtureRequest, nursery: Nursery) -> Iterator[Bench]:
    yield from opened(request.param, TLS_WORLD)


def operate(bench: Bench, op: str, **more: Any) -> Any:
    return bench.ask("terminal", "person", "operate", op=op, **more)


def menu(bench: Bench, **settings: Any) -> None:
    assert operate(bench, "parameter_menu", **settings)["status"] == "done"


def seen_since(bench: Bench, begun: int, kind: str, party: str = "terminal") -> list[Any]:
    return [e.data for e in bench.events()[begun:] if (e.party, e.kind) == (party, kind)]


@pytest.mark.parametrize("fault", DIALS)
def test_each_dial_fault_is_told_on_link_display_and_register(bench: Bench, fault: str) -> None:
    reason, cause, words = DIALS[fault]
    begun = len(bench.events())
    bench.set_faults("host", FaultPlan.from_specs([f"{fault}:times=9"]))
    try:
        assert bench.ask("register", "person", "sign_in")["cause"] == cause
        assert operate(bench, "connect")["cause"] == cause
    finally:
        bench.set_faults("host", None)
    told = [data["reason"] for data in seen_since(bench, begun, "link") if data["what"] == "closed"]
    if fault == "dial_timeout":  # the terminal itself gives up, and nobody tells it anything
        assert told == []
    else:
        assert told == [reason] * 6, "three tries each"
    assert any(words in data["zh"] for data in seen_since(bench, begun, "display"))
    assert operate(bench, "connect")["status"] == "done"


def test_a_fault_that_is_spent_lets_the_third_try_through(bench: Bench) -> None:
    bench.set_faults("host", FaultPlan.from_specs(["dial_unreachable", "dial_refused"]))
    begun = len(bench.events())
    assert operate(bench, "connect")["status"] == "done"
    reasons = [data["reason"] for data in seen_since(bench, begun, "link") if data["what"] == "closed"]
    assert reasons[:2] == ["unreachable", "refused"]


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({"host_address": "hots.posrig.test:8583"}, "name_not_found"),
        ({"host_address": "host.posrig.test:8584"}, "connection_refused"),
        ({"host_address": "192.0.2.1:8583"}, "network_unreachable"),
        ({"host_address": "host.posrig.test"}, "name_not_found"),
        ({"apn": "cmnet"}, "no_line"),
        ({"dns": "198.51.100.9"}, "name_not_found"),
    ],
)
def test_a_wrong_setting_and_its_correction(bench: Bench, settings: dict[str, str], cause: str) -> None:
    menu(bench, **settings)
    assert operate(bench, "connect")["cause"] == cause
    other = operate(bench, "connect", address="host2.posrig.test:8583")
    assert other["status"] == ("no_answer" if {"apn", "dns"} & set(settings) else "done")
    menu(bench, **dict.fromkeys(settings, ""))
    assert operate(bench, "connect")["status"] == "done"


def test_settings_outlive_a_loss_of_power(bench: Bench) -> None:
    menu(bench, host_address="host2.posrig.test:8584")
    bench.crash("terminal")
    bench.restart("terminal")
    assert operate(bench, "connect")["cause"] == "connection_refused"
    menu(bench, host_address="")
    assert operate(bench, "connect")["status"] == "done"


def test_the_second_address_and_the_second_line_are_used_when_the_first_does_not_lead_there(bench: Bench) -> None:
    menu(bench, host_address="hots.posrig.test:8583", backup_address="host.posrig.test:8583")
    assert operate(bench, "sign_in")["status"] == "done"
    menu(bench, host_address="", backup_address="", backup_line=True)
    bench.set_faults("host", FaultPlan.from_specs(["dial_no_line:times=99"]))
    begun = len(bench.events())
    assert operate(bench, "sign_in")["status"] == "done"
    assert "backup" in {data["link"] for data in seen_since(bench, begun, "link") if data["what"] == "open"}
    bench.set_faults("backup", FaultPlan.from_specs(["dial_refused:times=99"]))
    assert operate(bench, "sign_in")["cause"] == "no_line", "what is wrong with the first line counts"
    bench.set_faults("host", None)
    bench.set_faults("backup", None)
    menu(bench, backup_line=False)


def test_a_request_that_has_left_is_never_sent_on_the_second_line(bench: Bench) -> None:
    assert operate(bench, "sign_in")["status"] == "done"
    menu(bench, backup_line=True)
    bench.set_faults("host", FaultPlan.from_specs(["drop:stream=upstream,times=99"]))
    begun = len(bench.events())
    assert operate(bench, "sign_in")["status"] == "no_answer"
    sent = [data["link"] for data in seen_since(bench, begun, "message") if data["dir"] == "out"]
    assert sent == ["host"]
    bench.set_faults("host", None)
    menu(bench, backup_line=False)


def test_only_the_first_terminal_has_a_second_line(bench: Bench) -> None:
    with pytest.raises(ScenarioError, match=r"terminal9"):
        bench.set_faults("backup", None, "terminal9")


@pytest.mark.parametrize("problem", PROBLEMS)
def test_each_wrong_certificate_is_named_and_no_octet_leaves(tls_bench: Bench, problem: str) -> None:
    tls_bench.set_certificate("host", problem)
    begun = len(tls_bench.events())
    assert operate(tls_bench, "sign_in")["cause"] == TLS_CAUSES[problem]
    assert seen_since(tls_bench, begun, "bytes") == []
    assert seen_since(tls_bench, begun, "message", "host") == []
    tls_bench.set_certificate("host", "")
    assert operate(tls_bench, "sign_in")["status"] == "done"


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({"ca": "other-ca"}, "tls_unknown_ca"),
        ({"ca": "lost"}, "tls_unknown_ca"),
        ({"server_name": "host3.posrig.test"}, "tls_wrong_name"),
    ],
)
def test_a_wrong_certificate_in_the_terminal(tls_bench: Bench, settings: dict[str, str], cause: str) -> None:
    menu(tls_bench, **settings)
    assert operate(tls_bench, "connect")["cause"] == cause
    menu(tls_bench, ca="test-ca", server_name="")
    assert operate(tls_bench, "connect")["status"] == "done"


def test_a_clock_that_was_reset_refuses_a_good_certificate(tls_bench: Bench) -> None:
    tls_bench.ask("terminal", "control", "cause", behaviour="clock_reset")
    assert operate(tls_bench, "connect")["cause"] == "tls_not_yet_valid"
    tls_bench.ask("terminal", "control", "heal", behaviour="clock_reset")
    assert operate(tls_bench, "connect", address="host2.posrig.test:8583")["status"] == "done"


def test_a_host_that_wants_the_terminals_certificate_gets_it(tls_bench: Bench) -> None:
    tls_bench.set_certificate("host", "client_required")
    menu(tls_bench, own_certificate="terminal")
    assert operate(tls_bench, "sign_in")["status"] == "done"
    tls_bench.set_certificate("host", "")
    menu(tls_bench, own_certificate="")


def test_octets_fail_under_tls_too_and_frames_cannot(tls_bench: Bench) -> None:
    with pytest.raises(ScenarioError, match="nobody on the way sees frames"):
        tls_bench.set_faults("host", FaultPlan.from_specs(["drop"]))
    tls_bench.set_faults("host", FaultPlan.from_specs(["timeout:stream=downstream,times=99"]))
    assert operate(tls_bench, "sign_in")["status"] == "no_answer"
    tls_bench.set_faults("host", None)
    assert operate(tls_bench, "sign_in")["status"] == "done"


def test_a_host_that_was_without_power_serves_the_same_certificate(tls_bench: Bench) -> None:
    tls_bench.set_certificate("host", "expired")
    tls_bench.crash("host")
    assert operate(tls_bench, "connect")["cause"] == "connection_refused"
    tls_bench.restart("host")
    assert operate(tls_bench, "connect")["cause"] == "tls_expired"
    tls_bench.set_certificate("host", "")
    assert operate(tls_bench, "connect")["status"] == "done"


def test_a_bench_without_tls_has_no_certificates(bench: Bench) -> None:
    with pytest.raises(ScenarioError, match="this bench uses no TLS"):
        bench.set_certificate("host", "expired")


def test_a_terminal_without_a_line_of_its_own_has_no_tls() -> None:
    with pytest.raises(ScenarioError, match="over which nothing goes by TLS"):
        SimulatedBench(World(profile="tethered", tls=True))


def test_a_terminal_behind_the_register_learns_that_nothing_was_sent_and_the_register_why(nursery: Nursery) -> None:
    for kind in ("simulated", "emulated"):
        for bench in opened(kind, World(profile="tethered", identity=WORLD.identity, terminal=WORLD.terminal)):
            bench.set_faults("host", FaultPlan.from_specs(["dial_unreachable:times=9"]))
            begun = len(bench.events())
            assert operate(bench, "sign_in")["cause"] == "no_connection", kind
            told = [data["reason"] for data in seen_since(bench, begun, "link", "register") if "reason" in data]
            assert told == ["unreachable"], kind
            bench.set_faults("host", None)
            assert operate(bench, "sign_in")["status"] == "done"


def test_a_wrong_request_to_the_control_interface_is_told_and_does_no_harm(nursery: Nursery) -> None:
    wrong: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("/dial_faults", {"link": 1, "faults": []}, "wanted: link"),
        ("/dial_faults", {"link": "host", "faults": [{"fault": "dial_refuse"}]}, "nearest is dial_refused"),
        ("/tls", {"certificate": "x"}, "two files"),
        ("/tls", {"certificate": "/none", "key": "/none"}, "cannot be used as certificate and key"),
    )
    with EmulatedBench(WORLD, seed=7) as bench:
        client = bench._children["host"].client
        assert client is not None
        for path, body, said in wrong:
            with pytest.raises(ControlError, match=said):
                client._call("POST", path, body)
        bench.ask("host", "control", "provision", merchant=MERCHANT)
        assert operate(bench, "sign_in")["status"] == "done"
