"""A kind of day with power cuts, wherever they hit."""

from __future__ import annotations

from .days import CUTS_MAX, DAYS, Cut, Day, single_cuts, survive

LEAST = {"terminal": 8, "host": 3}
"""Fewer effects than these no operation has: the enumeration would be of nothing."""


def one_cut_anywhere(name: str) -> None:
    """The day of this name, once for each effect of terminal and host before which the power fails."""
    cuts = list(single_cuts(DAYS[name]))
    for party, least in LEAST.items():
        assert least <= sum(cut.party == party for cut in cuts) / 2 < CUTS_MAX
    for cut in cuts:
        survived(DAYS[name], cut)


def survived(day: Day, *cuts: Cut) -> None:
    """Raises AssertionError, which names the cuts."""
    try:
        survive(day, cuts)
    except AssertionError as error:
        raise AssertionError(f"{cuts}: {error}") from error
