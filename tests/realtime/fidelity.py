"""What the emulated bench does is what the simulated one does: real processes, sockets and ptys against virtual time.

Every register protocol takes its processes a second, so these have a step of their own in `.ci/run`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from harness.bench.base import Bench
from harness.bench.emulated import EmulatedBench
from harness.bench.nursery import Nursery
from harness.bench.pcscd import check_installed
from harness.bench.simulated import SimulatedBench
from harness.recordings.fidelity import compare
from harness.terminal.register import SIDES
from harness.trace import Trace
from tests.harness.recorded import chips, shop


@pytest.fixture(scope="module", autouse=True)
def nursery() -> Iterator[None]:
    """Keeps the helper loaded between the benches of this file."""
    shared = Nursery.shared()
    yield
    shared.release()


def day(bench: Bench) -> Trace:
    """The shop opens and sells once."""
    bench.ask("host", "control", "provision", merchant=shop.MERCHANT)
    for op in shop.OPENING:
        assert bench.ask("terminal", "person", "operate", op=op)["status"] == "done"
    assert shop.sell(bench)["status"] == "done"
    bench.settle()
    return bench.finish()


@pytest.mark.parametrize("protocol", sorted(SIDES))
def test_a_simulated_sale_is_true_to_the_emulated_one(protocol: str) -> None:
    world = shop.world(protocol)
    found = compare(day(SimulatedBench(world, shop.SEED)), day(EmulatedBench(world, shop.SEED)))
    assert [one for one in found.findings if one.why is None] == []
    assert found.compared > 50 and found.unheard == ()


@pytest.mark.parametrize("place", ["chip", "pcsc"])
def test_a_chip_is_asked_the_same_wherever_it_is(place: str) -> None:
    """Reached directly by a process of its own, or behind a real pcscd: the same APDUs in the same order."""
    if place == "pcsc":
        check_installed()
    simulated = day(SimulatedBench(chips.world(), shop.SEED))
    emulated = day(EmulatedBench(replace(chips.world(), card=place), shop.SEED))
    found = compare(simulated, emulated)
    assert [one for one in found.findings if one.why is None] == []
    apdus = [[event.data["name"] for event in trace.events if event.kind == "apdu"] for trace in (simulated, emulated)]
    assert apdus[0] == apdus[1] and len(apdus[0]) > 10
