"""How clients use the connection: one per message, one for the day, octet by octet, glued, several at once; limits."""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING

import pytest

from .terminals import Terminal
from .wire import Line

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import HostProcess, MakeTerminal


def test_one_connection_for_the_day(pos: Terminal) -> None:
    pos.kept_line = pos.dial()
    for fen in range(1, 101):
        pos.sale(fen)
    assert pos.settle(pos.totals((5050, 100), (0, 0))).digits(48)[30] == "1"
    pos.kept_line.close()


def test_octet_by_octet(pos: Terminal) -> None:
    frame = pos.frame("0200", pos.sale_fields(100), mac=True)
    line = pos.dial()
    for octet in struct.pack("!H", len(frame)) + frame:
        line.socket.sendall(bytes([octet]))
    assert pos.check(frame, line.receive()).code == "00"
    line.close()


def test_two_messages_in_one_segment_have_two_references(pos: Terminal) -> None:
    frames = [pos.frame("0200", pos.sale_fields(fen), mac=True) for fen in (100, 200)]
    line = pos.dial()
    line.socket.sendall(b"".join(struct.pack("!H", len(frame)) + frame for frame in frames))
    first, second = (pos.check(frame, line.receive()) for frame in frames)
    assert (first.code, second.code) == ("00", "00")
    assert first[37] != second[37]
    line.close()


def test_two_terminals_of_different_dialects_share_a_connection(pos: Terminal, cbc: Terminal) -> None:
    """Behind a concentrator the terminals of a shop use one line."""
    pos.kept_line = cbc.kept_line = pos.dial()
    assert cbc.sign_in().code == "00"
    for _ in range(3):
        pos.sale(100)
        cbc.sale(100)
    pos.kept_line.close()


def test_many_connections_at_once(pos: Terminal) -> None:
    frames = [pos.frame("0200", pos.sale_fields(100), mac=True) for _ in range(50)]
    lines = [pos.dial() for _ in frames]
    for line, frame in zip(lines, frames, strict=True):
        line.send(frame)
    for line, frame in reversed(list(zip(lines, frames, strict=True))):
        assert pos.check(frame, line.receive()).code == "00"
        line.close()
    assert pos.settle(pos.totals((5000, 50), (0, 0))).digits(48)[30] == "1"


def closed_by_host(line: Line) -> bool:
    try:
        return line.socket.recv(1) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("head", [b"\0\0", b"\xff\xff", b"GET / HTTP/1.1\r\n\r\n"])
def test_a_length_that_no_message_has_ends_the_connection(host: HostProcess, head: bytes) -> None:
    line = host.dial()
    line.socket.sendall(head)
    assert closed_by_host(line)
    line.close()


def test_limits_of_connections_and_idle_time(make_host: Callable[..., HostProcess]) -> None:
    small = make_host("--max-connections", "3", "--idle", "1")
    lines = [small.dial() for _ in range(3)]
    extra = Line(small.address)
    assert closed_by_host(extra)
    extra.close()
    began = time.monotonic()
    assert all(closed_by_host(line) for line in lines)
    assert time.monotonic() - began < 8
    for line in lines:
        line.close()
    again = small.dial()
    again.close()
    assert small.stop() == 0


def test_what_was_answered_is_there_after_a_kill(
    make_host: Callable[..., HostProcess], make_terminal: MakeTerminal
) -> None:
    first = make_host()
    pos = make_terminal("cup")
    pos.dial = first.dial
    pos.sign_in()
    frame = pos.frame("0200", pos.sale_fields(100), mac=True)
    sold = pos.exchange(frame)
    first.process.kill()
    first.process.wait()
    second = make_host()
    pos.dial = second.dial
    assert pos.exchange(frame)[37] == sold[37]
    pos.sale(200)
    assert pos.settle(pos.totals((300, 2), (0, 0))).digits(48)[30] == "1"
    assert second.stop() == 0
