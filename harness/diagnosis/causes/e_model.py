"""Family E (软件): an old model that lacks something."""

from __future__ import annotations

from .cause import Cause

CAUSES: tuple[Cause, ...] = ()
