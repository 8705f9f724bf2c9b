"""The frame STX | text | ETX | check octet, which many register protocols share, and the leaves of their texts.

The text has no length in front: ETX ends it, so neither STX nor ETX can be in it, and an STX before the ETX means that
the frame before was cut off.  Sources: Transbank "POS Integrado", Concert V2 / Telium E+ (PayXpert "USB + RS232 -
Specifications"), ECR17 (Nexi "Communication Protocol"), public POSLINK drivers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any, Literal

from .codec import Leaf, Refused, read_octets
from .errors import EncodeError
from .framing import (
    BAD_LRC,
    CONTROLS,
    EOT,
    ETX,
    LIMIT_CURE,
    NAK,
    NO_STX,
    OVER_LIMIT,
    STX,
    ZERO_LENGTH,
    Frame,
    Item,
    ScanningFramer,
    lrc,
)
from .text import Text

Check = Callable[[bytes], int]
"""The check octet of a text."""
Parity = Literal["none", "even"]

DELIMITED_LIMIT_OCTETS = 2048
"""Text of one frame; receipts in an answer stay below it.  posrig's choice where a protocol names no limit."""
DELIMITED_OVERHEAD_OCTETS = 3

CUT_OFF = Text("帧未结束就出现了新的 STX", "A new STX came before the frame had ended")
BAD_PARITY = Text("有奇偶校验错的字符", "A character fails its parity")
SEEMS_7E1 = Text(
    "第 8 位像是偶校验位：对端可能用 7E1，而本端按 8N1 读取",
    "Bit 7 looks like even parity: the peer may speak 7E1 while this side reads 8N1",
)
HAS_MARK = Text("文本中不能有 STX 或 ETX", "The text may not hold STX or ETX")
MARK_CURE = Text("去掉控制字符", "Leave control characters out")
NOT_SEVEN = Text("7 位线路只能传 ASCII", "A line of 7 bits carries ASCII only")
NOT_TEXT = Text("{value!r} 不是可打印的 ASCII", "{value!r} is no printable ASCII")
TEXT_CURE = Text("只用可打印的 ASCII 字符", "Use printable ASCII characters only")
WRONG_COUNT = Text("应为 {need} 个字符，得到 {got}", "Takes {need} characters, got {got}")
COUNT_CURE = Text("补足或截到规定长度", "Give exactly that many")
HAS_SEPARATOR = Text("{value!r} 含有分隔符", "{value!r} holds the separator")
SEPARATOR_CURE = Text("去掉分隔符", "Leave the separator out")

DAMAGED = 0xFF
"""Stands for a character whose parity is wrong; no text of 7 bits has it."""


def _even(octet: int) -> int:
    return octet | (octet.bit_count() & 1) << 7


def _seven(octet: int) -> int:
    if not octet.bit_count() & 1:
        return octet & 0x7F
    return octet if octet < 0x20 else DAMAGED  # some stacks send control octets without parity


_TO_EVEN = bytes(_even(octet & 0x7F) for octet in range(256))
_FROM_EVEN = bytes(_seven(octet) for octet in range(256))


def with_parity(data: bytes, parity: Parity) -> bytes:
    """Octets of 7 bits as they leave over a line of 8: 7E1 in software."""
    return data.translate(_TO_EVEN) if parity == "even" else data


def lrc_with_etx(text: bytes) -> int:
    """XOR of the text and ETX."""
    return lrc(text) ^ ETX


