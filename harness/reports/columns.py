"""How wide a text is on a terminal.  By itself, so that `--help` need not import what reads traces."""

from __future__ import annotations

import unicodedata


def columns(text: str) -> int:
    """Columns of a terminal that `text` takes: a CJK character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
