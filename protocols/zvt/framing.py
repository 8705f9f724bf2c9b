"""ZVT on the wire: frames with DLE stuffing and a CRC on a serial line, bare APDUs on TCP.

Serial (PA00P016): DLE STX | APDU, each DLE doubled | DLE ETX | CRC low, CRC high.  The CRC is CRC-16/KERMIT over the
APDU without the doubled DLEs, and ETX; its own octets are never doubled.  The specification names it "CRC-XModem",
which is another one: every implementation takes the reflected polynomial.
A framer gives the bare APDU as `Frame.payload`, keeps at most one frame, and never raises on what a peer sends.
"""

from __future__ import annotations

from ..errors import EncodeError
from ..framing import ACK, AFTER_BAD_LENGTH, LIMIT_CURE, NAK, OVER_LIMIT, TIMED_OUT, Frame, Item, Noise, ScanningFramer
from ..text import Text
from .apdu import HEAD_OCTETS_MAX, apdu_octets

DLE, STX, ETX = 0x10, 0x02, 0x03
START, END = bytes((DLE, STX)), bytes((DLE, ETX))
CRC_OCTETS = 2

APDU_LIMIT_OCTETS = HEAD_OCTETS_MAX + 0xFFFF
"""The longest APDU that the extended length can tell."""

FRAME_OVERHEAD_OCTETS = 6

NO_START = Text("帧外的数据", "Octets outside any frame")
BAD_CRC = Text("CRC 不符", "The CRC does not match")
BAD_DLE = Text("帧内 DLE 之后既不是 DLE 也不是 ETX", "DLE inside a frame, followed by neither DLE nor ETX")
EMPTY = Text("没有 APDU 的帧", "A frame without an APDU")
NO_APDU = Text(
    "不是一个完整的 APDU：{got} 字节，长度字节要求 {need}", "Not one APDU: {got} octets, its length says {need}"
)
NO_APDU_CURE = Text("给出一个完整的 APDU", "Give exactly one APDU")

_POLYNOMIAL = 0x8408


def _table_entry(octet: int) -> int:
    for _ in range(8):
        octet = octet >> 1 ^ (_POLYNOMIAL if octet & 1 else 0)
    return octet


_CRC_TABLE = tuple(map(_table_entry, range(256)))


def crc(apdu: bytes) -> bytes:
    """The two CRC octets of an APDU as they go out: over the APDU and ETX, low octet first."""
    value = 0
    for octet in (*apdu, ETX):
        value = value >> 8 ^ _CRC_TABLE[(value ^ octet) & 0xFF]
    return value.to_bytes(2, "little")


def _checked_limit(limit_octets: int) -> int:
    if not 0 < limit_octets <= APDU_LIMIT_OCTETS:
        raise ValueError(f"limit_octets must be 1 to {APDU_LIMIT_OCTETS}, got {limit_octets}")
    return limit_octets


def _check_payload(payload: bytes, limit_octets: int) -> None:
    if not payload:
        raise EncodeError(EMPTY, LIMIT_CURE, path="length", value=payload)
    if len(payload) > limit_octets:
        what = OVER_LIMIT.format(length=len(payload), limit=limit_octets)
        raise EncodeError(what, LIMIT_CURE, path="length", value=len(payload))


