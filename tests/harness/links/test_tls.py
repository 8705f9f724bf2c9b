"""TLS on real sockets: what each wrong certificate is called, and that nothing leaves before the peer is accepted."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.links import tcp, tls
from harness.links.authority import CA_FROM, CA_UNTIL, Authority
from harness.links.certificates import (
    CLIENT,
    OTHER_CA,
    PROBLEMS,
    TEST_CA,
    Served,
    dates_refusal,
    refusal,
    served,
)
from harness.links.port import Port
from harness.links.tls import Certificates, Handshakes, TlsServer, reason_of
from harness.machine import TLS_REASONS, Tls
from protocols.errors import LinkError

NOW = datetime(2026, 3, 2, tzinfo=UTC)
"""Not the date of the machine on which the tests run: what counts is the clock of the dialler."""
NAME = "host.posrig.test"
WANTED = Tls(TEST_CA, NAME, NOW)
CALLED = {
    "": "",
    "unknown_ca": "tls-unknown-ca",
    "expired": "tls-expired",
    "not_yet_valid": "tls-not-yet-valid",
    "wrong_name": "tls-wrong-name",
    "no_tls": "tls-not-tls",
    "client_required": "tls-handshake",
}


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


class Room:
    """The certificates of one test, and a host that serves them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authorities = {name: Authority(name) for name in (TEST_CA, OTHER_CA)}
        self.trusted = {name: one.write(folder / f"{name}.pem") for name, one in self.authorities.items()}
        own = self.authorities[TEST_CA].issue(folder / "own", CLIENT, CA_FROM, CA_UNTIL, client=True)
        self.installed = Certificates({TEST_CA: self.trusted[TEST_CA]}, {CLIENT: own})
        self.host = Ear(echo=True)
        self.accepted = 0
        self.shaking = Handshakes()

    async def serve(self, there: Served) -> tuple[asyncio.Server, str]:
        def accept() -> Ear:
            self.accepted += 1
            return self.host

        shown = there.certificate
        if shown is None:
            return await tcp.listen("127.0.0.1:0", accept)
        files = self.authorities[shown.ca].issue(self.folder / "host", shown.name, shown.not_before, shown.not_after)
        server = TlsServer(*files, self.trusted[there.client_ca] if there.client_ca else None)
        return await tcp.listen("127.0.0.1:0", server.accepting(accept, self.shaking))

    async def dial(self, there: Served, wanted: Tls = WANTED) -> Ear:
        server, address = await self.serve(there)
        ear = Ear()
        await tls.dial(address, ear, 5, wanted, self.installed, Handshakes())
        await tcp.stop_listening(server)
        return ear


@pytest.fixture(name="room")
def _room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def run(test: Awaitable[None]) -> None:
    async def main() -> None:
        async with asyncio.timeout(10):
            await test
        await asyncio.sleep(0.02)

    asyncio.run(main())


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


async def end(ear: Ear, room: Room) -> None:
    for one in (ear, room.host):
        if one.port is not None and not one.ends:
            one.port.close()
    await until(lambda: all(one.ends for one in (ear, room.host) if one.port is not None))


@pytest.mark.parametrize("problem", ["", *PROBLEMS])
def test_each_wrong_certificate_has_its_name_and_the_rules_of_a_simulation_agree(room: Room, problem: str) -> None:
    """The outside word is OpenSSL's: it decides about chain and name (verify codes 19, 20 and 62)."""
    there = served(NAME, NOW, problem)

    async def test() -> None:
        ear = await room.dial(there)
        assert ear.ends == ([CALLED[problem]] if problem else [])
        assert (ear.port is not None) == (not problem)
        if problem != "no_tls":  # a host without TLS opens, and hears a handshake that it takes for noise
            await (asyncio.sleep(0.01) if problem else until(lambda: room.accepted))
            assert room.accepted == (not problem), "what the dialler refuses never opens at the host"
            assert room.host.heard == b""
        await end(ear, room)

    run(test())
    assert refusal(WANTED, there) == CALLED[problem]


