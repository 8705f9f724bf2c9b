"""A sale over Transbank's and Concert's cable that is pulled out, or loses a frame, at every point: the books of host,
terminal and slips agree, nothing is sold twice, and what the register says is true.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from harness.bench.fleet import RegisterSpec
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World, load_cards
from harness.judges import judge
from harness.links.plan import FaultPlan
from harness.terminal.settings import Identity

TMK = "159D86C7C1F779EA29F77A6858E0DA2A"
MID, TID, SN = "898520154110004", "52010009", "SN00000001"
MERCHANT = [{"mid": MID, "name": "Test", "terminal": [{"tid": TID, "sn": SN, "tmk": TMK, "test_key": True}]}]
IDENTITY = Identity(TID, MID, bytes.fromhex(TMK), "Test")
AMOUNT_FEN, ORDER = 1234, "LOST01"
SHORT_MS, LONG_MS = 2_000, 40_000
"""Within the time that the register waits for its port, and beyond it."""
TEST_PANS = frozenset(card.pan for card in load_cards().values())


@cache
def opened(protocol: str) -> SimulatedBench:
    """A shop that may sell; to be forked."""
    register = RegisterSpec(protocol)
    bench = SimulatedBench(
        World(identity=IDENTITY, terminal={"serial": SN, "attendant": "debit"}, register=register), 7
    )
    bench.ask("host", "control", "provision", merchant=MERCHANT)
    for op in ("sign_in", "download_parameters", "download_aids", "download_public_keys"):
        assert bench.ask("terminal", "person", "operate", op=op)["status"] == "done"
    bench.settle()
    return bench


@cache
def moments_ms(protocol: str) -> tuple[int, ...]:
    """When octets leave or arrive on the cable during a healthy sale, counted from its beginning."""
    bench = opened(protocol).fork()
    begin, seen = bench.now_us, len(bench.events())
    assert bench.ask("register", "person", "sale", amount_fen=AMOUNT_FEN)["status"] == "done"
    on_cable = (e for e in bench.events()[seen:] if e.kind == "bytes" and e.data["link"] in ("terminal", "register"))
    return tuple(sorted({(event.t_us - begin) // 1000 for event in on_cable}))


def sold(protocol: str, fault: str) -> tuple[Mapping[str, Any], Mapping[str, Any], SimulatedBench]:
    """The sale's Outcome and what host and terminal have in the end."""
    bench = opened(protocol).fork()
    bench.set_faults("register", FaultPlan.from_specs([fault]))
    told = bench.ask("register", "person", "sale", amount_fen=AMOUNT_FEN, order=ORDER)
    bench.settle()
    bench.advance(120_000_000)
    return told, bench.snapshot(), bench


def check(protocol: str, fault: str) -> None:
    told, books, bench = sold(protocol, fault)
    postings = [one for one in books["host"]["postings"] if one["net_fen"]]
    entries = [one for one in books["terminal"]["entries"] if one["status"] == "approved"]
    assert [one["net_fen"] for one in postings] in ([], [AMOUNT_FEN]), fault
    assert [one["stan"] for one in entries] == [one["stan"] for one in postings], fault
    assert {one["stan"] for one in books["terminal"]["receipts"]} == {one["stan"] for one in entries}, fault
    assert not [verdict for verdict in judge(bench.events(), TEST_PANS) if verdict.ok is False], fault
    if told["status"] != "unknown":
        assert (told["status"] == "done") == bool(postings), (fault, told)
    elif protocol == "transbank":
        last = bench.ask("register", "person", "last")
        booked = last["status"] == "done" and last["of"]["order"] == ORDER
        assert booked == bool(postings), (fault, last)


PROTOCOLS = ("transbank", "concert")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_pulled_out_at_every_moment(protocol: str) -> None:
    assert len(moments_ms(protocol)) > 9
    for at in moments_ms(protocol):
        for away in (SHORT_MS, LONG_MS):
            check(protocol, f"unplug:after={max(1, at)},away={away}")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_frame_lost_or_damaged_either_way(protocol: str) -> None:
    for stream in ("upstream", "downstream"):
        for frame in range(1, 5):
            for fault in ("drop", "flip", "duplicate", "truncate"):
                check(protocol, f"{fault}:stream={stream},frame={frame}")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_lasting_loss_ends_and_is_told(protocol: str) -> None:
    told, books, _ = sold(protocol, "unplug:after=1")
    assert (told["status"], told["cause"]) == ("unknown", "port_gone")
    assert len([one for one in books["host"]["postings"] if one["net_fen"]]) <= 1
