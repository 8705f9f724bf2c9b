"""The parts of a terminal that its self-test looks at, as one table.

A part is good until something says otherwise (`Device.broken`, the fault `part_failed`).  Its number tells whether it
is still the part that the terminal was built with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from protocols.text import Text

from ..machine import Json

if TYPE_CHECKING:
    from .desk import Desk


class Part(NamedTuple):
    """`code`: the letters before its number."""

    text: Text
    code: str


PARTS: Mapping[str, Part] = {
    "printer": Part(Text("打印机", "Printer"), "PRN"),
    "display": Part(Text("显示屏", "Display"), "DSP"),
    "keypad": Part(Text("键盘", "Keypad"), "KPD"),
    "magnetic_reader": Part(Text("磁条读卡器", "Magnetic reader"), "MSR"),
    "chip_reader": Part(Text("IC 卡读卡器", "Chip reader"), "ICR"),
    "contactless_reader": Part(Text("非接读卡器", "Contactless reader"), "NFC"),
    "clock": Part(Text("时钟", "Clock"), "RTC"),
    "storage": Part(Text("存储", "Storage"), "MEM"),
    "battery": Part(Text("电池", "Battery"), "BAT"),
    "tamper": Part(Text("防拆开关", "Tamper switch"), "TMP"),
}


def part_number(desk: Desk, part: str) -> str:
    """The number on the part."""
    return f"{PARTS[part].code}-{desk.settings.serial[-8:]}"


def failed_parts(desk: Desk) -> list[str]:
    """Test every part of the profile, one event each; the names of those that failed, in the order of the profile.

    `first` in an event: no self-test of this serial number was made before.
    """
    first = desk.state.device.self_tests == 0
    failed = []
    for part in desk.profile.parts:
        tampered = part == "tamper" and desk.state.life_cycle == "tampered"
        ok = part not in desk.state.device.broken and not tampered
        data: dict[str, Json] = {"part": part, "ok": ok, "id": part_number(desk, part)}
        desk.note("self_test", {**data, "first": first, "serial": desk.settings.serial}, shown=True)
        if not ok:
            failed.append(part)
    return failed
