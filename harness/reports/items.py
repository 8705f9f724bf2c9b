"""From events to what a sequence diagram shows: arrows, notes, marks, dividers, gaps in time.

Lanes stand at the odd eighths of the width: register 1, terminal 3, link 5, host 7.  The cable between register and
terminal has no lane of its own; what goes wrong on it is shown at 2, halfway.  Where there are several terminals or
hosts they share the lane of their side, and what is of another than the first bears its name: a fleet fits no page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from protocols.text import Text
from protocols.unionpay.responses import response

from ..machine import SECOND_US, Json, side_of
from ..trace import Event
from . import words
from .flights import Flight, flights_of
from .injected import CERTIFICATE, injected
from .provider_words import PORTAL
from .words import joined, of_json, same, word

LANES: Mapping[str, int] = {"register": 1, "terminal": 3, "link": 5, "host": 7, "bench": 5}
CABLE = 2
LINE = LANES["link"]

HELD_US = 2 * SECOND_US
"""What is under way longer than this is drawn in two parts, when it left and when it arrived."""

GAP_US = 60 * SECOND_US
"""Time between two items that gets a line of its own."""

NAMED_MAX = 3
"""Parties that one line names."""

ACK = "06"

Shape = Literal["arrow", "note", "mark", "case", "step", "gap"]
End = Literal["head", "cross", "held"]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the diagram.

    `start`, `stop`: eighths of the width; equal for what stands on one lane.  `tone`: what it is (money, reversal,
    manage, settle, cable, portal, fault, healed, state, display, slip, begin, end, decision, person, noise, boot).
    `good`: False for what went wrong.  `struck`: something happened to it on the way.  `repeats`: equal for items that
    say the same.
    """

    shape: Shape
    at_us: int
    seqs: tuple[int, ...]
    label: Text
    sub: Text | None = None
    start: int = 0
    stop: int = 0
    end: End = "head"
    tone: str = ""
    good: bool = True
    struck: bool = False
    flight: Flight | None = None
    data: Mapping[str, Json] | None = None
    lines: tuple[Text, ...] = ()
    repeats: str = ""

    @property
    def weighs(self) -> bool:
        """Whether it must be seen in any recording, however long."""
        return not self.good or self.struck or self.shape == "case" or self.tone == "fault"


def items_of(events: Sequence[Event]) -> list[Item]:
    """What there is to draw, in order.  What says nothing to a reader (records, snapshots, ACKs) is left out."""
    drawn: dict[int, list[Item]] = {}
    for flight in flights_of(events):
        for item in _arrows(flight):
            drawn.setdefault(item.seqs[0], []).append(item)
    for event in events:
        make = NOTES.get(event.kind)
        note = make(event) if make else None
        if note is not None:
            drawn.setdefault(event.seq, []).append(note)
    return list(_with_gaps(item for seq in sorted(drawn) for item in drawn[seq]))


def _with_gaps(items: Iterator[Item] | Sequence[Item]) -> Iterator[Item]:
    last_us: int | None = None
    for item in items:
        if last_us is not None and item.at_us - last_us >= GAP_US:
            passed = words.span(item.at_us - last_us)
            label = Text(f"{passed.zh}之后", f"{passed.en} later")
            yield Item("gap", item.at_us, (), label, repeats=f"gap {passed.en}")
        last_us = item.at_us
        yield item


# Arrows -------------------------------------------------------------------------------------------------------------


def _arrows(flight: Flight) -> Iterator[Item]:
    if flight.is_control and flight.hex == ACK and flight.fate in ("arrived", "again"):
        return
    start, stop = LANES[side_of(flight.sender)], LANES[side_of(flight.receiver)]
    middle = CABLE if {start, stop} == {1, 3} else LINE
    events = flight.events
    left = flight.sent or flight.out_message
    came = flight.arrived or flight.in_message
    label, sub = _named(_label(flight), flight.sender, flight.receiver), _sub(flight)
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


def _named(label: Text, *parties: str) -> Text:
    """`label` behind the names of those parties that are not the first of their side."""
    return joined(*(words.party(one) for one in parties if one != side_of(one)), label)


def _damage(flight: Flight) -> Text | None:
    if flight.fate != "damaged":
        return None
    return words.IN_PART.format(count=flight.came_octets) if flight.came_octets else words.DAMAGED


