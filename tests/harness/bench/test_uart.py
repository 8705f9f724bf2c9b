"""A real line on the register's cable of a simulated bench: what the model does to a whole operation."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.links.plan import FaultPlan
from harness.machine import Json
from harness.terminal.settings import Identity
from protocols.errors import ScenarioError

TMK = "159D86C7C1F779EA29F77A6858E0DA2A"
MID, TID, SN = "898520154110004", "52010009", "SN00000001"
MERCHANT = [{"mid": MID, "name": "Test", "terminal": [{"tid": TID, "sn": SN, "tmk": TMK, "test_key": True}]}]


def bench_with(*faults: str) -> SimulatedBench:
    bench = SimulatedBench(
        World(identity=Identity(TID, MID, bytes.fromhex(TMK), "Test"), terminal={"serial": SN}), seed=7
    )
    bench.ask("host", "control", "provision", merchant=MERCHANT)
    if faults:
        bench.set_faults("register", FaultPlan.from_specs(faults))
    return bench


def sign_in(bench: SimulatedBench) -> Mapping[str, Json]:
    return bench.ask("register", "person", "sign_in")


def octets_between(bench: SimulatedBench) -> int:
    """How many octets the cable carried, both ways."""
    sent = [e for e in bench.events() if e.kind == "bytes" and e.data["dir"] == "out"]
    on_cable = [
        e.data for e in sent if (e.party, e.data["link"]) in (("register", "terminal"), ("terminal", "register"))
    ]
    return sum(len(str(data["hex"])) // 2 if "hex" in data else int(str(data["length"])) for data in on_cable)


def test_a_line_adds_the_time_of_its_octets_and_nothing_else() -> None:
    at_once, slow = bench_with(), bench_with("uart:register=9600-8N1")
    begun_us = slow.now_us
    assert begun_us == at_once.now_us
    assert sign_in(at_once)["status"] == sign_in(slow)["status"] == "done"
    longer_us = (slow.now_us - begun_us) - (at_once.now_us - begun_us)
    line_us = octets_between(slow) * 10 * 1_000_000 // 9_600
    assert octets_between(slow) == octets_between(at_once)
    # an ACK and the frame behind it go at once; half a stop bit is the reader's gain at the end of each run
    assert 0.8 * line_us < longer_us <= line_us


def test_ends_that_are_set_differently_do_not_understand_each_other_until_they_are_healed() -> None:
    bench = bench_with("uart:register=9600-7E1,terminal=9600-8N1,times=100")
    assert sign_in(bench)["status"] in ("no_answer", "unknown")
    bench.set_faults("register", None)
    assert sign_in(bench)["status"] == "done"
    assert [e.data["fault"] for e in bench.events() if e.kind == "fault"] == ["uart"]


def test_the_same_seed_gives_the_same_noise() -> None:
    one, other = (bench_with("uart:register=9600,noise_ppm=300,times=100") for _ in range(2))
    assert sign_in(one) == sign_in(other)
    assert [(e.t_us, e.kind, e.data) for e in one.events()] == [(e.t_us, e.kind, e.data) for e in other.events()]


def test_the_model_is_for_the_cable_alone() -> None:
    bench = bench_with()
    with pytest.raises(ScenarioError, match="uart is for the register's cable"):
        bench.set_faults("host", FaultPlan.from_specs(["uart"]))
