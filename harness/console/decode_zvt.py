"""`posrig decode --protocol zvt`: one frame of the serial line, or one bare APDU as on TCP."""

from __future__ import annotations

from typing import Any

from protocols.codec import decode_error
from protocols.errors import DecodeError
from protocols.framing import TIMED_OUT, Control, Frame, Noise
from protocols.text import Text
from protocols.zvt.bitmaps import TLV
from protocols.zvt.commands import COMPLETION, name_of
from protocols.zvt.explain import rows_of, tlv_tree, value_text
from protocols.zvt.framing import BAD_CRC, DLE, START, ZvtSerialFramer
from protocols.zvt.message import ZvtMessage, parse

from .decode_protocols import Shown

FROM_TERMINAL, FROM_REGISTER = "PT>ECR", "ECR>PT"
TERMINAL_SENDS = frozenset((0x0401, 0x040F, 0x04FF, 0x060F, 0x061E, 0x06D1, 0x06D3, *range(0x06D8, 0x06DE)))
REGISTER_CLASSES = frozenset((0x05, 0x06, 0x08, 0x0F))

ONE_ONLY = Text("应为恰好一帧", "Exactly one frame is expected")
ONE_CURE = Text("逐帧给出", "Give one frame at a time")
CUT_SHORT = Text("帧不完整", "The frame is not complete")
FRAME_CURE = Text(
    "检查帧的起止（10 02、10 03）与 CRC", "Check where the frame begins and ends (10 02, 10 03) and its CRC"
)
BAD_COMMAND = Text("{value!r} 不是控制域", "{value!r} is no control field")
BAD_COMMAND_CURE = Text("给出四位十六进制，如 0600", "Give four hex digits, as 0600")
ASSUMED = Text(
    "推定：完成报文的布局随所应答的命令而异，可用 --answers 给出",
    "assumed: the layout of a completion depends on the command; name it with --answers",
)


def read(data: bytes, framing: str, answers: str) -> Shown:
    """See `decode_protocols`."""
    pending = _pending(answers)
    serial = framing == "serial" or (framing == "auto" and data[:2] == START)
    if not serial:
        return _shown(parse(data, pending), "tcp", pending)
    apdu = _single(data)
    try:
        message = parse(apdu, pending)
    except DecodeError as error:
        offset = len(START) + error.offset + apdu[: error.offset].count(DLE)
        raise decode_error(error.what, error.cure, path=error.path, offset=offset, data=data) from None
    return _shown(message, "serial", pending)


def _pending(answers: str) -> int:
    digits = answers.replace(" ", "")
    if not digits:
        return 0
    try:
        pending = int(digits, 16)
    except ValueError:
        pending = -1
    if len(digits) != 4 or pending < 0:
        raise DecodeError(BAD_COMMAND.format(value=answers), BAD_COMMAND_CURE, path="--answers", offset=0, raw=b"")
    return pending


def _single(data: bytes) -> bytes:
    """The APDU of the one frame that `data` is.  Raises DecodeError."""
    framer = ZvtSerialFramer()
    items = framer.feed(data) + framer.expire()
    first = items[0] if items else Noise(b"", TIMED_OUT)
    if isinstance(first, Noise):
        reason = CUT_SHORT if first.reason == TIMED_OUT else first.reason
        offset = max(0, len(data) - 2) if first.reason == BAD_CRC else 0
        raise decode_error(reason, FRAME_CURE, path="frame", offset=offset, data=data)
    if isinstance(first, Control) or items[1:]:
        offset = len(framer.frame(first.payload)) if isinstance(first, Frame) else 1
        raise decode_error(ONE_ONLY, ONE_CURE, path="end", offset=offset, data=data)
    return first.payload


def _shown(message: ZvtMessage, framing: str, pending: int) -> Shown:
    rows = rows_of(message, pending=pending)
    control, name = f"{message.control:04X}", name_of(message.control)
    direction = _direction(message.control)
    told: dict[str, Any] = {
        "protocol": "zvt",
        "framing": framing,
        "control": control,
        "name": {"zh": name.zh, "en": name.en},
        **({"direction": direction} if direction else {}),
        "values": {key: _value(key, value) for key, value in message.values.items()},
        "bitmaps": {path: value for path, _, value, _ in rows if _is_bitmap(path)},
        "tlv": tlv_tree(message.tlv) if message.has(TLV) else None,
        "meanings": {path: {"zh": said.zh, "en": said.en} for path, _, _, said in rows if said is not None},
    }
    head = [f"ZVT {control}  {name}", "  ".join(part for part in (f"framing {framing}", direction) if part)]
    if message.control == COMPLETION and not pending and message.values:
        head.append(str(ASSUMED))
    return Shown(told, tuple(head), tuple((_indented(path), title, value, said) for path, title, value, said in rows))


def _value(key: str, value: Any) -> str:
    return value_text(value, "cp437" if key in ("text", "version") else None)


def _direction(control: int) -> str:
    if control in TERMINAL_SENDS:
        return FROM_TERMINAL
    return FROM_REGISTER if control >> 8 in REGISTER_CLASSES else ""


def _is_bitmap(path: str) -> bool:
    return len(path) == 2 and path not in ("06", "84")


def _indented(path: str) -> str:
    return "  " * path.count("/") + path
