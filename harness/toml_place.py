"""Where in a TOML file a key stands: the standard library's parser tells lines only for syntax errors."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")

Place = tuple[str | int, ...]
"""Keys and list positions from the top of the file: ("case", 0, "step", 3, "op")."""


def places(text: str) -> dict[Place, int]:
    """Every table and key that has a line of its own, with that line from 1.  Inline tables count with their key."""
    found: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _open(_parts(header[2]), header[1] == "[[", counts)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_parts(key[1])), number)
    return found


def line_of(text: str, place: Sequence[str | int]) -> int:
    """The line of `place`, or of the nearest table above it that has a line; 1 when nothing has."""
    known = places(text)
    at = tuple(place)
    while at and at not in known:
        at = at[:-1]
    return known.get(at, 1)


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _open(names: tuple[str, ...], is_list: bool, counts: dict[Place, int]) -> Place:
    """The place of a header; a name that is a list of tables stands for its last element."""
    at: Place = ()
    for depth, name in enumerate(names):
        at = (*at, name)
        if depth == len(names) - 1 and is_list:
            counts[at] = counts.get(at, -1) + 1
        if at in counts:
            at = (*at, counts[at])
    return at
