"""Family D (硬件): the cable."""

from __future__ import annotations

from .cause import Cause

CAUSES: tuple[Cause, ...] = ()
