"""Which serial port a device has: names change whenever a plug comes out, a serial number and a place do not.

Addresses: a name (`/dev/ttyUSB0`, `/dev/cu.usbserial-1`, `COM10`), `usb:NUMBER` (the device with this serial number),
`place:1-2.3` (whatever is plugged in there: for CH340, which has no number), `hwgrep://PATTERN` (as pyserial has it),
and pyserial's other URLs, which lead to no port of this computer.  A device with several ports: `usb:NUMBER:1.0`,
`place:1-2.3:1.0`, by the interface.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from protocols.errors import LinkError
from protocols.text import Text

from .port_info import PortInfo, address_of, named, serial_ports

BY_ID = Path("/dev/serial/by-id")
"""Where Linux keeps a link to each port, named by vendor, product and serial number."""
LINK_NAME = "usb-posrig-{device}"
"""What posrig names the links that it keeps for its own ptys."""
BY_NUMBER, BY_PLACE, BY_PATTERN = "usb:", "place:", "hwgrep://"
INTERFACE = re.compile(r"(?P<device>.+):(?P<interface>[0-9x]+\.[0-9]+)")
SHOWN_MAX = 10
"""Ports that an error lists."""
WINDOWS_PREFIX = "\\\\.\\"

NO_DEVICE = Text("没有序列号为 {device} 的串口设备", "there is no serial device with the number {device}")
NO_PLACE = Text("USB 位置 {device} 没有串口", "there is no serial port at the USB place {device}")
NO_MATCH = Text("没有串口符合 {device}", "no serial port matches {device}")
NO_DEVICE_CURE = Text("检查线缆与 USB 口；现有：{there}", "Check cable and USB socket; there are: {there}")
SEVERAL = Text("{address} 可指多个串口", "{address} may be several ports")
SEVERAL_CURE = Text("请写明其一：{there}", "Name one: {there}")
BAD_PATTERN = Text("{pattern} 不是正则表达式：{why}", "{pattern} is no regular expression: {why}")
BAD_PATTERN_CURE = Text("例如 hwgrep://1A86:7523", "For example hwgrep://1A86:7523")
NOT_BACK = Text("设备 {what} 还没有回来", "the device {what} is not back yet")
OTHER_DEVICE = Text(
    "{name} 现在是另一台设备（{there}），不是原来的 {what}", "{name} is another device now ({there}), not {what}"
)
OTHER_CURE = Text(
    "接回原来的设备；要改用这一台请重新启动，用它的名字 {address}",
    "Plug the first one in again; to use this one, start anew and name it as {address}",
)
MOVED_CURE = Text(
    "没有序列号的设备只能按位置认出：请插回原来的 USB 口 {place}",
    "A device without a serial number is known by its place alone: plug it into the USB socket {place}",
)

Listing = Callable[[], Sequence[PortInfo]]


def is_url(address: str) -> bool:
    """Whether pyserial gets it as it is."""
    return "://" in address and not address.startswith(BY_PATTERN)


def port_of(address: str, listing: Listing = serial_ports) -> str:
    """The name that is opened for `address` now.  Raises `LinkError` that lists the ports that there are."""
    if address.startswith(BY_NUMBER):
        return find_port(address.removeprefix(BY_NUMBER), listing=listing)
    if address.startswith(BY_PLACE):
        wanted, interface = _split(address.removeprefix(BY_PLACE))
        found = [port for port in listing() if _is_at(port, wanted) and interface in ("", port.interface)]
        return _the_one(found, address, NO_PLACE.format(device=wanted), listing)
    if address.startswith(BY_PATTERN):
        return _matching(address, listing)
    return address.removeprefix(WINDOWS_PREFIX) if address.startswith(WINDOWS_PREFIX + "COM") else address


def find_port(device: str, by_id: Path = BY_ID, listing: Listing = serial_ports) -> str:
    """The name that the port of the device with this serial number has now.  Raises `LinkError` as `port_of`.

    Asked in turn: the ports of this computer, and the links in `by_id`, where posrig keeps those of its ptys, too.
    """
    number, interface = _split(device)
    found = [port for port in listing() if number and port.serial_number == number and port.name]
    if found:
        some = [port for port in found if interface in ("", port.interface)]
        return _the_one(some, f"{BY_NUMBER}{device}", NO_DEVICE.format(device=device), listing)
    links = sorted(by_id.iterdir()) if by_id.is_dir() else []
    bounded = re.compile(rf"(?:^|[-_]){re.escape(number)}(?:-|$)")
    for link in links:
        if number and bounded.search(link.name) and link.exists():
            return str(link.resolve())
    there = [link.name for link in links] + [named([port]) for port in listing()]
    raise LinkError(NO_DEVICE.format(device=device), NO_DEVICE_CURE.format(there=", ".join(there[:SHOWN_MAX]) or "-"))


class SamePort:
    """The port at `address`, and the same device again after it was unplugged, under whatever name.

    Where the address itself tells the device (number, place, pattern, a link that Linux keeps, a URL), it is asked each
    time.  A bare name (`/dev/ttyUSB0`) goes to whatever is plugged in first, so the device that had it is remembered:
    by its serial number, else by its place.
    """

    def __init__(self, address: str, listing: Listing = serial_ports) -> None:
        self._address = address
        self._listing = listing
        self._device: PortInfo | None = None

    def opened(self, name: str) -> None:
        """It was opened as `name`; whose port is that?"""
        if self._device is None and not is_url(self._address):
            real = str(Path(name).resolve()) if name.startswith("/") else name
            self._device = next((port for port in self._listing() if _same_name(port.name, real)), None)

    def name(self) -> str:
        """What to open now.  Raises `LinkError` while the device is away, or when another one has taken its name."""
        device = self._device
        if device is None or not device.is_usb:
            return port_of(self._address, self._listing)
        ports = [port for port in self._listing() if port.name]
        alike = [port for port in ports if port.kind == device.kind and port.interface == device.interface]
        if device.serial_number:
            same = [port for port in alike if port.serial_number == device.serial_number]
            same = same if len(same) == 1 else [port for port in same if port.place == device.place]
        else:
            same = [port for port in alike if not port.serial_number and port.place == device.place]
        if same:
            return same[0].name
        raise self._away(device, ports, alike)

    def _away(self, device: PortInfo, ports: Sequence[PortInfo], alike: Sequence[PortInfo]) -> LinkError:
        what = named([device])
        for port in ports:
            if port.name == device.name:
                address = address_of(port, ports)
                other = OTHER_DEVICE.format(name=port.name, there=named([port]), what=what)
                return LinkError(other, OTHER_CURE.format(address=address))
        if not device.serial_number and any(not port.serial_number for port in alike):
            return LinkError(NOT_BACK.format(what=what), MOVED_CURE.format(place=device.place))
        return LinkError(NOT_BACK.format(what=what), NO_DEVICE_CURE.format(there=named(ports)))


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


def _split(device: str) -> tuple[str, str]:
    found = INTERFACE.fullmatch(device)
    return (found["device"], found["interface"]) if found else (device, "")


def _is_at(port: PortInfo, place: str) -> bool:
    return bool(port.name) and place in (port.place, port.by_path.rpartition("/")[2])


def _same_name(one: str, other: str) -> bool:
    """Windows does not tell COM3 from com3."""
    return one == other or (one.upper().startswith("COM") and one.upper() == other.upper())


def _matching(address: str, listing: Listing) -> str:
    """As pyserial's hwgrep: a regular expression over name, product and hardware id; `&n=2` takes the second."""
    pattern, *options = address.removeprefix(BY_PATTERN).split("&")
    try:
        wanted = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise LinkError(BAD_PATTERN.format(pattern=repr(pattern), why=error), BAD_PATTERN_CURE) from error
    found = [
        port
        for port in listing()
        if port.name and any(wanted.search(text) for text in (port.name, port.product, port.hwid))
    ]
    for number in (option.removeprefix("n=") for option in options if option.startswith("n=")):
        place = int(number) if number.isdecimal() else 0
        found = found[place - 1 : place] if place else []
    return _the_one(found, address, NO_MATCH.format(device=address), listing)


def _the_one(found: Sequence[PortInfo], address: str, none: Text, listing: Listing) -> str:
    if len(found) > 1:
        names = ", ".join(address_of(port, found) for port in found[:SHOWN_MAX])
        raise LinkError(SEVERAL.format(address=address), SEVERAL_CURE.format(there=names))
    if not found:
        raise LinkError(none, NO_DEVICE_CURE.format(there=named(listing())))
    return found[0].name
