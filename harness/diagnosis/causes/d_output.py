"""Family D (硬件): printer, display, keypad."""

from __future__ import annotations

from .cause import Cause

CAUSES: tuple[Cause, ...] = ()
