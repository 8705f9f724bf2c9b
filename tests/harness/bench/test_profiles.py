"""Every device profile sells from its box to the settlement, in each way in which it reads."""

from __future__ import annotations

import pytest

from harness.bench.simulated import SimulatedBench
from harness.bench.world import World, load_profile
from harness.cards import listed_pans
from harness.fixtures import fixtures_dir
from harness.judges import judge
from harness.scenarios.load import load_steps
from harness.scenarios.steps import Stage
from harness.scenarios.worlds import first_variables

PROFILES = sorted(path.stem for path in (fixtures_dir() / "devices").glob("*.toml"))
CARDS = {"swipe": "stripe", "insert": "debit", "tap": "debit", "key": "debit", "scan": "wallet"}


def test_there_is_a_device_of_each_kind() -> None:
    """Countertop, mobile with battery and contactless, stripes alone, smart with codes and SM4, PIN pad."""
    profiles = {name: load_profile(name) for name in PROFILES}
    assert profiles["countertop"].has_printer and "printer" in profiles["countertop"].parts
    assert profiles["portable"].battery_us and "tap" in profiles["portable"].reads
    assert set(profiles["magstripe"].reads) == {"swipe", "key"}
    assert "scan" in profiles["smart"].reads and "sm4" in profiles["smart"].ciphers
    assert not profiles["pinpad"].has_printer and "printer" not in profiles["pinpad"].parts


@pytest.mark.parametrize("profile", PROFILES)
def test_it_sells_in_every_way_that_it_reads_and_settles(profile: str) -> None:
    bench = SimulatedBench(World(profile=profile), 5)
    stage = Stage(bench, first_variables(bench))
    stage.play(load_steps("ready").step, "ready")
    assert stage.failures == []
    for fen, how in enumerate(load_profile(profile).reads, 101):
        typed = {"pin": "123456"} if how in ("swipe", "insert") else {}
        bench.ask("terminal", "person", "present", card=CARDS[how], how=how, **typed)
        if how == "scan":
            sold = bench.ask("terminal", "person", "operate", op="sale_qr", amount_fen=fen)
        else:
            sold = bench.ask("register", "person", "sale", amount_fen=fen)
        assert sold["status"] == "done", (how, sold)
    assert bench.ask("register", "person", "settle")["status"] == "done"
    bench.snapshot()
    slips = [event for event in bench.events() if event.kind == "slip" and event.party == "terminal"]
    assert bool(slips) is load_profile(profile).has_printer
    assert not [verdict for verdict in judge(bench.events(), listed_pans()) if verdict.ok is False]
    bench.finish()
