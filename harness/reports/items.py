"""From events to what a sequence diagram shows: arrows, notes, marks, dividers, gaps in time (`item.Item`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from protocols.text import Text

from ..machine import Json, side_of
from ..trace import Event
from . import chip_words, words
from .arrows import arrows
from .device_items import DEVICE_NOTES
from .flights import flights_of
from .injected import CERTIFICATE, injected
from .item import CABLE, GAP_US, LANES, LINE, NAMED_MAX, Item, mark, named, note
from .provider_words import PORTAL
from .state_words import MACHINES, STATES, state, subject
from .words import COLON, joined, of_json, same, word


def items_of(events: Sequence[Event]) -> list[Item]:
    """What there is to draw, in order.  What says nothing to a reader (records, snapshots, ACKs) is left out."""
    drawn: dict[int, list[Item]] = {}
    for flight in flights_of(events):
        for item in arrows(flight):
            drawn.setdefault(item.seqs[0], []).append(item)
    hidden = _beyond_limit(events)
    for event in events:
        make = NOTES.get(event.kind) if event.seq not in hidden else None
        note = make(event) if make else None
        if note is not None:
            drawn.setdefault(event.seq, []).append(note)
    return list(_with_gaps(item for seq in sorted(drawn) for item in drawn[seq]))


APDUS_MAX = 120
"""Commands to a card in one diagram; of what is beyond that, those that went as they should are left out."""


def _beyond_limit(events: Sequence[Event]) -> frozenset[int]:
    good = [event.seq for event in events if event.kind == "apdu" and event.data.get("sw") == APPROVED]
    return frozenset(good[APDUS_MAX:])


def _with_gaps(items: Iterator[Item] | Sequence[Item]) -> Iterator[Item]:
    last_us: int | None = None
    for item in items:
        if last_us is not None and item.at_us - last_us >= GAP_US:
            passed = words.span(item.at_us - last_us)
            label = Text(f"{passed.zh}之后", f"{passed.en} later")
            yield Item("gap", item.at_us, (), label, repeats=f"gap {passed.en}")
        last_us = item.at_us
        yield item


def _state(event: Event) -> Item:
    data = event.data
    name = data.get("machine")
    machine = word(MACHINES, name)
    called = subject(str(data.get("subject") or ""))
    head = machine if name == "life_cycle" else joined(machine, called, by=" ")
    before = state(name, data["from"]) if data.get("from") else None
    change = joined(before, joined("→", state(name, data.get("to")), by=" "), by=" ")
    item = note(event, "state", joined(head, change, by=" "))
    if data.get("machine") == "device":
        return replace(item, repeats=f"device {event.party} {data.get('to')}")
    return item


def _operation(event: Event) -> Item:
    data = event.data
    op = word(words.OPERATIONS, data.get("op"))
    if data.get("phase") == "begin":
        args: Mapping[str, Json] = data.get("args") or {}
        amount = args.get("amount_fen")
        return note(event, "begin", joined("▶", op, words.yuan(amount) if isinstance(amount, int) else None, by=" "))
    outcome: Mapping[str, Json] = data.get("outcome") or {}
    status = str(outcome.get("status") or "")
    good = status in ("done", "")
    told = None if good else of_json(outcome.get("text"))
    code = str(outcome.get("code") or "")
    label = joined("■" if good else "✗", op, joined(word(words.STATUSES, status), "" if code == "00" else code), by=" ")
    return note(event, "end", label, told, good=good, data=outcome)


def _decision(event: Event) -> Item | None:
    """Only a refusal is worth a line: the answer itself shows an approval."""
    data = event.data
    if data.get("code") in ("", None, "00"):
        return None
    label = joined(words.REFUSES, str(data["code"]), by=" ")
    told = of_json(data.get("detail")) or word(words.CAUSES, data.get("cause") or "-")
    return note(event, "decision", label, told, good=False, data=data)


def _chip(event: Event) -> Item | None:
    """Each step of a terminal's kernel; of an issuer what is not in order, and what it makes the card do."""
    data = event.data
    good = data.get("ok") is not False
    if side_of(event.party) == "host" and good and data.get("what") not in chip_words.WORTH_A_LINE:
        return None
    label = joined(chip_words.CHIP, joined(word(chip_words.WHAT, data.get("what")), "" if good else "✗", by=" "))
    told = word(chip_words.WHY, data["why"]) if data.get("why") else None
    return note(event, "decision", label, told, good=good, data=data)


