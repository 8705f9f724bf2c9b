"""What a chip card does wrong, at every command of its transactions: declined, fallen back or reversed as the rules
say, and in the end ledger = batch = receipts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.console.rig import Rig

Json = dict[str, Any]

PULLED = ("pulled_before", "pulled_during", "pulled_after")
AT_COMMAND: tuple[tuple[str, Mapping[str, Any]], ...] = (
    *((fault, {}) for fault in PULLED),
    ("hanging", {}),
    ("damaged_tlv", {}),
    *(("wrong_status", {"sw": sw}) for sw in (0x6F00, 0x6985, 0x6283, 0x6A81)),
)
OF_CARD: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("mute", {}),
    ("garbage_atr", {}),
    ("wrong_cryptogram", {}),
    ("wrong_unpredictable", {}),
    *(("wrong_certificate", {"which": which}) for which in ("issuer", "icc", "static", "dynamic")),
    ("issuer_disbelieved", {}),
)
AMOUNT_FEN = 1234
SELECTING = ("SELECT", "READ RECORD")
LEGAL = {
    ("done", None),
    ("declined", "declined"),
    ("refused", "card_blocked"),
    ("refused", "application_blocked"),
    ("refused", "card_declined"),
    ("cancelled", "card_timeout"),
    ("cancelled", "card_misread"),
    ("cancelled", "card_error"),
    ("cancelled", "card_data_missing"),
    ("cancelled", "card_removed_early"),
    ("cancelled", "use_insert"),
    ("cancelled", "card_removed"),
    ("cancelled", "card_failed"),
    ("cancelled", "card_rejected"),
}
TAKEN_BACK = ("card_removed", "card_failed", "card_rejected")
"""Approved by the host and not by the card: a reversal has left."""


class Till:
    """One terminal, and somebody with one card who swipes it when he is told to; or, where `pin` is given, who only
    inserts it and types that."""

    def __init__(self, card: str, pin: str = "", seed: int = 1) -> None:
        attendant = {"attendant": card} if not pin else {}
        self.bench = SimulatedBench(World(card="chip", terminal=attendant), seed)
        self.by_hand = {"card": card, "how": "insert", "pin": pin} if pin else {}
        self.rig = Rig(self.bench)
        self.sold_fen = 0
        self.since = 0
        assert self.rig.sign_in().done

    def sell(self) -> Json:
        """One sale; its Outcome."""
        self.since = len(self.bench.trace.events)
        if self.by_hand:
            self.bench.ask("terminal", "person", "present", **self.by_hand)
        outcome: Json = dict(self.bench.ask("terminal", "person", "operate", op="sale", amount_fen=AMOUNT_FEN))
        if outcome["status"] == "done":
            self.sold_fen += AMOUNT_FEN
        return outcome

    def seen(self, kind: str) -> list[Mapping[str, Any]]:
        """What the terminal noted of this kind since the last sale began."""
        events = self.bench.trace.events[self.since :]
        return [e.data for e in events if (e.party, e.kind) == ("terminal", kind)]

    def cause(self, fault: str, **settings: Any) -> None:
        """The card is so until it is healed."""
        self.bench.ask("card", "control", "cause", behaviour=fault, **settings)

    def heal(self) -> None:
        """A good card again."""
        self.bench.ask("card", "control", "heal")

    def close(self) -> None:
        """What was sold is in the settled batch, and every judge agrees."""
        settled = self.bench.ask("terminal", "person", "operate", op="settle")
        wrong = [verdict for verdict in self.rig.judge() if verdict.ok is not True]
        self.rig.close()
        assert (settled["status"], settled["amount_fen"]) == ("done", self.sold_fen)
        assert wrong == []


def faults_of(till: Till) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every fault at every command of a sale as this card has it, then those of the card as a whole."""
    assert till.sell()["status"] == "done"
    count: Counter[str] = Counter()
    for name in [str(data["name"]) for data in till.seen("apdu")]:
        count[name] += 1
        for fault, settings in AT_COMMAND:
            yield fault, {**settings, "command": name, "number": count[name]}
    yield from OF_CARD


def suffer(till: Till, fault: str, settings: Mapping[str, Any]) -> None:
    """One sale with a card like that: it ends as the rules say, and the next one with a good card goes through."""
    till.cause(fault, **settings)
    outcome = till.sell()
    where = f"{fault} {dict(settings)}: {outcome['status']}, {outcome['cause']}"
    assert (outcome["status"], outcome["cause"]) in LEGAL, where
    requests = [data for data in till.seen("message") if data["dir"] == "out"]
    swiped = [data for data in requests if data["mti"] == "0200" and data["fields"]["22"].startswith("02")]
    begun = any(data["name"] == "GET PROCESSING OPTIONS" for data in till.seen("apdu"))
    if swiped:
        refused_application = fault == "wrong_status" and settings["sw"] == 0x6985 and begun
        assert not begun or refused_application, f"{where}: the stripe stood in for an application that had begun"
        assert settings.get("sw") not in (0x6283, 0x6A81) or settings["number"] > 1, f"{where}: blocked"
    reversed_now = any(data["mti"] == "0400" for data in requests)
    assert reversed_now is (outcome["cause"] in TAKEN_BACK), where
    if outcome["status"] == "cancelled" and not reversed_now:
        assert not [data for data in requests if data["mti"] == "0200"], f"{where}: nothing was sent"
    assert not till.seen("noise"), where
    till.heal()
    assert till.sell()["status"] == "done", f"after {where}"
