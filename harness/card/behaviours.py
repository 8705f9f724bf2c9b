"""What can be wrong with a card: a table of named behaviours, each with its settings.

They are durable, like all that a card knows, and last until they are healed.  Most strike at one command: `command`
is the instruction's name ("GENERATE AC", "" for any), `number` says which of that name since the ATR: the n-th; 0
every one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from protocols.emv.commands import INSTRUCTIONS
from protocols.text import Text

from ..arguments import MISSING_SETTING, NAME_SHOWN, NO_SETTING, Takes
from ..fixtures import nearest
from ..machine import Json

WHICH = ("issuer", "icc", "static", "dynamic")
SW_MAX = 0xFFFF
ATR_OCTETS_MAX = 33
US_MAX = 24 * 3_600_000_000
COUNT_MAX = 10_000_000

ANY_COMMAND: Mapping[str, Json] = {"command": "", "number": 1}
COMMAND_NAMES = tuple(one.code for one in INSTRUCTIONS.values())


class Behaviour(NamedTuple):
    """`settings`: what it takes besides `card`, with the value that stands where none is given; None: it must be
    given."""

    text: Text
    settings: Mapping[str, Json] = {}


BEHAVIOURS: Mapping[str, Behaviour] = {
    "mute": Behaviour(Text("卡片不应答（无 ATR）", "The card says nothing: no ATR")),
    "mute_on_reset": Behaviour(Text("热复位后卡片不再应答", "The card dies when it is reset while it has power")),
    "garbage_atr": Behaviour(Text("ATR 是乱码", "The ATR is garbage"), {"atr": "3BFF00"}),
    "pulled_before": Behaviour(
        Text("命令到达前卡片被拔出", "The card is pulled out before it takes a command"), ANY_COMMAND
    ),
    "pulled_during": Behaviour(
        Text("卡片执行了命令，应答之前被拔出", "The card is pulled out when it has done a command and not answered"),
        ANY_COMMAND,
    ),
    "pulled_after": Behaviour(Text("应答之后卡片被拔出", "The card is pulled out behind its answer"), ANY_COMMAND),
    "slow": Behaviour(Text("卡片应答慢", "The card answers late"), {"us": 1_000_000, **ANY_COMMAND, "number": 0}),
    "hanging": Behaviour(Text("卡片死机，不应答命令", "The card hangs: no answer to a command"), ANY_COMMAND),
    "wrong_status": Behaviour(
        Text("卡片以错误的状态字拒绝命令", "The card refuses a command with this status word"),
        {"sw": 0x6F00, **ANY_COMMAND},
    ),
    "damaged_tlv": Behaviour(Text("应答的 TLV 长度损坏", "A length in the answer is wrong"), ANY_COMMAND),
    "wrong_cryptogram": Behaviour(Text("应用密文错误", "The application cryptogram is wrong")),
    "wrong_unpredictable": Behaviour(
        Text("卡片对另一不可预知数作答（重放）", "The card answers another unpredictable number than the terminal's")
    ),
    "wrong_certificate": Behaviour(
        Text(
            "证书或签名错误：发卡行、IC 卡、静态数据或动态签名",
            "A certificate or signature is wrong: the issuer's, the card's, over static or over dynamic data",
        ),
        {"which": "icc"},
    ),
    "issuer_disbelieved": Behaviour(Text("卡片不认正确的 ARPC", "The card takes a right ARPC for a wrong one")),
    "atc_back": Behaviour(Text("交易计数器落后（复制的卡）", "The counter is behind: a copy of a card"), {"by": 1}),
    "worn": Behaviour(
        Text("触点又经过许多次插拔", "The contacts were put in so many times more"), {"insertions": 10_000}
    ),
}

UNKNOWN = Text(
    "没有行为 {name}；最接近的是 {near}；可用：{known}", "no behaviour {name}; the nearest is {near}; there are {known}"
)
NOT_ONE = Text(
    "{name} 不能是 {value}；最接近的是 {near}；可用：{known}",
    "{name} cannot be {value}; the nearest is {near}; {known}",
)
NOT_WHOLE = Text(
    "{name} 应为 {low} 到 {high} 的整数，而非 {value}", "{name} must be a number from {low} to {high}, not {value}"
)
NOT_HEX = Text("{name} 应为 2 到 33 字节的十六进制", "{name} takes 2 to 33 octets of hex")
CONTROL_TAKES: Mapping[str, Takes] = {
    "cause": Takes(
        ("behaviour",), ("card", *dict.fromkeys(key for one in BEHAVIOURS.values() for key in one.settings))
    ),
    "heal": Takes((), ("behaviour", "card")),
    "status": Takes(("card",), ()),
    "snapshot": Takes(),
}
"""What the bench asks of the cards (who = "control")."""

_RANGES: Mapping[str, tuple[int, int]] = {
    "number": (0, COUNT_MAX),
    "us": (0, US_MAX),
    "sw": (0x6000, SW_MAX),
    "by": (1, SW_MAX),
    "insertions": (1, COUNT_MAX),
}


def settings_of(name: str, given: Mapping[str, Json]) -> dict[str, Json] | Text:
    """All settings of a behaviour, or what is wrong with the first bad one, or with the name."""
    kind = BEHAVIOURS.get(name)
    if kind is None:
        shown = name[:NAME_SHOWN]
        return UNKNOWN.format(name=repr(shown), near=nearest(shown, list(BEHAVIOURS)), known=", ".join(BEHAVIOURS))
    settings = dict(kind.settings)
    for key, value in given.items():
        if key not in settings:
            near = nearest(key, list(settings)) if settings else "-"
            return NO_SETTING.format(behaviour=name, name=repr(key), near=near)
        checked = _checked(key, value)
        if isinstance(checked, Text):
            return checked
        settings[key] = checked
    missing = next((key for key, value in settings.items() if value is None), None)
    return settings if missing is None else MISSING_SETTING.format(behaviour=name, name=repr(missing))


def _checked(key: str, value: Json) -> Json:
    """The value as it counts, or what is wrong with it."""
    if key == "command":
        return _command(value)
    if key == "which":
        return value if value in WHICH else _not_one(key, value, WHICH)
    if key == "atr":
        return _atr(value)
    if key == "sw" and isinstance(value, str):
        value = int(value, 16) if len(value) == 4 and _is_hex(value) else -1
    low, high = _RANGES[key]
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        return NOT_WHOLE.format(name=key, low=low, high=high, value=repr(value)[:NAME_SHOWN])
    return value


def _command(value: Json) -> Json:
    """A name, in any case and with blanks or underscores."""
    wanted = str(value).upper().replace("_", " ")
    return wanted if wanted in ("", *COMMAND_NAMES) else _not_one("command", value, COMMAND_NAMES)


def _atr(value: Json) -> Json:
    if isinstance(value, str) and _is_hex(value) and 2 <= len(bytes.fromhex(value)) <= ATR_OCTETS_MAX:
        return value
    return NOT_HEX.format(name="atr")


def _is_hex(text: str) -> bool:
    try:
        bytes.fromhex(text)
    except ValueError:
        return False
    return True


def _not_one(key: str, value: Json, known: tuple[str, ...]) -> Text:
    shown = str(value)[:NAME_SHOWN]
    return NOT_ONE.format(name=key, value=repr(shown), near=nearest(shown, list(known)), known=", ".join(known))
