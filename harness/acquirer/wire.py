"""From octets of a frame to a request, and from a reply to octets.

The dialect of a frame is not known before F41 and F42 are read: each dialect in use is tried, the one that the
terminal is registered with wins.  What cannot be decoded is read as far as it goes, so that it can be answered 30.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from protocols.errors import DecodeError
from protocols.unionpay import mac as macs
from protocols.unionpay.dialect import Dialect
from protocols.unionpay.header import Header, Requirement
from protocols.unionpay.kinds import Kind, kind_of
from protocols.unionpay.message import Message, codec_for
from protocols.unionpay.private import f59
from protocols.unionpay.private.f60 import F60, net_code_of, parse_f60
from protocols.unionpay.private.serial import DeviceInfo, SerialField, parse_serial
from protocols.unionpay.private.serial import device_info as serial_info

from .state import State, Terminal

MAC_PLACE = bytes(8)
BRINGS_KEYS = frozenset({"sign_in", "tmk_rsa_key", "tmk_download", "tmk_activate"})
"""Kinds without MAC in either direction: they are what a terminal does whose key is wrong (A0 says: sign in again), and
programs that put an F64 into everything have nothing right to put there.  No public reply to one of them has F64.
"""


@dataclass(frozen=True)
class Request:
    """A frame that could be read.  `error` is set when only a part could; then `message` holds that part."""

    frame: bytes
    message: Message
    dialect: Dialect
    kind: Kind | None
    terminal: Terminal | None
    f60: F60
    error: DecodeError | None = None

    def text(self, number: int) -> str:
        """Field as text, empty when absent."""
        return self.message.text(number) or ""

    @property
    def trace(self) -> str:
        """`MID/TID/BATCH/STAN`: the business key without its date."""
        return f"{self.text(42)}/{self.text(41)}/{self.f60.batch}/{self.text(11)}"

    @property
    def net_code(self) -> str:
        """60.3, or what stands for it in a dialect whose F60 ends before it (`kinds`); "" for a kind that has none."""
        told = net_code_of(self.text(60), self.text(3))
        return told or (self.kind.management_codes or ("",))[0] if self.kind else told

    @property
    def name(self) -> str:
        """Name of the kind, "unknown" when there is none."""
        return self.kind.name if self.kind else "unknown"

    @property
    def pan(self) -> str:
        """The PAN from F2, else from track 2, else empty."""
        return self.text(2) or self.text(35).split("D")[0].split("=")[0]

    @property
    def clear_track2(self) -> str:
        """Track 2, "" where it is not there or encrypted (third digit of F53 = 1)."""
        return "" if self.text(53)[2:3] == "1" else self.text(35)

    @cached_property
    def mac(self) -> str:
        """F64: "good", "bad" or "absent"; looked at once, with the key of that moment.  Without a MAK it is bad."""
        given = self.message.octets(64)
        if given is None:
            return "absent"
        if self.terminal is None or not self.terminal.mak:
            return "bad"
        data = codec_for(self.dialect).mac_input(self.frame)
        return "good" if macs.verify(self.dialect.mac_form, bytes.fromhex(self.terminal.mak), data, given) else "bad"


def read(frame: bytes, state: State, dialects: Iterable[Dialect]) -> Request | None:
    """The request in `frame`, or None when neither MTI nor one of F11 and F41 can be read.

    `dialects`: the likeliest first.  A terminal that is registered with another dialect than the first that fits
    has the frame read again.
    """
    known = [reading for dialect in dialects for reading in _readings(dialect)]
    first: Request | None = None
    for dialect in known:
        try:
            request = _request(frame, codec_for(dialect).parse(frame), dialect, state)
        except DecodeError:
            continue
        if request.terminal is not None and request.terminal.dialect == dialect.name:
            return request
        first = first or request
    return first or next(filter(None, (_partial(frame, dialect, state) for dialect in known)), None)


def _readings(dialect: Dialect) -> Iterable[Dialect]:
    """`dialect`, and where its F61 counts octets the standard count: no specification says so, one client does."""
    yield dialect
    if dialect.f61_count == "octets":
        yield replace(dialect, f61_count="digits")


def _request(
    frame: bytes, message: Message, dialect: Dialect, state: State, error: DecodeError | None = None
) -> Request:
    f60 = F60("", "")
    value = message.get(60)
    if value is not None:
        try:
            f60 = parse_f60(value, dialect)
        except DecodeError as wrong:
            error = error or wrong
    kind = kind_of(message, dialect)
    terminal = state.terminal(message.text(42) or "", message.text(41) or "")
    return Request(frame, message, dialect, kind, terminal, f60, error)


def _partial(frame: bytes, dialect: Dialect, state: State) -> Request | None:
    """The fields in front of the one that is broken: the bitmap is cut there, then the octets where the cut message
    ends.
    """
    codec = codec_for(dialect)
    start = codec.envelope_octets + 2
    data = frame
    error: DecodeError | None = None
    for _ in range(2 * 64):  # every round takes away a field or the octets behind the last good one
        try:
            message = codec.parse(data)
            break
        except DecodeError as wrong:
            error = error or wrong
            data = _shortened(data, start, wrong)
            if not data:
                return None
    else:
        return None
    if not {11, 41} & message.fields.keys():
        return None
    return _request(frame, message, dialect, state, error)


def _shortened(data: bytes, start: int, wrong: DecodeError) -> bytes:
    bitmap = int.from_bytes(data[start : start + 8], "big")
    if len(data) < start + 8 or not bitmap:
        return b""
    if wrong.path == "end":
        return data[: wrong.offset]
    last = bitmap & -bitmap
    return data[:start] + (bitmap ^ last).to_bytes(8, "big") + data[start + 8 :]


def device_info(request: Request) -> DeviceInfo | None:
    """What the terminal tells of its device (UnionPay notice 21); None where it tells nothing that can be read."""
    number = request.dialect.sn_field
    value = request.message.octets(number) or b""
    try:
        if number == 59:
            parsed = f59.parse_f59(value, request.dialect)
            return parsed.device() if isinstance(parsed, f59.F59) else None
        field = parse_serial(number, value, request.dialect)
        return serial_info(field.items, number) if isinstance(field, SerialField) else None
    except DecodeError:
        return None


def envelope(request: Request, reply: Message, requirement: Requirement) -> Message:
    """`reply` with the TPDU and header that answer `request`: addresses swapped where the dialect says so, the
    header returned.
    """
    tpdu = request.message.tpdu
    if tpdu is not None and request.dialect.tpdu_swap:
        tpdu = tpdu.swapped()
    header: Header | None = request.message.header
    if header is not None:
        header = replace(header, requirement=requirement)
    return replace(reply, tpdu=tpdu, header=header)


def sign(request: Request, reply: Message, mak: str) -> Message:
    """`reply` with F64 under `mak` (hex)."""
    codec = codec_for(request.dialect)
    place: bytes = MAC_PLACE
    with_place = reply.replacing({64: place})
    data = codec.mac_input(codec.build(with_place))
    return reply.replacing({64: macs.mac(request.dialect.mac_form, bytes.fromhex(mak), data)})
