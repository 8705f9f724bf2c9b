"""Registry: merchants, terminals, devices; provisioning makes them live at once."""

from __future__ import annotations

from .provision import Provision
from .turn import Turn


def provision(turn: Turn, given: Provision) -> int:
    """Make every merchant and terminal of `given` live: approved, bound, activated, TMK loaded, signed off.

    What is known already keeps its batch and history; only name, device, dialect and TMK are brought up to date.
    Returns how many terminals are new.
    """
    new = 0
    for mid, name in given.merchants.items():
        known = turn.state.merchants.get(mid)
        if known is None or known.name != name:
            turn.record("merchant", mid=mid, name=name)
    for terminal in given.terminals:
        old = turn.state.terminal(terminal.mid, terminal.tid)
        if old is None:
            new += 1
            turn.record(
                "terminal",
                mid=terminal.mid,
                tid=terminal.tid,
                sn=terminal.sn,
                dialect=terminal.dialect,
                tmk=terminal.tmk,
                batch=f"{turn.settings.first_batch:06d}",
                activated=True,
            )
        elif (old.sn, old.dialect, old.tmk) != (terminal.sn, terminal.dialect, terminal.tmk):
            turn.record(
                "terminal_changed", terminal=old.key, sn=terminal.sn, dialect=terminal.dialect, tmk=terminal.tmk, status="open"
            )
    return new
