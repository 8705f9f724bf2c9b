"""The case: damage, tamper and service switches, and the parts inside that can be exchanged.

Whoever opens the case trips a switch.  The provider's service has authorised that beforehand, anybody else has not; the
keys are gone either way, and the audit log tells of the opened case before it tells of the keys.  Parts that are not
`sealed` (battery, printer) are reached without opening it.  Sources: PCI PTS POI requires that a penetration erases the
keys; which parts lie outside the boundary, and the order of the records, is posrig's choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from protocols.text import Text

from ...arguments import takes
from ...machine import Json, Record
from ..texts import CAUSES
from .defect import Act, Defect, Value
from .device import ended
from .parts import CASE, PARTS, PartTest, part_number

if TYPE_CHECKING:
    from ..desk import Desk

ERASED: Record = {"kind": "tmk", "tmk": "", "working_keys": "", "signed_in": False}
TAMPER_SWITCH, CASE_SWITCH = "tamper_switch", "case_switch"
"""What made the terminal erase its keys, as the tamper record says: force, or the case opened without authority."""
LABEL_MAX = 40
"""Characters of a part's number, model or lot."""

NO_PART = Text("本机没有部件 {name}；有：{known}", "this terminal has no part {name}; there are {known}")
BAD_LABEL = Text("{name} 应为 1 至 {most} 个可打印字符", "{name} must have 1 to {most} printable characters")
BAD_AUTHORITY = Text("authorised 应为 true 或 false", "authorised must be true or false")
NOT_OPEN = Text("机壳没有打开", "the case is not open")


def tampered(desk: Desk, cause: str) -> None:
    """The keys are gone before anything else happens; what it was is recorded and shown."""
    desk.save(ERASED, _tamper_record(desk, cause), events=("tamper_detected",))
    _told(desk, cause)


def _tamper_record(desk: Desk, cause: str) -> Record:
    return {"kind": "tamper", "at_us": desk.now, "cause": cause}


def _told(desk: Desk, cause: str) -> None:
    desk.audit("tamper", cause=cause)
    desk.show(CAUSES["tampered"])


def opened(desk: Desk, authorised: bool) -> None:
    """The case is opened: that and the loss of the keys are one record, so that no loss of power comes between them.

    Under the service's authority the terminal begins from its box, else it counts as tampered.
    """
    is_open: Record = {"kind": "case", "open": True}
    desk.note("part", {"part": CASE, "what": "opened", "ok": authorised})
    if authorised:
        desk.save(is_open, ERASED, events=("repaired",))
        desk.audit("case_opened", authorised=True)
    elif desk.state.life_cycle == "tampered":
        desk.save(is_open)
        desk.audit("case_opened", authorised=False)
    else:
        desk.save(is_open, ERASED, _tamper_record(desk, CASE_SWITCH), events=("tamper_detected",))
        desk.audit("case_opened", authorised=False)
        _told(desk, CASE_SWITCH)


def closed(desk: Desk) -> None:
    """The case is closed again."""
    desk.save({"kind": "case", "open": False})
    desk.note("part", {"part": CASE, "what": "closed", "ok": True})


def serviced(desk: Desk) -> None:
    """The provider's service had it open: nothing is broken any more, and no key is left.  Parts stay what they are."""
    opened(desk, authorised=True)
    desk.save(*ended(desk.state.device))
    desk.audit("serviced")
    closed(desk)


def exchanged(desk: Desk, part: str, labels: Mapping[str, str], authorised: bool) -> None:
    """Another part takes the place of `part`; the case is opened for it where the part lies inside the boundary.

    `labels`: `id`, `model`, `lot` of the new one.  Without `id` its number is the old one's with a count behind it;
    without `model` it is the one that belongs there.
    """
    old, changes = part_number(desk, part), desk.state.device.part(part).changes + 1
    new = labels.get("id") or f"{PARTS[part].code}-{desk.settings.serial[-8:]}-{changes}"
    inside = PARTS[part].sealed and not desk.state.device.case_open
    if inside:
        opened(desk, authorised)
    told: dict[str, Json] = {"part": part, "id": new, "model": labels.get("model", ""), "lot": labels.get("lot", "")}
    desk.save({"kind": "fitted", **told})
    desk.note("part", {**told, "what": "fitted", "ok": authorised, "detail": old})
    desk.audit("part_changed", part=part, id=new, was=old, authorised=authorised)
    if inside:
        closed(desk)


