"""Several terminals and two hosts in one bench, simulated and emulated: the same script on both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from harness.bench.addresses import Directory, address_of
from harness.bench.base import AskRefused, Bench
from harness.bench.emulated import EmulatedBench
from harness.bench.fleet import HOSTS, TERMINALS, HostSpec, TerminalSpec, chosen, provision_rows
from harness.bench.nursery import Nursery
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.links.plan import FaultPlan
from harness.machine import Connect
from protocols.errors import ScenarioError

Json = Any
SECOND_US = 1_000_000
DOWNLOADS = ("download_parameters", "download_public_keys", "download_aids")
WORLD = World(
    terminals=(
        TerminalSpec("terminal2"),
        TerminalSpec("terminal3", host="host2", settings={"application_version": "2.1.0"}),
        TerminalSpec("terminal4"),
        TerminalSpec("terminal5", live=False),
    ),
    hosts=(HostSpec("host2"),),
)
LIVE = ("terminal2", "terminal3", "terminal4")


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Keeps the helper loaded between the benches of this file."""
    shared = Nursery.shared()
    yield shared
    shared.release()


@pytest.fixture(params=["simulated", "emulated"])
def bench(request: pytest.FixtureRequest, nursery: Nursery) -> Iterator[Bench]:
    made: Bench = SimulatedBench(WORLD, 5) if request.param == "simulated" else EmulatedBench(WORLD, 5)
    yield made
    made.finish()


def all_do(bench: Bench, op: str, terminals: Sequence[str] = LIVE, **args: Json) -> list[str]:
    outcomes = bench.ask_each(terminals, "person", "operate", op=op, **args)
    assert tuple(outcomes) == tuple(terminals)
    return [str(outcome["status"]) for outcome in outcomes.values()]


def ready(bench: Bench) -> None:
    for op in ("sign_in", *DOWNLOADS):
        assert all_do(bench, op) == ["done"] * len(LIVE)


def sell(bench: Bench, fen: int, terminals: Sequence[str] = LIVE) -> list[str]:
    bench.ask_each(terminals, "person", "present", card="debit", how="insert", pin="123456")
    return all_do(bench, "sale", terminals, amount_fen=fen)


def booked(bench: Bench) -> dict[str, list[tuple[str, int]]]:
    """By host: the terminal number and amount of each posting."""
    sides = bench.snapshot()
    return {host: [(p["tid"], p["net_fen"]) for p in sides[host]["postings"]] for host in ("host", "host2")}


def tids(bench: Bench) -> dict[str, str]:
    specs = bench.world.terminal_specs(bench.seed)
    return {name: spec.identity.tid for name, spec in specs.items() if spec.identity is not None}


def test_each_sells_at_its_own_provider_and_no_other_knows_of_it(bench: Bench) -> None:
    ready(bench)
    assert sell(bench, 700) == ["done"] * 3
    tid = tids(bench)
    found = booked(bench)
    assert sorted(found["host"]) == sorted([(tid["terminal2"], 700), (tid["terminal4"], 700)])
    assert found["host2"] == [(tid["terminal3"], 700)]
    parties = {event.party for event in bench.events()}
    assert parties >= {"host", "host2", "terminal", *LIVE, "terminal5"}
    seers = {seer for event in bench.events() for seer in event.seen_by}
    assert seers == {"host", "terminal", "register"}, "a side is a side, however many stand on it"
    shown = {event.party for event in bench.events() if "register" in event.seen_by}
    assert shown <= {"register", "terminal", "host", "host2"}, "nobody at the register sees the displays of others"


def test_power_is_lost_everywhere_at_once_and_nothing_else_is(bench: Bench) -> None:
    ready(bench)
    assert sell(bench, 700) == ["done"] * 3
    before = booked(bench)
    everybody = ("host", "host2", "terminal", *LIVE)
    bench.crash(*everybody)
    bench.restart(*everybody)
    boots = [event.party for event in bench.events() if event.kind == "boot"]
    assert {party for party in boots if boots.count(party) == 2} == set(everybody)
    assert booked(bench) == before
    entries = {name: bench.snapshot()[name]["entries"] for name in LIVE}
    assert {name: len(rows) for name, rows in entries.items()} == dict.fromkeys(LIVE, 1)
    assert sell(bench, 800) == ["done"] * 3, "sessions outlive the power, too"