def _label(flight: Flight) -> Text:
    event = flight.message
    if event is None:
        if flight.is_control:
            return same({"06": "ACK", "15": "NAK", "04": "EOT"}.get(flight.hex, flight.hex))
        return words.OCTETS.format(count=len(flight.hex) // 2)
    mti = str(event.data.get("mti") or "")
    return joined(mti, words.kind_title(str(event.data.get("kind", "")), mti), by=" ")


def _field(flight: Flight, key: str) -> str:
    event = flight.message
    return str(event.data.get("fields", {}).get(key, "")) if event is not None else ""


def _code(flight: Flight) -> str:
    """F39 on the host line, the result code on the cable; "" where there is none."""
    return _field(flight, "39") or _field(flight, "9F14")


def _sub(flight: Flight) -> Text | None:
    event = flight.message
    if event is None:
        return None
    amount, stan = _field(flight, "4") or _field(flight, "9F02"), _field(flight, "11") or _field(flight, "9F0E")
    code = _field(flight, "39")
    answer: Text | None = None
    if code:
        answer = joined(code, response(code).meaning, by=" ") if _is_reply(event) else same(f"F39 {code}")
    shown = words.yuan(int(amount)) if amount.isascii() and amount.isdigit() else None
    bad_mac = any(e is not None and e.data.get("mac") == "bad" for e in (flight.out_message, flight.in_message))
    result = _field(flight, "9F14")
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


# Everything else ------------------------------------------------------------------------------------------------------


def _note(event: Event, tone: str, label: Text, sub: Text | None = None, **more: Json) -> Item:
    lane = LANES.get(side_of(event.party), LINE)
    key = f"{event.kind} {event.party} {label.en} {tone}"
    label = _named(label, event.party)
    return Item("note", event.t_us, (event.seq,), label, sub, lane, lane, tone=tone, repeats=key, **more)


def _state(event: Event) -> Item:
    data = event.data
    machine = word(words.MACHINES, data.get("machine"))
    subject = str(data.get("subject") or "")
    named = words.STATES.get(subject, subject)
    head = machine if data.get("machine") == "life_cycle" else joined(machine, named, by=" ")
    before = word(words.STATES, data["from"]) if data.get("from") else None
    change = joined(before or "·", word(words.STATES, data.get("to")), by=" → ")
    item = _note(event, "state", joined(head, change, by="  "))
    if data.get("machine") == "device":
        return replace(item, repeats=f"device {event.party} {data.get('to')}")
    return item


def _plain(value: Json) -> str:
    return str(value or "").replace("_", " ")


def _display(event: Event) -> Item:
    return _note(event, "display", of_json(event.data) or same("-"))


def _key(event: Event) -> Item:
    return _note(event, "person", joined(words.KEYS, str(event.data.get("keys", "")), by=" "))


def _card(event: Event) -> Item:
    data = event.data
    how = word(words.CARDS, data["how"]) if data.get("how") else None
    return _note(event, "person", joined(word(words.CARDS, data.get("what")), how, str(data.get("pan") or ""), by=" "))


def _slip(event: Event) -> Item:
    data = event.data
    amount = data.get("amount_fen")
    stan = f"STAN {data['stan']}" if data.get("stan") else None
    copy = word(words.STATES, data["copy"]) if data.get("copy") else None
    sub = joined(stan, words.yuan(amount) if isinstance(amount, int) else None, copy)
    lines = tuple(of_json(line) or same(str(line)) for line in data.get("lines") or [])
    return _note(event, "slip", joined(words.PRINTS, word(words.SLIPS, data.get("kind")), by=" "), sub, lines=lines)


def _operation(event: Event) -> Item:
    data = event.data
    op = word(words.OPERATIONS, data.get("op"))
    if data.get("phase") == "begin":
        args: Mapping[str, Json] = data.get("args") or {}
        amount = args.get("amount_fen")
        return _note(event, "begin", joined("▶", op, words.yuan(amount) if isinstance(amount, int) else None, by=" "))
    outcome: Mapping[str, Json] = data.get("outcome") or {}
    status = str(outcome.get("status") or "")
    good = status in ("done", "")
    told = None if good else of_json(outcome.get("text"))
    code = str(outcome.get("code") or "")
    label = joined("■" if good else "✗", op, joined(word(words.STATUSES, status), "" if code == "00" else code), by=" ")
    return _note(event, "end", label, told, good=good, data=outcome)


def _decision(event: Event) -> Item | None:
    """Only a refusal is worth a line: the answer itself shows an approval."""
    data = event.data
    if data.get("code") in ("", None, "00"):
        return None
    label = joined(words.REFUSES, str(data["code"]), by=" ")
    told = of_json(data.get("detail")) or same(_plain(data.get("cause")))
    return _note(event, "decision", label, told, good=False, data=data)


def _portal(event: Event) -> Item:
    data = event.data
    answer = data.get("answer")
    told: Text | None = None
    if isinstance(answer, Mapping):
        error = of_json(answer.get("error"))
        named = [answer[key] for key in ("state", "stage", "place", "activation_code") if answer.get(key)]
        parts = dict.fromkeys(of_json(value) or word(words.STATES, value) for value in named)
        told = error or (joined(*parts) if parts else None)
    action = _named(joined("⇄", word(PORTAL, data.get("action")), by=" "), event.party)
    seqs = (event.seq,)
    key = f"portal {action.en} {told.en if told else ''}"
    start, stop = LANES["register"], LANES["host"]
    good = not (isinstance(answer, Mapping) and answer.get("error"))
    return Item("arrow", event.t_us, seqs, action, told, start, stop, tone="portal", good=good, data=data, repeats=key)


def _link(event: Event) -> Item | None:
    """Only what a party did not ask for."""
    data = event.data
    if data.get("what") != "closed" or data.get("reason") in ("local", "eof", None) or data.get("lost"):
        return None
    label = joined(words.party(event.party), word(words.REASONS, data.get("reason")), by="：")
    return _mark(event, "fault", label, good=False)


def _noise(event: Event) -> Item:
    return _note(event, "noise", words.NOISE, same(str(event.data.get("reason") or "-")), good=False, data=event.data)


def _boot(event: Event) -> Item:
    pending = event.data.get("pending_reversal")
    label = joined(words.STARTS, word(words.STATES, event.data.get("reset_cause")), by=" ")
    return _note(event, "boot", label, words.PENDING if pending else None, data=event.data)


def _mark(event: Event, tone: str, label: Text, sub: Text | None = None, lane: int = LINE, **more: Json) -> Item:
    key = f"{event.kind} {label.en}"
    return Item("mark", event.t_us, (event.seq,), label, sub, lane, lane, tone=tone, repeats=key, **more)


def _fault(event: Event) -> Item:
    data = event.data
    lane = CABLE if data.get("path") == "register" else LINE
    shown = ("stream", "frame", "connection", "struck")
    settings = [f"{key}={data[key]}" for key in shown if data.get(key) is not None]
    label = _named(joined("⚡", word(words.FAULTS, data.get("fault")), by=" "), str(data.get("terminal") or ""))
    return _mark(event, "fault", label, same(" ".join(settings)), lane, data=data)


HEALABLE: Mapping[str, Text] = {**words.STATES, **words.BEHAVIOURS, "certificate": CERTIFICATE}
"""A behaviour, a path, or a host's certificate."""


def _cause(event: Event) -> Item:
    data = event.data
    if "healed" in data:
        label = joined(words.HEALED, word(HEALABLE, data["healed"]), by=" ")
        return _mark(event, "healed", _named(label, *_whose(data)))
    lane = CABLE if data.get("path") == "register" else LANES.get(side_of(str(data.get("party") or "link")), LINE)
    label = _named(joined("⚡", words.INJECTED, by=" "), *_whose(data))
    return _mark(event, "fault", label, injected(data), lane, data=data)


def _whose(data: Mapping[str, Json]) -> Sequence[str]:
    """Whose line or machine it is, as far as one line names them."""
    return (data.get("terminals") or [str(data.get("party") or "")])[:NAMED_MAX]


def _crash(event: Event) -> Item:
    party = str(event.data.get("party") or "link")
    label = joined("✖", words.party(party), words.POWER_LOST, by=" ")
    return _mark(event, "fault", label, None, LANES.get(side_of(party), LINE), good=False)


def _case(event: Event) -> Item:
    title = of_json(event.data.get("title")) or same(str(event.data.get("name") or "-"))
    return Item("case", event.t_us, (event.seq,), title, repeats=f"case {event.seq}")


def _step(event: Event) -> Item | None:
    told = of_json(event.data.get("note"))
    return Item("step", event.t_us, (event.seq,), told, repeats=f"step {told.en}") if told else None


def _limit(event: Event) -> Item:
    return Item("step", event.t_us, (event.seq,), words.ENDS_HERE, good=False, repeats="limit")


NOTES: Mapping[str, Callable[[Event], Item | None]] = {
    "state": _state,
    "display": _display,
    "key": _key,
    "card": _card,
    "slip": _slip,
    "operation": _operation,
    "decision": _decision,
    "portal": _portal,
    "link": _link,
    "noise": _noise,
    "boot": _boot,
    "fault": _fault,
    "cause": _cause,
    "crash": _crash,
    "case": _case,
    "step": _step,
    "limit": _limit,
}
"""How an event that is no message is drawn.  Kinds that are not listed are not: `bytes` and `message` are flights."""
