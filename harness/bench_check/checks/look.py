"""What a person looks at and measures: the sheet of `driver.checks`, filled at the counter.

The control interface of an emulated device tells it; else a file of answers; else an earlier visit, where its answer is
still valid; else a person is asked, all visual items in one question.  Nothing is ever taken for granted: `--yes` says
that nothing is damaged, because it says that of every question, and types no figure.

Figures are typed as meters and labels show them: MΩ, Ω, V and A, a thousandth or a thousand of the unit in which the
file of items has its limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

from protocols.text import Text

from ..asking import on_file
from ..device_facts import control, earlier_details, is_answer, today
from ..model import Check, Figure, Finding, failed, not_possible, passed
from ..visit import Visit
from . import look_questions as ask

if TYPE_CHECKING:
    from harness.driver.checks import CheckItem, Standing

VISUAL, ELECTRICAL = "visual", "electrical"
GOOD, DAMAGED, NOT_DONE = "good", "damaged", "not_done"
SHEET = "sheet"
"""In a finding's detail: by item {answer, figure, on, by}; `on` is the day, ISO 8601."""
NO_EARTH_PIN = "no_earth_pin"
NAME_MAX = 60
SHORT = re.compile(r"有无|[：（，:,]| \(")
"""Where the name of an item ends and what to look for begins."""
EPOCH = date(1970, 1, 1)
DAY = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))", re.ASCII)

FAULT_OF_PART: Mapping[str, str] = {
    "battery": "damaged_battery",
    "adapter": "damaged_adapter",
    "chip_reader": "damaged_reader",
    "case": "damaged_case",
    "display": "damaged_display",
    "keypad": "damaged_keypad",
    "cable": "damaged_cable",
    "outlet": "damaged_outlet",
}
"""The gravest first: what may burn, what may steal, what was broken."""
FAULT_OF_FIGURE: Mapping[str, str] = {
    "insulation": "electrical_danger",
    "earth": "electrical_danger",
    "supply": "supply_wrong",
    "adapter": "adapter_weak",
}

ALL_GOOD = Text("逐项看过，都完好", "each item was looked at, nothing is damaged")
TAKEN_OVER = Text("{on} 已查过，仍在有效期内", "checked on {on}, which still counts")
NOBODY = Text("没有人回答", "nobody answered")
FOUND_DAMAGED = Text("有问题：{names}", "damaged: {names}")
LEFT_OUT = Text("没有看：{names}", "not looked at: {names}")
NOT_MEASURED = Text("没有测：{names}", "not measured: {names}")
EXPIRED = Text("已过期：{names}", "out of date: {names}")
OUTSIDE = Text("超出范围：{names}", "out of limits: {names}")
ALL_MEASURED = Text("各项数值合格（{on}）", "all figures are within their limits ({on})")
BAD_DATE = Text("看不懂测量日期 {said}", "the date of measuring {said} is none")
AHEAD = Text("测量日期 {said} 在今天之后", "the date of measuring {said} lies ahead")


@dataclass(slots=True)
class Sheet:
    """What is known of each item: `answered` in the shape of `driver.checks.Answered`, `new` what this visit added."""

    answered: dict[str, dict[str, Any]] = field(default_factory=dict)
    new: set[str] = field(default_factory=set)

    def put(self, item: str, answer: str, figure: int | None, on: date, by: str) -> None:
        """An answer of this visit."""
        self.answered[item] = {"answer": answer, "figure": figure, "on": on.isoformat(), "by": by}
        self.new.add(item)


def look_at_it(visit: Visit) -> Finding:
    """The visual items."""
    items = ask.items("visual")
    day, by = today(), visit.settings.technician[:NAME_MAX]
    sheet = _told(visit, items, day, by) or _earlier(visit, VISUAL, items, day)
    for item in items:
        one = on_file(visit.asker, ask.visual_item(item))
        if one and item.id not in sheet.new:
            sheet.put(item.id, one[0], None, day, by)
    wanted = ask.visual()
    said = on_file(visit.asker, wanted)
    if said is None and any(item.id not in sheet.answered for item in items):
        said = visit.ask(wanted)
    if said is not None:
        for item in items:
            if item.id not in sheet.new:
                sheet.put(item.id, DAMAGED if item.id in said else GOOD, None, day, by)
    if not sheet.answered:
        return not_possible(VISUAL, NOBODY)
    stands = _noted(visit, items, sheet, day)
    detail = {SHEET: sheet.answered}
    if stands.failed:
        parts = {item.part for item in stands.failed}
        fault = next(fault for part, fault in FAULT_OF_PART.items() if part in parts)
        return failed(VISUAL, fault, _named(FOUND_DAMAGED, stands.failed), detail=detail)
    if stands.missing or stands.expired:
        return failed(VISUAL, "visual_missing", _named(LEFT_OUT, (*stands.missing, *stands.expired)), detail=detail)
    return passed(VISUAL, ALL_GOOD if sheet.new else _since(TAKEN_OVER, sheet), **detail)


