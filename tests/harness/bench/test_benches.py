"""One script on both benches: simulated in one thread, emulated with real processes, a real pty and kill -9."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.bench.base import AskRefused, Bench, BenchBroken
from harness.bench.emulated import EmulatedBench
from harness.bench.nursery import Nursery
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.clock import monotonic_s
from harness.links.plan import FaultPlan
from harness.terminal.settings import Identity

TMK = "159D86C7C1F779EA29F77A6858E0DA2A"
MID, TID, SN = "898520154110004", "52010009", "SN00000001"
MERCHANT = [{"mid": MID, "name": "Test", "terminal": [{"tid": TID, "sn": SN, "tmk": TMK, "test_key": True}]}]
WORLD = World(identity=Identity(TID, MID, bytes.fromhex(TMK), "Test"), terminal={"serial": SN})
SECOND_US = 1_000_000
T1_US = 60 * SECOND_US
"""Wait for the host's reply in the standard dialect (Q/CUP 009: 60 seconds)."""


def children() -> set[str]:
    """Command lines of this process's children."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == os.getpid() and fields[0] != "Z":
                found.add((stat.parent / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def left_behind() -> tuple[set[str], int, set[str]]:
    """Child processes, descriptors and threads of this process."""
    threads = {thread.name for thread in threading.enumerate() if thread.name.startswith("posrig")}
    return children(), len(os.listdir("/proc/self/fd")), threads


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Keeps the helper loaded between the benches of this file."""
    shared = Nursery.shared()
    yield shared
    shared.release()


@pytest.fixture(params=["simulated", "emulated"])
def bench(request: pytest.FixtureRequest, nursery: Nursery) -> Iterator[Bench]:
    """A bench whose host knows the terminal, which has its key and is not signed in."""
    if request.param == "simulated":
        simulated = SimulatedBench(WORLD, seed=7)
        simulated.ask("host", "control", "provision", merchant=MERCHANT)
        yield simulated
        simulated.finish()
        return
    before = left_behind()
    with EmulatedBench(WORLD, seed=7) as emulated:
        emulated.ask("host", "control", "provision", merchant=MERCHANT)
        yield emulated
        emulated.finish()
    assert left_behind() == before
    assert not emulated._folder.exists()


def operate(bench: Bench, op: str, **more: Any) -> Any:
    return bench.ask("terminal", "person", "operate", op=op, **more)


def test_operations_from_terminal_and_register_and_a_trace_of_all_three(bench: Bench) -> None:
    assert operate(bench, "sign_in")["status"] == "done"
    assert bench.ask("register", "person", "sign_in")["status"] == "done"
    bench.note("step", {"place": "here"})
    snapshot = bench.snapshot()
    assert (set(snapshot), snapshot["terminal"]["tid"]) == ({"host", "terminal"}, TID)
    trace = bench.finish()
    assert {event.party for event in trace.events} == {"host", "terminal", "register", "bench"}
    assert [event.seq for event in trace.events] == list(range(1, len(trace.events) + 1))
    times = [event.t_us for event in trace.events]
    assert times == sorted(times)
    for near, far in (("terminal", "host"), ("register", "terminal")):
        sent = "".join(
            e.data["hex"] for e in trace.events if (e.party, e.kind, e.data.get("dir")) == (near, "bytes", "out")
        )
        assert sent, f"{near} sent nothing to {far}"
    requests = [e for e in trace.events if e.kind == "message" and e.data["mti"] == "0800"]
    assert [(e.party, e.data["dir"]) for e in requests] == 2 * [("terminal", "out"), ("host", "in")]


@pytest.mark.parametrize("dialect", ["cup", "cup-cbc"])
def test_the_host_traffic_of_a_terminal_without_a_line_goes_over_the_real_cable(nursery: Nursery, dialect: str) -> None:
    with EmulatedBench(replace(WORLD, profile="tethered", dialect=dialect), seed=7) as emulated:
        row = {**MERCHANT[0], "terminal": [{"tid": TID, "sn": SN, "tmk": TMK, "test_key": True, "dialect": dialect}]}
        emulated.ask("host", "control", "provision", merchant=[row])
        assert emulated.ask("register", "person", "sign_in")["status"] == "done"
        trace = emulated.finish()
    assert any(
        (e.party, e.data.get("link"), e.data.get("what")) == ("register", "tunnel", "open") for e in trace.events
    )


def test_a_lost_reply_costs_the_whole_time_out_of_the_protocol_and_no_real_time(bench: Bench) -> None:
    bench.set_faults("host", FaultPlan.from_specs(["drop:stream=downstream,frame=1"]))
    before_us, began_s = bench.now_us, monotonic_s()
    assert operate(bench, "sign_in")["status"] == "no_answer"
    assert T1_US <= bench.now_us - before_us < T1_US + 5 * SECOND_US
    assert monotonic_s() - began_s < 10
    assert operate(bench, "sign_in")["status"] == "done", "the plan is spent"
    assert [e.data["fault"] for e in bench.events() if e.kind == "fault"] == ["drop"]


