"""Family D (硬件): case, checks left out, lots, unqualified repair."""

from __future__ import annotations

from .cause import Cause

CAUSES: tuple[Cause, ...] = ()
