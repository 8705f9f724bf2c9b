"""A real shell whose machine loses its power: what was on its way to the storage is there, nothing else is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from harness.bench.shell import RealShell
from harness.clock import RealClock
from harness.machine import Ask, Effect, Event, Opened, Persist, Received, Record, Send
from harness.stores.memory import MemoryStore


class Memo:
    """Keeps each word that arrives, and answers with all of them; `read` only answers."""

    name = "terminal"
    deadline: int | None = None

    def __init__(self) -> None:
        self.saved: list[str] = []
        self.opened: list[str] = []

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        self.saved = [record["what"] for record in records]
        return []

    def handle(self, event: Event, now: int) -> list[Effect]:
        match event:
            case Opened(link):
                self.opened.append(link)
            case Received(link, data):
                told: list[Effect] = []
                if data != b"read":
                    self.saved.append(data.decode())
                    told = [Persist(({"kind": "word", "what": data.decode()},))]
                return [*told, Send(link, ",".join(self.saved).encode())]
            case Ask():
                self.deadline = now + 1  # long past when the power comes back: the old machine must not be woken
        return []


class SlowStore(MemoryStore):
    """Every append waits until the test allows it."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed = threading.Semaphore(0)

    def append(self, records: Sequence[Record]) -> None:
        assert self.allowed.acquire(timeout=5)
        super().append(records)


def test_a_power_cut_takes_all_that_is_not_durable_and_the_register_is_still_wired() -> None:
    store = SlowStore()

    async def main() -> None:
        shell = RealShell(Memo(), store, RealClock(), factory=Memo)
        shell.start()
        heard = Heard()
        shell.wire("register").opened(heard, "/dev/pts/0")
        sleeper = asyncio.ensure_future(shell.ask("control", "sleep", {}))
        await asyncio.sleep(0)  # it is asked by now
        shell.deliver(Received("register", b"apple"))
        shell.power_off()
        store.allowed.release()
        shell.deliver(Received("register", b"pear"))
        with pytest.raises(asyncio.CancelledError):
            await sleeper
        await shell.power_on()
        assert heard.sent == []
        assert isinstance(shell.machine, Memo)
        assert shell.machine.saved == ["apple"]
        assert shell.machine.opened == ["register"]
        shell.deliver(Received("register", b"read"))
        assert heard.sent == [b"apple"]
        await shell.close()

    asyncio.run(main())


class Heard:
    """A port that keeps what is sent."""

    octets_in = octets_out = 0

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, data: bytes) -> bool:
        self.sent.append(data)
        return True

    def close(self, reason: str = "local") -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...
