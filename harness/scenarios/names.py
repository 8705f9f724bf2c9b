"""The names that a scenario may use, and the first one in it that does not exist.

The machines' own tables are asked, so that a new operation, behaviour or card is known here at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from protocols.errors import PosrigError, ScenarioError
from protocols.mispos.dialect_a.results import TERMINAL_ERROR, TERMINAL_ERRORS
from protocols.mispos.results import LOCAL_BY_CAUSE
from protocols.registers import REGISTER_PROTOCOLS
from protocols.text import Text
from protocols.unionpay.activation import State

from ..acquirer.arguments import CONTROL_TAKES, PORTAL_TAKES
from ..acquirer.behaviours import BEHAVIOURS
from ..arguments import MISSING_SETTING, NO_SETTING, Takes
from ..bench.fleet import CARD, GROUPS, HOSTS, REGISTER, TERMINALS
from ..bench.world import load_cards
from ..card.behaviours import BEHAVIOURS as CARD_BEHAVIOURS
from ..card.behaviours import CONTROL_TAKES as CARD_CONTROL
from ..card.behaviours import settings_of as card_settings
from ..diagnosis.causes import CAUSES
from ..driver.behaviours import BEHAVIOURS as REGISTER_BEHAVIOURS
from ..driver.behaviours import CONTROL_TAKES as REGISTER_CONTROL
from ..driver.behaviours import setting_wrong as register_wrong
from ..driver.checks import CAUSES as CHECK_CAUSES
from ..driver.driver import TAKES as REGISTER_TAKES
from ..driver.outcome import NO_ANSWER
from ..driver.takings import DIFFERENCE
from ..fixtures import dialect_names, fixtures_dir, nearest
from ..links.plan import FaultPlan
from ..machine import side_of
from ..quirks import quirk_names
from ..terminal.arguments import CONTROL_TAKES as TERMINAL_TAKES
from ..terminal.arguments import OPERATION_TAKES
from ..terminal.faults import FAULTS, setting_wrong
from ..terminal.hardware.maintain import ACTS
from ..terminal.hardware.parts import PARTS
from ..terminal.outcome import CODE_CAUSES
from ..terminal.texts import CAUSES as LOCAL_CAUSES
from . import model
from .load import load_steps, step_lists
from .order import tables
from .seen import FIELDS, MASKED, TRACE_KEYS
from .steps import STATUSES
from .values import filled, variables_in
from .worlds import variable_names, world_of

Place = tuple[str | int, ...]
Wrong = tuple[Place, Text]

OUTCOME = (
    "op", "status", "code", "cause", "text", "stan", "batch", "amount_fen", "rrn", "refused", "error",
    "detail", "tries_left", "parts", "parameters", "local", "cash_fen", "qr_fen", "difference_fen", "drills",
    "failed", "expired", "electrical",
    "medium", "entries", "missing", "supplied", "supplied_fen", "unknown", "only_here", "different",
    "reading", "cleared",
)  # fmt: skip
F39 = "f39_"
"""A register that was told a code of the host's has this before it as the cause."""
OUTCOME_CAUSES = tuple(
    dict.fromkeys(
        (
            *LOCAL_CAUSES,
            *LOCAL_BY_CAUSE,
            *CODE_CAUSES.values(),
            *(state.value for state in State),
            *(result.cause for result in TERMINAL_ERRORS.values()),
            TERMINAL_ERROR,
            "declined",
            *NO_ANSWER,
            DIFFERENCE,
            *CHECK_CAUSES,
        )
    )
)
"""Why an operation ended as it did."""
SETTLED = ("balanced", "debit_fen", "debit_count", "credit_fen", "credit_count")
MANY = ("outcomes", "last", *STATUSES)

UNKNOWN = Text("没有 {name}；最接近的是 {near}", "there is no {name}; the nearest is {near}")
NO_VARIABLE = Text(
    "没有变量 {name}；前面的步骤可用 save 保存；最接近的是 {near}",
    "there is no variable {name}; an earlier step may save it; the nearest is {near}",
)
NO_FIELD = Text("没有域 {name}；报文域为 2 至 128", "there is no field {name}; a message has fields 2 to 128")


