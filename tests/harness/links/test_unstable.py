"""An unstable line: what is drawn from its probabilities, and that it is a finite plan."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.links.faults import Delivery, Outcome, Stream
from harness.links.faulty import FaultPlan, Faulty
from protocols.errors import ScenarioError
from protocols.framing import TcpFramer

UP: Stream = "upstream"
DOWN: Stream = "downstream"
A, B = (TcpFramer().frame(text) for text in (b"alpha", b"bravo"))


def data(outcomes: list[Outcome]) -> bytes:
    return b"".join(o.data for o in outcomes if isinstance(o, Delivery))


def faulty(*specs: str, seed: int) -> Faulty:
    link = Faulty(FaultPlan.from_specs(specs), TcpFramer, random.Random(seed))
    link.opened(0)
    return link


def struck(specs: list[str], seed: int, count: int = 250) -> list[bool]:
    link = faulty(*specs, seed=seed)
    return [data(link.push(UP, A, 0)) == b"" for _ in range(count)]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 5), st.integers(1, 250), st.integers(0, 2**32))
def test_an_unstable_line_is_a_finite_plan_that_its_seed_decides(
    loss: int, correlation: int, disconnect: int, frames: int, seed: int
) -> None:
    spec = f"unstable:loss={loss},correlation={correlation},disconnect={disconnect},frames={frames}"
    plan = FaultPlan.from_specs([spec]).drawn(random.Random(seed))
    assert plan == FaultPlan.from_specs([spec]).drawn(random.Random(seed))
    assert FaultPlan.parse(plan.entries()) == plan, "every fault says itself what it does"
    assert len(plan.faults) <= 4 * frames
    link = Faulty(plan, TcpFramer, random.Random(0))
    for _ in range(2):
        for _ in range(frames + 1):
            link.opened(0)
            link.push(UP, A, 0)
            link.push(DOWN, A, 0)
    link.opened(0)
    assert data(link.push(UP, B, 0)) == data(link.push(DOWN, B, 0)) == B, "then the line is well"


@pytest.mark.parametrize(("loss", "correlation"), [(0, 0), (100, 0), (20, 0), (20, 70), (60, 30)])
def test_the_share_of_lost_frames_is_the_one_that_was_asked_for_and_correlation_makes_bursts(
    loss: int, correlation: int
) -> None:
    spec = [f"unstable:loss={loss},correlation={correlation}"]
    lines = [struck(spec, seed) for seed in range(30)]
    lost = sum(map(sum, lines)) / (30 * 250)
    assert abs(lost - loss / 100) < 0.03
    after_loss = [b for line in lines for a, b in pairwise(line) if a]
    if 0 < loss < 100:  # Gilbert: after a lost frame the next is lost with p + r (1 - p)
        wanted = loss / 100 + correlation / 100 * (1 - loss / 100)
        assert abs(sum(after_loss) / len(after_loss) - wanted) < 0.04


def test_more_than_all_cannot_be_lost() -> None:
    with pytest.raises(ScenarioError, match=r"101 is no value for loss.* from 0 to 100"):
        FaultPlan.from_specs(["unstable:loss=101"])
