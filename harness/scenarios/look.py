"""What each side makes of a failure before it is cured, and what its next test tells it.

A probe (`fixtures/probes`) is carried out in the same world; who carries it out sees what it shows, and nothing of the
probes of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from protocols.errors import ScenarioError
from protocols.text import Text

from ..bench.base import BenchBroken
from ..diagnosis import Diagnosis, diagnose
from ..trace import Event, Who
from . import model
from .load import load_probe, load_steps
from .run import OpenBench, begun, play_case
from .steps import Stage
from .values import at_path

VIEWS: tuple[Who, ...] = ("all", "register", "terminal", "host")
SETUP_FAILED = Text("{name}：造成故障的步骤不符", "{name}: the steps that cause it did not go as they must")


@dataclass(frozen=True, slots=True)
class Look:
    """One side's view of one case.  `after`: the same side's diagnosis once its next test was carried out, None where
    the row stood alone before.  `events`: all that was recorded before that test."""

    case: str
    view: Who
    found: Diagnosis
    after: Diagnosis | None
    events: tuple[Event, ...] = field(repr=False)

    @property
    def last(self) -> Diagnosis:
        """What this side knows in the end."""
        return self.after or self.found


def look(
    scenario: model.Scenario, case: model.Case, open_bench: OpenBench, seed: int, noise: tuple[str, ...] = ()
) -> tuple[Look, ...]:
    """Play `case` up to its remedy in a world of its own and look at it from every side.

    Raises BenchBroken when the steps themselves did not go as they must: what is seen then is not this failure.
    """
    stage = begun(scenario, open_bench, seed, noise=noise)
    try:
        play_case(stage, scenario, case)
        if stage.failures:
            raise BenchBroken(SETUP_FAILED.format(name=case.name), "; ".join(f.en for f in stage.failures))
        before = tuple(stage.bench.events())
        found = {view: diagnose(before, view) for view in VIEWS}
        return tuple(Look(case.name, view, found[view], _after(stage, before, found[view]), before) for view in VIEWS)
    finally:
        stage.bench.finish()


def _after(stage: Stage, before: Sequence[Event], found: Diagnosis) -> Diagnosis | None:
    if found.next_probe is None or (len(found.group) == 1 and found.ranking):
        return None
    probe = load_probe(found.next_probe)
    began = len(stage.bench.events())
    try_steps(stage, probe.step)
    shown = [_shown_to(event, found.seen_by, probe.shows) for event in tuple(stage.bench.events())[began:]]
    earlier = [_shown_to(event, found.seen_by, probe.shows) for event in before] if probe.whole else before
    return diagnose([*earlier, *shown], found.seen_by)


def _shown_to(event: Event, view: Who, kinds: Sequence[str]) -> Event:
    if event.kind not in kinds or event.seen_by == ("bench",):
        return event
    return replace(event, seen_by=(*event.seen_by, view))


def try_steps(stage: Stage, steps: Sequence[model.AnyStep]) -> None:
    """Carry out what can be carried out.  What a step asks about may not exist (no application, a host that is down):
    that is an answer, too, and the steps go on."""
    for step in steps:
        try:
            if isinstance(step, model.Use):
                try_steps(stage, load_steps(step.steps).step)
            else:
                answer = stage.answer_to(step)
                stage.variables |= {name: at_path(answer, key) for name, key in step.save.items()}
        except (ScenarioError, BenchBroken):
            continue
