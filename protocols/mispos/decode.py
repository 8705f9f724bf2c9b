"""A frame of the Chinese register interface taken apart for people and programs: what `posrig decode` shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..codec import decode_error
from ..errors import DecodeError
from ..explained import Explained, Row, explained_control, single, within
from ..framing import ACK, STX, Control, Frame, SerialFramer
from ..text import Text
from ..unionpay.responses import response
from . import results
from .dialect_a import message as a
from .dialect_a import tags as a_tags
from .dialect_a.commands import CODES, COMMANDS
from .dialect_a.results import APPROVED, TERMINAL_ERRORS
from .dialect_b import message as b
from .dialect_b import tags as b_tags

HEAD_OCTETS = 3
"""STX and length."""
NOTICE = Text("文本通知包", "text notice")
PASS_THROUGH = Text("8583 透传", "8583 pass-through")
UNKNOWN_TAG = Text("未知标签", "unknown tag")
SUCCESS = Text("成功", "success")
NEEDED = Text("需要签到", "the terminal must be signed in")
MORE = Text("还有后续包", "more packets follow")
FROM_LENGTH = {"ETX": HEAD_OCTETS, "LRC": HEAD_OCTETS + 1}
"""Where they stand: so many octets behind the end of the data's length, counted from STX."""
GLUED = "ack"
"""An ACK that came in one piece with the frame."""


def explain_a(data: bytes) -> Explained:
    """One frame of dialect A, or one control octet.  Raises DecodeError."""
    frame, told = _frame(data)
    if isinstance(frame, Control):
        return explained_control(frame.byte)
    msg = within(a.parse, frame.payload, data, HEAD_OCTETS + len(told[0]))
    if isinstance(msg, a.Notice):
        row: Row = (msg.kind, NOTICE, msg.rest.decode("gbk", errors="replace"), None)
        return Explained("notice", NOTICE, msg.shown(), (row,), told[1])
    command = CODES.get(msg.command)
    name = PASS_THROUGH if msg.packet == a_tags.PASS_THROUGH else COMMANDS[command].text if command else UNKNOWN_TAG
    return Explained(msg.kind(), name, msg.shown(), tuple(_rows_a(msg)), told[1])


def explain_b(data: bytes) -> Explained:
    """One frame of dialect B, or one control octet.  Raises DecodeError."""
    frame, told = _frame(data)
    if isinstance(frame, Control):
        return explained_control(frame.byte)
    msg = within(b.parse, frame.payload, data, HEAD_OCTETS + len(told[0]))
    names: Mapping[int, Text] = {kind.value: name for kind, name in b_tags.TYPE_NAMES.items()}
    fields = msg.shown()
    rows = tuple(_row_b(tag, fields[f"{tag:04X}"], names) for tag in msg.fields)
    return Explained(msg.kind, names.get(msg.type, UNKNOWN_TAG), fields, rows, told[1])


def _frame(data: bytes) -> tuple[Frame | Control, tuple[bytes, dict[str, str]]]:
    """The frame, the ACK in front of it, and facts of the frame."""
    glued = data[:1] if data[:2] == bytes((ACK, STX)) else b""
    rest = data[len(glued) :]
    try:
        frame = single(SerialFramer(), rest)
    except DecodeError as error:
        # A broken frame falls into pieces wherever an octet of it could begin one: where it ends says its length.
        offset, length = error.offset, rest[1:HEAD_OCTETS].hex()
        if error.path in FROM_LENGTH and len(length) == 4 and length.isdigit():
            offset = max(offset, min(int(length) + FROM_LENGTH[error.path], len(rest)))
        offset += len(glued)
        raise decode_error(error.what, error.cure, path=error.path, offset=offset, data=data) from None
    facts = {} if isinstance(frame, Control) else {"length": rest[1:3].hex(), "lrc": f"{rest[-1]:02X}"}
    return frame, (glued, {**facts, **({GLUED: "06"} if glued else {})})


def _rows_a(msg: a.MisposAMessage) -> Iterator[Row]:
    for item in msg.fields:
        nested = item.tag == a_tags.RESULTS and msg.told
        value = "" if nested else a.shown(item.tag, item.value, told=False)
        yield item.tag_hex, _name(item.tag), value, _meaning_a(item.tag, value)
        for inner in msg.told if nested else ():
            value = a.shown(inner.tag, inner.value, told=True)
            yield f"  DF06/{inner.tag_hex}", _name(inner.tag), value, _meaning_a(inner.tag, value)


def _name(tag: int) -> Text:
    info = a_tags.TAGS.get(tag)
    return UNKNOWN_TAG if info is None else info.name


def _meaning_a(tag: int, value: str) -> Text | None:
    match tag:
        case a_tags.PACKET:
            return a_tags.PACKET_TYPES.get(value)
        case a_tags.COMMAND if value in CODES:
            return COMMANDS[CODES[value]].text
        case a_tags.RESULT if value in APPROVED:
            return SUCCESS
        case a_tags.RESULT if value in TERMINAL_ERRORS:
            return TERMINAL_ERRORS[value].text
        case a_tags.RESULT if len(value) == 2:
            return response(value).display
        case a_tags.SIGN_IN_NEEDED if value == "01":
            return NEEDED
        case a_tags.MORE if value == "01":
            return MORE
    return None


def _row_b(tag: int, value: str, names: Mapping[int, Text]) -> Row:
    info = b_tags.TAGS.get(tag)
    meaning: Text | None = None
    if tag == b_tags.TYPE:
        meaning = names.get(int(value, 16))
    elif tag == b_tags.RESULT:
        meaning = _result_b(value)
    return f"{tag:04X}", UNKNOWN_TAG if info is None else info.name, value, meaning


def _result_b(code: str) -> Text | None:
    if code == results.SUCCESS:
        return SUCCESS
    local = results.LOCAL_RESULTS.get(code)
    if local is not None:
        return local.text
    return results.REGISTER_ERRORS.get(code) or (response(code).display if len(code) == 2 else None)