def measure_it(visit: Visit) -> Finding:
    """The electrical items."""
    items = _measurable(visit)
    day, by = today(), visit.settings.technician[:NAME_MAX]
    sheet = _told(visit, items, day, by) or _earlier(visit, ELECTRICAL, items, day)
    out_of_date = [item for item in items if item.id in sheet.answered and not _valid(item, sheet, day)]
    told = ((item, on_file(visit.asker, ask.figure(item))) for item in items if item.id not in sheet.new)
    figures = {item.id: scaled(item, said[0]) for item, said in told if said}
    unknown = [item for item in items if item.id not in {*sheet.answered, *figures} or item in out_of_date]
    unknown = [item for item in unknown if item.id not in figures]
    left_out = bool(unknown) and is_answer(visit.ask(ask.METER), "no")
    if unknown and not left_out:
        if any(item.id == ask.EARTH for item in unknown) and is_answer(visit.ask(ask.PLUG), "no_earth_pin"):
            items, unknown = _without_earth(items), _without_earth(unknown)
        asked = ((item, visit.ask(ask.figure(item))) for item in unknown)
        figures |= {item.id: scaled(item, said[0]) for item, said in asked if said}
    if not sheet.answered and not figures and not left_out:
        return not_possible(ELECTRICAL, NOBODY)
    on = _measured_on(visit, day) if figures else day
    if isinstance(on, Text):
        return not_possible(ELECTRICAL, on)
    for item in items:
        if item.id in figures:
            sheet.put(item.id, item.judged(figures[item.id]), figures[item.id], on, by)
    return _electrical_finding(items, sheet, _noted(visit, items, sheet, day))


def _electrical_finding(items: Sequence[CheckItem], sheet: Sheet, stands: Standing) -> Finding:
    figures = [_figure(item, sheet.answered[item.id]["figure"]) for item in items if _measured(item, sheet)]
    detail = {SHEET: sheet.answered, NO_EARTH_PIN: all(item.id != ask.EARTH for item in items)}
    if stands.failed:
        ids = {item.id for item in stands.failed}
        fault = next((fault for id_, fault in FAULT_OF_FIGURE.items() if id_ in ids), "electrical_danger")
        return failed(ELECTRICAL, fault, _named(OUTSIDE, stands.failed), *figures, detail=detail)
    if stands.missing:
        return failed(ELECTRICAL, "electrical_missing", _named(NOT_MEASURED, stands.missing), *figures, detail=detail)
    if stands.expired:
        return failed(ELECTRICAL, "electrical_expired", _named(EXPIRED, stands.expired), *figures, detail=detail)
    return passed(ELECTRICAL, _since(ALL_MEASURED if sheet.new else TAKEN_OVER, sheet), *figures, **detail)


def _told(visit: Visit, items: Sequence[CheckItem], day: date, by: str) -> Sheet | None:
    """What the control interface says is to be seen and measured."""
    told = control(visit, "examine")
    if told is None:
        return None
    sheet = Sheet()
    for item in items:
        if item.kind == "visual" and told["seen"].get(item.id) in (GOOD, DAMAGED):
            sheet.put(item.id, told["seen"][item.id], None, day, by)
        elif item.id in told["measured"]:
            figure = int(told["measured"][item.id])
            sheet.put(item.id, item.judged(figure), figure, day, by)
    return sheet


def _earlier(visit: Visit, check: str, items: Sequence[CheckItem], day: date) -> Sheet:
    """The newest answer of earlier visits to each item: of visual ones what was good and is still valid, of electrical
    ones any figure, so that it is known since when one is out of date."""
    sheet, known = Sheet(), {item.id: item for item in items}
    newest: dict[str, Mapping[str, Any]] = {}
    for detail in earlier_details(visit, check):
        told = detail.get(SHEET)
        for id_, answered in told.items() if isinstance(told, Mapping) else ():
            if id_ in known and isinstance(answered, Mapping):
                newest.setdefault(id_, answered)
    for id_, answered in newest.items():
        if answered.get("answer") != GOOD or date_of(str(answered.get("on"))) is None:
            continue
        sheet.answered[id_] = dict(answered)
        if known[id_].kind == "visual" and not _valid(known[id_], sheet, day):
            del sheet.answered[id_]
    return sheet


