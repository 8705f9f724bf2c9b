"""What a masked message of dialect A of the Chinese register interface looks like: its length is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from protocols.errors import PosrigError
from protocols.mispos.dialect_a import tags
from protocols.mispos.dialect_a.message import MisposAMessage, Notice, build, form_of, parse
from protocols.tlv import Tlv
from protocols.unionpay.dialect import Dialect

from .digits import Numbers
from .messages import CARD_TAGS, CONTENT_TAGS, Masked, mask_host_message, mask_tag, swept

NUMBERS = frozenset(
    (tags.MID, tags.TID, tags.RRN, tags.BATCH, tags.ORDER, tags.PAY_ORDER, tags.OLD_PAY_ORDER, tags.DESK, tags.OPERATOR)
)
"""Long numbers that are no card's."""


def mask_mispos_a(payload: bytes, numbers: Numbers, dialects: Sequence[Dialect]) -> Masked | None:
    """The data of a register frame, with what it tunnels; None when it cannot be read."""
    try:
        message = parse(payload)
    except PosrigError:
        return mask_host_message(payload, numbers, dialects)
    if isinstance(message, Notice):
        rest = numbers.hide_text(message.rest.decode("latin-1")).encode("latin-1")
        return Masked(build(replace(message, rest=rest)))
    hidden: set[str] = set()
    touched: list[str] = []
    through = message.packet == tags.PASS_THROUGH

    def masked(item: Tlv, told: bool) -> Tlv:
        if item.tag == tags.RESULTS and not through:
            return item
        inner = _value(item, told, numbers, dialects, hidden)
        if inner.payload != item.value:
            place = f"DF06/{item.tag_hex}" if told else item.tag_hex
            touched.extend((place, *(f"{place}/{name}" for name in inner.fields)))
        return replace(item, value=inner.payload)

    told = tuple(masked(item, told=True) for item in message.told)
    outer = tuple(masked(item, told=False) for item in message.fields)
    if not touched and not hidden:
        return Masked(payload)
    return swept(build(MisposAMessage(outer, told)), hidden, tuple(touched), numbers)


def _value(item: Tlv, told: bool, numbers: Numbers, dialects: Sequence[Dialect], hidden: set[str]) -> Masked:
    if item.tag in CARD_TAGS or item.tag in CONTENT_TAGS:
        return mask_tag(item.tag, item.value, numbers, dialects, hidden)
    if item.tag in NUMBERS:
        return Masked(item.value)
    if form_of(item.tag, item.value, told=told) in ("ascii", "gbk"):
        return Masked(numbers.hide_text(item.value.decode("latin-1")).encode("latin-1"))
    # Digits of a tag that nobody knows, or chip data: not even a part of it is shown where a card may be in it.
    known = item.tag in tags.TAGS and form_of(item.tag, item.value, told=told) == "bcd"
    return Masked(bytes(len(item.value)) if not known and numbers.is_risky(item.value) else item.value)
