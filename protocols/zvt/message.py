"""ZVT messages: an APDU with its positional values and bitmaps named, and back octet for octet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from ..codec import Codec, LeafBase, Record
from ..errors import DecodeError, EncodeError
from ..text import Text
from .apdu import Apdu, join_apdu, split_apdu
from .bitmaps import BITMAP_LIST, TLV
from .commands import Forms, forms_of, name_of
from .leaves import Rest
from .tlv import ZvtTlv, find

Value = int | str | bytes
"""One octet; a string of nibbles; octets."""

NO_FORM = Text("{name} 没有由 {values} 组成的形式", "{name} has no form with {values}")
NO_FORM_CURE = Text("可用：{known}", "There are: {known}")


@dataclass(frozen=True, slots=True)
class Bitmap:
    """One bitmap.  `value` of BMP 06 is a tuple of objects; `length_octets` keeps a longer length form than needed."""

    number: int
    value: Value | tuple[ZvtTlv, ...]
    length_octets: int = 0


@dataclass(frozen=True, slots=True)
class ZvtMessage:
    """One message.  `values` are the positional ones by name and `bitmaps` what follows, both in wire order.

    `long_form`: the APDU's length has the form FF lo hi though one octet would do.
    """

    control: int
    values: Mapping[str, Value] = field(default_factory=dict)
    bitmaps: tuple[Bitmap, ...] = ()
    long_form: bool = False

    @property
    def name(self) -> Text:
        """What the control field is called."""
        return name_of(self.control)

    @property
    def tlv(self) -> tuple[ZvtTlv, ...]:
        """The objects of the first TLV container; () without one."""
        value = self._bitmap(TLV)
        return value if isinstance(value, tuple) else ()

    def has(self, number: int) -> bool:
        """True when the bitmap is there."""
        return self._bitmap(number) is not None

    def octet(self, name: str | int, default: int = -1) -> int:
        """A positional value (by name) or bitmap (by number) of one octet; `default` when it is absent."""
        value = self._any(name)
        return value if isinstance(value, int) else default

    def nibbles(self, name: str | int) -> str:
        """A packed value; "" when it is absent."""
        value = self._any(name)
        return value if isinstance(value, str) else ""

    def octets(self, name: str | int) -> bytes:
        """A text or other octets; b"" when it is absent."""
        value = self._any(name)
        return value if isinstance(value, bytes) else b""

    def tag(self, *tags: int) -> bytes | None:
        """The octets of the object at the end of a way of tags in the TLV container; None when there is none."""
        found = find(self.tlv, *tags)
        return None if found is None else found.octets

    def _any(self, name: str | int) -> Value | tuple[ZvtTlv, ...] | None:
        return self.values.get(name) if isinstance(name, str) else self._bitmap(name)

    def _bitmap(self, number: int) -> Value | tuple[ZvtTlv, ...] | None:
        return next((bitmap.value for bitmap in self.bitmaps if bitmap.number == number), None)


def message(
    control: int,
    values: Mapping[str, Value] | None = None,
    bitmaps: Mapping[int, Value] | None = None,
    tlv: Iterable[ZvtTlv] | None = None,
) -> ZvtMessage:
    """A message from plain values; a `tlv` container, also an empty one, stands last."""
    row = [Bitmap(number, value) for number, value in (bitmaps or {}).items()]
    if tlv is not None:
        row.append(Bitmap(TLV, tuple(tlv)))
    return ZvtMessage(control, dict(values or {}), tuple(row))


@lru_cache(maxsize=256)
def _codecs(forms: Forms) -> tuple[tuple[tuple[str, ...], bool, Codec], ...]:
    """For each form: names of its values, whether bitmaps follow, its codec."""
    rows = []
    for form in forms:
        open_end = not form or type(form[-1][1]) is not Rest
        parts: tuple[tuple[str, LeafBase], ...] = (*form, ("", BITMAP_LIST)) if open_end else form
        rows.append((tuple(name for name, _ in form), open_end, Codec(Record(*parts))))
    return tuple(rows)


def parse(octets: bytes, pending: int = 0, lenient: bool = False) -> ZvtMessage:
    """The message in one bare APDU.

    `pending`: control field of the command that this answers, which decides the layout of a completion; 0 when unknown.
    `lenient`: a wrong APDU length is passed over.  Raises DecodeError: wrong length, unknown bitmap, cut off.
    """
    apdu = split_apdu(octets, lenient)
    head = len(octets) - len(apdu.data)
    worst: DecodeError | None = None
    for names, open_end, codec in _codecs(forms_of(apdu.control, pending)):
        try:
            values, _ = codec.parse(apdu.data)
        except DecodeError as error:
            if worst is None or error.offset > worst.offset:
                worst = error
            continue
        rows = values[-1] if open_end else ()
        return ZvtMessage(apdu.control, dict(zip(names, values, strict=False)), _bitmaps(rows), apdu.long_form)
    assert worst is not None  # there is always a form
    raise DecodeError(worst.what, worst.cure, path=worst.path, offset=head + worst.offset, raw=worst.raw)


def _bitmaps(rows: Iterable[tuple[int, object]]) -> tuple[Bitmap, ...]:
    found = []
    for number, value in rows:
        if number == TLV and isinstance(value, tuple):
            found.append(Bitmap(number, value[0], value[1]))
        elif isinstance(value, int | str | bytes):
            found.append(Bitmap(number, value))
    return tuple(found)


def build(msg: ZvtMessage, pending: int = 0) -> bytes:
    """The bare APDU of `msg`.  Raises EncodeError that names the value or bitmap."""
    codecs = _codecs(forms_of(msg.control, pending))
    for names, open_end, codec in codecs:
        if names == tuple(msg.values) and (open_end or not msg.bitmaps):
            rows = tuple(
                (bitmap.number, (bitmap.value, bitmap.length_octets) if bitmap.number == TLV else bitmap.value)
                for bitmap in msg.bitmaps
            )
            data = codec.build((*msg.values.values(), rows) if open_end else tuple(msg.values.values()), {})
            return join_apdu(Apdu(msg.control, data, msg.long_form))
    known = "; ".join(", ".join(names) or "-" for names, _, _ in codecs)
    what = NO_FORM.format(name=f"{msg.control:04X}", values=", ".join(msg.values) or "-")
    raise EncodeError(what, NO_FORM_CURE.format(known=known), path=f"{msg.control:04X}", value=tuple(msg.values))
