"""Behaviours of the terminal that can be switched on: breakages, and the bugs that crash proofs must find.

They last until they are healed or the machine is rebuilt (tamper and broken parts are durable);
`TerminalSettings.faults` switches them on at every start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from protocols.text import Text

from ..machine import Json, Record
from .desk import Desk
from .hardware.defects import DEFECTS, defect_record, settings_fit
from .texts import CAUSES

if TYPE_CHECKING:
    from .terminal import Terminal


ERASED: Record = {"kind": "tmk", "tmk": "", "working_keys": "", "signed_in": False}
TAMPER_SWITCH = "tamper_switch"
"""What opened it, as the tamper record says."""


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
        _tampered(terminal.desk, event)
    elif name in DEFECTS:
        terminal.desk.save(*([defect_record(name, settings, True)] if on else ended(terminal.desk, name)))
    elif event:
        terminal.desk.save(events=(event,))
    elif on:
        terminal.desk.faults.add(name)
    else:
        terminal.desk.faults.discard(name)
    return {"behaviour": name, "on": on}, True


def ended(desk: Desk, what: str = "") -> list[Record]:
    """The records that end this defect, or every one, wherever it is."""
    found = (
        (part, name) for part, fitted in sorted(desk.state.device.parts.items()) for name in sorted(fitted.defects)
    )
    return [{"kind": "defect", "part": part, "what": name, "on": False} for part, name in found if what in ("", name)]


def serviced(desk: Desk) -> None:
    """The provider's service had it open: every part is good, and no key is left, for an open case erases them."""
    desk.save(ERASED, *ended(desk), events=("repaired",))
    desk.audit("serviced")


def _tampered(desk: Desk, event: str) -> None:
    """The keys are gone before anything else happens; what it was is recorded and shown."""
    desk.save(ERASED, {"kind": "tamper", "at_us": desk.now, "cause": TAMPER_SWITCH}, events=(event,))
    desk.audit("tamper", cause=TAMPER_SWITCH)
    desk.show(CAUSES["tampered"])
