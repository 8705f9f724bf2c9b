"""A ZVT terminal that a test plays with literal APDUs, for the register's side.  It knows nothing of our codec but the
framers; the APDUs are those of PA00P015 and of published captures."""

from __future__ import annotations

from typing import Any

from harness.driver.driver import Driver
from harness.driver.settings import DriverSettings
from harness.machine import SECOND_US, Answer, Ask, Note, Received, Send, Wake
from protocols.framing import Frame
from protocols.registers import Transport
from protocols.zvt.framing import ZvtSerialFramer, ZvtTcpFramer
from protocols.zvt.quirks import ZvtQuirks

ACK, NAK = b"\x06", b"\x15"
TAKEN = "800000"
REGISTERED = "060f0a19002929001006490978"  # bezahl-online, capture
STATUS_INFO = (
    "040f2a 2700 04000000001234 49 0978 0b000470 0c223953 0d1006 870470 29 28004869 8a2e 22f1f0eeeeeeeeeeeeeee4281f"
)


class Played:
    """A terminal played by the test, on either transport.  `sent` are the APDUs that it has received."""

    def __init__(self, transport: Transport = "tcp", **quirks: Any) -> None:
        settings = DriverSettings(protocol="zvt", transport=transport, quirks=ZvtQuirks(**quirks))
        self.serial = transport == "serial"
        self.driver = Driver(settings)
        self.driver.start([], 0)
        self.now = 0
        self.framer = ZvtSerialFramer() if self.serial else ZvtTcpFramer()
        self.sent: list[str] = []
        self.octets = b""
        self.effects: list[Any] = []
        self.answers: list[Any] = []

    def handle(self, event: Any) -> None:
        effects = self.driver.handle(event, self.now)
        self.effects += effects
        self.octets = b"".join(e.data for e in effects if isinstance(e, Send) and e.link == "terminal")
        self.answers += [e.value for e in effects if isinstance(e, Answer)]
        for item in self.framer.feed(self.octets):
            if isinstance(item, Frame):
                self.sent.append(item.payload.hex())
                if self.serial:
                    self.handle(Received("terminal", ACK))

    def ask(self, op: str, **args: Any) -> None:
        self.handle(Ask("person", op, args, ticket=1))

    def say(self, *apdus: str) -> None:
        for apdu in apdus:
            octets = bytes.fromhex(apdu.replace(" ", ""))
            if apdu.startswith("040f2a"):
                octets = octets[:2] + bytes((len(octets) - 3,)) + octets[3:]
            self.now += 1000
            self.handle(Received("terminal", self.framer.frame(octets)))

    def wait(self, seconds: float) -> None:
        self.now += int(seconds * SECOND_US)
        self.handle(Wake())

    def registered(self) -> None:
        self.ask("identify")
        self.say(TAKEN, REGISTERED, TAKEN, "060f0100")
        self.sent.clear()
        self.answers.clear()

    def notes(self, kind: str) -> list[Any]:
        return [e.data for e in self.effects if isinstance(e, Note) and e.kind == kind]
