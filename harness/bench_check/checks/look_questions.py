"""The questions about what a person looks at and measures, made from the file of items when they are needed.

The file is read by modules that take their time to import, and most of what `bench-check` is asked for needs none of
its questions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, overload

from protocols.text import Text

from ..model import Question

if TYPE_CHECKING:
    from harness.driver.checks import CheckItem, Kind

UNITS = {"kohm": "MΩ", "mohm": "Ω", "mv": "V", "ma": "A"}
"""How meters and labels give what the file has in thousandths."""
SCALE = 1000
EARTH = "earth"
SAID = {
    "good": Text("完好", "good"),
    "damaged": Text("有问题", "damaged"),
    "not_done": Text("没有看", "not looked at"),
}
WHERE = {
    "insulation": Text(
        "拔下电源，绝缘表 500 V，测插头与外壳之间；超量程填量程上限",
        "unplugged, insulation tester at 500 V, between plug and case; off the scale: the end of the scale",
    ),
    "earth": Text("插头接地脚与金属外壳之间", "between the plug's earth pin and the metal case"),
    "supply": Text("万用表交流档，测墙上插座", "a multimeter set to AC, at the socket in the wall"),
    "adapter": Text("适配器铭牌上“输出”一行", "the line “output” on the adapter's label"),
}
METER = Question(
    "look.meter",
    Text(
        "手边有电气测量值吗（现场测，或检测标签上的）？",
        "Do you have the electrical figures (measured now, or on a test label)?",
    ),
    {"yes": Text("有", "yes"), "no": Text("没有测", "not measured")},
)
PLUG = Question(
    "look.earth_pin",
    Text("电源插头有接地脚吗？", "Does the power plug have an earth pin?"),
    {"earth_pin": Text("有（三脚）", "yes (three pins)"), "no_earth_pin": Text("没有（两脚）", "no (two pins)")},
)
WHICH = Text("请看下面各项，哪些有问题？", "Look at these: which of them are damaged?")
ON = Text("哪一天测的（年-月-日）？", "On which day was it measured (year-month-day)?")


def items(kind: Kind) -> Sequence[CheckItem]:
    """The items of `fixtures/checks.toml` of one kind.  Raises ScenarioError."""
    from harness.bench.till import load_checks

    return [item for item in load_checks() if item.kind == kind]


def visual() -> Question:
    """All visual items in one."""
    return Question("look.visual", WHICH, {item.id: item.text for item in items("visual")}, several=True)


def visual_item(item: CheckItem) -> Question:
    """One visual item by itself, for files of answers."""
    return Question(f"look.{item.id}", Text(f"{item.text.zh}？", f"{item.text.en}?"), SAID)


def figure(item: CheckItem) -> Question:
    """The figure of an electrical item."""
    words = Text(f"{item.text.zh}是多少？", f"What is the {item.text.en}?")
    return Question(f"look.{item.id}", words, unit=UNITS[item.unit], where=WHERE.get(item.id))


def measured_on(day: date) -> Question:
    """The day of the figures; today unless somebody says otherwise."""
    return Question("look.measured_on", ON, usual=day.isoformat())


class LaterQuestions(Sequence[Question]):
    """Questions that are made when somebody looks at them, of a file that is read then."""

    def __init__(self, make: Callable[[], Sequence[Question]]) -> None:
        self._make = make

    def __len__(self) -> int:
        return len(self._make())

    @overload
    def __getitem__(self, index: int) -> Question: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Question]: ...
    def __getitem__(self, index: int | slice) -> Question | Sequence[Question]:
        return self._make()[index]


def _of_sight() -> Sequence[Question]:
    return [visual(), *map(visual_item, items("visual"))]


def _of_meters() -> Sequence[Question]:
    from ..device_facts import today

    return [METER, PLUG, *map(figure, items("electrical")), measured_on(today())]


VISUAL_QUESTIONS = LaterQuestions(_of_sight)
ELECTRICAL_QUESTIONS = LaterQuestions(_of_meters)
