"""A register and a terminal that are joined by a port server of somebody else's: ser2net, with RFC 2217 and without."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.bench.fleet import RegisterSpec
from harness.bench.register import Cable, Register, open_register
from harness.driver.speakers import SPEAKERS
from protocols.errors import LinkError

from .server import NullModem, Server

ANSWER_S = 40.0


@contextmanager
def terminal(folder: Path, *options: str) -> Iterator[str]:
    """A terminal that is ready, in a process of its own; gives where its register reaches it."""
    command = [sys.executable, "-m", "harness.cli", "terminal", "--ready", "--seed", "1", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("ready on ")
        yield line.removeprefix("ready on ").strip()
    finally:
        process.terminate()
        process.communicate(timeout=ANSWER_S)


@contextmanager
def served(device: str, folder: Path) -> Iterator[Server]:
    server = Server(device, folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def sell(register: Register, amount_fen: int) -> tuple[object, object]:
    outcome = register.do("sale", amount_fen=amount_fen)
    return outcome["status"], outcome["amount_fen"]


@pytest.mark.parametrize(
    "address", ["rfc2217://127.0.0.1:{rfc2217}?ign_set_control&timeout=3", "socket://127.0.0.1:{plain}"]
)
def test_a_whole_sale_through_a_port_server(tmp_path: Path, address: str) -> None:
    with terminal(tmp_path) as device, served(device, tmp_path) as server:
        port = address.format(rfc2217=server.rfc2217, plain=server.plain)
        with open_register(Cable(port)) as register:
            assert register.do("sign_in")["status"] == "done"
            assert sell(register, 1234) == ("done", 1234)
            assert register.do("settle")["status"] == "done"


@pytest.mark.parametrize("protocol", SPEAKERS)
def test_a_sale_in_every_protocol_through_a_port_server(tmp_path: Path, protocol: str) -> None:
    with terminal(tmp_path, "--protocol", protocol) as device, served(device, tmp_path) as server:
        port = f"rfc2217://127.0.0.1:{server.rfc2217}?ign_set_control&timeout=3"
        with open_register(Cable(port, RegisterSpec(protocol))) as register:
            assert sell(register, 1234) == ("done", 1234)


def test_a_port_server_without_modem_lines_is_explained_with_the_option_that_helps(tmp_path: Path) -> None:
    said = r"does not confirm modem lines.*\?ign_set_control&timeout=3"
    with terminal(tmp_path) as device, served(device, tmp_path) as server, pytest.raises(LinkError, match=said):
        open_register(Cable(f"rfc2217://127.0.0.1:{server.rfc2217}")).__enter__()


def test_a_port_server_that_starts_again_is_taken_up_again(tmp_path: Path) -> None:
    with terminal(tmp_path) as device, served(device, tmp_path) as server:
        port = f"rfc2217://127.0.0.1:{server.rfc2217}?ign_set_control&timeout=3"
        with open_register(Cable(port)) as register:
            assert sell(register, 100) == ("done", 100)
            server.stop()
            server.start()
            assert sell(register, 200) == ("done", 200)


def test_a_terminal_behind_a_port_server(tmp_path: Path) -> None:
    modem = NullModem()
    try:
        with served(modem.one, tmp_path) as server:
            port = f"rfc2217://127.0.0.1:{server.rfc2217}?ign_set_control&timeout=3"
            with terminal(tmp_path, "--serial", port), open_register(Cable(modem.other)) as register:
                assert sell(register, 4321) == ("done", 4321)
    finally:
        modem.close()
