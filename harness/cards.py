"""The test cards of `fixtures/cards`: the only numbers that may stand whole in a trace."""

from __future__ import annotations

from functools import lru_cache

from protocols.errors import ScenarioError
from protocols.text import Text

from .fixtures import fixtures_dir, read_toml

PAN_DIGITS = range(13, 20)
"""ISO/IEC 7812-1 allows 19 at most; shorter ones than 13 are no card's."""

BAD_PAN = Text("{file} [{name}]：pan 应为 13 到 19 位数字", "{file} [{name}]: pan takes 13 to 19 digits")
BAD_PAN_CURE = Text("改正 pan", "Correct pan")


@lru_cache(maxsize=1)
def listed_pans() -> frozenset[str]:
    """Numbers of all cards in files that say `test_cards = true`.  Raises ScenarioError for a number that is none."""
    pans = set()
    for path in sorted((fixtures_dir() / "cards").glob("*.toml")):
        data = read_toml(path)
        if data.pop("test_cards", None) is not True:
            continue
        for name, row in data.items():
            pan = row.get("pan") if isinstance(row, dict) else None
            if not isinstance(pan, str) or not (pan.isascii() and pan.isdecimal()) or len(pan) not in PAN_DIGITS:
                raise ScenarioError(BAD_PAN.format(file=path.name, name=name), BAD_PAN_CURE)
            pans.add(pan)
    return frozenset(pans)
