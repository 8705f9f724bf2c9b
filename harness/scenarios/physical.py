"""Scenarios on a physical bench: which cases of a row can be caused there, and what is compared with less to see.

What cannot be caused is not applicable, with the reason, and is never counted as passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from protocols.text import Text

from ..bench.fleet import CARD
from ..bench.physical.prompts import ALL_DIALS, HAND_CAUSES, NETWORK
from ..bench.physical.safety import DESTRUCTIVE, forbidden
from ..bench.physical.settings import BenchFile
from ..driver.speakers import operations_of
from ..driver.takings import TAKINGS_TAKES
from ..terminal.arguments import CONFIG
from . import model
from .load import load_scenario, load_steps
from .values import microseconds, variables_in

READY = "ready"
SIT_MAX_US = 120_000_000
"""The longest wait that is sat through because the device's own clock counts (posrig's choice)."""
DEVICE = "terminal"
BOARDING_VARIABLES = ("application", "code", "parcel", "components", "kcv")
"""What only an application at the provider gives."""
OWN_ACTS = ("examine",)

BOXED = Text(
    "从装在箱中的终端和进件开始，而本台的终端已在用（begins = live）",
    "it begins with a device in its box and an application, and this bench's is in use (begins = live)",
)
NEEDS_APPLICATION = Text(
    "要用进件时得到的 {name}，而本台的终端已在用（begins = live）",
    "it needs {name}, which an application gives, and this bench's device is in use (begins = live)",
)
INSIDE = Text("{name} 要改动终端内部", "{name} takes a change inside the terminal")
OTHER_PROFILE = Text("需要机型 {wanted}，本台是 {found}", "it takes a {wanted} device, this one is a {found}")
NO_SECOND_HOST = Text("要有第二家服务商的地址（host.second）", "it takes an address of a second provider (host.second)")
NO_TLS = Text("本台的主机线路不用 TLS", "the host line of this bench has no TLS")
TABLE = Text("顺序表的每一对都要一个全新的世界", "each pair of the table of orders takes a fresh world")
NOBODY = Text("要有人在终端旁（person.there）", "it takes somebody at the terminal (person.there)")
NO_CARD = Text(
    "要出示卡片，本台没有人出示（card = none）", "it takes a card, and nobody presents one here (card = none)"
)
REAL_CARD = Text(
    "真实卡片的芯片不受摆布，也不答复测试台", "a real card's chip does as it likes and tells the bench nothing"
)
NOT_SPOKEN = Text("规程 {protocol} 没有操作 {op}", "the protocol {protocol} has no operation {op}")
DEVICE_WAIT = Text("要等终端自己的时钟走 {time}", "the terminal's own clock has to go on by {time}")
NO_BACKUP = Text("要有终端的备用线路", "it takes a second line of the terminal")
ON_TCP = Text("TCP 连接上没有串口线缆", "a TCP connection is no cable")
REFUSES_ALL = Text("{fault} 计次：监听口只能一直拒绝", "{fault} is counted, and a listener can only refuse every dial")


@dataclass(frozen=True, slots=True)
class Left:
    """A case that is not carried out, and why."""

    case: str
    why: Text


@dataclass(frozen=True, slots=True)
class Plan:
    """What of a row is carried out: `scenario` with the cases that can be, None for none, and those that cannot."""

    scenario: model.Scenario | None
    left: tuple[Left, ...]

    @property
    def why(self) -> Text | None:
        """The one reason of a row that is left out whole, else the first."""
        return self.left[0].why if self.scenario is None and self.left else None


def plan_of(scenario: model.Scenario, bench: BenchFile) -> Plan:
    """What can be carried out on `bench`, told from its file alone."""
    whole = _row(scenario, bench)
    left = [Left(case.name, why) for case in scenario.case if (why := whole or _case(scenario, case, bench))]
    out = {one.case for one in left}
    kept = tuple(case for case in scenario.case if case.name not in out)
    if not kept:
        return Plan(None, tuple(left))
    return Plan(_suited(scenario, bench).model_copy(update={"case": kept}), tuple(left))


def _suited(scenario: model.Scenario, bench: BenchFile) -> model.Scenario:
    """With the bench's cable and dialect, and with a device in use, its sign-in instead of its activation."""
    cable = model.SetupCable(protocol=bench.protocol, transport=bench.transport, quirks=bench.quirks)
    setup = scenario.setup.model_copy(
        update={"cable": cable, "tls": False, "dialect": bench.host.dialect, "profile": bench.terminal.profile}
    )
    if bench.terminal.begins == "live":
        use = tuple("sign_in" if name == READY else name for name in setup.use)
        setup = setup.model_copy(update={"use": use})
    return scenario.model_copy(update={"setup": setup})


