"""Folders as Linux has them for serial ports, made by hand: /sys, /dev, /proc, /etc/group and udev's database.

Paths, link targets and file contents are those of real systems (Debian 12; CH340, FT232R and CDC-ACM devices).
"""

from __future__ import annotations

import os
from pathlib import Path

BUS = "sys/devices/pci0000:00/0000:00:14.0/usb1"


class UsbTree:
    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "sys/class/tty").mkdir(parents=True)
        (root / "sys/bus/usb/devices").mkdir(parents=True)
        (root / "dev").mkdir()
        (root / "proc").mkdir()
        self.write("etc/group", "root:x:0:\ndialout:x:20:alice\n")
        self._minor = 0

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def link(self, path: str, target: Path | str) -> None:
        link = self.root / path
        link.parent.mkdir(parents=True, exist_ok=True)
        text = os.path.relpath(target, link.parent.resolve()) if isinstance(target, Path) else target
        link.symlink_to(text)

    def adapter(self, place: str, ids: str, serial: str = "", product: str = "", driver: str = "") -> Path:
        """A USB device with one interface; returns the interface's folder."""
        device = self.root / BUS / place
        device.mkdir(parents=True)
        vid, pid = ids.split(":")
        for name, text in {"idVendor": vid, "idProduct": pid, "serial": serial, "product": product}.items():
            if text:
                (device / name).write_text(f"{text}\n")
        self.link(f"sys/bus/usb/devices/{place}", device)
        return self.interface(place, "1.0", driver)

    def interface(self, place: str, number: str, driver: str) -> Path:
        folder = self.root / BUS / place / f"{place}:{number}"
        folder.mkdir()
        if driver:
            (self.root / "sys/bus/usb/drivers" / driver).mkdir(parents=True, exist_ok=True)
            self.link(f"{BUS}/{place}/{place}:{number}/driver", self.root / "sys/bus/usb/drivers" / driver)
        return folder

    def usb_serial(self, interface: Path, tty: str, latency_ms: int | None = None) -> None:
        """ttyUSB0: a folder of its own in the interface."""
        device = interface / tty
        (device / "tty" / tty).mkdir(parents=True)
        if latency_ms is not None:
            (device / "latency_timer").write_text(f"{latency_ms}\n")
        (device / "tty" / tty / "device").symlink_to("../..")
        self._tty(device / "tty" / tty, tty)

    def cdc_acm(self, interface: Path, tty: str) -> None:
        """ttyACM0: straight in the interface."""
        (interface / "tty" / tty).mkdir(parents=True)
        (interface / "tty" / tty / "device").symlink_to("../..")
        self._tty(interface / "tty" / tty, tty)

    def built_in(self, tty: str, sort: str) -> None:
        device = self.root / "sys/devices/platform/serial8250"
        (device / "tty" / tty).mkdir(parents=True)
        (device / "tty" / tty / "device").symlink_to("../..")
        (device / "tty" / tty / "type").write_text(f"{sort}\n")
        self._tty(device / "tty" / tty, tty)

    def _tty(self, folder: Path, tty: str) -> None:
        (folder / "dev").write_text(f"188:{self._minor}\n")
        self._minor += 1
        self.link(f"sys/class/tty/{tty}", folder)
        self.write(f"dev/{tty}", "").chmod(0o660)

    def stable(self, sort: str, name: str, tty: str) -> None:
        self.link(f"dev/serial/{sort}/{name}", f"../../{tty}")

    def process(self, pid: int, name: str, *opened: str) -> None:
        self.write(f"proc/{pid}/comm", f"{name}\n")
        (self.root / f"proc/{pid}/fd").mkdir()
        for number, path in enumerate(opened, 3):
            (self.root / f"proc/{pid}/fd/{number}").symlink_to(path)

    def unplug(self, place: str, tty: str) -> None:
        """The device vanishes as it does in sysfs: its links dangle no longer, they are gone."""
        for link in (f"sys/class/tty/{tty}", f"sys/bus/usb/devices/{place}", f"dev/{tty}"):
            (self.root / link).unlink()
