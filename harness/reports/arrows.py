"""From flights to arrows: what went over the host's line and over the cable."""

from __future__ import annotations

from collections.abc import Iterator

from protocols.text import Text
from protocols.unionpay.responses import response

from ..machine import side_of
from ..trace import Event
from . import register_words, words
from .flights import Flight
from .item import CABLE, HELD_US, LANES, LINE, End, Item, named
from .words import joined, same

ACK = "06"


def arrows(flight: Flight) -> Iterator[Item]:
    if flight.is_control and flight.hex == ACK and flight.fate in ("arrived", "again"):
        return
    start, stop = LANES[side_of(flight.sender)], LANES[side_of(flight.receiver)]
    middle = CABLE if {start, stop} == {1, 3} else LINE
    events = flight.events
    left = flight.sent or flight.out_message
    came = flight.arrived or flight.in_message
    label, sub = named(_label(flight), flight.sender, flight.receiver), _sub(flight)
    tone, good = _tone(flight), _is_good(flight)

    def arrow(at: Event, seqs: tuple[int, ...], a: int, b: int, end: End, more: Text | None, struck: bool) -> Item:
        parts = joined(sub, more) if sub or more else None
        key = f"{tone} {label.en} {a}{b}{end}{struck} {good} {_code(flight)} {more.en if more else ''}"
        return Item("arrow", at.t_us, seqs, label, parts, a, b, end, tone, good, struck, flight, repeats=key)

    if flight.fate == "lost":
        gone = left is not None and left.kind == "link"
        yield arrow(events[0], flight.seqs, start, middle, "cross", words.LEFT_NOT if gone else words.LOST, True)
    elif left is None or flight.fate == "again":
        again = words.AGAIN if flight.fate == "again" else None
        first = came or events[0]
        yield arrow(first, flight.seqs, middle if again else start, stop, "head", again, again is not None)
    elif came is not None and came.t_us - left.t_us >= HELD_US:
        early = tuple(s for s in flight.seqs if s < came.seq)
        late = tuple(s for s in flight.seqs if s >= came.seq)
        yield arrow(left, early, start, middle, "held", words.HELD, True)
        yield arrow(came, late, middle, stop, "head", _damage(flight) or words.ARRIVES, True)
    else:
        more = words.UNSEEN if flight.fate == "unseen" else _damage(flight)
        yield arrow(left, flight.seqs, start, stop, "head", more, flight.fate == "damaged")


def _damage(flight: Flight) -> Text | None:
    if flight.fate != "damaged":
        return None
    return words.IN_PART.format(count=flight.came_octets) if flight.came_octets else words.DAMAGED


def _label(flight: Flight) -> Text:
    event = flight.message
    if event is None:
        if flight.is_control:
            return same({"05": "ENQ", "06": "ACK", "15": "NAK", "04": "EOT"}.get(flight.hex, flight.hex))
        return words.OCTETS.format(count=len(flight.hex) // 2)
    mti = str(event.data.get("mti") or "")
    return joined(mti, words.kind_title(str(event.data.get("kind", "")), mti), by=" ")


def _field(flight: Flight, key: str) -> str:
    event = flight.message
    return str(event.data.get("fields", {}).get(key, "")) if event is not None else ""


def _code(flight: Flight) -> str:
    """F39 on the host line, the result code on the cable; "" where there is none."""
    return _field(flight, "39") or _field(flight, "9F14") or _field(flight, "code") or _field(flight, "status")


def _sub(flight: Flight) -> Text | None:
    event = flight.message
    if event is None:
        return None
    amount = _field(flight, "4") or _field(flight, "9F02") or _field(flight, "amount")
    stan = _field(flight, "11") or _field(flight, "9F0E") or _field(flight, "operation")
    code = _field(flight, "39")
    answer: Text | None = None
    if code:
        answer = joined(code, response(code).meaning, by=" ") if _is_reply(event) else same(f"F39 {code}")
    shown = words.yuan(int(amount)) if amount.isascii() and amount.isdigit() else None
    bad_mac = any(e is not None and e.data.get("mac") == "bad" for e in (flight.out_message, flight.in_message))
    result = _field(flight, "9F14") or register_words.result(event.data.get("fields", {}))
    parts = (f"STAN {stan}" if stan else None, shown, answer, result or None, words.MAC_BAD if bad_mac else None)
    return joined(*parts) if any(parts) else None


def _is_reply(event: Event) -> bool:
    mti = str(event.data.get("mti") or "")
    return len(mti) == 4 and mti[2] in "13579"


def _is_good(flight: Flight) -> bool:
    event = flight.message
    if event is None:
        return flight.hex != "15" or not flight.is_control
    if any(e is not None and e.data.get("mac") == "bad" for e in (flight.out_message, flight.in_message)):
        return False
    code = _field(flight, "39")
    return not (_is_reply(event) and code) or response(code).category == "A"


def _tone(flight: Flight) -> str:
    event = flight.message
    mti = str(event.data.get("mti") or "") if event is not None else ""
    if not mti:
        return "cable"
    return {"01": "money", "02": "money", "04": "reversal", "05": "settle", "03": "settle"}.get(mti[:2], "manage")
