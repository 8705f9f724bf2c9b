"""A serial port through pyserial: a device name, `usb:SERIAL` for the port that the device with this serial number has
now (`ports`), or a URL of pyserial (`loop://`, `socket://`, `rfc2217://` ...).

The port is opened exclusively, because two readers on one port each get half of every frame.  Modem lines are left
alone: a pty and many adapters cannot set them.  pyserial reports a port that is gone in three families of errors
(SerialException, OSError, termios.error) while `is_open` stays true, so it is never asked.
"""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
from typing import Any

import serial

from protocols.errors import LinkError
from protocols.text import Text

from .fd import FdPort
from .port import READ_OCTETS, WRITE_BUFFER_OCTETS, Handler, Port
from .ports import find_port

if sys.platform == "win32":
    SERIAL_ERRORS: tuple[type[Exception], ...] = (serial.SerialException, OSError)
else:
    import termios

    SERIAL_ERRORS = (serial.SerialException, OSError, termios.error)

BY_NUMBER = "usb:"
READ_TIMEOUT_S = 0.1
"""How long the reader thread sits in one read before it looks whether it should end."""
WRITE_TIMEOUT_S = 5.0
"""A peer that takes nothing for this long is gone; at 9600 baud 4 KiB take 4.3 seconds."""


def open_serial(address: str, handler: Handler, baudrate: int = 9600) -> Port:
    """Open `address`, 8 data bits, no parity, 1 stop bit.  Raises `LinkError` with what to do."""
    if address.startswith(BY_NUMBER):
        address = find_port(address.removeprefix(BY_NUMBER))
    native = sys.platform != "win32" and "://" not in address
    try:
        device = serial.serial_for_url(address, do_not_open=True)
        device.baudrate = baudrate
        device.timeout = 0 if native else READ_TIMEOUT_S
        device.write_timeout = WRITE_TIMEOUT_S
        if native:
            device.exclusive = True
        device.open()
    except (*SERIAL_ERRORS, ValueError, ImportError) as error:
        raise _cannot_open(address, error) from error
    port: Port = FdPort(device.fileno(), handler, lambda: _close(device)) if native else ThreadPort(device, handler)
    handler.opened(port, address)
    return port


class ThreadPort:
    """A port without a descriptor that a loop could watch (Windows, pyserial's URLs): one thread reads, one writes."""

    def __init__(self, device: Any, handler: Handler) -> None:
        self.octets_in: int = 0
        self.octets_out: int = 0
        self._device = device
        self._handler = handler
        self._loop = asyncio.get_running_loop()
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._queued = 0
        self._open = True
        self._reading = threading.Event()
        self._reading.set()
        for work in (self._read, self._write):
            threading.Thread(target=work, name=f"posrig-serial{work.__name__}", daemon=True).start()

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
            except SERIAL_ERRORS:
                self._tell(self.close, "gone")
                return
            if data:
                self._tell(self._arrived, data)

    def _write(self) -> None:
        while (data := self._outgoing.get()) is not None:
            try:
                self._device.write(data)
            except SERIAL_ERRORS:
                self._tell(self.close, "gone")
                break
            self._queued -= len(data)
        _close(self._device)

    def _arrived(self, data: bytes) -> None:
        if self._open:
            self.octets_in += len(data)
            self._handler.received(data)

    def _tell(self, call: Any, argument: object) -> None:
        try:
            self._loop.call_soon_threadsafe(call, argument)
        except RuntimeError:  # the loop has ended; nobody is left to hear
            self._open = False


def _close(device: Any) -> None:
    try:
        device.close()
    except SERIAL_ERRORS:  # an unplugged adapter fails in close as well, and is closed all the same
        pass


def _cannot_open(address: str, error: Exception) -> LinkError:
    if "exclusively lock" in str(error):
        cure = Text(zh="请先关闭占用该端口的程序", en="Close the program that holds the port")
    elif "Permission denied" in str(error):
        cure = Text(zh="请把用户加入 dialout 组后重新登录", en="Add your user to the group dialout, then log in again")
    else:
        cure = Text(
            zh="请检查接线与端口名（/dev/serial/by-id）",
            en="Check cable and name (/dev/serial/by-id holds stable ones)",
        )
    return LinkError(
        Text(zh=f"无法打开串口 {address}：{error}", en=f"cannot open serial port {address}: {error}"), cure
    )