def _row(scenario: model.Scenario, bench: BenchFile) -> Text | None:
    """Why no case of the row can be carried out."""
    setup = scenario.setup
    if scenario.not_physical is not None:
        return scenario.not_physical.text
    if setup.profile != bench.terminal.profile:
        return OTHER_PROFILE.format(wanted=setup.profile, found=bench.terminal.profile)
    if any(entry.name == DEVICE for entry in setup.terminal):
        return INSIDE.format(name="setup.terminal")
    if bench.terminal.begins == "live":
        if READY not in setup.use:
            return BOXED
    elif (why := _forbidden_in(steps_of((model.Use(do="use", steps=READY),)), bench)) is not None:
        return why
    return next((why for name in setup.use for why in _whys(load_steps(name).step, bench)), None)


def _forbidden_in(steps: Iterator[model.AnyStep], bench: BenchFile) -> Text | None:
    return next((why for step in steps if (why := _safe(step, bench)) is not None), None)


def _case(scenario: model.Scenario, case: model.Case, bench: BenchFile) -> Text | None:
    if case.not_physical is not None:
        return case.not_physical.text
    steps = (*case.step, *case.remedy, *case.cured)
    if bench.terminal.begins == "live":
        saved = {name for step in steps_of(steps) for name in step.save}
        for step in steps_of(steps):
            wanted = next((one for one in BOARDING_VARIABLES if one in variables_in(step.model_dump()) - saved), None)
            if wanted is not None:
                return NEEDS_APPLICATION.format(name=wanted)
    return next(_whys(steps, bench), None)


def steps_of(steps: tuple[model.AnyStep, ...]) -> Iterator[model.AnyStep]:
    """`steps`, with the steps of the lists that they use."""
    for step in steps:
        if isinstance(step, model.Use):
            yield from steps_of(load_steps(step.steps).step)
        else:
            yield step


def _whys(steps: tuple[model.AnyStep, ...], bench: BenchFile) -> Iterator[Text]:
    """Every reason in `steps`."""
    for step in steps_of(steps):
        why = _safe(step, bench) or _able(step, bench)
        if why is not None:
            yield why


def _at_device(step: model.AnyStep) -> bool:
    if isinstance(step, model.Register):
        return True
    if isinstance(step, model.Operate | model.Crash | model.Restart):
        names = step.terminal if isinstance(step, model.Operate) else step.party
        return bool({DEVICE, "all"} & set(names))
    return getattr(step, "party", None) == DEVICE


def _safe(step: model.AnyStep, bench: BenchFile) -> Text | None:
    """Why the file forbids it."""
    if not _at_device(step):
        return None
    names: tuple[str, ...] = ()
    if isinstance(step, model.Operate | model.Register):
        names = (step.op,)
    elif isinstance(step, model.Control):
        names = (step.name, str(step.args.get("act", "")))
    return next((why for name in names if (why := forbidden(name, bench.never, bench.allow)) is not None), None)


