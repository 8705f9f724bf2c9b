"""What each kind of step does on a bench.  A step knows the bench's facade and nothing of what lies behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from protocols.errors import ScenarioError
from protocols.text import Text

from ..bench.base import AskRefused, Bench, BenchBroken, Path
from ..bench.fleet import chosen
from ..bench.world import load_cards
from ..fixtures import nearest
from ..links.plan import FaultPlan
from ..terminal.settings import Card
from ..terminal.terminal import SECRET
from . import model
from .load import load_steps
from .values import at_path, differences, filled, microseconds, shown
from .worlds import first_variables

Json = Any
STATUSES = ("done", "refused", "declined", "no_answer", "unknown", "cancelled")
"""How an operation may end."""
Part = Literal["setup", "step", "remedy", "cured", "proof"]
"""What a step is to its case; reports mark remedy and proof."""
USE_DEPTH_MAX = 4
"""Step lists may use step lists; deeper than this is a circle."""

START = Text("开始", "start")
PLACE = Text("{where}，第 {number} 步（{do}）", "{where}, step {number} ({do})")
AT = Text("{place}：{what}", "{place}: {what}")
REFUSED = Text("请求被拒绝：{why}", "the request was refused: {why}")
CIRCLE = Text("步骤清单互相引用成环", "step lists use each other in a circle")
NOT_SEEN = Text(
    "{party} 的 {kind} 事件 {where}：应出现 {wanted}，实出现 {count} 次{near}",
    "{kind} event of {party} {where}: wanted {wanted}, seen {count} times{near}",
)
NEAREST_EVENT = Text("；最后一个同类事件：{lines}", "; the last event of that kind: {lines}")
AT_LEAST_ONCE = Text("至少 1 次", "at least once")
TIMES = Text("{count} 次", "{count} times")
BOARDING_FAILED = Text("开户步骤失败", "boarding failed")
NO_CARD = Text("没有测试卡 {name}；最接近的是 {near}", "There is no test card {name}; the nearest is {near}")
NO_CARD_CURE = Text("可用：{known}", "There are: {known}")


@dataclass
class Stage:
    """Where the steps of one scenario play: the bench, the variables, and what went otherwise than expected.

    `without_causes` leaves out every cause and every step that is a mistake: a row that passes then proves nothing.
    """

    bench: Bench
    variables: dict[str, Json] = field(default_factory=dict)
    without_causes: bool = False
    told: Callable[[model.Step | None, str], None] = lambda step, what: None
    noise: tuple[str, ...] = ()
    """Harmless faults of the host's line, which stay there whatever a scenario causes and heals."""
    open_other: Callable[[], Bench] | None = None
    """Makes another bench of the same kind and setup, for steps that need worlds of their own."""
    handlers: Mapping[type[model.Step], Handler] = field(default_factory=lambda: HANDLERS)
    failures: list[Text] = field(default_factory=list)
    not_judged: list[Text] = field(default_factory=list)
    """What nobody could look at on this bench."""
    ties: bool = False
    """Too little is seen to tell every row apart: it is enough that the true one is among the likeliest."""
    began_us: int = 0
    case_began: int = 0
    place: Text = START
    """The step that is under way."""
    part: Part = "step"

    def play(self, steps: tuple[model.AnyStep, ...], name: str | Text, part: Part = "step") -> None:
        """Run `steps` in order; what differs from the expectation is collected, and the steps go on."""
        self.part = part
        self._play(steps, name if isinstance(name, Text) else Text(name, name), 0)

    def _play(self, steps: tuple[model.AnyStep, ...], where: Text, depth: int) -> None:
        for number, step in enumerate(steps, 1):
            place = joined(PLACE, where=where, number=number, do=step.do)
            if step.mistake and self.without_causes:
                continue
            self.place = place
            self.told(step, place.en)
            self.bench.note("step", {"place": place.en, "part": self.part, **_described(step)})
            if isinstance(step, model.Use):
                self._use(step, place, depth)
                continue
            self._check(step, self.answer_to(step))

    def answer_to(self, step: model.AnyStep) -> Mapping[str, Json]:
        """Carry out one step that is no list; its answer."""
        return self.handlers[type(step)](self, step)

    def fail(self, what: Text) -> None:
        """Something is not as it must be at the step that is under way."""
        self.failures.append(joined(AT, place=self.place, what=what))

    def set_line(self, path: Path, faults: tuple[str, ...], terminal: str = "terminal") -> None:
        """The faults of a terminal's path, and no others but the noise; none heals it."""
        specs = (*faults, *self.noise) if path == "host" else faults
        self.bench.set_faults(path, FaultPlan.from_specs(specs, "cause") if specs else None, terminal)

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
            stage = Stage(bench, first_variables(bench), without_causes=self.without_causes)
            stage.play(load_steps("boarded").step, "boarding")
            if stage.failures:
                raise BenchBroken(BOARDING_FAILED, "; ".join(failure.en for failure in stage.failures))
            yield stage
        finally:
            bench.finish()

    @contextmanager
    def forked(self) -> Iterator[Stage]:
        """A stage in a fork of this world: what is durable here is there, and nothing that happens there is here."""
        bench = self.bench.fork()
        try:
            yield Stage(bench, dict(self.variables), without_causes=self.without_causes)
        finally:
            bench.finish()

    def _use(self, step: model.Use, place: Text, depth: int) -> None:
        if depth >= USE_DEPTH_MAX:
            self.fail(CIRCLE)
            return
        steps = tuple(_at(one, step.terminal) for one in load_steps(step.steps).step)
        self._play(steps, Text(f"{place.zh} {step.steps}", f"{place.en} {step.steps}"), depth + 1)

    def _check(self, step: model.Step, answer: Mapping[str, Json]) -> None:
        if answer.get("refused") is True and "refused" not in step.expect:
            self.fail(_why_refused(answer))
        else:
            for line in differences(answer, filled(step.expect, self.variables)):
                self.fail(line)
        for name, key in step.save.items():
            self.variables[name] = at_path(answer, key)


