"""The words for ZVT messages: what a message is, what its values are called and what their codes mean.

Values stand in the trace by name (`status`), bitmaps as `bmp27` or `27`, tags as `tlv/24/07` or `06/24/07`; what comes
more than once has `#2` and so on behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from protocols.text import Text
from protocols.zvt.bitmaps import BITMAPS, RESULT_CODE
from protocols.zvt.codes import result_text
from protocols.zvt.commands import NAMES, NEGATIVE_NAME, POSITIVE_NAME
from protocols.zvt.explain import CARD_KEYS, VALUE_NAMES, positional_meaning
from protocols.zvt.tags import tag_meaning, tag_name

from ..machine import Json

Row = tuple[str, Text, str, Text | None]
CONTROLS: Mapping[str, int] = {text.en: control for control, text in NAMES.items()}
CARD_BITMAPS: Mapping[str, int] = {key: number for number, key in CARD_KEYS.items()}
NEGATIVE = NEGATIVE_NAME.en.split("{")[0]
NEGATIVE_PATH = "84"


def title(kind: str) -> Text | None:
    """What a message is; None for one of another protocol.  A negative answer says why."""
    if kind in CONTROLS:
        return NAMES[CONTROLS[kind]]
    if kind == POSITIVE_NAME.en:
        return POSITIVE_NAME
    code = _octet(kind.removeprefix(NEGATIVE)) if kind.startswith(NEGATIVE) else None
    if code is None:
        return None
    said, why = NEGATIVE_NAME.format(code=code), result_text(code)
    return Text(f"{said.zh}：{why.zh}", f"{said.en}: {why.en}")


def rows(kind: str, fields: Mapping[str, Json]) -> Iterator[Row] | None:
    """The values of a message as path, name, value and meaning; None for one of another protocol, which may have a
    message of the same name: its values stand under four hex digits."""
    others = any(len(path) == 4 and path not in VALUE_NAMES and _number(path) is not None for path in fields)
    return None if others or title(kind) is None else _rows(CONTROLS.get(kind, 0), fields)


def _rows(control: int, fields: Mapping[str, Json]) -> Iterator[Row]:
    for path, value in fields.items():
        name, meaning = _said(control, str(path).partition("#")[0], str(value))
        yield str(path), name, str(value), meaning


def _said(control: int, path: str, value: str) -> tuple[Text, Text | None]:
    octet = _octet(value)
    if path in VALUE_NAMES:
        known: int | str = value if octet is None or path == "currency" else octet
        return VALUE_NAMES[path], positional_meaning(control, path, known)
    if "/" in path:
        tag = _number(path.rpartition("/")[2])
        if tag is not None:
            return tag_name(tag), _meaning_of_tag(tag, value)
    if path == NEGATIVE_PATH and octet is not None:
        return VALUE_NAMES["code"], result_text(octet)
    number = CARD_BITMAPS.get(path, _number(path.removeprefix("bmp")))
    if number in BITMAPS:
        meaning = result_text(octet) if number == RESULT_CODE and octet is not None else None
        return BITMAPS[number].name, meaning
    return Text(path, path), None


def _meaning_of_tag(tag: int, value: str) -> Text | None:
    try:
        return tag_meaning(tag, bytes.fromhex(value))
    except ValueError:
        return None


def _number(digits: str) -> int | None:
    try:
        return int(digits, 16)
    except ValueError:
        return None


def _octet(digits: str) -> int | None:
    return _number(digits) if len(digits) == 2 else None
