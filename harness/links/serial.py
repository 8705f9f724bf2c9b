"""A serial port through pyserial, at any address that `ports` knows, or at a URL of pyserial (`loop://`, `socket://`,
`rfc2217://` ...).

The port is opened exclusively, because two readers on one port each get half of every frame.  Modem lines are left
alone unless the settings name them: a pty and many adapters cannot set them.  pyserial reports a port that is gone in
three families of errors (SerialException, OSError, termios.error) while `is_open` stays true, so it is never asked;
`serial_troubles` knows them all by their texts.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import queue
import sys
import threading
import warnings
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import serial

from protocols.errors import LinkError

from ..clock import sleep_s
from .fd import FdPort
from .holders import PTYS, Holder, group_wanted, holders_of, pty_users, this_user
from .line_settings import LineSettings
from .port import READ_OCTETS, WRITE_BUFFER_OCTETS, Handler, Port
from .port_info import ROOT
from .ports import is_url, port_of
from .serial_troubles import explain
from .sysfs import TTY_CLASS

if sys.platform == "win32":
    SERIAL_ERRORS: tuple[type[Exception], ...] = (serial.SerialException, OSError)
else:
    import termios

    SERIAL_ERRORS = (serial.SerialException, OSError, termios.error)

READ_TIMEOUT_S = 0.1
"""How long the reader thread sits in one read before it looks whether it should end."""
WRITE_TIMEOUT_S = 5.0
"""A peer that takes nothing for this long is gone; at 9600 baud 4 KiB take 4.3 seconds."""
LET_GO_S = 2 * WRITE_TIMEOUT_S
"""The longest that the threads of a closed port may take: what waits to be written, and the end of a read."""
RFC2217 = "rfc2217://"
BUSY_TRIES, BUSY_S = 4, 0.5
"""A port server that has not yet let go of the connection before hangs up on the next one (ser2net without
kickolduser): so often it is dialled, so long apart."""

log: logging.Logger = logging.getLogger("posrig.links")


def open_serial(address: str, handler: Handler, settings: LineSettings | None = None) -> Port:
    """Open `address` with `settings`, by default 9600-8N1.  Raises `LinkError` that says what is wrong, who has the
    port, and what to do.

    A server behind `rfc2217://` may take seconds to answer, and this waits for it.
    """
    name = port_of(address)
    native = sys.platform != "win32" and not is_url(name)
    if not name or "\0" in name:
        raise explain(FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)), repr(name), opening=True)
    if native:
        refuse_held(name)
    elif (before := _by_threads.get(name.upper())) is not None:
        before.let_go()
    try:
        device = serial.serial_for_url(name, do_not_open=True)
        _set(device, settings or LineSettings())
        device.timeout = 0 if native else READ_TIMEOUT_S
        if not name.startswith(RFC2217):  # there pyserial has no time-out for writing
            device.write_timeout = WRITE_TIMEOUT_S
        if native:
            device.exclusive = True
        _open(device, tries=BUSY_TRIES if name.startswith(RFC2217) else 1)
        if native:
            _check_bits(device)
    except (*SERIAL_ERRORS, ValueError, ImportError) as error:
        raise _cannot_open(name, error, native) from error
    if native:
        _lower_latency(device)
    port: Port = (
        FdPort(device.fileno(), handler, lambda: _close(device)) if native else ThreadPort(device, handler, name)
    )
    handler.opened(port, name)
    return port


def _open(device: Any, tries: int) -> None:
    """Raises as pyserial does, after the last of `tries`."""
    if tries > 1:
        _quiet_reader()
    for left in reversed(range(tries)):
        try:
            with warnings.catch_warnings():  # pyserial names threads in a way that Python has deprecated since
                warnings.simplefilter("ignore", DeprecationWarning)
                device.open()
            return
        except (BrokenPipeError, ConnectionResetError):
            if not left:
                raise
            sleep_s(BUSY_S)


@cache
def _quiet_reader() -> None:
    """pyserial's reader thread dies with a traceback when the server hangs up; the opening itself fails as well, and
    tells it in words."""
    before = threading.excepthook

    def hook(told: threading.ExceptHookArgs) -> None:
        ours = told.thread is not None and told.thread.name.startswith("pySerial RFC 2217")
        if not (ours and isinstance(told.exc_value, OSError)):
            before(told)

    threading.excepthook = hook


class ThreadPort:
    """A port without a descriptor that a loop could watch (Windows, pyserial's URLs): one thread reads, one writes."""

    def __init__(self, device: Any, handler: Handler, name: str) -> None:
        self.octets_in: int = 0
        self.octets_out: int = 0
        self._device = device
        self._handler = handler
        self._name = name
        self._loop = asyncio.get_running_loop()
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._queued = 0
        self._open = True
        self._reading = threading.Event()
        self._reading.set()
        self._reader = threading.Thread(target=self._read, name="posrig-serial-read", daemon=True)
        self._reader.start()
        self._writer = threading.Thread(target=self._write, name="posrig-serial-write", daemon=True)
        self._writer.start()
        _by_threads[name.upper()] = self

    def send(self, data: bytes) -> bool:
        if not self._open or self._queued + len(data) > WRITE_BUFFER_OCTETS:
            return False
        self._queued += len(data)
        self.octets_out += len(data)
        self._outgoing.put(data)
        return True

    def close(self, reason: str = "local") -> None:
        if self._open:
            self._open = False
            self._reading.set()
            self._outgoing.put(None)
            self._loop.call_soon(self._handler.closed, reason)

    def let_go(self) -> None:
        """Wait until a port that was closed is closed: its threads need a moment, in which Windows says that a program
        has the port, and elsewhere they would take the first octets from whoever opens it next."""
        if not self._open:
            self._writer.join(LET_GO_S)

    def pause(self) -> None:
        self._reading.clear()

    def resume(self) -> None:
        self._reading.set()

    def _read(self) -> None:
        while self._open:
            self._reading.wait()
            try:
                first = self._device.read(1)
                data = first + self._device.read(min(self._device.in_waiting, READ_OCTETS)) if first else b""
            except SERIAL_ERRORS as error:
                self._lost(error)
                return
            if data:
                self._tell(self._arrived, data)

    def _write(self) -> None:
        while (data := self._outgoing.get()) is not None:
            try:
                self._device.write(data)
            except SERIAL_ERRORS as error:
                self._lost(error)
                break
            self._queued -= len(data)
        self._reader.join(WRITE_TIMEOUT_S)  # pyserial's URLs do not bear to be closed while somebody reads
        _close(self._device)

    def _arrived(self, data: bytes) -> None:
        if self._open:
            self.octets_in += len(data)
            self._handler.received(data)

    def _lost(self, error: Exception) -> None:
        if self._open:
            log.info("%s", explain(error, self._name, opening=False))
        self._tell(self.close, "gone")

    def _tell(self, call: Any, argument: object) -> None:
        try:
            self._loop.call_soon_threadsafe(call, argument)
        except RuntimeError:  # the loop has ended; nobody is left to hear
            self._open = False
            self._outgoing.put(None)


_by_threads: WeakValueDictionary[str, ThreadPort] = WeakValueDictionary()
"""The newest of each name, for as long as its threads run."""


def _close(device: Any) -> None:
    try:
        device.close()
    except SERIAL_ERRORS:  # an unplugged adapter fails in close as well, and is closed all the same
        pass


def refuse_held(name: str, root: Path = ROOT) -> None:
    """Raises `LinkError` when another process has the port `name` open, locked or not (Linux).

    A pseudo-terminal is not asked: whoever made it keeps its end open.
    """
    real = (root / name.lstrip("/")).resolve()
    if not (root / TTY_CLASS / real.name).exists():
        return
    device = f"/dev/{real.name}"
    others = [holder for holder in holders_of([device], root)[device] if holder.pid != os.getpid()]
    if others:
        raise explain(OSError(errno.EBUSY, os.strerror(errno.EBUSY)), name, opening=True, holders=others)


def _set(device: Any, settings: LineSettings) -> None:
    device.baudrate = settings.baud
    device.bytesize = settings.data_bits
    device.parity = settings.parity
    device.stopbits = settings.stop_bits
    device.rtscts = settings.flow == "rtscts"
    device.xonxoff = settings.flow == "xonxoff"
    device.dsrdtr = settings.flow == "dsrdtr"
    if settings.dtr is not None:
        device.dtr = settings.dtr
    if settings.rts is not None:
        device.rts = settings.rts


def _check_bits(device: Any) -> None:
    """A pty keeps 8 bits whatever is asked for, and says so only at times."""
    if sys.platform != "win32":
        import termios

        got = termios.tcgetattr(device.fileno())[2] & termios.CSIZE
        if got != getattr(termios, f"CS{device.bytesize}"):
            _close(device)
            raise termios.error(errno.EINVAL, "Invalid argument")


def _lower_latency(device: Any) -> None:
    """An FTDI chip hands over short answers after 16 ms unless it is asked not to (Linux; others have no such
    timer)."""
    try:
        device.set_low_latency_mode(True)
    except (*SERIAL_ERRORS, ValueError, AttributeError, NotImplementedError):  # no timer, or (macOS) no such call
        pass


def _cannot_open(name: str, error: Exception, native: bool) -> LinkError:
    if not native:
        return explain(error, name, opening=True)
    real = Path(name).resolve()
    holders = _holders(real) if "lock" in str(error) else ()
    return explain(error, name, opening=True, group=group_wanted(real, this_user(), ROOT) or "", holders=holders)


def _holders(real: Path) -> tuple[Holder, ...]:
    """Who has a port; of a pty its maker only where nobody else has it."""
    users = pty_users(str(real), ROOT) if real.parent == PTYS else ()
    return users or holders_of([str(real)], ROOT)[str(real)]
