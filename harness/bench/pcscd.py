"""A PC/SC service of one's own: pcscd with vsmartcard's virtual readers, on a socket that nobody else uses (Linux).

pcscd's own socket has a fixed place, so that there can be one only; but the daemon takes a socket that listens already
(systemd's socket activation), and the client library looks where `PCSCLITE_CSOCK_NAME` says.  Neither root nor systemd
is needed.  The library reads the variable once, at a process's first use of PC/SC: one process, one service.

A small shell between us and pcscd ends it when our end of a pipe is closed, which a kill does as well.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness.clock import monotonic_s, sleep_s
from harness.links.activation import free_ports, port_taken, unix_listener
from protocols.errors import LinkError
from protocols.text import Text

from .closing import Closing

DAEMONS = ("/usr/sbin/pcscd", "/usr/local/sbin/pcscd")
DRIVERS = ("/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "/usr/local/lib/pcsc/drivers/serial/libifdvpcd.so")
RUN_FOLDER = Path("/run/pcscd")
"""pcscd does not start without it, although it puts nothing there when it is handed a socket."""
SLOTS = 2
"""Readers that the driver makes of each entry, one port each."""
CONTACT, CONTACTLESS = "posrig virtual reader", "posrig virtual PICC"
START_S, STOP_S, LOOK_S = 10.0, 5.0, 0.005
PORT_TRIES = 5
"""Between finding ports free and the driver's taking them somebody else may be quicker."""
LOG_SHOWN = 1500
READY, NOT_HAD = "daemon ready", "Could not initialize connection to virtual ICC"
"""What the daemon writes when all readers are there, and the driver when somebody else has its port."""

SUPERVISE = """
exec 3<&1 4<&0 >"$1/log" 2>&1; folder=$1; shift
sh -c 'exec env LISTEN_FDS=1 LISTEN_PID=$$ "$@"' - "$@" 4<&- </dev/null &
daemon=$!
{ read -r word; [ "$word" ] || rm -rf "$folder"; kill "$daemon"; } <&4 3<&- &
watcher=$!
exec 3<&- 4<&-
wait "$daemon"; status=$?
kill "$watcher"
exit "$status"
"""
"""Our socket comes as standard output, because a POSIX shell moves only descriptors of one digit.  Where we end without
a word the folder is removed as well."""
WITHOUT_FOLDER = ("unshare", "-Urm", "sh", "-c", 'mount -t tmpfs none /run && mkdir -p /run/pcscd && exec "$@"', "-")
"""Where the folder is missing and we may not make it: a /run of the daemon's own."""

INSTALL = Text(
    "安装：sudo apt-get install pcscd vsmartcard-vpcd（Debian、Ubuntu）",
    "Install it: sudo apt-get install pcscd vsmartcard-vpcd (Debian, Ubuntu)",
)


@dataclass(frozen=True, slots=True)
class Slot:
    """A reader of the service: its name in PC/SC, and the port where a card is put in (`harness.links.vpcd`)."""

    name: str
    port: int

    @property
    def address(self) -> str:
        """As "host:port"."""
        return f"127.0.0.1:{self.port}"


