"""The APDU: CLASS, INSTR, length, data (PA00P016, PA00P015 chapter 1).

The length is one octet 00 to FE, or FF and two octets, low octet first.  A sender may choose the long form where the
short one would do; it is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..codec import decode_error
from ..errors import EncodeError
from ..text import Text

HEAD_OCTETS_MAX = 5
DATA_OCTETS_MAX = 0xFFFF
SHORT_LENGTH_MAX = 0xFE
LONG_FORM = 0xFF

CUT_OFF = Text("APDU 只有 {got} 字节，不足首部", "{got} octets are no whole head of an APDU")
CUT_CURE = Text("检查是否被截断", "Look for a truncated APDU")
MISMATCH = Text("长度字节为 {length}，实有数据 {got} 字节", "The length says {length}, {got} octets of data are there")
MISMATCH_CURE = Text("检查长度字节，或等待其余数据", "Check the length, or wait for the rest")
TOO_LONG = Text("数据 {got} 字节，超过 65535", "{got} octets of data are beyond 65535")
TOO_LONG_CURE = Text("缩短或分开发送", "Shorten it or send it in parts")


@dataclass(frozen=True, slots=True)
class Apdu:
    """One APDU.  `control`: CLASS and INSTR as one number (0x0601); `long_form`: FF lo hi though one octet would do."""

    control: int
    data: bytes = b""
    long_form: bool = False


def apdu_octets(data: bytes | bytearray, start: int = 0) -> int:
    """Octets of the APDU that begins at `start`, head included; 0 while its length is not there yet."""
    left = len(data) - start
    if left < 3:
        return 0
    length = data[start + 2]
    if length != LONG_FORM:
        return 3 + length
    return 0 if left < HEAD_OCTETS_MAX else HEAD_OCTETS_MAX + (data[start + 3] | data[start + 4] << 8)


def split_apdu(octets: bytes, lenient: bool = False) -> Apdu:
    """The APDU that fills `octets`.  Raises DecodeError when its length says otherwise.

    `lenient`: a wrong length is passed over and the data taken as it came, as wirelane/ecrterm does.
    """
    whole = apdu_octets(octets)
    if not whole:
        raise decode_error(CUT_OFF.format(got=len(octets)), CUT_CURE, path="length", offset=len(octets), data=octets)
    long_form = octets[2] == LONG_FORM
    head = HEAD_OCTETS_MAX if long_form else 3
    if whole != len(octets) and not lenient:
        what = MISMATCH.format(length=whole - head, got=len(octets) - head)
        raise decode_error(what, MISMATCH_CURE, path="length", offset=2, data=octets)
    data = octets[head:]
    return Apdu(octets[0] << 8 | octets[1], data, long_form and len(data) <= SHORT_LENGTH_MAX)


def join_apdu(apdu: Apdu) -> bytes:
    """The octets of `apdu`.  Raises EncodeError for a control field or data that do not fit."""
    length = len(apdu.data)
    if not 0 <= apdu.control <= 0xFFFF or length > DATA_OCTETS_MAX:
        raise EncodeError(TOO_LONG.format(got=length), TOO_LONG_CURE, path="length", value=length)
    head = apdu.control.to_bytes(2, "big")
    if apdu.long_form or length > SHORT_LENGTH_MAX:
        return head + bytes((LONG_FORM,)) + length.to_bytes(2, "little") + apdu.data
    return head + bytes((length,)) + apdu.data
