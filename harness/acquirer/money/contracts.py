"""The end of a contract (终止合同): a merchant leaves for another provider, and its terminals are de-registered.

First the old provider still knows a terminal that it has withdrawn (C1, Chanjet's institution interface), later it has
deleted it (97).  Its keys are dead from the first moment.  A batch that is not settled keeps a terminal from leaving,
so that no sale is left behind.
"""

from __future__ import annotations

from protocols.text import Text

from ..asks import Args, Refused, Value, text_of
from ..registry import check_settled, release_device
from ..turn import Turn
from . import billing


def deregister(turn: Turn, args: Args) -> Value:
    """`{sn, delete}`: withdraw the terminal that this device is bound to, or delete it.  Raises Refused."""
    sn = text_of(turn, args, "sn")
    device = turn.state.devices.get(sn)
    if device is None or not device.terminal:
        raise Refused("not_bound", Text(f"机具 {sn} 未绑定", f"device {sn} is not bound"))
    terminal = turn.state.terminals[device.terminal]
    check_settled(turn, terminal)
    delete = args.get("delete") is True
    status = "deleted" if delete else "withdrawn"
    turn.changed("contract", sn, "", status, "deregister")
    if delete:
        release_device(turn, device, "deregistered")
    else:
        dead = {"tmk": "", "pik": "", "mak": "", "session": "never"}
        turn.record("terminal_changed", terminal=terminal.key, **dead, status="withdrawn")
    own = (other for other in turn.state.terminals.values() if other.mid == terminal.mid)
    if all(other.status in ("withdrawn", "unbound") for other in own):
        billing.ended(turn, terminal.mid)
    return {"sn": sn, "status": status}


CONTROL = {"deregister": deregister}
