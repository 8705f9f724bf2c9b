"""The leak detector: what a terminal sends, shows, prints, logs or keeps in the clear although it must not.

It looks at what enters the trace before that is masked, and what it finds is an event of its own (`leak`), seen by
whoever could see the octets.  It knows the numbers of the test cards and of every card that a message has named, so
that it takes no order number for one.  What must not be in the clear: PCI DSS 3.4 (display, paper, log, storage), 4.2
(transmission); the PIN block ISO 9564-1; track 2 once the host has handed out a track key (60.3 = 004 or 006, Chanjet
POS V2.0).
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Collection, Iterator, Mapping

from protocols.errors import PosrigError
from protocols.unionpay.pin import parse_clear_block
from protocols.unionpay.private.f60 import net_code_of

from ..machine import Json
from .digits import PAN_MAX_DIGITS, PAN_MIN_DIGITS

Finding = dict[str, Json]
"""`where` ("wire", "paper", "display", "log", "medium", "line"), `message` (MTI, slip kind, operation), `field`,
`what`."""

CARDS_MAX = 10_000
"""Numbers that are remembered; the oldest are forgotten."""
SESSIONS_MAX = 4_096
"""Terminals of whose track key is known, at each party."""
WITH_TRACK_KEY = frozenset(("004", "006"))
TERMINAL_LINKS = ("host", "backup")
"""Links that a terminal dials."""
PIN_BLOCK_OCTETS = (8, 16)
"""3DES, SM4."""
_SM4_PIN = re.compile(rb"(?:A10?16|SM016)(.{16})", re.DOTALL)
"""A PIN block that F52 cannot hold (`protocols.unionpay.private.sm4_pin`); F52 is zeros then."""
SM4_PIN_FIELDS = ("57", "59", "63")

TRACK, PIN, SHOWN, PRINTED, LOGGED, BACKUP, NO_TLS = (
    "track2_clear",
    "pin_clear",
    "pan_shown",
    "pan_printed",
    "pan_logged",
    "backup_clear",
    "no_tls",
)
IN_TEXT = (SHOWN, PRINTED, LOGGED)
"""Whole card numbers where people read."""
_RUN = re.compile(r"(?<!\d)\d{13,19}(?!\d)")
_TRACK = re.compile(r"(\d{13,19})D\d{7,}")


class LeakDetector:
    """One for one trace; it needs to have seen what came before.  `test_pans`: the listed test cards."""

    def __init__(self, test_pans: Collection[str]) -> None:
        self._tests = frozenset(test_pans)
        self._seen: dict[str, None] = {}
        self._track_keys: dict[tuple[str, str], bool] = {}
        self._under_tls: set[tuple[str, str]] = set()
        self._looks: Mapping[str, Callable[[str, Mapping[str, Json]], Iterator[Finding]]] = {
            "message": self._message,
            "slip": lambda party, data: self._text("paper", str(data.get("kind")), PRINTED, data),
            "display": lambda party, data: self._text("display", "display", SHOWN, data),
            "audit": lambda party, data: self._text("log", str(data.get("what")), LOGGED, data),
            "local_status": lambda party, data: self._text("log", "local_status", LOGGED, data),
            "operation": self._operation,
            "link": self._link,
        }

    def look(self, party: str, kind: str, data: Mapping[str, Json]) -> list[Finding]:
        """What leaks in one event that has not been masked yet."""
        looks = self._looks.get(kind)
        return [] if looks is None else list(looks(party, data))

    def _message(self, party: str, data: Mapping[str, Json]) -> Iterator[Finding]:
        fields, mti = data.get("fields"), str(data.get("mti", ""))
        if not isinstance(fields, Mapping) or not mti:
            return
        tid, track = str(fields.get("41", "")), str(fields.get("35", ""))
        if mti == "0810":
            self._signed_in(party, tid, fields)
            return
        pan = str(fields.get("2", "")) or track.partition("D")[0]
        self._remember(pan)
        told = str(fields.get("53", ""))
        if _TRACK.fullmatch(track) and told[2:3] != "1" and (mti == "0400" or self._track_keys.get((party, tid))):
            yield _finding("wire", mti, "F35", TRACK)
        if "52" in fields:
            blocks = [("F52", _octets(str(fields["52"]))), *_sm4_blocks(fields)]
            with_pan = None if told[:1] == "1" else pan
            yield from (_finding("wire", mti, at, PIN) for at, block in blocks if _is_clear_pin(block, with_pan))

    def _signed_in(self, party: str, tid: str, fields: Mapping[str, Json]) -> None:
        code = net_code_of(str(fields.get("60", "")), str(fields.get("3", "")) or None)
        if fields.get("39") == "00" and "62" in fields and code:
            self._track_keys.pop((party, tid), None)
            self._track_keys[party, tid] = code in WITH_TRACK_KEY
            if len(self._track_keys) > SESSIONS_MAX:
                del self._track_keys[next(iter(self._track_keys))]

    def _remember(self, pan: str) -> None:
        if pan.isdecimal() and PAN_MIN_DIGITS <= len(pan) <= PAN_MAX_DIGITS and pan not in self._tests:
            self._seen.pop(pan, None)
            self._seen[pan] = None
            if len(self._seen) > CARDS_MAX:
                del self._seen[next(iter(self._seen))]

    def _has_card(self, text: str) -> bool:
        return any(run in self._tests or run in self._seen for run in _RUN.findall(text))

    def _text(self, where: str, message: str, what: str, data: Mapping[str, Json]) -> Iterator[Finding]:
        for field, text in _texts(data, ""):
            if len(text) >= PAN_MIN_DIGITS and self._has_card(text):
                yield _finding(where, message, field, what)
                return

    def _operation(self, party: str, data: Mapping[str, Json]) -> Iterator[Finding]:
        """A backup that came out of one: whether anybody can read a card number in it."""
        outcome = data.get("outcome")
        medium = outcome.get("medium") if isinstance(outcome, Mapping) else None
        if isinstance(medium, str):
            try:
                content = b64decode(medium, validate=True).decode("latin-1")
            except ValueError:
                content = medium
            if self._has_card(content):
                yield _finding("medium", str(data.get("op")), "medium", BACKUP)

    def _link(self, party: str, data: Mapping[str, Json]) -> Iterator[Finding]:
        """A host that was reached by TLS before is dialled in the clear."""
        if data.get("what") != "dial" or data.get("link") not in TERMINAL_LINKS:
            return
        key = (party, str(data["link"]))
        if data.get("tls"):
            self._under_tls.add(key)
        elif key in self._under_tls:
            yield _finding("line", "dial", str(data["link"]), NO_TLS)


def _finding(where: str, message: str, field: str, what: str) -> Finding:
    return {"where": where, "message": message, "field": field, "what": what}


def _octets(text: str) -> bytes:
    """A binary field as a message event has it: hex, or characters where all octets are printable."""
    try:
        return text.encode("latin-1") if len(text) in PIN_BLOCK_OCTETS[:1] else bytes.fromhex(text)
    except ValueError:
        return text.encode("latin-1", "replace")


def _sm4_blocks(fields: Mapping[str, Json]) -> Iterator[tuple[str, bytes]]:
    for number in SM4_PIN_FIELDS:
        found = _SM4_PIN.search(_octets(str(fields.get(number, ""))))
        if found:
            yield f"F{number}", found[1]


def _is_clear_pin(block: bytes, pan: str | None) -> bool:
    try:
        return len(block) in PIN_BLOCK_OCTETS and bool(parse_clear_block(block, pan))
    except PosrigError:
        return False


def _texts(value: Json, place: str) -> Iterator[tuple[str, str]]:
    """Every text in `value` with the key under which it stands."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, str(key))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner, place)
