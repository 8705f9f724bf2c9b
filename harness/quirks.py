"""Quirk profiles: what a vendor's terminals or registers do otherwise than their protocol says, as data.

A file `fixtures/quirks/NAME.toml` has `protocol`, `zh`, `en`, `source` and a table `[quirks]` whose keys are fields of
that protocol's quirks (`protocols.registers`).  Several profiles are combined; two that say different things of one key
do not go together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from protocols.errors import ScenarioError
from protocols.registers import REGISTER_PROTOCOLS
from protocols.text import Text

from .fixtures import fixtures_dir, nearest, read_toml

HEAD = ("protocol", "zh", "en", "source", "quirks")
WORDS = Text("{file}：{what}", "{file}: {what}")
BAD_CURE = Text(
    "写法见 docs/mispos.md、docs/transbank-concert.md 与 docs/zvt.md",
    "docs/mispos.md, docs/transbank-concert.md and docs/zvt.md tell how it is written",
)
NOT_WITH = Text(
    "{name} 属于规程 {of}，不能用于 {protocol}",
    "{name} belongs to the protocol {of} and cannot be used with {protocol}",
)
CLASH = Text("{one} 与 {two} 对 {key} 的设置不同", "{one} and {two} differ on {key}")
CLASH_CURE = Text("只用其中一个", "Use one of them")


def quirk_names(protocol: str = "") -> list[str]:
    """The profiles that are shipped, those of `protocol` alone when it is given."""
    return sorted(
        path.stem
        for path in (fixtures_dir() / "quirks").glob("*.toml")
        if not protocol or _profile(path)["protocol"] == protocol
    )


def profile_of(name: str) -> Mapping[str, Any]:
    """A profile of `fixtures/quirks` as its file has it, checked.  Raises ScenarioError."""
    return _profile(_path(name))


def load_quirks(protocol: str, names: Sequence[str] = (), more: Mapping[str, Any] | None = None) -> Any:
    """The quirks of `protocol` with the profiles `names` (of `fixtures/quirks`, or paths ending in .toml) and then the
    single settings `more` on it.  Raises ScenarioError that names the file, the key and the nearest known one."""
    wanted = REGISTER_PROTOCOLS[protocol].quirks
    found: dict[str, Any] = {}
    by: dict[str, str] = {}
    for name in names:
        profile = _profile(_path(name))
        if profile["protocol"] != protocol:
            raise ScenarioError(NOT_WITH.format(name=name, of=profile["protocol"], protocol=protocol), BAD_CURE)
        for key, value in profile["quirks"].items():
            if key in found and found[key] != value:
                raise ScenarioError(CLASH.format(one=by[key], two=name, key=key), CLASH_CURE)
            found[key], by[key] = value, name
    return wanted(**_checked(wanted, {**found, **(more or {})}, "quirks"))


def _path(name: str) -> Path:
    if name.endswith(".toml"):
        return Path(name)
    known = quirk_names()
    if name not in known:
        near = nearest(name, known)
        raise ScenarioError(
            Text(
                f"没有名为 {name} 的 quirk 文件；最接近的是 {near}",
                f"there is no quirk profile {name}; the nearest is {near}",
            ),
            Text(f"可用：{', '.join(known)}", f"Known: {', '.join(known)}"),
        )
    return fixtures_dir() / "quirks" / f"{name}.toml"


@lru_cache(maxsize=256)
def _profile(path: Path) -> Mapping[str, Any]:
    """A file, checked.  Raises ScenarioError."""
    table = read_toml(path)
    for key in table:
        if key not in HEAD:
            raise _bad(
                path.name,
                f"没有键 {key}；最接近的是 {nearest(key, list(HEAD))}",
                f"there is no key {key}; the nearest is {nearest(key, list(HEAD))}",
            )
    for key in HEAD:
        if key not in table:
            raise _bad(path.name, f"缺少 {key}", f"{key} is missing")
    protocol = table["protocol"]
    if protocol not in REGISTER_PROTOCOLS:
        near = nearest(str(protocol), list(REGISTER_PROTOCOLS))
        raise _bad(
            path.name,
            f"没有规程 {protocol}；最接近的是 {near}",
            f"there is no protocol {protocol}; the nearest is {near}",
        )
    _checked(REGISTER_PROTOCOLS[protocol].quirks, table["quirks"], path.name)
    return table


def _checked(wanted: type[Any], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    known = {field.name: field.default for field in fields(wanted)}
    checked: dict[str, Any] = {}
    for key, value in given.items():
        if key not in known:
            near = nearest(key, list(known)) if known else "-"
            raise _bad(where, f"没有设置 {key}；最接近的是 {near}", f"there is no quirk {key}; the nearest is {near}")
        default = known[key]
        one = tuple(value) if isinstance(value, list) else value
        if type(one) is not type(default):
            kind = type(default).__name__
            raise _bad(where, f"{key} 应为 {kind}，而非 {value!r}", f"{key} must be of type {kind}, not {value!r}")
        checked[key] = one
    return checked


def _bad(file: str, zh: str, en: str) -> ScenarioError:
    return ScenarioError(Text(WORDS.zh.format(file=file, what=zh), WORDS.en.format(file=file, what=en)), BAD_CURE)
