"""What earlier visits to a terminal found, and how its figures move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def since(document: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`{changes, trends}` of a record (`record.shape`): what changed since the visits before, which are given newest
    first, and how the figures move."""
    from .changes import changes
    from .trends import trends

    earlier = [one for one in earlier if is_record(one) and one["id"] != document["id"]]
    return {
        "changes": [{"zh": one.words.zh, "en": one.words.en} for one in changes(document, earlier)],
        "trends": [one.json() for one in trends([document, *earlier])],
    }


def is_record(data: object) -> bool:
    """Whether what a store holds is a record of this version: a later one, or one that somebody edited, is left out of
    comparisons rather than ending the visit."""
    from datetime import datetime

    from protocols.errors import ScenarioError

    from ..record.shape import check_shape

    try:
        return datetime.fromisoformat(check_shape(data)["started"]).tzinfo is not None
    except (ScenarioError, ValueError):
        return False
