"""Messages of the register interface, dialect A: DF tags of two octets, BER lengths, values BCD, ASCII or GBK.

A terminal also sends notices, which are plain text: ACKACK with the invoice number of a transaction that is finished,
and LOGLOG (public register program hehe02921/qqq, IngPosCom.cpp).  The frame around the data is
`protocols.framing.SerialFramer`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ...codec import Codec, decode_error
from ...errors import DecodeError, EncodeError
from ...text import Text
from ...tlv import Tlv
from ..taglist import BerLength, TagList
from . import tags
from .commands import CODES, Command
from .tags import PASS_THROUGH, TAGS, ValueForm

LEAD = 0xDF
BCD_DIGITS = frozenset("0123456789ABCDEF")

DATA_SEND = "data_send"
"""As dialect B calls it."""

_NO_PACKET = Text("缺少包类型标签 DF01，或其长度不是 1 字节", "Tag DF01 (packet type) is missing or is not one octet")
_NO_PACKET_CURE = Text("检查报文开头", "Look at the beginning of the message")
_FORM = Text("{value!r} 不能用 {form} 表示", "{value!r} cannot be written as {form}")
_FORM_CURE = Text(
    "BCD 须为偶数个数字；文字须在该编码之内", "BCD needs an even number of digits, text its own characters"
)
_NESTED_CURE = Text("核对 DF06 内每个标签的长度", "Check the length of every tag within DF06")

_CODEC = Codec(TagList(LEAD, BerLength()))
_NOTICES = (b"ACKACK", b"LOGLOG", b"ACK")
"""A notice that was cut short begins with ACK alone."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A text packet of the terminal.  `kind`: ACKACK, LOGLOG or ACK; `rest`: what follows, as octets."""

    kind: str
    rest: bytes

    def shown(self) -> dict[str, str]:
        """The text, by what it begins with."""
        return {self.kind: self.rest.decode("gbk", errors="replace")}

    @property
    def invoice(self) -> str:
        """Of ACKACK: six digits, "" where there are none."""
        found = self.rest[:6].decode("ascii", errors="replace")
        return found if self.kind == "ACKACK" and len(found) == 6 and found.isdecimal() else ""


@dataclass(frozen=True, slots=True)
class MisposAMessage:
    """One message.  `fields`: outer tags in wire order; `told`: those within DF06, () where DF06 is absent or empty or
    holds a pass-through message."""

    fields: tuple[Tlv, ...]
    told: tuple[Tlv, ...] = ()

    @property
    def packet(self) -> str:
        """DF01 as two digits; `tags.PACKET_TYPES` names the known ones."""
        return self.text(tags.PACKET)

    @property
    def command(self) -> str:
        """DF02 as two digits, that within DF06 where there is none outside, or ""."""
        return self.text(tags.COMMAND) or self.told_text(tags.COMMAND)

    def kind(self, commands: Mapping[str, Command] = CODES) -> str:
        """What it is, in a word: `data_send` for pass-through, else the command's name; `commands` by code."""
        if self.packet == PASS_THROUGH:
            return DATA_SEND
        known = commands.get(self.command)
        return known.value if known is not None else f"command {self.command or '?'}"

    def shown(self) -> dict[str, str]:
        """All values as text, by tag, in wire order; those within DF06 as `DF06/DF0A`.  Of what comes more than once,
        the first."""
        values: dict[str, str] = {}
        for item in self.fields:
            if item.tag == tags.RESULTS and self.told:
                for inner in self.told:
                    values.setdefault(f"DF06/{inner.tag_hex}", shown(inner.tag, inner.value, told=True))
            else:
                values.setdefault(item.tag_hex, shown(item.tag, item.value, told=False))
        return values

    def octets(self, tag: int) -> bytes:
        """The raw value of an outer tag (the first, where it comes twice), b"" when absent."""
        return _octets(self.fields, tag)

    def text(self, tag: int) -> str:
        """The value of an outer tag as text: digits of BCD, characters; "" when absent."""
        return shown(tag, self.octets(tag), told=False)

    def told_octets(self, tag: int) -> bytes:
        """As `octets`, of a tag within DF06."""
        return _octets(self.told, tag)

    def told_text(self, tag: int) -> str:
        """As `text`, of a tag within DF06."""
        return shown(tag, self.told_octets(tag), told=True)


def _octets(items: Iterable[Tlv], tag: int) -> bytes:
    return next((item.value for item in items if item.tag == tag), b"")


