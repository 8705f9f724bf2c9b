"""T=0 as a reader shows it: TPDUs one way, whole answers the other (ISO/IEC 7816-3 clause 12.2; EMV Book 1 Annex A).

`Exchange` is the terminal's half, `CardSide` the card's.  Procedure bytes of the contact itself (INS, 60) are the
reader's business; PC/SC never shows them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import EncodeError, decode_error
from ..text import Text
from .apdu import HEADER_OCTETS, SHORT_NC_MAX, SHORT_NE_MAX, Command, Response, parse_command, parse_response
from .status_words import OK, WRONG_LENGTH, category

MAX_ANSWER_OCTETS = 65536
"""What a chain of 61xx may add up to: the most that an R-APDU holds."""
MAX_ROUNDS = 600
"""TPDUs for one command: 65536 octets in pieces of 256, each with one 6Cxx, and some; it ends an endless card."""

_GET_RESPONSE = Command(0x00, 0xC0, 0x00, 0x00)
_TOO_LONG = Text("T=0 不能传送超过 255 字节的数据", "T=0 cannot carry more than 255 octets of data")
_TOO_LONG_CURE = Text("缩短数据，或使用 T=1", "Shorten the data, or use T=1")
_ENDLESS = Text("卡片一再要求取数据，没有结束", "The card asks again and again to fetch data and never ends")
_ENDLESS_CURE = Text("卡片或读卡器有故障；换卡再试", "Card or reader is faulty; try another card")


def command_tpdu(command: Command) -> bytes:
    """The TPDU that begins a command: header, P3, data.  Case 1 gets P3 = 00, case 4 loses its Le.

    Raises EncodeError above 255 octets of data.  An Le above 256 begins with 00, the rest follows by 61xx.
    """
    if len(command.data) > SHORT_NC_MAX:
        raise EncodeError(_TOO_LONG, _TOO_LONG_CURE, path="TPDU/Lc", value=len(command.data))
    if command.data:
        return Command(command.cla, command.ins, command.p1, command.p2, command.data).build()
    p3 = min(command.le or SHORT_NE_MAX, SHORT_NE_MAX) % SHORT_NE_MAX
    return command.build()[:HEADER_OCTETS] + bytes((p3 if command.le else 0,))


class Exchange:
    """One command.  Send `tpdu`; hand every answer to `take`, which returns the next TPDU, or the end.

    `whole` is for T=1 and contactless, where the APDU goes as it is; there ISO allows 61xx and 6Cxx, too, EMV does not.

    - 61xx: GET RESPONSE with xx; a chain of them adds up.
    - 6Cxx: the same TPDU with Le = xx, at most once for each TPDU.
    - 62xx, 63xx and 9xxx without data, case 4 only: GET RESPONSE 00; the data that come are the warning's.
    """

    def __init__(self, command: Command, whole: bool = False) -> None:
        """Raises EncodeError for a command that T=0 cannot carry."""
        self.tpdu: bytes = command.build() if whole else command_tpdu(command)
        self._again = command if whole or not command.data else None
        self._may_hide_data = not whole and bool(command.data) and command.le is not None
        self._data = b""
        self._warning: int | None = None
        self._repeated = False
        self._rounds = 0

    def take(self, answer: bytes) -> bytes | Response:
        """The next TPDU to send, or the response of the whole command.

        Raises DecodeError for an answer without a status word and for a card that never comes to an end.
        """
        response = parse_response(answer)
        self._rounds += 1
        self._data += response.data
        if self._rounds >= MAX_ROUNDS or len(self._data) > MAX_ANSWER_OCTETS:
            raise decode_error(_ENDLESS, _ENDLESS_CURE, path="R-APDU", offset=0, data=answer)
        kind = category(response.sw)
        if kind == "more":
            return self._fetch(response.sw2)
        if kind == "length" and self._again is not None and not self._repeated:
            self._repeated = True
            self.tpdu = replace(self._again, le=response.sw2 or SHORT_NE_MAX).build()
            return self.tpdu
        if kind == "warning" and self._may_hide_data and self._warning is None and not self._data:
            self._warning = response.sw
            return self._fetch(0)
        return Response(self._data, response.sw if self._warning is None else self._warning)

    def _fetch(self, count: int) -> bytes:
        self._again, self._repeated = replace(_GET_RESPONSE, le=count or SHORT_NE_MAX), False
        self.tpdu = self._again.build()
        return self.tpdu


@dataclass(frozen=True, slots=True)
class _Held:
    """What waits to be fetched: `header` where the same command may ask again with the right Le (case 2)."""

    rest: bytes
    sw: int
    header: bytes | None = None


class CardSide:
    """The card's half: makes T=0 of a card that knows whole APDUs only.  A command reaches the card once.

    `take(tpdu)` gives the command for the card, or the answer itself; `give(response)` the answer to the TPDU.
    A card cannot see whether a terminal wants data: commands with data reach the card with Le = 256, others with
    the Le that P3 says.
    """

    def __init__(self) -> None:
        self._held: _Held | None = None
        self._asked = SHORT_NE_MAX
        self._header: bytes | None = None

    def reset(self) -> None:
        """Nothing waits any more."""
        self._held = None

    def take(self, tpdu: bytes) -> Command | bytes:
        """The command to give to the card, or the octets to answer at once (GET RESPONSE, a repeated command, 6700).

        Four octets count as P3 = 00.  A TPDU whose length does not fit P3 (case 4 with an Le) is 6700.  Raises
        DecodeError below four octets.
        """
        if len(tpdu) <= HEADER_OCTETS:
            tpdu = parse_command(tpdu).build() + b"\x00"
        header, p3 = tpdu[:HEADER_OCTETS], tpdu[HEADER_OCTETS]
        if len(tpdu) > HEADER_OCTETS + 1:
            self._held = None
            if len(tpdu) != HEADER_OCTETS + 1 + p3:
                return WRONG_LENGTH.to_bytes(2, "big")
            self._header = None
            return _command(header, tpdu[HEADER_OCTETS + 1 :], SHORT_NE_MAX)
        self._asked = p3 or SHORT_NE_MAX
        held = self._held
        if held is not None and (header[1:] == _GET_RESPONSE.header[1:] or header == held.header):
            return self._fetch(held)
        self._held, self._header = None, header
        return _command(header, b"", self._asked)

    def give(self, response: Response) -> bytes:
        """The answer to the TPDU that brought the command."""
        if not response.data:
            return response.build()
        if self._header is not None:
            held = _Held(response.data, response.sw, self._header)
            return self._fetch(held)
        warning = category(response.sw) == "warning"
        self._held = _Held(response.data, OK if warning else response.sw)
        return response.sw.to_bytes(2, "big") if warning else self._waiting(len(response.data))

    def _fetch(self, held: _Held) -> bytes:
        left = len(held.rest)
        exact = min(left, SHORT_NE_MAX)
        if self._asked > left or (held.header is not None and self._asked != exact):
            self._held = held
            return bytes((0x6C, exact % SHORT_NE_MAX))
        piece, rest = held.rest[: self._asked], held.rest[self._asked :]
        self._held = _Held(rest, held.sw) if rest else None
        return piece + (self._waiting(len(rest)) if rest else held.sw.to_bytes(2, "big"))

    @staticmethod
    def _waiting(count: int) -> bytes:
        return bytes((0x61, count if count < SHORT_NE_MAX else 0))


def _command(header: bytes, data: bytes, le: int) -> Command:
    cla, ins, p1, p2 = header
    return Command(cla, ins, p1, p2, data, le)
