"""The printer: paper, jam, heat, ribbon, and the image that comes out."""

from __future__ import annotations

from collections.abc import Mapping

from .defect import Act, Defect

DEFECTS: Mapping[str, Defect] = {}
ACTS: Mapping[str, Act] = {}
