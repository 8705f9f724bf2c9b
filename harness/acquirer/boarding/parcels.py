"""Parcels (邮寄): from the dispatch along the carrier's route to the merchant, or lost, or held on the way.

The warehouse notes which device it packs, so that a parcel that is lost revokes a serial number, and a device that
comes damaged has a delivery record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from protocols.text import Text

from .. import registry
from ..asks import Args, Refused, Value, text_of
from ..books.parcels import ON_ITS_WAY, Parcel
from ..state import State
from ..turn import Turn


def send(turn: Turn, application: str, sn: str, at_us: int) -> str:
    """A parcel leaves the warehouse at `at_us`; its number.  `sn`: the device inside, "" where nobody noted it."""
    number = f"P{len(turn.state.parcels.all) + 1:06d}"
    turn.record(
        "parcel",
        number=number,
        application=application,
        sent_us=at_us,
        due_us=at_us + turn.settings.shipping_us,
        next_us=_reached_us(turn, at_us, 1),
        sn=sn,
    )
    turn.changed("parcel", number, "", ON_ITS_WAY, "dispatch")
    return number


def _reached_us(turn: Turn, sent_us: int, stop: int) -> int:
    return sent_us + turn.settings.shipping_us * turn.settings.route[stop].percent // 100


def _is_held(state: State, parcel: Parcel) -> bool:
    held = state.behaviours.get("parcel_held")
    return held is not None and held.settings.get("parcel", parcel.number) == parcel.number


def next_due_us(state: State) -> int | None:
    """When the next parcel comes to its next stop."""
    moving = [p for p in state.parcels.all.values() if p.state == ON_ITS_WAY and not _is_held(state, p)]
    return min((parcel.next_us for parcel in moving), default=None)


def advance(turn: Turn) -> None:
    """All parcels come as far as they should have by now."""
    for parcel in turn.state.parcels.all.values():
        while parcel.state == ON_ITS_WAY and parcel.next_us <= turn.now and not _is_held(turn.state, parcel):
            _move(turn, parcel)


def _move(turn: Turn, parcel: Parcel) -> None:
    route = turn.settings.route
    at_us, stop = parcel.next_us, parcel.events[-1]["stop"] + 1
    last = stop == len(route) - 1
    state = "delivered" if last else ON_ITS_WAY
    rest = 0 if last else turn.settings.shipping_us * (route[stop + 1].percent - route[stop].percent) // 100
    what = "delivered" if last else "passed"
    next_us = at_us + rest
    turn.record("parcel_moved", number=parcel.number, at_us=at_us, stop=stop, state=state, what=what, next_us=next_us)
    if last:
        turn.changed("parcel", parcel.number, ON_ITS_WAY, state, "delivery")


def let_go(turn: Turn, settings: Value) -> None:
    """The carrier holds the parcel (or all of them) no more: it goes on from where it is, from now."""
    for parcel in turn.state.parcels.all.values():
        if parcel.state == ON_ITS_WAY and _is_held(turn.state, parcel) and parcel.next_us < turn.now:
            turn.record("parcel_delayed", number=parcel.number, next_us=turn.now)


def pack(turn: Turn, parcel: str, sn: str) -> None:
    """The warehouse, or the merchant at the door, notes which device the parcel holds."""
    turn.record("parcel_packed", number=parcel, sn=sn)


def lose(turn: Turn, args: Args) -> Value:
    """`{parcel}`: the carrier declares it lost.  The device inside is revoked.  Raises Refused."""
    parcel = _named(turn, args)
    if parcel.state != ON_ITS_WAY:
        raise Refused("wrong_state", Text(f"运单状态为 {parcel.state}", f"the parcel is {parcel.state}"))
    _mark(turn, parcel, "lost", "carrier")
    if parcel.sn:
        registry.report(turn, {"sn": parcel.sn, "status": "lost"})
    return {"parcel": parcel.number, "state": parcel.state}


def report_damage(turn: Turn, args: Args) -> Value:
    """`{sn, part}`: the merchant reports a device that came damaged, with the part that its self-test names; the
    answer is its delivery record with that mark.  Raises Refused.
    """
    parcel = _named(turn, {"sn": text_of(turn, args, "sn")})
    part = text_of(turn, args, "part")
    if parcel.state not in ("delivered", "damaged"):
        raise Refused("wrong_state", Text(f"运单状态为 {parcel.state}", f"the parcel is {parcel.state}"))
    _mark(turn, parcel, "damaged", "merchant", part=part)
    return shown(turn, parcel)


def _mark(turn: Turn, parcel: Parcel, state: str, why: str, **facts: str) -> None:
    old, stop = parcel.state, parcel.events[-1]["stop"]
    values = {"at_us": turn.now, "stop": stop, "state": state, "what": state, "next_us": parcel.next_us, **facts}
    turn.record("parcel_moved", number=parcel.number, **values)
    if old != state:
        turn.changed("parcel", parcel.number, old, state, why)


def _named(turn: Turn, args: Args) -> Parcel:
    if "parcel" not in args and "sn" in args:
        sn = text_of(turn, args, "sn")
        found = turn.state.parcels.of_sn(sn)
        if found is None:
            raise Refused("no_parcel", Text(f"机具 {sn} 没有运单", f"no parcel of device {sn}"))
        return found
    number = text_of(turn, args, "parcel")
    parcel = turn.state.parcels.all.get(number)
    if parcel is None:
        raise Refused("no_parcel", Text(f"没有运单 {number}", f"there is no parcel {number}"))
    return parcel


def track(turn: Turn, args: Args) -> Value:
    """`{parcel | sn}`: what the carrier's tracking shows.  Times as the outside counts them.

    `state`: in_transit, held, delivered, damaged, lost.  `events`: the way so far.  `expected_us`: None while nobody
    knows (held, lost).
    """
    return shown(turn, _named(turn, args))


def shown(turn: Turn, parcel: Parcel) -> Value:
    """A parcel as the portal shows it."""
    held = parcel.state == ON_ITS_WAY and _is_held(turn.state, parcel)
    moving = parcel.state == ON_ITS_WAY and not held
    stop = parcel.events[-1]["stop"]
    rest = turn.settings.route[-1].percent - turn.settings.route[min(stop + 1, len(turn.settings.route) - 1)].percent
    expected = turn.told(parcel.next_us + turn.settings.shipping_us * rest // 100) if moving else None
    return {
        "parcel": parcel.number,
        "sn": parcel.sn,
        "state": "held" if held else parcel.state,
        "place": _words(turn.settings.route[stop].place),
        "due_us": turn.told(parcel.due_us),
        "late": parcel.state == ON_ITS_WAY and turn.now > parcel.due_us,
        "expected_us": expected,
        "events": [_event(turn, event) for event in parcel.events],
    }


def _event(turn: Turn, event: Mapping[str, object]) -> Value:
    at_us, stop = int(str(event["at_us"])), int(str(event["stop"]))
    told = {"at_us": turn.told(at_us), "what": event["what"], "place": _words(turn.settings.route[stop].place)}
    return {**told, "part": event["part"]} if event.get("part") else told


def _words(text: Text) -> Value:
    return {"zh": text.zh, "en": text.en}


PORTAL: Mapping[str, Callable[[Turn, Args], Value]] = {"track": track, "report_damage": report_damage}
CONTROL: Mapping[str, Callable[[Turn, Args], Value]] = {"parcel_lost": lose}
