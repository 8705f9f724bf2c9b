"""The way to the card: the link `card`, one C-APDU at a time, each wait with its limit (`docs/design.md`).

With a real reader (`TerminalSettings.reader`) nobody says which card comes and when: while a card is asked for the link
is dialled without a name, and stands as soon as one is there.
"""

from __future__ import annotations

from ..machine import SECOND_US, Close, Connect, Send
from .desk import Desk
from .wants import CardAnswer, CardGone, CardRead, Power, Powered, PowerOff, Transmit

LINK = "card"
ANSWER_OCTETS = range(2, 65_539)
"""A status word, and what the longest answer has before it (ISO/IEC 7816-4)."""
ATR_OCTETS_MIN = 2
HOWS = ("insert", "tap")
AGAIN_US = SECOND_US
"""A real reader that is not there, or says that nobody came, is asked again after this."""
UNREADABLE = ("mute", "bad-atr")
"""A card is there, and nothing can be read of it."""

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
        self._watching = False
        """Whichever card comes."""
        self._how = HOWS[0]
        self._atr = b""
        self.deadline: int | None = None

    def watch(self) -> None:
        """A card is asked for at a real reader."""
        if self._desk.settings.reader and not self._dialled:
            self._desk.effects.append(Connect(LINK, "/"))
            self._dialled = self._watching = True

    def opened(self, peer: str) -> None:
        """The link stands; a real reader says how ("READER/HOW")."""
        how = peer.rpartition("/")[2]
        self._how = how if how in HOWS else HOWS[0]

    def begin(self, want: CardWant) -> Carded | None:
        """Start to do what `want` says."""
        desk = self._desk
        match want:
            case PowerOff():
                self.power_off()
                return True
            case Power(card="") if self._up:
                return Powered(self._atr)
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

    def received(self, data: bytes) -> Carded | CardRead | None:
        """A whole message of the card; a CardRead where nobody had said that one comes."""
        want = self._want
        if self._watching:
            self._watching, self._up, self._atr = False, len(data) >= ATR_OCTETS_MIN, data
            return CardRead("", self._how, misread=not self._up)
        if isinstance(want, Power):
            if len(data) < ATR_OCTETS_MIN:
                return self._gone("bad-atr")
            self._up = True
            return self._end(Powered(data))
        if isinstance(want, Transmit):
            return self._end(CardAnswer(data)) if len(data) in ANSWER_OCTETS else self._gone("card-error")
        return None

    def closed(self, reason: str) -> Carded | CardRead | None:
        """The card is out, or never had power."""
        watching, self._watching = self._watching, False
        self._up = self._dialled = False
        if watching:
            self.deadline = None if reason in UNREADABLE else self._desk.now + AGAIN_US
            return CardRead("", self._how, misread=True) if reason in UNREADABLE else None
        return None if self._want is None else self._end(CardGone("removed" if reason == "eof" else reason))

    def wake(self) -> Carded | None:
        """The deadline may have come."""
        if self.deadline is None or self._desk.now < self.deadline:
            return None
        if self._want is None:
            self.deadline = None
            self.watch()
            return None
        return self._gone("mute" if isinstance(self._want, Power) else "timeout")

    def power_off(self) -> None:
        """The operation is over, or another card comes."""
        if self._dialled:
            self._desk.effects.append(Close(LINK))
        self._up = self._dialled = self._watching = False
        self._want = self.deadline = None

    def _gone(self, why: str) -> Carded:
        self.power_off()
        return CardGone(why)

    def _end(self, result: Carded) -> Carded:
        self._want = self.deadline = None
        return result