def test_a_fault_is_on_the_line_of_one_terminal_whatever_it_dials(bench: Bench) -> None:
    ready(bench)
    bench.set_faults("host", FaultPlan.from_specs(["down:times=100"]), "terminal2")
    assert all_do(bench, "echo") == ["no_answer", "done", "done"]
    bench.ask("terminal2", "control", "settings", host_address=address_of("host2"))
    assert all_do(bench, "echo", ["terminal2"]) == ["no_answer"]
    bench.set_faults("host", None, "terminal2")
    assert all_do(bench, "echo", ["terminal2"]) == ["declined"], "the other provider does not know it"
    struck = {event.data.get("terminal") for event in bench.events() if event.kind == "fault"}
    assert struck <= {"terminal2"}


def test_an_address_leads_to_the_host_of_that_name_and_another_one_nowhere(bench: Bench) -> None:
    found = {}
    for address in (
        "",
        "host2.posrig.test:8583",
        "HOST.posrig.test:8583",
        "host.posrig.test:8584",
        "hots.posrig.test:8583",
    ):
        bench.ask("terminal2", "control", "settings", host_address=address)
        found[address] = all_do(bench, "connect", ["terminal2"])[0]
    opened = [
        event.party for event in bench.events() if event.kind == "link" and event.data["what"] == "open"
        and event.party in HOSTS
    ]  # fmt: skip
    assert list(found.values()) == ["done", "done", "done", "no_answer", "no_answer"]
    assert opened == ["host", "host2", "host"]
    reasons = [
        event.data["reason"] for event in bench.events() if (event.party, event.kind) == ("terminal2", "link")
        and event.data.get("reason") in ("refused", "name-not-found")
    ]  # fmt: skip
    assert list(dict.fromkeys(reasons)) == ["refused", "name-not-found"]


def test_a_host_that_is_down_is_down_for_its_own_terminals_only(bench: Bench) -> None:
    ready(bench)
    bench.crash("host2")
    assert all_do(bench, "echo") == ["done", "no_answer", "done"]
    bench.restart("host2")
    assert all_do(bench, "echo") == ["done"] * 3


def test_a_fork_has_all_parties_and_what_each_made_durable(bench: Bench) -> None:
    ready(bench)
    assert sell(bench, 700) == ["done"] * 3
    forked = bench.fork()
    try:
        assert sell(forked, 900) == ["done"] * 3
        assert [len(rows) for rows in booked(forked).values()] == [4, 2]
    finally:
        forked.finish()
    assert [len(rows) for rows in booked(bench).values()] == [2, 1]


def test_what_one_refuses_does_not_hide_what_the_others_answer(bench: Bench) -> None:
    answers = bench.ask_each(["terminal2", "host2"], "control", "snapshot")
    assert "entries" in answers["terminal2"] and "postings" in answers["host2"]
    refused = bench.ask_each(["terminal2", "host2"], "control", "unresolved")
    assert refused["terminal2"]["refused"] is True and set(refused["terminal2"]["error"]) == {"zh", "en"}
    assert refused["host2"] == {"unresolved": []}
    with pytest.raises(AskRefused):
        bench.ask("terminal2", "control", "unresolved")


def test_a_party_that_the_bench_does_not_have_is_named_with_the_nearest(bench: Bench) -> None:
    for call in (
        lambda: bench.ask("terminal6", "control", "status"),
        lambda: bench.ask_each(["terminal2", "terminal6"], "control", "status"),
        lambda: bench.crash("terminal6"),
        lambda: bench.restart("terminal6"),
        lambda: bench.set_faults("host", None, "terminal6"),
    ):
        with pytest.raises(ScenarioError, match="terminal"):
            call()
    with pytest.raises(ScenarioError, match="no register"):
        bench.set_faults("register", None, "terminal2")


# Simulated only: virtual time is exact ---------------------------------------------------------------------------


