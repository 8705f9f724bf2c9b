"""How small a record must be set so that it fits on one sheet of A4.

A page that is printed cannot scroll, and nobody at a counter looks for a second sheet.  So the height of every block is
reckoned beforehand, from the widths of letters (a Chinese character is one em wide in every font) and from a line
height that the page itself sets.  The first of
`LEVELS` at which all fits is taken: first the type gets smaller, then texts are cut to a number of lines.  What is cut
stands whole in the JSON record.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

SHEET_WIDTH_MM, SHEET_HEIGHT_MM = 192.0, 278.0
"""A4 less 9 mm on each side, and one more so that rounding makes no second sheet."""
HEAD_MM, QR_MM, QR_CAPTION_MM, SIGNATURES_MM, FOOT_MM = 30.0, 37.0, 9.0, 12.0, 4.0
TRENDS_MM = 17.0
TITLE_MM, GAP_MM = 5.2, 2.2
"""Of the line above a block, and the space between two."""
COLUMN_MM = 88.0
"""Of a column of checks, without the mark before each."""
SUPPORT_MM = 145.0
MM_PER_POINT = 25.4 / 72
LINE_HEIGHT = 1.3
NARROW, BROAD = frozenset(" .,:;'|!()[]/-ijlftrI"), frozenset("mwMW%@")
NARROW_EM, BROAD_EM, USUAL_EM, WIDE_EM = 0.36, 0.92, 0.63, 1.0
"""Of letters in the broadest sans-serif font that is usual (DejaVu Sans); Segoe UI and Helvetica take a tenth less."""
BOLD = 1.1
"""Bold type takes so much more."""
SLACK = 1.04
"""Lines are broken between words, so they are not full."""


@dataclass(frozen=True, slots=True)
class Level:
    """`points`: size of the type.  The others are lines that a text may have, 0: as many as it takes.  `head`: of a
    check's name and what was found where it failed, `seen` where it did not; `cause`, `todo`: of a fault.  `causes`,
    `because`: how many are told.  `brief`: a failed check's cause
    stands in the place of what was found.  `history`: changes and curves are shown."""

    points: float
    seen: int = 0
    head: int = 0
    cause: int = 0
    todo: int = 0
    causes: int = 5
    because: int = 3
    support: int = 0
    brief: bool = False
    history: bool = True

    @property
    def line_mm(self) -> float:
        """From one line to the next."""
        return self.points * MM_PER_POINT * LINE_HEIGHT


_CUT = Level(7.5, seen=1, head=2, cause=2, todo=3, causes=3, because=1, support=1)
_BARE = replace(_CUT, history=False)
_BRIEF = Level(5.6, seen=1, head=1, todo=1, causes=2, because=1, support=1, brief=True, history=False)
LEVELS = (
    Level(9.2),
    Level(8.6),
    Level(8.0),
    Level(8.0, seen=2, because=2),
    Level(7.5, seen=2, head=3, cause=3, todo=3, causes=4, because=2, support=2),
    _CUT,
    _BARE,
    replace(_BARE, points=7.0),
    replace(_BARE, points=6.6, head=1, todo=2),
    replace(_BARE, points=6.2, head=1, todo=2),
    replace(_BARE, points=5.9, head=1, cause=1, todo=2),
    _BRIEF,
    replace(_BRIEF, points=5.3, causes=1),
    replace(_BRIEF, points=5.0, causes=1),
)
"""From the roomiest to the tightest (posrig's choice)."""


def width_em(text: str) -> float:
    """How wide a text is, in em."""
    return sum(_em(one) for one in text)


def _em(letter: str) -> float:
    if letter in NARROW:
        return NARROW_EM
    if letter in BROAD:
        return BROAD_EM
    return WIDE_EM if unicodedata.east_asian_width(letter) in "WFA" else USUAL_EM


def lines_of(text: str, width_mm: float, level: Level, most: int = 0, scale: float = 1.0) -> int:
    """How many lines a text takes."""
    full = width_em(text) * level.points * scale * MM_PER_POINT * SLACK / width_mm
    needed = max(1, math.ceil(full))
    return min(needed, most) if most else needed


def columns_mm(items_mm: Sequence[float]) -> float:
    """The height of two columns that are filled evenly; where they part no item is torn, so one is at most half an item
    longer."""
    return (sum(items_mm) + max(items_mm, default=0.0)) / 2
