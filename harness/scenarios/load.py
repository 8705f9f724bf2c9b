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
from .model import STEP_KINDS, Scenario, StepList

Model = TypeVar("Model", bound=BaseModel)
FILE_OCTETS_MAX = 1_000_000
"""A scenario is a page or two; a file of this size is something else."""

_CURE = Text("按所示行改正；posrig list 给出现有的场景作为例子", "Correct the line; the shipped scenarios are examples")
_WRONG = Text("{file}:{line}：{key}：{why}", "{file}:{line}: {key}: {why}")
_SYNTAX = Text("{file}：不是有效的 TOML：{why}", "{file}: not valid TOML: {why}")
_NO_ROW = Text("没有编号为 {name} 的场景；最接近的是 {near}", "There is no scenario {name}; the nearest is {near}")
_NO_ROW_CURE = Text("posrig list 列出全部编号", "posrig list shows all ids")
_NOT_READ = Text("{file} 打不开：{why}", "{file} cannot be read: {why}")


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
        what = _NO_ROW.format(name=name, near=nearest(name, [*scenario_ids()]))
        raise ScenarioError(what, _NO_ROW_CURE)
    scenario = read_scenario(path)
    if scenario.id != name:
        raise _wrong(path, path.read_text(encoding="utf-8"), ("id",), f"{scenario.id!r} is not the file's name")
    return scenario


def read_scenario(path: Path) -> Scenario:
    """A scenario file of anybody's."""
    return _read(path, Scenario)


@cache
def load_steps(name: str) -> StepList:
    """The shipped step list `name`."""
    folder = fixtures_dir() / "scenarios" / "steps"
    names = sorted(path.stem for path in folder.glob("*.toml"))
    if name not in names:
        raise ScenarioError(_NO_ROW.format(name=name, near=nearest(name, names)), _NO_ROW_CURE)
    return _read(folder / f"{name}.toml", StepList)


def _read(path: Path, model: type[Model]) -> Model:
    try:
        if path.stat().st_size > FILE_OCTETS_MAX:
            raise OSError(f"more than {FILE_OCTETS_MAX} octets")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(_NOT_READ.format(file=path.name, why=error), _CURE) from error
    try:
        return model.model_validate(tomllib.loads(text), strict=False)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(_SYNTAX.format(file=path.name, why=error), _CURE) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(part for part in first["loc"] if part not in STEP_KINDS)
        raise _wrong(path, text, place, _why(first, model)) from error


def _wrong(path: Path, text: str, place: tuple[str | int, ...], why: str) -> ScenarioError:
    key = ".".join(str(part) for part in place) or "file"
    what = _WRONG.format(file=path.name, line=line_of(text, place), key=key, why=why)
    return ScenarioError(what, _CURE)


def _why(error: Mapping[str, Any], model: type[BaseModel]) -> str:
    """Pydantic's sentence; for a key that does not exist the nearest one that does."""
    kind, location = error["type"], error["loc"]
    if kind == "extra_forbidden":
        known = _known_keys(model, location[:-1])
        return f"unknown key; the nearest is {nearest(str(location[-1]), known)}"
    if kind == "union_tag_invalid":
        tag = str(error["ctx"]["tag"])
        return f"no step kind {tag!r}; the nearest is {nearest(tag, sorted(STEP_KINDS))}"
    return str(error["msg"])


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