class DelimitedFramer(ScanningFramer):
    """STX, text, ETX, check octet.

    `checks`: the first one is written, any of them is accepted.  `controls`: octets that stand alone.  `parity` "even":
    bit 7 is the parity of a 7E1 line that is read with 8 bits; items have it taken off.
    """

    def __init__(
        self,
        checks: tuple[Check, ...] = (lrc_with_etx,),
        *,
        controls: frozenset[int] = CONTROLS,
        parity: Parity = "none",
        limit_octets: int = DELIMITED_LIMIT_OCTETS,
    ) -> None:
        super().__init__(limit_octets)
        self.controls = controls
        self._checks = checks
        self._parity: Parity = parity

    def feed(self, data: bytes) -> list[Item]:
        """What `data` completes, in order."""
        return super().feed(data.translate(_FROM_EVEN) if self._parity == "even" else data)

    def frame(self, payload: bytes) -> bytes:
        """The frame of `payload` (1 octet to the limit).  Raises EncodeError."""
        if not payload:
            raise EncodeError(ZERO_LENGTH, LIMIT_CURE, path="length", value=payload)
        if len(payload) > self.limit_octets:
            what = OVER_LIMIT.format(length=len(payload), limit=self.limit_octets)
            raise EncodeError(what, LIMIT_CURE, path="length", value=len(payload))
        if STX in payload or ETX in payload:
            raise EncodeError(HAS_MARK, MARK_CURE, path="text", value=payload)
        if self._parity == "even" and max(payload) > 0x7F:
            raise EncodeError(NOT_SEVEN, TEXT_CURE, path="text", value=payload)
        whole = bytes((STX,)) + payload + bytes((ETX, self._checks[0](payload)))
        return with_parity(whole, self._parity)

    def _item(self, at: int, size: int) -> Item:
        return Frame(bytes(self._buffer[at + 1 : at + size - 2]))

    def _candidate(self, at: int) -> tuple[int, Text | None]:
        buffer = self._buffer
        end = buffer.find(ETX, at + 1)
        stop = len(buffer) if end < 0 else end
        if buffer.find(STX, at + 1, stop) >= 0:
            return 0, CUT_OFF
        length = stop - at - 1
        if length > self.limit_octets or (end >= 0 and not length):
            return 0, OVER_LIMIT.format(length=length, limit=self.limit_octets) if length else ZERO_LENGTH
        if len(buffer) < end + 2 or end < 0:
            return 0, None
        payload = bytes(buffer[at + 1 : end])
        if self._parity == "even" and DAMAGED in payload:
            return 0, BAD_PARITY
        if all(check(payload) != buffer[end + 1] for check in self._checks):
            return 0, BAD_LRC
        return length + DELIMITED_OVERHEAD_OCTETS, None

    def _outside(self, byte: int) -> Text:
        return SEEMS_7E1 if byte in map(_even, (STX, EOT, NAK)) else NO_STX


def printable(octets: bytes) -> bool:
    """True for ASCII from space to tilde."""
    return octets.isascii() and (not octets or octets.decode("ascii").isprintable())


class Chars(Leaf):
    """`count` printable ASCII characters; value `str` of exactly that many."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> str:
        octets = read_octets(stream, self.count)
        if not printable(octets):
            what = NOT_TEXT.format(value=octets.decode("latin-1"))
            raise Refused(what, TEXT_CURE, offset=stream.tell() - self.count)
        return octets.decode("ascii")

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        text = str(obj)
        if len(text) != self.count:
            raise Refused(WRONG_COUNT.format(need=self.count, got=len(text)), COUNT_CURE, value=text)
        octets = text.encode("latin-1", "replace")
        if octets.decode("latin-1") != text or not printable(octets):
            raise Refused(NOT_TEXT.format(value=text), TEXT_CURE, value=text)
        stream.write(octets)
        return obj


class Separated(Leaf):
    """Texts with a separator between them, to the end of the data; value a tuple of `str`, one character per octet.

    A separator at the end stands before an empty last text, so that what was parsed rebuilds to the same octets.
    """

    def __init__(self, separator: str) -> None:
        super().__init__()
        self.separator = separator

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> tuple[str, ...]:
        return tuple(stream.read().decode("latin-1").split(self.separator))

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        for text in obj:
            if self.separator in text:
                raise Refused(HAS_SEPARATOR.format(value=text), SEPARATOR_CURE, value=text)
            if not all(character <= "\xff" for character in text):
                raise Refused(NOT_TEXT.format(value=text), TEXT_CURE, value=text)
        stream.write(self.separator.join(obj).encode("latin-1"))
        return obj
