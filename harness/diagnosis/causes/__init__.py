"""The table of causes, one module per family of the catalogue."""

from __future__ import annotations

from . import a, b, c, f, g, h_money, h_region, h_rules, h_service, i
from .cause import Cause

__all__ = ["CAUSES", "Cause"]

CAUSES: tuple[Cause, ...] = (
    *a.CAUSES,
    *b.CAUSES,
    *c.CAUSES,
    *f.CAUSES,
    *g.CAUSES,
    *h_rules.CAUSES,
    *h_money.CAUSES,
    *h_service.CAUSES,
    *h_region.CAUSES,
    *i.CAUSES,
)
"""In the catalogue's order."""
