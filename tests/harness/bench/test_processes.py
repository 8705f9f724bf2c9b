"""The bodies of `posrig host` and `posrig terminal` as processes: the one line, the exit status, signals."""

from __future__ import annotations

import resource
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import reduce
from operator import xor
from pathlib import Path

import pytest
import serial

from harness.bench.conversation import Limits
from harness.bench.fleet import RegisterSpec
from harness.bench.host_process import real_host_settings, run_host
from harness.bench.process import Interfaces
from harness.bench.terminal_process import run_terminal
from harness.bench.terminal_start import Start
from protocols.framing import Frame, SerialFramer
from protocols.mispos.dialect_b.message import build, message, parse
from protocols.mispos.dialect_b.tags import TransactionType

ROOT = Path(__file__).parents[3]
HEAD = """
import sys
from pathlib import Path
from harness.bench.conversation import Limits
from harness.bench.host_process import run_host
from harness.bench.process import Interfaces
from harness.bench.terminal_process import run_terminal
from harness.bench.terminal_start import Start
"""
PROVISION = """
[[merchant]]
mid = "898520154110004"
name = "Test merchant"
[[merchant.terminal]]
tid = "52010009"
sn = "SN00000001"
tmk = "159D86C7C1F779EA29F77A6858E0DA2A"
test_key = true
"""


