"""Finds and reads fixture data, in a checkout (`fixtures/`) and in an installed wheel (`harness/_fixtures`) alike."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from protocols.errors import ScenarioError
from protocols.text import Text
from protocols.unionpay.dialect import Dialect

DIALECTS_MAX = 64
"""Dialects kept in memory."""

NO_DATA = Text("找不到数据目录 {name}", "The data folder {name} is missing")
NO_DATA_CURE = Text("重新安装 posrig", "Install posrig again")
UNKNOWN_NAME = Text("没有名为 {name} 的方言；最接近的是 {near}", "There is no dialect {name}; the nearest is {near}")
UNKNOWN_NAME_CURE = Text("可用：{names}", "Known: {names}")
UNKNOWN_KEY = Text("{file}：未知的键 {key}；最接近的是 {near}", "{file}: unknown key {key}; the nearest is {near}")
KEY_CURE = Text("改正或删除该键", "Correct or remove the key")
BAD_VALUE = Text(
    "{file}：键 {key} 的值 {value!r} 不对；应为 {wanted}",
    "{file}: key {key} has {value!r}; it takes {wanted}",
)
BAD_VALUE_CURE = Text("改为所列的值", "Use one of the values named")
BAD_TOML = Text("{file} 不是有效的 TOML：{reason}", "{file} is not valid TOML: {reason}")
BAD_TOML_CURE = Text("按所示行号改正", "Correct the line that is named")
NO_FILE = Text("{file} 读不了：{reason}", "{file} cannot be read: {reason}")
NO_FILE_CURE = Text("请核对路径与权限", "Check its path and who may read it")


def fixtures_dir() -> Path:
    """The folder with the fixture data.  Raises ScenarioError when the installation has none."""
    package = Path(__file__).resolve().parent
    for place in (package / "_fixtures", package.parent / "fixtures"):
        if place.is_dir():
            return place
    raise ScenarioError(NO_DATA.format(name="fixtures"), NO_DATA_CURE)


def nearest(name: str, known: list[str]) -> str:
    """The known name most like `name`, for error messages; the whole list when nothing is alike.

    One that only lacks its unit (`amount` of `amount_fen`) is nearer than any other.
    """
    without_unit = next((one for one in known if one.rpartition("_")[0] == name), None) if name else None
    if without_unit is not None:
        return without_unit
    close = get_close_matches(name, known, n=1, cutoff=0.3)
    return close[0] if close else ", ".join(known)


def read_toml(path: Path) -> dict[str, Any]:
    """The TOML file as a dict.  Raises ScenarioError that names file and line, or why it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(BAD_TOML.format(file=path.name, reason=error), BAD_TOML_CURE) from error
    except OSError as error:
        raise ScenarioError(NO_FILE.format(file=path, reason=error.strerror), NO_FILE_CURE) from error


def dialect_names() -> list[str]:
    """The names of all dialects that are shipped, the standard one first."""
    names = sorted(path.stem for path in (fixtures_dir() / "dialects").glob("*.toml"))
    return sorted(names, key=lambda name: name != "cup")


@lru_cache(maxsize=DIALECTS_MAX)
def load_dialect(name: str) -> Dialect:
    """The dialect `name`.  Raises ScenarioError for an unknown name, key or value."""
    names = dialect_names()
    if name not in names:
        what = UNKNOWN_NAME.format(name=name, near=nearest(name, names))
        raise ScenarioError(what, UNKNOWN_NAME_CURE.format(names=", ".join(names)))
    path = fixtures_dir() / "dialects" / f"{name}.toml"
    return dialect_from(read_toml(path), path.name)


def dialect_from(data: Mapping[str, Any], file: str) -> Dialect:
    """A dialect from the keys that differ from the defaults; `file` names the source in errors."""
    hints = get_type_hints(Dialect)
    known = [item.name for item in fields(Dialect)]
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key not in known:
            raise ScenarioError(UNKNOWN_KEY.format(file=file, key=key, near=nearest(key, known)), KEY_CURE)
        values[key] = _checked(hints[key], value, key, file)
    return Dialect(**values)


def _checked(hint: Any, value: Any, key: str, file: str) -> Any:
    """`value` as the type `hint` wants it (a list becomes a tuple), or ScenarioError."""
    if get_origin(hint) is tuple:
        if isinstance(value, list) and value:
            return tuple(_checked(get_args(hint)[0], item, key, file) for item in value)
        wanted = "a list"
    elif get_origin(hint) is Literal:
        if any(value == choice and type(value) is type(choice) for choice in get_args(hint)):
            return value
        choices = [str(choice) for choice in get_args(hint)]
        wanted = f"{' | '.join(choices)} ({nearest(str(value), choices)}?)"
    else:
        if type(value) is hint and (hint is not int or value > 0):
            return value
        wanted = hint.__name__
    raise ScenarioError(BAD_VALUE.format(file=file, key=key, value=value, wanted=wanted), BAD_VALUE_CURE)
