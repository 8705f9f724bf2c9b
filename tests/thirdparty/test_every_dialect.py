"""A hotel's day in every dialect, over TCP and TLS: keys, downloads, pre-authorisations, settlement.

Where F60 ends before 60.3 the code of a management message stands in F3 (`990nnn`, documented as posrig's choice).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce
from operator import xor as xor_octets
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .conftest import CBC_FORM, MID, TMK, HostProcess
from .terminals import Terminal, stan_of, tlv_pairs
from .wire import Fields, Form, Line, Reply, des, sm4, xor

AMOUNT_FEN, COMPLETED_FEN = 5_000, 5_750
"""115 % of a pre-authorisation may be completed."""


class StxLine(Line):
    """STX, two octets of BCD length, payload, ETX, XOR from the length to ETX."""

    def send(self, payload: bytes) -> None:
        body = bytes.fromhex(f"{len(payload):04d}") + payload + b"\3"
        self.socket.sendall(b"\2" + body + bytes([reduce(xor_octets, body)]))

    def receive(self) -> bytes:
        assert self._read(1) == b"\2"
        head = self._read(2)
        payload, tail = self._read(int(head.hex())), self._read(2)
        assert tail == b"\3" + bytes([reduce(xor_octets, head + payload + b"\3")])
        return payload


@dataclass(frozen=True)
class Way:
    """How one acquirer's terminals differ.  `digits`: of F60 (13, 8 with 60.1 and batch, 6 the batch alone)."""

    dialect: str
    form: Form = field(default_factory=Form)
    digits: int = 13
    sign_in: str = "003"
    algorithm: str = "3des"
    line: type[Line] = Line


STX_FORM = Form(header="", tpdu="6000030000").changed(f22=("r", 3, 0), f60=("b", 30, 2), f61=("b", 30, 2))
WAYS = {
    "cup": Way("cup"),
    "cup-cbc": Way("cup-cbc", CBC_FORM),
    "chanjet": Way("chanjet", Form(mac="fold")),
    "sm4": Way("sm4", Form(mac="sm4"), sign_in="006", algorithm="sm4"),
    "no-60-3": Way("no-60-3", Form(mac="x9.19"), digits=8),
    "stx-ascii": Way("stx-ascii", STX_FORM, digits=6, line=StxLine),
}


class Desk(Terminal):
    """A terminal that speaks any of them."""

    way: Way = Way("cup")

    def f60(self, kind: str, tail: str | None = None) -> str:
        full = f"{kind}{self.batch}00050"
        return self.batch if self.way.digits == 6 else full[: self.way.digits]

    def manage(self, mti: str, code: str, **more: str | bytes) -> Reply:
        """A request of management or settlement."""
        fields: dict[int, str | bytes] = {60: self.f60("00")[:8] + code}
        if self.way.digits < 11:
            fields = {3: f"990{code}", 60: self.f60("00")}
        fields |= {int(name[1:]): value for name, value in more.items()}
        return self.ask(mti, fields)

    def start(self) -> None:
        """签到, also where keys come in blocks of 25 octets."""
        reply = self.manage("0800", self.way.sign_in, f11=self.next_stan(), f64=bytes(8))
        assert reply.code == "00" and 64 not in reply
        value = reply.octets(62)
        if self.way.dialect == "chanjet":
            blocks = [value[at : at + 25] for at in range(0, len(value), 25)]
            keys = {block[0]: des(self.tmk, block[1:17], decrypt=True) for block in blocks}
            self.mak, self.pik = keys[1], keys[2]
        else:
            self.load(value, self.way.sign_in)
        told = reply[60]
        text = told.decode() if isinstance(told, bytes) else told
        self.batch = text if self.way.digits == 6 else text[2:8]

    def money(self, mti: str, codes: str, fen: int, **more: str | bytes) -> tuple[dict[int, str | bytes], Reply]:
        """`codes`: F3 F25 60.1.  The request and its reply."""
        f3, f25, kind = codes.split()
        fields = self.sale_fields(fen, f3=f3, f25=f25, f60=self.f60(kind), **more)
        return fields, self.ask(mti, fields, mac=True)

    def refer(self, mti: str, codes: str, fen: int, to: tuple[Fields, Reply]) -> tuple[dict[int, str | bytes], Reply]:
        """A request that names an original by F38 where it has one and F61."""
        f61 = f"{self.batch}{stan_of(to[0])}{to[1].digits(13)}"
        auth = {"f38": to[1].octets(38)} if 38 in to[1] else {}
        return self.money(mti, codes, fen, f61=f61, **auth)

    def take_back(self, request: Fields) -> Reply:
        return self.ask("0400", {n: v for n, v in request.items() if n != 55} | {39: "98"}, mac=True)

    def totals_field(self, debit: tuple[int, int], credit: tuple[int, int]) -> str | bytes:
        text = self.totals(debit, credit)
        return text.encode() if self.form.table[48][0] == "b" else text


