"""Leaf constructs of the ISO 8583 family with BCD numbers.

Packing rules (Chanjet POS V2.0, "数据类型"): numeric content is BCD; a fixed field with an odd number of digits is
aligned left or right as the field says; variable content is aligned left.  LL is one BCD octet, LLL two; both count
digits for n and z and octets for everything else.  A pad nibble that differs from the default is kept, so that what
was parsed rebuilds unchanged.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Mapping
from typing import IO, Any, Literal, NoReturn

from .codec import Leaf, Refused, read_octets
from .text import Text

LENGTH_DIGITS_MAX = 999
"""No length of this family goes beyond three digits; an LLL that does is a fault, not a long field."""

BITMAP_PLANS_MAX = 256
"""Field lists that are remembered, each way; peers that send random bitmaps cannot make it grow."""

HEX_DIGITS = frozenset("0123456789ABCDEF")

NOT_BCD = Text("{hex} 含有大于 9 的半字节", "{hex} has a nibble above 9")
NOT_BCD_CURE = Text("检查前一域的长度，或方言的压缩方式", "Check the length of the field before, or the dialect")
TOO_LONG = Text("长度 {length} 超过上限 {limit}", "Length {length} is beyond the limit of {limit}")
TOO_LONG_CURE = Text("检查长度域的单位（位数或字节数）", "Check whether this length counts digits or octets")
NOT_STR = Text("应为字符串，得到 {kind}", "Takes str, got {kind}")
NOT_BYTES = Text("应为 bytes，得到 {kind}", "Takes bytes, got {kind}")
TYPE_CURE = Text("按域表给出该域的取值类型", "Give the value type that the field table names")
NOT_DIGITS = Text("{value!r} 不全是数字", "{value!r} is not all digits")
ODD_DIGITS = Text("{count} 位数字不是整字节", "{count} digits are no whole octets")
ODD_DIGITS_CURE = Text("给出偶数位数字", "Give an even number of digits")
NOT_NIBBLES = Text("{value!r} 只能含 0-9 与 A-F", "{value!r} may hold 0-9 and A-F only")
NOT_LATIN = Text("含有单字节以外的字符", "Holds a character that is no single octet")
DIGITS_CURE = Text("只给数字，不要填充", "Give the digits only, without padding")
WRONG_COUNT = Text("应为 {need}，得到 {got}", "Takes {need}, got {got}")
COUNT_CURE = Text("补足或截到规定长度", "Give exactly that many")
BAD_PAD = Text("填充 {value!r} 不是一个半字节", "Pad {value!r} is not one nibble")


def _is_digits(value: str) -> bool:
    return value.isascii() and (value.isdigit() or not value)


def _need_str(value: object) -> str:
    if not isinstance(value, str):
        raise Refused(NOT_STR.format(kind=type(value).__name__), TYPE_CURE, value=value)
    return value


def _need_octets(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise Refused(NOT_BYTES.format(kind=type(value).__name__), TYPE_CURE, value=value)
    return value


def _need_count(value: str | bytes, need: int) -> None:
    if len(value) != need:
        raise Refused(WRONG_COUNT.format(need=need, got=len(value)), COUNT_CURE, value=value)


def _pad_for(context: Any, default: str) -> str:
    pads: Mapping[int, str] = context["pads"]
    if not pads:
        return default
    pad = pads.get(context["at"], default)
    if len(pad) != 1 or pad not in HEX_DIGITS:
        raise Refused(BAD_PAD.format(value=pad), COUNT_CURE, value=pad)
    return pad


def _read_length(stream: IO[bytes], octets: int, limit: int) -> int:
    """A BCD length of 1 (LL) or 2 (LLL) octets, at most `limit`."""
    head = read_octets(stream, octets)
    length = _LENGTH_VALUES.get(head)
    if length is not None and length <= limit:
        return length
    text = head.hex()
    if not text.isdigit():
        raise Refused(NOT_BCD.format(hex=text.upper()), NOT_BCD_CURE, offset=stream.tell() - octets)
    length = int(text)
    if length > limit:
        raise Refused(TOO_LONG.format(length=length, limit=limit), TOO_LONG_CURE, offset=stream.tell() - octets)
    return length


_LENGTHS = {
    1: tuple(unhexlify(f"{n:02}") for n in range(100)),
    2: tuple(unhexlify(f"{n:04}") for n in range(LENGTH_DIGITS_MAX + 1)),
}
_LENGTH_VALUES = {head: n for heads in _LENGTHS.values() for n, head in enumerate(heads)}


def _length_octets(length: int, octets: int, limit: int, value: object) -> bytes:
    if length > limit:
        raise Refused(TOO_LONG.format(length=length, limit=limit), TOO_LONG_CURE, value=value)
    return _LENGTHS[octets][length]


def _checked_limit(limit: int, octets: int) -> int:
    if not 0 < limit <= (99 if octets == 1 else LENGTH_DIGITS_MAX):
        raise ValueError(f"limit {limit} does not fit {octets} BCD length octets")
    return limit


class Digits(Leaf):
    """n of fixed length: `count` BCD digits, value `str`.  An odd count has one `pad` nibble on the free side."""

    def __init__(self, count: int, align: Literal["left", "right"] = "right", pad: str = "0") -> None:
        super().__init__()
        self.count = count
        self.align = align
        self.pad = pad
        self.octets: int = (count + 1) // 2
        self._odd = bool(count & 1)

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> str:
        digits = read_octets(stream, self.octets).hex()
        if self._odd:
            digits, pad = (digits[:-1], digits[-1]) if self.align == "left" else (digits[1:], digits[0])
            if pad != self.pad:
                context["pads"][context["at"]] = pad.upper()
        if not digits.isdigit():
            raise Refused(NOT_BCD.format(hex=digits.upper()), NOT_BCD_CURE, offset=stream.tell() - self.octets)
        return digits

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        if not isinstance(obj, str) or len(obj) != self.count or not obj.isdigit() or not obj.isascii():
            self._refuse(obj)
        if self._odd:
            pad = _pad_for(context, self.pad)
            stream.write(unhexlify(obj + pad if self.align == "left" else pad + obj))
        else:
            stream.write(unhexlify(obj))
        return obj

    def _refuse(self, value: object) -> NoReturn:
        digits = _need_str(value)
        _need_count(digits, self.count)
        raise Refused(NOT_DIGITS.format(value=digits), DIGITS_CURE, value=digits)


class VarDigits(Leaf):
    """n or z of variable length, BCD, left-aligned.  LL / LLL counts digits, or octets (`count_octets`).

    `nibbles` makes it z: any nibble is kept, upper-case (`D` the separator; an encrypted track holds all sixteen).
    """

    def __init__(
        self, length_octets: int, limit: int, pad: str = "0", nibbles: bool = False, count_octets: bool = False
    ) -> None:
        super().__init__()
        self.length_octets = length_octets
        self.limit: int = _checked_limit(limit, length_octets)
        self.pad = pad
        self.nibbles = nibbles
        self.per_count = 2 if count_octets else 1

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> str:
        length = self.per_count * _read_length(stream, self.length_octets, self.limit // self.per_count)
        octets = (length + 1) // 2
        digits = read_octets(stream, octets).hex().upper()
        if length & 1:
            if digits[-1] != self.pad:
                context["pads"][context["at"]] = digits[-1]
            digits = digits[:-1]
        if not self.nibbles and digits and not digits.isdigit():
            raise Refused(NOT_BCD.format(hex=digits), NOT_BCD_CURE, offset=stream.tell() - octets)
        return digits

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        digits = _need_str(obj)
        if self.per_count == 2 and len(digits) & 1:
            raise Refused(ODD_DIGITS.format(count=len(digits)), ODD_DIGITS_CURE, value=digits)
        counted = len(digits) // self.per_count
        head = _length_octets(counted, self.length_octets, self.limit // self.per_count, digits)
        if self.nibbles:
            if not HEX_DIGITS.issuperset(digits):
                raise Refused(NOT_NIBBLES.format(value=digits), DIGITS_CURE, value=digits)
        elif not _is_digits(digits):
            raise Refused(NOT_DIGITS.format(value=digits), DIGITS_CURE, value=digits)
        if len(digits) & 1:
            digits += _pad_for(context, self.pad)
        stream.write(head + unhexlify(digits))
        return obj


class Chars(Leaf):
    """an / ans of fixed length: one `str` character per octet (latin-1), nothing stripped."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> str:
        return read_octets(stream, self.count).decode("latin-1")

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        _need_count(_need_str(obj), self.count)
        stream.write(_latin(obj))
        return obj


