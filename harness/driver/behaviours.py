"""Behaviours of the register program that can be switched on: what goes wrong in a PC that carries the terminal's host
traffic (串口透传).

They last until they are healed or the register is started anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from protocols.text import Text

from ..arguments import NAME_SHOWN, NO_SETTING, Takes
from ..fixtures import nearest
from ..machine import Json


class Behaviour(NamedTuple):
    """`settings`: what it takes besides, whole numbers, with the value that stands where none is given, the smallest
    and the greatest."""

    text: Text
    settings: Mapping[str, tuple[int, int, int]] = {}


BEHAVIOURS: Mapping[str, Behaviour] = {
    "no_network": Behaviour(Text("收银机没有网络", "The register has no network")),
    "truncates": Behaviour(
        Text("收银机把透传数据截短", "The register cuts tunnelled data short"), {"octets": (1024, 1, 4096)}
    ),
    "wrong_prefix": Behaviour(
        Text("收银机与主机的长度格式不一致（HEX 与 ASC）", "The register's length prefix is not the host's")
    ),
    "wrong_random": Behaviour(
        Text("透传应答的随机数不对", "The pass-through reply has another random number (dialect A)")
    ),
    "late_reply": Behaviour(
        Text("终端放弃之后收银机才交回应答", "The register hands the reply over after the terminal gave up"),
        {"seconds": (100, 1, 3600)},
    ),
}
UNKNOWN = Text(
    "没有行为 {name}；最接近的是 {near}；可用：{known}", "no behaviour {name}; the nearest is {near}; there are {known}"
)
NOT_WHOLE = Text(
    "{name} 应为 {low} 到 {high} 的整数，而非 {value}",
    "{name} must be a number from {low} to {high}, not {value}",
)
CONTROL_TAKES: Mapping[str, Takes] = {
    "cause": Takes(("behaviour",), tuple(key for one in BEHAVIOURS.values() for key in one.settings)),
    "heal": Takes(("behaviour",)),
}
"""What the bench asks of a register (who = "control")."""

On = dict[str, dict[str, int]]
"""Behaviours that are on, with all their settings."""


def setting_wrong(name: str, settings: Mapping[str, Json]) -> Text | None:
    """What is wrong with the first bad setting of a behaviour, or with its name; None when all is well."""
    kind = BEHAVIOURS.get(name)
    if kind is None:
        shown = name[:NAME_SHOWN]
        return UNKNOWN.format(name=repr(shown), near=nearest(shown, list(BEHAVIOURS)), known=", ".join(BEHAVIOURS))
    for key, value in settings.items():
        if key not in kind.settings:
            near = nearest(key, list(kind.settings)) if kind.settings else "-"
            return NO_SETTING.format(behaviour=name, name=repr(key), near=near)
        _, low, high = kind.settings[key]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            return NOT_WHOLE.format(name=key, low=low, high=high, value=repr(value)[:NAME_SHOWN])
    return None


def switch(on: On, name: str, args: Mapping[str, Json]) -> tuple[dict[str, Json], bool]:
    """Carry out `cause` or `heal`: the answer, and whether the request was legal."""
    takes = CONTROL_TAKES.get(name)
    if takes is None:
        known = ", ".join(CONTROL_TAKES)
        return _error(Text(f"没有 {name}，可用：{known}", f"there is no {name}; use {known}"))
    wrong = takes.wrong(args)
    if wrong is not None:
        return _error(wrong[1])
    behaviour = str(args["behaviour"])
    given = {key: value for key, value in args.items() if key != "behaviour"}
    bad = setting_wrong(behaviour, given)
    if bad is not None:
        return _error(bad)
    if name == "cause":
        defaults = {key: value[0] for key, value in BEHAVIOURS[behaviour].settings.items()}
        on[behaviour] = {**defaults, **given}
    else:
        on.pop(behaviour, None)
    return {"behaviour": behaviour, "on": name == "cause"}, True


def _error(why: Text) -> tuple[dict[str, Json], bool]:
    return {"error": {"zh": why.zh, "en": why.en}}, False
