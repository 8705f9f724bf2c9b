"""What people do to the device with their hands: paper, ribbon, cleaning, charging, exchange of a part, service."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

from ...arguments import NAME_SHOWN
from ...fixtures import nearest
from ...machine import Ask, Json
from ..desk import Desk
from . import battery, casing, display, keypad, printer, processor, readers, storage
from .defect import Act, Value

ACTS: Mapping[str, Act] = {
    **printer.ACTS,
    **display.ACTS,
    **keypad.ACTS,
    **readers.ACTS,
    **battery.ACTS,
    **casing.ACTS,
    **storage.ACTS,
    **processor.ACTS,
}

NO_ACT = Text(
    "没有动作 {name}；最接近的是 {near}；可用：{known}", "no act {name}; the nearest is {near}; there are {known}"
)


def maintain(desk: Desk, ask: Ask) -> Value:
    """Carry out `{act, ...}`; one event `maintenance`, for whoever stands there sees it done."""
    args = {name: value for name, value in ask.args.items() if name != "act"}
    act = ACTS.get(str(ask.args.get("act")))
    if act is None:
        name = str(ask.args.get("act"))[:NAME_SHOWN]
        why = NO_ACT.format(name=repr(name), near=nearest(name, list(ACTS)), known=", ".join(ACTS))
        return {"error": {"zh": why.zh, "en": why.en}}, False
    wrong = act.takes.wrong(args)
    if wrong is not None:
        return {"error": {"zh": wrong[1].zh, "en": wrong[1].en}}, False
    value, legal = act.do(desk, args)
    if legal:
        done: dict[str, Json] = {"act": str(ask.args["act"]), "args": args}
        desk.note("maintenance", done, shown=True)
    return value, legal
