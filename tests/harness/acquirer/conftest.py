"""A terminal's side of the conversation, built with the protocols package alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.acquirer.host import Host
from harness.acquirer.settings import CardAccount, HostSettings
from harness.fixtures import load_dialect
from harness.machine import Answer, Ask, Effect, Event, Opened, Persist, Received, Record, Send, Wake
from protocols.framing import Frame, TcpFramer
from protocols.unionpay import mac as macs
from protocols.unionpay.dialect import Dialect
from protocols.unionpay.header import Header, Tpdu
from protocols.unionpay.keys import WorkingKeys, unwrap_working_keys
from protocols.unionpay.message import Message, Value, codec_for

MID = "898520154110004"
TID = "52010009"
SN = "00000302PAX0001"
TMK = "159D86C7C1F779EA29F77A6858E0DA2A"  # moehuster/test_union_pay, a published test key
PAN = "6212142000000000012"
PROVISION = {
    "merchant": [
        {
            "mid": MID,
            "name": "测试商户",
            "terminal": [
                {"tid": TID, "sn": SN, "tmk": TMK, "test_key": True},
                {"tid": "52010010", "sn": "SN2", "tmk": TMK, "test_key": True, "dialect": "cup-cbc"},
            ],
        }
    ]
}


def settings(**changes: object) -> HostSettings:
    """Settings with the shipped dialects `cup` and `cup-cbc` and one card with a PIN."""
    dialects = {name: load_dialect(name) for name in ("cup", "cup-cbc")}
    values: dict[str, Any] = {
        "dialects": dialects,
        "seed": b"test",
        "cards": {PAN: CardAccount(balance_fen=100_000, pin="123456", expiry="2912")},
    }
    return HostSettings(**(values | changes))


@dataclass
class Bench:
    """The host with its store, and a clock that only the test moves."""

    host: Host
    records: list[Record] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    now: int = 0

    @classmethod
    def made(cls, **changes: object) -> Bench:
        """A host that has just started for the first time."""
        bench = cls(Host(settings(**changes)))
        bench.take(bench.host.start((), 0))
        bench.ask("control", "provision", **PROVISION)
        bench.feed(Opened("c1"))
        return bench

    def take(self, effects: list[Effect]) -> list[Effect]:
        """Carry out: persist, keep the rest for the test."""
        sent = False
        for effect in effects:
            if isinstance(effect, Persist):
                assert not sent, "answered before it was durable"
                self.records.extend(effect.records)
            sent = sent or isinstance(effect, Send | Answer)
        self.effects = effects
        return effects

    def feed(self, event: Event) -> list[Effect]:
        """One turn."""
        return self.take(self.host.handle(event, self.now))

    def ask(self, who: str, name: str, /, **args: object) -> dict[str, Any]:
        """The answer to a legal request."""
        answer = self.answer(who, name, **args)
        assert answer.ok, answer.value
        return dict(answer.value)

    def answer(self, who: str, name: str, /, **args: object) -> Answer:
        """The answer, legal or not."""
        (answer,) = [e for e in self.feed(Ask(who, name, args, 7)) if isinstance(e, Answer)]
        assert answer.ticket == 7
        return answer

    def wait(self, time_us: int) -> None:
        """Let time pass as a shell does: every deadline on the way is a Wake."""
        end = self.now + time_us
        while (due := self.host.deadline) is not None and due <= end:
            self.now = max(self.now, due)
            self.feed(Wake())
        self.now = end
        self.feed(Opened("c1"))

    def restarted(self) -> Host:
        """Another host from the same records."""
        other = Host(self.host.settings)
        other.start(self.records, self.now)
        return other


@dataclass
class Pos:
    """A terminal that knows nothing but the protocol."""

    bench: Bench
    dialect: Dialect = field(default_factory=lambda: load_dialect("cup"))
    tid: str = TID
    mid: str = MID
    stan: int = 0
    batch: str = "000000"
    keys: WorkingKeys | None = None
    link: str = "c1"
    tail: str = "00050"

    def next_stan(self) -> str:
        """A new F11."""
        self.stan += 1
        return f"{self.stan:06d}"

    def frame(self, mti: str, fields: dict[int, Value], mac: bool = False) -> bytes:
        """The whole TCP frame of a request."""
        codec = codec_for(self.dialect)
        full: dict[int, Value] = {**({41: self.tid, 42: self.mid} if self.tid else {}), **fields}
        if mac:
            full[64] = bytes(8)
        message = Message(mti, dict(sorted(full.items())), Tpdu.from_hex("6005810000"), Header.from_hex("603100311108"))
        if mac:
            assert self.keys is not None
            data = codec.mac_input(codec.build(message))
            message = message.replacing({64: macs.mac(self.dialect.mac_form, self.keys.mak, data)})
        return TcpFramer().frame(codec.build(message))

    def exchange(self, frame: bytes) -> Message:
        """The reply to a frame; its MAC is checked when it has one."""
        sent = [e for e in self.bench.feed(Received(self.link, frame)) if isinstance(e, Send)]
        assert len(sent) == 1, self.bench.effects
        (item,) = TcpFramer().feed(sent[0].data)
        assert isinstance(item, Frame)
        codec = codec_for(self.dialect)
        reply = codec.parse(item.payload)
        mac = reply.octets(64)
        if mac is not None:
            assert self.keys is not None
            assert macs.verify(self.dialect.mac_form, self.keys.mak, codec.mac_input(item.payload), mac)
        return reply

    def ask(self, mti: str, fields: dict[int, Value], mac: bool = False) -> Message:
        """Request and reply."""
        return self.exchange(self.frame(mti, fields, mac))

    def sign_in(self, code: str = "003") -> Message:
        """签到: takes over keys and batch on 00."""
        reply = self.ask("0800", {11: self.next_stan(), 60: f"00{self.batch}{code}", 63: b"001"})
        if reply.text(39) == "00":
            value = reply.octets(62)
            assert value is not None
            self.keys = unwrap_working_keys(value, bytes.fromhex(TMK), self.dialect.key_layouts)
            self.batch = (reply.text(60) or "")[2:8]
        return reply

    def sale_fields(self, amount_fen: int, stan: str | None = None, pan: str = PAN) -> dict[int, Value]:
        """A chip sale without PIN."""
        return {
            2: pan,
            3: "000000",
            4: f"{amount_fen:012d}",
            11: stan or self.next_stan(),
            14: "2912",
            22: "052",
            23: "001",
            25: "00",
            49: "156",
            60: f"22{self.batch}000{self.tail[3:]}",
        }

    def sale(self, amount_fen: int, stan: str | None = None) -> Message:
        """消费."""
        return self.ask("0200", self.sale_fields(amount_fen, stan), mac=True)

    def void(self, original: Message, amount_fen: int, stan: str | None = None) -> Message:
        """消费撤销 of an approved sale."""
        fields = self.sale_fields(amount_fen, stan)
        fields |= {3: "200000", 37: original.text(37) or "", 38: original.text(38) or "000000"}
        fields |= {60: f"23{self.batch}000{self.tail[3:]}", 61: f"{self.batch}{original.text(11)}"}
        return self.ask("0200", fields, mac=True)

    def refund(self, original: Message, amount_fen: int, batch: str | None = None) -> Message:
        """退货 of an approved sale, also of a settled batch."""
        fields = self.sale_fields(amount_fen)
        fields |= {3: "200000", 37: original.text(37) or "", 60: f"25{self.batch}000{self.tail[3:]}"}
        fields[61] = f"{batch or self.batch}{original.text(11)}{original.text(13)}"
        return self.ask("0220", fields, mac=True)

    def settle(self, debit: tuple[int, int], credit: tuple[int, int] = (0, 0), batch: str | None = None) -> Message:
        """批结算 with the terminal's totals: (fen, count) each."""
        f48 = f"{debit[0]:012d}{debit[1]:03d}{credit[0]:012d}{credit[1]:03d}0" + "0" * 31
        fields: dict[int, Value] = {
            11: self.next_stan(),
            48: f48,
            49: "156",
            60: f"00{batch or self.batch}201",
            63: b"01 ",
        }
        return self.ask("0500", fields)

    def reverse(self, request: dict[int, Value], reason: str = "98") -> Message:
        """冲正 of a request that was (or was not) sent."""
        fields = {n: v for n, v in request.items() if n not in (37, 52)}
        return self.ask("0400", {**fields, 39: reason}, mac=True)


@pytest.fixture(scope="session")
def make_bench() -> Callable[..., Bench]:
    """Makes a host that has started, with settings changed by keyword."""
    return Bench.made


@pytest.fixture
def bench() -> Bench:
    """A host with two provisioned terminals, and connection c1."""
    return Bench.made()


@pytest.fixture(scope="session")
def make_pos() -> Callable[..., Pos]:
    """Makes a terminal."""
    return Pos


@pytest.fixture
def pos(bench: Bench) -> Pos:
    """A terminal of dialect `cup` that signed in."""
    pos = Pos(bench)
    assert pos.sign_in().text(39) == "00"
    return pos