def first_wrong(scenario: model.Scenario) -> Wrong | None:
    """The first name that does not exist, with its place; None when all do."""
    return next(_wrong_names(scenario), None)


def _wrong_names(scenario: model.Scenario) -> Iterator[Wrong]:
    setup = scenario.setup
    for key, row in (("diagnosis", scenario.diagnosis), *(("also", row) for row in scenario.also)):
        if row is not None:
            yield from _known((key,), row, [cause.row for cause in CAUSES])
    yield from _known(("setup", "dialect"), setup.dialect, dialect_names())
    yield from _known(("setup", "profile"), setup.profile, profiles())
    yield from _known(("setup", "cable", "protocol"), setup.cable.protocol, list(REGISTER_PROTOCOLS))
    for quirk in setup.cable.quirks:
        yield from _known(("setup", "cable", "quirks"), quirk, quirk_names(setup.cable.protocol))
    for name in setup.use:
        yield from _known(("setup", "use"), name, step_lists())
    wrong = list(_wrong_parties(setup))
    yield from wrong
    if wrong:
        return
    world = world_of(setup)
    hosts, terminals = world.host_specs(), world.terminal_specs()
    for number, case in enumerate(scenario.case):
        for key, steps in (("step", case.step), ("remedy", case.remedy), ("cured", case.cured)):
            for at, step in enumerate(steps):
                for place, why in (*_strangers(step, tuple(hosts), tuple(terminals)), *wrong_in(step)):
                    yield ("case", number, key, at, *place), why
    yield from _wrong_variables(scenario, set(variable_names(world)))


def _wrong_variables(scenario: model.Scenario, known: set[str]) -> Iterator[Wrong]:
    """What is read before any step has saved it: a name that is misspelled would stop a run in its middle."""
    known |= {name for steps in scenario.setup.use if steps in step_lists() for name in _saved_by_list(steps)}
    for number, case in enumerate(scenario.case):
        for key, steps in (("step", case.step), ("remedy", case.remedy), ("cured", case.cured)):
            for at, step in enumerate(steps):
                for part, value in step:
                    for name in sorted(variables_in(value) - known):
                        yield (
                            ("case", number, key, at, part),
                            NO_VARIABLE.format(name=name, near=nearest(name, sorted(known))),
                        )
                known |= _saved_by(step)
        for name in sorted(variables_in(case.prove.account) - known):
            yield ("case", number, "prove"), NO_VARIABLE.format(name=name, near=nearest(name, sorted(known)))


def _saved_by(step: model.AnyStep) -> set[str]:
    if isinstance(step, model.Use):
        return _saved_by_list(step.steps) if step.steps in step_lists() else set()
    return set(step.save)


def _saved_by_list(name: str) -> set[str]:
    return {variable for step in load_steps(name).step for variable in _saved_by(step)}


def _wrong_parties(setup: model.Setup) -> Iterator[Wrong]:
    for at, host in enumerate(setup.host):
        yield from _known(("setup", "host", at, "name"), host.name, HOSTS)
    hosts = ["host", *(host.name for host in setup.host)]
    for at, terminal in enumerate(setup.terminal):
        place = ("setup", "terminal", at)
        yield from _known((*place, "name"), terminal.name, TERMINALS)
        yield from _known((*place, "host"), terminal.host, hosts)
        yield from _known((*place, "profile"), terminal.profile or setup.profile, profiles())
        yield from _known((*place, "dialect"), terminal.dialect or setup.dialect, dialect_names())
    try:
        world_of(setup).terminal_specs()
    except ScenarioError as error:
        yield ("setup",), error.what


