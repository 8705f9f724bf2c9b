"""Which readers there are, what each is, which one is meant, and what comes and goes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.clock import monotonic_s

from .api import LEAVE, PLUG_AND_PLAY, Context, State
from .troubles import CardLinkError

CONTACTLESS_WORDS = re.compile(
    r"\b(PICC|CL|contactless|NFC|RFID|FeliCa|PN53\d|ACR122U?|ACR1252U?|SCL\d+|RC-S\d+|Prox-\w+)\b|[- ]CL\b",
    re.IGNORECASE,
)
"""In the names of readers that reach cards without contacts.  A name is all that PC/SC tells of this (no source has a
list): a dual reader shows as two readers, of which one has such a word.  Heuristic."""
CONTACT_WORDS = re.compile(r"\b(ICC|SAM|contact)\b", re.IGNORECASE)
CONTACTLESS_ATR = re.compile(rb"^\x3B[\x80-\x8F]\x80\x01", re.DOTALL)
"""PC/SC Part 3, 3.1.3.2.3: the ATR that a reader makes up for a contactless card."""
_SERIAL_IN_NAME = re.compile(r"\(([^()]+)\)(?: \d\d \d\d)?$")
"""libccid puts a reader's serial number into its name: `NAME [INTERFACE] (SERIAL) 00 00`."""
KINDS = ("contact", "contactless")
WAIT_MS = 250
"""How long one wait for changes may last before we look whether anybody still wants to know."""


@dataclass(frozen=True, slots=True)
class ReaderInfo:
    """A reader and what is in it.  `serial`, `vendor`: "" where the reader does not tell (virtual ones never do).
    `atr`: of the card, b"" where there is none or it is mute.  `in_use`: another program has the card."""

    name: str
    serial: str = ""
    vendor: str = ""
    contactless: bool = False
    present: bool = False
    mute: bool = False
    in_use: bool = False
    atr: bytes = b""


@dataclass(frozen=True, slots=True)
class Change:
    """`what`: "plugged", "unplugged" (the reader), "inserted", "removed" (a card; `reader.atr` is that of the card that
    was in it), "mute" (a card that does not answer)."""

    what: str
    reader: ReaderInfo


def readers() -> tuple[ReaderInfo, ...]:
    """All readers, in the order of their names; () when there are none.  Raises CardLinkError: there is no service, it
    refuses us, the extra is missing."""
    context = Context()
    try:
        return tuple(_filled(_named(context, state.reader), state) for state in _states(context))
    finally:
        context.close()


def choose(known: Sequence[ReaderInfo], wanted: str = "", how: str = "") -> ReaderInfo:
    """The reader that `wanted` names: its whole name, its serial number, "contact", "contactless", or a part of the
    name (of any case); "" is any.  Of several the one that suits `how` ("insert", "tap"), then the one with a card.

    Raises CardLinkError, which names those that there are, when none or more than one is left.
    """
    suited = suited_to(known, wanted)
    if how and len(suited) > 1:
        suited = [one for one in suited if one.contactless == (how == "tap")] or suited
    if len(suited) > 1:
        suited = [one for one in suited if one.present] or suited
    if len(suited) > 1:
        names = ", ".join(one.name for one in suited)
        raise CardLinkError("several-readers", wanted=wanted or "--reader", known=names)
    return suited[0]


def suited_to(known: Sequence[ReaderInfo], wanted: str) -> list[ReaderInfo]:
    """All that `wanted` may be (`choose`), at least one.  Raises CardLinkError."""
    if not known:
        raise CardLinkError("no-reader")
    suited = _suited(known, wanted)
    if not suited:
        raise CardLinkError("unknown-reader", wanted=wanted, known=", ".join(one.name for one in known))
    return suited


def watch() -> Iterator[Change | None]:
    """What comes and goes, as long as it is asked for; first what is there.  None when nothing happened for a quarter
    of a second, so that the caller can end.  Raises CardLinkError when the service ends."""
    context = Context()
    known: dict[str, ReaderInfo] = {}
    seen: dict[str, int] = {}
    try:
        while True:
            states = _states(context)
            now = {state.reader: known.get(state.reader) or _named(context, state.reader) for state in states}
            now = {state.reader: _filled(now[state.reader], state) for state in states}
            changes = list(_changes(known, now, {state.reader: state.seen for state in states}, seen))
            if changes:
                yield from changes
            else:
                yield None
            known, seen = now, {state.reader: state.seen for state in states}
            _wait(context, seen)
    finally:
        context.close()


