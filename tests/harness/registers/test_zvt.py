"""Register and terminal speak ZVT with each other: a day by every vendor's profile, and a sale whose cable is pulled
out or whose frames are lost, with the judges behind it.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.bench.fleet import RegisterSpec
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.judges import judge
from harness.quirks import quirk_names
from protocols.registers import Transport

from .test_lost_cable import IDENTITY, LONG_MS, MERCHANT, SHORT_MS, SN, TEST_PANS, check, moments_ms

FAULTS = ("drop", "flip", "duplicate", "truncate")
WORLD = World(identity=IDENTITY, terminal={"serial": SN, "attendant": "debit"})
DAYS: tuple[tuple[Transport, str, str], ...] = (
    ("tcp", "", "countertop"),
    ("serial", "", "tethered"),
    *(("serial", name, "countertop") for name in quirk_names("zvt")),
)
"""Transport, vendor's profile, device."""


@pytest.mark.parametrize(("transport", "vendor", "profile"), DAYS)
def test_a_day(transport: Transport, vendor: str, profile: str) -> None:
    spoken = RegisterSpec("zvt", transport, (vendor,) if vendor else ())
    bench = SimulatedBench(replace(WORLD, register=spoken, profile=profile), 7)
    bench.ask("host", "control", "provision", merchant=MERCHANT)

    def do(op: str, **args: int | str) -> str:
        told = bench.ask("register", "person", op, **args)
        assert told["status"] == "done", (op, told)
        return str(told.get("stan", ""))

    locked = "aborted" if vendor == "zvt-lenient" else "not_signed_in"  # its aborts have no code
    assert bench.ask("register", "person", "sale", amount_fen=1)["cause"] == locked
    do("sign_in")
    assert bench.ask("register", "person", "status")["cause"] == "no_parameters"
    do("download")
    sold = do("sale", amount_fen=1_00)
    assert bench.ask("register", "person", "last")["stan"] == sold
    do("void", stan=sold)
    do("completion", stan=do("preauth", amount_fen=5_00), amount_fen=4_00)
    do("preauth_void", stan=do("preauth", amount_fen=3_00))
    do("refund", amount_fen=50, stan=do("sale", amount_fen=2_00))
    do("settle")
    bench.settle()
    assert sum(one["net_fen"] for one in bench.snapshot()["host"]["postings"]) == 4_00 + 2_00 - 50
    assert [verdict for verdict in judge(bench.events(), TEST_PANS) if verdict.ok is False] == []


def test_pulled_out_at_every_moment_of_a_sale() -> None:
    moments = moments_ms("zvt")
    assert len(moments) > 20
    for number, at in enumerate(moments):
        check("zvt", f"unplug:after={max(1, at)},away={SHORT_MS if number % 2 else LONG_MS}")


@pytest.mark.parametrize("stream", ["upstream", "downstream"])
def test_every_frame_of_a_sale_lost_damaged_or_doubled(stream: str) -> None:
    for frame in range(1, 25):
        check("zvt", f"{FAULTS[frame % len(FAULTS)]}:stream={stream},frame={frame}")
