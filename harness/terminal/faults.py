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
from .parts import PARTS
from .texts import CAUSES

if TYPE_CHECKING:
    from .terminal import Terminal


ERASED: Record = {"kind": "tmk", "tmk": "", "working_keys": "", "signed_in": False}
TAMPER_SWITCH = "tamper_switch"
"""What opened it, as the tamper record says."""


class Fault(NamedTuple):
    """`event`: the life-cycle event that it is; "" for a standing behaviour.  `healed_by`: the event of its end.

    `settings`: what it takes besides, by name; all of it is `required`.
    """

    text: Text
    event: str = ""
    healed_by: str = ""
    settings: Mapping[str, str] = {}

    @property
    def required(self) -> tuple[str, ...]:
        """The settings that must be given."""
        return tuple(self.settings)


FAULTS: Mapping[str, Fault] = {
    "tamper": Fault(Text("触发自毁", "The tamper switch opens"), "tamper_detected", "repaired"),
    "suspend": Fault(Text("终端被停用", "The terminal is suspended"), "suspended_by_host", "reinstated"),
    "part_failed": Fault(Text("部件故障", "A part is broken"), settings={"part": "which one"}),
    "clock_reset": Fault(Text("时钟电池耗尽，时钟回到 2000 年", "The clock's battery is gone: it shows the year 2000")),
    "reversal_after_send": Fault(
        Text("发送之后才写冲正（缺陷）", "The reversal is written only after the send (a bug)")
    ),
    "give_up_silently": Fault(Text("冲正失败后静默删除（缺陷）", "A failed reversal is dropped in silence (a bug)")),
    "slip_before_commit": Fault(Text("记账之前先打印（缺陷）", "The slip is printed before the commit (a bug)")),
}
"""The last three are seeded bugs (public terminal sources have the first two): judges must catch them."""


def cause(terminal: Terminal, args: dict[str, Any]) -> tuple[dict[str, Json], bool]:
    """Switch a behaviour on: `{behaviour}`."""
    return _switch(terminal, args, on=True)


def heal(terminal: Terminal, args: dict[str, Any]) -> tuple[dict[str, Json], bool]:
    """Switch a behaviour off: `{behaviour}`."""
    return _switch(terminal, args, on=False)


def _switch(terminal: Terminal, args: dict[str, Any], on: bool) -> tuple[dict[str, Json], bool]:
    name = args.get("behaviour")
    fault = FAULTS.get(str(name))
    wanted = {"behaviour", *(fault.settings if fault and on else ())}
    if fault is None or set(args) != wanted or args.get("part", "printer") not in PARTS:
        known = ", ".join(FAULTS)
        return {
            "error": {"zh": f"没有行为 {name}，可用：{known}", "en": f"no behaviour {name}; there are {known}"}
        }, False
    event = fault.event if on else fault.healed_by
    if event == "tamper_detected":
        _tampered(terminal.desk, event)
    elif name == "part_failed":
        broken = [args["part"]] if on else sorted(terminal.desk.state.device.broken)
        terminal.desk.save(*({"kind": "part", "part": part, "ok": not on} for part in broken))
    elif event:
        terminal.desk.save(events=(event,))
    elif on:
        terminal.desk.faults.add(str(name))
    else:
        terminal.desk.faults.discard(str(name))
    return {"behaviour": str(name), "on": on}, True


def serviced(desk: Desk) -> None:
    """The provider's service had it open: every part is good, and no key is left, for an open case erases them."""
    good: list[Record] = [{"kind": "part", "part": part, "ok": True} for part in sorted(desk.state.device.broken)]
    desk.save(ERASED, *good, events=("repaired",))
    desk.audit("serviced")


def _tampered(desk: Desk, event: str) -> None:
    """The keys are gone before anything else happens; what it was is recorded and shown."""
    desk.save(ERASED, {"kind": "tamper", "at_us": desk.now, "cause": TAMPER_SWITCH}, events=(event,))
    desk.audit("tamper", cause=TAMPER_SWITCH)
    desk.show(CAUSES["tampered"])
