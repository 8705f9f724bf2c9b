"""Family D (硬件): the readers, wear, dirt."""

from __future__ import annotations

from .cause import Cause

CAUSES: tuple[Cause, ...] = ()
