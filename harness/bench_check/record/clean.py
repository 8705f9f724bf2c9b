"""What goes into a record: nothing secret, nothing that turns a line around, nothing without a limit."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from protocols.text import Text

from ..discreet import discreet, discreet_json, plain_number

CHARACTERS_MAX = 2_000
"""Of one text."""
ITEMS_MAX = 200
"""Of one list or table."""
DEPTH_MAX = 8
CUT = "…"
NUMBERS = frozenset(("sn", "tid", "mid"))
"""Facts that are long numbers themselves."""
NEVER = frozenset(("activation_code", "cvv", "password", "pin", "pin_block", "tmk", "token", "track1", "track2"))
"""Names under which a secret would stand; they are left out with their value."""

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
"""Controls, surrogates, and the marks that turn the direction of a line (Unicode UAX #9)."""


def clean_line(text: object) -> str:
    """One text: discreet, without controls, at most CHARACTERS_MAX characters."""
    return _cut(discreet(_CONTROL.sub("", str(text))))


def clean_text(text: Text) -> dict[str, str]:
    """`{zh, en}`."""
    return {"zh": clean_line(text.zh), "en": clean_line(text.en)}


def clean_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON; serial, terminal and merchant number stay whole unless they are a card's."""
    numbers = {name: _cut(plain_number(_CONTROL.sub("", str(facts[name])))) for name in NUMBERS & facts.keys()}
    return {name: numbers.get(name, clean_json(value)) for name, value in facts.items()}


def clean_json(value: Any) -> Any:
    """JSON, discreet, within limits; what is no JSON becomes text."""
    return discreet_json(_plain(value, 0))


def _plain(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Text):
        return {"zh": clean_line(value.zh), "en": clean_line(value.en)}
    if depth >= DEPTH_MAX:
        return CUT
    if isinstance(value, Mapping):
        rows = [(str(key), one) for key, one in value.items() if str(key).lower() not in NEVER]
        return {clean_line(key): _plain(one, depth + 1) for key, one in rows[:ITEMS_MAX]}
    if isinstance(value, list | tuple):
        return [_plain(one, depth + 1) for one in value[:ITEMS_MAX]]
    return clean_line(value)


def _cut(text: str) -> str:
    return text if len(text) <= CHARACTERS_MAX else text[: CHARACTERS_MAX - 1] + CUT
