"""The way to the card: the link `card`, one C-APDU at a time, each wait with its limit (`docs/design.md`)."""

from __future__ import annotations

from ..machine import Close, Connect, Send
from .desk import Desk
from .wants import CardAnswer, CardGone, Power, Powered, PowerOff, Transmit

LINK = "card"
STATUS_OCTETS = 2
ATR_OCTETS_MIN = 2

CardWant = Power | Transmit | PowerOff
Carded = Powered | CardAnswer | CardGone | bool
"""What these wants get; `PowerOff` gets True."""


class Slot:
    """Every call puts effects on the desk; one that ends the wait returns what came of it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._want: Power | Transmit | None = None
        self._up = False
        self._dialled = False
        self.deadline: int | None = None

    def begin(self, want: CardWant) -> Carded | None:
        """Start to do what `want` says."""
        desk = self._desk
        match want:
            case PowerOff():
                self.power_off()
                return True
            case Power(card=card, how=how):
                self.power_off()
                desk.effects.append(Connect(LINK, f"{card}/{how}"))
                self._dialled = True
            case Transmit(command=command):
                if not self._up:
                    return CardGone("removed")
                desk.effects.append(Send(LINK, command))
        self._want = want
        self.deadline = desk.now + desk.profile.card_wait_us
        return None

    def received(self, data: bytes) -> Carded | None:
        """A whole message of the card."""
        want = self._want
        if isinstance(want, Power):
            if len(data) < ATR_OCTETS_MIN:
                return self._gone("bad-atr")
            self._up = True
            return self._end(Powered(data))
        if isinstance(want, Transmit):
            return self._gone("card-error") if len(data) < STATUS_OCTETS else self._end(CardAnswer(data))
        return None

    def closed(self, reason: str) -> Carded | None:
        """The card is out, or never had power."""
        self._up = self._dialled = False
        return None if self._want is None else self._end(CardGone("removed" if reason == "eof" else reason))

    def wake(self) -> Carded | None:
        """The deadline may have come."""
        if self.deadline is None or self._desk.now < self.deadline:
            return None
        return self._gone("mute" if isinstance(self._want, Power) else "timeout")

    def power_off(self) -> None:
        """The operation is over, or another card comes."""
        if self._dialled:
            self._desk.effects.append(Close(LINK))
        self._up = self._dialled = False
        self._want = self.deadline = None

    def _gone(self, why: str) -> Carded:
        self.power_off()
        return CardGone(why)

    def _end(self, result: Carded) -> Carded:
        self._want = self.deadline = None
        return result
