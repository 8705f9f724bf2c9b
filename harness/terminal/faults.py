"""Behaviours of the terminal that can be switched on: breakages, and the bugs that crash proofs must find.

They last until they are healed or the machine is rebuilt (tamper and broken parts are durable);
`TerminalSettings.faults` switches them on at every start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from protocols.text import Text

from ..machine import Json
from .hardware.casing import TAMPER_SWITCH, tampered
from .hardware.defects import DEFECTS, defect_records, settings_fit
from .hardware.device import ended

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
    fits = not settings if name not in DEFECTS or not on else settings_fit(name, settings)
    if fault is None or not fits:
        known = ", ".join(FAULTS)
        return {
            "error": {"zh": f"没有行为 {name}，可用：{known}", "en": f"no behaviour {name}; there are {known}"}
        }, False
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
