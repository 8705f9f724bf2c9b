"""The table of causes, one module per family of the catalogue."""

from __future__ import annotations

from . import a, c, f
from .cause import Cause

__all__ = ["CAUSES", "Cause"]

CAUSES: tuple[Cause, ...] = (*a.CAUSES, *c.CAUSES, *f.CAUSES)
"""In the catalogue's order."""
