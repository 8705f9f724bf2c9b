"""Messages of Transbank's POS protocol: a command of four digits and texts behind `|`.

Source: Transbank "POS Integrado", chapters "Mensajes".  Which text means what is `commands`' table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..codec import Codec, decode_error
from ..delimited import DELIMITED_LIMIT_OCTETS, DelimitedFramer, Separated, lrc_with_etx
from ..errors import EncodeError
from ..framing import ACK, NAK, lrc
from ..text import Text

SEPARATOR = "|"
FIELDS_MAX = 64
"""Texts of one message; the longest answer has 22."""

NO_COMMAND = Text("开头不是四位数字的命令", "It does not begin with a command of four digits")
COMMAND_CURE = Text("核对是否为 Transbank 规程", "Check that this is Transbank's protocol")
TOO_MANY = Text("字段多于 {limit} 个", "More than {limit} texts")
TOO_MANY_CURE = Text("对照该命令的字段表", "Compare with the command's table of texts")

_CODEC = Codec(Separated(SEPARATOR))


@dataclass(frozen=True, slots=True)
class TransbankMessage:
    """`command`: four digits.  `fields`: the texts behind it, one character per octet, empty ones included."""

    command: str
    fields: tuple[str, ...] = ()

    def text(self, place: int) -> str:
        """The text at `place` (0: the first behind the command), "" where there is none."""
        return self.fields[place] if 0 <= place < len(self.fields) else ""


def framer(*, lrc_without_etx: bool = False) -> DelimitedFramer:
    """A framer of this protocol; ACK and NAK stand alone.  `lrc_without_etx`: as `TransbankQuirks` says."""
    check = lrc if lrc_without_etx else lrc_with_etx
    return DelimitedFramer((check,), controls=frozenset((ACK, NAK)), limit_octets=DELIMITED_LIMIT_OCTETS)


def any_framer() -> DelimitedFramer:
    """For whoever does not know the quirks (masker, exports): reads either LRC."""
    checks = (lrc_with_etx, lrc)
    return DelimitedFramer(checks, controls=frozenset((ACK, NAK)), limit_octets=DELIMITED_LIMIT_OCTETS)


def parse(payload: bytes) -> TransbankMessage:
    """The message in one frame.  Raises DecodeError."""
    (command, *fields), _ = _CODEC.parse(payload)
    if len(command) != 4 or not (command.isascii() and command.isdigit()):
        raise decode_error(NO_COMMAND, COMMAND_CURE, path="command", offset=0, data=payload)
    if len(fields) > FIELDS_MAX:
        raise decode_error(TOO_MANY.format(limit=FIELDS_MAX), TOO_MANY_CURE, path="fields", offset=4, data=payload)
    return TransbankMessage(command, tuple(fields))


def build(message: TransbankMessage) -> bytes:
    """The text of a frame.  Raises EncodeError: a separator in a text, a command that is none."""
    command = message.command
    if len(command) != 4 or not (command.isascii() and command.isdigit()):
        raise EncodeError(NO_COMMAND, COMMAND_CURE, path="command", value=command)
    if len(message.fields) > FIELDS_MAX:
        raise EncodeError(TOO_MANY.format(limit=FIELDS_MAX), TOO_MANY_CURE, path="fields", value=len(message.fields))
    return _CODEC.build((command, *message.fields), {})


def compose(command: str, names: Sequence[str], values: Mapping[str, str], *, trailing: bool) -> TransbankMessage:
    """A message whose texts stand in the order of `names`, empty where `values` has none.  `trailing`: a separator
    stands behind the last one, too.  Raises KeyError for a value that no name asks for."""
    for name in values:
        if name not in names:
            raise KeyError(name)
    texts = tuple(values.get(name, "") for name in names)
    return TransbankMessage(command, (*texts, "") if trailing else texts)
