"""Command and response APDU (ISO/IEC 7816-4 clause 5, ISO/IEC 7816-3 clause 12.1; EMV Book 1 clause 9.4).

A command is told apart by its length alone: cases 1, 2, 3, 4 short and 2, 3, 4 extended.  Nothing may be left over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import SHORT, DecodeError, EncodeError, decode_error
from ..text import Text

HEADER_OCTETS = 4
SHORT_NC_MAX, SHORT_NE_MAX = 255, 256
EXTENDED_NC_MAX, EXTENDED_NE_MAX = 65535, 65536

Case = Literal["1", "2S", "3S", "4S", "2E", "3E", "4E"]

_CURE = Text("请核对命令的 Lc、Le 与实际长度", "Check Lc and Le of the command against the octets that are there")
_CURE_RESPONSE = Text("应答至少 2 字节，以 SW1 SW2 结尾", "A response has at least two octets and ends with SW1 SW2")
_CURE_BUILD = Text("改用合法的取值", "Use a legal value")
_LENGTH = Text("Lc 为 {lc}，其后有 {left} 字节", "Lc says {lc}, {left} octets follow")


@dataclass(frozen=True, slots=True)
class Command:
    """A command APDU.  `data`: 0 to 65535 octets.  `le`: None where no data are expected, else 1 to 65536.

    256 is spelt 00 in the short form, 65536 is 0000 in the extended one.  The form is chosen by the lengths.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    @property
    def header(self) -> bytes:
        """CLA INS P1 P2."""
        return bytes((self.cla, self.ins, self.p1, self.p2))

    @property
    def needs_extended(self) -> bool:
        """True where the lengths do not fit the short form."""
        return len(self.data) > SHORT_NC_MAX or (self.le or 0) > SHORT_NE_MAX

    def build(self, extended: bool = False) -> bytes:
        """The octets; the extended form where `extended` is set or the lengths need it (never for case 1).

        Raises EncodeError for a header octet, a length or an `le` out of range.
        """
        self._check()
        if not self.data and self.le is None:
            return self.header
        if extended or self.needs_extended:
            return self._build_extended()
        lc = bytes((len(self.data),)) + self.data if self.data else b""
        return self.header + lc + (b"" if self.le is None else bytes((self.le % SHORT_NE_MAX,)))

    def _build_extended(self) -> bytes:
        le = b"" if self.le is None else (self.le % EXTENDED_NE_MAX).to_bytes(2, "big")
        if not self.data:
            return self.header + b"\x00" + le
        return self.header + b"\x00" + len(self.data).to_bytes(2, "big") + self.data + le

    def _check(self) -> None:
        for name in ("cla", "ins", "p1", "p2"):
            if not 0 <= (value := getattr(self, name)) <= 0xFF:
                raise _refused(name.upper(), Text("不是一个字节", "Not one octet"), value)
        if len(self.data) > EXTENDED_NC_MAX:
            raise _refused("Lc", Text("数据超过 65535 字节", "More than 65535 octets of data"), len(self.data))
        if self.le is not None and not 1 <= self.le <= EXTENDED_NE_MAX:
            raise _refused("Le", Text("Le 应为 1 至 65536", "Le is 1 to 65536"), self.le)


@dataclass(frozen=True, slots=True)
class Response:
    """A response APDU: `data` (0 to 65536 octets) and the status word `sw` (0 to 0xFFFF)."""

    data: bytes
    sw: int

    @property
    def sw1(self) -> int:
        """The first octet of the status word."""
        return self.sw >> 8

    @property
    def sw2(self) -> int:
        """The second octet of the status word."""
        return self.sw & 0xFF

    @property
    def ok(self) -> bool:
        """True for 9000."""
        return self.sw == 0x9000

    def build(self) -> bytes:
        """The octets.  Raises EncodeError for a status word or a length out of range."""
        if not 0 <= self.sw <= 0xFFFF:
            raise _refused("SW", Text("状态字应为两个字节", "A status word is two octets"), self.sw)
        if len(self.data) > EXTENDED_NE_MAX:
            raise _refused("data", Text("数据超过 65536 字节", "More than 65536 octets of data"), len(self.data))
        return self.data + self.sw.to_bytes(2, "big")


def parse_command(octets: bytes) -> Command:
    """The command that fills `octets`.

    Raises DecodeError (offset from the first octet) below four octets and where Lc and Le do not fit to the last one.
    Case 3 or 4 with Lc = 0 in the short form does not exist: five octets are case 2.
    """
    if len(octets) < HEADER_OCTETS:
        what = SHORT.format(need=HEADER_OCTETS, left=len(octets))
        raise decode_error(what, _CURE, path="C-APDU", offset=len(octets), data=octets)
    cla, ins, p1, p2 = octets[:HEADER_OCTETS]
    body = octets[HEADER_OCTETS:]
    if body and body[0] == 0 and len(body) > 2:
        data, le = _extended(body, octets)
    elif len(body) <= 1:
        data, le = b"", (body[0] or SHORT_NE_MAX if body else None)
    else:
        data, le = _short(body, octets)
    return Command(cla, ins, p1, p2, data, le)


def case_of(octets: bytes) -> Case:
    """Which of the seven cases a command is.  Raises DecodeError as `parse_command`."""
    command = parse_command(octets)
    extended = len(octets) > HEADER_OCTETS + 1 and octets[HEADER_OCTETS] == 0
    if command.data:
        wants = command.le is not None
        return ("4E" if extended else "4S") if wants else ("3E" if extended else "3S")
    return "1" if command.le is None else "2E" if extended else "2S"


def parse_response(octets: bytes) -> Response:
    """The response that fills `octets`.  Raises DecodeError below two octets and above 65538."""
    if len(octets) < 2:
        what = SHORT.format(need=2, left=len(octets))
        raise decode_error(what, _CURE_RESPONSE, path="R-APDU", offset=len(octets), data=octets)
    if len(octets) > EXTENDED_NE_MAX + 2:
        what = Text("应答超过 65538 字节", "The response has more than 65538 octets")
        raise decode_error(what, _CURE_RESPONSE, path="R-APDU", offset=EXTENDED_NE_MAX + 2, data=octets)
    return Response(octets[:-2], int.from_bytes(octets[-2:], "big"))


def _short(body: bytes, octets: bytes) -> tuple[bytes, int | None]:
    lc, behind = body[0], body[1:]
    if lc == 0 or len(behind) not in (lc, lc + 1):
        raise _bad_lc(lc, len(behind), HEADER_OCTETS, octets)
    return behind[:lc], (behind[lc] or SHORT_NE_MAX if len(behind) > lc else None)


def _extended(body: bytes, octets: bytes) -> tuple[bytes, int | None]:
    count, behind = int.from_bytes(body[1:3], "big"), body[3:]
    if not behind:
        return b"", count or EXTENDED_NE_MAX
    if count == 0 or len(behind) not in (count, count + 2):
        raise _bad_lc(count, len(behind), HEADER_OCTETS + 1, octets)
    le = behind[count:]
    return behind[:count], (int.from_bytes(le, "big") or EXTENDED_NE_MAX if le else None)


def _bad_lc(lc: int, left: int, offset: int, octets: bytes) -> DecodeError:
    return decode_error(_LENGTH.format(lc=lc, left=left), _CURE, path="C-APDU/Lc", offset=offset, data=octets)


def _refused(path: str, what: Text, value: object) -> EncodeError:
    return EncodeError(what, _CURE_BUILD, path=f"APDU/{path}", value=value)
