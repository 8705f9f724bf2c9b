"""All defects and all own tests of the parts, as one table each."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

from ...machine import Json, Record
from ..software import install
from . import battery, casing, display, keypad, printer, processor, readers, storage
from .defect import Defect
from .parts import FAILED, PARTS, PartTest

DEFECTS: Mapping[str, Defect] = {
    FAILED: Defect("", Text("部件故障", "A part is broken"), True, {"part": None}),
    **printer.DEFECTS,
    **display.DEFECTS,
    **keypad.DEFECTS,
    **readers.DEFECTS,
    **battery.DEFECTS,
    **casing.DEFECTS,
    **storage.DEFECTS,
    **processor.DEFECTS,
    **install.DEFECTS,
}
TESTS: Mapping[str, PartTest] = {**casing.TESTS, **storage.TESTS}
"""What a part finds out besides the defects that say so themselves, by part."""


def defect_records(what: str, settings: Mapping[str, Json]) -> list[Record]:
    """The records with which a defect begins; `settings` may name the part where the table leaves it open."""
    defect = DEFECTS[what]
    if defect.begin is not None:
        return defect.begin(settings)
    part = defect.part or str(settings.get("part", ""))
    values = {name: settings.get(name, value) for name, value in defect.settings.items() if name != "part"}
    return [{"kind": "defect", "part": part, "what": what, "on": True, "settings": values}]


def settings_fit(what: str, settings: Mapping[str, Json]) -> bool:
    """Whether these settings are ones of this defect, and all that it must have."""
    known, among = DEFECTS[what].settings, DEFECTS[what].among or tuple(PARTS)
    given = all(name in settings for name, value in known.items() if value is None)
    alike = all(known.get(name) is None or type(value) is type(known[name]) for name, value in settings.items())
    alike = alike and all(settings[name] in values for name, values in DEFECTS[what].one_of.items() if name in settings)
    return given and alike and set(settings) <= set(known) and settings.get("part", among[0]) in among
