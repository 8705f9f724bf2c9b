"""Every check, in the order in which they are made."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Check

CHECKS: Sequence[Check] = ()
