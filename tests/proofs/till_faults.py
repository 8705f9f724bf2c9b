"""A day at a till on which cables, power and frames fail anywhere, several at once: what the register was told is what
the host's books say, nothing is booked twice, and in the end all judges agree.

Each protocol takes its minute, so these have a step of their own in `.ci/run`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from harness.bench.fleet import RegisterSpec
from harness.driver.learning import learned
from harness.engine import PartyDown
from harness.links.faults import Cut, Delivery, Outcome, Stream
from harness.links.plan import FaultPlan
from harness.machine import SECOND_US

from .cable import Pulled, Till
from .shop import CURES, CURES_MAX, SOUND, Shop

SPECS = (
    RegisterSpec("mispos-a"),
    RegisterSpec("mispos-a", quirks=("boc-ingenico",)),
    RegisterSpec("mispos-b"),
    RegisterSpec("mispos-b", quirks=("allinpay",)),
    RegisterSpec("zvt"),
    RegisterSpec("zvt", "tcp"),
    RegisterSpec("zvt", quirks=("zvt-sequence-ids",)),
    RegisterSpec("transbank"),
    RegisterSpec("transbank", quirks=("transbank-autoservicio",)),
    RegisterSpec("concert"),
)
DAYS = 25
OPERATIONS = ("sale", "void", "sale", "refund", "preauth", "completion", "sale", "settle", "sign_in", "sale")
WAYS = ("lost", "arrived", "power", "register", "drop", "flip", "cut", "doubled")
AWAY_US = (1_000, 1_500_000, 4 * SECOND_US, 29 * SECOND_US, 33 * SECOND_US, 70 * SECOND_US)
HOST_FAULTS = (
    "drop:stream=upstream,frame=1",
    "drop:stream=downstream,frame=1",
    "delay:stream=upstream,frame=1,delay=65000",
    "delay:stream=downstream,frame=1,delay=65000",
)
ADVICE: Mapping[str, str] = {**CURES, "no_tmk": "sign_in", "pending_reversal": "sign_in", "reversal_pending": "sign_in"}
NOTHING_BOOKED = ("declined", "refused", "cancelled", "no_answer")


class Faults(Pulled):
    """`LinkFaults` of the wire: at each of `at` (pieces from 1, both directions together) something happens."""

    def __init__(self, shop: Shop, at: Mapping[int, str], rng: random.Random) -> None:
        super().__init__(shop, "", 0)
        self._ways, self._rng = at, rng

    def push(self, stream: Stream, data: bytes, now_us: int) -> Sequence[Outcome]:
        self.pieces += 1
        way, rng, engine = self._ways.get(self.pieces, ""), self._rng, self.shop.engine
        arrives, away_us = Delivery(now_us, stream, data), rng.choice(AWAY_US)
        match way:
            case "power" | "register":
                party = "terminal" if way == "power" else "register"
                engine.later(now_us, lambda: engine.crash(party))
                engine.later(now_us + away_us, lambda: engine.restart(party))
            case "lost":
                return (Cut(now_us, "gone", away_us=away_us),)
            case "arrived":
                return (arrives, Cut(now_us + 1, "gone", away_us=away_us))
            case "drop":
                return ()
            case "flip":
                at = rng.randrange(len(data))
                damaged = data[:at] + bytes((data[at] ^ 1 << rng.randrange(8),)) + data[at + 1 :]
                return (Delivery(now_us, stream, damaged),)
            case "cut":
                return (Delivery(now_us, stream, data[: rng.randrange(len(data))] or b"\0"),)
            case "doubled":
                return (arrives, Delivery(now_us, stream, data))
        return (arrives,)


@dataclass(frozen=True)
class Told:
    """What the register was told of an operation; `fen` finds it in the host's books."""

    op: str
    fen: int
    outcome: Mapping[str, Any]


