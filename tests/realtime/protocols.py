"""Emulated terminal and driver in processes of their own, in every register protocol, over a pty and over TCP.

No part of the README's pytest (its name does not begin with test_): `.ci/run` names it.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.bench.fleet import RegisterSpec
from harness.bench.register import TCP, Cable, open_register
from harness.driver.speakers import SPEAKERS

READY = "ready on "


@contextmanager
def terminal(folder: Path, *options: str) -> Iterator[str]:
    """`posrig terminal` with a host of its own; gives where its register reaches it, and sees that it ends in order."""
    command = [sys.executable, "-m", "harness.cli", "terminal", "--ready", "--seed", "1", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith(READY), line
        yield line.removeprefix(READY).strip()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0, "3: a machine had raised"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("over", ["pty", "tcp"])
@pytest.mark.parametrize("protocol", SPEAKERS)
def test_a_day_at_a_till(protocol: str, over: str, tmp_path: Path) -> None:
    where = ("--tcp", "127.0.0.1:0") if over == "tcp" else ("--serial", "pty")
    with terminal(tmp_path, "--protocol", protocol, *where) as address:
        port = f"{TCP}{address}" if over == "tcp" else address
        spoken = RegisterSpec(protocol, "tcp" if over == "tcp" else "serial")
        with open_register(Cable(port, spoken)) as register:
            for op in ("identify", "status", "sign_in"):
                if op in register.operations:
                    assert register.do(op)["status"] == "done", op
            sold = register.do("sale", amount_fen=12_34)
            assert (sold["status"], sold["amount_fen"]) == ("done", 12_34), sold
            if "last" in register.operations:
                assert register.do("last")["status"] == "done"
            if "void" in register.operations:
                back = register.do("void", stan=int(sold["stan"]))
                assert back["status"] == "done", back
            if "settle" in register.operations:
                assert register.do("settle")["status"] == "done"
