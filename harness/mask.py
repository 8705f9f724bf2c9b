"""Masking on entry to the trace.

What the trace keeps of a card that is not listed in `fixtures/cards`: digits of the same length that fail the Luhn
check, and a keyed fingerprint.  Tracks and PIN blocks are replaced, keys never enter, listed test cards stay whole.
Octets that nobody can read are kept only where no card number can be in them; else as length and keyed hash.

A masked `bytes` event has `masked` (what was replaced) and `fingerprints`; its MAC cannot be checked any more.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache, partial

from protocols.errors import LocalError
from protocols.framing import HostFramer
from protocols.registers import DEFAULT_PROTOCOL, RegisterFramer
from protocols.text import Text
from protocols.unionpay.dialect import CUP, Dialect

from .cards import listed_pans
from .fixtures import dialect_names, load_dialect
from .machine import Json
from .masking import mispos_a
from .masking.card import LINK as CARD
from .masking.card import CardTalk
from .masking.digits import PAN_MIN_DIGITS, Numbers
from .masking.leaks import Finding, LeakDetector
from .masking.messages import (
    CARD_TAGS,
    CONTENT_TAGS,
    IDENTITY_CARD,
    Masked,
    hide_codes,
    mask_host_message,
    mask_tag,
    masked_fields,
)
from .masking.registers import REGISTER_MASKS
from .masking.streams import Stream, hashed
from .spoken import PROTOCOL, framer_spoken

FRAMES_MAX = 512
"""Masked frames that are remembered: each frame is seen at both ends of its link, a tunnelled one at four."""

STREAMS_MAX = 4_096
"""Open directions; beyond it the oldest is given up (a host has two per connection)."""

DEPTH_MAX = 32
"""Levels of nesting in the data of an event."""

SIMULATION_KEY = b"posrig simulation"
"""Simulated runs must repeat octet for octet, and hold test data only; a real bench hands in random octets."""

REGISTER_LINKS = frozenset(("register", "terminal"))
_TAG = re.compile(r"9F[0-9A-F]{2}|(?:DF06/)?DF[0-9A-F]{2}")
_HOST_LINK = re.compile(r"host|tunnel|c[0-9]+")

SECRET_KEYS = frozenset(("tmk", "pik", "mak", "tdk", "kek", "components", "clear_key", "pin", "password"))
MEDIUM = "medium"
"""A backup: whatever is in it, the trace has its keyed hash."""
CARD_KEYS = frozenset(("pan", "card_number", "track1", "track2", "track3"))
NUMBER_KEYS = frozenset(
    ("mid", "tid", "sn", "rrn", "stan", "batch", "parcel", "application", "licence", "activation_code", "seq", "case")
)
"""Long numbers that are no card's; one in ten would pass the Luhn check by chance."""

_NUMBERS_A = tuple(f"{tag:04X}" for tag in sorted(mispos_a.NUMBERS | CARD_TAGS))
NUMBER_TAGS = frozenset(
    (
        "9F04",
        "9F05",
        "9F0B",
        "9F10",
        "9F15",
        "9F94",
        "9FFF",
        "DF06",
        *_NUMBERS_A,
        *(f"DF06/{tag}" for tag in _NUMBERS_A),
    )
)
"""MID, TID, RRN, order number of the register's messages; card number and tunnel have rules of their own."""

MASKED_TAGS = CARD_TAGS | CONTENT_TAGS | {IDENTITY_CARD}

NOT_JSON = Text("{place} 不是 JSON 值：{kind}", "{place} is no JSON value but {kind}")
NOT_JSON_CURE = Text("记录整数、字符串、列表或字典", "Note integers, strings, lists or dicts")
TOO_DEEP = Text("{place} 嵌套过深", "{place} is nested too deeply")


@lru_cache(maxsize=1)
def _all_dialects() -> tuple[Dialect, ...]:
    return tuple(load_dialect(name) for name in dialect_names())


