"""Family D (硬件): battery, power cut, slow after long uptime."""

from __future__ import annotations

from .cause import Cause

CAUSES: tuple[Cause, ...] = ()