Handler = Callable[[Stage, Any], Mapping[str, Json]]


def _at(step: model.AnyStep, terminal: tuple[str, ...]) -> model.AnyStep:
    """A step of a list, at another terminal: the register stands beside the first one alone."""
    if terminal == ("terminal",):
        return step
    if isinstance(step, model.Register):
        return model.Operate.model_validate({**step.model_dump(), "do": "operate", "terminal": terminal})
    if isinstance(step, model.Operate) and step.terminal == ("terminal",):
        return step.model_copy(update={"terminal": terminal})
    return step.model_copy(update={"terminal": terminal}) if isinstance(step, model.Use) else step


def joined(pattern: Text, **values: object) -> Text:
    """`pattern.format`, each half with the same half of the values that are texts."""
    halves = [{k: v.in_(lang) if isinstance(v, Text) else v for k, v in values.items()} for lang in ("zh", "en")]
    return Text(pattern.zh.format(**halves[0]), pattern.en.format(**halves[1]))


def _why_refused(answer: Mapping[str, Json]) -> Text:
    told = answer.get("error")
    words: Mapping[str, Json] = told if isinstance(told, Mapping) else {}
    return joined(REFUSED, why=Text(str(words.get("zh") or "-"), str(words.get("en") or "-")))


def _described(step: model.Step) -> dict[str, Json]:
    data = step.model_dump(mode="json", exclude={"note", "save", "keys", "pin", "device"}, exclude_defaults=True)
    if secret := [key for key in data.get("args", {}) if key in SECRET]:
        data["args"] = {**data["args"], **dict.fromkeys(secret, "*")}
    return {**data, "note": step.note.model_dump() if step.note else None}


def _ask(stage: Stage, party: str, who: str, name: str, args: Mapping[str, Json]) -> Mapping[str, Json]:
    try:
        return stage.bench.ask(party, who, name, **filled(args, stage.variables, stage.bench.now_us))
    except AskRefused as refused:
        return {"refused": True, **refused.value}


def _present(stage: Stage, step: model.Presenting, terminals: tuple[str, ...] = ("terminal",)) -> None:
    """At each terminal the person holds the card ready and knows its PIN; both are taken when it asks for them."""
    names = (step.card or "").split()
    for number, terminal in enumerate(terminals):
        card = test_card(names[number % len(names)]) if names else None
        pins = (step.pin or "").split()
        if card is not None and step.pin is None and not step.misread and _asks_pin(stage, card):
            pins = [card.pin]
        typed = " ENTER ".join(pins)
        known = {"pin": typed} if card is not None and typed.isdigit() else {}
        pin = known
        if step.keys:
            stage.bench.ask(terminal, "person", "press", keys=step.keys)
        ways = [] if card is None else (step.how or card.how).split()
        for how in ways * (step.misread or 1):
            held = {"card": card.name if card else "", "how": how, "pulled": step.pulled, "misread": step.misread > 0}
            stage.bench.ask(terminal, "person", "present", **held, **pin)
            pin = {}
        if typed and not known:
            stage.bench.ask(terminal, "person", "press", keys=typed)


def _asks_pin(stage: Stage, card: Card) -> bool:
    """Whether a PIN will be asked for: where the chip is read, it is the chip that may want one (offline, too)."""
    return card.asks_pin or bool(stage.bench.world.card and card.chip and card.pin)


def test_card(name: str) -> Card:
    """The test card `name`.  Raises ScenarioError that names the nearest."""
    cards = load_cards()
    if name not in cards:
        what = NO_CARD.format(name=name, near=nearest(name, list(cards)))
        raise ScenarioError(what, NO_CARD_CURE.format(known=", ".join(cards)))
    return cards[name]


def _portal(stage: Stage, step: model.Portal) -> Mapping[str, Json]:
    return _ask(stage, step.party, "portal", step.action, step.args)


