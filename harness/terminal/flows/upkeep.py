"""What the menu offers for a device that misbehaves: start it anew, take settled entries out of its log."""

from __future__ import annotations

from ..desk import Desk
from ..hardware.processor import settled_entries
from ..outcome import Outcome, done
from ..wants import Order, Step


def restart(desk: Desk, order: Order) -> Step[Outcome]:
    """重新启动: orderly, everything is durable; whoever was on duty has to sign on again."""
    yield from ()
    desk.restart("restart")
    return done(order.op)


def clear_log(desk: Desk, order: Order) -> Step[Outcome]:
    """清理流水: what is settled leaves the log that slows the terminal down; what is open stays.

    The bench's own record of the run (`snapshot`) keeps it, for the judges.
    """
    yield from ()
    entries = settled_entries(desk)
    if entries:
        desk.save({"kind": "log_cleared", "entries": entries})
        desk.audit("log_cleared", count=entries)
    return {**done(order.op), "cleared": entries}
