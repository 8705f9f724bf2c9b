"""What must not be told: card numbers beyond the first six and last four digits, tracks, keys.

A check tells nothing of the kind by itself; what people type, and what a terminal, a portal or a card says, may hold
it.  `discreet` is for such texts; `plain_number` for numbers that a label or the provider gives, which may be long
themselves.  Unlike the masker of traces it does not keep the length of tracks and keys: nothing is replayed from here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

SHOWN_FIRST, SHOWN_LAST = 6, 4
"""What may be shown of a card number (PCI DSS 3.4.1: at most BIN and last four), listed test cards too."""
PAN_MIN_DIGITS, PAN_MAX_DIGITS = 13, 19
"""ISO/IEC 7812-1, and shorter ones that are still in use."""
NESTING_MAX = 16
"""Levels of a JSON value; what lies deeper is dropped."""
HIDDEN = "****"
_WIDE = {ord("０") + digit: str(digit) for digit in range(10)} | {0x3000: " ", 0xA0: " "}
"""Digits and blanks as a Chinese input method types them."""
_SPACED = re.compile(r"[0-9](?:[ -]?[0-9]){12,}")
_DIGITS = re.compile(r"[0-9]{13,}")
"""Where they are more than a card number has, one may be within them, with what follows on a track."""
_HEX = re.compile(r"\b(?=[0-9A-Fa-f]*[A-Fa-f])(?=[0-9A-Fa-f]*[0-9])[0-9A-Fa-f]{16,}\b")
"""A key of eight octets has 16 hex digits, and so has a PIN block; what has a track's separator D looks the same."""
_TRACK = re.compile(r"[0-9]{13,19}[=D][0-9]{4,}")


def discreet(text: str) -> str:
    """`text` without card numbers, tracks and keys."""
    text = plain_number(_HEX.sub(HIDDEN, _TRACK.sub(lambda found: _shortened(found[0]), text)))
    return _DIGITS.sub(lambda found: _hidden(found[0]) if len(found[0]) > PAN_MAX_DIGITS else found[0], text)


def plain_number(text: str) -> str:
    """A merchant, terminal or serial number; somebody may have typed a card's instead."""
    text = _TRACK.sub(lambda found: _shortened(found[0]), text.translate(_WIDE))
    text = _SPACED.sub(lambda found: _without_pan(found[0]), text)
    return _DIGITS.sub(lambda found: _hidden(found[0]) if _is_pan(found[0]) else found[0], text)


def plain_json(value: Any, depth: int = 0) -> Any:
    """A JSON value without card numbers, all else as it is: for what a visit goes on with."""
    if depth > NESTING_MAX:
        return None
    if isinstance(value, str):
        return plain_number(value)
    if isinstance(value, Mapping):
        return {key: plain_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item, depth + 1) for item in value]
    return value


def discreet_json(value: Any, depth: int = 0) -> Any:
    """A JSON value, every text in it `discreet`."""
    if depth > NESTING_MAX:
        return None
    if isinstance(value, str):
        return discreet(value)
    if isinstance(value, Mapping):
        return {key: discreet_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [discreet_json(item, depth + 1) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10 ** (PAN_MIN_DIGITS - 1):
        return discreet(str(value))
    return value


def _without_pan(run: str) -> str:
    """Digits in groups, any neighbours of which may be a card number: another number may stand before or behind it."""
    if _is_pan(_bare(run)):
        return _hidden(run)
    groups = [(one.start(), one.end()) for one in re.finditer("[0-9]+", run)]
    hidden: set[int] = set()
    for first in range(len(groups)):
        for last in range(first, len(groups)):
            places = [at for at in range(groups[first][0], groups[last][1]) if run[at].isdecimal()]
            if len(places) > PAN_MAX_DIGITS:
                break
            if _is_pan("".join(run[at] for at in places)):
                hidden.update(places[SHOWN_FIRST:-SHOWN_LAST])
    return "".join("*" if at in hidden else sign for at, sign in enumerate(run))


def _bare(text: str) -> str:
    return re.sub("[ -]", "", text)


def _is_pan(digits: str) -> bool:
    """Card numbers begin with 2 to 6 and end with a check digit (ISO/IEC 7812-1).  Merchant numbers have fifteen
    digits, as only those cards have that begin with 34 and 37."""
    if not PAN_MIN_DIGITS <= len(digits) <= PAN_MAX_DIGITS or digits[0] not in "23456":
        return False
    if len(digits) == 15 and digits[:2] not in ("34", "37"):
        return False
    doubled = (int(one) * (1 + place % 2) for place, one in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _hidden(text: str) -> str:
    digits = _bare(text)
    return digits[:SHOWN_FIRST] + "*" * (len(digits) - SHOWN_FIRST - SHOWN_LAST) + digits[-SHOWN_LAST:]


def _shortened(track: str) -> str:
    """The card number of a track, as far as it may be told."""
    return _hidden(re.split("[=D]", track)[0]) + HIDDEN