def examined(desk: Desk) -> dict[str, Json]:
    """What whoever looks at the device sees, and what his instruments show: good or damaged, and figures in the units
    of the check (kilo-ohm, milli-ohm, millivolt, milliampere).  It tells nothing to the terminal itself."""
    defects = desk.state.device.part(CASE).defects
    seen: dict[str, Json] = {item: "damaged" if what in defects else "good" for item, what in VISIBLE.items()}
    return {"seen": seen, "measured": dict(MEASURED)}


def _tamper_test(desk: Desk) -> str:
    if desk.state.life_cycle == "tampered":
        return "tampered"
    return "case_open" if desk.state.device.case_open else ""


def _wrong(text: Text) -> Value:
    return {"error": {"zh": text.zh, "en": text.en}}, False


def _exchange(authorised: bool, desk: Desk, args: Mapping[str, Json]) -> Value:
    part = str(args["part"])
    if part not in desk.profile.parts:
        return _wrong(NO_PART.format(name=part[:LABEL_MAX], known=", ".join(desk.profile.parts)))
    labels = {name: args[name] for name in ("id", "model", "lot") if name in args}
    for name, value in labels.items():
        if not isinstance(value, str) or not 1 <= len(value) <= LABEL_MAX or not value.isprintable():
            return _wrong(BAD_LABEL.format(name=name, most=LABEL_MAX))
    exchanged(desk, part, labels, authorised)
    return {"part": part, "id": part_number(desk, part)}, True


def _replace(desk: Desk, args: Mapping[str, Json]) -> Value:
    return _exchange(True, desk, args)


def _swap(desk: Desk, args: Mapping[str, Json]) -> Value:
    return _exchange(False, desk, args)


def _open(desk: Desk, args: Mapping[str, Json]) -> Value:
    authorised = args.get("authorised", False)
    if not isinstance(authorised, bool):
        return _wrong(BAD_AUTHORITY)
    opened(desk, authorised)
    return {"case": "open"}, True


def _close(desk: Desk, args: Mapping[str, Json]) -> Value:
    if not desk.state.device.case_open:
        return _wrong(NOT_OPEN)
    closed(desk)
    return {"case": "closed"}, True


DEFECTS: Mapping[str, Defect] = {
    "case_cracked": Defect(CASE, Text("外壳破裂", "The case is cracked"), self_test=False),
    "door_broken": Defect(CASE, Text("打印机仓盖破裂", "The printer door is broken"), self_test=False),
}
VISIBLE: Mapping[str, str] = {
    "housing": "case_cracked",
    "printer_door": "door_broken",
    **dict.fromkeys(("display_glass", "keypad", "reader_slots", "cable", "plug"), ""),
    **dict.fromkeys(("battery", "socket", "socket_wiring"), ""),
}
"""What a person looks at, and the defect of the case that shows there."""
MEASURED: Mapping[str, int] = {"insulation": 100_000, "earth": 60, "supply": 221_000, "adapter": 2_000}
"""Of a device and an outlet that are in order (posrig's choice)."""
TESTS: Mapping[str, PartTest] = {"tamper": _tamper_test}
EXCHANGE = takes("part", "id model lot")
ACTS: Mapping[str, Act] = {
    "open_case": Act(Text("打开机壳", "Open the case"), takes("", "authorised"), _open),
    "close_case": Act(Text("合上机壳", "Close the case"), takes(), _close),
    "replace_part": Act(Text("由专业人员更换部件", "A part is replaced by trained service"), EXCHANGE, _replace),
    "swap_part": Act(Text("无资质人员更换部件", "A part is exchanged by somebody unqualified"), EXCHANGE, _swap),
}
