"""Magnetic, chip and contactless reader: what they read, how they wear, how dirt gets in.

Whether the n-th read of a part fails follows from the part's number and n, by a hash: no chance is drawn, so that a
run is the same on every bench and after every restart.  Lives and error curve are posrig's model: within its rated life
(`Profile.chip_life`, `Profile.stripe_life`) a reader reads without error, beyond it the share of errors grows in
proportion to the uses above, one in two at one and a half lives.  The contactless reader has nothing that wears.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from zlib import crc32

from protocols.text import Text

from ...machine import Json, Record
from . import dirt
from .bounds import MILLE
from .defect import Act, Defect
from .parts import FAILED, part_number

if TYPE_CHECKING:
    from ..desk import Desk

READERS: Mapping[str, str] = {
    "swipe": "magnetic_reader",
    "insert": "chip_reader",
    "tap": "contactless_reader",
    "scan": "scanner",
}
"""The part that reads a card, by the way in which it is presented."""
MUTE, FIELD_OFF, UNREADABLE, NO_POWER_UP = "reader_mute", "field_off", "stripe_unreadable", "chip_power_up_fails"
SILENT = (FAILED, MUTE, FIELD_OFF)
"""With one of these the terminal does not notice that a card is there."""
DEAD: Mapping[str, str] = {UNREADABLE: "read_error", NO_POWER_UP: "power_up_failed"}
"""With one of these no read succeeds; what the terminal finds instead."""


def notices(desk: Desk, how: str) -> bool:
    """Whether the terminal notices a card that is presented this way."""
    if how in READERS and how not in desk.profile.reads:
        return False
    part = desk.state.device.part(READERS.get(how, ""))
    return not any(what in part.defects for what in SILENT)


def read(desk: Desk, how: str, held_wrongly: bool) -> str:
    """Read a card: what went wrong, "" when it was read.  One event, and one use more, durable with the next save."""
    part = READERS.get(how)
    if part is None or how not in desk.profile.reads:
        return ""
    uses = desk.state.device.part(part).uses + _owed(desk, part) + 1
    found = failure(desk, part, uses) or ("read_error" if held_wrongly else "")
    told: dict[str, Json] = {"part": part, "what": found or "read", "ok": not found, "count": uses}
    desk.note("part", told, shown=bool(found))
    desk.owe(_worn(part, 1))
    return found


def _owed(desk: Desk, part: str) -> int:
    return sum(record["uses"] for record in desk.owed if record["kind"] == "worn" and record["part"] == part)


def failure(desk: Desk, part: str, number: int) -> str:
    """What the read of that number, counted from the part's first one, finds instead of a card; "" when it succeeds."""
    defects = desk.state.device.part(part).defects
    dead = next((found for what, found in DEAD.items() if what in defects), "")
    if dead or any(what in defects for what in SILENT):
        return dead or "no_reaction"
    drawn = crc32(f"{part_number(desk, part)}/{number}".encode()) % MILLE
    return "read_error" if drawn < errors_permille(desk, part, number) else ""


def errors_permille(desk: Desk, part: str, uses: int) -> int:
    """So many reads of a thousand fail, by wear and by dirt."""
    dirty = dirt.READ_ERRORS_PERMILLE if dirt.is_dirty(desk, part) else 0
    return min(wear_permille(uses, life(desk, part)) + dirty, MILLE)


def life(desk: Desk, part: str) -> int:
    """The uses that the part is rated for, 0 for one that does not wear."""
    return {"chip_reader": desk.profile.chip_life, "magnetic_reader": desk.profile.stripe_life}.get(part, 0)


def wear_permille(uses: int, rated: int) -> int:
    """The share of reads that fail from wear (see the module)."""
    return min((uses - rated) * MILLE // rated, MILLE) if 0 < rated < uses else 0


def _worn(part: str, uses: int) -> Record:
    return {"kind": "worn", "part": part, "uses": uses}


def _wear(settings: Mapping[str, Json]) -> list[Record]:
    return [_worn(str(settings["part"]), max(int(settings["uses"]), 0))]


_READER = tuple(READERS.values())
DEFECTS: Mapping[str, Defect] = {
    MUTE: Defect("", Text("读卡器无反应", "A reader does not react"), True, {"part": None}, among=_READER),
    UNREADABLE: Defect("magnetic_reader", Text("磁头读不出磁条", "The magnetic head reads no stripe"), False),
    NO_POWER_UP: Defect("chip_reader", Text("芯片上电失败", "A chip gets no power: no ATR"), False),
    FIELD_OFF: Defect("contactless_reader", Text("非接感应场关闭", "The contactless field is off"), True),
    "worn": Defect(
        "",
        Text("读卡器又用过许多次", "A reader was used so many times more"),
        False,
        {"part": None, "uses": 0},
        among=_READER[:2],
        begin=_wear,
    ),
    **dirt.DEFECTS,
}
ACTS: Mapping[str, Act] = dirt.ACTS