def _latin(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        raise Refused(NOT_LATIN, TYPE_CURE, value=value) from None


class VarChars(Leaf):
    """an / ans of variable length, `str` of one character per octet.  LL / LLL counts octets."""

    def __init__(self, length_octets: int, limit: int) -> None:
        super().__init__()
        self.length_octets = length_octets
        self.limit: int = _checked_limit(limit, length_octets)

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> str:
        return read_octets(stream, _read_length(stream, self.length_octets, self.limit)).decode("latin-1")

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        octets = _latin(_need_str(obj))
        stream.write(_length_octets(len(octets), self.length_octets, self.limit, obj) + octets)
        return obj


class Octets(Leaf):
    """b of fixed length: `bytes`."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> bytes:
        return read_octets(stream, self.count)

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        _need_count(_need_octets(obj), self.count)
        stream.write(obj)
        return obj


class VarOctets(Leaf):
    """b, or a private field that its own module takes apart: `bytes`.  LL / LLL counts octets."""

    def __init__(self, length_octets: int, limit: int) -> None:
        super().__init__()
        self.length_octets = length_octets
        self.limit: int = _checked_limit(limit, length_octets)

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> bytes:
        return read_octets(stream, _read_length(stream, self.length_octets, self.limit))

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        octets = _need_octets(obj)
        stream.write(_length_octets(len(octets), self.length_octets, self.limit, obj) + octets)
        return obj


SECONDARY = Text(
    "位图第 1 位为 1：128 域报文不属于本协议",
    "Bit 1 of the bitmap is set: messages of 128 fields are not this protocol",
)
SECONDARY_CURE = Text("检查报文起点与方言", "Check where the message starts, and the dialect")
UNDEFINED = Text("方言中没有定义该域", "This field is not defined in the dialect")
UNDEFINED_CURE = Text("检查位图，或换一个方言", "Check the bitmap, or choose another dialect")


class Bitmapped(Leaf):
    """An 8-octet bitmap and the fields it announces; value `dict` of field number to value.

    `table` maps the field number (2 to 64) to its leaf.  On build the bitmap is derived from the fields present.
    """

    def __init__(self, table: Mapping[int, Leaf]) -> None:
        super().__init__()
        self.table: dict[int, Leaf] = dict(table)
        self._plans: dict[bytes, tuple[tuple[int, Any], ...]] = {}
        self._build_plans: dict[tuple[int, ...], tuple[bytes, tuple[tuple[int, Any], ...]]] = {}

    def _plan(self, bitmap: bytes, offset: int) -> tuple[tuple[int, Any], ...]:
        bits = int.from_bytes(bitmap, "big")
        if bits >> 63:
            raise Refused(SECONDARY, SECONDARY_CURE, offset=offset).under("bitmap")
        numbers = [n for n in range(2, 65) if bits >> (64 - n) & 1]
        for number in numbers:
            if number not in self.table:
                raise Refused(UNDEFINED, UNDEFINED_CURE, offset=offset).under(f"F{number}")
        plan = tuple((n, self.table[n]._parse) for n in numbers)
        if len(self._plans) >= BITMAP_PLANS_MAX:
            self._plans.clear()
        self._plans[bitmap] = plan
        return plan

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> dict[int, Any]:
        try:
            bitmap = read_octets(stream, 8)
        except Refused as refused:
            raise refused.under("bitmap") from None
        plan = self._plans.get(bitmap) or self._plan(bitmap, stream.tell() - 8)
        fields: dict[int, Any] = {}
        number = 0
        try:
            for number, parse in plan:
                context["at"] = number
                fields[number] = parse(stream, context, path)
        except Refused as refused:
            raise refused.under(f"F{number}") from None
        return fields

    def _build_plan(self, numbers: tuple[int, ...]) -> tuple[bytes, tuple[tuple[int, Any], ...]]:
        bits = 0
        steps = []
        for number in sorted(numbers):
            leaf = self.table.get(number)
            if leaf is None:
                raise Refused(UNDEFINED, UNDEFINED_CURE, value=number).under(f"F{number}")
            bits |= 1 << (64 - number)
            steps.append((number, leaf._build))
        plan = bits.to_bytes(8, "big"), tuple(steps)
        if len(self._build_plans) >= BITMAP_PLANS_MAX:
            self._build_plans.clear()
        self._build_plans[numbers] = plan
        return plan

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        numbers = tuple(obj)
        bitmap, steps = self._build_plans.get(numbers) or self._build_plan(numbers)
        stream.write(bitmap)
        number = 0
        try:
            for number, build in steps:
                context["at"] = number
                build(obj[number], stream, context, path)
        except Refused as refused:
            raise refused.under(f"F{number}") from None
        return obj
