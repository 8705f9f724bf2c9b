"""Loose octets of Transbank's POS protocol, explained text by text."""

from __future__ import annotations

from ..explained import Explained, Row, explained_control, single, within
from ..framing import Control
from ..text import Text
from .commands import BRANDS, CARD_TYPES, NAMES, Layout, layout_of, named
from .message import framer, parse
from .results import CODES

UNKNOWN = Text("未列出的命令", "a command that no table lists")
NO_NAME = Text("未列出的字段", "a text that no table names")
YES, NO = Text("是", "yes"), Text("否", "no")


def explain(data: bytes) -> Explained:
    """One frame, or a lone ACK or NAK.  Raises DecodeError."""
    item = single(framer(), data)
    if isinstance(item, Control):
        return explained_control(item.byte)
    message = within(parse, item.payload, data, 1)
    layout = layout_of(message)
    rows: list[Row] = [("command", Text("命令", "command"), message.command, layout.text if layout else UNKNOWN)]
    texts = named(message)
    rows += [_row(name, value) for name, value in texts.items()]
    fields = {"command": message.command, "fields": list(message.fields), **texts}
    return Explained(
        layout.text.en if layout else message.command,
        layout.text if layout else UNKNOWN,
        fields,
        tuple(rows),
        {"lrc": f"{data[-1]:02x}", **_side(layout)},
    )


def _side(layout: Layout | None) -> dict[str, str]:
    return {"side": layout.side} if layout else {}


def _row(name: str, value: str) -> Row:
    return f"  {name}", NAMES.get(name, NO_NAME), value, meaning_of(name, value)


def meaning_of(name: str, value: str) -> Text | None:
    """What the value of a text says, where a table knows it."""
    if name == "code":
        return CODES[value].text if value in CODES else None
    if name == "card_type":
        return CARD_TYPES.get(value)
    if name == "brand":
        return BRANDS.get(value)
    if name.endswith("_wanted") or name == "to_register":
        return {"1": YES, "0": NO}.get(value)
    return None