def _strangers(step: model.AnyStep, hosts: tuple[str, ...], terminals: tuple[str, ...]) -> Iterator[Wrong]:
    """Parties that the setup does not have, or that cannot do what the step wants of them."""
    able: Mapping[type[model.Step], tuple[str, ...]] = {
        model.Portal: hosts,
        model.Control: (*hosts, *terminals, CARD, REGISTER),
        model.Cause: (*hosts, *terminals, CARD, REGISTER),
        model.Heal: (*hosts, *terminals, CARD, REGISTER),
        model.See: (*hosts, *terminals, CARD, REGISTER),
        model.Crash: (*hosts, *terminals, *GROUPS),
        model.Restart: (*hosts, *terminals, *GROUPS),
    }
    named = getattr(step, "party", None) or ()
    for name in (named,) if isinstance(named, str) else named:
        yield from _known(("party",), name, able.get(type(step), (*hosts, *terminals)))
    for name in getattr(step, "terminal", ()):
        yield from _known(("terminal",), name, (*terminals, *GROUPS))


def profiles() -> list[str]:
    """Names of the shipped device profiles."""
    return sorted(path.stem for path in (fixtures_dir() / "devices").glob("*.toml"))


def _known(place: Place, name: str, known: Iterable[str]) -> Iterator[Wrong]:
    names = list(known)
    if name not in names and "${" not in name:
        yield place, UNKNOWN.format(name=repr(name), near=nearest(name, names))


def wrong_in(step: model.AnyStep) -> Iterator[Wrong]:
    """The names in one step that do not exist, with their places in it; parties and variables apart."""
    check: Callable[[Any], Iterator[Wrong]] | None = CHECKS.get(type(step))
    if check is not None:
        yield from check(step)


def _portal(step: model.Portal) -> Iterator[Wrong]:
    yield from _known(("action",), step.action, PORTAL_TAKES)
    yield from _args(step.args, PORTAL_TAKES.get(step.action))


def _args(given: Mapping[str, Any], takes: Takes | None) -> Iterator[Wrong]:
    wrong = takes.wrong(given) if takes is not None else None
    if wrong is not None:
        yield ("args",), wrong[1]


def _operation(step: model.Operate | model.Register) -> Iterator[Wrong]:
    known = OPERATION_TAKES if isinstance(step, model.Operate) else REGISTER_TAKES
    yield from _known(("op",), step.op, known)
    yield from _args(step.args, known.get(step.op))
    if step.card is not None:
        for name in step.card.split():
            yield from _known(("card",), name, load_cards())
    asked = step.terminal if isinstance(step, model.Operate) else ()
    several = len(asked) > 1 or any(name in GROUPS for name in asked)
    parts = MANY if several or step.repeat > 1 else (*OUTCOME, *(SETTLED if step.op == "settle" else ()))
    for key in (*step.expect, *step.save.values()):
        where = ("expect",) if key in step.expect else ("save",)
        yield from _known(where, key.partition(".")[0], parts)
    wanted = step.expect.get("status", [])
    for status in [wanted] if isinstance(wanted, str) else wanted:
        yield from _known(("expect",), str(status), STATUSES)
    wanted = step.expect.get("cause", [])
    for cause in wanted if isinstance(wanted, list | tuple) else [wanted]:
        if isinstance(cause, str) and not cause.startswith(F39):
            yield from _known(("expect",), cause, OUTCOME_CAUSES)


def _control(step: model.Control) -> Iterator[Wrong]:
    by_side = {"host": CONTROL_TAKES, "terminal": TERMINAL_TAKES, REGISTER: REGISTER_CONTROL, CARD: CARD_CONTROL}
    known = by_side.get(side_of(step.party), {})
    yield from _known(("name",), step.name, known)
    yield from _args(step.args, known.get(step.name))
    if step.name == "maintain" and side_of(step.party) == "terminal":
        yield from _act(step.args)


def _act(args: Mapping[str, Any]) -> Iterator[Wrong]:
    name = str(args.get("act", ""))
    yield from _known(("args",), name, ACTS)
    yield from _args(
        {key: value for key, value in args.items() if key != "act"}, act.takes if (act := ACTS.get(name)) else None
    )
    if "part" in args:
        yield from _known(("args",), str(args["part"]), PARTS)


