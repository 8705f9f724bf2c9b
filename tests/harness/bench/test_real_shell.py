"""The real shell with toy machines: sockets, ptys, a store and a clock are real, only the machine is a toy."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
import serial

from harness.bench.conversation import Limits
from harness.bench.shell import RealShell
from harness.bench.tickets import TooManyAsks
from harness.bench.wires import open_pty_wire, open_serial_wire
from harness.clock import RealClock
from harness.links import tcp
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
    Send,
    Wake,
)
from harness.stores.memory import MemoryStore

SECOND_US = 1_000_000


@dataclass
class Toy:
    """Lines on a link are commands.  `save X` persists X and answers with all that is saved; `raise` is a bug."""

    name: str = "host"
    saved: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    deadline: int | None = None
    ticket: int = 0

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        self.saved = [record["what"] for record in records]
        return [Note("boot", {"records": len(records)}, ("host",))]

    def handle(self, event: Event, now: int) -> list[Effect]:
        match event:
            case Received(link, data):
                return [effect for line in data.split() for effect in self.command(link, line.decode(), now)]
            case Opened(link) | Closed(link):
                self.seen.append(f"{type(event).__name__} {link} {getattr(event, 'reason', '')}".strip())
                return []
            case Wake():
                self.deadline = None
                return [Answer(self.ticket, {"woke": now})]
            case Ask(_, "sleep", args, ticket):
                self.deadline, self.ticket = now + args["us"], ticket
                return []
            case Ask(_, "dial", args, _):
                return [Connect("host", args["address"])]
            case Ask(_, "boom", _, _):
                raise ZeroDivisionError
            case Ask(_, "silence", _, _):
                return []
            case Ask(_, _, args, ticket):
                return [Answer(ticket, dict(args))]
        raise AssertionError(event)

    def command(self, link: str, word: str, now: int) -> list[Effect]:
        if word == "raise":
            raise ValueError("a bug in a machine")
        if word == "bye":
            return [Send(link, b"bye\n"), Close(link)]
        if word == "read":
            return [Send(link, ",".join(self.saved).encode() + b"\n")]
        self.saved.append(word)
        return [Persist(({"kind": "word", "what": word},)), Send(link, ",".join(self.saved).encode() + b"\n")]


class Tape:
    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def append(self, party: str, kind: str, data: Mapping[str, Any], seen_by: Sequence[str], t_us: int) -> None:
        self.events.append((kind, dict(data)))


class HeldStore(MemoryStore):
    """Every append waits until the test allows it."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed = threading.Semaphore(0)
        self.error: Exception | None = None

    def append(self, records: Sequence[Record]) -> None:
        assert self.allowed.acquire(timeout=5)
        if self.error is not None:
            raise self.error
        super().append(records)


def with_shell(
    test: Callable[[RealShell, Toy], Awaitable[None]],
    store: MemoryStore | None = None,
    tap: Tape | None = None,
    limits: Limits | None = None,
) -> None:
    async def main() -> None:
        toy = Toy()
        shell = RealShell(toy, store or MemoryStore(), RealClock(), tap=tap, limits=limits)
        shell.start()
        try:
            async with asyncio.timeout(10):
                await test(shell, toy)
        finally:
            await Client.close_all()
            await shell.close()

    asyncio.run(main())


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


class Client:
    """A plain TCP client of the shell; `with_shell` closes all of them."""

    every: ClassVar[list[asyncio.StreamWriter]] = []

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.read = reader.read
        self.readline = reader.readline
        self.transport = writer.transport
        self.write = writer.write
        self.write_eof = writer.write_eof
        Client.every.append(writer)

    @staticmethod
    async def to(address: str) -> Client:
        return Client(*await asyncio.open_connection(*tcp.split_address(address)))

    @staticmethod
    async def close_all() -> None:
        while Client.every:
            writer = Client.every.pop()
            writer.close()
            try:
                await writer.wait_closed()
            except ConnectionError:
                pass


async def dialled(shell: RealShell) -> Client:
    return await Client.to(await shell.listen("127.0.0.1:0"))


