"""Water, oil and dust: what they get into fails at one and the same moment, however little it was used.

Which parts they reach and how often a dirty reader fails is posrig's choice; the documents (002, 003) name keypad and
card reader, and the remedy: wipe, clean, then test.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from protocols.text import Text

from ...arguments import takes
from ...machine import Json, Record
from .defect import Act, Defect, Value

if TYPE_CHECKING:
    from ..desk import Desk

DIRT = "dirt"
REACHED = ("magnetic_reader", "chip_reader", "keypad")
"""Contactless readers have no opening."""
READ_ERRORS_PERMILLE = 600
"""So many reads of a dirty reader fail."""


def is_dirty(desk: Desk, part: str) -> bool:
    """Whether something got into that part, and is still in it."""
    return desk.state.device.defect(part, DIRT) is not None


def _begin(settings: Mapping[str, Json]) -> list[Record]:
    marks = {"cleanable": settings.get("cleanable", True)}
    return [{"kind": "defect", "part": part, "what": DIRT, "on": True, "settings": marks} for part in REACHED]


def _clean(desk: Desk, args: Mapping[str, Json]) -> Value:
    """Wipe and clean every part; what has corroded stays."""
    dirty = [part for part in REACHED if (desk.state.device.defect(part, DIRT) or {}).get("cleanable")]
    desk.save(*({"kind": "defect", "part": part, "what": DIRT, "on": False} for part in dirty))
    return {}, True


DEFECTS: Mapping[str, Defect] = {
    DIRT: Defect(
        "keypad", Text("水、油污或灰尘进入", "Water, oil or dust got in"), False, {"cleanable": True}, begin=_begin
    )
}
ACTS: Mapping[str, Act] = {
    "clean": Act(Text("擦拭，清理键盘和读卡器", "Wipe, clean the keypad and the readers"), takes(), _clean)
}
