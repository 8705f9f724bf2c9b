"""The table of causes, one module per family of the catalogue."""

from __future__ import annotations

from . import a, b, c, f, h_money
from .cause import Cause

__all__ = ["CAUSES", "Cause"]

CAUSES: tuple[Cause, ...] = (*a.CAUSES, *b.CAUSES, *c.CAUSES, *f.CAUSES, *h_money.CAUSES)
"""In the catalogue's order."""