def test_a_dialogue_over_tcp_is_traced_from_open_to_closed() -> None:
    tape = Tape()

    async def test(shell: RealShell, toy: Toy) -> None:
        client = await dialled(shell)
        client.write(b"one")
        assert await client.readline() == b"one\n"
        client.write(b"bye")
        assert await client.read() == b"bye\n"
        assert toy.seen == ["Opened c1"], "a machine that closed a link itself is not told"
        assert shell.status()["links"] == {"accepted": {"in": 6, "out": 8, "open": 0}}

    with_shell(test, tap=tape)
    kinds = [
        (kind, data.get("dir") or data.get("what"), data.get("hex", data.get("kinds"))) for kind, data in tape.events
    ]
    assert kinds == [
        ("boot", None, None),
        ("link", "open", None),
        ("bytes", "in", "6F6E65"),
        ("persist", None, ["word"]),
        ("bytes", "out", "6F6E650A"),
        ("bytes", "in", "627965"),
        ("bytes", "out", "6279650A"),
        ("link", "closed", None),
    ]


def test_nothing_that_rests_on_a_record_leaves_before_it_is_durable() -> None:
    store = HeldStore()

    async def test(shell: RealShell, toy: Toy) -> None:
        address = await shell.listen("127.0.0.1:0")
        first = await Client.to(address)
        second = await Client.to(address)
        first.write(b"one")
        await until(lambda: toy.saved == ["one"])
        second.write(b"read")  # an answer out of state that is not durable yet
        third = await Client.to(address)
        third.write(b"two")
        await until(lambda: toy.saved == ["one", "two"])  # no connection is blocked while the disk is busy
        assert shell.status()["links"]["accepted"]["out"] == 0
        assert store.load() == []
        store.allowed.release(2)
        assert await first.readline() == b"one\n"
        assert await second.readline() == b"one\n"
        assert await third.readline() == b"one,two\n"

    with_shell(test, store=store)
    assert [record["what"] for record in store.load()] == ["one", "two"]


def test_a_client_that_sends_no_more_still_gets_the_answer_that_waits_for_the_disk() -> None:
    store = HeldStore()

    async def test(shell: RealShell, toy: Toy) -> None:
        client = await dialled(shell)
        client.write(b"one")
        await until(lambda: toy.saved == ["one"])
        client.write_eof()
        await asyncio.sleep(0.02)  # time enough to be told of the end while the disk is busy
        store.allowed.release()
        assert await client.read() == b"one\n"
        await until(lambda: toy.seen[-1] == "Closed c1 eof")
        assert shell.status()["links"]["accepted"]["open"] == 0

    with_shell(test, store=store)


def test_a_store_that_fails_ends_the_shell_and_acknowledges_nothing() -> None:
    store = HeldStore()
    store.error = OSError(28, "No space left on device")

    async def test(shell: RealShell, toy: Toy) -> None:
        client = await dialled(shell)
        client.write(b"one")
        store.allowed.release()
        await shell.run()
        assert isinstance(shell.failure, OSError)
        assert shell.status()["links"]["accepted"]["out"] == 0

    with_shell(test, store=store)


def test_an_exception_in_a_machine_costs_that_connection_and_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async def test(shell: RealShell, toy: Toy) -> None:
        address = await shell.listen("127.0.0.1:0")
        good = await Client.to(address)
        bad = await Client.to(address)
        bad.write(b"raise")
        assert await bad.read() == b""
        answer = await shell.ask("control", "boom", {})
        assert not answer.ok and set(answer.value["error"]) == {"zh", "en"}
        good.write(b"read")
        assert await good.readline() == b"\n"
        assert shell.bugs == 2
        assert toy.seen == ["Opened c1", "Opened c2", "Closed c2 gone"]

    with caplog.at_level(logging.ERROR, "posrig.shell"):
        with_shell(test)
    assert "Received c2" in caplog.text and "a bug in a machine" in caplog.text
    assert "7261697365" not in caplog.text and "b'raise'" not in caplog.text, "octets stay out of the log"


