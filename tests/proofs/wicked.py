"""A card that says whatever an attacker wants, in a shop whose books are looked at afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from harness.card.card import Card
from harness.card.settings import CardSettings
from harness.machine import Close, Closed, Effect, Event, Opened, Received, Send
from protocols.emv.apdu import parse_command
from protocols.emv.commands import instruction_of
from protocols.tlv import Tlv, build_tlv, parse_tlv

from .card_faults import CardShop

Says = Callable[[str, int, bytes], bytes | None]
"""Name of a command, the how-many-th of that name since the ATR, the honest answer; what is said, None: pulled out."""


class Wicked(Card):
    """The usual cards, whose answers somebody changes on the way."""

    def __init__(self, says: Says) -> None:
        super().__init__(CardSettings(rng=Random(1)))
        self._says = says
        self._counts: Counter[str] = Counter()

    def handle(self, event: Event, now: int) -> list[Effect]:
        effects = super().handle(event, now)
        if isinstance(event, Opened):
            self._counts.clear()
        if not isinstance(event, Received):
            return effects
        name = instruction_of(parse_command(event.data)).code
        self._counts[name] += 1
        return [self._said(name, one, now) if isinstance(one, Send) else one for one in effects]

    def _said(self, name: str, honest: Send, now: int) -> Effect:
        said = self._says(name, self._counts[name], honest.data)
        if said is None:
            super().handle(Closed(honest.link, "local"), now)
            return Close(honest.link)
        return Send(honest.link, said)


class WickedShop(CardShop):
    """`says` may be changed while the shop is open; None: the card is honest."""

    def __init__(self, card: str = "debit", **terminal: Any) -> None:
        self.says: Says | None = None
        super().__init__(card, terminal=terminal)

    def machines(self) -> Mapping[str, Any]:
        return {"card": lambda: Wicked(self._say)}

    def _say(self, name: str, number: int, honest: bytes) -> bytes | None:
        return honest if self.says is None else self.says(name, number, honest)

    def end(self) -> None:
        """An honest sale, the settlement, and everything that must hold."""
        self.says = None
        self.close()
        self.check()
        assert all(self.balanced())


def tlv(*items: tuple[int, bytes]) -> bytes:
    """Data objects one after the other."""
    return build_tlv([Tlv(tag, value) for tag, value in items])


def at(name: str, number: int, change: Callable[[bytes], bytes | None]) -> Says:
    """Changes one answer; number 0: every one of that name."""

    def says(command: str, count: int, honest: bytes) -> bytes | None:
        return change(honest) if command == name and number in (0, count) else honest

    return says


def both(*all_of: Says) -> Says:
    """One change after the other."""

    def says(command: str, count: int, honest: bytes) -> bytes | None:
        said: bytes | None = honest
        for one in all_of:
            said = one(command, count, said) if said is not None else None
        return said

    return says


def record(*items: tuple[int, bytes]) -> bytes:
    """A record of these objects with its status word."""
    return tlv((0x70, tlv(*items))) + b"\x90\x00"


def without(data: bytes, *tags: int) -> bytes:
    """A record, or an answer in template 77, without these objects."""
    (template,) = parse_tlv(data[:-2], "answer")
    kept = [one for one in parse_tlv(template.value, "answer") if one.tag not in tags]
    return build_tlv([Tlv(template.tag, build_tlv(kept))]) + data[-2:]


def put(data: bytes, *items: tuple[int, bytes]) -> bytes:
    """The same with these objects in place of those of the same tags, or besides."""
    (template,) = parse_tlv(data[:-2], "answer")
    new = dict(items)
    kept = [Tlv(one.tag, new.pop(one.tag)) if one.tag in new else one for one in parse_tlv(template.value, "answer")]
    return build_tlv([Tlv(template.tag, build_tlv([*kept, *(Tlv(t, v) for t, v in new.items())]))]) + data[-2:]


def in_records(tag: int, value: bytes) -> Says:
    """Every record that has `tag` says this instead."""
    return at("READ RECORD", 0, lambda honest: put(honest, (tag, value)) if tlv_has(honest, tag) else honest)


def tlv_has(data: bytes, tag: int) -> bool:
    """Whether a record has an object."""
    templates = parse_tlv(data[:-2], "answer")
    return len(templates) == 1 and any(one.tag == tag for one in parse_tlv(templates[0].value, "answer"))


def at_random(rng: Random) -> Says:
    """One or two of the first 16 answers are damaged: bits, octets more or less, all twice, none at all."""
    where = {rng.randrange(16): rng.choice(("flip", "cut", "gone", "more", "twice")) for _ in range(rng.randint(1, 2))}
    count = 0

    def says(name: str, number: int, honest: bytes) -> bytes | None:
        nonlocal count
        count += 1
        spot = rng.randrange(len(honest))
        match where.get(count - 1):
            case "flip":
                return honest[:spot] + bytes((honest[spot] ^ 1 << rng.randrange(8),)) + honest[spot + 1 :]
            case "cut":
                return honest[:spot][:-2] + honest[-2:]
            case "gone":
                return None
            case "more":
                return honest[:spot] + rng.randbytes(rng.randint(1, 5)) + honest[spot:]
            case "twice":
                return honest[:-2] + honest
        return honest

    return says
