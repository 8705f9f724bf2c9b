"""The serial ports of this computer, and which device each belongs to: from sysfs on Linux, elsewhere from pyserial."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .adapters import chip_name
from .sysfs import TTY_CLASS, read_ports

ROOT = Path("/")


@dataclass(frozen=True, slots=True)
class PortInfo:
    """One port.  What is unknown is None or "".

    `name`: what is opened now; "" for an adapter that has no port, because no driver has taken it.  `place`: the USB
    sockets from the computer to the device, "1-2.3" (bus 1, socket 2, socket 3 of a hub).  `interface`: "1.0", which of
    a device's several ports.  `driver`: of the USB interface; "usbfs": a program has taken it from its driver. `by_id`,
    `by_path`: names that Linux keeps.  `latency_ms`: FTDI's timer.  `phantom`: a name without a circuit behind.
    """

    name: str
    vid: int | None = None
    pid: int | None = None
    serial_number: str = ""
    place: str = ""
    interface: str = ""
    product: str = ""
    manufacturer: str = ""
    driver: str = ""
    by_id: str = ""
    by_path: str = ""
    latency_ms: int | None = None
    udev: tuple[str, ...] = ()
    phantom: bool = False

    @property
    def chip(self) -> str:
        return chip_name(self.vid, self.pid, self.driver)

    @property
    def kind(self) -> tuple[int | None, int | None]:
        """What sort of device it is."""
        return self.vid, self.pid

    @property
    def is_usb(self) -> bool:
        return self.vid is not None

    @property
    def hwid(self) -> str:
        """As pyserial writes it, so that its `hwgrep://` patterns fit."""
        if self.vid is None or self.pid is None:
            return "n/a"
        number = f" SER={self.serial_number}" if self.serial_number else ""
        return f"USB VID:PID={self.vid:04X}:{self.pid:04X}{number}" + (f" LOCATION={self.place}" if self.place else "")


def serial_ports(root: Path = ROOT) -> list[PortInfo]:
    """All ports, in the order of their names, "2" before "10"."""
    found = [PortInfo(**row) for row in read_ports(root)] if (root / TTY_CLASS).is_dir() else from_pyserial(_comports())
    return sorted(found, key=lambda port: natural(port.name or port.place))


def from_pyserial(found: Iterable[Any]) -> list[PortInfo]:
    """Ports as pyserial lists them on Windows and macOS (its `ListPortInfo`)."""
    return [
        PortInfo(
            name=str(port.device),
            vid=port.vid,
            pid=port.pid,
            serial_number=port.serial_number or "",
            place=(port.location or "").partition(":")[0],
            interface=(port.location or "").partition(":")[2],
            product=port.product or port.description or "",
            manufacturer=port.manufacturer or "",
        )
        for port in found
    ]


def _comports() -> Iterable[Any]:
    from serial.tools.list_ports import comports

    return comports()


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """For sorting: figures count as numbers."""
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", name))


def address_of(port: PortInfo, ports: Iterable[PortInfo]) -> str:
    """The name by which `port` is found again wherever it turns up: by its number, else by its place, else as it is
    called now."""
    if not port.is_usb:
        return port.name
    device = [other for other in ports if other.name and other.serial_number == port.serial_number]
    places = {other.place for other in device}
    if port.serial_number and len(places) == 1:
        return f"usb:{port.serial_number}" + (f":{port.interface}" if len(device) > 1 else "")
    here = [other for other in ports if other.name and other.place == port.place]
    return f"place:{port.place}" + (f":{port.interface}" if len(here) > 1 else "") if port.place else port.name


def named(names: Sequence[PortInfo], limit: int = 10) -> str:
    """Some ports in one line, for an error."""
    told = [" ".join(filter(None, (port.name, port.chip, port.serial_number, port.place))) for port in names]
    return ", ".join(told[:limit]) or "-"
