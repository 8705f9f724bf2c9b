"""A terminal written from what public client programs put on the wire; nothing of the packages under test is imported.

Sources of the facts: moehuster/test_union_pay (CBC form, F35 padded with F, F48 and F61 counted in octets),
yangyongzhen/Easy8583Ans, Ajsgn/Java8583, akwei/halo-pos, lanwenhong/cardinfolink_8583, the PAX and Topwise terminals.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

# Format, length, octets of the length prefix.  n: BCD; N: BCD whose length counts octets; b: octets.
TABLE: dict[int, tuple[str, int, int]] = {
    2: ("n", 19, 1), 3: ("n", 6, 0), 4: ("n", 12, 0), 11: ("n", 6, 0), 12: ("n", 6, 0), 13: ("n", 4, 0),
    14: ("n", 4, 0), 15: ("n", 4, 0), 22: ("n", 3, 0), 23: ("r", 3, 0), 25: ("n", 2, 0), 26: ("n", 2, 0),
    32: ("n", 11, 1), 35: ("n", 37, 1), 36: ("n", 104, 2), 37: ("b", 12, 0), 38: ("b", 6, 0), 39: ("b", 2, 0),
    41: ("b", 8, 0), 42: ("b", 15, 0), 44: ("b", 25, 1), 48: ("n", 322, 2), 49: ("b", 3, 0), 52: ("b", 8, 0),
    53: ("n", 16, 0), 54: ("b", 120, 2), 55: ("b", 999, 2), 56: ("b", 999, 2), 57: ("b", 999, 2), 58: ("b", 999, 2),
    59: ("b", 999, 2), 60: ("n", 100, 2), 61: ("n", 100, 2), 62: ("b", 999, 2), 63: ("b", 999, 2), 64: ("b", 8, 0),
}  # fmt: skip

Fields = Mapping[int, str | bytes]


def bcd(text: str, pad: str = "0") -> bytes:
    """Digits, left-aligned; `=` and `D` are the separator of a track."""
    text = text.replace("=", "D")
    return bytes.fromhex(text + pad * (len(text) % 2))


@dataclass(frozen=True)
class Form:
    """How a client packs what the sources disagree on."""

    table: dict[int, tuple[str, int, int]] = field(default_factory=lambda: dict(TABLE))
    track_pad: str = "0"
    tpdu: str = "6005010000"
    header: str = "603100311108"
    mac: str = "ecb"

    def changed(self, **rows: tuple[str, int, int]) -> Form:
        """The same with other rows, `f48=("b", 600, 2)`."""
        table = self.table | {int(name[1:]): row for name, row in rows.items()}
        return Form(table, self.track_pad, self.tpdu, self.header, self.mac)

    def pack(self, mti: str, fields: Fields) -> bytes:
        """TPDU to the last field, without the length prefix."""
        bitmap = sum(1 << 64 - number for number in fields).to_bytes(8, "big")
        body = b"".join(self._field(number, fields[number]) for number in sorted(fields))
        return bytes.fromhex(self.tpdu + self.header + mti) + bitmap + body

    def _field(self, number: int, value: str | bytes) -> bytes:
        form, _, prefix = self.table[number]
        if form == "b":
            octets = value.encode("ascii") if isinstance(value, str) else value
            count = len(octets)
        else:
            assert isinstance(value, str)
            octets = bcd(value, self.track_pad if number in (35, 36) else "0")
            count = len(octets) if form == "N" else len(value)
            if form == "r":
                octets = bytes.fromhex("0" + value)
        return (bytes.fromhex(f"{count:0{2 * prefix}d}") if prefix else b"") + octets

    def unpack(self, frame: bytes) -> Reply:
        """A whole reply, read to its last octet."""
        at = 5 + len(self.header) // 2
        reply = Reply(frame[:5].hex(), frame[5:at].hex(), frame[at : at + 2].hex())
        bitmap = int.from_bytes(frame[at + 2 : at + 10], "big")
        at += 10
        for number in (n for n in range(1, 65) if bitmap >> 64 - n & 1):
            form, size, prefix = self.table[number]
            if prefix:
                size = int(frame[at : at + prefix].hex())
                at += prefix
            octets = size if form in "bN" else (size + 1) // 2
            raw = frame[at : at + octets]
            assert len(raw) == octets, f"F{number} ends behind the frame"
            digits = raw.hex().upper()
            shown: dict[str, str | bytes] = {"b": raw, "r": digits[1:], "N": digits}
            reply[number] = shown.get(form, digits[:size])
            at += octets
        assert at == len(frame), "octets behind the last field"
        return reply


class Reply(dict[int, str | bytes]):
    """Fields of a reply, digits as `str`, the rest as `bytes`."""

    def __init__(self, tpdu: str, header: str, mti: str) -> None:
        super().__init__()
        self.tpdu, self.header, self.mti = tpdu, header, mti

    @property
    def code(self) -> str:
        """F39."""
        return self.octets(39).decode()

    def octets(self, number: int) -> bytes:
        """A field of octets, empty when absent."""
        value = self.get(number, b"")
        assert isinstance(value, bytes)
        return value

    def digits(self, number: int) -> str:
        """A field of digits, empty when absent."""
        value = self.get(number, "")
        assert isinstance(value, str)
        return value


# ciphers


def des(key: bytes, data: bytes, decrypt: bool = False) -> bytes:
    """ECB under a key of 8 or 16 octets."""
    cipher = Cipher(TripleDES(key * 3 if len(key) == 8 else key + key[:8]), modes.ECB())
    context = cipher.decryptor() if decrypt else cipher.encryptor()
    return context.update(data)


def sm4(key: bytes, data: bytes, decrypt: bool = False) -> bytes:
    """ECB."""
    cipher = Cipher(SM4(key), modes.ECB())
    return (cipher.decryptor() if decrypt else cipher.encryptor()).update(data)


def xor(one: bytes, two: bytes) -> bytes:
    """Of equal lengths."""
    return bytes(a ^ b for a, b in zip(one, two, strict=True))


def blocks(data: bytes, size: int) -> Iterator[bytes]:
    """Of `data` padded with zeros."""
    data += bytes(-len(data) % size)
    return (data[at : at + size] for at in range(0, len(data), size))


def _fold(data: bytes, size: int) -> bytes:
    result = bytes(size)
    for block in blocks(data, size):
        result = xor(result, block)
    return result


def _ecb(key: bytes, data: bytes, encrypt: Callable[[bytes, bytes], bytes], size: int) -> bytes:
    text = _fold(data, size).hex().upper().encode()
    return encrypt(key, xor(encrypt(key, text[:size]), text[size:])).hex().upper().encode()[:8]


def _cbc(key: bytes, data: bytes) -> bytes:
    state = bytes(8)
    for block in blocks(data, 8):
        state = des(key, xor(state, block))
    return state


def _x919(key: bytes, data: bytes) -> bytes:
    left = _cbc(key[:8], data)
    return des(key[:8], des(key[8:16], left, decrypt=True))


MACS: dict[str, Callable[[bytes, bytes], bytes]] = {
    "ecb": lambda key, data: _ecb(key, data, des, 8),
    "sm4": lambda key, data: _ecb(key, data, sm4, 16),
    "cbc": _cbc,
    "x9.19": _x919,
    "fold": lambda key, data: des(key, _fold(data, 8)),
}


def pin_block(pik: bytes, pan: str, pin: str = "123456") -> bytes:
    """ANSI X9.8 format 0 under the PIN key."""
    clear = bytes.fromhex(f"{len(pin):02d}{pin}".ljust(16, "F"))
    return des(pik, xor(clear, bytes.fromhex("0000" + pan[-13:-1])))


# the line


class Line:
    """One TCP connection: 2 octets of length, big-endian, not counting themselves."""

    def __init__(self, address: tuple[str, int], timeout_s: float = 10.0) -> None:
        self.socket = socket.create_connection(address, timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def send(self, payload: bytes) -> None:
        """One frame."""
        self.socket.sendall(struct.pack("!H", len(payload)) + payload)

    def receive(self) -> bytes:
        """The payload of the next frame."""
        head = self._read(2)
        return self._read(struct.unpack("!H", head)[0])

    def _read(self, count: int) -> bytes:
        while len(self._buffer) < count:
            more = self.socket.recv(4096)
            assert more, "the host closed the connection"
            self._buffer += more
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def close(self) -> None:
        """Hang up."""
        self.socket.close()
