"""The serial ports as Linux tells of them, under a root folder that is handed in: /sys/class/tty for the ports,
/sys/bus/usb/devices for adapters without one, /dev/serial for names that stay, /run/udev/data for what udev knows.

A port of USB is a folder of its device: `1-2.3` (the device) / `1-2.3:1.0` (the interface) / `ttyUSB0`, or straight in
the interface for CDC-ACM.  Nothing that cannot be read is an error: the value is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .adapters import CHIPS

TTY_CLASS = "sys/class/tty"
USB_DEVICES = "sys/bus/usb/devices"
INTERFACE = re.compile(r"(?P<place>[0-9]+-[0-9.]+):(?P<interface>[0-9]+\.[0-9]+)")
TEXT_MAX = 200
"""Of a text that a device says about itself."""
PORTS_MAX = 1_000


def read_ports(root: Path) -> list[dict[str, Any]]:
    """One row for each port, with the fields of `PortInfo`."""
    ties = {sort: _links(root / "dev/serial" / sort) for sort in ("by-id", "by-path")}
    rows = []
    for tty in sorted((root / TTY_CLASS).iterdir())[:PORTS_MAX]:
        if not (tty / "device").exists() or (row := _port(root, tty)) is None:
            continue
        row["by_id"], row["by_path"] = (ties[sort].get(tty.name, "") for sort in ("by-id", "by-path"))
        rows.append(row)
    taken = {row["place"] for row in rows if row.get("place")}
    return rows + [row for row in _adapters(root) if row["place"] not in taken]


def _port(root: Path, tty: Path) -> dict[str, Any] | None:
    device = (tty / "device").resolve()
    row: dict[str, Any] = {"name": f"/dev/{tty.name}", "udev": _udev(root, _line(tty / "dev"))}
    for folder in (device, *device.parents):
        if found := INTERFACE.fullmatch(folder.name):
            latency = _line(device / "latency_timer")
            driver = _target(folder / "driver") or _target(device / "driver")
            row |= _usb(folder.parent) | found.groupdict() | {"driver": driver}
            return row | {"latency_ms": int(latency) if latency.isdecimal() else None}
    sort = _line(tty / "type")
    return row | {"driver": _target(device / "driver"), "phantom": sort == "0"}


def _adapters(root: Path) -> Iterator[dict[str, Any]]:
    """USB adapters of known kinds, each with the driver of its first interface."""
    folder = root / USB_DEVICES
    for device in sorted(folder.iterdir())[:PORTS_MAX] if folder.is_dir() else ():
        row = _usb(device)
        if (row["vid"], row["pid"]) not in CHIPS:
            continue
        drivers = [_target(one / "driver") for one in sorted(device.glob(f"{device.name}:*"))]
        yield {"name": "", **row, "place": device.name, "driver": next(filter(None, drivers), "")}


def _usb(device: Path) -> dict[str, Any]:
    numbers = [_line(device / name) for name in ("idVendor", "idProduct")]
    vid, pid = (int(text, 16) if re.fullmatch("[0-9a-fA-F]{4}", text) else None for text in numbers)
    texts = {"serial_number": "serial", "product": "product", "manufacturer": "manufacturer"}
    return {"vid": vid, "pid": pid} | {name: _line(device / file) for name, file in texts.items()}


def _udev(root: Path, number: str) -> tuple[str, ...]:
    """The properties that udev gave to the character device `number` ("188:0"), as NAME=VALUE."""
    try:
        text = (root / "run/udev/data" / f"c{number}").read_text("utf-8", "replace")
    except OSError:
        return ()
    return tuple(line[2:] for line in text.splitlines() if line.startswith("E:"))


def _links(folder: Path) -> dict[str, str]:
    """From the name of a port to the link that leads there."""
    if not folder.is_dir():
        return {}
    return {_target(link): f"/dev/serial/{folder.name}/{link.name}" for link in sorted(folder.iterdir())}


def _target(link: Path) -> str:
    try:
        return link.readlink().name
    except OSError:
        return ""


def _line(path: Path) -> str:
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    text = lines[0].strip()[:TEXT_MAX] if lines else ""
    return "".join(sign if sign.isprintable() else "?" for sign in text)  # a device writes what it likes into its name
