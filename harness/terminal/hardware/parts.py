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

if TYPE_CHECKING:
    from ..desk import Desk


class Part(NamedTuple):
    """`code`: the letters before its number.  `blind`: what its own test cannot see, None: it sees it all."""

    text: Text
    code: str
    blind: Text | None = None


PARTS: Mapping[str, Part] = {
    "printer": Part(Text("打印机", "Printer"), "PRN", Text("印出的字迹", "the printed image")),
    "display": Part(Text("显示屏", "Display"), "DSP", Text("屏上的图像", "the image on the glass")),
    "keypad": Part(Text("键盘", "Keypad"), "KPD", Text("按下的是哪个键", "which key was pressed")),
    "magnetic_reader": Part(Text("磁条读卡器", "Magnetic reader"), "MSR", Text("读卡的好坏", "how well it reads")),
    "chip_reader": Part(Text("IC 卡读卡器", "Chip reader"), "ICR", Text("读卡的好坏", "how well it reads")),
    "contactless_reader": Part(
        Text("非接读卡器", "Contactless reader"), "NFC", Text("读卡的好坏", "how well it reads")
    ),
    "clock": Part(Text("时钟", "Clock"), "RTC", Text("时间对不对", "whether the time is right")),
    "storage": Part(Text("存储", "Storage"), "MEM"),
    "battery": Part(Text("电池", "Battery"), "BAT"),
    "tamper": Part(Text("防拆开关", "Tamper switch"), "TMP"),
}

FAILED = "part_failed"
"""The defect of a part that its own test finds and nothing else is known of."""

PartTest = Callable[["Desk"], str]
"""What a part finds out about itself: the name of what is wrong, "" when it finds nothing."""


def part_number(desk: Desk, part: str) -> str:
    """The number on the part."""
    return desk.state.device.part(part).id or f"{PARTS[part].code}-{desk.settings.serial[-8:]}"


def own_test(desk: Desk, part: str) -> str:
    """What the part's own test finds, "" when it passes."""
    from .defects import DEFECTS, TESTS

    if part == "tamper" and desk.state.life_cycle == "tampered":
        return "tampered"
    found = next((what for what in desk.state.device.part(part).defects if DEFECTS[what].self_test), "")
    return found or (TESTS[part](desk) if part in TESTS else "")


def failed_parts(desk: Desk) -> list[str]:
    """Test every part of the profile, one event each; the names of those that failed, in the order of the profile.

    `first` in an event: no self-test of this serial number was made before.  `found`: what is wrong.  `blind`: there
    is something that this test cannot see.
    """
    first = desk.state.device.self_tests == 0
    failed = []
    for part in desk.profile.parts:
        found = own_test(desk, part)
        data: dict[str, Json] = {"part": part, "ok": not found, "found": found, "id": part_number(desk, part)}
        data |= {"blind": PARTS[part].blind is not None, "first": first, "serial": desk.settings.serial}
        desk.note("self_test", data, shown=True)
        if found:
            failed.append(part)
    return failed
