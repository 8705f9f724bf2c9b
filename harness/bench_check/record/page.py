"""The record as one page of HTML that needs nothing but itself and prints on one sheet of A4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from protocols.text import Lang, Text

from ..model import ACTORS, GROUPS
from . import layout
from . import page_words as words
from .evidence import evidence_of
from .layout import LEVELS, Level, columns_mm, lines_of

if TYPE_CHECKING:
    from jinja2 import Environment

CHANGES_MAX = 4
TRENDS_MAX = 6
SPARK_WIDTH, SPARK_HEIGHT = 100, 24
"""Of a little curve, in its own units."""
NUMBER_DIGITS = 6


def page_of(document: Mapping[str, Any], lang: Lang) -> str:
    """The page, in one language.  The same record gives the same page."""
    level, view = _fitting(document, lang)
    code = evidence_of(document)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            w=words,
            lang=lang,
            level=level,
            layout=layout,
            document=document,
            conclusion=document["conclusion"],
            code=code,
            qr=qr_of(code.text),
            **view,
        )
    )


def qr_of(text: str) -> Any:
    """The QR code of a text as SVG: error correction of level M or better, quiet zone of four modules."""
    import segno
    from markupsafe import Markup

    svg = segno.make(text, error="m", micro=False).svg_inline(border=4, omitsize=True, dark="#000", light="#fff")
    return Markup(svg)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from ...reports.page_environment import page_environment

    env = page_environment("harness.bench_check.record")
    env.filters["actor"] = lambda actor, lang: ACTORS[actor].in_(lang)
    return env


def _fitting(document: Mapping[str, Any], lang: Lang) -> tuple[Level, dict[str, Any]]:
    """The first level at which all fits, else the last, and what is shown at it."""
    for level in LEVELS:
        view = _view(document, lang, level)
        if _height_mm(view, level) <= layout.SHEET_HEIGHT_MM:
            return level, view
    return LEVELS[-1], _view(document, lang, LEVELS[-1])


def _view(document: Mapping[str, Any], lang: Lang, level: Level) -> dict[str, Any]:
    """What the template shows, in one language."""
    conclusion = document["conclusion"]
    causes = [_cause(one, lang, level) for one in conclusion["causes"][: level.causes]]
    return {
        "facts": _facts(document, lang),
        "tally": _tally(document, lang),
        "warnings": [one[lang] for one in conclusion["warnings"]],
        "next": conclusion["next"][lang] if conclusion["next"] else "",
        "causes": causes,
        "more_causes": len(conclusion["causes"]) - len(causes),
        "tied": conclusion["tied"] if conclusion["tied"] > 1 else 0,
        "next_test": conclusion["next_test"][lang] if conclusion["next_test"] else "",
        "missing": words.JOINT.in_(lang).join(one[lang] for one in conclusion["missing"]),
        "groups": _groups(document, lang, level),
        "changes": [one[lang] for one in document["changes"][:CHANGES_MAX]] if level.history else [],
        "trends": [_trend(one, lang) for one in document["trends"] if len(set(one["values"])) > 1][:TRENDS_MAX]
        if level.history
        else [],
        "support": document["support"][lang],
    }


def _facts(document: Mapping[str, Any], lang: Lang) -> list[tuple[str, str]]:
    facts = document["facts"]
    connected = " ".join(str(facts[name]) for name in ("port", "protocol", "line") if facts.get(name))
    rows: list[tuple[Text, object]] = [
        (words.MERCHANT, document["merchant"]),
        (words.SN, facts.get("sn")),
        (words.CHECKED, _when(document["ended"])),
        (words.MID, facts.get("mid")),
        (words.MODEL, facts.get("model")),
        (words.TECHNICIAN, document["technician"]),
        (words.TID, facts.get("tid")),
        (words.SOFTWARE, facts.get("software_version")),
        (words.CONNECTED, connected),
    ]
    return [(name.in_(lang), str(value or words.UNKNOWN.in_(lang))) for name, value in rows]


def _when(stamp: str) -> str:
    """`2026-11-22 10:32 +08:00`."""
    date, _, rest = stamp.partition("T")
    return f"{date} {rest[:5]} {rest[8:]}".strip()


def _tally(document: Mapping[str, Any], lang: Lang) -> str:
    count = {"pass": 0, "fail": 0, "not_possible": 0}
    for check in document["checks"]:
        count[check["verdict"]] += 1
    return words.TALLY.in_(lang).format(passed=count["pass"], failed=count["fail"], open=count["not_possible"])


def _cause(cause: Mapping[str, Any], lang: Lang, level: Level) -> dict[str, Any]:
    because = words.JOINT.in_(lang).join(one[lang] for one in cause["because"][: level.because])
    return {
        "row": cause["row"],
        "title": _capital(cause["title"][lang]),
        "because": words.BECAUSE.in_(lang).format(what=because) if because else "",
        "todo": _todo(cause, lang),
    }


def _todo(fault: Mapping[str, Any], lang: Lang) -> str:
    actor = _capital(ACTORS[fault["actor"]].in_(lang))
    return words.TODO.in_(lang).format(
        actor=actor, retry=words.RETRY[fault["retry"]].in_(lang), action=fault["action"][lang]
    )


def _groups(document: Mapping[str, Any], lang: Lang, level: Level) -> list[dict[str, Any]]:
    """Checks by their group, groups in the order of the table."""
    found = []
    for group, name in GROUPS.items():
        checks = [_check(one, lang, level) for one in document["checks"] if one["group"] == group]
        if checks:
            found.append({"name": _capital(name.in_(lang)), "checks": checks})
    return found


def _check(check: Mapping[str, Any], lang: Lang, level: Level) -> dict[str, Any]:
    fault = check["fault"]
    figures = [_figure(one, lang) for one in check["figures"]]
    seen = fault["cause"][lang] if fault and level.brief else check["found"][lang]
    return {
        "verdict": check["verdict"],
        "title": _capital(check["title"][lang]),
        "seen": words.JOINT.in_(lang).join([seen, *figures]) if seen else "",
        "cause": fault["cause"][lang] if fault and not level.brief else "",
        "todo": _todo(fault, lang) if fault else "",
    }


def _capital(text: str) -> str:
    """Names of checks and people stand within sentences elsewhere; here they begin a line."""
    return text[:1].upper() + text[1:]


def _figure(figure: Mapping[str, Any], lang: Lang) -> str:
    """`slowest answers 40 ms (limit ≤ 200)`."""
    unit = f" {figure['unit']}" if figure["unit"] else ""
    low, high = figure["low"], figure["high"]
    told = {"name": figure["name"][lang], "value": f"{_number(figure['value'])}{unit}"}
    if low is None and high is None:
        return words.FIGURE.in_(lang).format(**told)
    limits = words.LIMITS[low is not None, high is not None].in_(lang)
    said = limits.format(low=_number(low), high=_number(high))
    return words.FIGURE_LIMITS.in_(lang).format(**told, limits=said)


def _number(value: object) -> str:
    return f"{value:.{NUMBER_DIGITS}g}" if isinstance(value, int | float) else str(value)


def _trend(trend: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """A little curve: its points from left to right, and the limits where they lie in its range."""
    values = [float(one) for one in trend["values"]]
    low, high = min(values), max(values)
    span = high - low or 1.0

    def y(value: float) -> float:
        return round(SPARK_HEIGHT - 2 - (value - low) / span * (SPARK_HEIGHT - 4), 1)

    step = SPARK_WIDTH / (len(values) - 1)
    points = [(round(at * step, 1), y(value)) for at, value in enumerate(values)]
    unit = f" {trend['unit']}" if trend["unit"] else ""
    limits = [y(limit) for limit in (trend["low"], trend["high"]) if limit is not None and low <= limit <= high]
    return {
        "name": _capital(trend["name"][lang]),
        "points": " ".join(f"{one[0]},{one[1]}" for one in points),
        "last": points[-1],
        "limits": limits,
        "value": f"{_number(trend['values'][-1])}{unit}",
        "words": _direction(trend["direction"], lang),
        "width": SPARK_WIDTH,
        "height": SPARK_HEIGHT,
    }


def _direction(direction: str, lang: Lang) -> str:
    from ..history.trends import DIRECTIONS

    return next((words.in_(lang) for name, words in DIRECTIONS.items() if name == direction), "")


# How high it is ------------------------------------------------------------------------------------------------------


def _height_mm(view: Mapping[str, Any], level: Level) -> float:
    """The height of everything at a level; a little too much rather than too little."""
    fixed = layout.HEAD_MM + layout.SIGNATURES_MM + layout.FOOT_MM
    support = sum(lines_of(one, layout.SUPPORT_MM, level, level.support, 0.9) for one in view["support"])
    foot = max(layout.QR_MM + layout.QR_CAPTION_MM, layout.TITLE_MM + support * level.line_mm * 0.9 + 3)
    trends = layout.TITLE_MM + layout.TRENDS_MM if view["trends"] else 0.0
    changes = layout.TITLE_MM + _lines_mm(view["changes"], level) if view["changes"] else 0.0
    checks = layout.TITLE_MM + columns_mm([mm for group in view["groups"] for mm in _group_mm(group, level)])
    blocks = [_next_mm(view, level), _causes_mm(view, level), checks, changes, trends, foot]
    return fixed + sum(mm + layout.GAP_MM for mm in blocks if mm)


def _lines_mm(texts: Sequence[str], level: Level, most: int = 0, scale: float = 1.0) -> float:
    width = layout.SHEET_WIDTH_MM - 8
    return sum(lines_of(one, width, level, most, scale) for one in texts if one) * level.line_mm * scale


def _next_mm(view: Mapping[str, Any], level: Level) -> float:
    told = [
        *view["warnings"],
        *([view["next"]] if view["next"] else []),
        *([view["missing"]] if view["missing"] else []),
    ]
    return _lines_mm([f"{words.NEXT.en}{words.NEXT.zh} {one}" for one in told], level, 0, 1.15) + 4 if told else 0.0


def _causes_mm(view: Mapping[str, Any], level: Level) -> float:
    if not view["causes"]:
        return 0.0
    total, width = layout.TITLE_MM, layout.SHEET_WIDTH_MM - 8
    for cause in view["causes"]:
        total += _lines_mm([cause["title"]], level, 0, 1.05) + _lines_mm([cause["because"]], level, level.cause)
        total += lines_of(cause["todo"], width, level, level.todo, layout.BOLD) * level.line_mm + 1
    return total + _lines_mm([view["next_test"]], level) + (level.line_mm if view["tied"] or view["more_causes"] else 0)


def _group_mm(group: Mapping[str, Any], level: Level) -> list[float]:
    """The height of a group's name with its first check, then of each further one: they are not parted."""
    heights = []
    for check in group["checks"]:
        most = level.head if check["verdict"] == "fail" else level.seen
        count = lines_of(f"{check['title']}  {check['seen']}", layout.COLUMN_MM, level, most)
        count += lines_of(check["cause"], layout.COLUMN_MM, level, level.cause) if check["cause"] else 0
        count += lines_of(check["todo"], layout.COLUMN_MM, level, level.todo, layout.BOLD) if check["todo"] else 0
        heights.append(count * level.line_mm + 0.7)
    heights[0] += level.line_mm + 1.6
    return heights