def _cause(step: model.Cause) -> Iterator[Wrong]:
    if step.link:
        try:
            FaultPlan.from_specs(step.link, "link")
        except PosrigError as error:
            yield ("link",), Text(f"{error.what.zh}。{error.cure.zh}", f"{error.what.en}. {error.cure.en}")
        return
    if step.certificate:
        return
    name = str(step.behaviour)
    if side_of(str(step.party)) == "host":
        yield from _known(("behaviour",), name, BEHAVIOURS)
        yield from _host_settings(name, step.settings)
        return
    kinds = _behaviours(str(step.party))
    yield from _known(("behaviour",), name, kinds)
    if kinds is CARD_BEHAVIOURS and name in kinds:
        yield from _card_settings(name, step.settings)
    elif name in kinds:
        still_open = [key for key, value in step.settings.items() if variables_in(value)]
        fixed = filled({key: value for key, value in step.settings.items() if key not in still_open}, {})
        of_register = kinds is REGISTER_BEHAVIOURS
        wrong = register_wrong(name, fixed) if of_register else setting_wrong(name, fixed, still_open)
        if wrong is not None:
            yield ("settings",), wrong


def _behaviours(party: str) -> Mapping[str, Any]:
    """What a party can be made to do."""
    kinds: Mapping[str, Mapping[str, Any]] = {
        "host": BEHAVIOURS,
        REGISTER: REGISTER_BEHAVIOURS,
        CARD: CARD_BEHAVIOURS,
    }
    return kinds.get(side_of(party), FAULTS)


def _card_settings(name: str, given: Mapping[str, Any]) -> Iterator[Wrong]:
    card = given.get("card", "")
    if card:
        yield from _known(("settings",), str(card), load_cards())
    fixed = {key: value for key, value in given.items() if key != "card" and not variables_in(value)}
    wrong = card_settings(name, fixed)
    if isinstance(wrong, Text):
        yield ("settings",), wrong


def _host_settings(name: str, given: Mapping[str, Any]) -> Iterator[Wrong]:
    kind = BEHAVIOURS.get(name)
    settings = kind.settings if kind else {}
    for key in given:
        if key not in settings:
            near = nearest(key, list(settings)) or "-"
            yield ("settings",), NO_SETTING.format(behaviour=name, name=repr(key), near=near)
    for key in kind.required if kind else ():
        if key not in given:
            yield ("settings",), MISSING_SETTING.format(behaviour=name, name=repr(key))


def _heal(step: model.Heal) -> Iterator[Wrong]:
    if step.behaviour is not None:
        yield from _known(("behaviour",), step.behaviour, _behaviours(str(step.party)))


def _see(step: model.See) -> Iterator[Wrong]:
    yield from _known(("kind",), step.kind, TRACE_KEYS)
    keys = TRACE_KEYS.get(step.kind)
    if keys is None:
        return
    deeper: Mapping[str, tuple[str, ...]] = {}
    if step.kind == "message" and side_of(step.party) != REGISTER:
        deeper = {"fields": FIELDS}
    elif step.kind == "operation":
        deeper = {"outcome": (*OUTCOME, *SETTLED)}
    for path in step.where:
        top, _, rest = path.partition(".")
        yield from _known(("where",), top, (*keys, *MASKED))
        below = rest.partition(".")[0]
        if below and top == "fields" and below not in deeper.get(top, (below,)):
            yield ("where",), NO_FIELD.format(name=repr(below))
        elif below and top in deeper:
            yield from _known(("where",), below, deeper[top])


def _use(step: model.Use) -> Iterator[Wrong]:
    yield from _known(("steps",), step.steps, step_lists())


def _order(step: model.Order) -> Iterator[Wrong]:
    yield from _known(("table",), step.table, tables())


CHECKS: Mapping[type[model.Step], Callable[[Any], Iterator[Wrong]]] = {
    model.Portal: _portal,
    model.Operate: _operation,
    model.Register: _operation,
    model.Control: _control,
    model.Cause: _cause,
    model.Heal: _heal,
    model.See: _see,
    model.Use: _use,
    model.Order: _order,
}
