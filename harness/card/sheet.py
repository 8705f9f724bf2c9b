"""What a card's file says, checked: `fixtures/cards/chips/NAME.toml` (docs/cards.md tells every key).

A card with one application has that application's keys at the top; with several it has a table `[[application]]`
for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from protocols.errors import ScenarioError
from protocols.text import Lang, Text

from ..fixtures import BAD_VALUE, BAD_VALUE_CURE, KEY_CURE, UNKNOWN_KEY, nearest

Kind = Literal["debit", "credit", "quasi_credit", "foreign", "whole"]
Oda = Literal["none", "sda", "dda", "cda"]
Blocked = Literal["", "card", "application"]
Arpc = Literal["external_authenticate", "second_ac"]
TapCvm = Literal["online_pin", "signature", "none"]

MISSING_KEY = Text("{file}：缺少键 {key}", "{file}: the key {key} is missing")
MISSING_CURE = Text("写法见 docs/cards.md", "docs/cards.md tells how a card is written")
APPLICATION_KEY = Text(
    "{file}：键 {key} 属于 [[application]]，不能写在卡片上",
    "{file}: the key {key} belongs to [[application]], not to the card",
)
APPLICATIONS_MAX = 16
TYPES: Mapping[type, Text] = {
    str: Text("加引号的文字", "a text in quotes"),
    int: Text("整数", "a whole number"),
    bool: Text("true 或 false", "true or false"),
    dict: Text("表", "a table"),
}


@dataclass(frozen=True, slots=True)
class ApplicationSheet:
    """One application.  `expiry` YYMM, `effective` YYMMDD; octets as hex; an empty text means: as the kind says."""

    kind: Kind
    pan: str
    issuer: str = "posrig"
    expiry: str = "3012"
    effective: str = "200101"
    sequence: str = "001"
    holder: str = "TEST/CARD"
    service_code: str = "201"
    discretionary: str = "0000000000"
    aid: str = ""
    label: str = ""
    priority: int = 1
    oda: Oda = "dda"
    cvm: tuple[str, ...] = ()
    tap_cvm: TapCvm = "online_pin"
    arpc: Arpc = "external_authenticate"
    pdol: str = ""
    ecash_fen: int = 0
    fci: Mapping[str, str] = field(default_factory=dict)
    processing: Mapping[str, Any] = field(default_factory=dict)
    records: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    iad: str = ""
    icc_key: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CardSheet:
    """A card.  `pin_tries_left` -1: all of them."""

    applications: tuple[ApplicationSheet, ...]
    zh: str = ""
    en: str = ""
    source: str = ""
    pin: str = "123456"
    pin_tries: int = 3
    pin_tries_left: int = -1
    atr: str = "3BE000008131FE45EB"
    tap_atr: str = "3B80800101"
    pse: bool = True
    contactless: bool = True
    blocked: Blocked = ""
    contact_life: int = 10_000
    pse_fci: str = ""
    pse_record: str = ""
    ppse_fci: str = ""


_CARD_KEYS = [one.name for one in fields(CardSheet) if one.name != "applications"]
_APPLICATION_KEYS = [one.name for one in fields(ApplicationSheet)]
LIST = "application"


def sheet_of(table: Mapping[str, Any], file: str) -> CardSheet:
    """The card that a file describes.  Raises ScenarioError with the file, the key and the nearest known one."""
    listed = table.get(LIST)
    top = {key: value for key, value in table.items() if key != LIST}
    for key in top:
        if key not in _CARD_KEYS and (key not in _APPLICATION_KEYS):
            raise ScenarioError(UNKNOWN_KEY.format(file=file, key=key, near=_near(key)), KEY_CURE)
    card = {key: value for key, value in top.items() if key in _CARD_KEYS}
    rest = {key: value for key, value in top.items() if key not in _CARD_KEYS}
    if listed is None:
        listed = [rest]
    elif rest:
        raise ScenarioError(APPLICATION_KEY.format(file=file, key=next(iter(rest))), MISSING_CURE)
    if not isinstance(listed, list) or not 1 <= len(listed) <= APPLICATIONS_MAX:
        raise bad_value(file, LIST, "-", f"1 .. {APPLICATIONS_MAX} [[{LIST}]]")
    rows = tuple(ApplicationSheet(**_checked(ApplicationSheet, one, file)) for one in listed)
    return CardSheet(**{**_checked(CardSheet, {**card, "applications": rows}, file), "applications": rows})


def _near(key: str) -> str:
    return nearest(key, [*_CARD_KEYS, *_APPLICATION_KEYS])


def bad_value(file: str, key: str, value: object, wanted: str | Text) -> ScenarioError:
    """A key of a card's file that has a value which it cannot have; `wanted` as it would stand there, or in words."""
    words = wanted if isinstance(wanted, Text) else Text(wanted, wanted)
    zh, en = (
        BAD_VALUE.in_(lang).format(file=file, key=key, value=value, wanted=words.in_(lang)) for lang in get_args(Lang)
    )
    return ScenarioError(Text(zh, en), BAD_VALUE_CURE)


def octets(file: str, key: str, text: str) -> bytes:
    """The octets of a hex value; blanks and line ends may stand between.  Raises ScenarioError."""
    try:
        return bytes.fromhex("".join(text.split()))
    except ValueError:
        raise bad_value(file, key, text[:40], Text("十六进制", "hex")) from None


def _checked(kind: type[Any], given: Mapping[str, Any], file: str) -> dict[str, Any]:
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key not in hints:
            raise ScenarioError(UNKNOWN_KEY.format(file=file, key=key, near=nearest(key, list(hints))), KEY_CURE)
        values[key] = value if key == "applications" else _as(hints[key], value, key, file)
    for one in fields(kind):
        if one.name not in values and one.default is MISSING and one.default_factory is MISSING:
            raise ScenarioError(MISSING_KEY.format(file=file, key=one.name), MISSING_CURE)
    return values


def _as(hint: Any, value: Any, key: str, file: str) -> Any:
    """`value` as its field wants it."""
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        if value in choices and isinstance(value, str):
            return value
        raise bad_value(file, key, value, " | ".join(repr(one) for one in choices))
    if get_origin(hint) is tuple:
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise bad_value(file, key, value, Text("名称的列表", "a list of names"))
    wanted = dict if get_origin(hint) is not None else hint
    if type(value) is not wanted:
        raise bad_value(file, key, value, TYPES[wanted])
    if wanted is dict and hint == Mapping[str, str]:
        for name, inner in value.items():
            if not isinstance(inner, str):
                raise bad_value(file, f"{key}.{name}", inner, TYPES[str])
    return value
