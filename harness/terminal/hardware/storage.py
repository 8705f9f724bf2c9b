"""The storage: what is lost when it is, and how that is noticed."""

from __future__ import annotations

from collections.abc import Mapping

from .defect import Act, Defect

DEFECTS: Mapping[str, Defect] = {}
ACTS: Mapping[str, Act] = {}
