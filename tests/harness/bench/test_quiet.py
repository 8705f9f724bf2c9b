"""When an emulated bench may pass time: only while nothing is under way anywhere."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from harness.bench.quiet import LOOKS_APART_S, LOST_S, Stillness

LINK = {"in": 0, "out": 0, "open": 1}
IDLE: dict[str, Any] = {
    "now_us": 1_000,
    "deadline_us": None,
    "turns": 3,
    "tickets": 1,
    "dials": 0,
    "pending_commits": 0,
    "held_effects": 0,
}


class Party:
    """Counters that a test sets."""

    def __init__(self, **more: Any) -> None:
        self.up = True
        self.counters = {**copy.deepcopy(IDLE), **more}

    def status(self) -> dict[str, Any]:
        return copy.deepcopy(self.counters)


class Rig:
    def __init__(self) -> None:
        self.now_s = 0.0
        self.host = Party(links={"accepted": dict(LINK)})
        self.terminal = Party(links={"host": dict(LINK), "register": dict(LINK)})
        octets = {"client_in": 0, "client_out": 0, "server_in": 0, "server_out": 0}
        self.local = Party(proxy=octets, line={"in": 0, "out": 0}, dialling=0, next_due_us=None)
        parties = {"host": self.host, "terminal": self.terminal}
        self.still = Stillness(parties, self.local, lambda: self.now_s)

    def looks(self, *after_s: float) -> list[bool]:
        """One look after each of these waits."""
        found = []
        for wait_s in after_s:
            self.now_s += wait_s
            found.append(self.still.look())
        return found


def test_two_looks_apart_in_time_are_needed_and_any_move_starts_anew() -> None:
    rig = Rig()
    assert rig.looks(0, LOOKS_APART_S / 2, LOOKS_APART_S) == [False, False, True]
    rig.terminal.counters["turns"] += 1
    assert rig.looks(1, 1) == [False, True]
    rig.still.forget()
    assert rig.looks(1, 1) == [False, True]


@pytest.mark.parametrize(
    ("party", "group", "key"),
    [
        ("terminal", "host", "out"),
        ("local", "proxy", "client_in"),
        ("local", "proxy", "server_out"),
        ("host", "accepted", "out"),
        ("local", "proxy", "client_out"),
        ("local", "line", "out"),
        ("terminal", "register", "out"),
    ],
)
def test_octets_between_two_parties_hold_time_until_they_are_surely_lost(party: str, group: str, key: str) -> None:
    rig = Rig()
    counters = getattr(rig, party).counters
    (counters[group] if party == "local" else counters["links"][group])[key] += 100
    assert rig.looks(0, 0.1, 0.1, LOST_S) == [False, False, False, True]
    rig.terminal.counters["turns"] += 1
    assert rig.looks(1, 0.1) == [False, True], "what was lost is not waited for a second time"


@pytest.mark.parametrize("key", ["pending_commits", "held_effects", "dials"])
def test_commits_and_dials_hold_time(key: str) -> None:
    rig = Rig()
    rig.host.counters[key] = 1
    assert rig.looks(0, 1, 1) == [False, False, False]


def test_a_deadline_that_is_due_holds_time_and_one_to_come_is_told() -> None:
    rig = Rig()
    rig.terminal.counters["deadline_us"] = 1_000
    assert rig.looks(0, 1) == [False, False]
    rig.terminal.counters["deadline_us"] = 60_000_000
    rig.local.counters["next_due_us"] = 50_000_000
    assert rig.looks(1, 1) == [False, True]
    assert rig.still.earliest_due() == 50_000_000


def test_a_party_that_is_down_is_not_asked() -> None:
    rig = Rig()
    rig.host.up = False
    rig.host.counters["pending_commits"] = 1
    assert rig.looks(0, 1) == [False, True]
