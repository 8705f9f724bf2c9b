"""The two messages of Concert V2 / Telium E+: a request of 34 characters, an answer of 25 or, with card data, of 80.

Sources: PayXpert "Concert V2 - Legacy"; pyTeliumManager 2.4.2, pypostelium 0.0.5 for widths and the four-character
settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from ..codec import Codec, Record, decode_error
from ..delimited import Chars, DelimitedFramer, Parity
from ..framing import ACK, EOT, NAK, STX, Item
from ..text import Text

ENQ = 0x05
LIMIT_OCTETS = 512
"""At most so many octets in a message (PayXpert)."""
REQUEST_CHARS, ANSWER_CHARS, REPORT_CHARS = 34, 25, 55
CARD_CHARS = 19
"""At the beginning of the report; the rest of it differs by terminal and is carried as it is."""
AMOUNT_MAX = 99_999_999
"""Eight digits of the minor unit."""

WAIT, AT_ONCE = "A010", "A011"
"""The answer comes when the transaction has ended, or at once and without its outcome."""
AUTHORISE, FORCE_AUTHORISATION = "B010", "B011"
DEBIT, CREDIT, REFUND, AUTOMATIC = "0", "1", "2", "4"
CARD = "1"
NO_PRIVATE = " " * 10

NO_LENGTH = Text(
    "{got} 个字符，既不是请求（34）也不是应答（25 或 80）",
    "{got} characters are neither a request (34) nor an answer (25 or 80)",
)
LENGTH_CURE = Text("核对是否为 Concert V2 / E+", "Check that this is Concert V2 / E+")
NO_DIGITS = Text("{value!r} 不全是数字", "{value!r} is not all digits")
DIGITS_CURE = Text("核对前面各字段的长度", "Check the widths of the fields before")


@dataclass(frozen=True, slots=True)
class ConcertRequest:
    """What a register asks.  All values are texts of fixed width as they stand on the wire.

    `pos` 2, `amount` 8 digits of the minor unit, `answer` "1" with card data or "0" without, `mode` 1 (means of
    payment), `type` 1 (0 debit, 1 credit, 2 refund, 4 automatic), `currency` 3 (ISO 4217 number), `private` 10,
    `delay` A010 or A011, `authorisation` B010 or B011 (forced).
    """

    amount: str
    pos: str = "01"
    answer: str = "0"
    mode: str = CARD
    type: str = DEBIT
    currency: str = "978"
    private: str = NO_PRIVATE
    delay: str = WAIT
    authorisation: str = AUTHORISE


@dataclass(frozen=True, slots=True)
class ConcertAnswer:
    """What a terminal answers: `status` 1 (`results.STATUSES`), `report` 55 characters that begin with the card number,
    or "" where the request did not ask for card data; the rest as in the request."""

    status: str
    amount: str
    pos: str = "01"
    mode: str = CARD
    report: str = ""
    currency: str = "978"
    private: str = NO_PRIVATE


ConcertMessage = ConcertRequest | ConcertAnswer

_WIDTHS: Mapping[str, int] = {
    "pos": 2,
    "amount": 8,
    "answer": 1,
    "mode": 1,
    "type": 1,
    "currency": 3,
    "private": 10,
    "delay": 4,
    "authorisation": 4,
    "status": 1,
    "report": REPORT_CHARS,
}
_REQUEST = ("pos", "amount", "answer", "mode", "type", "currency", "private", "delay", "authorisation")
_SHORT = ("pos", "status", "amount", "mode", "currency", "private")
_FULL = ("pos", "status", "amount", "mode", "report", "currency", "private")
DIGITS = ("amount", "currency")
"""Values that are numbers.  A till may have letters."""


def _codec(names: tuple[str, ...]) -> Codec:
    return Codec(Record(*((name, Chars(_WIDTHS[name])) for name in names)))


_LAYOUTS: Mapping[int, tuple[type[ConcertMessage], tuple[str, ...], Codec]] = {
    REQUEST_CHARS: (ConcertRequest, _REQUEST, _codec(_REQUEST)),
    ANSWER_CHARS: (ConcertAnswer, _SHORT, _codec(_SHORT)),
    ANSWER_CHARS + REPORT_CHARS: (ConcertAnswer, _FULL, _codec(_FULL)),
}


CONTROLS = frozenset((ENQ, ACK, NAK, EOT))
_ODD_CONTROLS = frozenset(octet for octet in (STX, *CONTROLS) if octet.bit_count() & 1)
SEVEN_MARKS = frozenset(octet | 0x80 for octet in _ODD_CONTROLS)
"""Octets that tell a line of 7 bits: STX, EOT and NAK with their parity.  ENQ and ACK look alike on both."""


def framer(parity: Parity = "none") -> DelimitedFramer:
    """A framer of this protocol; ENQ, ACK, NAK and EOT stand alone.  `parity` "even": 7E1 over a line of 8 bits."""
    return DelimitedFramer(controls=CONTROLS, parity=parity, limit_octets=LIMIT_OCTETS)


class AnyLineFramer:
    """For whoever does not know how the line is set (masker, exports): 8 bits or 7, told by the first octet between
    frames that differs."""

    def __init__(self) -> None:
        self._framer = framer()
        self._parity: Parity = "none"

    @property
    def idle(self) -> bool:
        """True between frames."""
        return self._framer.idle

    @property
    def pending_octets(self) -> int:
        """Octets of an unfinished frame."""
        return self._framer.pending_octets

    def feed(self, data: bytes) -> list[Item]:
        """What `data` completes, in order."""
        items: list[Item] = []
        for start in range(len(data)):
            octet = data[start]
            if not self._framer.pending_octets and (octet in SEVEN_MARKS or octet in _ODD_CONTROLS):
                wanted: Parity = "even" if octet in SEVEN_MARKS else "none"
                if wanted != self._parity:
                    self._parity, self._framer = wanted, framer(wanted)
            items += self._framer.feed(data[start : start + 1])
        return items

    def expire(self) -> list[Item]:
        """As `ScanningFramer.expire`."""
        return self._framer.expire()

    def frame(self, payload: bytes) -> bytes:
        """The frame of `payload` for the line that was read last.  Raises EncodeError."""
        return self._framer.frame(payload)


def parse(payload: bytes) -> ConcertMessage:
    """The message in one frame, told by its length.  Raises DecodeError."""
    if len(payload) not in _LAYOUTS:
        what = NO_LENGTH.format(got=len(payload))
        raise decode_error(what, LENGTH_CURE, path="length", offset=min(len(payload), REQUEST_CHARS), data=payload)
    kind, names, codec = _LAYOUTS[len(payload)]
    values, _ = codec.parse(payload)
    read = dict(zip(names, values, strict=True))
    at = 0
    for name in names:
        if name in DIGITS and not read[name].isdigit():
            what = NO_DIGITS.format(value=read[name])
            raise decode_error(what, DIGITS_CURE, path=name, offset=at, data=payload)
        at += _WIDTHS[name]
    return kind(**read)


def build(message: ConcertMessage) -> bytes:
    """The text of a frame.  Raises EncodeError that names the value with a wrong width or character."""
    if isinstance(message, ConcertRequest):
        length = REQUEST_CHARS
    else:
        length = ANSWER_CHARS + (REPORT_CHARS if message.report else 0)
    _, names, codec = _LAYOUTS[length]
    return codec.build(tuple(getattr(message, name) for name in names), {})


def values_of(message: ConcertMessage) -> dict[str, str]:
    """The values by name, in wire order; an answer without card data has no `report`."""
    shown = {field.name: getattr(message, field.name) for field in fields(message)}
    order = _REQUEST if isinstance(message, ConcertRequest) else _FULL
    return {name: shown[name] for name in order if shown[name] or name != "report"}
