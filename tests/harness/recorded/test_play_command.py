"""`posrig play` on real links: a TCP port, a connection, a pty; and what it says when it cannot."""

from __future__ import annotations

import os
import queue
import socket
import threading
import tty
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.bench.playing import Way, play
from harness.cli import main
from harness.console.play import line_texts
from harness.recordings.player import Player
from harness.recordings.sessions import sessions_of
from harness.recordings.units import units_of

from . import shop

TIMEOUT_S = 10.0


class Playing:
    """A player in a thread of its own."""

    def __init__(self, player: Player, way: Way) -> None:
        self.player = player
        self.where: queue.Queue[str] = queue.Queue()
        self.thread = threading.Thread(target=play, args=(player, way, None, self.where.put))
        self.thread.start()

    def end(self) -> None:
        self.thread.join(TIMEOUT_S)
        assert not self.thread.is_alive()


def said(party: str, link: str, out: bool) -> list[bytes]:
    (session,) = (one for one in sessions_of(shop.recorded().events) if (one.party, one.link) == (party, link))
    return [unit.raw for unit in units_of(session) if unit.out == out]


def received(peer: socket.socket, count: int) -> bytes:
    octets = b""
    while len(octets) < count:
        part = peer.recv(4096)
        assert part
        octets += part
    return octets


def test_a_played_host_on_a_tcp_port() -> None:
    playing = Playing(shop.player("host", "host", fast=True), Way(link="", listen="127.0.0.1:0"))
    host, _, port = playing.where.get(timeout=TIMEOUT_S).rpartition(":")
    (request,), (reply,) = said("terminal", "host", True), said("terminal", "host", False)
    with socket.create_connection((host, int(port)), TIMEOUT_S) as peer:
        peer.settimeout(TIMEOUT_S)
        peer.sendall(request)
        assert received(peer, len(reply)) == reply
    playing.end()
    assert playing.player.ok


def test_a_played_terminal_dials_its_host() -> None:
    (request,), (reply,) = said("terminal", "host", True), said("terminal", "host", False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(TIMEOUT_S)
        address = f"127.0.0.1:{server.getsockname()[1]}"
        player = shop.player("terminal", "host", dials="host", fast=True)
        playing = Playing(player, Way(link="host", connect=address))
        peer, _ = server.accept()
        with peer:
            peer.settimeout(TIMEOUT_S)
            assert received(peer, len(request)) == request
            peer.sendall(reply)
            playing.end()
    assert playing.player.ok


def test_a_played_terminal_at_a_pty() -> None:
    player = shop.player("terminal", "register", joined=True, fast=True)
    playing = Playing(player, Way(link="register", serial="pty"))
    line = os.open(playing.where.get(timeout=TIMEOUT_S), os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(line)
        order, ack = said("terminal", "register", False)
        os.write(line, order)
        answer = b"".join(said("terminal", "register", True))
        octets = b""
        while len(octets) < len(answer):
            octets += os.read(line, 4096)
        assert octets == answer
        os.write(line, ack)
        playing.end()
    finally:
        os.close(line)
    assert playing.player.ok


def test_a_port_where_nobody_listens(tmp_path: Path) -> None:
    recording = tmp_path / "sale.trace.jsonl"
    shop.recorded().write(recording)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        arguments = [str(recording), "--as", "register", "--connect", address, "--fast", "--lang", "en"]
        result = CliRunner().invoke(main, ["play", *arguments])
    assert result.exit_code == 1
    assert "no connection (refused)" in result.output
    assert "not as recorded" in result.output


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], "--listen"),
        (["--listen", "127.0.0.1:0", "--serial", "pty"], "no more"),
        (["--serial", "pty"], "a host is dialled"),
    ],
)
def test_a_way_that_does_not_fit_the_side(more: list[str], words: str, tmp_path: Path) -> None:
    recording = tmp_path / "sale.trace.jsonl"
    shop.recorded().write(recording)
    result = CliRunner().invoke(main, ["play", str(recording), "--as", "host", *more, "--lang", "en"])
    assert result.exit_code == 2
    assert words in result.output


def test_each_line_of_a_transcript_in_both_languages() -> None:
    player = shop.player("terminal", "register", joined=True)
    bench = shop.shop(terminal=player)
    bench.ask("register", "person", "sale", amount_fen=shop.AMOUNT_FEN + 1)
    bench.advance(1_000_000)
    chinese = [text for line in player.lines for text in line_texts(line, "zh")]
    english = [text for line in player.lines for text in line_texts(line, "en")]
    assert len(chinese) == len(english)
    assert any("不同" in text for text in chinese) and any("DIFFERENT" in text for text in english)
    assert any("9F02: 000000001234 -> 000000001235" in text for text in english)


@pytest.mark.parametrize(
    "words", ["play {} --as host --listen 127.0.0.1:0", "export {} --pcapng {}.out", "fidelity {} {}"]
)
def test_octets_that_were_edited_by_hand_are_named(words: str, tmp_path: Path) -> None:
    recording = tmp_path / "edited.jsonl"
    shop.recorded().write(recording)
    recording.write_text(recording.read_text("utf-8").replace('"hex":"02', '"hex":"XY', 1), "utf-8")
    result = CliRunner().invoke(main, [*words.replace("{}", str(recording)).split(), "--lang", "en"])
    assert result.exit_code == 2
    assert "of event" in result.output and "cannot be read" in result.output
