"""Amounts as results of dialect A tell them (DF03 within DF06): `RMB  0.20`, `RMB -0.20`.

The public capture has these two; that longer amounts take more places is posrig's choice.
"""

from __future__ import annotations

import re

_AMOUNT = re.compile(r"(-?)\s*([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,10})\.([0-9]{2})\s*\Z")


def told_amount(fen: int) -> str:
    """The text of an amount; negative for what was taken back.  At least six places behind RMB."""
    yuan, rest = divmod(abs(fen), 100)
    sign = "-" if fen < 0 else " "
    return f"RMB{f'{sign}{yuan}.{rest:02d}':>6}"


def amount_fen(text: str) -> int | None:
    """The amount in a text, whatever currency stands in front; a run of digits alone is fen (as in a request); None for
    what is none."""
    if text.isascii() and text.isdigit():
        return int(text)
    found = _AMOUNT.search(text)
    if found is None:
        return None
    fen = int(found[2].replace(",", "")) * 100 + int(found[3])
    return -fen if found[1] else fen
