"""Receipts and reports for the register's printer: line by line (06 D1), or as one text block (06 D3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from protocols.text import Text
from protocols.zvt import commands, tags
from protocols.zvt.bitmaps import TLV
from protocols.zvt.message import Bitmap, ZvtMessage, build, message
from protocols.zvt.quirks import ZvtQuirks
from protocols.zvt.tlv import ZvtTlv

from ..slips import slip_lines
from ..state import Entry, State
from .zvt_registration import Registration

LINES_MAX = 200
"""Of one receipt: a report of a day has a dozen."""
CURRENCY_NAMES = {"0156": "CNY", "0978": "EUR", "0756": "CHF", "0826": "GBP", "0840": "USD"}


def receipts(entry: Entry, state: State, registration: Registration, quirks: ZvtQuirks) -> list[ZvtMessage]:
    """The merchant's and the customer's receipt of a transaction."""
    found: list[ZvtMessage] = []
    for kind, copy in ((tags.MERCHANT_RECEIPT, "merchant"), (tags.CUSTOMER_RECEIPT, "customer")):
        found += printed(slip_lines(entry, state, copy), kind, registration, quirks)
    return found


def printed(lines: Sequence[Text], kind: int, registration: Registration, quirks: ZvtQuirks) -> list[ZvtMessage]:
    """What prints `lines` at the register; `kind` as in tag 1F07.  A block that it could not take goes by lines."""
    money = CURRENCY_NAMES.get(registration.currency, registration.currency)
    octets = [
        registration.encoded(part, quirks)
        for line in lines[:LINES_MAX]
        for part in _wrapped(line.en.replace("RMB", money), registration.line_width)
    ]
    if registration.blocks and registration.tlv:
        block = _block(octets, kind)
        if not registration.apdu_max or len(build(block)) <= registration.apdu_max:
            return [block]
    last = len(octets) - 1
    return [_line(tags.END_OF_RECEIPT if at == last else 0, text, quirks) for at, text in enumerate(octets)]


def _line(attribute: int, text: bytes, quirks: ZvtQuirks) -> ZvtMessage:
    bitmaps = (Bitmap(TLV, (ZvtTlv(tags.LINE_ATTRIBUTE, bytes((attribute,))),)),) if quirks.print_line_tlv else ()
    return ZvtMessage(commands.PRINT_LINE, {"attribute": attribute, "text": text}, bitmaps)


def _block(octets: Sequence[bytes], kind: int) -> ZvtMessage:
    texts = [ZvtTlv(tags.TEXT_LINE, text) for text in octets]
    end = ZvtTlv(tags.LINE_ATTRIBUTE, bytes((tags.END_OF_RECEIPT,)))
    items = [ZvtTlv(tags.RECEIPT_TYPE, bytes((kind,))), ZvtTlv(tags.PRINT_TEXTS, (*texts, end))]
    return message(commands.PRINT_TEXT_BLOCK, None, None, items)


def _wrapped(text: str, width: int) -> Iterator[str]:
    if not width or not text:
        yield text
        return
    for at in range(0, len(text), width):
        yield text[at : at + width]
