"""The effect `Restart` in both shells: dialled links break, the register's cable stays, nothing durable is lost, and
what was asked meanwhile is answered by the machine that follows.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

from harness.bench.shell import RealShell
from harness.clock import RealClock
from harness.engine import Engine
from harness.links import tcp
from harness.machine import (
    Answer,
    Ask,
    Closed,
    Connect,
    Effect,
    Event,
    Opened,
    Persist,
    Received,
    Record,
    Restart,
    Send,
)
from harness.stores.memory import MemoryStore
from harness.trace import Header, Trace

LIMIT_S = 10


class Device:
    """Knows how many records it has; "again" makes one, answers, and starts anew.  A request of the register is
    answered with that count."""

    name = "terminal"
    deadline: int | None = None

    def __init__(self) -> None:
        self.records = 0
        self.heard: list[str] = []

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        self.records = len(records)
        return []

    def handle(self, event: Event, now: int) -> list[Effect]:
        match event:
            case Ask(name="again", ticket=ticket):
                return [
                    Persist(({"kind": "reset"},)),
                    Answer(ticket, {"records": self.records}),
                    Restart(),
                ]
            case Ask(name="dial", ticket=ticket, args=args):
                return [Connect("host", str(args.get("address", ""))), Answer(ticket, {})]
            case Ask(ticket=ticket):
                return [Answer(ticket, {"records": self.records, "heard": self.heard})]
            case Received(link="register"):
                return [Send("register", b"%d" % self.records)]
            case Opened(link=link) | Closed(link=link):
                self.heard.append(f"{type(event).__name__} {link}")
        return []


class Till:
    """The other end of the cable, or of the line: keeps what it hears."""

    deadline: int | None = None

    def __init__(self, name: str) -> None:
        self.name = name
        self.heard: list[str] = []

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        return []

    def handle(self, event: Event, now: int) -> list[Effect]:
        match event:
            case Ask(name="say", ticket=ticket):
                return [Send("terminal", b"?"), Answer(ticket, {})]
            case Received(data=data):
                self.heard.append(data.decode())
            case Closed(reason=reason):
                self.heard.append(f"closed {reason}")
        return []


def test_simulated() -> None:
    till, host = Till("register"), Till("host")
    engine = Engine(1, Trace(Header(seed=1, program="test")))
    engine.add_party(Device, MemoryStore())
    engine.add_party(lambda: till, MemoryStore())
    engine.add_party(lambda: host, MemoryStore())
    engine.wire(("register", "terminal"), ("terminal", "register"), latency_us=1_000)
    engine.route(("terminal", "host"), "host")
    engine.settle()
    engine.ask("terminal", "control", "dial")
    engine.settle()
    assert engine.ask("terminal", "control", "again").value == {"records": 0}
    engine.ask("register", "person", "say")
    engine.settle()
    assert till.heard == ["1"]  # no "closed": the cable is still in
    assert host.heard == ["closed reset"]
    assert engine.ask("terminal", "control", "status").value == {"records": 1, "heard": ["Opened register"]}


class SlowStore(MemoryStore):
    """Each append waits until the test allows it."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed = threading.Semaphore(0)

    def append(self, records: Sequence[Record]) -> None:
        assert self.allowed.acquire(timeout=LIMIT_S)
        super().append(records)


class Port:
    """A cable that keeps what is sent."""

    octets_in = octets_out = 0

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, data: bytes) -> bool:
        self.sent.append(data)
        return True

    def close(self, reason: str = "local") -> None:
        self.sent.append(b"closed")

    def pause(self) -> None: ...

    def resume(self) -> None: ...


def test_on_real_links() -> None:
    async def main() -> None:
        store, port = SlowStore(), Port()
        shell = RealShell(Device(), store, RealClock(), factory=Device)
        shell.start()
        shell.wire("register").opened(port, "/dev/pts/0")
        gone = asyncio.Event()
        server = await asyncio.start_server(lambda reader, writer: watch(reader, writer, gone), "127.0.0.1", 0)
        await shell.ask("control", "dial", {"address": tcp.address_of(server)})
        while "host" not in shell.links:
            await asyncio.sleep(0.001)
        again = asyncio.ensure_future(shell.ask("control", "again", {}))
        await asyncio.sleep(0)
        meanwhile = asyncio.ensure_future(shell.ask("control", "status", {}))  # its record is not durable yet
        await asyncio.sleep(0)
        assert not again.done()
        store.allowed.release()
        assert (await again).value == {"records": 0}
        assert (await meanwhile).value == {"records": 1, "heard": ["Opened register"]}
        await gone.wait()
        shell.deliver(Received("register", b"?"))
        assert port.sent == [b"1"]
        server.close()
        await shell.close()

    async def watch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gone: asyncio.Event) -> None:
        await reader.read()
        writer.close()
        gone.set()

    async def limited() -> None:
        async with asyncio.timeout(LIMIT_S):
            await main()

    asyncio.run(limited())
