"""Lines of help that fit: a Chinese character takes two columns, and a line may end between any two of them."""

from __future__ import annotations

import re

from ..reports.columns import columns

_WIDE = "\u2e80-\uffef"
_CLOSING = "，。、；：！？）】》”’…"
_PIECE = re.compile(rf"\s*[（【《“‘]*(?:[{_WIDE}]|[^\s{_WIDE}]+)[{_CLOSING}]*")
"""What stays together: one wide character or one word, with the blanks before it and the punctuation after it."""


def wrapped(text: str, width: int) -> list[str]:
    """The lines of one paragraph, at most `width` columns each where no piece is longer by itself."""
    lines, room = [""], width
    for piece in _PIECE.findall(" ".join(text.split())):
        taken = columns(piece)
        if taken > room and lines[-1]:
            piece = piece.lstrip()
            taken = columns(piece)
            lines.append("")
            room = width
        lines[-1] += piece
        room -= taken
    return lines
