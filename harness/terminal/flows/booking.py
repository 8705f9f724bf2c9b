"""What an approval becomes: an entry of the batch, and its slip."""

from __future__ import annotations

from dataclasses import replace

from protocols.unionpay.message import Message

from ..desk import Desk
from ..hardware.processor import reach
from ..state import Entry
from ..texts import SETTLE_SOON


def booked(entry: Entry, request: Message, reply: Message, batch: str) -> Entry:
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
    )


def hand_over(desk: Desk, entry: Entry | None) -> None:
    """The slip, after the commit."""
    if entry is not None:
        reach(desk, "at_print")
        desk.print_slip(entry, "merchant")
        if len(desk.state.open_entries) >= desk.profile.batch_warning_count:
            desk.show(SETTLE_SOON)
