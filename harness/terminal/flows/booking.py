"""What an approval becomes: an entry of the batch, and its slip."""

from __future__ import annotations

from dataclasses import replace

from protocols.errors import DecodeError
from protocols.unionpay.message import Message
from protocols.unionpay.private.f59 import F59, VOUCHER, parse_f59

from ..desk import Desk
from ..hardware.processor import reach
from ..state import Entry
from ..texts import SETTLE_SOON


def booked(desk: Desk, entry: Entry, request: Message, reply: Message, batch: str) -> Entry:
    """`entry` with what request and reply told."""
    chip = request.octets(55)
    return replace(
        entry,
        stan=request.text(11) or "",
        batch=batch,
        rrn=(reply.text(37) or "").strip(),
        auth=(reply.text(38) or "").strip(),
        date=reply.text(13) or "",
        time=reply.text(12) or "",
        chip=chip.hex().upper() if chip else "",
        voucher=entry.voucher or voucher_in(desk, reply),
    )


def voucher_in(desk: Desk, reply: Message) -> str:
    """The voucher of a reply, "" where it has none; of an order, the host's number of it."""
    if desk.dialect.order_fields and reply.text(6):
        return (reply.text(6) or "").strip()
    value = reply.octets(59)
    try:
        record = parse_f59(value, desk.dialect) if value else None
    except DecodeError:
        return ""
    content = record.get(VOUCHER) if isinstance(record, F59) else None
    return content.decode("latin-1") if content else ""


def hand_over(desk: Desk, entry: Entry | None) -> None:
    """The slip, after the commit."""
    if entry is not None:
        reach(desk, "at_print")
        desk.print_slip(entry, "merchant")
        if len(desk.state.open_entries) >= desk.profile.batch_warning_count:
            desk.show(SETTLE_SOON)
