"""Links on real sockets and ptys: the fault proxy, a faulted line, pyserial's URLs, and errors that say what to do."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable

import pytest

from harness.bench.cable_line import CableLine
from harness.bench.terminal_start import cable_faults
from harness.clock import RealClock
from harness.links import tcp
from harness.links.faulted import FaultedLine
from harness.links.faulty import Faulty
from harness.links.line_settings import LineSettings
from harness.links.plan import FaultPlan
from harness.links.port import Port
from harness.links.proxy import Proxy
from harness.links.pty import open_pty
from harness.links.serial import open_serial
from protocols.errors import LinkError, LocalError
from protocols.framing import SerialFramer, TcpFramer

MINUTE_US = 60_000_000


class Ear:
    """A handler that writes down what it is told; an echo when asked for."""

    def __init__(self, echo: bool = False) -> None:
        self.heard = b""
        self.ends: list[str] = []
        self.port: Port | None = None
        self._echo = echo

    def opened(self, port: Port, peer: str) -> None:
        self.port = port

    def received(self, data: bytes) -> None:
        self.heard += data
        if self._echo and self.port is not None:
            self.port.send(data)

    def finished(self) -> bool:
        return False

    def closed(self, reason: str) -> None:
        self.ends.append(reason)


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def run(test: Awaitable[None]) -> None:
    async def main() -> None:
        async with asyncio.timeout(10):
            await test

    asyncio.run(main())


def faulty(*specs: str, framer: type[TcpFramer] | type[SerialFramer] = TcpFramer) -> Faulty:
    return Faulty(FaultPlan.from_specs(specs), framer, random.Random(0))


class Rig:
    """client - proxy - echo."""

    def __init__(self) -> None:
        self.clock = RealClock()
        self.echo = Ear(echo=True)
        self.proxy = Proxy(lambda: self.target, self.clock.now_us)
        self.target = ""

    async def __aenter__(self) -> Rig:
        self.server, self.target = await tcp.listen("127.0.0.1:0", lambda: self.echo)
        await self.proxy.start()
        return self

    async def client(self) -> Ear:
        ear = Ear()
        await tcp.dial(self.proxy.address, ear, 5)
        return ear

    async def __aexit__(self, *_: object) -> None:
        await self.proxy.close()
        await tcp.stop_listening(self.server)
        if self.echo.port is not None:
            self.echo.port.close()
        await asyncio.sleep(0.01)


FRAME = TcpFramer().frame(b"0123456789")


@pytest.mark.parametrize("address", [":", "host", "host:port", "1:99999999", "[::1"])
def test_what_is_no_address_cannot_be_dialled_and_the_dialler_is_told(address: str) -> None:
    """A terminal names its host to the register, over a line that may garble it."""

    async def test() -> None:
        ear = Ear()
        await tcp.dial(address, ear, 5)
        assert ear.ends == ["name-not-found"]

    run(test())


def test_a_healthy_proxy_is_transparent_and_counts_both_ways() -> None:
    async def test() -> None:
        async with Rig() as rig:
            client = await rig.client()
            assert client.port is not None
            client.port.send(FRAME)
            await until(lambda: client.heard == FRAME)
            n = len(FRAME)
            assert rig.proxy.octets == {"client_in": n, "client_out": n, "server_in": n, "server_out": n}
            client.port.close()
            await until(lambda: rig.echo.ends == ["eof"])

    run(test())


def test_a_delayed_frame_waits_for_the_clock_that_was_handed_in() -> None:
    async def test() -> None:
        async with Rig() as rig:
            rig.proxy.set_faults(faulty("delay:stream=downstream,frame=1,delay=60000"))
            client = await rig.client()
            assert client.port is not None
            client.port.send(FRAME)
            await until(lambda: rig.echo.heard == FRAME)  # before that it is the request that waits, for a moment
            await until(lambda: rig.proxy.queued)
            due_us = rig.proxy.next_due_us
            assert due_us is not None and MINUTE_US / 2 < due_us - rig.clock.now_us() <= MINUTE_US
            assert client.heard == b""
            rig.clock.advance(MINUTE_US)
            rig.proxy.time_moved()
            await until(lambda: client.heard == FRAME)
            client.port.close()

    run(test())


@pytest.mark.parametrize(
    ("spec", "heard_by_host", "heard_by_client"),
    [
        ("drop:stream=upstream,frame=1", b"", b""),
        ("drop:stream=downstream,frame=1", FRAME, b""),
        ("duplicate:stream=upstream,frame=1", FRAME * 2, FRAME * 2),
        ("slicer:average_size=1,stream=upstream", FRAME, FRAME),
    ],
)
def test_faults_strike_real_octets_and_a_spent_plan_lets_the_next_frame_through(
    spec: str, heard_by_host: bytes, heard_by_client: bytes
) -> None:
    async def test() -> None:
        async with Rig() as rig:
            rig.proxy.set_faults(faulty(spec))
            client = await rig.client()
            assert client.port is not None
            client.port.send(FRAME)
            await until(
                lambda: len(rig.echo.heard) == len(heard_by_host) and rig.proxy.octets["client_in"] == len(FRAME)
            )
            await until(lambda: client.heard == heard_by_client)
            second = TcpFramer().frame(b"second")
            client.port.send(second)
            await until(lambda: client.heard == heard_by_client + second)
            assert rig.echo.heard == heard_by_host + second
            client.port.close()

    run(test())


def test_a_reset_reaches_both_ends_and_a_target_that_is_gone_is_a_reset() -> None:
    async def test() -> None:
        async with Rig() as rig:
            rig.proxy.set_faults(faulty("limit_data:bytes=4,stream=upstream"))
            client = await rig.client()
            assert client.port is not None
            client.port.send(FRAME)
            await until(lambda: client.ends and rig.echo.ends)
            assert rig.echo.heard == FRAME[:4]
            rig.proxy.set_faults(None)
            rig.target = "127.0.0.1:1"
            lost = await rig.client()
            await until(lambda: lost.ends)
            assert lost.ends == ["reset"]

    run(test())


def test_a_proxy_that_refuses_looks_like_a_host_that_is_down_and_comes_back_on_its_port() -> None:
    async def test() -> None:
        async with Rig() as rig:
            await rig.proxy.refuse(True)
            refused = await rig.client()
            assert refused.ends == ["refused"]
            await rig.proxy.refuse(False)
            client = await rig.client()
            assert client.port is not None and client.ends == []
            client.port.close()

    run(test())


def test_a_faulted_line_between_pyserial_and_a_pty() -> None:
    async def test() -> None:
        terminal, register = Ear(echo=True), Ear()
        port, name = open_pty(terminal)
        clock = RealClock()
        line = FaultedLine(register, clock.now_us)
        line.set_faults(faulty("drop:stream=upstream,frame=1", framer=SerialFramer))
        device = open_serial(name, line)
        frame = SerialFramer().frame(b"\x9f\x01\x02\x03\r\n")  # what a line discipline would change
        assert register.port is line
        line.send(frame)
        line.send(frame)
        await until(lambda: register.heard == frame)
        assert (terminal.heard, line.octets_in, line.octets_out) == (frame, len(frame), len(frame))
        with pytest.raises(LinkError, match="Close the program"):
            open_serial(name, Ear())
        port.close()
        await until(lambda: register.ends)
        assert register.ends == ["gone"]
        device.close()

    run(test())


def test_the_model_of_a_serial_line_stands_between_a_pty_and_its_terminal() -> None:
    """The register has 7 bits and even parity, the terminal 8 and none; a pty could not do that by itself."""

    async def test() -> None:
        terminal, register = Ear(), Ear()
        line = FaultedLine(terminal, RealClock().now_us, sends="downstream")
        line.set_faults(faulty("uart:register=115200-7E1,terminal=115200-8N1", framer=SerialFramer))
        port, name = open_pty(line)
        device = open_serial(name, register)
        device.send(b"\x02\x05")
        await until(lambda: terminal.heard == b"\x82\x05")
        line.send(b"\x82\x05")
        await until(lambda: register.heard == b"\x02\x05")
        device.close()
        port.close()

    run(test())


@pytest.mark.parametrize(("register", "heard"), [("115200-8N1", b"U"), ("57600-8N2", b"\x66\xe6")])
def test_a_wrong_rate_is_garbled_on_a_pty_as_well(register: str, heard: bytes) -> None:
    """The terminal has 115200 baud.  A pty carries anything at any rate, and remembers which one was asked for; 55 at
    half the rate is read as 66 and E6 (`test_uart` has the bits)."""

    async def test() -> None:
        terminal = Ear()
        plan = cable_faults(["asked,terminal=115200-8N1"])
        line = CableLine(plan, SerialFramer, 1, RealClock(), None)
        port, name = open_pty(line.through(terminal))
        device = open_serial(name, Ear(), LineSettings.parse(register))
        device.send(b"U")
        await until(lambda: terminal.heard == heard)
        device.close()
        again = open_serial(name, Ear(), LineSettings.parse("115200-8N1"))
        again.send(b"U")
        await until(lambda: terminal.heard == heard + b"U")
        again.close()
        port.close()

    run(test())


def test_a_port_without_a_descriptor_works_on_threads() -> None:
    async def test() -> None:
        ear = Ear()
        port = open_serial("loop://", ear)
        assert port.send(b"hello" * 100)
        await until(lambda: ear.heard == b"hello" * 100)
        port.close()
        await until(lambda: ear.ends == ["local"])
        assert not port.send(b"x")

    run(test())


def test_a_line_that_nobody_reads_loses_octets_instead_of_growing() -> None:
    async def test() -> None:
        port, _ = open_pty(Ear())
        sent = [port.send(bytes(1000)) for _ in range(1000)]
        assert sent[0] and not sent[-1]
        assert port.octets_lost > 0
        port.close()

    before = len(os.listdir("/proc/self/fd"))
    run(test())
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("address", ["", "host", "host:", ":1", "host:x", "host:70000", "host:-1", "host:１"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(LocalError, match="HOST:PORT"):
        tcp.split_address(address)


def test_ipv6_addresses_keep_their_colons() -> None:
    assert tcp.split_address("[::1]:8583") == ("::1", 8583)
    assert tcp.is_loopback("[::1]:1") and not tcp.is_loopback("0.0.0.0:1")
