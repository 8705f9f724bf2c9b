"""Behaviours of the terminal that can be switched on: breakages, and the bugs that crash proofs must find.

They last until they are healed or the machine is rebuilt (tamper and broken parts are durable);
`TerminalSettings.faults` switches them on at every start.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from protocols.text import Text

from ..arguments import MISSING_SETTING, NAME_SHOWN, NO_SETTING
from ..fixtures import nearest
from ..machine import Json
from .flows import FLOWS
from .hardware import defects
from .hardware.casing import NO_PART, TAMPER_SWITCH, tampered
from .hardware.defects import DEFECTS, defect_records
from .hardware.device import ended
from .hardware.parts import PARTS

if TYPE_CHECKING:
    from .terminal import Terminal


class Fault(NamedTuple):
    """`event`: the life-cycle event that it is; "" for a standing behaviour.  `healed_by`: the event of its end.

    `settings`: what it takes besides, with the value that stands where none is given; None: it must be given.
    """

    text: Text
    event: str = ""
    healed_by: str = ""
    settings: Mapping[str, Json] = {}

    @property
    def required(self) -> tuple[str, ...]:
        """The settings that must be given."""
        return tuple(name for name, value in self.settings.items() if value is None)


BEHAVIOURS: Mapping[str, Fault] = {
    "tamper": Fault(Text("触发自毁", "The tamper switch opens"), "tamper_detected", "repaired"),
    "suspend": Fault(Text("终端被停用", "The terminal is suspended"), "suspended_by_host", "reinstated"),
    "clock_reset": Fault(Text("时钟电池耗尽，时钟回到 2000 年", "The clock's battery is gone: it shows the year 2000")),
    "reversal_after_send": Fault(
        Text("发送之后才写冲正（缺陷）", "The reversal is written only after the send (a bug)")
    ),
    "give_up_silently": Fault(Text("冲正失败后静默删除（缺陷）", "A failed reversal is dropped in silence (a bug)")),
    "slip_before_commit": Fault(Text("记账之前先打印（缺陷）", "The slip is printed before the commit (a bug)")),
}
"""What is wrong with the application or its world.  The last three are seeded bugs (public terminal sources have the
first two): judges must catch them."""

FAULTS: Mapping[str, Fault] = {
    **BEHAVIOURS,
    **{name: Fault(defect.text, settings=defect.settings) for name, defect in DEFECTS.items()},
}
"""Behaviours, and the defects of the parts."""


UNKNOWN = Text(
    "没有行为 {name}；最接近的是 {near}；可用：{known}", "no behaviour {name}; the nearest is {near}; there are {known}"
)


def setting_wrong(name: str, settings: Mapping[str, Json], left_open: Collection[str] = ()) -> Text | None:
    """What is wrong with the first bad setting of a behaviour (`name`, one of FAULTS): one that it does not have, a
    value that it cannot have, or one that is missing and is not among `left_open`; None when all are well."""
    if name in DEFECTS:
        wrong = defects.setting_wrong(name, settings)
        if wrong is None and settings.get("op"):
            wrong = defects.not_one_of("op", settings["op"], tuple(FLOWS))
        if wrong is not None:
            return wrong
    elif settings:
        return NO_SETTING.format(behaviour=name, name=repr(next(iter(settings))), near="-")
    missing = next((key for key in FAULTS[name].required if key not in settings and key not in left_open), None)
    return None if missing is None else MISSING_SETTING.format(behaviour=name, name=repr(missing))


def cause(terminal: Terminal, args: dict[str, Any]) -> tuple[dict[str, Json], bool]:
    """Switch a behaviour on: `{behaviour}`."""
    return _switch(terminal, args, on=True)


def heal(terminal: Terminal, args: dict[str, Any]) -> tuple[dict[str, Json], bool]:
    """Switch a behaviour off: `{behaviour}`."""
    return _switch(terminal, args, on=False)


def _switch(terminal: Terminal, args: dict[str, Any], on: bool) -> tuple[dict[str, Json], bool]:
    name = str(args.get("behaviour"))
    settings = {key: value for key, value in args.items() if key != "behaviour"}
    fault = FAULTS.get(name)
    if fault is None:
        return _wrong(
            UNKNOWN.format(
                name=repr(name[:NAME_SHOWN]), near=nearest(name[:NAME_SHOWN], list(FAULTS)), known=", ".join(FAULTS)
            )
        )
    if on:
        wrong = setting_wrong(name, settings) or _lacking(terminal, name, settings)
        if wrong is not None:
            return _wrong(wrong)
    event = fault.event if on else fault.healed_by
    if event == "tamper_detected":
        tampered(terminal.desk, TAMPER_SWITCH)
    elif name in DEFECTS:
        terminal.desk.save(*(defect_records(name, settings) if on else ended(terminal.desk.state.device, name)))
    elif event:
        terminal.desk.save(events=(event,))
    elif on:
        terminal.desk.faults.add(name)
    else:
        terminal.desk.faults.discard(name)
    return {"behaviour": name, "on": on}, True


def _lacking(terminal: Terminal, name: str, settings: Mapping[str, Json]) -> Text | None:
    """A part that this model does not have cannot break."""
    part = str(settings.get("part", DEFECTS[name].part if name in DEFECTS else ""))
    have = terminal.desk.profile.parts
    return NO_PART.format(name=part, known=", ".join(have)) if part in PARTS and part not in have else None


def _wrong(why: Text) -> tuple[dict[str, Json], bool]:
    return {"error": {"zh": why.zh, "en": why.en}}, False
