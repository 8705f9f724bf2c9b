"""The test plays the host and drives the machine; nothing of the acquirer is used.

`Host` answers requests as the specification says a host does, from its own keys; a test changes single answers.
`Bench` carries effects out: it keeps what was persisted, in order, and can cut the power between any two effects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from harness.machine import (
    Answer,
    Ask,
    Close,
    Closed,
    Connect,
    Effect,
    Event,
    Note,
    Opened,
    Persist,
    Received,
    Record,
    Restart,
    Send,
    Wake,
)
from harness.terminal.settings import Card, Identity, TerminalSettings
from harness.terminal.terminal import Terminal
from protocols import ciphers
from protocols.framing import Frame, TcpFramer
from protocols.tlv import Tlv, build_tlv
from protocols.unionpay import mac
from protocols.unionpay.dialect import CUP, Dialect
from protocols.unionpay.header import Header, Requirement, Tpdu
from protocols.unionpay.message import Message, codec_for

TID, MID = "20202020", "123456789012345"
TMK = bytes.fromhex("11111111111111112222222222222222")
PIK, MAK = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), bytes.fromhex("3131313131313131")
CARD = Card("debit", "6212142000000000012", "3012", "001", "6212142000000000012D30121010000000000")
BATCH = "000042"
TRUE_KINDS = {"0200": ("000000", "200000"), "0220": ("200000",)}

Change = Callable[[Message, Message], Message | None]


def working_keys() -> bytes:
    """F62 of a sign-in reply, 40 octets: PIK16 KCV4, MAK8 and eight zeros, KCV4 (PAX)."""
    master = ciphers.cipher_for(TMK, "3des")
    return master.encrypt(PIK) + ciphers.kcv(PIK, "3des") + master.encrypt(MAK) + bytes(8) + ciphers.kcv(MAK, "des")


@dataclass
class Host:
    """A host of a few lines.  `ledger` maps (batch, STAN) to fen kept; `change` may replace or drop (None) a reply."""

    dialect: Dialect = CUP
    ledger: dict[tuple[str, str], int] = field(default_factory=dict)
    seen: list[Message] = field(default_factory=list)
    change: Change | None = None
    lists: bool = True

    def answer(self, octets: bytes) -> bytes | None:
        """The reply to one request, None for silence."""
        codec = codec_for(self.dialect)
        request = codec.parse(octets)
        self.seen.append(request)
        fields = self._reply(request, codec.mac_input(octets) if 64 in request.fields else None)
        assert request.tpdu is not None and request.header is not None
        mti = f"{request.mti[:2]}{int(request.mti[2]) + 1}{request.mti[3]}"
        reply: Message | None = Message(mti, dict(sorted(fields.items())), request.tpdu.swapped(), request.header)
        if self.change is not None:
            assert reply is not None
            reply = self.change(request, reply)
        return None if reply is None else self.sealed(reply)

    def sealed(self, reply: Message) -> bytes:
        """The octets of `reply`; an F64 of zeros is replaced by the MAC."""
        codec = codec_for(self.dialect)
        octets = codec.build(reply)
        if reply.get(64) == bytes(8):
            octets = codec.build(reply.replacing({64: mac.mac(self.dialect.mac_form, MAK, codec.mac_input(octets))}))
        return octets

    def _reply(self, request: Message, mac_input: bytes | None) -> dict[int, Any]:
        kept = {n: v for n, v in request.fields.items() if n in (2, 3, 4, 11, 25, 41, 42, 49, 60)}
        fields = kept | {12: "101112", 13: "1121", 39: "00"}
        mti, f60 = request.mti, str(request.get(60) or "")
        net = f60[8:11]
        if mac_input is not None:
            f64 = request.octets(64)
            assert f64 is not None
            if not mac.verify(self.dialect.mac_form, MAK, mac_input, f64):
                return kept | {39: "A0"}
        if mti in ("0200", "0220", "0400"):
            return self._money(request, fields)
        if mti == "0500":
            del fields[39]
            fields[48] = str(request.get(48))[:30] + "1" + str(request.get(48))[31:61] + "1"
        elif net in ("001", "003", "004"):
            fields |= {60: "00" + BATCH + net, 62: working_keys()}
        elif net == "101":
            fields |= {41: TID, 42: MID}
        elif net == "360":
            fields[62] = b"1260"
        elif self.lists:
            fields |= self._lists(net)
        return fields

    def _lists(self, net: str) -> dict[int, Any]:
        rid, index = Tlv(0x9F06, bytes.fromhex("A000000333")), Tlv(0x9F22, b"\x08")
        aid = Tlv(0x9F06, bytes.fromhex("A000000333010101"))
        replies: dict[str, bytes] = {
            "372": b"1" + build_tlv([rid, index, Tlv(0xDF05, b"20301231")]),
            "370": b"1" + build_tlv([rid, index]),
            "382": b"1" + build_tlv([aid]),
            "380": b"1" + build_tlv([aid]),
        }
        return {62: replies[net]} if net in replies else {}

    def _money(self, request: Message, fields: dict[int, Any]) -> dict[int, Any]:
        key = (str(request.get(60))[2:8], str(request.get(11)))
        amount = int(str(request.get(4) or "0"))
        if request.mti == "0400":
            fields[39] = "00" if key in self.ledger else "25"
            self.ledger[key] = 0
        else:
            sign = -1 if request.get(3) == "200000" else 1
            self.ledger.setdefault(key, sign * amount if request.get(3) != "310000" else 0)
            fields |= {37: f"{int(key[1]):012d}", 38: "654321"}
            if request.get(3) == "310000":
                fields[54] = "1002156C000000012345"
        return fields | {64: bytes(8)}


class PowerCut(Exception):
    """The power went off between two effects."""


class Bench:
    """One terminal and one host.  `cut_after`: the power fails once so many effects were carried out."""

    def __init__(
        self, settings: TerminalSettings | None = None, host: Host | None = None, records: Sequence[Record] = ()
    ) -> None:
        self.settings = settings or ready_settings()
        self.host = host or Host(self.settings.dialect)
        self.records: list[Record] = list(records)
        self.now = 0
        self.answers: dict[int, Answer] = {}
        self.notes: list[Note] = []
        self.log: list[Effect] = []
        self.reachable = True
        self.cut_after: int | None = None
        self._ticket = 0
        self._framer = TcpFramer()
        self._queue: list[Event] = []
        self.boot()

    def boot(self) -> None:
        """Power on."""
        self._queue = []
        self.terminal = Terminal(self.settings)
        self.carry(self.terminal.start(list(self.records), self.now))

    def carry(self, effects: list[Effect]) -> None:
        """Carry effects out, and what they lead to, until nothing is under way."""
        self._run(effects)
        while self._queue:
            self._run(self.terminal.handle(self._queue.pop(0), self.now))

    def _run(self, effects: list[Effect]) -> None:
        for effect in effects:
            if self.cut_after is not None:
                if self.cut_after == 0:
                    self.cut_after = None
                    raise PowerCut
                self.cut_after -= 1
            self.log.append(effect)
            self._one(effect)

    def _one(self, effect: Effect) -> None:
        match effect:
            case Persist(records=records):
                self.records += records
            case Note():
                self.notes.append(effect)
            case Answer():
                assert effect.ticket not in self.answers, "a ticket is answered once"
                self.answers[effect.ticket] = effect
            case Connect(link="host"):
                self._framer = TcpFramer()
                self._queue.append(Opened("host") if self.reachable else Closed("host", "refused"))
            case Send(link="host", data=data):
                for item in self._framer.feed(data):
                    assert isinstance(item, Frame)
                    reply = self.host.answer(item.payload)
                    if reply is not None:
                        self._queue.append(Received("host", TcpFramer().frame(reply)))
            case Close():
                pass
            case Restart():
                self.boot()

    def ask(self, who: str, name: str, **args: Any) -> Answer:
        """Ask, and pass time until the answer is there."""
        self._ticket += 1
        ticket = self._ticket
        self.carry(self.terminal.handle(Ask(who, name, args, ticket), self.now))
        while ticket not in self.answers:
            due = self.terminal.deadline
            assert due is not None, "the terminal waits for nothing and has not answered"
            self.now = max(self.now, due)
            self.carry(self.terminal.handle(Wake(), self.now))
        return self.answers[ticket]

    def do(self, op: str, **args: Any) -> Mapping[str, Any]:
        """An operation's Outcome."""
        answer = self.ask("person", "operate", op=op, **args)
        assert answer.ok, answer.value
        return answer.value

    def sell(self, amount_fen: int = 1234, how: str = "swipe") -> Mapping[str, Any]:
        """A sale with the card and its PIN."""
        self.ask("person", "present", card="debit", how=how, pin="123456")
        return self.do("sale", amount_fen=amount_fen)

    def get_ready(self) -> None:
        """Sign in and download."""
        for op in ("sign_in", "download_parameters", "download_aids", "download_public_keys"):
            assert self.do(op)["status"] == "done", op

    @property
    def snapshot(self) -> Mapping[str, Any]:
        return self.terminal.snapshot()

    @property
    def sent(self) -> list[str]:
        """MTIs that reached the host."""
        return [message.mti for message in self.host.seen]

    def shown(self) -> list[str]:
        """The display, in Chinese."""
        return [note.data["zh"] for note in self.notes if note.kind == "display"]

    def slips(self) -> list[Note]:
        return [note for note in self.notes if note.kind == "slip"]


def ready_settings(**changes: Any) -> TerminalSettings:
    """A provisioned terminal (keyed)."""
    values: dict[str, Any] = {
        "rng": Random(7),
        "identity": Identity(TID, MID, TMK, "测试商户"),
        "cards": {"debit": CARD},
        "activation_code": "12345678",
    }
    return TerminalSettings(**(values | changes))


def box_settings(**changes: Any) -> TerminalSettings:
    """A terminal as it comes out of its box."""
    return ready_settings(identity=None, **changes)


def with_requirement(reply: Message, requirement: int) -> Message:
    """`reply` with a processing requirement in its header."""
    old = reply.header
    assert old is not None
    header = Header(old.application_class, old.version, old.status, Requirement(requirement), old.reserved)
    return Message(reply.mti, reply.fields, reply.tpdu, header)


UNSWAPPED = Tpdu("60", "0003", "0000")
