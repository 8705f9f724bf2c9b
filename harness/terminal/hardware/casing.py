"""The case: damage, tamper and service switches, and the parts inside that can be exchanged."""

from __future__ import annotations

from collections.abc import Mapping

from .defect import Act, Defect

DEFECTS: Mapping[str, Defect] = {}
ACTS: Mapping[str, Act] = {}