@contextmanager
def process(code: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process that runs `code`; killed at the end if it still lives."""
    running = subprocess.Popen(
        [sys.executable, "-c", f"{HEAD}\nsys.exit({code})"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def failed(code: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a process that ends by itself."""
    with process(code) as running:
        out, err = running.communicate(timeout=15)
        return running.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_host_prints_one_line_and_ends_in_order(number: signal.Signals, tmp_path: Path) -> None:
    file = tmp_path / "provision.toml"
    file.write_text(PROVISION)
    with process(f"run_host(provision=Path({str(file)!r}), store={str(tmp_path / 'host.db')!r})") as running:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert line.startswith("listening on 127.0.0.1:")
        running.send_signal(number)
        out, err = running.communicate(timeout=15)
        assert (running.returncode, out, err) == (0, "", "")


def test_a_bad_provisioning_file_ends_the_host_before_it_listens(tmp_path: Path) -> None:
    file = tmp_path / "provision.toml"
    file.write_text(PROVISION.replace("test_key = true", "test_key = false"))
    status, out, err = failed(f"run_host(provision=Path({str(file)!r}), store='memory')")
    assert (status, out) == (2, "")
    assert "line 9" in err and "test_key" in err and "159D86" not in err


@pytest.mark.parametrize(
    ("code", "status", "says"),
    [
        ("run_host('nonsense', store='memory')", 2, "HOST:PORT"),
        ("run_host('192.0.2.1:1', store='memory')", 2, "cannot listen"),
        ("run_host(provision=Path('/none'), store='memory')", 2, "cannot read /none"),
        ("run_host(dialect='klingon', store='memory')", 2, "klingon"),
        ("run_host(store='nosuch://x')", 2, "store URL"),
        ("run_host(store='/')", 2, "unable to open"),
        ("run_terminal(Start(ready=True, state=Path('/dev/null')))", 2, "/dev/null"),
        ("run_terminal(Start(faults=('tampr',)))", 2, "nearest is tamper"),
        ("run_host(store='memory', interfaces=Interfaces(control='0.0.0.0:0'))", 2, "from outside"),
        ("run_terminal(Start(register=RegisterSpec('nexo')))", 2, "mispos-b"),
        ("run_terminal(Start(profile='toaster'))", 2, "toaster"),
        ("run_terminal(Start(serial='/dev/none'))", 2, "cannot open serial port"),
        ("run_terminal(Start(ready=True, host='127.0.0.1:1'))", 2, "--terminal"),
        ("run_terminal(Start(faults=('drop:stream=sideways',)))", 2, "sideways"),
        ("run_terminal(Start(at='on fire'))", 2, "on fire"),
    ],
)
def test_what_cannot_be_started_says_why_and_prints_no_line(
    code: str, status: int, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    names = {"run_host": run_host, "run_terminal": run_terminal, "Start": Start, "Interfaces": Interfaces, "Path": Path}
    names["RegisterSpec"] = RegisterSpec
    got = eval(code, names)  # in this process, for speed: nothing is started
    out, err = capfd.readouterr()
    assert (got, out) == (status, "")
    assert says in err
    assert "Traceback" not in err


def test_a_ready_terminal_takes_a_sign_in_over_its_pty() -> None:
    with process("run_terminal(Start(ready=True))") as running:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert line.startswith("ready on /dev/pts/"), running.stderr
        framer = SerialFramer()
        request = build(message(TransactionType.SIGN_IN, {0x9F00: "POSRIG", 0x9F1F: "01", 0x9FFF: "00000001"}))
        with serial.Serial(line.split()[-1], 9600, timeout=5, exclusive=True) as register:
            register.write(framer.frame(request))
            assert register.read(1) == b"\x06"
            frames: list[Frame] = []
            while not frames:
                frames = [
                    item for item in framer.feed(register.read(max(1, register.in_waiting))) if isinstance(item, Frame)
                ]
            assert parse(frames[0].payload).type == TransactionType.SIGN_IN
        running.terminate()
        assert running.wait(15) == 0


def test_a_terminal_at_a_host_of_another_process_signs_in_with_its_file(tmp_path: Path) -> None:
    file = tmp_path / "terminal.toml"
    file.write_text(PROVISION)
    with process(f"run_host(provision=Path({str(file)!r}), store='memory')") as host:
        assert host.stdout is not None
        address = host.stdout.readline().split()[-1]
        start = f"Start(ready=True, host={address!r}, terminal_file=Path({str(file)!r}), serial='', tcp='127.0.0.1:0')"
        with process(f"run_terminal({start})") as terminal:
            assert terminal.stdout is not None
            assert terminal.stderr is not None
            line = terminal.stdout.readline()
            assert line.startswith("ready on 127.0.0.1:"), terminal.stderr.read()


class Till:
    """A register of a few lines on a pty: frames as the interface says, made without our own codec."""

    def __init__(self, line: str) -> None:
        self.port = serial.Serial(line.split()[-1], 9600, timeout=10)

    def ask(self, kind: int, **values: str) -> dict[int, bytes]:
        """Send a request, acknowledge its result; the tags of the result."""
        known = {"amount": 0x9F02, "order": 0x9FFF, "till": 0x9F1F}
        pairs = [(0x9F01, bytes([kind])), *((known[name], value.encode()) for name, value in values.items())]
        data = b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in pairs)
        body = bytes.fromhex(f"{len(data):04d}") + data + b"\x03"
        self.port.write(b"\x02" + body + bytes([reduce(xor, body)]))
        assert self.port.read(2) == b"\x06\x02"
        size = int(self.port.read(2).hex())
        data = self.port.read(size + 2)[:-2]
        self.port.write(b"\x06")
        found = {}
        while data:
            tag, length = struct.unpack(">HH", data[:4])
            found[tag], data = data[4 : 4 + length], data[4 + length :]
        return found


def ready_line(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None
    assert running.stderr is not None
    line = running.stdout.readline()
    assert line.startswith("ready on "), running.stderr.read()
    return line


def test_a_foreign_register_sells_and_the_terminal_outlives_a_kill(tmp_path: Path) -> None:
    """With nobody at the terminal: the attendant presents the card.  Terminal and its own host go on after kill -9."""
    code = f"run_terminal(Start(ready=True, card='debit', state=Path({str(tmp_path)!r})))"
    with process(code) as running:
        till = Till(ready_line(running))
        sold = till.ask(2, amount="000000000100", till="01", order="7")
        assert sold[0x9F14] == b"00"
    with process(code) as running:
        till = Till(ready_line(running))
        assert till.ask(15)[0x9F10] == sold[0x9F10]
        assert till.ask(2, amount="000000000100", till="01", order="7")[0x9F0E] == sold[0x9F0E]
        settled = till.ask(14)
        assert (settled[0x9F14], settled[0x9F02]) == (b"00", b"000000000100")


def test_a_terminal_at_ready_is_ready_and_its_faults_begin_then(tmp_path: Path) -> None:
    file = tmp_path / "terminal.toml"
    file.write_text(PROVISION)
    cut = "limit_data:bytes=10,stream=downstream"  # the sign-in's answer, which is longer, passes
    start = f"Start(at='ready', terminal_file=Path({str(file)!r}), card='debit', faults=({cut!r},))"
    with process(f"run_terminal({start})") as running:
        till = Till(ready_line(running))
        assert till.ask(2, amount="000000000100")[0x9F14] == b"L24"  # its outcome is unknown


def test_a_terminal_without_a_line_is_ready_too_and_names_its_host_to_the_register() -> None:
    with process("run_terminal(Start(ready=True, profile='tethered', card='debit'))") as running:
        request = Till(ready_line(running)).ask(2, amount="000000000100")
        assert request[0x9F01] == b"\x11", "DATASEND: the register carries the traffic"
        host, port, content = request[0x9F16].decode(), int(request[0x9F17]), request[0x9F15]
        with socket.create_connection((host, port), timeout=10) as host_line:
            host_line.sendall(struct.pack(">H", len(content)) + content)
            assert host_line.recv(2) and host_line.recv(13)[11:] == b"\x02\x10"


def test_a_damaged_storage_is_reported_and_left_alone(tmp_path: Path) -> None:
    code = f"run_terminal(Start(ready=True, state=Path({str(tmp_path)!r})))"
    with process(code) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("ready on")
    journal = tmp_path / "journal"
    rotten = bytearray(journal.read_bytes())
    rotten[len(rotten) // 2] ^= 0x10
    journal.write_bytes(rotten)
    status, out, err = failed(code)
    assert (status, out) == (3, "")
    assert "damaged at octet" in err and "损坏" in err
    assert journal.read_bytes() == rotten


def test_a_terminal_that_cannot_keep_what_it_owes_stops_selling(tmp_path: Path) -> None:
    """A full flash, by a limit on the size of files: no request leaves any more, and it says so."""
    with process(f"run_terminal(Start(ready=True, card='debit', state=Path({str(tmp_path)!r})))") as running:
        till = Till(ready_line(running))
        full = (tmp_path / "journal").stat().st_size + 16
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (full, full))
        till.port.write(bytes.fromhex("0200219F010001029F02000C") + b"000000000100" + bytes.fromhex("032F"))
        assert running.wait(15) == 3
        assert running.stderr is not None
        assert "Storage fault" in running.stderr.read()


def test_the_limits_of_the_host_process_are_those_that_were_given() -> None:
    """The machine has limits of its own; they must not be below what somebody asked the process for."""
    code = "run_host(store='memory', interfaces=Interfaces(limits=Limits(connections=2, idle_s=1.0)))"
    with process(code) as running:
        assert running.stdout is not None
        host, port = running.stdout.readline().split()[-1].split(":")
        with ExitStack() as lines:
            first, _, third = (
                lines.enter_context(socket.create_connection((host, int(port)), timeout=15)) for _ in range(3)
            )
            with pytest.raises(ConnectionResetError):
                third.recv(1)
            assert first.recv(1) == b"", "closed when it was idle for a second"
    settings = real_host_settings("cup", None, Interfaces(limits=Limits(connections=50_000, idle_s=86_400)))
    assert (settings.limits.links, settings.limits.links_idle_us) == (50_000, 86_400_000_000)
