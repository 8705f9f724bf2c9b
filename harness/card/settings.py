"""What the machine of the cards is given: chance, and cards besides those that are shipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random

from ..fixtures import fixtures_dir, read_toml
from .files import chip_names, load_chip
from .profile import Chip


@lru_cache(maxsize=1)
def holders_cards() -> Mapping[str, str]:
    """Chips by the name of the holder's card, of `fixtures/cards/*.toml`: those that have one."""
    found = {}
    for path in sorted((fixtures_dir() / "cards").glob("*.toml")):
        for name, row in read_toml(path).items():
            if isinstance(row, dict) and row.get("chip"):
                found[name] = str(row["chip"])
    return found


@dataclass(frozen=True, slots=True)
class CardSettings:
    """`rng`: the only chance there is (challenges, dynamic numbers).  `chips`: cards of the user's own, by name."""

    rng: Random
    chips: Mapping[str, Chip] = field(default_factory=dict)

    def chip(self, name: str) -> Chip | None:
        """The card of that name, or that the holder calls so; None where there is none."""
        if name in self.chips:
            return self.chips[name]
        called = name if name in chip_names() else holders_cards().get(name, "")
        return load_chip(called) if called in chip_names() else None

    def names(self) -> list[str]:
        """All cards by name."""
        return sorted({*chip_names(), *self.chips})
