"""Smart-card readers through PC/SC: pcscd on Linux, the systems' own services on Windows and macOS.

pyscard (the extra `posrig[pcsc]`) is loaded when a reader is used and not before; only `api` knows it.
"""

from __future__ import annotations

from .card import Card
from .port import dial
from .readers import ReaderInfo, choose, readers
from .troubles import CardLinkError

__all__ = ["Card", "CardLinkError", "ReaderInfo", "choose", "dial", "readers"]