@pytest.fixture(scope="module", params=["tcp", "tls"])
def dial(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> object:
    """A host of its own, with a certificate for one half of the runs; gives what dials it."""
    folder = tmp_path_factory.mktemp(str(request.param))
    options: list[str] = []
    context: ssl.SSLContext | None = None
    if request.param == "tls":
        self_signed(folder)
        context = ssl.create_default_context(cafile=str(folder / "certificate"))
        options = ["--tls-cert", str(folder / "certificate"), "--tls-key", str(folder / "key")]
    process = HostProcess(folder, *options, provision=provision())

    def line(kind: type[Line]) -> Line:
        made = kind(process.address)
        if context is not None:
            made.socket = context.wrap_socket(made.socket, server_hostname="localhost")
        return made

    yield line
    assert process.stop() == 0, Path(process.stderr).read_text()


def self_signed(folder: Path) -> None:
    """`certificate` and `key` of the host, PEM, for the name localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    valid = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
    begun = x509.CertificateBuilder(name, name, key.public_key(), 1, *valid)
    begun = begun.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = begun.sign(key, hashes.SHA256())
    pem, form, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "certificate").write_bytes(made.public_bytes(pem))
    (folder / "key").write_bytes(key.private_bytes(pem, form, plain))


def provision() -> str:
    rows = [f'[[merchant]]\nmid = "{MID}"\nname = "招待所"\n']
    for number, way in enumerate(WAYS.values()):
        rows.append(
            f'[[merchant.terminal]]\ntid = "8000000{number}"\nsn = "S{number}"\ndialect = "{way.dialect}"\n'
            f'tmk = "{TMK}"\ntest_key = true\n'
        )
    return "\n".join(rows)


@pytest.fixture(params=list(WAYS))
def desk(request: pytest.FixtureRequest, dial: Callable[[type[Line]], Line]) -> Desk:
    way = WAYS[request.param]
    tid = f"8000000{list(WAYS).index(request.param)}"
    made = Desk(lambda: dial(way.line), tid, MID, bytes.fromhex(TMK), way.form, algorithm=way.algorithm)
    made.way = way
    made.start()
    return made


def test_a_hotels_day(desk: Desk) -> None:
    granted = desk.money("0100", "030000 06 10", AMOUNT_FEN)
    assert granted[1].code == "00" and len(granted[1].octets(38)) == 6
    done = desk.refer("0200", "000000 06 20", COMPLETED_FEN, granted)
    assert (done[1].code, done[1][38]) == ("00", granted[1][38])
    undone = desk.refer("0200", "200000 06 21", COMPLETED_FEN, done)
    assert undone[1].code == "00"
    for _ in range(2):
        assert desk.take_back(undone[0]).code == "00", "the completion stands again"
    assert desk.refer("0200", "000000 06 20", 1, granted)[1].code == "25", "completed once"
    other = desk.money("0100", "030000 06 10", AMOUNT_FEN)
    void = desk.refer("0100", "200000 06 11", AMOUNT_FEN, other)
    assert void[1].code == "00"
    assert desk.take_back(void[0]).code == desk.take_back(other[0]).code == "00"
    third = desk.money("0100", "030000 06 10", AMOUNT_FEN)
    told = desk.refer("0220", "000000 06 24", AMOUNT_FEN, third)
    assert told[1].code == desk.ask("0220", told[0], mac=True).code == "00"
    sold = desk.money("0200", "000000 00 22", 700)
    assert desk.refer("0200", "200000 00 23", 700, sold)[1].code == "00"
    f48 = desk.totals_field((COMPLETED_FEN + AMOUNT_FEN + 700, 3), (700, 1))
    for _ in range(2):  # the answer to the first was lost
        reply = desk.manage("0500", "201", f11=desk.next_stan(), f48=f48, f49="156")
        said = reply[48] if isinstance(reply[48], str) else reply.octets(48).decode()
        assert (said[30], said[61], 39 in reply) == ("1", "1", False)
    count: str | bytes = b"0004" if isinstance(f48, bytes) else "0004"
    assert desk.manage("0320", "207", f11=desk.next_stan(), f48=count).code == "00"
    assert desk.manage("0820", "002", f11=desk.next_stan()).code == "00"
    assert desk.money("0200", "000000 00 22", 700)[1].code == "77"


def test_lists_page_by_page(desk: Desk) -> None:
    """Flag, number of the last entry in three digits, entries as length and digits (posrig's choice of a division)."""
    for code in ("390", "396", "398"):
        found: list[str] = []
        more = "2"
        while more == "2":
            value = desk.manage("0800", code, f62=b"%03d" % len(found)).octets(62).decode()
            more, end, at = value[0], int(value[1:4]), 4
            while at < len(value):
                size = int(value[at : at + 2])
                found.append(value[at + 2 : at + 2 + size])
                at += 2 + size
            assert end == len(found) - 1 and all(bin_.isdigit() for bin_ in found)
        assert more == "1" and len(found) == len(set(found)) > 0
        assert desk.manage("0800", f"{int(code) + 1}").code == "00"
    parameters = desk.manage("0800", "394").octets(62).decode()
    assert parameters[:10] == "FF805D0011" and "FF8058012" in parameters
    assert desk.manage("0800", "395").code == "00"


def test_the_master_key_by_rsa(desk: Desk) -> None:
    key = tlv_pairs(desk.manage("0800", "352").octets(62))
    modulus, exponent = (int.from_bytes(key[tag], "big") for tag in (0xDF02, 0xDF04))
    size, transport = len(key[0xDF02]), bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    block = b"\0\2".ljust(size - 17, b"\xff") + b"\0" + transport
    sealed = pow(int.from_bytes(block, "big"), exponent, modulus).to_bytes(size, "big")
    wide = desk.algorithm == "sm4"
    check = (sm4(transport, bytes(16)) if wide else des(transport, bytes(8)))[:4]
    f62 = b"\x9f\x06\5" + key[0x9F06] + b"\x9f\x22\1" + key[0x9F22]
    f62 += b"\xdf\x23\x81" + bytes([size]) + sealed + b"\xdf\x24\4" + check
    assert desk.manage("0800", "351").code == "12", "nothing was downloaded"
    assert desk.manage("0800", "350", f62=f62[:-4] + xor(check, b"\1\0\0\0")).code == "A7"
    cipher = tlv_pairs(desk.manage("0800", "350", f62=f62).octets(62))[0xDF21]
    assert (sm4(transport, cipher, decrypt=True) if wide else des(transport, cipher, decrypt=True)) == desk.tmk
    assert desk.manage("0800", "351").code == "00"
    assert desk.money("0200", "000000 00 22", 100)[1].code == "77", "its working keys are void"
    desk.start()
    assert desk.money("0200", "000000 00 22", 100)[1].code == "00"


def test_no_card_another_currency_and_a_repetition_under_another_kind(desk: Desk) -> None:
    fields = desk.sale_fields(100, f60=desk.f60("22"), f2=None, f35=None)
    assert desk.ask("0200", fields, mac=True).code == "30"
    assert desk.money("0200", "000000 00 22", 100, f49="840")[1].code == "12"
    sold, other = desk.money("0200", "000000 00 22", 100), desk.money("0200", "000000 00 22", 100)
    void = desk.refer("0200", "200000 00 23", 100, sold)
    assert void[1].code == "00"
    again = void[0] | {37: other[1].octets(37), 60: desk.f60("25")}
    assert desk.ask("0220", again, mac=True).code == "94"
