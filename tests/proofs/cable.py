"""A sale at a register whose cable is pulled, or whose terminal loses its power, at any piece of what goes over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.bench.fleet import RegisterSpec
from harness.driver.speakers import SPEAKERS
from harness.links.faults import Cut, Delivery, Outcome, Stream
from harness.machine import SECOND_US
from harness.terminal.register import SIDES

from .shop import CURES, CURES_MAX, SOUND, NotRight, Shop

PROTOCOLS = tuple(name for name in SPEAKERS if name in SIDES)
WAYS = ("lost", "arrived", "out", "power")
"""At that piece: the plug comes out and the piece is lost; it still arrives; the plug stays out until somebody looks;
the terminal's power fails."""
AWAY_US = 4 * SECOND_US
SOLD_FEN, LAST_FEN = 4_321, 77
PIECES_MAX = 400
"""Above what a sale with two receipts by lines takes; a protocol that never ends is a fault."""


@dataclass
class Pulled:
    """`LinkFaults` of the wire: at piece `at` (from 1, both directions together) it happens, once.  0: never."""

    shop: Shop
    way: str
    at: int
    pieces: int = 0

    def dialled(self) -> str:
        return ""

    def opened(self, now_us: int) -> Sequence[Outcome]:
        return ()

    def closed(self, stream: Stream, now_us: int) -> Sequence[Outcome]:
        return (Cut(now_us, "eof", stream),)

    def push(self, stream: Stream, data: bytes, now_us: int) -> Sequence[Outcome]:
        self.pieces += 1
        arrives = Delivery(now_us, stream, data)
        if self.pieces != self.at:
            return (arrives,)
        if self.way == "power":
            engine = self.shop.engine
            engine.later(now_us, lambda: engine.crash("terminal"))
            engine.later(now_us + AWAY_US, lambda: engine.restart("terminal"))
            return (arrives,)
        away_us = 0 if self.way == "out" else AWAY_US
        cut = Cut(now_us, "gone", away_us=away_us)
        return (cut,) if self.way != "arrived" else (arrives, Cut(now_us + 1, "gone", away_us=away_us))


class Till(Shop):
    """A shop with somebody at the register."""

    def __init__(self, protocol: str) -> None:
        super().__init__(SOUND, register=RegisterSpec(protocol))
        self.told: list[Mapping[str, Any]] = []

    def pull(self, way: str, at: int) -> Pulled:
        """The cable fails at that piece."""
        faults = Pulled(self, way, at)
        self.engine.set_faults(("register", "terminal"), faults)
        return faults

    def heal(self) -> None:
        """The plug is in, the power is on."""
        self.engine.set_faults(("register", "terminal"), None)
        self.power_on()
        self.bench.settle()

    def ring(self, op: str, **args: Any) -> Mapping[str, Any]:
        """One operation at the register."""
        outcome = self.engine.ask("register", "person", op, **args).value
        self.told.append(outcome)
        return outcome

    def ring_until_done(self, op: str, **args: Any) -> Mapping[str, Any]:
        """As a cashier does who reads what the register says.  Raises NotRight when that leads nowhere."""
        said = []
        for _ in range(CURES_MAX):
            outcome = self.ring(op, **args)
            if outcome["status"] == "done":
                return outcome
            said.append(f"{outcome['status']} {outcome['cause']}")
            cure = CURES.get(outcome["code"] or "") or CURES.get(outcome["cause"] or "")
            if cure:
                self.operate(cure)
        raise NotRight(f"no cure helps: {said}")


def pieces_of(protocol: str) -> int:
    """How many pieces a healthy sale is."""
    till = Till(protocol)
    open_for_sales(till)
    faults = till.pull("lost", 0)
    till.present("debit", "insert")
    sold = till.ring("sale", amount_fen=SOLD_FEN)
    assert sold["status"] == "done", sold
    assert faults.pieces < PIECES_MAX
    return faults.pieces


def open_for_sales(till: Till) -> None:
    """What the protocol wants before the first sale."""
    till.ring("sign_in")
    till.told.clear()


def survive_cable(protocol: str, way: str, at: int) -> None:
    """A sale that is interrupted there, what the cashier then does, the end of the day.  Raises NotRight."""
    till = Till(protocol)
    open_for_sales(till)
    till.pull(way, at)
    till.present("debit", "insert")
    first = till.ring("sale", amount_fen=SOLD_FEN)
    till.heal()
    learned = till.ring("last") if first["status"] == "unknown" else None
    till.bench.settle()
    till.told.clear()
    till.present("debit", "insert")
    till.ring_until_done("sale", amount_fen=LAST_FEN)
    till.insist(lambda: till.operate("settle"))
    till.check()
    _no_lie(till, first, learned)


def _no_lie(till: Till, first: Mapping[str, Any], learned: Mapping[str, Any] | None) -> None:
    postings = [p for p in till.snapshots()["host"]["postings"] if p["amount_fen"] == SOLD_FEN]
    kept = [p for p in postings if not p["reversed"]]
    if len(kept) > 1:
        raise NotRight(f"sold {len(kept)} times")
    if first["status"] == "done" and not kept:
        raise NotRight("told done, not in the ledger")
    if first["status"] in ("declined", "refused", "cancelled", "no_answer") and kept:
        raise NotRight(f"told {first['status']} ({first['cause']}), and in the ledger")
    mine = learned is not None and learned["status"] == "done" and learned["amount_fen"] == SOLD_FEN
    if mine and not kept:
        raise NotRight("learned that it was sold, not in the ledger")
    of = (learned or {}).get("of") or {}
    if learned is not None and learned["status"] == "done" and of.get("order") and not mine and kept:
        raise NotRight("learned that it was another order's, and it is in the ledger")
