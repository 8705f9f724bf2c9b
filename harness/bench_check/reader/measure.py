"""The same thing done many times: how long it takes, and how often it fails."""

from __future__ import annotations

from collections.abc import Callable

from harness.clock import monotonic_ns
from harness.links.pcsc import Card, CardLinkError
from protocols.emv.apdu import Command, Response, parse_response

from .report import Timing, timing_of

NS_PER_US = 1000
GONE = ("removed", "no-card", "no-reader", "no-service", "in-use", "no-answer")
"""Troubles that trying again does not heal."""


class Tried:
    """A reader with a card in it, connected anew after each failure."""

    def __init__(self, reader: str, limit_s: float) -> None:
        self.reader = reader
        self.limit_s = limit_s
        self._card: Card | None = None

    def card(self) -> Card:
        """The connected card.  Raises CardLinkError."""
        if self._card is None:
            self._card = Card(self.reader, limit_s=self.limit_s)
        return self._card

    def send(self, command: Command) -> Response:
        """One command.  Raises CardLinkError."""
        return parse_response(self.card().transmit(command.build()))

    def let_go(self) -> None:
        """Power the card off."""
        card, self._card = self._card, None
        if card is not None:
            card.close()

    def many(self, count: int, action: Callable[[Card], None]) -> Timing:
        """Do `action` `count` times.  Raises CardLinkError when card or reader are gone for good."""
        times: list[int] = []
        troubles: list[str] = []
        for _ in range(count):
            try:
                card = self.card()
                began = monotonic_ns()
                action(card)
                times.append((monotonic_ns() - began) // NS_PER_US)
            except CardLinkError as error:
                if error.trouble in GONE:
                    raise
                troubles.append(error.trouble)
                self.let_go()
        return timing_of(times, troubles)
