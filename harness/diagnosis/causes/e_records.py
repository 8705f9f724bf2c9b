"""Family E (软件): lost records, leaks."""

from __future__ import annotations

from .cause import Cause

CAUSES: tuple[Cause, ...] = ()
