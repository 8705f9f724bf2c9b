"""The master key by remote RSA download: the same key as from the key-loading room, under every dialect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.fixtures import dialect_names
from harness.links.plan import FaultPlan
from harness.machine import DAY_US, HOUR_US
from harness.terminal.vault import combined

STEPS = ("352", "350", "351")


def boarded(dialect: str = "cup") -> SimulatedBench:
    """An activated terminal without a master key."""
    bench = SimulatedBench(World(dialect=dialect), 1)
    sn = bench.ask("terminal", "control", "status")["sn"]
    merchant = {"name": "Test", "licence": "TEST-LICENCE-0001"}
    items = ["licence", "identity", "account"]
    asked = bench.ask("host", "portal", "apply", merchant=merchant, model="CT-100", items=items)
    bench.advance(25 * HOUR_US)
    bench.advance(3 * DAY_US)
    progress = bench.ask("host", "portal", "progress", application=asked["application"])
    bench.ask("host", "portal", "bind", application=asked["application"], sn=sn)
    for op, args in (("self_test", {}), ("connect", {}), ("activate", {"code": progress["activation_code"]})):
        assert operate(bench, op, **args)["status"] == "done"
    return bench


def operate(bench: SimulatedBench, op: str, **args: Any) -> Mapping[str, Any]:
    return bench.ask("terminal", "person", "operate", op=op, **args)


def tmks(bench: SimulatedBench) -> tuple[bytes | None, bytes]:
    """At the key-loading room, and in the terminal's secure element."""
    terminal: Any = bench.engine.machine("terminal")
    sn = bench.ask("terminal", "control", "status")["sn"]
    issued = bench.ask("host", "control", "issue_tmk", sn=sn)
    desk = terminal.desk
    stored = desk.state.tmk
    inside = desk.vault._storage.decrypt(bytes.fromhex(stored)) if stored else b""
    return combined(issued["components"], issued["kcv"], desk.dialect), inside


@pytest.mark.parametrize("dialect", dialect_names())
def test_the_same_key_as_from_the_key_loading_room(dialect: str) -> None:
    bench = boarded(dialect)
    assert operate(bench, "sign_in")["cause"] == "no_tmk"
    assert operate(bench, "download_master_key")["status"] == "done"
    room, inside = tmks(bench)
    assert room == inside and len(inside) == 16
    assert bench.ask("terminal", "control", "status")["life_cycle"] == "keyed"
    for op in ("sign_in", "download_parameters", "download_public_keys", "download_aids"):
        assert operate(bench, op)["status"] == "done"
    bench.ask("terminal", "person", "present", card="debit", how="insert", pin="123456")
    assert operate(bench, "sale", amount_fen=100)["status"] == "done"
    text = "".join(str(dict(event.data)).upper() for event in bench.events())
    assert inside.hex().upper() not in text
    bench.finish()


def test_by_the_register() -> None:
    bench = boarded()
    assert bench.ask("register", "person", "load_keys")["status"] == "done"
    assert bench.ask("register", "person", "sign_in")["status"] == "done"
    bench.finish()


@pytest.mark.parametrize("frame", [1, 2, 3])
@pytest.mark.parametrize("stream", ["upstream", "downstream"])
def test_an_interrupted_download_leaves_no_key_and_works_the_next_time(stream: str, frame: int) -> None:
    bench = boarded()
    bench.set_faults("host", FaultPlan.from_specs([f"drop:stream={stream},frame={frame}"]))
    assert operate(bench, "download_master_key")["status"] == "no_answer"
    assert tmks(bench)[1] == b""
    bench.set_faults("host", None)
    assert operate(bench, "download_master_key")["status"] == "done"
    room, inside = tmks(bench)
    assert room == inside
    bench.finish()


def test_not_for_an_unbound_terminal_and_not_before_activation() -> None:
    bench = boarded()
    fresh = SimulatedBench(World(), 1)
    assert operate(fresh, "download_master_key")["cause"] == "not_activated"
    fresh.ask("terminal", "control", "settings", gate=False)
    assert operate(fresh, "download_master_key")["code"] == "03", "F41 and F42 are zeros: no such merchant"
    sn = bench.ask("terminal", "control", "status")["sn"]
    bench.ask("host", "portal", "unbind", sn=sn)
    assert operate(bench, "download_master_key")["code"] == "97"
    for each in (bench, fresh):
        each.finish()


def test_a_new_key_ends_the_session() -> None:
    bench = boarded()
    operate(bench, "download_master_key")
    operate(bench, "sign_in")
    assert operate(bench, "download_master_key")["status"] == "done"
    assert operate(bench, "settle")["cause"] == "not_signed_in"
    bench.finish()