class Pcscd(Closing):
    """Runs from its construction to `close`.

    `names`: one entry of readers each; the default has a contact reader and a contactless one.  Raises LinkError when
    pcscd or its driver is missing or does not start.
    """

    def __init__(self, names: tuple[str, ...] = (CONTACT, CONTACTLESS)) -> None:
        self._daemon, self._driver = found(DAEMONS, "pcscd"), found(DRIVERS, "libifdvpcd.so")
        self.folder: Path = Path(tempfile.mkdtemp(prefix="posrig-pcscd-"))
        self.socket: str = str(self.folder / "comm")
        """What `PCSCLITE_CSOCK_NAME` must be for its clients."""
        self.slots: tuple[Slot, ...] = ()
        """The first reader of each entry, in order."""
        self._process: subprocess.Popen[bytes] | None = None
        try:
            for left in reversed(range(PORT_TRIES)):
                if self._start(names, last=not left):
                    break
        except BaseException:
            self.close()
            raise

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        """What it wrote."""
        file = self.folder / "log"
        return file.read_text(errors="replace") if file.exists() else ""

    def kill(self) -> None:
        """End the daemon without a word, as a crash does: clients see a service that is gone.  `close` must follow."""
        self._stop()

    def close(self) -> None:
        """End it and remove its folder."""
        self._stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.communicate(b"end\n", STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _start(self, names: tuple[str, ...], last: bool) -> bool:
        """False where somebody took a port meanwhile, and another try is left."""
        first = free_ports(SLOTS * len(names))
        ports = [first + SLOTS * number for number in range(len(names))]
        self.slots = tuple(
            Slot(f"{name} {names[:number].count(name):02X} 00", port)
            for number, (name, port) in enumerate(zip(names, ports, strict=True))
        )
        self._write_readers(names, ports)
        self._run()
        stolen = self._await_readers([port + slot for port in ports for slot in range(SLOTS)])
        if stolen and last:
            raise self._broken()
        if stolen:
            self._stop()
        return not stolen

    def _write_readers(self, names: tuple[str, ...], ports: list[int]) -> None:
        """A copy of the driver for each entry: it keeps one table of slots, which a second entry would take over."""
        entries = []
        for number, (name, port) in enumerate(zip(names, ports, strict=True)):
            driver = shutil.copyfile(self._driver, self.folder / f"driver{number}.so")
            place = f"/dev/null:0x{port:04X}"
            entries.append(f'FRIENDLYNAME "{name}"\nDEVICENAME {place}\nLIBPATH {driver}\nCHANNELID 0x{port:04X}\n')
        folder = self.folder / "readers"
        folder.mkdir(exist_ok=True)
        (folder / "virtual").write_text("".join(entries))

    def _run(self) -> None:
        command = [self._daemon, "--foreground", "--info", "--config", str(self.folder / "readers")]
        if "polkit" in _version(self._daemon):  # it would ask a desktop for leave; older daemons do not know the option
            command.append("--disable-polkit")
        if not _run_folder_made():
            command = [*WITHOUT_FOLDER, *command]
        Path(self.socket).unlink(missing_ok=True)
        with unix_listener(Path(self.socket)) as listener:
            self._process = subprocess.Popen(
                ["sh", "-c", SUPERVISE, "-", str(self.folder), *command],
                stdin=subprocess.PIPE,
                stdout=listener.fileno(),
                start_new_session=True,  # what ends us at the keyboard does not end it before us
            )

    def _await_readers(self, ports: list[int]) -> bool:
        """Wait until the driver has its ports.  True where it did not get them.  Raises LinkError."""
        end = monotonic_s() + START_S
        while READY not in (log := self.log()):
            if not self.running or monotonic_s() > end:
                raise self._broken()
            sleep_s(LOOK_S)
        return NOT_HAD in log or not all(map(port_taken, ports))

    def _broken(self) -> LinkError:
        said = " ".join(self.log()[-LOG_SHOWN:].split())
        return LinkError(
            Text(
                f"自带的 pcscd 未能启动：{said or '无输出'}",
                f"a pcscd of posrig's own did not start: {said or 'silent'}",
            ),
            Text(
                "若提示 /run/pcscd：sudo mkdir -p /run/pcscd；否则请重装 pcscd 与 vsmartcard-vpcd",
                "If it names /run/pcscd: sudo mkdir -p /run/pcscd; else install pcscd and vsmartcard-vpcd anew",
            ),
        )


def found(places: tuple[str, ...], name: str) -> str:
    """The first of `places` that is there.  Raises LinkError."""
    for place in places:
        if Path(place).exists():
            return place
    raise LinkError(
        Text(f"这台机器没有 {name}（虚拟读卡器需要它）", f"{name} is missing, which virtual readers need"), INSTALL
    )


def check_installed() -> None:
    """Raises LinkError where a service of one's own cannot be started for want of something."""
    found(DAEMONS, "pcscd")
    found(DRIVERS, "libifdvpcd.so")


def _run_folder_made() -> bool:
    try:
        RUN_FOLDER.mkdir(exist_ok=True)
    except OSError:
        return False
    return True


def _version(daemon: str) -> str:
    return subprocess.run([daemon, "--version"], capture_output=True, text=True, timeout=START_S, check=False).stdout
