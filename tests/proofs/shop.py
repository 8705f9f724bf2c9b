"""A shop that is ready to sell, opened in no time, and the people in it: what they do when a terminal refuses, and what
must hold when they have closed for the day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.bench.base import BenchBroken
from harness.bench.fleet import USUAL_REGISTER, RegisterSpec
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.cards import listed_pans
from harness.engine import PartyDown
from harness.judges import judge
from harness.machine import Machine, Record
from harness.stores import Store
from harness.stores.memory import MemoryStore
from harness.terminal.settings import Identity

TMK = "159D86C7C1F779EA29F77A6858E0DA2A"
MID, TID, SN = "898520154110004", "52010009", "SN00000001"
MERCHANT = [{"mid": MID, "name": "Test", "terminal": [{"tid": TID, "sn": SN, "tmk": TMK, "test_key": True}]}]
WORLD = World(identity=Identity(TID, MID, bytes.fromhex(TMK), "Test"), terminal={"serial": SN})
PIN = "123456"

LAST_FEN = 77
"""The sale that everybody makes at the end."""
OPENING = ("sign_in", "download_parameters", "download_public_keys", "download_aids")
CURES: Mapping[str, str] = {
    "not_signed_in": "sign_in",
    "must_settle": "settle",
    "batch_upload_pending": "settle",
    "no_parameters": "download_parameters",
    "no_aids": "download_aids",
    "no_public_keys": "download_public_keys",
    "77": "sign_in",
    "A0": "sign_in",
}
"""What the shop does when a sale is refused (by cause) or declined (by code): what the display tells it."""
CURES_MAX = 6

MOVES_MONEY = ("sale", "void", "refund", "completion", "completion_advice", "completion_void")
JUDGED = ("I1", "I2", "I3", "C1", "I4", "I5", "I8", "I6", "I7", "I9")

Outcome = Mapping[str, Any]


class NotRight(AssertionError):
    """What must hold does not."""


@cache
def ready_records() -> Mapping[str, tuple[Record, ...]]:
    """What host and terminal have made durable when the shop opens."""
    bench = SimulatedBench(WORLD, seed=7)
    bench.ask("host", "control", "provision", merchant=MERCHANT)
    for op in OPENING:
        assert bench.ask("terminal", "person", "operate", op=op)["status"] == "done"
    return {party: tuple(bench.stores[party].load()) for party in ("host", "terminal")}


@dataclass(frozen=True)
class Different:
    """How a shop differs from a sound one: bugs of its terminal, another host, another kind of store for the host;
    where its chip cards are (`World.card`)."""

    faults: frozenset[str] = frozenset()
    host: Callable[[], Machine] | None = None
    store: Callable[[], Store] = MemoryStore
    card: str = ""


SOUND = Different()


class Shop:
    """One terminal and one host; `asked` holds the outcomes that the cashier saw, in order."""

    def __init__(self, different: Different = SOUND, seed: int = 7, register: RegisterSpec = USUAL_REGISTER) -> None:
        stores = {"host": different.store(), "terminal": MemoryStore()}
        for party, store in stores.items():
            for record in ready_records()[party]:
                store.append((record,))
        terminal = {**WORLD.terminal, "faults": different.faults}
        world = World(identity=WORLD.identity, terminal=terminal, register=register, card=different.card)
        machines = {} if different.host is None else {"host": different.host}
        self.bench = SimulatedBench(world, seed, machines, stores)
        self.engine = self.bench.engine
        self.asked: list[Outcome] = []

    # what people do

    def operate(self, op: str, **args: Any) -> Outcome | None:
        """One operation; None when the power failed and nobody knows how it ended."""
        try:
            outcome = self.engine.ask("terminal", "person", "operate", op=op, **args).value
        except PartyDown:
            return None
        self.asked.append(outcome)
        return outcome

    def present(self, card: str, how: str, pin: str = PIN, then: str = "") -> bool:
        """Hold a card ready and know its PIN (`then`: what is typed after a wrong one); False when the power failed."""
        try:
            self.engine.ask("terminal", "person", "present", card=card, how=how, pin=pin)
            if then:
                self.engine.ask("terminal", "person", "press", keys=then)
        except PartyDown:
            return False
        return True

    def sell(self, amount_fen: int, card: str = "debit", how: str = "insert", pin: str = PIN, then: str = "") -> Any:
        """A sale with a card; None when the power failed."""
        return self.operate("sale", amount_fen=amount_fen) if self.present(card, how, pin, then) else None

    def hold(self, amount_fen: int) -> Any:
        """A pre-authorisation; None when the power failed."""
        return self.operate("preauth", amount_fen=amount_fen) if self.present("debit", "insert") else None

    def provider(self, name: str, **args: Any) -> Mapping[str, Any]:
        """Somebody at the provider does something, as soon as its host runs."""
        for _ in range(CURES_MAX):
            self.power_on()
            try:
                return self.engine.ask("host", "control", name, **args).value
            except PartyDown:
                continue
        raise NotRight("the power fails again and again")

    def power_on(self) -> None:
        """Whoever is down comes up again."""
        self.bench.settle()
        for party in ("host", "terminal"):
            if self.engine.machine(party) is None:
                self.bench.restart(party)

    def insist(self, act: Callable[[], Outcome | None]) -> Outcome:
        """Do `act` until it is done, following what the terminal says.  Raises NotRight when that leads nowhere."""
        said = []
        for _ in range(CURES_MAX):
            self.power_on()
            outcome = act()
            if outcome is None:
                said.append("power")
                continue
            if outcome["status"] == "done":
                return outcome
            said.append(f"{outcome['status']} {outcome['cause']} {outcome['code']}")
            cure = CURES.get(outcome["code"] or "") or CURES.get(outcome["cause"] or "")
            if cure:
                self.operate(cure)
        raise NotRight(f"no cure helps: {said}")

    def close(self) -> None:
        """Power on, a last sale, settlement: what a shop does at the end of every day."""
        self.insist(lambda: self.sell(LAST_FEN))
        self.insist(lambda: self.operate("settle"))

    # what must hold

    def snapshots(self) -> Mapping[str, Mapping[str, Any]]:
        """Of both parties; a power cut that was still to come comes here."""
        for _ in range(CURES_MAX):
            self.power_on()
            try:
                return self.bench.snapshot()
            except BenchBroken:
                continue
        raise NotRight("the power fails again and again")

    def check(self) -> None:
        """All judges agree, nothing is pending, the cashier was told no lie.  Raises NotRight."""
        snapshots = self.snapshots()
        verdicts = {v.judge: v for v in judge(self.bench.events(), listed_pans())}
        wrong = [f"{name}: {verdicts[name].what.en}" for name in JUDGED if verdicts[name].ok is not True]
        terminal, host = snapshots["terminal"], snapshots["host"]
        if terminal["pending_reversal"] is not None:
            wrong.append(f"L1: still pending: {terminal['pending_reversal']}")
        if not terminal["settled"]:
            wrong.append("nothing was settled")
        wrong += lies(self.asked, host["postings"])
        if wrong:
            raise NotRight("; ".join(wrong))

    def balanced(self) -> list[bool]:
        """Of every settled batch whether its totals agreed."""
        return [batch["balanced"] for batch in self.snapshots()["terminal"]["settled"]]


def lies(asked: Sequence[Outcome], postings: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the cashier was told and the ledger does not bear out.

    "done": posted once and not reversed; "declined": no money moved under that trace number.
    """
    kept = {(p["batch"], p["stan"], p["kind"]): p for p in postings if not p["reversed"]}
    wrong = []
    for outcome in asked:
        if outcome["op"] not in MOVES_MONEY or not outcome["stan"]:
            continue
        posting = kept.get((outcome["batch"], outcome["stan"], outcome["op"]))
        if outcome["status"] == "done" and (posting is None or posting["amount_fen"] != outcome["amount_fen"]):
            wrong.append(f"told done, not in the ledger: {outcome['op']} {outcome['stan']}")
        if outcome["status"] == "declined" and posting is not None:
            wrong.append(f"told declined, and in the ledger: {outcome['op']} {outcome['stan']}")
    return wrong