def test_a_reply_that_is_late_but_in_time_is_waited_for(bench: Bench) -> None:
    bench.set_faults("host", FaultPlan.from_specs(["delay:stream=downstream,frame=1,delay=50000"]))
    before_us = bench.now_us
    assert operate(bench, "sign_in")["status"] == "done"
    assert bench.now_us - before_us >= 50 * SECOND_US


def test_a_frame_that_the_cable_swallows_is_sent_again(bench: Bench) -> None:
    assert operate(bench, "sign_in")["status"] == "done"
    bench.set_faults("register", FaultPlan.from_specs(["drop:stream=upstream,frame=1"]))
    assert bench.ask("register", "person", "last")["status"] in ("done", "refused", "declined")
    assert [e.data["path"] for e in bench.events() if e.kind == "fault"] == ["register"]


def test_power_lost_at_the_host_refuses_dials_and_keeps_what_was_acknowledged(bench: Bench) -> None:
    assert operate(bench, "sign_in")["status"] == "done"
    bench.crash("host")
    outcome = operate(bench, "sign_in")
    assert (outcome["status"], outcome["cause"]) == ("no_answer", "connection_refused")
    bench.restart("host")
    assert operate(bench, "sign_in")["status"] == "done", "the host still knows the terminal that was provisioned"


def test_power_lost_at_the_terminal_keeps_its_keys_and_its_register_reaches_it_again(bench: Bench) -> None:
    assert operate(bench, "sign_in")["status"] == "done"
    bench.crash("terminal")
    bench.restart("terminal")
    boots = [e.data["records"] for e in bench.events() if (e.party, e.kind) == ("terminal", "boot")]
    assert boots[0] == 0 and boots[1] > 0
    assert bench.ask("register", "person", "sign_in")["status"] == "done"


def test_days_pass_at_once_and_clocks_stay_together(bench: Bench) -> None:
    before_us = bench.now_us
    bench.advance(3 * 24 * 3600 * SECOND_US)
    assert 0 <= bench.now_us - before_us - 3 * 24 * 3600 * SECOND_US < 20 * SECOND_US
    operate(bench, "sign_in")
    sent, got = ([e.t_us for e in bench.events() if (e.party, e.kind) == (p, "message")] for p in ("terminal", "host"))
    assert 0 <= got[-2] - sent[-2] < SECOND_US


def test_an_illegal_request_is_told_with_its_reason(bench: Bench) -> None:
    with pytest.raises(AskRefused) as caught:
        bench.ask("terminal", "control", "nonsense")
    assert set(caught.value.value["error"]) == {"zh", "en"}


def kill_host(bench: EmulatedBench) -> None:
    os.kill(bench._children["host"].pid, signal.SIGKILL)


def stop_terminal_badly(bench: EmulatedBench) -> None:
    os.kill(bench._children["terminal"].pid, signal.SIGTERM)


def operate_until_it_breaks(bench: EmulatedBench) -> None:
    for _ in range(1000):  # the signal takes its moment
        operate(bench, "sign_in")


@pytest.mark.parametrize("end", [kill_host, stop_terminal_badly])
def test_a_process_that_dies_by_itself_is_a_broken_bench_and_leaves_nothing(
    end: Callable[[EmulatedBench], None],
) -> None:
    before = left_behind()
    bench = EmulatedBench(WORLD)
    pids = [child.pid for child in bench._children.values()]
    end(bench)
    with pytest.raises(BenchBroken):
        operate_until_it_breaks(bench)
    with pytest.raises(BenchBroken):
        bench.finish()
    assert left_behind() == before
    assert not bench._folder.exists()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_two_simulated_runs_with_one_seed_give_the_same_trace() -> None:
    texts = []
    for _ in range(2):
        bench = SimulatedBench(WORLD, seed=3)
        bench.ask("host", "control", "provision", merchant=MERCHANT)
        operate(bench, "sign_in")
        texts.append(bench.finish().text())
    assert texts[0] == texts[1]


def test_a_fork_goes_on_from_what_is_durable_and_leaves_the_first_bench_alone(bench: Bench) -> None:
    applied = bench.ask("host", "portal", "apply", merchant={"name": "一", "licence": "L1"}, model="CT-100")
    bench.advance(3_600_000_000)
    forked = bench.fork()
    try:
        assert abs(forked.now_us - bench.now_us) < 2_000_000
        there = forked.ask("host", "portal", "progress", application=applied["application"])
        assert there["age_minutes"] >= 60
        forked.ask("terminal", "person", "operate", op="sign_in")
        assert forked.ask("terminal", "control", "status")["session"] == "signed_in"
        assert bench.ask("terminal", "control", "status")["session"] == "signed_off"
    finally:
        forked.finish()


def test_what_a_register_took_without_a_card_outlives_the_power(bench: Bench) -> None:
    bench.ask("register", "person", "takings", amount_fen=500, means="cash")
    bench.crash("terminal")
    bench.restart("terminal")
    bench.ask("register", "person", "takings", amount_fen=300, means="qr")
    bench.crash("register")
    bench.restart("register")
    forked = bench.fork()
    try:
        for world in (bench, forked):
            closed = world.ask("register", "person", "reconcile", cash_fen=500, qr_fen=300)
            assert (closed["status"], closed["difference_fen"], closed["amount_fen"]) == ("done", 0, 800)
    finally:
        forked.finish()
