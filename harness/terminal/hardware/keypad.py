"""The keypad: what is pressed, and what arrives.

Its controller tells which contact closed, not which key was meant, so that the self-test passes whatever is wrong with
single keys; the keypad test (`flows.output_tests`), in which somebody presses each key in turn, finds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from zlib import crc32

from protocols.text import Text

from ...machine import Json
from . import dirt
from .defect import Act, Defect
from .parts import FAILED, part_number

if TYPE_CHECKING:
    from ..desk import Desk

KEYPAD = "keypad"
DIGITS = tuple("1234567890")
KEYS = (*DIGITS, "ENTER", "CANCEL", "CLEAR")
"""All keys, in the order of the keypad test."""
DEAD, REPEATS, SWAPPED = "key_dead", "key_repeats", "keys_swapped"
MISSING, REPEATED, OTHER = "key_missing", "key_repeated", "key_swapped"
"""What the test finds out about a key."""


def named(settings: Mapping[str, Json] | None) -> tuple[str, ...]:
    """The keys that the settings of a defect name, with blanks between."""
    return tuple(key for key in str((settings or {}).get("keys", "")).split() if key in KEYS)


def arriving(desk: Desk, key: str) -> tuple[str, ...]:
    """What the terminal gets of one press of `key` (one of KEYS): mostly that key, perhaps nothing, two, or another."""
    part = desk.state.device.part(KEYPAD)
    if FAILED in part.defects:
        return ()
    dead, repeats = named(part.defects.get(DEAD)), named(part.defects.get(REPEATS))
    if dirt.is_dirty(desk, KEYPAD):
        sticky, dull = under_dirt(part_number(desk, KEYPAD))
        dead, repeats = (*dead, dull), (*repeats, sticky)
    if key in dead:
        return ()
    sent = _partner(named(part.defects.get(SWAPPED)), key)
    return (sent, sent) if key in repeats else (sent,)


def _partner(swapped: tuple[str, ...], key: str) -> str:
    """Of keys that changed their places in pairs, the first with the second, the third with the fourth."""
    if key not in swapped:
        return key
    at = swapped.index(key) ^ 1
    return swapped[at] if at < len(swapped) else key


def under_dirt(number: str) -> tuple[str, str]:
    """The key that sticks and the key that is dull under dirt: two digits, by the part's number (posrig's choice)."""
    drawn = crc32(number.encode())
    first = drawn % len(DIGITS)
    return DIGITS[first], DIGITS[(first + 1 + drawn // 16 % (len(DIGITS) - 1)) % len(DIGITS)]


def typed(desk: Desk, token: str) -> list[str]:
    """What arrives of `token` (digits, or one of ENTER, CANCEL, CLEAR) in the same form; digits in a row are one."""
    pressed = list(token) if token.isdigit() else [token]
    found: list[str] = []
    for key in (sent for one in pressed for sent in arriving(desk, one)):
        if found and found[-1].isdigit() and key.isdigit():
            found[-1] += key
        else:
            found.append(key)
    return found


def finding(wanted: str, arrived: str) -> str:
    """What is wrong with a key, "" when it is good.  `arrived`: the keys of one press with blanks between."""
    keys = [key for token in arrived.split() for key in (token if token.isdigit() else [token])]
    if keys == [wanted]:
        return ""
    if not keys:
        return MISSING
    return REPEATED if set(keys) == {wanted} else OTHER


_KEYS: Mapping[str, Json] = {"keys": None}
_NAMED = {"keys": KEYS}
DEFECTS: Mapping[str, Defect] = {
    DEAD: Defect(KEYPAD, Text("按键失灵", "Keys are dead"), False, _KEYS, words=_NAMED),
    REPEATS: Defect(
        KEYPAD, Text("按键粘连，一按出两个", "Keys stick: one press arrives twice"), False, _KEYS, words=_NAMED
    ),
    SWAPPED: Defect(KEYPAD, Text("键位错乱", "Keys are swapped, in pairs"), False, _KEYS, words=_NAMED, in_pairs=True),
}
ACTS: Mapping[str, Act] = {}
