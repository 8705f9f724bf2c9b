"""Small things that steps need: durations, variables, comparing an answer with what is expected of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from protocols.errors import ScenarioError
from protocols.text import Text

from ..machine import DAY_US, HOUR_US, MINUTE_US, SECOND_US

Json = Any
_UNITS = {"us": 1, "ms": 1_000, "s": SECOND_US, "min": MINUTE_US, "h": HOUR_US, "d": DAY_US}
_DURATION = re.compile(r"^(\d+)(us|ms|s|min|h|d)$")
_VARIABLE = re.compile(r"\$\{([a-z0-9_]+)\}")
_INDEX = re.compile(r"^(\d+|-1)$", re.ASCII)
_NO_VARIABLE = Text("没有变量 {name}", "There is no variable {name}")
_NO_VARIABLE_CURE = Text("用前面某一步的 save 保存它；现有：{known}", "Save it in an earlier step; there are: {known}")


def microseconds(duration: str) -> int:
    """`90s` to 90000000.  Raises ValueError for anything else."""
    match = _DURATION.match(duration)
    if match is None:
        raise ValueError(f"{duration!r} is no duration such as 90s, 12h or 3d")
    return int(match[1]) * _UNITS[match[2]]


def filled(value: Json, variables: Mapping[str, Json], now_us: int = 0) -> Json:
    """`value` with every `${name}` replaced; a text that is one variable and nothing else takes its value as it is.

    Under a key that ends in `_us` a text `3d` is a duration, and `+3d` the moment so long after `now_us`.
    """
    if isinstance(value, str):
        if (whole := _VARIABLE.fullmatch(value)) is not None:
            return _variable(whole[1], variables)
        return _VARIABLE.sub(lambda match: str(_variable(match[1], variables)), value)
    if isinstance(value, Mapping):
        return {key: _timed(key, filled(item, variables, now_us), now_us) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [filled(item, variables, now_us) for item in value]
    return value


def variables_in(value: Json) -> set[str]:
    """Every `${name}` that stands anywhere in `value`."""
    if isinstance(value, str):
        return set(_VARIABLE.findall(value))
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    return {name for part in parts for name in variables_in(part)}


def _timed(key: str, value: Json, now_us: int) -> Json:
    if not key.endswith("_us") or not isinstance(value, str) or _DURATION.match(value.removeprefix("+")) is None:
        return value
    return microseconds(value.removeprefix("+")) + (now_us if value.startswith("+") else 0)


def _variable(name: str, variables: Mapping[str, Json]) -> Json:
    if name not in variables:
        known = ", ".join(sorted(variables)) or "-"
        raise ScenarioError(_NO_VARIABLE.format(name=name), _NO_VARIABLE_CURE.format(known=known))
    return variables[name]


_NOT_THERE = Text("{path}：没有此项；有：{known}", "{path}: there is no such key; there are: {known}")
MISSING = "(missing)"


CONDITIONS = ("min", "max", "not", "has", "empty")
"""What an expectation may ask instead of naming a value: `{ min = 1 }`, `{ has = "licence" }`, `{ empty = false }`."""


def at_path(data: Json, path: str) -> Json:
    """What stands at `a.0.c` in nested mappings and lists (`-1` is the last of a list); `MISSING` when nothing does."""
    for part in path.split("."):
        if isinstance(data, Mapping) and part in data:
            data = data[part]
        elif isinstance(data, (list, tuple)) and _INDEX.match(part) and -len(data) <= int(part) < len(data):
            data = data[int(part)]
        else:
            return MISSING
    return data


def fits(value: Json, wanted: Json) -> bool:
    """`wanted` is the value itself, a list of the values that are allowed, or a table of `CONDITIONS` that all hold."""
    if isinstance(wanted, Mapping) and wanted and set(wanted) <= set(CONDITIONS):
        return all(_holds(name, value, limit) for name, limit in wanted.items())
    return value in (wanted if isinstance(wanted, (list, tuple)) else [wanted])


def _holds(condition: str, value: Json, limit: Json) -> bool:
    match condition:
        case "min" | "max":
            number = isinstance(value, int | float)
            return bool(number and (value >= limit if condition == "min" else value <= limit))
        case "not":
            return bool(value != limit)
        case "has":
            if isinstance(value, str):
                return isinstance(limit, str) and limit in value
            return isinstance(value, list | tuple | Mapping) and limit in value
    return (value in (None, "", 0, MISSING) or value == [] or value == {}) == bool(limit)


def differences(found: Mapping[str, Json], expected: Mapping[str, Json]) -> list[Text]:
    """One line for each expected path whose value does not fit (see `fits`)."""
    lines = []
    for path, wanted in expected.items():
        value = at_path(found, path)
        if fits(value, wanted):
            continue
        if value == MISSING:
            lines.append(_NOT_THERE.format(path=path, known=", ".join(sorted(found)) or "-"))
            continue
        allowed = wanted if isinstance(wanted, (list, tuple)) else [wanted]
        zh, en = (word.join(map(shown, allowed)) for word in (" 或 ", " or "))
        lines.append(Text(f"{path}：应为 {zh}，实为 {shown(value)}", f"{path}: expected {en}, found {shown(value)}"))
    return lines


def shown(value: Json) -> str:
    """As TOML writes it, near enough: an operator who writes scenarios knows no other notation."""
    return json.dumps(value, ensure_ascii=False)
