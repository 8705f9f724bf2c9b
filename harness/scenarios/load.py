"""Reads scenarios.  A wrong one is refused with file, line, key and the nearest known key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from protocols.errors import ScenarioError
from protocols.text import Text

from ..fixtures import fixtures_dir, nearest
from ..toml_place import line_of
from .model import (
    DOCUMENT_PATTERN,
    DURATION_PATTERN,
    HOW_PATTERN,
    ID_PATTERN,
    KEYS_PATTERN,
    PIN_PATTERN,
    STEP_KINDS,
    WORDS_PATTERN,
    Probe,
    Scenario,
    StepList,
)

Model = TypeVar("Model", bound=BaseModel)
FILE_OCTETS_MAX = 1_000_000
"""A scenario is a page or two; a file of this size is something else."""

_CURE = Text("按所示行改正；写法见 docs/scenarios.md", "Correct the line; docs/scenarios.md tells how it is written")
_WRONG = Text("{file}:{line}：{key}：{why}", "{file}:{line}: {key}: {why}")
_SYNTAX = Text("{file}：不是有效的 TOML：{why}", "{file}: not valid TOML: {why}")
_NO_ROW = Text("没有编号为 {name} 的场景；最接近的是 {near}", "There is no scenario {name}; the nearest is {near}")
_NO_ROW_CURE = Text(
    "posrig list 列出全部编号；自己的场景请给出以 .toml 结尾的路径",
    "posrig list shows all ids; a scenario of your own is named by its path, which ends in .toml",
)
_NO_LIST = Text("没有名为 {name} 的步骤清单；最接近的是 {near}", "There is no step list {name}; the nearest is {near}")
_NO_PROBE = Text("没有名为 {name} 的检验；最接近的是 {near}", "There is no probe {name}; the nearest is {near}")
_NO_LIST_CURE = Text("可用：{known}", "There are: {known}")
_NOT_READ = Text("{file} 打不开：{why}", "{file} cannot be read: {why}")
_NOT_READ_CURE = Text("检查路径与权限；文件应为 UTF-8 编码的 TOML", "Check path and rights; the file is TOML in UTF-8")
_NOT_ITS_NAME = Text("{id} 与文件名不符", "{id} is not the file's name")
_UNKNOWN_KEY = Text("没有此键；最接近的是 {near}", "unknown key; the nearest is {near}")
_UNKNOWN_STEP = Text("没有步骤 {tag}；最接近的是 {near}", "no step kind {tag}; the nearest is {near}")
_WHY: Mapping[str, Text] = {
    "missing": Text("缺少此键", "Field required"),
    "string_type": Text("应为文本", "must be a text"),
    "int_type": Text("应为整数", "must be an integer"),
    "bool_type": Text("应为 true 或 false", "must be true or false"),
    "dict_type": Text("应为表，如 { a = 1 }", "must be a table such as { a = 1 }"),
    "model_type": Text("应为表，如 { a = 1 }", "must be a table such as { a = 1 }"),
    "tuple_type": Text('应为数组，如 ["a"]', 'must be an array such as ["a"]'),
    "too_short": Text("至少要有一项", "needs at least one entry"),
    "union_tag_not_found": Text("步骤缺少 do", "the step has no `do`"),
    "string_pattern_mismatch": Text("写法应如 {example}", "must be written like {example}"),
    "literal_error": Text("应为 {expected}", "must be {expected}"),
}
"""What pydantic finds wrong, by its name of the error; `{...}` is filled from what it knows."""
_EXAMPLES = {
    ID_PATTERN: "A1, SHOP_7",
    DURATION_PATTERN: "90s, 12h, 3d",
    DOCUMENT_PATTERN: "004",
    WORDS_PATTERN: "文字",
    PIN_PATTERN: "123456",
    HOW_PATTERN: "insert swipe",
    KEYS_PATTERN: "01 ENTER 0000 ENTER",
}


def scenario_ids() -> tuple[str, ...]:
    """Ids of the shipped rows in the order of the catalogue (A1, A2 ... C1 ... ), without the healthy life."""
    names = (path.stem for path in (fixtures_dir() / "scenarios").glob("*.toml"))
    return tuple(sorted((name for name in names if name != LIFE), key=lambda name: (name[0], int(name[1:]))))


LIFE = "LIFE"
"""The healthy life of a terminal: no row of the catalogue, and the first thing that `posrig run` shows."""


@cache
def load_scenario(name: str) -> Scenario:
    """The shipped scenario `name`.  Raises ScenarioError for an id that does not exist, naming the nearest."""
    path = fixtures_dir() / "scenarios" / f"{name}.toml"
    if name not in (*scenario_ids(), LIFE):
        what = _NO_ROW.format(name=name, near=nearest(name.upper(), [*scenario_ids(), LIFE]))
        raise ScenarioError(what, _NO_ROW_CURE)
    scenario = read_scenario(path)
    if scenario.id != name:
        raise wrong_at(path, path.read_text(encoding="utf-8"), ("id",), _NOT_ITS_NAME.format(id=scenario.id))
    return scenario


def read_scenario(path: Path) -> Scenario:
    """A scenario file of anybody's; every name in it exists.  Raises ScenarioError with file, line and key."""
    from .names import first_wrong  # asks every machine for its names: only scenarios of others need that

    scenario = read_strict(path, Scenario)
    wrong = first_wrong(scenario)
    if wrong is not None:
        raise wrong_at(path, path.read_text(encoding="utf-8"), *wrong)
    return scenario