def sign_in_us(count: int) -> int:
    bench = SimulatedBench(World(terminals=tuple(TerminalSpec(name) for name in TERMINALS[1 : count + 1])), 5)
    began = bench.now_us
    assert all_do(bench, "sign_in", TERMINALS[1 : count + 1]) == ["done"] * count
    return bench.now_us - began


def test_ten_sign_ins_at_the_same_time_take_as_long_as_one() -> None:
    assert sign_in_us(10) == sign_in_us(1)


def test_the_same_seed_gives_the_same_trace_and_another_one_other_keys() -> None:
    texts = []
    for seed in (5, 5, 6):
        bench = SimulatedBench(WORLD, seed)
        ready(bench)
        sell(bench, 700)
        texts.append(bench.finish().text())
    assert texts[0] == texts[1]
    keys = [
        tuple(spec.identity.tmk for spec in WORLD.terminal_specs(seed).values() if spec.identity) for seed in (5, 6)
    ]
    assert len({*keys[0], *keys[1]}) == 2 * len(LIVE)


def test_the_most_that_a_bench_may_have() -> None:
    bench = SimulatedBench(World(terminals=tuple(TerminalSpec(name) for name in TERMINALS[1:])), 5)
    assert all_do(bench, "sign_in", TERMINALS[1:]) == ["done"] * 31


# What a world is made of --------------------------------------------------------------------------------------------


def test_two_providers_hand_out_numbers_that_are_not_each_others(bench: Bench) -> None:
    merchant = {"name": "一", "licence": "L1"}
    given = []
    for host in ("host", "host2"):
        applied = bench.ask(host, "portal", "apply", merchant=merchant, model="CT-100", items=["licence"])
        bench.ask(host, "control", "review", application=applied["application"], decision="approve", reason="")
        progress = bench.ask(host, "portal", "progress", application=applied["application"])
        given.append((progress["mid"], progress["tid"]))
    assert len({mid for mid, _ in given}) == len({tid for _, tid in given}) == 2
    assert not {tid for _, tid in given} & set(tids(bench).values())


@pytest.mark.parametrize(
    ("world", "says"),
    [
        (World(terminals=(TerminalSpec("terminal33"),)), "terminal3"),
        (World(terminals=(TerminalSpec("terminal2"), TerminalSpec("terminal2"))), "twice"),
        (World(terminals=(TerminalSpec("terminal2", host="host2"),)), "host2"),
        (World(hosts=(HostSpec("host3"),)), "host2"),
        (World(terminals=(TerminalSpec("terminal2", profile="tethered"),)), "register"),
        (World(terminals=(TerminalSpec("terminal2", profile="countertopp"),)), "countertop"),
        (World(terminals=(TerminalSpec("terminal2", settings={"serial": "POSRIG02000001"}),)), "twice"),
    ],
)
def test_a_world_that_cannot_be_is_refused(world: World, says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        SimulatedBench(world)


def test_terminals_of_one_merchant_share_it_and_stay_two() -> None:
    mid = "898110054900099"
    world = World(terminals=(TerminalSpec("terminal2", mid=mid), TerminalSpec("terminal3", mid=mid)))
    (row,) = provision_rows(world.terminal_specs(1), "host")
    assert (row["mid"], len({terminal["tid"] for terminal in row["terminal"]})) == (mid, 2)


def test_groups_of_terminals() -> None:
    specs = WORLD.terminal_specs()
    assert chosen("all", specs) == ("terminal", *LIVE, "terminal5")
    assert chosen("live", specs) == LIVE
    assert chosen(["terminal4"], specs) == ("terminal4",)
    with pytest.raises(ScenarioError, match="live"):
        chosen("life", specs)


@pytest.mark.parametrize(
    ("address", "to", "reason"),
    [
        ("", "here", ""),
        ("host2.posrig.test:8583", "there", ""),
        ("host2.posrig.test:1", "", "refused"),
        ("host3.posrig.test:8583", "", "name-not-found"),
        ("192.0.2.1:8583", "", "unreachable"),
        ("[2001:db8::1]:8583", "", "unreachable"),
    ],
)
def test_where_addresses_lead(address: str, to: str, reason: str) -> None:
    lead = Directory("host", {"host": "here", "host2": "there"}).lead(Connect("host", address))
    assert (lead.to, lead.reason) == (to, reason)
