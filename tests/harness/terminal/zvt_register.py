"""A ZVT register that the test plays with literal APDUs; of ours it has the framers only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.machine import Close, Closed, Effect, Opened, Received, Send, Wake
from harness.terminal.terminal import Terminal
from protocols.framing import Control, Frame
from protocols.registers import Transport
from protocols.zvt.framing import ZvtSerialFramer, ZvtTcpFramer
from protocols.zvt.quirks import ZvtQuirks

from .scripted import Bench, Host, ready_settings

TAKEN = "800000"
WANTS_ALL = "be"
"""Config byte of the vendors' examples: the register prints every receipt, intermediate status wanted."""
LAST_ONES = ("060f", "061e")
TURNS_MAX = 200


def registering(config: str = WANTS_ALL, more: str = "") -> str:
    """06 00 as the published registers send it."""
    data = f"123456{config}0978{more}"
    return f"0600{len(data) // 2:02x}{data}"


class ZvtRegister:
    """`told`: APDUs of the terminal since the last command; `controls`: its ACKs and NAKs.

    `answers` says what a command of the terminal gets, None for silence; on a serial line every frame is acknowledged
    unless `deaf`.
    """

    def __init__(
        self, transport: Transport = "tcp", quirks: Mapping[str, Any] | None = None, records: Any = (), **changes: Any
    ) -> None:
        settings = ready_settings(
            register_protocol="zvt", register_transport=transport, quirks=ZvtQuirks(**(quirks or {})), **changes
        )
        self.serial = transport == "serial"
        self.bench = Bench(settings, Host(), records)
        self.told: list[str] = []
        self.controls: list[int] = []
        self.closed = 0
        self.deaf = False
        self.answers: Callable[[str], str | None] = lambda apdu: TAKEN
        self.framer = ZvtSerialFramer() if self.serial else ZvtTcpFramer()
        self._others = Bench._one.__get__(self.bench)
        self.bench._one = self._one  # type: ignore[method-assign]  # the cable's effects are ours, the bench has the rest

    @property
    def terminal(self) -> Terminal:
        return self.bench.terminal

    def _one(self, effect: Effect) -> None:
        if isinstance(effect, Close) and effect.link == "register":
            self.closed += 1
        if not isinstance(effect, Send) or effect.link != "register":
            self._others(effect)
            return
        for item in self.framer.feed(effect.data):
            if isinstance(item, Control):
                self.controls.append(item.byte)
            elif isinstance(item, Frame):
                self._apdu(item.payload.hex())

    def _apdu(self, apdu: str) -> None:
        if self.serial and not self.deaf:
            self.feed(b"\x06")
        self.told.append(apdu)
        if apdu[:2] not in ("80", "84") and not self.deaf and (answer := self.answers(apdu)) is not None:
            self.feed(self.framer.frame(bytes.fromhex(answer)))

    def feed(self, octets: bytes) -> None:
        self.bench._queue.append(Received("register", octets))

    def send(self, apdu: str) -> None:
        """A command, and what the terminal does in the same moment."""
        self.told.clear()
        self.octets(self.framer.frame(bytes.fromhex(apdu)))

    def octets(self, octets: bytes) -> None:
        self.bench.carry(self.terminal.handle(Received("register", octets), self.bench.now))

    def plug(self, plugged_in: bool) -> None:
        event = Opened("register") if plugged_in else Closed("register", "gone")
        self.bench.carry(self.terminal.handle(event, self.bench.now))

    def wait(self) -> bool:
        """Until the terminal does something by itself; False: it waits for nothing."""
        due = self.terminal.deadline
        if due is None:
            return False
        self.bench.now = max(due, self.bench.now)
        self.bench.carry(self.terminal.handle(Wake(), self.bench.now))
        return True

    def settle(self) -> None:
        """Until nothing is under way at the terminal."""
        for _ in range(TURNS_MAX):
            if not self.wait():
                return
        raise AssertionError("the terminal never comes to rest")

    def ask(self, apdu: str) -> list[str]:
        """A command and all that the terminal tells up to its end."""
        self.send(apdu)
        for _ in range(TURNS_MAX):
            if any(told[:4] in LAST_ONES or told[:2] == "84" for told in self.told) or not self.wait():
                return list(self.told)
        raise AssertionError("the command never ends")

    def register(self, config: str = WANTS_ALL, more: str = "") -> list[str]:
        return self.ask(registering(config, more))

    def get_ready(self, config: str = WANTS_ALL, more: str = "") -> None:
        """Registered, signed in, everything downloaded."""
        self.bench.get_ready()
        assert self.register(config, more)[1][:4] == "060f"

    def card(self, how: str = "swipe") -> None:
        self.bench.ask("person", "present", card="debit", how=how, pin="123456")

    def pay(self, fen: int = 1234) -> list[str]:
        """06 01 with a card at hand."""
        self.card()
        return self.ask(f"06010704{fen:012d}")

    @property
    def kept(self) -> list[int]:
        """What the host kept, in fen."""
        return sorted(amount for amount in self.bench.host.ledger.values() if amount)

    @property
    def booked(self) -> list[int]:
        """What the terminal's batch has, in fen."""
        entries = self.bench.snapshot["entries"]
        return sorted((-1 if e["kind"] in ("refund", "void") else 1) * e["amount_fen"] for e in entries)


def commands(told: list[str]) -> list[str]:
    """The control fields of what was told."""
    return [apdu[:4] for apdu in told]
