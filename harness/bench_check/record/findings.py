"""Findings as JSON and back, for the record and for a visit that was interrupted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from protocols.text import Text

from ..model import Figure, Finding


def finding_json(finding: Finding) -> dict[str, Any]:
    """`{check, verdict, found: {zh, en}, figures: [...], fault, values, detail}`."""
    return asdict(finding)


def finding_from(data: Mapping[str, Any]) -> Finding:
    """The finding that `finding_json` wrote.  Raises KeyError, TypeError or ValueError for anything else."""
    figures = tuple(Figure(**{**one, "name": Text(**one["name"])}) for one in data["figures"])
    return Finding(
        data["check"], data["verdict"], Text(**data["found"]), figures, data["fault"], data["values"], data["detail"]
    )
