"""The display: what is shown, and what can be seen of it."""

from __future__ import annotations

from collections.abc import Mapping

from .defect import Act, Defect

DEFECTS: Mapping[str, Defect] = {}
ACTS: Mapping[str, Act] = {}
