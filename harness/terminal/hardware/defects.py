"""All defects and all own tests of the parts, as one table each."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

from ...arguments import NAME_SHOWN, NO_SETTING
from ...fixtures import nearest
from ...machine import Json, Record
from ..software import install
from . import battery, casing, display, keypad, printer, processor, readers, storage
from .defect import MOST, Defect
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

NOT_ONE_OF = Text("{name} 不能是 {value}；可用：{known}", "{name} cannot be {value}; there are {known}")
NO_NUMBER = Text("{name} 应为 {low} 至 {high} 的整数", "{name} is a whole number from {low} to {high}")
NO_TRUTH = Text("{name} 应为 true 或 false", "{name} is true or false")
NO_TEXT = Text("{name} 应为文本", "{name} is a text")
NO_WORDS = Text("{name} 应为以空格分隔的：{known}", "{name} has words with blanks between, of {known}")
NO_PAIRS = Text(
    "{name} 应成对、各不相同，以空格分隔：{known}",
    "{name} has pairs of different words, with blanks between, of {known}",
)


def defect_records(what: str, settings: Mapping[str, Json]) -> list[Record]:
    """The records with which a defect begins; `settings` may name the part where the table leaves it open."""
    defect = DEFECTS[what]
    if defect.begin is not None:
        return defect.begin(settings)
    part = defect.part or str(settings.get("part", ""))
    values = {name: settings.get(name, value) for name, value in defect.settings.items() if name != "part"}
    return [{"kind": "defect", "part": part, "what": what, "on": True, "settings": values}]


def setting_wrong(what: str, settings: Mapping[str, Json]) -> Text | None:
    """What to say about the first setting that this defect does not have, or whose value it cannot have; None when all
    are well.  Whether one is missing is not asked."""
    defect = DEFECTS[what]
    for name, value in settings.items():
        if name not in defect.settings:
            near = nearest(name, list(defect.settings)) or "-"
            return NO_SETTING.format(behaviour=what, name=repr(name), near=near)
        if name == "part":
            wrong = not_one_of(name, value, defect.among or tuple(PARTS))
        elif name in defect.one_of:
            wrong = not_one_of(name, value, defect.one_of[name])
        elif name in defect.words:
            wrong = _wrong_words(name, value, defect)
        elif isinstance(defect.settings[name], bool):
            wrong = None if isinstance(value, bool) else NO_TRUTH.format(name=name)
        elif isinstance(defect.settings[name], str):
            wrong = None if isinstance(value, str) else NO_TEXT.format(name=name)
        else:
            low, high = defect.within.get(name, (0, MOST))
            good = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
            wrong = None if good else NO_NUMBER.format(name=name, low=low, high=high)
        if wrong is not None:
            return wrong
    return None


def not_one_of(name: str, value: Json, known: tuple[str, ...]) -> Text | None:
    """What to say about a value that is none of those known; None when it is one."""
    if value in known:
        return None
    return NOT_ONE_OF.format(name=name, value=repr(str(value)[:NAME_SHOWN]), known=", ".join(known))


def _wrong_words(name: str, value: Json, defect: Defect) -> Text | None:
    given = value.split() if isinstance(value, str) else [str(value)] if isinstance(value, int) else []
    if not given or (defect.in_pairs and (len(given) % 2 or len(set(given)) < len(given))):
        said = NO_PAIRS if defect.in_pairs else NO_WORDS
        return said.format(name=name, known=", ".join(defect.words[name]))
    return next(filter(None, (not_one_of(name, word, defect.words[name]) for word in given)), None)
