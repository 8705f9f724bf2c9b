"""The parts of a terminal as one table, and the self-test that looks at them.

A self-test says what a part can know of itself.  `blind` is what it cannot: a display's controller answers although
nothing is to be seen on the glass, a ribbon that is worn prints as ever.  Those take a person, or something that looks
at the result (`display_test`, `keypad_test`, a printed image).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from protocols.text import Text

from ...machine import Json
from .device import Device

if TYPE_CHECKING:
    from ..desk import Desk


class Part(NamedTuple):
    """`code`: the letters before its number.  `blind`: what its own test cannot see, None: it sees it all.

    `sealed`: it lies inside the security boundary, so that the case must be opened to exchange it.  `tested`: it has a
    self-test at all.
    """

    text: Text
    code: str
    blind: Text | None = None
    sealed: bool = True
    tested: bool = True


PARTS: Mapping[str, Part] = {
    "printer": Part(Text("打印机", "Printer"), "PRN", Text("印出的字迹", "the printed image"), sealed=False),
    "display": Part(Text("显示屏", "Display"), "DSP", Text("屏上的图像", "the image on the glass")),
    "keypad": Part(Text("键盘", "Keypad"), "KPD", Text("按下的是哪个键", "which key was pressed")),
    "magnetic_reader": Part(Text("磁条读卡器", "Magnetic reader"), "MSR", Text("读卡的好坏", "how well it reads")),
    "chip_reader": Part(Text("IC 卡读卡器", "Chip reader"), "ICR", Text("读卡的好坏", "how well it reads")),
    "contactless_reader": Part(
        Text("非接读卡器", "Contactless reader"), "NFC", Text("读卡的好坏", "how well it reads")
    ),
    "scanner": Part(Text("扫码头", "Scanner"), "SCN", Text("读码的好坏", "how well it reads")),
    "clock": Part(Text("时钟", "Clock"), "RTC", Text("时间对不对", "whether the time is right")),
    "storage": Part(Text("存储", "Storage"), "MEM"),
    "battery": Part(Text("电池", "Battery"), "BAT", Text("带载时的电压", "its voltage under load"), sealed=False),
    "tamper": Part(Text("防拆开关", "Tamper switch"), "TMP"),
    "case": Part(Text("外壳", "Case"), "CAS", Text("裂缝与缺损", "cracks and damage"), tested=False),
}
CASE = "case"

FAILED = "part_failed"
"""The defect of a part that its own test finds and nothing else is known of."""

PartTest = Callable[["Desk"], str]
"""What a part finds out about itself: the name of what is wrong, "" when it finds nothing."""


def part_number(desk: Desk, part: str) -> str:
    """The number on the part."""
    return desk.state.device.part(part).id or f"{PARTS[part].code}-{desk.settings.serial[-8:]}"


def part_lot(desk: Desk, part: str) -> str:
    """The lot that the part is of, "" where nobody knows it."""
    fitted = desk.state.device.part(part)
    return fitted.lot if fitted.changes else desk.settings.lot


def model_of(part: str, device_model: str) -> str:
    """The model of a part that belongs into such a device.  A part tells its own to the terminal (posrig's choice)."""
    return f"{PARTS[part].code}-{device_model}"


def part_model(desk: Desk, part: str) -> str:
    """The model that the part says it is of."""
    return desk.state.device.part(part).model or model_of(part, desk.profile.model)


def foreign_part(device: Device, device_model: str) -> str:
    """The first part of another model than belongs into a device of `device_model`, "" when all belong there."""
    fitted = ((name, device.part(name).model) for name in PARTS)
    return next((name for name, model in fitted if model not in ("", model_of(name, device_model))), "")


def own_test(desk: Desk, part: str) -> str:
    """What the part's own test finds, "" when it passes."""
    from .defects import DEFECTS, TESTS

    if part_model(desk, part) != model_of(part, desk.profile.model):
        return "wrong_model"
    found = next((what for what in desk.state.device.part(part).defects if DEFECTS[what].self_test), "")
    return found or (TESTS[part](desk) if part in TESTS else "")


def failed_parts(desk: Desk) -> list[str]:
    """Test every part of the profile, one event each; the names of those that failed, in the order of the profile.

    `first` in an event: no self-test of this serial number was made before.  `found`: what is wrong.  `blind`: there
    is something that this test cannot see.
    """
    first = desk.state.device.self_tests == 0
    failed = []
    for part in (part for part in desk.profile.parts if PARTS[part].tested):
        found = own_test(desk, part)
        data: dict[str, Json] = {"part": part, "ok": not found, "found": found, "id": part_number(desk, part)}
        data |= {"model": part_model(desk, part), "lot": part_lot(desk, part)}
        data |= {"blind": PARTS[part].blind is not None, "first": first, "serial": desk.settings.serial}
        desk.note("self_test", data, shown=True)
        if found:
            failed.append(part)
    return failed
