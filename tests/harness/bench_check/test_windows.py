"""What of Windows can be shown on Linux: that nothing Unix-only is needed to import the bench check, and that a port
works without what only Unix has.  docs/bench-archive.md lists what could not be tried."""

from __future__ import annotations

import asyncio
import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest

from harness.bench.register import LINK, Cable, open_register
from harness.bench.standing import USUAL, StandingTerminal
from harness.bench_check.record.files import safe_name
from harness.links.serial import ThreadPort
from harness.stores import durable
from harness.stores.journal import Journal
from harness.stores.visits import file_name

from .reached import ROOT, file_of, imports_of, is_ours, reached

NOT_CARRIED = {"sqlalchemy": "a host with a database; hosts that the bench check starts keep everything in memory"}
OTHERS = {"serial": "pyserial", "cffi": "cryptography", "markupsafe": "jinja2"}
"""Projects by what is imported of them, where that differs, or by whom they come along."""

AS_ON_WINDOWS = """
import importlib, json, os, signal, socket, sys, sysconfig
sysconfig.get_config_vars()
ours, others = json.load(sys.stdin)
for name in others:  # other projects and Python's own library read the platform themselves: they are loaded as it is
    importlib.import_module(name)
for name in ("fcntl", "termios", "pty", "tty", "resource", "grp", "pwd", "syslog"):
    sys.modules[name] = None
for module, names in (
    (os, "fork forkpty openpty getuid geteuid getgid getegid getgroups getpgid killpg setsid uname sched_getaffinity"),
    (signal, "SIGKILL SIGHUP SIGQUIT SIGALRM SIGUSR1 SIGUSR2 pthread_sigmask setitimer"),
    (socket, "AF_UNIX"),
):
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
sys.platform = "win32"
failed = []
for name in ours:
    try:
        importlib.import_module(name)
    except Exception as error:
        failed.append(f"{name}: {type(error).__name__}: {error}")
print(json.dumps(failed))
"""


def test_nothing_that_only_unix_has_is_needed_to_import_any_of_it() -> None:
    ours = sorted(name for name in reached() if is_ours(name) and not NOT_CARRIED.keys() & imports_of(name))
    assert "harness.bench.register" in ours and "harness.links.serial" in ours
    others = {name for name in reached() if not is_ours(name)} - NOT_CARRIED.keys()
    others -= {name for name in others if name.partition(".")[0] in {*NOT_CARRIED, "tty", "termios", "fcntl", "msvcrt"}}
    done = subprocess.run(
        [sys.executable, "-c", AS_ON_WINDOWS],
        input=json.dumps([ours, sorted(others)]),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


def test_what_is_reached_is_carried() -> None:
    """A project that the bench check begins to use must go into the archive as well."""
    needed = runpy.run_path(str(ROOT / "tools" / "bench_archive"))["NEEDED"]
    top = {name.partition(".")[0] for name in reached() if not is_ours(name)} - sys.stdlib_module_names
    assert {OTHERS.get(name, name) for name in top - NOT_CARRIED.keys()} == set(needed)


def test_every_module_of_ours_that_is_imported_is_there() -> None:
    assert [name for name in sorted(reached()) if is_ours(name) and file_of(name) is None] == []


@pytest.fixture
def windows_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports as on Windows: a loop that watches no descriptor (asyncio's proactor), and pyserial's blocking reads."""
    monkeypatch.setattr(sys, "platform", "win32")

    def none(*_: Any) -> None:
        raise NotImplementedError

    monkeypatch.setattr(asyncio.SelectorEventLoop, "add_reader", none)
    monkeypatch.setattr(asyncio.SelectorEventLoop, "add_writer", none)


def test_a_port_works_by_threads_alone(request: pytest.FixtureRequest) -> None:
    with StandingTerminal() as terminal:
        assert terminal.port.startswith("/dev/")
        request.getfixturevalue("windows_ports")
        with open_register(Cable(terminal.port)) as register:
            shell: Any = register._shell
            assert isinstance(shell.links[LINK]._port, ThreadPort)
            done = [register.do("sign_in"), register.do("sale", amount_fen=1_00), register.do("settle")]
        assert [outcome["status"] for outcome in done] == ["done"] * 3
        with open_register(Cable(terminal.port)) as register:  # the port was let go
            assert register.do("sign_in")["status"] == "done"


def test_an_emulated_terminal_stands_without_a_pty(windows_ports: None) -> None:
    """As the drill has it on Windows."""
    start = replace(USUAL, serial="", tcp="127.0.0.1:0")
    with StandingTerminal(start) as terminal, open_register(Cable(terminal.port)) as register:
        assert register.do("sale", amount_fen=1_00)["status"] == "done"


def test_a_file_that_a_virus_scanner_holds_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, refused, waited = os.replace, [1, 2], list[float]()

    def held(fresh: Path, path: Path) -> None:
        if refused:
            refused.pop()
            raise PermissionError(13, "另一个程序正在使用此文件，进程无法访问。")
        real(fresh, path)

    monkeypatch.setattr(os, "replace", held)
    monkeypatch.setattr(durable, "sleep_s", waited.append)
    monkeypatch.setattr(sys, "platform", "win32")
    durable.replace_durably(tmp_path / "record", b"whole")
    assert (tmp_path / "record").read_bytes() == b"whole" and waited == list(durable.HELD_S[:2])
    refused += range(len(durable.HELD_S) + 1)
    with pytest.raises(PermissionError):
        durable.replace_durably(tmp_path / "record", b"other")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("record", b"whole")]


def test_a_journal_is_not_open_while_it_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows replaces no file that somebody has open, this process included."""
    real, open_then = os.replace, list[bool]()

    def watched(fresh: Path, path: Path) -> None:
        mine = [os.readlink(fd) for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink() and fd.exists()]
        open_then.append(str(path) in mine)
        real(fresh, path)

    journal = Journal(tmp_path)
    journal.append([{"n": 1}])
    monkeypatch.setattr(os, "replace", watched)
    journal.compact()
    assert journal.load() == [{"n": 1}] and open_then == [False]
    journal.close()


RESERVED = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])", re.IGNORECASE)
BAD_NAMES = (
    "CON",
    "nul.txt",
    "COM1",
    "com¹",
    "LPT9.html",
    "a:b",
    "a/b\\c",
    'a"b|c?d*e',
    "a. ",
    "..",
    "号" * 300,
    "\x01\n",
)


@pytest.mark.parametrize("sn", BAD_NAMES)
@pytest.mark.parametrize("made", [safe_name, file_name])
def test_a_serial_number_makes_a_name_that_windows_takes(made: Callable[[str], str], sn: str) -> None:
    """learn.microsoft.com: Naming Files, Paths, and Namespaces."""
    name = made(sn)
    assert name and PureWindowsPath(name).name == name
    assert not set(name) & set('<>:"/\\|?*') and name.isprintable() and name == name.rstrip(". ")
    assert not RESERVED.fullmatch(name.partition(".")[0]) and len(name) <= 150