class ZvtSerialFramer(ScanningFramer):
    """DLE STX, stuffed APDU, DLE ETX, CRC.

    What the APDU's own length says is not looked at here: a frame whose CRC is right is acknowledged, whatever is in
    it.  T1 (200 ms between two octets) must run while not `idle`, and `expire()` follow it.
    """

    marks: frozenset[int] = frozenset((DLE,))
    controls: frozenset[int] = frozenset((ACK, NAK))

    def __init__(self, limit_octets: int = APDU_LIMIT_OCTETS) -> None:
        super().__init__(_checked_limit(limit_octets))
        self._resume = 0  # how far the unfinished frame at the buffer's start has been looked at

    def expire(self) -> list[Item]:
        """T1 has run out: a partial frame becomes noise, what is whole inside it is delivered, and the next octet
        begins afresh."""
        items = super().expire()
        self._resume = 0
        return items

    def _candidate(self, at: int) -> tuple[int, Text | None]:
        buffer = self._buffer
        here = max(self._resume if at == 0 else 0, at + 2)
        # Where octets are missing, all up to `at` leaves the buffer, and the frame is at its start when more comes.
        self._resume = 0
        if len(buffer) < at + 2:
            return 0, None
        if buffer[at + 1] != STX:
            return 0, NO_START
        while (here := buffer.find(DLE, here)) >= 0 and here + 1 < len(buffer):
            if buffer[here + 1] == ETX:
                return self._checked(at, here)
            if buffer[here + 1] != DLE:
                return 0, BAD_DLE
            here += 2
        if len(buffer) - at > 2 * self.limit_octets + FRAME_OVERHEAD_OCTETS:
            return 0, OVER_LIMIT.format(length=len(buffer) - at, limit=self.limit_octets)
        self._resume = (here if here >= 0 else len(buffer)) - at
        return 0, None

    def _checked(self, at: int, end: int) -> tuple[int, Text | None]:
        """The frame from `at` whose DLE ETX stands at `end`."""
        behind = end + 2 + CRC_OCTETS
        if len(self._buffer) < behind:
            self._resume = end - at
            return 0, None
        apdu = self._apdu(at, behind - at)
        if not apdu:
            return 0, EMPTY
        if len(apdu) > self.limit_octets:
            return 0, OVER_LIMIT.format(length=len(apdu), limit=self.limit_octets)
        if crc(apdu) != self._buffer[behind - CRC_OCTETS : behind]:
            return 0, BAD_CRC
        return behind - at, None

    def _apdu(self, at: int, size: int) -> bytes:
        return bytes(self._buffer[at + 2 : at + size - 2 - CRC_OCTETS]).replace(b"\x10\x10", b"\x10")

    def _item(self, at: int, size: int) -> Item:
        return Frame(self._apdu(at, size))

    def _outside(self, byte: int) -> Text:
        return NO_START

    def frame(self, payload: bytes) -> bytes:
        """The frame of an APDU (1 octet to the limit).  Raises EncodeError."""
        _check_payload(payload, self.limit_octets)
        return START + payload.replace(b"\x10", b"\x10\x10") + END + crc(payload)


class ZvtTcpFramer:
    """Bare APDUs, cut by their own length.

    There is nothing to find the place again once a length was wrong: what stays incomplete is noise after `expire()`,
    and the connection is to be closed then (PA00P016: on expiry of T3 close the socket).
    """

    def __init__(self, limit_octets: int = APDU_LIMIT_OCTETS) -> None:
        self.limit_octets: int = _checked_limit(limit_octets)
        self._buffer = bytearray()
        self._lost = False

    @property
    def idle(self) -> bool:
        """True between APDUs."""
        return not self._buffer

    @property
    def pending_octets(self) -> int:
        """Octets of an unfinished APDU; at most the limit."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Item]:
        """What `data` completes, in order.  An APDU beyond the limit is one fatal `Noise`, and all that follows too."""
        buffer = self._buffer
        buffer += data
        items: list[Item] = []
        start = 0
        while not self._lost and (size := apdu_octets(buffer, start)):
            if size > self.limit_octets:
                self._lost = True
            elif len(buffer) - start < size:
                break
            else:
                items.append(Frame(bytes(buffer[start : start + size])))
                start += size
        if self._lost and start < len(buffer):
            items.append(Noise(bytes(buffer[start:]), AFTER_BAD_LENGTH, fatal=True))
            start = len(buffer)
        del buffer[:start]
        return items

    def expire(self) -> list[Item]:
        """The rest of an APDU did not come in time: fatal noise, if there was a beginning."""
        if not self._buffer:
            return []
        rest = bytes(self._buffer)
        self._buffer.clear()
        self._lost = True
        return [Noise(rest, TIMED_OUT, fatal=True)]

    def frame(self, payload: bytes) -> bytes:
        """The octets of one APDU: itself.  Raises EncodeError for what is not exactly one APDU, for it would shift all
        that follows."""
        _check_payload(payload, self.limit_octets)
        need = apdu_octets(payload)
        if need != len(payload):
            raise EncodeError(NO_APDU.format(got=len(payload), need=need), NO_APDU_CURE, path="length", value=payload)
        return bytes(payload)
