"""Magnetic, chip and contactless reader: what they read, how they wear, how dirt gets in."""

from __future__ import annotations

from collections.abc import Mapping

from .defect import Act, Defect

DEFECTS: Mapping[str, Defect] = {}
ACTS: Mapping[str, Act] = {}
