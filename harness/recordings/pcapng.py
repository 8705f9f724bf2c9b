"""The blocks of a pcapng file (IETF draft-ietf-opsawg-pcapng), as many of them as an export needs.

Written by hand: the library for them that brings no dissector of its own was last released in 2022, and blocks of
fixed layout are less than what it would bring.  Little-endian; time is counted in microseconds, the format's default.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SECTION_HEADER, INTERFACE, NAMES, PACKET = 0x0A0D0D0A, 1, 4, 6
BYTE_ORDER = 0x1A2B3C4D
UNKNOWN_LENGTH = -1
END, COMMENT = 0, 1
USER_APPLICATION, IF_NAME, IF_DESCRIPTION, PACKET_FLAGS = 4, 2, 3, 2
"""Options: their numbers count anew in each kind of block."""
NAME_END, NAME_IPV4 = 0, 1
ETHERNET, USER_0, USER_1, RTAC_SERIAL = 1, 147, 148, 250
"""Link types (tcpdump.org): Ethernet; the first two for private use; a serial line with its control lines."""
INBOUND, OUTBOUND = 1, 2
OPTION_OCTETS_MAX = 0xFFFF


@dataclass(frozen=True, slots=True)
class Interface:
    """Where packets were seen."""

    link_type: int
    name: str
    description: str = ""


def section(program: str) -> bytes:
    """The section header, which a file begins with."""
    body = struct.pack("<IHHq", BYTE_ORDER, 1, 0, UNKNOWN_LENGTH)
    return _block(SECTION_HEADER, body + _options([(USER_APPLICATION, program)]))


def interface(one: Interface) -> bytes:
    """Interfaces are numbered from 0 in the order of their blocks."""
    options = [(IF_NAME, one.name), (IF_DESCRIPTION, one.description)]
    return _block(INTERFACE, struct.pack("<HHI", one.link_type, 0, 0) + _options(options))


def names(addresses: Mapping[str, str]) -> bytes:
    """Names for IPv4 addresses ("10.0.0.1": "terminal")."""
    records = b"".join(
        _padded(struct.pack("<HH", NAME_IPV4, 4 + len(name) + 1) + ipv4(address) + name + b"\0")
        for address, text in addresses.items()
        for name in (text.encode(),)
    )
    return _block(NAMES, records + struct.pack("<HH", NAME_END, 0))


def packet(number: int, t_us: int, data: bytes, comment: str = "", direction: int = 0) -> bytes:
    """A packet on interface `number`, `t_us` microseconds after 1970; `direction`: INBOUND, OUTBOUND, 0 unknown."""
    head = struct.pack("<IIIII", number, t_us >> 32, t_us & 0xFFFFFFFF, len(data), len(data))
    options: list[tuple[int, str | bytes]] = [(COMMENT, comment)]
    if direction:
        options.append((PACKET_FLAGS, struct.pack("<I", direction)))
    return _block(PACKET, head + _padded(data) + _options(options))


def ipv4(address: str) -> bytes:
    """Four octets."""
    return bytes(map(int, address.split(".")))


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _options(options: Sequence[tuple[int, str | bytes]]) -> bytes:
    """What is empty is left out."""
    packed = b"".join(_option(code, value) for code, value in options if value)
    return packed and packed + struct.pack("<HH", END, 0)


def _option(code: int, value: str | bytes) -> bytes:
    octets = value.encode() if isinstance(value, str) else value
    if len(octets) > OPTION_OCTETS_MAX:
        octets = octets[:OPTION_OCTETS_MAX].decode(errors="ignore").encode()
    return _padded(struct.pack("<HH", code, len(octets)) + octets)


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)


# Frames that carry what was said ----------------------------------------------------------------------------------

IPV4_TYPE, TCP = 0x0800, 6
TTL, WINDOW = 64, 0xFFFF
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
SEQUENCE = 1 << 32
SEGMENT_OCTETS_MAX = 1460
"""What an Ethernet frame carries of a TCP stream."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One end of a TCP connection."""

    address: str
    port: int


def tcp_frame(sender: Endpoint, receiver: Endpoint, sequence: int, ack: int, flags: int, data: bytes = b"") -> bytes:
    """Ethernet, IPv4 and TCP around `data`, with right check sums."""
    ports = struct.pack(">HH", sender.port, receiver.port)
    numbers = struct.pack(">II", sequence % SEQUENCE, ack % SEQUENCE if flags & ACK else 0)
    head = ports + numbers + struct.pack(">BBHHH", 5 << 4, flags, WINDOW, 0, 0)
    pseudo = ipv4(sender.address) + ipv4(receiver.address) + struct.pack(">BBH", 0, TCP, len(head) + len(data))
    check = struct.pack(">H", check_sum((pseudo, head, data)))
    segment = head[:16] + check + head[18:] + data
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0x4000, TTL, TCP, 0)
    ip += ipv4(sender.address) + ipv4(receiver.address)
    ip = ip[:10] + struct.pack(">H", check_sum((ip,))) + ip[12:]
    return _mac(receiver) + _mac(sender) + struct.pack(">H", IPV4_TYPE) + ip + segment


def _mac(end: Endpoint) -> bytes:
    """A locally administered address that ends as the IPv4 address does."""
    return b"\x02\x00" + ipv4(end.address)


def check_sum(parts: Iterable[bytes]) -> int:
    """The Internet check sum (RFC 1071)."""
    octets = b"".join(parts)
    octets += bytes(len(octets) % 2)
    total: int = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


RTAC_SENT, RTAC_RECEIVED = 0x01, 0x02


def rtac_frame(t_us: int, sent: bool, data: bytes) -> bytes:
    """Octets of a serial line with the 12-octet header of LINKTYPE_RTAC_SERIAL: time, event, control lines, footer."""
    event = RTAC_SENT if sent else RTAC_RECEIVED
    return struct.pack(">IIBBH", t_us // 1_000_000 % SEQUENCE, t_us % 1_000_000, event, 0, 0) + data
