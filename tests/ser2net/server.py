"""ser2net on one serial port: RFC 2217 at one TCP port, plain octets at another."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

CONFIGURATION = """\
%YAML 1.1
---
connection: &telnet
  accepter: telnet(rfc2217),tcp,127.0.0.1,{rfc2217}
  connector: serialdev,{device},9600n81,local
  options:
    kickolduser: true
connection: &plain
  accepter: tcp,127.0.0.1,{plain}
  connector: serialdev,{device},9600n81,local
  options:
    kickolduser: true
"""
START_S = 10.0


def program() -> str:
    """Where ser2net is.  Raises FileNotFoundError that says how to get it."""
    found = shutil.which("ser2net", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise FileNotFoundError("ser2net is missing: tests/ser2net/install")
    return found


class Server:
    """Serves `device` until `stop`; `start` again keeps the TCP ports."""

    def __init__(self, device: str, folder: Path) -> None:
        self.rfc2217, self.plain = _free_ports(2)
        self._file = folder / "ser2net.yaml"
        self._file.write_text(CONFIGURATION.format(device=device, rfc2217=self.rfc2217, plain=self.plain))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        # ser2net aborts when its standard input cannot be polled, as a file or /dev/null; a pipe can.
        self._process = subprocess.Popen(
            [program(), "-n", "-c", str(self._file)], stdin=subprocess.PIPE, stderr=subprocess.PIPE
        )
        end = time.monotonic() + START_S
        while not _listens(self.plain):
            assert self._process.poll() is None, self._process.stderr and self._process.stderr.read()
            assert time.monotonic() < end, "ser2net does not listen"
            time.sleep(0.02)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=START_S)


class NullModem:
    """Two ptys, and a thread that carries octets between their masters: what a cable is between two serial ports."""

    def __init__(self) -> None:
        pairs = [os.openpty() for _ in range(2)]
        self.one, self.other = (os.ttyname(slave) for _, slave in pairs)
        self._open = [descriptor for pair in pairs for descriptor in pair]
        self._masters = [master for master, _ in pairs]
        for _, slave in pairs:
            _raw(slave)
        for source, target in (self._masters, reversed(self._masters)):
            threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: int, target: int) -> None:
        try:
            while data := os.read(source, 4096):
                os.write(target, data)
        except OSError:  # closed
            pass

    def close(self) -> None:
        for descriptor in self._open:
            os.close(descriptor)


def _raw(descriptor: int) -> None:
    import tty

    tty.setraw(descriptor)


def _free_ports(count: int) -> list[int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [int(one.getsockname()[1]) for one in taken]
    finally:
        for one in taken:
            one.close()


def _listens(port: int) -> bool:
    """Asked of the kernel: a connection would take the serial port."""
    wanted = f"0100007F:{port:04X}"
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return any(row[1] == wanted and row[3] == "0A" for row in rows)
