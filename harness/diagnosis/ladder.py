"""The recovery ladder in words: what the documents say to do, in their order (`fixtures/ladder.toml`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from protocols.text import Text

from ..fixtures import fixtures_dir, read_toml


@cache
def rungs() -> Mapping[int, Text]:
    """Number of a rung (1 to 11) to what is done on it."""
    ladder = read_toml(fixtures_dir() / "ladder.toml")
    return {rung["number"]: Text(rung["zh"], rung["en"]) for rung in ladder["rung"]}
