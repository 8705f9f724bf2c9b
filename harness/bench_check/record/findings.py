"""Findings as JSON and back, for the record and for a visit that was interrupted."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict
from typing import Any

from protocols.text import Text

from ..model import Figure, Finding


def finding_json(finding: Finding) -> dict[str, Any]:
    """`{check, verdict, found: {zh, en}, figures: [...], fault, values, detail}`."""
    figures = [{**asdict(one), "name": _halves(one.name)} for one in finding.figures]
    plain = {name: getattr(finding, name) for name in ("check", "verdict", "fault")}
    values, detail = deepcopy(dict(finding.values)), deepcopy(dict(finding.detail))
    return {**plain, "found": _halves(finding.found), "figures": figures, "values": values, "detail": detail}


def _halves(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def finding_from(data: Mapping[str, Any]) -> Finding:
    """The finding that `finding_json` wrote.  Raises KeyError, TypeError or ValueError for anything else."""
    figures = tuple(Figure(**{**one, "name": Text(**one["name"])}) for one in data["figures"])
    return Finding(
        data["check"], data["verdict"], Text(**data["found"]), figures, data["fault"], data["values"], data["detail"]
    )