def step_lists() -> list[str]:
    """Names of the shipped step lists."""
    return sorted(path.stem for path in (fixtures_dir() / "scenarios" / "steps").glob("*.toml"))


@cache
def load_steps(name: str) -> StepList:
    """The shipped step list `name`."""
    names = step_lists()
    if name not in names:
        what = _NO_LIST.format(name=name, near=nearest(name, names))
        raise ScenarioError(what, _NO_LIST_CURE.format(known=", ".join(names)))
    return read_strict(fixtures_dir() / "scenarios" / "steps" / f"{name}.toml", StepList)


def probe_names() -> list[str]:
    """Names of the shipped probes."""
    return sorted(path.stem for path in (fixtures_dir() / "probes").glob("*.toml"))


@cache
def load_probe(name: str) -> Probe:
    """The shipped probe `name`.  Raises ScenarioError."""
    names = probe_names()
    if name not in names:
        raise ScenarioError(
            _NO_PROBE.format(name=name, near=nearest(name, names)), _NO_LIST_CURE.format(known=", ".join(names))
        )
    return read_strict(fixtures_dir() / "probes" / f"{name}.toml", Probe)


def read_strict(path: Path, model: type[Model], cure: Text = _CURE) -> Model:
    """The TOML file as `model`, which knows all its keys.  Raises ScenarioError with file, line and key."""
    try:
        if path.stat().st_size > FILE_OCTETS_MAX:
            raise OSError(f"more than {FILE_OCTETS_MAX} octets")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ScenarioError(_NOT_READ.format(file=path, why=why), _NOT_READ_CURE) from error
    try:
        return model.model_validate(tomllib.loads(text), strict=False)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(_SYNTAX.format(file=path.name, why=error), cure) from error
    except ValidationError as error:
        wrong = error.errors()  # a misspelled key is the cause where another one is missing
        first = next((one for one in wrong if one["type"] == "extra_forbidden"), wrong[0])
        place = tuple(part for part in first["loc"] if part not in STEP_KINDS)
        place += ("do",) if first["type"] == "union_tag_invalid" else ()  # told of the step; the kind is what is wrong
        raise wrong_at(path, text, place, _why(first, model), cure) from error


def wrong_at(path: Path, text: str, place: tuple[str | int, ...], why: Text, cure: Text = _CURE) -> ScenarioError:
    """The error that names file, line and key."""
    values = {"file": path.name, "line": line_of(text, place), "key": ".".join(map(str, place)) or "-"}
    what = Text(_WRONG.zh.format(**values, why=why.zh), _WRONG.en.format(**values, why=why.en))
    return ScenarioError(what, cure)


def _why(error: Mapping[str, Any], model: type[BaseModel]) -> Text:
    """Our words for it, else pydantic's sentence; for a key that does not exist the nearest one that does."""
    kind, location = error["type"], error["loc"]
    if kind == "extra_forbidden":
        known = _known_keys(model, location[:-1])
        return _UNKNOWN_KEY.format(near=nearest(str(location[-1]), known) or "-")
    if kind == "union_tag_invalid":
        tag = str(error["ctx"]["tag"])
        return _UNKNOWN_STEP.format(tag=repr(tag), near=nearest(tag, sorted(STEP_KINDS)))
    if kind == "value_error" and isinstance(told := error["ctx"]["error"].args[0], Text):
        return told
    if kind in _WHY:
        context = error.get("ctx", {})
        return _WHY[kind].format(**context, example=_EXAMPLES.get(context.get("pattern"), context.get("pattern")))
    return Text(str(error["msg"]), str(error["msg"]))


def _known_keys(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    """The keys that the table at `location` may have."""
    for part in reversed(location):
        if part in STEP_KINDS:
            return sorted(STEP_KINDS[str(part)].model_fields)
    at: type[BaseModel] = model
    for part in location:
        if isinstance(part, int):
            continue
        found = _model_in(at.model_fields[part].annotation)
        if found is None:
            return []
        at = found
    return sorted(at.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        if (found := _model_in(part)) is not None:
            return found
    return None
