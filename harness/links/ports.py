"""Which serial port a device has, by its serial number: names change whenever a plug comes out, the number does not."""

from __future__ import annotations

from pathlib import Path

from protocols.errors import LinkError
from protocols.text import Text

BY_ID = Path("/dev/serial/by-id")
"""Where Linux keeps a link to each port, named by vendor, product and serial number."""
LINK_NAME = "usb-posrig-{device}"
"""What posrig names the links that it keeps for its own ptys."""
SHOWN_MAX = 10
"""Ports that an error lists."""
NO_DEVICE = Text("没有序列号为 {device} 的串口设备", "there is no serial device with the number {device}")
NO_DEVICE_CURE = Text("检查线缆与 USB 口；现有：{there}", "Check cable and USB socket; there are: {there}")


def find_port(device: str, by_id: Path = BY_ID) -> str:
    """The name that the port of `device` has now.  Raises `LinkError` that lists the devices that there are.

    Asked in turn: the links in `by_id`, and what pyserial finds on this system (Windows and macOS know no such links).
    """
    links = sorted(by_id.iterdir()) if by_id.is_dir() else []
    for link in links:
        if device in link.name and link.exists():
            return str(link.resolve())
    from serial.tools.list_ports import comports

    ports = comports()
    for port in ports:
        if port.serial_number == device:
            return str(port.device)
    there = [*(link.name for link in links), *(f"{port.device} {port.serial_number or ''}".strip() for port in ports)]
    raise LinkError(NO_DEVICE.format(device=device), NO_DEVICE_CURE.format(there=", ".join(there[:SHOWN_MAX]) or "-"))


def keep_link(device: str, port: str, by_id: Path) -> None:
    """Have a link for `device` in `by_id` (made if absent) lead to `port`, "" to nothing.  Raises `LinkError`."""
    link = by_id / LINK_NAME.format(device=device)
    try:
        by_id.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        if port:
            link.symlink_to(port)
    except OSError as error:
        why = error.strerror or str(error)
        raise LinkError(
            Text(f"写不了 {link}：{why}", f"cannot write {link}: {why}"),
            Text("检查目录与权限", "Check folder and rights"),
        ) from error
