"""Lost, late, doubled and damaged frames, at most two of them in two sales: the books agree once the line is good."""

from __future__ import annotations

import pytest

from .lines import FRAMES, STREAMS, plans, survive_line

SHARDS = 4


def test_the_plans_are_what_they_should_be() -> None:
    by_count = [sum(len(plan) == count for plan in plans()) for count in (0, 1, 2)]
    places = len(STREAMS) * len(FRAMES)
    assert by_count == [1, 4 * places + 2, 16 * places * (places - 1) // 2]


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_bad_line(shard: int) -> None:
    for plan in list(plans())[shard::SHARDS]:
        try:
            survive_line(plan)
        except AssertionError as error:
            raise AssertionError(f"{plan}: {error}") from error
