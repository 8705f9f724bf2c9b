"""ECR17 (Italy): STX payload ETX LRC, where the LRC begins with 7F and comes in four kinds.

Sources: Nexi "Traditional POS", Communication Protocol and Application messages; padosoft/rust-ecr17-protocol for the
kinds of the LRC.  ACK and NAK are three octets (06 03 LRC), progress is SOH, 20 characters, EOT, without an LRC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..codec import Codec, Record
from ..delimited import Chars, Check, DelimitedFramer, Separated
from ..errors import EncodeError
from ..explained import Explained, Row, explained_control, single, within
from ..framing import ACK, EOT, ETX, NAK, NO_ETX, STX, Control, Frame, Item, lrc
from ..text import Text

SOH = 0x01
PROGRESS_CHARS = 20
PROGRESS_OCTETS = PROGRESS_CHARS + 2
ACK_OCTETS = 3
LIMIT_OCTETS = 1024
"""posrig's choice; the longest documented payload has a contract text of 128 characters."""
LRC_BASE = 0x7F

LRC_MODES: Mapping[str, Check] = {
    "std": lambda text: LRC_BASE ^ lrc(text),
    "stx": lambda text: LRC_BASE ^ lrc(text) ^ STX ^ ETX,
    "noext": lambda text: LRC_BASE ^ lrc(text) ^ ETX,
    "stx_noext": lambda text: LRC_BASE ^ lrc(text) ^ STX,
}
"""What besides the payload the LRC covers: nothing; STX and ETX; ETX; STX.  The first one is the documented one."""

PROGRESS_WIDTH = Text("进度文本应为 20 个字符", "A progress text has 20 characters")
PROGRESS_CURE = Text("用空格补足", "Fill it up with spaces")
CODES: Mapping[str, Text] = {
    "P": Text("支付", "payment"),
    "E": Text("结果", "result"),
    "S": Text("签购单", "receipt"),
    "G": Text("查询上笔结果", "last result"),
    "s": Text("终端状态", "terminal status"),
}
"""Message code, behind the terminal id and a 0."""
RAW = Text("应用数据", "application data")
PROGRESS = Text("进度", "progress")
_CODEC = Codec(Record(("terminal", Chars(8)), ("reserved", Chars(1)), ("code", Chars(1)), ("body", Separated("\x1d"))))


@dataclass(frozen=True, slots=True)
class Ecr17Message:
    """`terminal` eight digits (00000000 for any), `code` one character of `CODES`, `body` fixed ASCII behind it."""

    terminal: str
    code: str
    body: str = ""


class Ecr17Framer(DelimitedFramer):
    """Items: Frame (its payload begins with SOH where it is progress), Control for ACK and NAK.

    `mode`: the kind of LRC that is written and read; "": any is read, "std" is written.
    """

    marks: frozenset[int] = frozenset((STX, SOH, ACK, NAK))

    def __init__(self, mode: str = "") -> None:
        checks = (LRC_MODES[mode],) if mode else tuple(LRC_MODES.values())
        super().__init__(checks, controls=frozenset(), limit_octets=LIMIT_OCTETS)

    def frame(self, payload: bytes) -> bytes:
        """The frame of `payload`; of SOH and 20 characters that of a progress text.  Raises EncodeError."""
        if payload[:1] != bytes((SOH,)):
            return super().frame(payload)
        if len(payload) != PROGRESS_CHARS + 1:
            raise EncodeError(PROGRESS_WIDTH, PROGRESS_CURE, path="progress", value=payload)
        return payload + bytes((EOT,))

    def control(self, byte: int) -> bytes:
        """ACK or NAK as this protocol sends it."""
        return bytes((byte, ETX, self._checks[0](bytes((byte,)))))

    def expire(self) -> list[Item]:
        """As `ScanningFramer.expire`; a lone ACK or NAK without ETX and LRC counts, too."""
        if len(self._buffer) == 1 and self._buffer[0] in (ACK, NAK):
            byte = self._buffer[0]
            self._buffer.clear()
            return [Control(byte), *super().expire()]
        return super().expire()

    def _item(self, at: int, size: int) -> Item:
        mark = self._buffer[at]
        if mark in (ACK, NAK):
            return Control(mark)
        return Frame(bytes(self._buffer[at : at + size - 1])) if mark == SOH else super()._item(at, size)

    def _candidate(self, at: int) -> tuple[int, Text | None]:
        mark, left = self._buffer[at], len(self._buffer) - at
        if mark == STX:
            return super()._candidate(at)
        if mark == SOH:
            if left < PROGRESS_OCTETS:
                return 0, None
            good = self._buffer[at + PROGRESS_OCTETS - 1] == EOT
            return (PROGRESS_OCTETS, None) if good else (0, NO_ETX)
        if self._noise_reason is not None:  # a 06 inside a damaged frame is no ACK
            return 0, self._noise_reason
        if left > 1 and self._buffer[at + 1] != ETX:
            return 1, None
        return (ACK_OCTETS, None) if left >= ACK_OCTETS else (0, None)  # readers take any LRC here


def parse(payload: bytes) -> Ecr17Message | None:
    """The message in a payload; None for one without terminal id.  Raises DecodeError."""
    if len(payload) < 10 or not payload[:9].isdigit() or payload[8:9] != b"0":
        return None
    (terminal, _, code, body), _ = _CODEC.parse(payload)
    return Ecr17Message(terminal, code, "\x1d".join(body))


def build(message: Ecr17Message) -> bytes:
    """The payload of `message`.  Raises EncodeError."""
    return _CODEC.build((message.terminal, "0", message.code, tuple(message.body.split("\x1d"))), {})


def explain(data: bytes) -> Explained:
    """One frame of any kind of LRC.  Raises DecodeError."""
    item = single(Ecr17Framer(), data)
    if isinstance(item, Control):
        return explained_control(item.byte)
    payload = item.payload
    if payload[0] == SOH:
        text = payload[1:].decode("latin-1")
        return Explained("progress", PROGRESS, {"text": text}, (("text", PROGRESS, text, None),))
    mode = next(name for name, check in LRC_MODES.items() if check(payload) == data[-1])
    fields = {"payload": payload.decode("latin-1")}
    rows: list[Row] = [("payload", RAW, fields["payload"], None)]
    message = within(parse, payload, data, 1)
    if message is not None:
        rows = [
            ("terminal", Text("终端号", "terminal id"), message.terminal, None),
            ("code", Text("报文码", "message code"), message.code, CODES.get(message.code)),
            ("body", RAW, message.body, None),
        ]
        fields |= {"terminal": message.terminal, "code": message.code, "body": message.body}
    name = CODES.get(message.code, RAW) if message else RAW
    return Explained(name.en, name, fields, tuple(rows), {"lrc": f"{data[-1]:02x}", "lrc_mode": mode})