def _valid(item: CheckItem, sheet: Sheet, day: date) -> bool:
    on = date_of(sheet.answered[item.id]["on"])
    return on is not None and (day - on).days <= item.valid_days


def _measured(item: CheckItem, sheet: Sheet) -> bool:
    return item.id in sheet.answered and sheet.answered[item.id]["figure"] is not None


def _measurable(visit: Visit) -> Sequence[CheckItem]:
    """The electrical items; an adapter whose plug has no earth pin (class II) has no protective earth."""
    items = ask.items("electrical")
    newest = next(earlier_details(visit, ELECTRICAL), {})
    return _without_earth(items) if newest.get(NO_EARTH_PIN) is True else items


def _without_earth(items: Sequence[CheckItem]) -> list[CheckItem]:
    return [item for item in items if item.id != ask.EARTH]


def _measured_on(visit: Visit, day: date) -> date | Text:
    """The day on which it was measured; what keeps the answer from being one."""
    said = visit.ask(ask.measured_on(day))
    if not said:
        return day
    on = date_of(said[0])
    if on is None:
        return BAD_DATE.format(said=repr(said[0]))
    return on if on <= day else AHEAD.format(said=on.isoformat())


def date_of(said: str) -> date | None:
    """A day as people write it, `2026-11-22`, `2026/1/2`, `2026.11.22`, `20261122`, `2026年11月22日`; None for what is
    none."""
    found = DAY.fullmatch(said.strip())
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups() if part))
    except ValueError:
        return None


def scaled(item: CheckItem, said: str) -> int:
    """A figure that was typed in MΩ, Ω, V or A, in the unit of the item's limits.  What is no whole number there is
    rounded away from its limit's good side, so that rounding passes nothing; below zero counts as zero."""
    from harness.driver.checks import FIGURE_MAX

    value = Decimal(said) * ask.SCALE
    below = item.low is not None and value < item.low
    whole = int(value.to_integral_value(ROUND_FLOOR if below else ROUND_CEILING))
    return min(max(whole, 0), FIGURE_MAX)


def _figure(item: CheckItem, figure: int) -> Figure:
    low, high = (None if limit is None else limit / ask.SCALE for limit in (item.low, item.high))
    return Figure(item.id, item.text, figure / ask.SCALE, ask.UNITS[item.unit], low, high)


def _noted(visit: Visit, items: Sequence[CheckItem], sheet: Sheet, day: date) -> Standing:
    """Where the sheet stands, noted as `driver.checks` tells it, for the diagnosis."""
    from harness.driver.checks import RECORD, Checks, noted, standing
    from harness.machine import DAY_US

    checks, records = Checks(), []
    for item in items:
        if item.id in sheet.answered:
            answered = sheet.answered[item.id]
            days = ((date_of(answered["on"]) or EPOCH) - EPOCH).days
            told = {"answer": answered["answer"], "figure": answered["figure"], "at_us": days * DAY_US}
            records.append({"kind": RECORD, "item": item.id, **told, "by": answered["by"]})
            checks.apply(records[-1])
    stands = standing(items, checks, (day - EPOCH).days * DAY_US)
    for data in noted(items, records, stands):
        visit.note("check", **data)
    return stands


def _named(pattern: Text, items: Sequence[CheckItem]) -> Text:
    zh = "、".join(SHORT.split(item.text.zh)[0] for item in items)
    en = ", ".join(SHORT.split(item.text.en)[0] for item in items)
    return Text(pattern.zh.format(names=zh), pattern.en.format(names=en))


def _since(pattern: Text, sheet: Sheet) -> Text:
    """The oldest day on the sheet: so old the whole is."""
    return pattern.format(on=min(answered["on"] for answered in sheet.answered.values()))


LOOK_CHECKS = (
    Check(
        VISUAL,
        "look",
        Text("外观检查", "visual check"),
        Text(
            "由人逐项看外壳、屏幕、键盘、读卡口、线缆、插头、电池和插座",
            "a person looks at the case, display, keys, slots, cables, plug, battery and socket",
        ),
        look_at_it,
        questions=ask.VISUAL_QUESTIONS,
    ),
    Check(
        ELECTRICAL,
        "look",
        Text("电气安全", "electrical safety"),
        Text(
            "记录绝缘、接地、电压、电流的测量值，与限值比较",
            "takes down the measured insulation, earth, voltage and current and compares them with their limits",
        ),
        measure_it,
        questions=ask.ELECTRICAL_QUESTIONS,
    ),
)