APPROVED = "9000"


def _apdu(event: Event) -> Item:
    """A command and its answer, by name and meaning; other answers than 9000 are the card's right."""
    data = event.data
    said = of_json(data.get("meaning")) or word(chip_words.WHY, data.get("meaning"))
    told = None if data.get("sw") == APPROVED else joined(str(data.get("sw") or ""), said, by=" ")
    item = note(
        event, "apdu", same(str(data.get("name") or data.get("ins"))), told, good=bool(data.get("sw")), data=data
    )
    lane = LANES["card"]
    return replace(item, start=lane, stop=lane, repeats=f"{item.repeats} {told.en if told else ''}")


def _portal(event: Event) -> Item:
    data = event.data
    answer = data.get("answer")
    told: Text | None = None
    if isinstance(answer, Mapping):
        error = of_json(answer.get("error"))
        told_of = [answer[key] for key in ("state", "stage", "place", "activation_code") if answer.get(key)]
        parts = dict.fromkeys(of_json(value) or word(STATES, value) for value in told_of)
        told = error or (joined(*parts) if parts else None)
    action = named(joined("⇄", word(PORTAL, data.get("action")), by=" "), event.party)
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
    label = joined(words.party(event.party), word(words.REASONS, data.get("reason")), by=COLON)
    return mark(event, "fault", label, good=False)


def _noise(event: Event) -> Item:
    return note(event, "noise", words.NOISE, same(str(event.data.get("reason") or "-")), good=False, data=event.data)


def _boot(event: Event) -> Item:
    pending = event.data.get("pending_reversal")
    label = joined(words.STARTS, word(STATES, event.data.get("reset_cause")), by=COLON)
    return note(event, "boot", label, words.PENDING if pending else None, data=event.data)


def _fault(event: Event) -> Item:
    data = event.data
    lane = CABLE if data.get("path") == "register" else LINE
    shown = ("stream", "frame", "connection", "struck")
    settings = [f"{key}={data[key]}" for key in shown if data.get(key) is not None]
    label = named(joined("⚡", word(words.FAULTS, data.get("fault")), by=" "), str(data.get("terminal") or ""))
    return mark(event, "fault", label, same(" ".join(settings)), lane, data=data)


HEALABLE: Mapping[str, Text] = {**STATES, **words.BEHAVIOURS, "certificate": CERTIFICATE}
"""A behaviour, a path, or a host's certificate."""


def _cause(event: Event) -> Item:
    data = event.data
    if "healed" in data:
        label = joined(words.HEALED, word(HEALABLE, data["healed"]), by=COLON)
        return mark(event, "healed", named(label, *_whose(data)))
    lane = CABLE if data.get("path") == "register" else LANES.get(side_of(str(data.get("party") or "link")), LINE)
    label = named(joined("⚡", words.INJECTED, by=" "), *_whose(data))
    return mark(event, "fault", label, injected(data), lane, data=data)


def _whose(data: Mapping[str, Json]) -> Sequence[str]:
    """Whose line or machine it is, as far as one line names them."""
    return (data.get("terminals") or [str(data.get("party") or "")])[:NAMED_MAX]


def _crash(event: Event) -> Item:
    party = str(event.data.get("party") or "link")
    label = joined("✖", words.party(party), words.POWER_LOST, by=" ")
    return mark(event, "fault", label, None, LANES.get(side_of(party), LINE), good=False)


def _case(event: Event) -> Item:
    title = of_json(event.data.get("title")) or same(str(event.data.get("name") or "-"))
    return Item("case", event.t_us, (event.seq,), title, repeats=f"case {event.seq}")


def _step(event: Event) -> Item | None:
    told = of_json(event.data.get("note"))
    return Item("step", event.t_us, (event.seq,), told, repeats=f"step {told.en}") if told else None


def _limit(event: Event) -> Item:
    return Item("step", event.t_us, (event.seq,), words.ENDS_HERE, good=False, repeats="limit")


NOTES: Mapping[str, Callable[[Event], Item | None]] = {
    **DEVICE_NOTES,
    "state": _state,
    "operation": _operation,
    "decision": _decision,
    "chip": _chip,
    "apdu": _apdu,
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
