"""Does the reader see a card come and go?"""

from __future__ import annotations

from collections.abc import Callable

from harness.links.pcsc.readers import await_card
from protocols.text import Text

from . import words
from .report import READER_OWNER, Line


def plugged(reader: str, limit_s: float, ask: Callable[[Text], None]) -> Line:
    """Have somebody pull the card of `reader` out and put it in again, each within `limit_s`.  Raises CardLinkError."""
    for wish, present in ((words.PULL_NOW, False), (words.INSERT_NOW, True)):
        ask(wish)
        if not await_card((reader,), present, limit_s):
            found = words.NOT_PLUGGED.format(limit_s=f"{limit_s:g}")
            return Line("plug", "bad", found, None, words.PLUG_CURE, READER_OWNER)
    return Line("plug", "good", words.PLUGGED)
