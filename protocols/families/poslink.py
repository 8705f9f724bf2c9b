"""PAX POSLINK: STX, texts separated by FS with sub-texts separated by US, ETX, LRC (XOR after STX through ETX).

Sources: public POSLINK drivers (a Dart example that prints a whole frame, a WebSerial driver).  ACK, NAK and EOT stand
alone; over HTTP the same octets travel in base64.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..codec import Codec, decode_error
from ..delimited import DelimitedFramer, Separated
from ..explained import Explained, Row, explained_control, single, within
from ..framing import ACK, EOT, NAK, Control
from ..text import Text

FS, US = "\x1c", "\x1f"
LIMIT_OCTETS = 4096
"""posrig's choice; longer answers come in several packets."""
COMMANDS: Mapping[str, Text] = {
    "A00": Text("初始化", "initialise"),
    "A01": Text("初始化，应答", "initialise, answer"),
    "A08": Text("取签名", "signature"),
    "A09": Text("取签名，应答", "signature, answer"),
    "A10": Text("显示信息", "message"),
    "A11": Text("显示信息，应答", "message, answer"),
    "A30": Text("输入账号", "account"),
    "A31": Text("输入账号，应答", "account, answer"),
    "T00": Text("贷记交易", "credit"),
    "T01": Text("贷记交易，应答", "credit, answer"),
}
"""Those that the sources show.  The answer to a request has the next number."""
UNKNOWN = Text("未列出的命令", "a command that no table lists")
NO_COMMAND = Text("没有命令（一个字母和两位数字）", "There is no command (a letter and two digits)")
CURE = Text("核对是否为 POSLINK", "Check that this is POSLINK")
_COMMAND = re.compile(r"[A-Z][0-9]{2}")
_CODEC = Codec(Separated(FS))


@dataclass(frozen=True, slots=True)
class PoslinkMessage:
    """`status`: of an answer "0" or, while further packets follow, "1"; "" in a request.  `fields`: the texts behind
    the version; sub-texts stay joined by US."""

    command: str
    version: str = ""
    fields: tuple[str, ...] = ()
    status: str = ""


def framer() -> DelimitedFramer:
    """A framer of this protocol."""
    return DelimitedFramer(controls=frozenset((ACK, NAK, EOT)), limit_octets=LIMIT_OCTETS)


def parse(payload: bytes) -> PoslinkMessage:
    """The message in a payload.  Raises DecodeError."""
    texts, _ = _CODEC.parse(payload)
    status, texts = (texts[0], texts[1:]) if texts[0] in ("0", "1") else ("", texts)
    if len(texts) < 2 or not _COMMAND.fullmatch(texts[0]):
        raise decode_error(NO_COMMAND, CURE, path="command", offset=2 * bool(status), data=payload)
    return PoslinkMessage(texts[0], texts[1], texts[2:], status)


def build(message: PoslinkMessage) -> bytes:
    """The payload of `message`.  Raises EncodeError."""
    head = (message.status,) if message.status else ()
    return _CODEC.build((*head, message.command, message.version, *message.fields), {})


def explain(data: bytes) -> Explained:
    """One frame.  Raises DecodeError."""
    item = single(framer(), data)
    if isinstance(item, Control):
        return explained_control(item.byte)
    message = within(parse, item.payload, data, 1)
    name = COMMANDS.get(message.command, UNKNOWN)
    rows: list[Row] = [
        ("command", Text("命令", "command"), message.command, name),
        ("version", Text("版本", "version"), message.version, None),
    ]
    for place, text in enumerate(message.fields, 1):
        rows.append((f"  {place}", Text("字段", "field"), " | ".join(text.split(US)), None))
    fields = {"command": message.command, "version": message.version, "status": message.status}
    texts = [text.split(US) for text in message.fields]
    return Explained(name.en, name, {**fields, "fields": texts}, tuple(rows), {"lrc": f"{data[-1]:02x}"})