class Masker:
    """What stands between the parties of one bench and its trace.  One masker serves one trace.

    `key` makes fingerprints and replacements.  `physical`: a terminal that is not ours is on the bench.
    `dialects`: those that are tried on a message, in this order; all that are shipped when none are given.
    """

    def __init__(
        self,
        cards: Collection[str] | None = None,
        *,
        key: bytes = SIMULATION_KEY,
        dialects: Sequence[Dialect] = (),
        physical: bool = False,
    ) -> None:
        self._numbers = Numbers(listed_pans() if cards is None else cards, key)
        self._dialects = tuple(dialects) or _all_dialects() or (CUP,)
        self._physical = physical
        self._leaks = LeakDetector(self._numbers.test_pans)
        self._streams: OrderedDict[tuple[str, str, str], Stream] = OrderedDict()
        self._cards: dict[tuple[str, str], CardTalk] = {}
        """Conversations with cards that are under way, by party and link."""
        self._frames: OrderedDict[tuple[str, bytes], Masked | None] = OrderedDict()
        self._spoken: dict[tuple[str, str], dict[str, Json]] = {}
        """What is spoken on a register's link, by party and link, where it is not the usual protocol."""
        self._amended: list[tuple[int, dict[str, Json]]] = []

    # What a trace calls -----------------------------------------------------------------------------------------

    def leaks(self, party: str, kind: str, data: Mapping[str, Json]) -> list[Finding]:
        """What stands in `data` in the clear and must not; to be asked before `enter` masks it."""
        return self._leaks.look(party, kind, data)

    def enter(self, seq: int, party: str, kind: str, data: Mapping[str, Json]) -> dict[str, Json]:
        """A masked copy of `data`, safe to keep at once.  Raises LocalError for data that is no JSON."""
        copy: dict[str, Json] = self._copy(data, kind, 0)
        if kind == "bytes":
            return self._enter_bytes(seq, party, copy)
        if kind == "link":
            if copy.get("what") == PROTOCOL:
                self._spoken[party, str(copy.get("link"))] = copy
            if copy.get("what") != "dial":
                self._end_streams(party, str(copy.get("link")))
                self._cards.pop((party, str(copy.get("link"))), None)
        elif kind == "noise":
            return self._loose(copy)
        elif kind == "message" and isinstance(copy.get("fields"), dict):
            return self._enter_message(copy)
        return copy

    def take_amended(self) -> list[tuple[int, dict[str, Json]]]:
        """Earlier events (by sequence) whose octets are known by now; each is told once."""
        amended, self._amended = self._amended, []
        return amended

    def oldest_held(self) -> int | None:
        """Sequence of the oldest event that may still be amended."""
        return min((s.oldest for s in self._streams.values() if s.oldest is not None), default=None)

    def settle(self) -> None:
        """Wait no longer for what is missing of incomplete frames: what is there stays length and hash."""
        for stream in self._streams.values():
            self._amended += stream.give_up(ended=False)

    # Octets -----------------------------------------------------------------------------------------------------

    def _enter_bytes(self, seq: int, party: str, data: dict[str, Json]) -> dict[str, Json]:
        link, direction = str(data.get("link")), str(data.get("dir"))
        serial = link in REGISTER_LINKS
        octets = _octets(data)
        if octets is None or not (serial or _HOST_LINK.fullmatch(link) or CARD in (party, link)):
            return self._loose(data)
        if CARD in (party, link):
            return self._enter_card(party, data, octets)
        stream = self._stream((party, link, direction), serial)
        own: dict[str, Json] | None = None
        for finished, shown in stream.feed(seq, data, octets):
            if finished == seq:
                own = shown
            else:
                self._amended.append((finished, shown))
        if own is not None:
            return own
        return hashed({key: value for key, value in data.items() if key != "hex"}, octets, self._numbers)

    def _enter_card(self, party: str, data: dict[str, Json], octets: bytes) -> dict[str, Json]:
        """A whole message of a card's link, which the card has under a number."""
        talk = self._cards.setdefault((party, str(data["link"])), CardTalk(self._numbers))
        masked = talk.masked(octets, command=(data.get("dir") == "out") != (party == CARD))
        if masked is None:
            return hashed({key: value for key, value in data.items() if key != "hex"}, octets, self._numbers)
        touched = {"masked": list(masked.fields)} if masked.fields else {}
        prints = {"fingerprints": list(masked.fingerprints)} if masked.fingerprints else {}
        return {**data, "hex": masked.payload.hex().upper(), **touched, **prints}

    def _stream(self, key: tuple[str, str, str], serial: bool) -> Stream:
        stream = self._streams.get(key)
        if stream is None:
            if len(self._streams) >= STREAMS_MAX:
                _, oldest = self._streams.popitem(last=False)
                self._amended += oldest.give_up(ended=True)
            spoken = self._spoken.get(key[:2]) if serial else None
            framer: Callable[[], RegisterFramer | HostFramer] = partial(framer_spoken, spoken) if serial else HostFramer
            protocol = DEFAULT_PROTOCOL if spoken is None else str(spoken[PROTOCOL])
            read = partial(self._masked, protocol if serial else "")
            stream = Stream(framer, read, self._numbers, self._physical)
            self._streams[key] = stream
        return stream

    def _end_streams(self, party: str, link: str) -> None:
        for direction in ("out", "in"):
            stream = self._streams.pop((party, link, direction), None)
            if stream is not None:
                self._amended += stream.give_up(ended=True)

    def _masked(self, protocol: str, payload: bytes) -> Masked | None:
        """`protocol` of a register's link, "" on a host's."""
        key = (protocol, payload)
        if key not in self._frames:
            if len(self._frames) >= FRAMES_MAX:
                self._frames.popitem(last=False)
            mask = REGISTER_MASKS[protocol] if protocol else mask_host_message
            self._frames[key] = mask(payload, self._numbers, self._dialects)
        return self._frames[key]

    def _loose(self, data: dict[str, Json]) -> dict[str, Json]:
        """Octets outside any frame."""
        octets = _octets(data)
        if octets is None:  # no hex after all; then it is text like any other
            text = data.get("hex")
            return {**data, "hex": self._numbers.hide_text(text)} if isinstance(text, str) else data
        if octets and (self._physical or self._numbers.is_risky(octets)):
            return hashed({key: value for key, value in data.items() if key != "hex"}, octets, self._numbers)
        return data

    # Decoded messages and notes ----------------------------------------------------------------------------------

    def _enter_message(self, data: dict[str, Json]) -> dict[str, Json]:
        """`fields` is wire text by field number: binary fields as hex, digits and text as they are."""
        shown: dict[str, Json] = dict(data["fields"])
        values = {int(n): _value(int(n), v) for n, v in shown.items() if n.isdecimal() and isinstance(v, str)}
        changes, hidden = masked_fields(str(data.get("mti", "")), values, self._numbers)
        if isinstance(f59 := shown.get("59"), str):  # a lone code reads as hex, too
            hidden |= hide_codes(f59, self._numbers)
        for number, value in changes.items():
            old = shown[str(number)]
            shown[str(number)] = _wire_text(value, old)
        touched = [f"F{n}" for n in sorted(changes)]
        for tag in [key for key in shown if _TAG.fullmatch(key) and isinstance(shown[key], str)]:
            value = self._tag_text(int(tag[-4:], 16), shown[tag], hidden)
            touched += [tag] if value != shown[tag] else []
            shown[tag] = value
        data["fields"] = {key: self._hidden_in(value, hidden) for key, value in shown.items()}
        if touched:
            data["masked"] = touched
        if hidden:
            data["fingerprints"] = sorted(map(self._numbers.fingerprint, hidden))
        return data

    def _tag_text(self, tag: int, text: str, hidden: set[str]) -> str:
        """The value of a tag of the register's messages: tunnelled octets stand as hex, the card number as digits."""
        if tag not in MASKED_TAGS:
            return text
        try:
            octets = bytes.fromhex(text) if tag in CONTENT_TAGS else text.encode("latin-1")
        except ValueError:
            return self._numbers.hide_text(text)
        masked = mask_tag(tag, octets, self._numbers, self._dialects, hidden).payload
        return masked.hex().upper() if tag in CONTENT_TAGS else masked.decode("latin-1")

    def _hidden_in(self, value: Json, hidden: set[str]) -> Json:
        for pan in hidden if isinstance(value, str) else ():
            value = value.replace(pan, self._numbers.replacement(pan))
        return value

    def _copy(self, value: Json, place: str, depth: int) -> Json:
        """A deep copy that keeps secrets and card numbers out.  `place` is the key under which the value stands."""
        if isinstance(value, str):
            short = len(value) < PAN_MIN_DIGITS and place not in SECRET_KEYS
            return value if short else self._note_text(value, place)
        if isinstance(value, int) or value is None:
            return value
        if depth > DEPTH_MAX:
            raise LocalError(TOO_DEEP.format(place=place), NOT_JSON_CURE)
        if type(value) is dict or isinstance(value, Mapping):
            copy: dict[str, Json] = {}
            for key, inner in value.items():
                # Nearly all there is in a trace: short text and numbers.  Saves a call for each.
                plain = len(inner) < PAN_MIN_DIGITS and key not in SECRET_KEYS if type(inner) is str else False
                copy[str(key)] = inner if plain or type(inner) is int else self._copy(inner, str(key), depth + 1)
            return copy
        if isinstance(value, (list, tuple)):
            return [self._copy(inner, place, depth + 1) for inner in value]
        raise LocalError(NOT_JSON.format(place=place, kind=type(value).__name__), NOT_JSON_CURE)

    def _note_text(self, value: str, key: str) -> str:
        if key in SECRET_KEYS:
            return "*" * len(value)
        if key == MEDIUM:
            return self._numbers.fingerprint(value)
        if key in CARD_KEYS:
            pan, separator, rest = value.replace("=", "D").partition("D")
            if self._numbers.is_test(pan) or not pan.isdecimal():
                return value
            return self._numbers.hide(pan) + separator + re.sub("[0-9]", "0", rest)
        if key in NUMBER_KEYS or key in NUMBER_TAGS or key.isdecimal() or key == "hex":
            return value  # fields of a message and octets have rules of their own
        return self._numbers.hide_text(value, any_issuer=False)


def _octets(data: Mapping[str, Json]) -> bytes | None:
    """The octets of an event, None when it holds none."""
    text = data.get("hex")
    try:
        return bytes.fromhex(text) if isinstance(text, str) else None
    except ValueError:
        return None


_BINARY_FIELDS = frozenset((46, 47, 52, 55, 56, 57, 58, 59, 62, 63, 64))


def _value(number: int, text: str) -> str | bytes:
    """Wire text back to the value that the codec would give: binary fields may stand as hex or as printable text."""
    if number not in _BINARY_FIELDS:
        return text
    try:
        return bytes.fromhex(text)
    except ValueError:
        return text.encode("latin-1", "replace")


def _wire_text(value: str | bytes, old: Json) -> str:
    """`value` in the form that `old` had."""
    if isinstance(value, str):
        return value
    return value.hex().upper() if len(str(old)) == 2 * len(value) else value.decode("latin-1")
