"""Leaf constructs of ZVT: fixed BCD and octets, LLVAR and LLLVAR, the TLV container, a list of bitmaps.

BCD values are strings of nibbles, `0`-`9` and `A`-`F`, always whole octets: card numbers have E for a masked digit and
F for padding, and what was parsed must rebuild unchanged.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from ..codec import Leaf, LeafBase, Refused, read_octets
from ..errors import DecodeError, PosrigError
from ..text import Text
from .tlv import build_container, parse_container

BITMAPS_MAX = 256
"""More than any message has; each is one of some 60 and hardly ever stands twice."""

HEX_DIGITS = frozenset("0123456789ABCDEF")
CONTAINER_BMP = 0x06
FORM_LIMITS = {0: 0x7F, 1: 0xFF, 2: 0xFFFF}

BAD_LENGTH = Text("{hex} 不是变长长度：每字节应为 F0 至 F9", "{hex} is no variable length: each octet must be F0 to F9")
BAD_LENGTH_CURE = Text("检查前一个位图的长度", "Check the length of the bitmap before")
BAD_FORM = Text("不支持的 TLV 长度字节 {form:02X}", "Unsupported length octet {form:02X} of a TLV container")
BAD_FORM_CURE = Text("使用 00 至 7F、81 或 82", "Use 00 to 7F, 81 or 82")
UNKNOWN = Text("未知的位图 {number:02X}", "Unknown bitmap {number:02X}")
UNKNOWN_CURE = Text("对端应答 84 83；检查前一个位图的长度", "The peer is to be told 84 83; check the bitmap before")
TOO_MANY = Text("位图超过 {limit} 个", "More than {limit} bitmaps")
TOO_MANY_CURE = Text("检查报文是否损坏", "Look for a damaged message")
NOT_KIND = Text("{value!r} 不能放在这里", "{value!r} cannot stand here")
NOT_KIND_CURE = Text("需要 {need}", "Takes {need}")
MAYBE_CURE = Text("这是位图，没有币种", "It is a bitmap; there is no currency code")
OCTET = Text("0 至 255 的整数", "an int from 0 to 255")
NIBBLES = Text("{count} 个半字节的十六进制串", "a string of {count} nibbles")
OCTETS = Text("{count} 字节", "{count} octets of bytes")


def wrong_value(value: object, need: Text) -> Refused:
    """The refusal of a value that is not what `need` says."""
    cure = Text(NOT_KIND_CURE.zh.format(need=need.zh), NOT_KIND_CURE.en.format(need=need.en))
    return Refused(NOT_KIND.format(value=value), cure, value=value)


def _nibbles(value: object, octets: int | None) -> bytes:
    count: object = "2n" if octets is None else 2 * octets
    good = isinstance(value, str) and len(value) % 2 == 0 and HEX_DIGITS.issuperset(value)
    if not good or (octets is not None and len(str(value)) != 2 * octets):
        raise wrong_value(value, NIBBLES.format(count=count))
    return unhexlify(str(value))


class Octet(Leaf):
    """One octet; value int."""

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> int:
        return read_octets(stream, 1)[0]

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        if not isinstance(obj, int) or not 0 <= obj <= 0xFF:
            raise wrong_value(obj, OCTET)
        stream.write(bytes((obj,)))
        return obj


class Bcd(Leaf):
    """`octets` octets of packed nibbles; value str."""

    def __init__(self, octets: int) -> None:
        super().__init__()
        self.octets = octets

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> str:
        return read_octets(stream, self.octets).hex().upper()

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        stream.write(_nibbles(obj, self.octets))
        return obj


class MaybeCurrency(Bcd):
    """The currency code of a registration, which may be left out: 03 00 to 03 0F is a service byte instead, and 06 00
    an empty container.  (0600 would be the guaraní, which no ZVT terminal takes.)"""

    def __init__(self) -> None:
        super().__init__(2)

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> str:
        value = super()._parse(stream, context, path)
        if value[:3] == "030" or value == "0600":
            raise Refused(NOT_KIND.format(value=value), MAYBE_CURE, offset=stream.tell() - 2)
        return value


class Rest(Leaf):
    """All octets that are left; value bytes."""

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> bytes:
        return stream.read()

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        if not isinstance(obj, bytes):
            raise wrong_value(obj, OCTETS.format(count="n"))
        stream.write(obj)
        return obj


class Line(Rest):
    """The text of a printed line: all that is left, up to a TLV container where some vendors hang one on behind.

    Text has no octet 06, so the first 06 from which a container reaches exactly to the end begins it.
    """

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> bytes:
        start = stream.tell()
        text = stream.read()
        at = text.find(CONTAINER_BMP)
        while at >= 0:
            if is_container(text[at + 1 :]):
                stream.seek(start + at)
                return text[:at]
            at = text.find(CONTAINER_BMP, at + 1)
        return text


class LlVar(Leaf):
    """LLVAR (`digits` 2) and LLLVAR (3): a length of Fx octets, decimal digits in the low nibbles, and so many octets.

    Value bytes, or the string of nibbles where it is `packed`.
    """

    def __init__(self, digits: int, packed: bool = False) -> None:
        super().__init__()
        self.digits = digits
        self.packed = packed

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> str | bytes:
        head = read_octets(stream, self.digits)
        if not all(0xF0 <= octet <= 0xF9 for octet in head):
            what = BAD_LENGTH.format(hex=head.hex().upper())
            raise Refused(what, BAD_LENGTH_CURE, offset=stream.tell() - self.digits)
        value = read_octets(stream, int(head.hex()[1::2]))
        return value.hex().upper() if self.packed else value

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        if self.packed:
            octets = _nibbles(obj, None)
        elif isinstance(obj, bytes):
            octets = obj
        else:
            raise wrong_value(obj, OCTETS.format(count="n"))
        if len(octets) >= 10**self.digits:
            raise wrong_value(obj, OCTETS.format(count=f"<= {10**self.digits - 1}"))
        stream.write(bytes(0xF0 | int(digit) for digit in f"{len(octets):0{self.digits}d}"))
        stream.write(octets)
        return obj


class Container(Leaf):
    """BMP 06: a BER length and data objects.  Value (objects, octets of a length form longer than needed or 0)."""

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> tuple[Any, int]:
        length, kept = _container_length(stream)
        start = stream.tell()
        data = read_octets(stream, length)
        try:
            return parse_container(data, ""), kept
        except DecodeError as error:
            refused = Refused(error.what, error.cure, offset=start + error.offset)
            raise refused.under(error.path.lstrip("/")) if error.path.strip("/") else refused from None

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        items, kept = obj
        data = build_container(items)
        form = kept or next((form for form, most in FORM_LIMITS.items() if len(data) <= most), 3)
        if form not in FORM_LIMITS or len(data) > FORM_LIMITS[form]:
            raise wrong_value(kept, OCTETS.format(count="<= 65535"))
        stream.write((bytes((0x80 + form,)) + len(data).to_bytes(form, "big")) if form else bytes((len(data),)))
        stream.write(data)
        return obj


def _container_length(stream: IO[bytes]) -> tuple[int, int]:
    """(length, octets of its form where a shorter one would do, else 0)."""
    first = read_octets(stream, 1)[0]
    if first <= 0x7F:
        return first, 0
    form = first - 0x80
    if form not in (1, 2):
        raise Refused(BAD_FORM.format(form=first), BAD_FORM_CURE, offset=stream.tell() - 1)
    length = int.from_bytes(read_octets(stream, form), "big")
    return length, form if length <= FORM_LIMITS[form - 1] else 0


def is_container(data: bytes) -> bool:
    """True when `data` is the length and value of a TLV container, to the last octet."""
    stream = BytesIO(data)
    try:
        Container()._parse(stream, None, "")
    except (Refused, PosrigError):
        return False
    return stream.tell() == len(data)


class BitmapList(Leaf):
    """Bitmaps until the data ends, in any order; value: a tuple of (number, value)."""

    def __init__(self, formats: Mapping[int, LeafBase]) -> None:
        super().__init__()
        self.formats = formats

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> tuple[tuple[int, Any], ...]:
        found: list[tuple[int, Any]] = []
        while lead := stream.read(1):
            number = lead[0]
            if number not in self.formats:
                raise Refused(UNKNOWN.format(number=number), UNKNOWN_CURE, offset=stream.tell() - 1)
            if len(found) == BITMAPS_MAX:
                raise Refused(TOO_MANY.format(limit=BITMAPS_MAX), TOO_MANY_CURE, offset=stream.tell() - 1)
            try:
                found.append((number, self.formats[number]._parse(stream, context, path)))
            except Refused as refused:
                raise refused.under(f"{number:02X}") from None
        return tuple(found)

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        for number, value in obj:
            if number not in self.formats:
                raise Refused(UNKNOWN.format(number=number), UNKNOWN_CURE, value=number)
            stream.write(bytes((number,)))
            try:
                self.formats[number]._build(value, stream, context, path)
            except Refused as refused:
                raise refused.under(f"{number:02X}") from None
        return obj
