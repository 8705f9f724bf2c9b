"""What a flow (a generator) may wait for, and what it gets."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from protocols.text import Text
from protocols.unionpay.kinds import Kind
from protocols.unionpay.message import Message

from ..machine import Json


@dataclass(frozen=True, slots=True)
class Exchange:
    """Send `request` (complete but for envelope and F64) and wait for the reply that matches it."""

    request: Message
    kind: Kind


@dataclass(frozen=True, slots=True)
class Dial:
    """Open the line and nothing else.  `address`: another one than the host's, "" for the host's."""

    address: str = ""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the line."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Ask the people at the terminal for a card, for keys up to ENTER or CANCEL, or for one press of one "key".

    `choice`: ENTER alone takes the first of what is shown.  `keyed`: what is pressed by itself, with blanks
    between: the bench's eye looks and answers.
    """

    what: Literal["card", "keys", "key"]
    text: Text
    secret: bool = False
    keyed: str = ""
    choice: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """Take so long for it; the people wait."""

    us: int


@dataclass(frozen=True, slots=True)
class Confirm:
    """The host has approved and nothing is booked yet: the register's side may first show the result to the register
    and wait until it is taken.  Gets `Confirmed`.

    `entry`: what would be booked (`state.Entry`).
    """

    entry: Any


@dataclass(frozen=True, slots=True)
class Confirmed:
    """`taken` False: the register did not take the result, and the payment must be taken back."""

    taken: bool


@dataclass(frozen=True, slots=True)
class Power:
    """Put power on the card that was presented: `card` its name ("" in a real reader), `how` "insert" or "tap"."""

    card: str
    how: str


@dataclass(frozen=True, slots=True)
class Transmit:
    """Send one C-APDU to the card and wait for its R-APDU."""

    command: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PowerOff:
    """The card may be taken out."""


Want = Exchange | Dial | HangUp | Prompt | Pause | Confirm | Power | Transmit | PowerOff


@dataclass(frozen=True, slots=True)
class Powered:
    """The card answers: its ATR."""

    atr: bytes


@dataclass(frozen=True, slots=True)
class CardAnswer:
    """A whole R-APDU, at least its two status octets."""

    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CardGone:
    """There is no answer, and the card has no power any more: `why` of `machine.CARD_REASONS`."""

    why: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A matching reply whose MAC, where there has to be one, is good."""

    message: Message

    @property
    def code(self) -> str:
        """F39, "" when absent."""
        return self.message.text(39) or ""


Failure = Literal["not_sent", "timeout", "closed", "bad_mac", "mismatch", "unreadable", "up"]


@dataclass(frozen=True, slots=True)
class NoReply:
    """Why there is none.  `link_reason` as in `Closed`.  "up": a Dial succeeded."""

    why: Failure
    link_reason: str = ""


Answered = Reply | NoReply


@dataclass(frozen=True, slots=True)
class CardRead:
    """A card that was presented: `how` swipe, insert, tap or key; `pulled` out again while the host is being asked;
    `misread`: nothing could be read, because it was held the wrong way round or the reader failed; `condition`: F60.5
    of a stripe that stands in for a chip (fallback), "" when it is none; `session`: of a chip that was read through its
    link (`kernel.session.Session`), None for any other card."""

    card: str
    how: str
    pulled: bool = False
    misread: bool = False
    condition: str = ""
    session: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """What was typed before ENTER."""

    typed: str


@dataclass(frozen=True, slots=True)
class GaveUp:
    """Nobody answered a prompt: `why` "cancelled" (CANCEL was pressed) or "card_timeout"."""

    why: str


STAN_DIGITS = 6
AMOUNT_MAX_FEN = 10**12 - 1
T = TypeVar("T")
Step = Generator[Want, Any, T]
"""A flow: yields wants, returns T."""


@dataclass(frozen=True, slots=True)
class Order:
    """An operation that somebody asked for.  `source`: the register's order, "" for the keypad.  `own`: nobody did, the
    terminal does it by itself."""

    op: str
    args: Mapping[str, Json] = field(default_factory=dict)
    source: str = ""
    own: bool = False

    def stan(self) -> str | None:
        """The STAN that the arguments name (int or digits), six digits; None when there is none that is legal."""
        text = str(self.args.get("stan", ""))
        return f"{int(text):06d}" if text.isascii() and text.isdigit() and len(text) <= STAN_DIGITS else None

    def amount_fen(self) -> int | None:
        """The amount that the arguments name, 1 to 999999999999; None when there is none that is legal."""
        amount = self.args.get("amount_fen")
        legal = isinstance(amount, int) and not isinstance(amount, bool) and 0 < amount <= AMOUNT_MAX_FEN
        return amount if legal else None
