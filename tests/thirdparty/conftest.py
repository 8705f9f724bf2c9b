"""The host as a process of its own, with third-party terminals registered by a provisioning file."""

from __future__ import annotations

import itertools
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from .terminals import Terminal
from .wire import Form, Line

ROOT = Path(__file__).resolve().parents[2]
POSRIG = (sys.executable, "-c", "import sys; from harness.cli import main; sys.exit(main())")
START_S = 30.0
MID = "898520154110004"
TMK = "159D86C7C1F779EA29F77A6858E0DA2A"  # moehuster/test_union_pay
EASY_TMK = "31313131313131313131313131313131"  # yangyongzhen/Easy8583Ans
SINGLE_TMK = "3131313131313131"

CBC_FORM = Form(track_pad="F", tpdu="6005810000", header="603100000000", mac="cbc").changed(
    f48=("b", 999, 2), f61=("N", 100, 2)
)

PROFILES = {
    "cup": ("cup", f'["{TMK}", "{"00" * 15}FF"]'),
    "single": ("cup", f'"{SINGLE_TMK}"'),
    "cbc": ("cup-cbc", f'"{TMK}"\nkcv = "6C07214E"'),
    "sm4": ("sm4", f'"{TMK}"'),
    "old": ("no-60-3", f'"{TMK}"'),
    "chanjet": ("chanjet", f'"{TMK}"'),
}
"""Dialect and TMK by the name of a client's profile."""
TERMINALS_EACH = 100
"""Every test has a terminal of its own: batches and trace numbers of a shared host do not mix."""


def provision_text() -> str:
    """A provisioning file as a person would write it, only longer."""
    rows = [f'[[merchant]]\nmid = "{MID}"\nname = "测试商户"\n']
    for profile, (dialect, tmk) in PROFILES.items():
        for i in range(TERMINALS_EACH):
            tid = tid_of(profile, i)
            rows.append(
                f'[[merchant.terminal]]\ntid = "{tid}"\nsn = "SN-{tid}"\ndialect = "{dialect}"\ntmk = {tmk}\n'
                "test_key = true\n"
            )
    rows.append(f'''[[merchant]]
mid = "898411341310014"
name = "Easy"
[[merchant.terminal]]
tid = "73782214"
sn = "73782214"
tmk = "{EASY_TMK}"
test_key = true
''')
    return "\n".join(rows)


def tid_of(profile: str, number: int) -> str:
    """F41 of the terminal with that number."""
    return f"{list(PROFILES).index(profile) + 1}{number:07d}"


class HostProcess:
    """`posrig host` with its address."""

    def __init__(self, folder: Path, *options: str, provision: str = "", store: str = "") -> None:
        file = folder / "provision.toml"
        file.write_text(provision or provision_text(), encoding="utf-8")
        self.stderr = folder / "stderr"
        with self.stderr.open("w") as stderr:
            self.process = self._started(file, folder, store, options, stderr)
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], START_S)
        line = self.process.stdout.readline().decode() if ready else ""
        if not line.startswith("listening on "):
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            raise RuntimeError(f"{line!r} {self.stderr.read_text()}")
        host, port = line.split()[-1].rsplit(":", 1)
        self.address = (host, int(port))

    def _started(
        self, file: Path, folder: Path, store: str, options: tuple[str, ...], stderr: IO[str]
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*POSRIG, "host", "--listen", "127.0.0.1:0", "--provision", str(file),
             "--store", store or f"sqlite:///{folder}/host.db", *options],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, env={**os.environ, "PYTHONUTF8": "1"},
        )  # fmt: skip

    def dial(self) -> Line:
        """A new connection."""
        return Line(self.address)

    def stop(self) -> int:
        """End it in order; its exit status, 3 when a machine had raised."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(20)
        assert self.process.stdout is not None
        assert self.process.stdout.read() == b"", "more than one line on standard output"
        self.process.stdout.close()
        return status


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One process for all clients, as a shared test host is used."""
    process = HostProcess(tmp_path_factory.mktemp("host"))
    yield process
    status = process.stop()
    assert status == 0, process.stderr.read_text()


MakeTerminal = Callable[..., Terminal]
NUMBERS = {profile: itertools.count() for profile in PROFILES}


@pytest.fixture
def make_host(tmp_path: Path) -> Iterator[Callable[..., HostProcess]]:
    """Starts further hosts; all are gone at the end."""
    made: list[HostProcess] = []

    def make(*options: str, **settings: str) -> HostProcess:
        made.append(HostProcess(tmp_path, *options, **settings))
        return made[-1]

    yield make
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
        assert one.process.stdout is not None
        one.process.stdout.close()


@pytest.fixture
def make_terminal(host: HostProcess) -> MakeTerminal:
    """Makes a terminal that no other test has, by the name of its profile."""

    def make(profile: str, form: Form | None = None, **settings: Any) -> Terminal:
        tid = tid_of(profile, next(NUMBERS[profile]))
        key = bytes.fromhex(SINGLE_TMK if profile == "single" else TMK)
        if profile == "cup":
            key = key[:-1] + bytes([key[-1] ^ 0xFF])
        return Terminal(host.dial, tid, MID, key, form or Form(), **settings)

    return make


@pytest.fixture
def cup(make_terminal: MakeTerminal) -> Terminal:
    """A terminal of the standard dialect, its TMK from two components."""
    return make_terminal("cup")


@pytest.fixture
def pos(cup: Terminal) -> Terminal:
    """The same, signed in."""
    assert cup.sign_in().code == "00"
    return cup


@pytest.fixture
def cbc(make_terminal: MakeTerminal) -> Terminal:
    """The UnionPay test host's client: batch number is the date, F35 padded with F, F61 counted in octets."""
    return make_terminal("cbc", CBC_FORM, batch="261121", own_batch=True, tail="00000060")


@pytest.fixture
def easy(host: HostProcess) -> Terminal:
    """Easy8583Ans."""
    form = Form(tpdu="6005010000", header="613100311108")
    return Terminal(host.dial, "73782214", "898411341310014", bytes.fromhex(EASY_TMK), form, "000000")
