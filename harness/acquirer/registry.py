"""Registry: merchants, terminals, devices; provisioning makes them live at once."""

from __future__ import annotations

from protocols.text import Text

from .asks import Args, Refused, bad_argument, text_of
from .provision import Provision
from .state import Device, Terminal
from .terminals.keys import TMK_OCTETS, new_key
from .turn import Turn

REPORTS = ("lost", "stolen")
MERCHANT_STATES = ("open", "closed")


def provision(turn: Turn, given: Provision) -> int:
    """Make every merchant and terminal of `given` live: approved, bound, activated, TMK loaded, signed off.

    What is known already keeps its batch and history; only name, device, dialect and TMK are brought up to date.
    Returns how many terminals are new.
    """
    new = 0
    for mid, name in given.merchants.items():
        known = turn.state.merchants.get(mid)
        if known is None or known.name != name:
            kept = {"status": known.status, "reason": known.reason} if known else {}
            turn.record("merchant", mid=mid, name=name, **kept)
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
                idle_since_us=turn.now,
            )
        elif (old.sn, old.dialect, old.tmk) != (terminal.sn, terminal.dialect, terminal.tmk):
            if old.sn != terminal.sn:
                close_batches(turn, old)
            turn.record(
                "terminal_changed",
                terminal=old.key,
                sn=terminal.sn,
                dialect=terminal.dialect,
                tmk=terminal.tmk,
                status="open",
                session="off",
            )
        if terminal.model and turn.state.devices[terminal.sn].model != terminal.model:
            key = f"{terminal.mid}/{terminal.tid}"
            turn.record("device", sn=terminal.sn, model=terminal.model, status="bound", terminal=key)
    return new


def bind_terminal(turn: Turn, terminal: Terminal, sn: str, model: str) -> None:
    """Device and terminal belong together from now on; the TMK of this pair is made here."""
    close_batches(turn, terminal)
    tmk = new_key(turn, "TMK", TMK_OCTETS, turn.settings.dialects[terminal.dialect].key_algorithm)
    turn.record("device", sn=sn, model=model, status="bound", terminal=terminal.key)
    turn.record("terminal_changed", terminal=terminal.key, sn=sn, tmk=tmk.hex().upper(), status="open", activated=False)
    turn.changed("device", sn, "unbound", "bound", "bind")


def close_batches(turn: Turn, terminal: Terminal) -> None:
    """Another device takes the place of one whose batch is open: the host closes that batch at its own totals.

    The new device counts its trace numbers from 1 again; in the same batch its sales would be taken for repetitions of
    the old one's, and its reversals would take back the old one's sales.  (posrig's choice; no source says it.)
    """
    further = (turn.state.terminals.get(key) for key in turn.state.accounts.on.get(terminal.key, ()))
    for one in (terminal, *filter(None, further)):
        batch, prefix = one.batch, f"{one.key}/{one.batch}/"
        if not any(key.startswith(prefix) for book in (turn.state.answers, turn.state.tombstones) for key in book):
            continue
        own = list(turn.state.ledger.totals(one.mid, one.tid, batch))
        facts = {"totals": own, "told": own, "balanced": True, "answer": {}, "at_us": turn.now}
        turn.record("settled", terminal=one.key, batch=batch, **facts)
        turn.changed("batch", one.key, batch, one.batch, "other_device")


def new_numbers(turn: Turn) -> tuple[str, str]:
    """A MID and a TID that nobody has, and that are set aside for nobody."""
    aside = turn.state.accounts.all.values()
    mids = turn.state.merchants.keys() | {one.mid for one in aside}
    tids = {terminal.tid for terminal in turn.state.terminals.values()} | {one.tid for one in aside}
    prefix, first = turn.settings.mid_prefix, turn.settings.first_tid
    n = len(mids) + 1
    while f"{prefix}{n:06d}" in mids or f"{first + n:08d}" in tids:
        n += 1
    return f"{prefix}{n:06d}", f"{first + n:08d}"


def unbind(turn: Turn, args: Args) -> str:
    """Take a device away from its terminal.  Refused while its batch is not settled, so that no sale is left behind."""
    sn = text_of(turn, args, "sn")
    device = turn.state.devices.get(sn)
    if device is None or not device.terminal:
        raise Refused("not_bound", Text(f"机具 {sn} 未绑定", f"device {sn} is not bound"))
    check_settled(turn, turn.state.terminals[device.terminal])
    release_device(turn, device, "unbound")
    return sn


def check_settled(turn: Turn, terminal: Terminal) -> None:
    """Raises Refused while the terminal, or a further account on it, has sales in a batch that is not settled."""
    further = (turn.state.terminals.get(key) for key in turn.state.accounts.on.get(terminal.key, ()))
    for one in (terminal, *filter(None, further)):
        for posting in turn.state.ledger.of_terminal(one.mid, one.tid):
            if posting.batch not in one.settled and not posting.reversed:
                raise Refused("must_settle", Text("批次未结算，请先结算", "the batch is not settled; settle first"))


def release_device(turn: Turn, device: Device, status: str) -> None:
    """Take a device away from its terminal, whose keys end; `status` is the device's from now on."""
    terminal = turn.state.terminals.get(device.terminal)
    turn.record("device", sn=device.sn, model=device.model, status=status)
    if terminal is None:
        return
    keys = {"tmk": "", "pik": "", "mak": ""}
    values = {"sn": "", "status": "unbound", "activated": False, "session": "never", **keys}
    turn.record("terminal_changed", terminal=terminal.key, **values)
    if terminal.application:
        turn.record("application_changed", application=terminal.application, sn="")
    turn.changed("device", device.sn, "bound", status, "unbind" if status == "unbound" else status)


def report(turn: Turn, args: Args) -> str:
    """A device is reported lost or stolen: its keys are revoked."""
    sn = text_of(turn, args, "sn")
    status = text_of(turn, args, "status")
    if status not in REPORTS:
        raise bad_argument("status", "应为 lost 或 stolen", "must be lost or stolen")
    device = turn.state.devices.get(sn)
    bound = device.terminal if device else ""
    turn.record("device", sn=sn, model=device.model if device else "", status=status, terminal=bound)
    if bound:
        turn.record("terminal_changed", terminal=bound, session="never", tmk="", pik="", mak="")
    turn.changed("device", sn, "bound" if bound else "", status, "reported")
    return status


def merchant_status(turn: Turn, args: Args) -> str:
    """Open or close a merchant, with the reason that the portal shows.  Who is stopped for a time is put on hold."""
    mid = text_of(turn, args, "mid")
    merchant = turn.state.merchants.get(mid)
    status = text_of(turn, args, "status")
    if merchant is None:
        raise Refused("merchant_unknown", Text(f"没有商户 {mid}", f"there is no merchant {mid}"))
    if status not in MERCHANT_STATES:
        raise bad_argument("status", "应为 open 或 closed", "must be open or closed")
    turn.changed("merchant", mid, merchant.status, status, "control")
    turn.record("merchant", mid=mid, name=merchant.name, status=status, reason=text_of(turn, args, "reason", ""))
    return status