def form_of(tag: int, value: bytes, *, told: bool) -> ValueForm:
    """How a value is written.  DF07 is two characters, or four BCD octets."""
    if tag == tags.RESULT:
        return "ascii" if len(value) == 2 else "bcd"
    info = TAGS.get(tag)
    if info is None:
        return "binary"
    return info.told if told else info.form


def shown(tag: int, value: bytes, *, told: bool) -> str:
    """A value as text: what is BCD, binary or of an unknown tag as upper-case hex; octets that are no character as
    U+FFFD."""
    form = form_of(tag, value, told=told)
    if form in ("ascii", "gbk"):
        return value.decode("gbk", errors="replace")
    return value.hex().upper()


def message(
    packet: str, values: Mapping[int, str | bytes], told: Iterable[tuple[int, str | bytes]] | None = None
) -> MisposAMessage:
    """A message with DF01 = `packet` and then `values` in their order; `told` goes into DF06, where `values` has it
    (its own value is not looked at) or at the end.  Texts are written in the tag's form.  Raises EncodeError."""
    nested = tuple(Tlv(tag, encoded(tag, value, told=True)) for tag, value in told or ())
    outer = {tags.PACKET: packet, **values, **({tags.RESULTS: b""} if told is not None else {})}
    fields = tuple(Tlv(tag, encoded(tag, value, told=False)) for tag, value in outer.items())
    return _joined(MisposAMessage(fields, nested)) if told is not None else MisposAMessage(fields)


def encoded(tag: int, value: str | bytes, *, told: bool) -> bytes:
    """The octets of a value.  Raises EncodeError for text that the tag's form does not have."""
    if isinstance(value, bytes):
        return value
    info = TAGS.get(tag)
    form = "ascii" if info is None else info.told if told else info.form
    if tag == tags.RESULT and len(value) == 2:
        form = "ascii"
    try:
        if form in ("ascii", "gbk"):
            return value.encode(form)
        if len(value) % 2 or not BCD_DIGITS.issuperset(value):
            raise ValueError(value)
        return bytes.fromhex(value)
    except ValueError:
        what = _FORM.format(value=value, form=form.upper())
        raise EncodeError(what, _FORM_CURE, path=f"{tag:04X}", value=value) from None


def parse(data: bytes) -> MisposAMessage | Notice:
    """What is in the data of one frame.  Raises DecodeError: cut off, a length that is none, no DF01, tags within DF06
    that do not add up."""
    for kind in _NOTICES:
        if data.startswith(kind):
            return Notice(kind.decode(), data[len(kind) :])
    items, _ = _CODEC.parse(data)
    msg = MisposAMessage(items)
    if len(msg.octets(tags.PACKET)) != 1:
        raise decode_error(_NO_PACKET, _NO_PACKET_CURE, path="DF01", offset=0, data=data)
    if msg.packet == PASS_THROUGH:
        return msg
    return replace(msg, told=_told(items, data))


def _told(items: tuple[Tlv, ...], data: bytes) -> tuple[Tlv, ...]:
    """The tags within the first DF06.  Raises DecodeError with the place within the whole data."""
    found: tuple[Tlv, ...] = ()
    end = 0
    for item in items:
        end += len(_CODEC.build((item,), {}))
        if item.tag == tags.RESULTS and not found:
            try:
                found, _ = _CODEC.parse(item.value)
            except DecodeError as error:
                path, at = f"DF06/{error.path}", end - len(item.value) + error.offset
                raise decode_error(error.what, _NESTED_CURE, path=path, offset=at, data=data) from None
    return found


def build(msg: MisposAMessage | Notice) -> bytes:
    """Frame data.  Raises EncodeError for tags that are not DF or do not fit their length; how long a frame may be is
    the framer's business."""
    if isinstance(msg, Notice):
        return msg.kind.encode("ascii") + msg.rest
    return _CODEC.build(_joined(msg).fields, {})


def _joined(msg: MisposAMessage) -> MisposAMessage:
    """`told` as the value of the first DF06, in the length form that DF06 has."""
    if not msg.told:
        return msg
    fields = list(msg.fields)
    at = next((i for i, item in enumerate(fields) if item.tag == tags.RESULTS), None)
    value = _CODEC.build(msg.told, {})
    if at is None:
        fields.append(Tlv(tags.RESULTS, value))
    else:
        fields[at] = replace(fields[at], value=value)
    return replace(msg, fields=tuple(fields))
