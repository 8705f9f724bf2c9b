"""Next tests: what a person would do to tell causes apart.  Each is a list of steps in `fixtures/probes/ID.toml`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from protocols.text import Text

from ..fixtures import fixtures_dir, read_toml
from .causes import Cause

PROBES_MAX = 256


@lru_cache(maxsize=PROBES_MAX)
def probe_text(name: str) -> Text:
    """What to do, in words."""
    title = read_toml(fixtures_dir() / "probes" / f"{name}.toml")["title"]
    return Text(title["zh"], title["en"])


def best_probe(group: Sequence[Cause]) -> str | None:
    """The test that says something about most of the group; among equals the one that its first cause prefers."""
    counts = Counter(name for cause in group for name in dict.fromkeys(cause.tests))
    order = list(counts)
    return min(order, key=lambda name: (-counts[name], order.index(name)), default=None)
