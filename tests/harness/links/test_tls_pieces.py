"""TLS without sockets: in any pieces, what was said is heard whole, and nothing that was damaged is heard."""

from __future__ import annotations

import itertools
import ssl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.links import tls
from harness.links.authority import CA_FROM, CA_UNTIL, Authority
from harness.links.port import Port

NAME = "host.posrig.test"


class Ear:
    """A handler that writes down what it is told."""

    def __init__(self) -> None:
        self.heard = b""
        self.ends: list[str] = []

    def opened(self, port: Port, peer: str) -> None: ...

    def received(self, data: bytes) -> None:
        self.heard += data

    def finished(self) -> bool:
        return False

    def closed(self, reason: str) -> None:
        self.ends.append(reason)


class Wire:
    """A raw port whose octets are handed on by hand, in any pieces."""

    def __init__(self) -> None:
        self.octets_in = 0
        self.octets_out = 0
        self.sent = bytearray()
        self.closed_for = ""

    def send(self, data: bytes) -> bool:
        self.sent += data
        self.octets_out += len(data)
        return True

    def close(self, reason: str = "local") -> None:
        self.closed_for = self.closed_for or reason

    def pause(self) -> None: ...

    def resume(self) -> None: ...


@pytest.fixture(name="contexts", scope="module")
def _contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Of a client and of a server that it trusts."""
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority("test")
    files = authority.issue(folder / "host", NAME, CA_FROM, CA_UNTIL)
    return tls._client(authority.write(folder / "ca.pem"), None), tls.TlsServer(*files)._context


@settings(max_examples=40, deadline=None)
@given(
    said=st.lists(st.binary(min_size=1, max_size=3000), min_size=1, max_size=4),
    pieces=st.lists(st.integers(1, 700), min_size=1, max_size=6),
    damaged=st.none() | st.integers(0, 7),
)
def test_in_any_pieces_what_was_said_is_heard_whole_or_nothing_behind_the_damage(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], said: list[bytes], pieces: list[int], damaged: int | None
) -> None:
    """Cut anywhere, octets come out as they went in; a bit that is flipped on the way is never handed on."""
    client_ear, server_ear, wires = Ear(), Ear(), (Wire(), Wire())
    ended: list[str] = []
    client = tls.TlsPort((contexts[0], NAME), lambda: client_ear, lambda _: "", ended.append)
    server = tls.TlsPort((contexts[1], None), lambda: server_ear, lambda _: "", ended.append)
    sizes = itertools.cycle(pieces)

    def carry() -> None:
        while wires[0].sent or wires[1].sent:
            for wire, receiver in ((wires[0], server), (wires[1], client)):
                size = next(sizes)
                piece, wire.sent = bytes(wire.sent[:size]), wire.sent[size:]
                if piece:
                    receiver.received(piece)

    server.opened(wires[1], "client")
    client.opened(wires[0], "server")
    carry()
    assert (ended, client_ear.ends, server_ear.ends) == (["", ""], [], [])
    for number, data in enumerate(said):
        assert client.send(data)
        if damaged == number:
            wires[0].sent[-1] ^= 1
        carry()
        if damaged == number:
            assert not client.send(b"more"), "the other side has said that it hears no more"
            break
    whole = b"".join(said if damaged is None else said[:damaged])
    assert server_ear.heard == whole
    assert wires[1].closed_for == ("reset" if damaged is not None and damaged < len(said) else "")
