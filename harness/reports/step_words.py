"""A step of a scenario in words, where the scenario has none for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from protocols.text import Text

from ..machine import Json
from . import device_words, injected, words
from .items import HEALABLE
from .provider_words import CONTROL, PORTAL
from .words import COLON, joined, same, word

AT_TERMINAL = Text("终端操作", "at the terminal")
AT_REGISTER = Text("收银机操作", "at the register")
AT_PORTAL = Text("门户办理", "at the portal")
WAIT = Text("等待", "time passes")
HOST_ACTS = Text("主机方办理", "the host's side")
BY_HAND = Text("动手", "by hand")
MAINTAIN = "maintain"
"""The one control of a terminal that is somebody's hands at it."""

Data = Mapping[str, Json]


def words_for(step: Data, cause: Data | None) -> Text | None:
    """What the step does; None for one that only looks, and for a list, whose steps are told themselves.

    `step`: data of its event.  `cause`: data of what it injected or healed, if it did.
    """
    do = str(step.get("do") or "")
    if do in ("cause", "heal"):
        if cause is None:
            return None
        if "healed" in cause:
            return joined(words.HEALED, word(HEALABLE, cause["healed"]), by=COLON)
        return injected.told(cause)
    tell = _BY_KIND.get(do)
    return tell(step) if tell else None


def _at(place: Text) -> Callable[[Data], Text]:
    def told(step: Data) -> Text:
        amount = (step.get("args") or {}).get("amount_fen")
        shown = words.yuan(amount) if isinstance(amount, int) else None
        return joined(place, joined(word(words.OPERATIONS, step.get("op")), shown, by=" "), by=COLON)

    return told


def _control(step: Data) -> Text | None:
    args: Data = step.get("args") or {}
    if step.get("name") == MAINTAIN:
        return joined(BY_HAND, word(device_words.ACTS, args.get("act")), by=COLON)
    at_host = str(step.get("party")).startswith("host")
    return joined(HOST_ACTS, word(CONTROL, step.get("name")), by=COLON) if at_host else None


_TIME = re.compile(r"(\d+)([a-z]+)")
_UNITS: Mapping[str, Text] = {
    "d": Text("天", "d"),
    "h": Text("小时", "h"),
    "min": Text("分钟", "min"),
    "s": Text("秒", "s"),
    "ms": Text("毫秒", "ms"),
}


def _time(told: str) -> Text:
    """`30min` to 30 分钟 / 30 min."""
    match = _TIME.fullmatch(told)
    return joined(match[1], word(_UNITS, match[2]), by=" ") if match else same(told)


def _parties(step: Data, what: Text) -> Text:
    names = step.get("party") or []
    return joined(*(words.party(str(name)) for name in ([names] if isinstance(names, str) else names)), what, by=" ")


_BY_KIND: Mapping[str, Callable[[Data], Text | None]] = {
    "operate": _at(AT_TERMINAL),
    "register": _at(AT_REGISTER),
    "portal": lambda step: joined(AT_PORTAL, word(PORTAL, step.get("action")), by=COLON),
    "wait": lambda step: joined(WAIT, _time(str(step.get("time"))), by=COLON),
    "control": _control,
    "crash": lambda step: _parties(step, words.POWER_LOST),
    "restart": lambda step: _parties(step, words.POWER_BACK),
}
