"""What the parts of the device have against a transaction: asked behind the gate, before a frame leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..gate import SALES, refusal
from . import battery, printer, storage

if TYPE_CHECKING:
    from ..desk import Desk

WITHOUT_SLIP = ("balance",)


def refused_now(desk: Desk, op: str) -> str | None:
    """The cause for which gate or parts keep `op` from beginning, None when nothing does; a printer that is out, and
    slips that are due, are told before a transaction begins."""
    if op in SALES and desk.state.storage_fault is None and storage.is_short(desk.state):
        storage.check(desk)  # or a trace number that was used comes again, and the host answers it from its store
    cause = refusal(op, desk.state, desk.profile)
    if cause is not None or op not in SALES:
        return cause
    prints = op not in WITHOUT_SLIP
    cause = battery.refusal(desk) or (printer.refusal(desk) if prints else None)
    if cause is None and prints:
        printer.warn(desk)
    return cause
