"""What a chip card does wrong, at every command of its transactions: declined, fallen back or reversed as the rules
say, and in the end ledger = batch = receipts."""

from __future__ import annotations

from typing import Any

from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.console.rig import Rig

FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("pulled_before", {}),
    ("pulled_during", {}),
    ("pulled_after", {}),
    ("hanging", {}),
    ("damaged_tlv", {}),
    ("wrong_status", {"sw": 0x6F00}),
    ("wrong_status", {"sw": 0x6985}),
    ("wrong_status", {"sw": 0x6283}),
    ("wrong_status", {"sw": 0x6A81}),
)
"""At one command."""
WHOLE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("mute", {}),
    ("garbage_atr", {}),
    ("wrong_cryptogram", {}),
    ("wrong_unpredictable", {}),
    ("wrong_certificate", {"which": "issuer"}),
    ("wrong_certificate", {"which": "icc"}),
    ("wrong_certificate", {"which": "static"}),
    ("wrong_certificate", {"which": "dynamic"}),
    ("issuer_disbelieved", {}),
)
"""Of the card as a whole."""
AMOUNT_FEN = 1234


class Till:
    """One terminal, one card that is presented again and again; whoever stands there swipes when he is told to."""

    def __init__(self, card: str, seed: int = 1) -> None:
        self.rig = Rig(SimulatedBench(World(card="chip", terminal={"attendant": card}), seed))
        self.sold_fen = 0
        assert self.rig.sign_in().done

    @property
    def bench(self) -> Any:
        """The bench under the facades."""
        return self.rig.bench

    def sell(self) -> dict[str, Any]:
        """One sale; its Outcome."""
        outcome: dict[str, Any] = self.bench.ask("terminal", "person", "operate", op="sale", amount_fen=AMOUNT_FEN)
        if outcome["status"] == "done":
            self.sold_fen += AMOUNT_FEN
        return outcome

    def events(self, kind: str, since: int = 0) -> list[Any]:
        """What the terminal noted of this kind."""
        return [e.data for e in list(self.bench.trace.events)[since:] if e.party == "terminal" and e.kind == kind]

    def count(self) -> int:
        """How many events there are."""
        return len(self.bench.trace.events)