def test_connections_above_the_limit_and_idle_ones_are_dropped() -> None:
    async def test(shell: RealShell, toy: Toy) -> None:
        address = await shell.listen("127.0.0.1:0")
        kept = [await Client.to(address) for _ in range(2)]
        await until(lambda: len(toy.seen) == 2)
        client = await Client.to(address)
        with pytest.raises(ConnectionResetError):
            await client.read()
        assert await kept[0].read() == b""  # idle
        assert await kept[1].read() == b""
        assert sorted(toy.seen[2:]) == ["Closed c1 timeout", "Closed c2 timeout"]

    with_shell(test, limits=Limits(connections=2, idle_s=0.2))


def test_a_peer_that_never_reads_cannot_make_us_grow() -> None:
    async def test(shell: RealShell, toy: Toy) -> None:
        toy.saved = ["x" * 60_000]
        client = await dialled(shell)
        client.transport.pause_reading()  # type: ignore[attr-defined]  # the base class does not declare it
        for _ in range(400):  # 24 MB of answers
            client.write(b"read ")
        await until(lambda: any(line.startswith("Closed") for line in toy.seen))
        assert shell.status()["links"]["accepted"]["open"] == 0

    with_shell(test)


def test_advancing_the_clock_brings_the_deadline_at_once() -> None:
    async def test(shell: RealShell, toy: Toy) -> None:
        asked = asyncio.create_task(shell.ask("control", "sleep", {"us": 3600 * SECOND_US}))
        await until(lambda: toy.deadline)
        deadline = toy.deadline
        assert deadline is not None
        assert shell.status()["deadline_us"] == deadline
        shell.advance(3599 * SECOND_US)
        await asyncio.sleep(0)
        assert not asked.done()
        shell.advance(SECOND_US)
        assert (await asked).value["woke"] >= deadline

    with_shell(test)


def test_asks_that_nobody_answers_are_limited() -> None:
    async def test(shell: RealShell, toy: Toy) -> None:
        waiting = [asyncio.create_task(shell.ask("person", "silence", {})) for _ in range(2)]
        await until(lambda: shell.status()["tickets"] == 2)
        with pytest.raises(TooManyAsks):
            await shell.ask("person", "silence", {})
        for task in waiting:
            task.cancel()

    with_shell(test, limits=Limits(tickets=2))


@pytest.mark.parametrize(
    ("address", "reason"),
    [("127.0.0.1:1", "refused"), ("no-such-host.invalid:1", "name-not-found"), ("", "unreachable")],
)
def test_a_dial_that_fails_says_why(address: str, reason: str) -> None:
    async def test(shell: RealShell, toy: Toy) -> None:
        asked = asyncio.create_task(shell.ask("control", "dial", {"address": address}))
        await until(lambda: toy.seen)
        assert toy.seen == [f"Closed host {reason}"]
        asked.cancel()

    with_shell(test)


def test_a_register_on_a_pty_comes_and_goes() -> None:
    async def test(shell: RealShell, toy: Toy) -> None:
        name = open_pty_wire(shell, "register")
        for expected in (b"one\n", b"one,two\n"):
            with await asyncio.to_thread(serial.Serial, name, 9600, timeout=5, exclusive=True) as register:
                register.write(expected.strip().split(b",")[-1])
                assert await asyncio.to_thread(register.read_until) == expected
        assert toy.seen == ["Opened register"]

    with_shell(test)


def test_an_unplugged_serial_port_is_told_and_taken_up_again() -> None:
    async def test(shell: RealShell, toy: Toy) -> None:
        master, slave = os.openpty()
        link = shell_link = "terminal"
        path = os.ttyname(slave)
        open_serial_wire(shell, link, path, reopen_s=0.02)
        os.write(master, b"one\n")
        assert await asyncio.to_thread(os.read, master, 100)
        os.close(slave)
        os.close(master)
        await until(lambda: len(toy.seen) == 2)
        assert toy.seen == [f"Opened {shell_link}", f"Closed {shell_link} gone"]
        again, slave = os.openpty()  # the lowest free number, so the same name again
        if os.ttyname(slave) == path:
            await until(lambda: len(toy.seen) == 3)
        os.close(again)
        os.close(slave)

    with_shell(test)
