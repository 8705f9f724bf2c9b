"""The table of causes, one module per family of the catalogue."""

from __future__ import annotations

from . import (
    a,
    b,
    c,
    d_cable,
    d_case,
    d_output,
    d_power,
    d_readers,
    e_model,
    e_records,
    e_software,
    f,
    g,
    h_money,
    h_region,
    h_rules,
    h_service,
    i,
)
from .cause import Cause

__all__ = ["CAUSES", "Cause"]

FAMILIES = (
    *(a, b, c),
    *(d_output, d_readers, d_power, d_case, d_cable),
    *(e_software, e_records, e_model),
    *(f, g, h_rules, h_money, h_service, h_region, i),
)

CAUSES: tuple[Cause, ...] = tuple(
    sorted(
        (cause for family in FAMILIES for cause in family.CAUSES), key=lambda cause: (cause.row[0], int(cause.row[1:]))
    )
)
"""In the catalogue's order."""