def _repeated(times: int, once: Callable[[], Mapping[str, Json]]) -> Mapping[str, Json]:
    """The answer of `once`; of several in a row how many ended how."""
    if times == 1:
        return once()
    answers = [once() for _ in range(times)]
    return {"last": answers[-1], **_counted(answers)}


def _counted(answers: Sequence[Mapping[str, Json]]) -> dict[str, int]:
    ends = ["refused" if "error" in answer else answer["status"] for answer in answers]
    return {status: ends.count(status) for status in STATUSES}


def _operate(stage: Stage, step: model.Operate) -> Mapping[str, Json]:
    return _repeated(step.repeat, lambda: _operate_once(stage, step))


def _operate_once(stage: Stage, step: model.Operate) -> Mapping[str, Json]:
    terminals = _terminals(stage, step.terminal)
    if step.op != "reader_test" or stage.bench.world.card:  # the reader of listed cards has a test card of its own
        _present(stage, step, terminals)
    args = {"op": step.op, **step.args}
    if step.terminal == terminals and len(terminals) == 1:
        return _ask(stage, terminals[0], "person", "operate", args)
    filled_args = filled(args, stage.variables, stage.bench.now_us)
    outcomes = stage.bench.ask_each(terminals, "person", "operate", **filled_args)
    return {"outcomes": outcomes, **_counted(list(outcomes.values()))}


def _terminals(stage: Stage, names: tuple[str, ...]) -> tuple[str, ...]:
    """The terminals that a step names, groups resolved."""
    specs = stage.bench.world.terminal_specs()
    return tuple(dict.fromkeys(name for one in names for name in chosen(one, specs)))


def _register(stage: Stage, step: model.Register) -> Mapping[str, Json]:
    def once() -> Mapping[str, Json]:
        _present(stage, step)
        return _ask(stage, "register", "person", step.op, step.args)

    return _repeated(step.repeat, once)


def _control(stage: Stage, step: model.Control) -> Mapping[str, Json]:
    return _ask(stage, step.party, "control", step.name, step.args)


def _cause(stage: Stage, step: model.Cause) -> Mapping[str, Json]:
    if stage.without_causes:
        return {}
    if step.link:
        terminals = _terminals(stage, step.terminal)
        stage.bench.note("cause", {"path": step.path, "link": list(step.link), **_whose(None, terminals)})
        for terminal in terminals:
            stage.set_line(step.path, step.link, terminal)
        return {}
    if step.certificate:
        stage.bench.note("cause", {"party": step.party, "certificate": step.certificate})
        stage.bench.set_certificate(str(step.party), step.certificate)
        return {}
    settings = filled(step.settings, stage.variables, stage.bench.now_us)
    stage.bench.note("cause", {"party": step.party, "behaviour": step.behaviour, "settings": settings})
    return _ask(stage, str(step.party), "control", "cause", {"behaviour": step.behaviour, **settings})


def _whose(party: str | None, terminals: tuple[str, ...]) -> dict[str, Json]:
    """For the note of a cause: whose it is, where that is not the first terminal's line."""
    if party is not None:
        return {"party": party}
    return {} if terminals == ("terminal",) else {"terminals": list(terminals)}


def _heal(stage: Stage, step: model.Heal) -> Mapping[str, Json]:
    if stage.without_causes:
        return {}
    terminals = _terminals(stage, step.terminal)
    what = step.behaviour or ("certificate" if step.certificate else step.path)
    stage.bench.note("cause", {"healed": what, **_whose(step.party, terminals)})
    if step.certificate:
        stage.bench.set_certificate(step.party or "host", "")
        return {}
    if step.behaviour is None:
        for terminal in terminals:
            stage.set_line(step.path, (), terminal)
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
        wanted = AT_LEAST_ONCE if step.times is None else TIMES.format(count=step.times)
        lines = differences(same_kind[-1].data, where) if same_kind else []
        near: Text | str = ""
        if lines:
            told = Text("; ".join(line.zh for line in lines), "; ".join(line.en for line in lines))
            near = joined(NEAREST_EVENT, lines=told)
        values = {"party": step.party, "kind": step.kind, "where": shown(where), "wanted": wanted, "count": count}
        stage.fail(joined(NOT_SEEN, near=near, **values))
    return {}


def _powered(stage: Stage, names: tuple[str, ...]) -> tuple[str, ...]:
    hosts = stage.bench.world.host_specs()
    return tuple(dict.fromkeys(p for one in names for p in ((one,) if one in hosts else _terminals(stage, (one,)))))


def _crash(stage: Stage, step: model.Crash) -> Mapping[str, Json]:
    if not stage.without_causes:
        stage.bench.crash(*_powered(stage, step.party))
    return {}


def _restart(stage: Stage, step: model.Restart) -> Mapping[str, Json]:
    if not stage.without_causes:
        stage.bench.restart(*_powered(stage, step.party))
    return {}


HANDLERS: Mapping[type[model.Step], Handler] = {
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
}
"""Every kind of step but `use`, which the stage itself takes apart, and `order`, which needs worlds of its own
(`order.py`)."""
