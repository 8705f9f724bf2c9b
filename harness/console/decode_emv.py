"""`posrig decode` of the card's side: APDUs, ATRs, TLV (F55 is that), and the values of single data objects."""

from __future__ import annotations

from protocols.emv.decode import explain

from .decode_protocols import Shown
from .decode_small import shown_of


def read(data: bytes, kind: str, answers: str) -> Shown:
    """See `decode_protocols`; `kind` is `auto` or what `--as` says."""
    return shown_of("emv", "none", explain(data, kind, answers))