def test_every_reason_is_reached() -> None:
    assert {called for called in CALLED.values() if called} == set(TLS_REASONS)


def test_octets_go_through_whole_and_are_counted_as_the_wire_has_them(room: Room) -> None:
    async def test() -> None:
        ear = await room.dial(served(NAME, NOW))
        assert ear.port is not None
        said = bytes(range(256)) * 200
        ear.port.send(said)
        await until(lambda: len(ear.heard) == len(said))
        assert ear.heard == room.host.heard == said
        host = room.host.port
        assert host is not None
        assert ear.port.octets_out == host.octets_in > len(said)
        assert ear.port.octets_in == host.octets_out > len(said)
        ear.port.close()
        await until(lambda: room.host.ends)
        assert (ear.ends, room.host.ends) == (["local"], ["eof"])

    run(test())


def test_the_clear_text_is_not_on_the_wire(room: Room) -> None:
    async def test() -> None:
        server, address = await room.serve(served(NAME, NOW))
        seen = Ear()
        context = tls._client(room.trusted[TEST_CA], None)
        port = tls.TlsPort((context, NAME), lambda: seen, lambda _: "", lambda _: None)
        raw: list[bytes] = []

        class Listening(tls.TlsPort):
            def received(self, data: bytes) -> None:
                raw.append(data)
                super().received(data)

        port = Listening((context, NAME), lambda: seen, lambda _: "", lambda _: None)
        await tcp.dial(address, port, 5)
        await until(lambda: seen.port)
        port.send(b"62282100" * 4)
        await until(lambda: seen.heard)
        assert seen.heard == b"62282100" * 4
        assert b"62282100" not in b"".join(raw)
        await tcp.stop_listening(server)
        await end(seen, room)

    run(test())


def test_a_terminal_with_its_own_certificate_is_let_in(room: Room) -> None:
    async def test() -> None:
        ear = await room.dial(served(NAME, NOW, "client_required"), replace(WANTED, client=CLIENT))
        assert ear.ends == []
        await until(lambda: room.accepted)
        await end(ear, room)

    run(test())
    assert refusal(replace(WANTED, client=CLIENT), served(NAME, NOW, "client_required")) == ""


@pytest.mark.parametrize("clock", [datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)])
def test_a_terminal_whose_clock_is_wrong_refuses_a_good_certificate(room: Room, clock: datetime) -> None:
    wanted = replace(WANTED, clock=clock)
    called = "tls-not-yet-valid" if clock.year == 2000 else "tls-expired"

    async def test() -> None:
        assert (await room.dial(served(NAME, NOW), wanted)).ends == [called]

    run(test())
    assert refusal(wanted, served(NAME, NOW)) == called


def test_the_dates_are_those_that_openssl_counts() -> None:
    """RFC 5280 4.1.2.5: from notBefore through notAfter, inclusive."""
    a, b, second = NOW, NOW + timedelta(days=1), timedelta(seconds=1)
    assert [dates_refusal(a, b, at) for at in (a, b)] == ["", ""]
    assert dates_refusal(a, b, a - second) == "tls-not-yet-valid"
    assert dates_refusal(a, b, b + second) == "tls-expired"


@pytest.mark.parametrize("wanted", [replace(WANTED, ca=OTHER_CA), replace(WANTED, ca="none")])
def test_an_authority_that_is_not_installed_trusts_nobody(room: Room, wanted: Tls) -> None:
    async def test() -> None:
        assert (await room.dial(served(NAME, NOW), wanted)).ends == ["tls-unknown-ca"]

    run(test())


