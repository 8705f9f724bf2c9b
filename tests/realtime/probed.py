"""What a terminal speaks is found by asking: the right protocol and rate, nothing touched, and words for silence."""

from __future__ import annotations

import os
import socket
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from harness.bench import probing
from harness.bench.fleet import RegisterSpec
from harness.bench.probing import Heard, probe
from harness.bench.register import Cable
from harness.bench.standing import USUAL, StandingTerminal
from harness.driver.probing import protocols_probed
from harness.links.line_settings import LineSettings
from protocols.errors import LinkError
from protocols.registers import REGISTER_PROTOCOLS
from tests.harness.real_line import RealLine


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pseudo-terminal answers in milliseconds; nobody has to wait as for a device."""
    quick = {"ack_timeout_us": 250_000, "result_timeout_us": 400_000, "byte_gap_us": 100_000}
    monkeypatch.setattr(probing, "WAITS", quick)
    monkeypatch.setattr(probing, "LINGER_S", 0.0)


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A port where every question gets the same octets; its name."""
    master, slave = os.openpty()
    tty.setraw(slave)
    over = threading.Event()

    def serve() -> None:
        while os.read(master, 4096) and not over.is_set():
            os.write(master, answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield os.ttyname(slave)
    finally:
        over.set()
        os.write(slave, b"\x00")
        thread.join(5)
        os.close(master)
        os.close(slave)


def why(port: str, *protocols: str, baud: int | None = 9600) -> tuple[str, str]:
    with pytest.raises(LinkError) as raised:
        probe(Cable(port), protocols, baud=baud)
    return raised.value.what.en, raised.value.cure.en


@pytest.mark.parametrize("protocol", protocols_probed())
@pytest.mark.parametrize("transport", ["serial", "tcp"])
def test_each_protocol_is_proved_by_its_own_question_which_changes_nothing(protocol: str, transport: str) -> None:
    tcp = transport == "tcp"
    spoken = RegisterSpec(protocol, "tcp" if tcp else "serial")
    start = replace(USUAL, register=spoken, serial="" if tcp else "pty", tcp="127.0.0.1:0" if tcp else "")
    with StandingTerminal(start) as terminal:
        before = terminal.ask("control", "snapshot")
        begun = len(terminal.trace.events)
        found = probe(Cable(terminal.port, RegisterSpec(transport=spoken.transport)), (protocol,))
        assert (found.spoken.protocol, found.spoken.transport) == (protocol, transport)
        row = REGISTER_PROTOCOLS[protocol]
        assert found.line == (None if tcp else LineSettings.parse(f"{row.baudrates[0]}-{row.line}"))
        assert terminal.ask("control", "snapshot") == before
        kinds = {event.kind for event in terminal.trace.events[begun:] if event.party == "terminal"}
        assert not kinds & {"persist", "slip"}, "a question that is harmless leaves no trace inside"


def test_the_rate_is_found_where_it_is_not_the_usual_one() -> None:
    vain: list[Heard] = []
    with StandingTerminal() as terminal, RealLine(terminal.port, LineSettings(115_200)) as line:
        found = probe(Cable(line.port), ("mispos-b",), told=vain.append)
    assert found.line == LineSettings(115_200)
    assert [one.attempt.line for one in vain] == ["9600-8N1"]


def test_the_protocol_is_found_among_others_that_are_asked_first() -> None:
    vain: list[Heard] = []
    with StandingTerminal(replace(USUAL, register=RegisterSpec("mispos-a"))) as terminal:
        found = probe(Cable(terminal.port), told=vain.append)
    assert found.spoken.protocol == "mispos-a"
    assert [one.attempt.protocol for one in vain] == ["mispos-b"]


def test_silence_names_what_was_asked_and_what_to_look_at() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    try:
        what, cure = why(os.ttyname(slave), "mispos-b", "transbank")
    finally:
        os.close(master)
        os.close(slave)
    assert "nothing answers at /dev/pts/" in what
    assert all(word in cure for word in ("mispos-b 9600-8N1", "transbank 9600-8N1", "cable", "Other ports: "))


def test_seven_data_bits_are_recognised_by_their_parity() -> None:
    """STX 02 with even parity is read as 82, as are 31, 34, 37, 38 with theirs; ETX 03 and ACK 06 look as they are."""
    with answering(bytes.fromhex("82 B1 B2 30 03")) as port:
        what, cure = why(port, "mispos-b")
    assert "82 B1 B2 30 03" in what and "--line 7E1" in cure


def test_acknowledgements_alone_say_that_the_line_is_right_and_the_protocol_is_not() -> None:
    with answering(b"\x06") as port:
        _, cure = why(port, "mispos-b")
    assert "answers frames of mispos-b with ACK or NAK" in cure


def test_octets_that_nobody_understands_point_to_the_rate() -> None:
    with answering(b"\xfc\xe0\x1c\x80") as port:
        what, cure = why(port, "mispos-b")
    assert "FC E0 1C 80" in what and "--baud" in cure and "9600" in cure


def test_what_a_terminal_says_at_the_wrong_rate_is_shown_and_the_rate_suspected() -> None:
    with StandingTerminal() as terminal, RealLine(terminal.port, LineSettings(19_200)) as line:
        what, cure = why(line.port, "mispos-b", baud=9600)
    assert "heard at 9600-8N1" in what and "--baud" in cure, "its NAK lasts half as long as an octet of ours"


def test_a_terminal_by_tcp_that_is_no_register_interface_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # the system accepts, and nobody reads
        what, cure = why(f"tcp:127.0.0.1:{deaf.getsockname()[1]}", "mispos-b")
    assert "nothing answers at tcp:" in what and "--protocol" in cure
