"""Masking on entry to the trace.  (First version: copies and checks; the protocol's part follows.)"""

from __future__ import annotations

from collections.abc import Mapping

from protocols.errors import LocalError
from protocols.text import Text

from .machine import Json

NOT_JSON = Text("{place} 不是 JSON 值：{kind}", "{place} is no JSON value but {kind}")
NOT_JSON_CURE = Text("记录整数、字符串、列表或字典", "Note integers, strings, lists or dicts")


class Masker:
    """What stands between a party and the trace."""

    def enter(self, seq: int, party: str, kind: str, data: Mapping[str, Json]) -> dict[str, Json]:
        """A masked copy of `data`, which is safe to keep at once."""
        return {key: _copy(value, key) for key, value in data.items()}

    def take_amended(self) -> list[tuple[int, dict[str, Json]]]:
        """Earlier events (by sequence) whose data is now known in full; each is told once."""
        return []

    def oldest_held(self) -> int | None:
        """Sequence of the oldest event that may still be amended."""
        return None

    def settle(self) -> None:
        """Give up waiting for incomplete frames."""


def _copy(value: Json, place: str) -> Json:
    if isinstance(value, (str, int, type(None))):
        return value
    if isinstance(value, Mapping):
        return {str(key): _copy(inner, f"{place}.{key}") for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copy(inner, place) for inner in value]
    raise LocalError(NOT_JSON.format(place=place, kind=type(value).__name__), NOT_JSON_CURE)