class Day(Till):
    """One day, drawn from a seed."""

    def __init__(self, spec: RegisterSpec, seed: int) -> None:
        Shop.__init__(self, SOUND, register=spec)
        self.told = []
        self.rng = random.Random(f"{spec}/{seed}")
        self.heard: list[Told] = []
        self.stans: dict[str, tuple[str, int]] = {}

    def ring(self, op: str, **args: Any) -> Mapping[str, Any]:
        """As `Till.ring`; unknown where the register itself failed, refused where it would not even ask."""
        nothing = {"op": op, "cause": "", "code": None, "stan": None, "amount_fen": None}
        try:
            return {**nothing, "status": "refused", **self.engine.ask("register", "person", op, **args).value}
        except PartyDown:
            return {**nothing, "status": "unknown"}

    def heal(self) -> None:
        """Everything runs again, and whatever waits has come."""
        self.bench.set_faults("host", None)
        for _ in range(2):
            if self.engine.machine("register") is None:
                self.bench.restart("register")
            super().heal()
            self.bench.advance(100 * SECOND_US)

    def booked(self, op: str, fen: int) -> list[Mapping[str, Any]]:
        """What stands in the host's books."""
        host = self.snapshots()["host"]
        if op == "preauth":
            return [one for one in host["preauths"] if one["amount_fen"] == fen and one["state"] != "reversed"]
        return [p for p in host["postings"] if p["kind"] == op and p["amount_fen"] == fen and not p["reversed"]]

    def operate_once(self, op: str, fen: int) -> None:
        """One operation in the midst of faults, and what the register then learns of it."""
        args: dict[str, Any] = {"amount_fen": fen} if op in ("sale", "preauth", "refund") else {}
        if op in ("void", "refund", "completion"):
            of = self.stans.pop("preauth" if op == "completion" else "sale", None)
            if of is None:
                return
            args["stan"], fen = of[0], fen if op == "refund" else of[1]
            args |= {"amount_fen": fen} if op == "completion" else {}
        self.break_things()
        self.present("debit", "insert")
        outcome = self.ring(op, **args)
        self.heal()
        if op in ("settle", "sign_in"):
            return
        self.heard.append(Told(op, fen, outcome))
        if outcome["status"] == "unknown":
            last = self.ring("last")
            found = learned(op, args | ({"order": outcome["order"]} if outcome.get("order") else {}), last)
            if found.verdict == "same":
                self.heard.append(Told(op, fen, last))
            elif found.verdict == "other":
                self.heard.append(Told(op, fen, {**outcome, "status": "no_answer", "cause": "another one's"}))
        elif outcome["status"] == "done" and (kept := self.booked(op, fen)):
            self.stans[op] = (kept[0]["stan"], fen)

    def break_things(self) -> None:
        """Up to three faults on the cable, one on the host's line, one power cut between two effects."""
        rng, ways = self.rng, self.ways
        until = rng.choice((6, 12, 25, 60))
        at = {rng.randint(1, until): rng.choice(ways) for _ in range(rng.randint(0, 3))}
        self.engine.set_faults(("register", "terminal"), Faults(self, at, rng))
        if rng.random() < 0.3:
            self.bench.set_faults("host", FaultPlan.from_specs([rng.choice(HOST_FAULTS)]))
        if rng.random() < 0.25:
            party = rng.choice(("terminal", "register"))
            self.engine.crash_after(party, self.engine.effects_of(party) + rng.randint(1, 60), rng.choice(AWAY_US))

    @property
    def ways(self) -> Sequence[str]:
        """TCP loses nothing and doubles nothing."""
        return WAYS[:4] if self.bench.world.register.transport == "tcp" else WAYS

    def close_shop(self) -> None:
        """A last sale and the settlement, with the cures that the register is told."""
        for _ in range(CURES_MAX):
            self.heal()
            self.present("debit", "insert")
            outcome = self.ring("sale", amount_fen=77)
            if outcome["status"] == "done":
                break
            self.operate(ADVICE.get(outcome["cause"] or "", "sign_in"))
        self.insist(lambda: self.operate("settle"))
        self.asked.clear()
        self.check()


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: "-".join((spec.protocol, spec.transport, *spec.quirks)))
def test_days_on_which_everything_fails(spec: RegisterSpec) -> None:
    for seed in range(DAYS):
        day = Day(spec, seed)
        day.ring("sign_in")
        for number, op in enumerate(OPERATIONS):
            day.operate_once(op, 1001 + number if op != "refund" else 1 + number)
        day.close_shop()
        for told in day.heard:
            kept, status = day.booked(told.op, told.fen), told.outcome["status"]
            assert len(kept) <= 1, (seed, told)
            assert status != "done" or kept, (seed, told)
            assert status not in NOTHING_BOOKED or not kept, (seed, told)
