"""What each kind of step does on a bench.  A step knows the bench's facade and nothing of what lies behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from protocols.text import Text

from ..bench.base import AskRefused, Bench, BenchBroken, Party
from ..bench.world import load_cards
from ..links.plan import FaultPlan
from . import model
from .load import load_steps
from .order import play_table
from .values import at_path, differences, filled, microseconds

Json = Any
USE_DEPTH_MAX = 4
"""Step lists may use step lists; deeper than this is a circle."""


@dataclass
class Stage:
    """Where the steps of one scenario play: the bench, the variables, and what went otherwise than expected.

    `without_causes` leaves out every cause and every step that is a mistake: a row that passes then proves nothing.
    """

    bench: Bench
    variables: dict[str, Json] = field(default_factory=dict)
    without_causes: bool = False
    told: Callable[[model.Step | None, str], None] = lambda step, what: None
    open_other: Callable[[], Bench] | None = None
    """Makes another bench of the same kind and setup, for steps that need worlds of their own."""
    failures: list[str] = field(default_factory=list)
    case_began: int = 0

    def play(self, steps: tuple[model.AnyStep, ...], where: str, depth: int = 0) -> None:
        """Run `steps` in order; what differs from the expectation is collected, and the steps go on."""
        for number, step in enumerate(steps, 1):
            place = f"{where}, step {number} ({step.do})"
            if step.mistake and self.without_causes:
                continue
            self.told(step, place)
            self.bench.note("step", {"place": place, **_described(step)})
            if isinstance(step, model.Use):
                self._use(step, place, depth)
                continue
            self._check(step, self.answer_to(step), place)

    def answer_to(self, step: model.AnyStep) -> Mapping[str, Json]:
        """Carry out one step that is no list; its answer."""
        return HANDLERS[type(step)](self, step)

    @property
    def sparing(self) -> bool:
        """Real processes take real time: tables play what is representative instead of everything."""
        return self.bench.kind != "simulated"

    @contextmanager
    def elsewhere(self) -> Iterator[Stage]:
        """A stage in a world of its own: a merchant is boarded, the terminal is bound and still in its box."""
        if self.open_other is None:
            raise ValueError("this stage was made without open_other")
        bench = self.open_other()
        try:
            variables = {"sn": bench.ask("terminal", "control", "status")["sn"]}
            stage = Stage(bench, variables, without_causes=self.without_causes)
            stage.play(load_steps("boarded").step, "boarding")
            if stage.failures:
                raise BenchBroken(Text("开户步骤失败", "boarding failed"), "; ".join(stage.failures))
            yield stage
        finally:
            bench.finish()

    def _use(self, step: model.Use, place: str, depth: int) -> None:
        if depth >= USE_DEPTH_MAX:
            self.failures.append(f"{place}: step lists use each other in a circle")
            return
        self.play(load_steps(step.steps).step, f"{place} {step.steps}", depth + 1)

    def _check(self, step: model.Step, answer: Mapping[str, Json], place: str) -> None:
        for line in differences(answer, filled(step.expect, self.variables)):
            self.failures.append(f"{place}: {line}")
        for name, key in step.save.items():
            self.variables[name] = at_path(answer, key)


def _described(step: model.Step) -> dict[str, Json]:
    data = step.model_dump(mode="json", exclude={"note", "save"}, exclude_defaults=True)
    return {**data, "note": step.note.model_dump() if step.note else None}


def _ask(stage: Stage, party: str, who: str, name: str, args: Mapping[str, Json]) -> Mapping[str, Json]:
    try:
        return stage.bench.ask(cast(Party, party), who, name, **filled(args, stage.variables))
    except AskRefused as refused:
        return {"refused": True, **refused.value}


def _present(stage: Stage, card_name: str | None, pulled: bool = False) -> None:
    """The person holds the card ready and knows its PIN; both are taken when the terminal asks for them."""
    if card_name is None:
        return
    card = load_cards()[card_name]
    pin = {"pin": card.pin} if card.asks_pin else {}
    stage.bench.ask("terminal", "person", "present", card=card.name, how=card.how, pulled=pulled, **pin)


def _portal(stage: Stage, step: model.Portal) -> Mapping[str, Json]:
    return _ask(stage, "host", "portal", step.action, step.args)


def _operate(stage: Stage, step: model.Operate) -> Mapping[str, Json]:
    _present(stage, step.card)
    return _ask(stage, "terminal", "person", "operate", {"op": step.op, **step.args})


def _register(stage: Stage, step: model.Register) -> Mapping[str, Json]:
    _present(stage, step.card, step.pulled)
    return _ask(stage, "register", "person", step.op, step.args)


def _control(stage: Stage, step: model.Control) -> Mapping[str, Json]:
    return _ask(stage, step.party, "control", step.name, step.args)


def _cause(stage: Stage, step: model.Cause) -> Mapping[str, Json]:
    if stage.without_causes:
        return {}
    if step.link:
        stage.bench.note("cause", {"path": step.path, "link": list(step.link)})
        stage.bench.set_faults(step.path, FaultPlan.from_specs(step.link, "cause"))
        return {}
    settings = filled(step.settings, stage.variables)
    stage.bench.note("cause", {"party": step.party, "behaviour": step.behaviour, "settings": settings})
    return _ask(stage, str(step.party), "control", "cause", {"behaviour": step.behaviour, **settings})


def _heal(stage: Stage, step: model.Heal) -> Mapping[str, Json]:
    if stage.without_causes:
        return {}
    stage.bench.note("cause", {"healed": step.behaviour or step.path})
    if step.behaviour is None:
        stage.bench.set_faults(step.path, None)
        return {}
    return _ask(stage, str(step.party), "control", "heal", {"behaviour": step.behaviour})


def _wait(stage: Stage, step: model.Wait) -> Mapping[str, Json]:
    stage.bench.advance(microseconds(step.time))
    return {}


def _see(stage: Stage, step: model.See) -> Mapping[str, Json]:
    where = filled(step.where, stage.variables)
    events = stage.bench.events()[stage.case_began :]
    same_kind = [event for event in events if event.party == step.party and event.kind == step.kind]
    count = sum(not differences(event.data, where) for event in same_kind)
    wrong = count == 0 if step.times is None else count != step.times
    if wrong:
        wanted = "at least once" if step.times is None else f"{step.times} times"
        near = differences(same_kind[-1].data, where) if same_kind else ["no event of that kind"]
        stage.failures.append(f"{step.party} {step.kind} {where}: wanted {wanted}, seen {count} times; last: {near}")
    return {}


def _crash(stage: Stage, step: model.Crash) -> Mapping[str, Json]:
    if not stage.without_causes:
        stage.bench.crash(step.party)
    return {}


def _restart(stage: Stage, step: model.Restart) -> Mapping[str, Json]:
    if not stage.without_causes:
        stage.bench.restart(step.party)
    return {}


def _order(stage: Stage, step: model.Order) -> Mapping[str, Json]:
    return play_table(stage, step.table)


HANDLERS: dict[type[model.Step], Callable[[Stage, Any], Mapping[str, Json]]] = {
    model.Portal: _portal,
    model.Operate: _operate,
    model.Register: _register,
    model.Control: _control,
    model.Cause: _cause,
    model.Heal: _heal,
    model.Wait: _wait,
    model.See: _see,
    model.Crash: _crash,
    model.Restart: _restart,
    model.Order: _order,
}
