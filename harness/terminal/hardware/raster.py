"""The printed image as dots, and what can be measured of it.  Pure: from lines of text to ink on paper.

A printer of the usual width: 384 dots across (48 mm at 8 dots per mm, on 58 mm paper), 32 characters of 12 dots; a
Chinese character takes two of them.  There is no font here: what is measured is ink, not letters, so that the dots of
a character are drawn from its code.  Of 24 dot rows every third is kept (posrig's choice).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

DOTS_ACROSS = 384
CELL_DOTS = 12
CELLS_ACROSS = DOTS_ACROSS // CELL_DOTS
LINE_ROWS = 8
GLYPHS_KEPT_MAX = 8_192
"""More than GB 2312 has characters."""
LINES_KEPT_MAX = 1_024

_EVERY_ROW = sum(1 << DOTS_ACROSS * row for row in range(LINE_ROWS))
_ALL_COLUMNS = (1 << DOTS_ACROSS) - 1

LEGIBLE_PERCENT = 30
"""Contrast below which people cannot read a slip (posrig's choice)."""
BLANK_COLUMNS_PERCENT_MAX = 10
"""Share of the inked columns that may stay white before letters are lost (posrig's choice)."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One line as it stands on the paper.

    `wanted`, `dots`: dots that should be black, and those that are: bit `row * DOTS_ACROSS + column`.
    `ink_percent`: how black those are against the paper.
    """

    wanted: int
    dots: int
    ink_percent: int


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody, or a scanner, sees of an image.

    `contrast_percent`: of the dots that are there, 0 where there is none; `blank_columns`: dot columns that should
    have ink and have none, 0 to DOTS_ACROSS.
    """

    contrast_percent: int
    blank_columns: int
    legible: bool


def is_wide(char: str) -> bool:
    """Whether it takes two cells, as everything does that is not ASCII."""
    return ord(char) > 0x7F


@lru_cache(maxsize=GLYPHS_KEPT_MAX)
def _glyph(char: str) -> int:
    """The dots of a character, at the left edge; none for a blank."""
    if char.isspace():
        return 0
    width = CELL_DOTS * (2 if is_wide(char) else 1)
    octets = blake2b(char.encode(), digest_size=LINE_ROWS * 3).digest()
    rows = (int.from_bytes(octets[3 * row : 3 * row + 3], "big") >> (24 - width) for row in range(LINE_ROWS))
    return sum(dots << DOTS_ACROSS * row for row, dots in enumerate(rows))


@lru_cache(maxsize=LINES_KEPT_MAX)
def dots_of(line: str) -> int:
    """The dots of a line; what is too long for the paper is cut off."""
    dots, at = 0, 0
    for char in line:
        cells = 2 if is_wide(char) else 1
        if at + cells > CELLS_ACROSS:
            break
        dots |= _glyph(char) << CELL_DOTS * at
        at += cells
    return dots


def printed(line: str, ink_percent: int, dead_columns: int = 0) -> Printed:
    """A line on paper.  `dead_columns`: bit set of the columns where the head prints nothing."""
    wanted = dots_of(line)
    dots = wanted & ~(dead_columns * _EVERY_ROW) if dead_columns else wanted
    return Printed(wanted, dots if ink_percent > 0 else 0, ink_percent)


def columns_of(dots: int) -> int:
    """The bit set of the columns that have a dot in any row."""
    found = 0
    while dots:
        found |= dots & _ALL_COLUMNS
        dots >>= DOTS_ACROSS
    return found


def look(lines: Sequence[Printed]) -> Look:
    """Measure an image.  Paper on which nothing should be is legible."""
    wanted = dots = ink = there = 0
    for line in lines:
        wanted |= line.wanted
        dots |= line.dots
        count = line.dots.bit_count()
        there += count
        ink += count * line.ink_percent
    inked = columns_of(wanted)
    blank = (inked & ~columns_of(dots)).bit_count()
    contrast = ink // there if there else 0
    readable = contrast >= LEGIBLE_PERCENT and blank * 100 <= inked.bit_count() * BLANK_COLUMNS_PERCENT_MAX
    return Look(contrast, blank, readable or not wanted)