def _able(step: model.AnyStep, bench: BenchFile) -> Text | None:
    """Why nobody can do it on this bench."""
    if getattr(step, "party", None) == CARD:
        return REAL_CARD
    match step:
        case model.Order():
            return TABLE
        case model.Wait() if step.device and microseconds(step.time) > SIT_MAX_US:
            return DEVICE_WAIT.format(time=step.time)
        case model.Cause() | model.Heal():
            return _causable(step, bench)
        case model.Register():
            return _asked_of_register(step, bench)
        case model.Operate() if _at_device(step):
            return _operable(step, bench)
        case model.Control() if step.party == DEVICE:
            return _steered(step, bench)
        case model.Crash() | model.Restart() if _at_device(step):
            return None if _somebody(bench) else NOBODY
    return NO_SECOND_HOST if "host2" in step.model_dump_json() and not bench.host.second else None


def _somebody(bench: BenchFile) -> bool:
    return bench.person.there or bool(bench.terminal.control)


def _presenting(step: model.Presenting, bench: BenchFile) -> Text | None:
    if step.card is None and step.keys is None:
        return None
    return NO_CARD if bench.card == "none" else None if _somebody(bench) else NOBODY


def _asked_of_register(step: model.Register, bench: BenchFile) -> Text | None:
    if step.op in TAKINGS_TAKES or step.op == "bench_check":
        return None
    if step.op not in operations_of(bench.protocol):
        return NOT_SPOKEN.format(protocol=bench.protocol, op=step.op)
    return _presenting(step, bench)


def _operable(step: model.Operate, bench: BenchFile) -> Text | None:
    if not _somebody(bench):
        return NOBODY
    if "host2" in step.model_dump_json() and not bench.host.second:
        return NO_SECOND_HOST
    return _presenting(step, bench)


def _steered(step: model.Control, bench: BenchFile) -> Text | None:
    if step.name == "settings":
        inside = sorted(set(step.args) - set(CONFIG) - {"activation_code"})
        if inside or not bench.terminal.control:
            return INSIDE.format(name=", ".join(inside) or "settings")
        return None
    if step.name in OWN_ACTS and not bench.terminal.control:
        return INSIDE.format(name=step.name)
    return None if step.name == "status" or _somebody(bench) else NOBODY


def _causable(step: model.Cause | model.Heal, bench: BenchFile) -> Text | None:
    if step.certificate:
        return NO_TLS
    if step.behaviour is not None and step.party == DEVICE:
        if step.behaviour not in HAND_CAUSES:
            return INSIDE.format(name=step.behaviour)
        return None if _somebody(bench) else NOBODY
    if step.behaviour is not None or DEVICE not in (*step.terminal, *(("terminal",) if "all" in step.terminal else ())):
        return NO_SECOND_HOST if step.party == "host2" and not bench.host.second else None
    if step.path == "backup":
        return NO_BACKUP
    if step.path == "register" and bench.port.address.startswith("tcp:"):
        return ON_TCP
    if isinstance(step, model.Cause) and step.path == "host":
        return _dialled(step, bench)
    return None


def _dialled(step: model.Cause, bench: BenchFile) -> Text | None:
    for spec in step.link:
        name, _, settings = spec.partition(":")
        if name in ("dial_refused", "dial_timeout") and not _for_good(settings):
            return REFUSES_ALL.format(fault=name)
        if name in NETWORK and not _somebody(bench):
            return NOBODY
    return None


def _for_good(settings: str) -> bool:
    given = [part.removeprefix("times=") for part in settings.split(",") if part.startswith("times=")]
    return any(times.isdecimal() and int(times) >= ALL_DIALS for times in given)


def everything() -> BenchFile:
    """A bench on which all is allowed and somebody is there, with the tools of an emulated terminal: what cannot be
    carried out here can be on none."""
    return BenchFile.model_validate(
        {
            "name": "everything",
            "allow": tuple(DESTRUCTIVE),
            "port": {"address": "/dev/ttyUSB0"},
            "host": {"listen": "0.0.0.0:8583", "second": "0.0.0.0:8584"},
            "terminal": {"sn": "SN1", "control": "127.0.0.1:9000"},
        }
    )


def table_of(bench: BenchFile, names: tuple[str, ...]) -> Mapping[str, Plan]:
    """The plan of each row."""
    return {name: plan_of(load_scenario(name), bench) for name in names}