def await_card(names: Sequence[str], present: bool, wait_s: float) -> str:
    """Wait until one of the readers of these exact names has a card, or one has none; which, "" when that did not come
    within `wait_s`.  Raises CardLinkError when a reader or the service ends."""
    end_s = monotonic_s() + wait_s
    context = Context()
    try:
        while True:
            states = context.states(tuple(names))
            if any(state.gone for state in states):
                raise CardLinkError("no-reader")
            there = [state.reader for state in states if state.present == present]
            left_ms = int((end_s - monotonic_s()) * 1000)
            if there or left_ms <= 0:
                return there[0] if there else ""
            context.changes({state.reader: state.seen for state in states}, min(left_ms, WAIT_MS))
    finally:
        context.close()


def is_contactless(name: str, atr: bytes = b"") -> bool:
    """By the name of the reader, else by the card in it."""
    if CONTACTLESS_WORDS.search(name):
        return True
    return not CONTACT_WORDS.search(name) and bool(CONTACTLESS_ATR.match(atr))


def serial_in(name: str) -> str:
    """The serial number that libccid puts into a reader's name, "" for none."""
    found = _SERIAL_IN_NAME.search(name)
    return found[1].strip() if found else ""


def _suited(known: Sequence[ReaderInfo], wanted: str) -> list[ReaderInfo]:
    if not wanted:
        return list(known)
    if wanted in KINDS:
        return [one for one in known if one.contactless == (wanted == "contactless")]
    exact = [one for one in known if one.name == wanted] or [one for one in known if one.serial == wanted]
    return exact or [one for one in known if wanted.casefold() in one.name.casefold()]


def _states(context: Context) -> tuple[State, ...]:
    """Of all readers, by name; one that goes while it is asked for is not among them."""
    states: list[State] = []
    for name in sorted(context.readers()):
        try:
            states += context.states((name,))
        except CardLinkError as error:
            if error.trouble != "no-reader":
                raise
    return tuple(state for state in states if not state.gone)


def _named(context: Context, name: str) -> ReaderInfo:
    """What the reader itself tells; the card in it is not touched."""
    vendor = serial = ""
    try:
        handle = context.connect(name, protocols=0)
    except CardLinkError:  # somebody else has it for himself alone
        pass
    else:
        vendor = handle.attribute("SCARD_ATTR_VENDOR_NAME").decode(errors="replace").strip()
        serial = handle.attribute("SCARD_ATTR_VENDOR_IFD_SERIAL_NO").decode(errors="replace").strip()
        handle.disconnect(LEAVE)
    return ReaderInfo(name, serial or serial_in(name), vendor)


def _filled(reader: ReaderInfo, state: State) -> ReaderInfo:
    return replace(
        reader,
        contactless=is_contactless(reader.name, state.atr),
        present=state.present,
        mute=state.mute,
        in_use=state.in_use,
        atr=state.atr,
    )


def _changes(
    before: Mapping[str, ReaderInfo],
    now: Mapping[str, ReaderInfo],
    seen_now: Mapping[str, int],
    seen: Mapping[str, int],
) -> Iterator[Change]:
    for name in [name for name in before if name not in now]:
        yield Change("unplugged", before[name])
    for name, reader in now.items():
        old = before.get(name)
        if old is None:
            yield Change("plugged", reader)
        # A card that was changed for another between two looks left a trace in the reader's count of events.
        swapped = old is not None and old.present and reader.present and seen_now[name] >> 16 > (seen[name] >> 16) + 1
        if old is not None and old.present and (swapped or not reader.present):
            yield Change("removed", replace(old, present=False, mute=False, in_use=False))
        if reader.present and (old is None or swapped or not old.present):
            yield Change("mute" if reader.mute else "inserted", reader)


def _wait(context: Context, seen: Mapping[str, int]) -> None:
    try:
        context.changes({**seen, PLUG_AND_PLAY: 0}, WAIT_MS)
    except CardLinkError as error:
        if error.trouble != "no-reader":  # one went meanwhile: the next look shows it
            raise
