"""Family E (软件): versions, crashes, updates."""

from __future__ import annotations

from .cause import Cause

CAUSES: tuple[Cause, ...] = ()
