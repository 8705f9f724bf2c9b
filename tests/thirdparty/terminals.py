"""What the public client programs do with a connection: sign in, check keys, sell, settle.  Our own, like `wire`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .wire import MACS, Fields, Form, Line, Reply, des, pin_block, sm4

PAN = "6212142000000000012"
TRACK2 = f"{PAN}=29122206899031006"
CHIP = bytes.fromhex(
    "9F2608BD23789651C50E119F2701809F101307010103A0A804010A010000045796F2D315039F3704A1DD65379F36020FFE950580800460009A03"
    "1811139C01009F02060000000000005F2A02015682027C009F1A0201569F03060000000000009F3303604800"
)
"""Of a chip read by moehuster/test_union_pay; its ATC is 0FFE."""

Dial = Callable[[], Line]


@dataclass
class Terminal:
    """One terminal program.  `own_batch`: it makes its batch number itself and does not take the host's."""

    dial: Dial
    tid: str
    mid: str
    tmk: bytes
    form: Form = field(default_factory=Form)
    batch: str = "000001"
    own_batch: bool = False
    algorithm: str = "3des"
    tail: str = "00050"
    kept_line: Line | None = None
    stan: int = 0
    pik: bytes = b""
    mak: bytes = b""
    tdk: bytes = b""
    seen_rrns: set[bytes] = field(default_factory=set)

    def next_stan(self) -> str:
        """F11."""
        self.stan += 1
        return f"{self.stan:06d}"

    # frames

    def frame(self, mti: str, fields: dict[int, str | bytes], mac: bool = False) -> bytes:
        """A request; the MAC covers MTI to F63."""
        full = {41: self.tid, 42: self.mid, **fields}
        if not mac:
            return self.form.pack(mti, full)
        data = self.form.pack(mti, full | {64: bytes(8)})
        start = (len(self.form.tpdu) + len(self.form.header)) // 2
        return data[:-8] + MACS[self.form.mac](self.mak, data[start:-8])

    def exchange(self, frame: bytes) -> Reply:
        """Send and wait, on a connection of its own unless one is kept."""
        line = self.kept_line or self.dial()
        line.send(frame)
        raw = line.receive()
        if self.kept_line is None:
            line.close()
        return self.check(frame, raw)

    def ask(self, mti: str, fields: dict[int, str | bytes], mac: bool = False) -> Reply:
        """One request and its reply, checked as a terminal checks it."""
        return self.exchange(self.frame(mti, fields, mac))

    def check(self, frame: bytes, raw: bytes) -> Reply:
        """What terminals compare before they believe a reply, and the MAC when there is one."""
        request, reply = self.form.unpack(frame), self.form.unpack(raw)
        assert reply.mti == request.mti[:2] + str(int(request.mti[2]) + 1) + request.mti[3]
        for number in {3, 4, 11, 41, 42} & request.keys() & reply.keys():
            assert reply[number] == request[number], f"F{number}"
        assert {11, 41, 42} & request.keys() <= reply.keys()
        assert reply.header[:5] + reply.header[6:] == request.header[:5] + request.header[6:]
        assert re.fullmatch(r"([01]\d|2[0-3])([0-5]\d){2}", reply.digits(12))
        assert re.fullmatch(r"(0\d|1[0-2])([0-2]\d|3[01])", reply.digits(13))
        if 64 in reply:
            start = (len(self.form.tpdu) + len(self.form.header)) // 2
            assert MACS[self.form.mac](self.mak, raw[start:-8]) == reply[64], "MAC of the reply"
        elif request.mti in ("0200", "0220", "0400"):
            assert reply.code != "00", "an approval without a MAC"
        return reply

    # management

    def sign_in(self, code: str = "003", **more: str | bytes) -> Reply:
        """签到.  Takes over keys whose check values fit, and the batch number."""
        fields: dict[int, str | bytes] = {11: self.next_stan(), 60: f"00{self.batch}{code}"}
        fields |= {int(name[1:]): value for name, value in more.items()}
        reply = self.ask("0800", fields)
        if reply.code == "00":
            self.load(reply.octets(62), code)
            if not self.own_batch:
                self.batch = reply.digits(60)[2:8]
        return reply

    def load(self, keys: bytes, code: str) -> None:
        """Working keys in the layouts of 24, 40 and 60 octets: PIK KCV4 MAK KCV4 (TDK KCV4)."""
        wide = 8 if code == "001" else 16
        assert len(keys) == (3 if code in ("004", "006") else 2) * (wide + 4)
        parts = [(keys[at : at + wide], keys[at + wide : at + wide + 4]) for at in range(0, len(keys), wide + 4)]
        clear = [self.unwrapped(*part) for part in parts]
        self.pik, self.mak, self.tdk = [*clear, b""][:3]

    def unwrapped(self, cipher: bytes, check: bytes) -> bytes:
        """A key under the TMK; a MAK of 8 octets is filled up with zeros.  The check value must fit."""
        if cipher[8:] == bytes(8):
            cipher = cipher[:8]
        if self.algorithm == "sm4":
            key = sm4(self.tmk, cipher, decrypt=True)
            assert sm4(key, bytes(16))[:4] == check
        else:
            key = des(self.tmk, cipher, decrypt=True)
            assert des(key, bytes(8))[: len(check)] == check
        return key

    # money

    def f60(self, kind: str, tail: str | None = None) -> str:
        """F60 of a financial message."""
        return f"{kind}{self.batch}{self.tail if tail is None else tail}"

    def sale_fields(self, fen: int, **more: str | bytes | None) -> dict[int, str | bytes]:
        """消费 by chip, no PIN; None takes a field away."""
        fields: dict[int, str | bytes | None] = {
            2: PAN, 3: "000000", 4: f"{fen:012d}", 11: self.next_stan(), 14: "2912", 22: "052", 23: "001", 25: "00",
            35: TRACK2, 49: "156", 55: CHIP, 60: self.f60("22"),
        }  # fmt: skip
        fields |= {int(name[1:]): value for name, value in more.items()}
        return {number: value for number, value in fields.items() if value is not None}

    def approved(self, mti: str, fields: dict[int, str | bytes]) -> Reply:
        """A financial request that must be approved, with a reference of its own."""
        reply = self.ask(mti, fields, mac=True)
        assert reply.code == "00", reply.octets(56).decode("gbk")
        assert len(reply.octets(37)) == 12
        assert reply[37] not in self.seen_rrns
        self.seen_rrns.add(reply.octets(37))
        return reply

    def sale(self, fen: int, **more: str | bytes | None) -> Reply:
        """An approved sale."""
        return self.approved("0200", self.sale_fields(fen, **more))

    def with_pin(self, pin: str = "123456") -> dict[str, str | bytes]:
        """F22, F26, F52, F53 of a card whose PIN was entered."""
        return {"f22": "051", "f26": "12", "f52": pin_block(self.pik, PAN, pin), "f53": "2600000000000000"}

    def totals(self, debit: tuple[int, int], credit: tuple[int, int]) -> str:
        """The 62 digits of F48 in a 0500."""
        return f"{debit[0]:012d}{debit[1]:03d}{credit[0]:012d}{credit[1]:03d}0".ljust(62, "0")

    def settle(self, f48: str | bytes) -> Reply:
        """批结算."""
        return self.ask("0500", {11: self.next_stan(), 48: f48, 49: "156", 60: f"00{self.batch}201", 63: b"01 "})


def stan_of(fields: Fields) -> str:
    """F11 of a request."""
    stan = fields[11]
    assert isinstance(stan, str)
    return stan


def operator(text: str = "01 ") -> bytes:
    """F63 of a sign-in."""
    return text.encode()


def sequence_no(licence: str, serial: str) -> bytes:
    """F62 of a sign-in."""
    return f"Sequence No{len(licence + serial):02d}{licence}{serial}".encode()


def tlv_pairs(data: bytes) -> dict[int, bytes]:
    """Flat BER-TLV with tags of one or two octets and lengths up to 255."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        size = 2 if data[at] & 0x1F == 0x1F else 1
        tag = int.from_bytes(data[at : at + size], "big")
        at += size
        length = data[at]
        at += 1
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        found[tag] = data[at : at + length]
        assert len(found[tag]) == length
        at += length
    return found