def test_the_word_of_openssl_itself(room: Room) -> None:
    """The verify codes that `reason_of` translates are those that a plain client of the standard library is given."""
    codes = {}
    for problem in ("unknown_ca", "wrong_name"):

        def ask(address: str, problem: str = problem) -> None:
            context = ssl.create_default_context(cafile=str(room.trusted[TEST_CA]))
            context.verify_flags |= tls.NO_CHECK_TIME
            host, port = tcp.split_address(address)
            with (
                socket.create_connection((host, port), 5) as plain,
                pytest.raises(ssl.SSLCertVerificationError) as caught,
            ):
                context.wrap_socket(plain, server_hostname=NAME)
            codes[problem] = (caught.value.verify_code, reason_of(caught.value))

        async def test(problem: str = problem) -> None:
            server, address = await room.serve(served(NAME, NOW, problem))
            await asyncio.to_thread(ask, address)
            await tcp.stop_listening(server)

        run(test())
    assert codes == {"unknown_ca": (20, "tls-unknown-ca"), "wrong_name": (62, "tls-wrong-name")}


def test_a_connection_that_ends_without_a_word_is_cut_off(room: Room) -> None:
    """No close_notify: whoever reads must not take what he has for the whole (the framer above sees to that)."""

    async def test() -> None:
        ear = await room.dial(served(NAME, NOW))
        port = ear.port
        assert isinstance(port, tls.TlsPort) and isinstance(port._raw, tcp.TcpPort)
        port._raw.abort("reset")
        await until(lambda: room.host.ends)
        assert room.host.ends == ["reset"]

    run(test())


def test_octets_that_were_damaged_on_the_way_end_the_connection_and_are_not_handed_on(room: Room) -> None:
    async def test() -> None:
        ear = await room.dial(served(NAME, NOW))
        await until(lambda: room.host.port)
        port = ear.port
        assert isinstance(port, tls.TlsPort) and port._raw is not None
        port._raw.send(b"\x17\x03\x03\x00\x20" + bytes(32))  # an application record that nobody has sealed
        await until(lambda: room.host.ends)
        assert (room.host.heard, room.host.ends) == (b"", ["reset"])
        await until(lambda: ear.ends)

    run(test())


def test_a_client_that_never_shakes_hands_holds_its_place_for_a_while_only(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "HANDSHAKE_S", 0.05)

    async def test() -> None:
        server, address = await room.serve(served(NAME, NOW))
        mute = Ear()
        await tcp.dial(address, mute, 5)
        await until(lambda: mute.ends)
        assert room.accepted == 0
        await tcp.stop_listening(server)

    run(test())


def test_so_many_handshakes_at_once_and_no_more(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "HANDSHAKES_MAX", 1)
    monkeypatch.setattr(tls, "HANDSHAKE_S", 0.05)

    async def test() -> None:
        server, address = await room.serve(served(NAME, NOW))
        first, second = Ear(), Ear()
        await tcp.dial(address, first, 5)
        await tcp.dial(address, second, 5)
        await until(lambda: second.ends)
        assert second.ends == ["reset"]
        await until(lambda: first.ends)
        ear = Ear()
        await tls.dial(address, ear, 5, WANTED, room.installed, Handshakes())
        assert ear.ends == [], "the place is free again"
        await tcp.stop_listening(server)
        await end(ear, room)

    run(test())


def test_nothing_is_kept_of_connections_that_are_over(room: Room) -> None:
    """Each has buffers of some 17 KB: whoever dials for every message would fill the memory."""

    async def test() -> None:
        server, address = await room.serve(served(NAME, NOW, ""))
        for _ in range(3):
            room.host, ear = Ear(), Ear()
            await tls.dial(address, ear, 5, WANTED, room.installed, Handshakes())
            await end(ear, room)
        await asyncio.sleep(0)
        room.host, ear = Ear(), Ear()
        gc.collect()
        assert not [one for one in gc.get_objects() if isinstance(one, tls.TlsPort)]
        await tcp.stop_listening(server)

    run(test())


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    with pytest.raises(LinkError, match=r"wrong\.pem cannot be used as certificate and key"):
        TlsServer(wrong, wrong)
    with pytest.raises(LinkError, match=r"wrong\.pem cannot be used as a CA certificate"):
        tls.check_files(Certificates({"ca": wrong}))
    with pytest.raises(LinkError, match="none"):
        tls.check_files(Certificates({"ca": tmp_path / "none"}))
