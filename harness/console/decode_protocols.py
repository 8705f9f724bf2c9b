"""The protocols that `posrig decode` reads besides the host's: name to reader, in the order in which `auto` asks them.

A reader takes all octets of one input and gives a `Shown`, or raises DecodeError.  To add a protocol, write the reader
next to the protocol's face (`decode_NAME.py`) and add one row to `PROTOCOLS`.  Nothing is imported before it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from protocols.errors import DecodeError
from protocols.text import Text

EMV = "emv"
"""What card and terminal say to each other; `--as` names what exactly."""
UNIONPAY = "unionpay"
"""Read by `protocols.unionpay.decode`, which knows dialects and framings of its own."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader found out.

    `json`: the object of `--json`.  `head`: lines above the table.  `rows`: path (indented for what belongs to the row
    above), name in both languages, value, meaning where the value has one.
    """

    json: Mapping[str, Any]
    head: tuple[str, ...]
    rows: tuple[tuple[str, Text, str, Text | None], ...]


Read = Callable[[bytes, str, str], Shown]
"""(octets, framing or `auto`, name of the command that is answered or "") to what is shown.  Raises DecodeError."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One protocol.  `module` (beside this one) has `read: Read`; `framings`: names that `--framing` may have with it,
    besides `auto`; `recognise`: True for octets that can be nothing else; `function`: another name than `read`, in a
    module that reads several."""

    module: str
    framings: tuple[str, ...]
    recognise: Callable[[bytes], bool] | None = None
    function: str = "read"

    def read(self, data: bytes, framing: str, answers: str) -> Shown:
        """What is in `data`.  Raises DecodeError."""
        read: Read = getattr(import_module(f".{self.module}", __package__), self.function)
        return read(data, framing, answers)


def _is_mispos(data: bytes, lead: int) -> bool:
    """STX, a length in BCD and the first octet of a tag; an ACK may stand in front."""
    rest = data.removeprefix(b"\x06")
    return rest[:1] == b"\x02" and rest[1:3].hex().isdigit() and rest[3:4] == bytes((lead,))


def _is_zvt(data: bytes) -> bool:
    """DLE STX, or a bare APDU of a command that is listed, read to its last octet.  (A host's message over TCP has
    its own length in front, a bare one an MTI: of those, only 0810 and 0820 are commands as well.)"""
    from protocols.zvt.commands import NAMES, is_answer
    from protocols.zvt.message import parse

    control = int.from_bytes(data[:2], "big")
    if data[:2] == b"\x10\x02" or not (is_answer(control) or control in NAMES):
        return data[:2] == b"\x10\x02"
    try:
        parse(data)
    except DecodeError:
        return False
    return True


def _is_emv(data: bytes) -> bool:
    """An APDU, an ATR or TLV by a strict reading (`protocols.emv.decode.kind_of`), and no host's frame over TCP."""
    from protocols.emv.decode import kind_of

    return int.from_bytes(data[:2], "big") != len(data) - 2 and kind_of(data) is not None


PROTOCOLS: dict[str, Reader] = {
    "zvt": Reader("decode_zvt", ("serial", "tcp"), _is_zvt),
    "mispos-a": Reader("decode_small", ("serial",), lambda data: _is_mispos(data, 0xDF), function="mispos_a"),
    "mispos-b": Reader("decode_small", ("serial",), lambda data: _is_mispos(data, 0x9F), function="mispos_b"),
    "transbank": Reader("decode_small", ("serial",), function="transbank"),
    "concert": Reader("decode_small", ("serial",), function="concert"),
    "ecr17": Reader("decode_small", ("serial",), function="ecr17"),
    "poslink": Reader("decode_small", ("serial",), function="poslink"),
    "caisse-ap": Reader("decode_small", ("tcp",), lambda data: data[:5] == b"CZ004", function="caisse_ap"),
    "codepay": Reader("decode_small", ("serial",), lambda data: data[:2] == b"\x55\xaa", function="codepay"),
    "transport": Reader("decode_small", ("serial",), function="transport"),
    EMV: Reader("decode_emv", (), _is_emv),
}


def protocol_names() -> tuple[str, ...]:
    """What `--protocol` may be."""
    return ("auto", UNIONPAY, *PROTOCOLS)


def recognised(data: bytes) -> str:
    """The protocol of `data` where it can be told without doubt, else the host's."""
    for name, reader in PROTOCOLS.items():
        if reader.recognise is not None and reader.recognise(data):
            return name
    return UNIONPAY


def only_reader(data: bytes, framing: str, answers: str) -> str:
    """The one protocol that reads what has no marks of its own and is not the host's; "" for none, or several."""
    found = []
    for name, reader in PROTOCOLS.items():
        if reader.recognise is None and framing in ("auto", *reader.framings):
            try:
                reader.read(data, framing, answers)
            except DecodeError:
                continue
            found.append(name)
    return found[0] if len(found) == 1 else ""


def framing_names() -> tuple[str, ...]:
    """What `--framing` may be with any protocol."""
    from protocols.unionpay.decode import FRAMINGS

    return tuple(dict.fromkeys(("auto", *FRAMINGS, *(f for reader in PROTOCOLS.values() for f in reader.framings))))
