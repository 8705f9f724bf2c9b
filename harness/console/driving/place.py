"""Where the terminal is: the port that was named, or the only one that there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.links.port_info import PortInfo, address_of, named, serial_ports
from protocols.errors import LinkError
from protocols.text import Text

NO_PORT = Text("没有串口", "there is no serial port")
NO_PORT_CURE = Text(
    "接上终端的线缆（posrig ports 说明检查什么），或用 --port 给出端口或 tcp:地址:端口",
    "Plug in the terminal's cable (posrig ports says what to check), or name a port or tcp:ADDR:PORT with --port",
)
SEVERAL = Text("有 {count} 个串口：{there}", "there are {count} serial ports: {there}")
SEVERAL_CURE = Text("用 --port 指明一个，例如 --port {example}", "Name the one where the terminal is: --port {example}")


def the_port(listing: Callable[[], Sequence[PortInfo]] = serial_ports) -> str:
    """The address of the only USB port, or of the only port at all.  Raises LinkError that lists what there is."""
    ports = [port for port in listing() if port.name and not port.phantom]
    usb = [port for port in ports if port.is_usb]
    some = usb or ports
    if not some:
        raise LinkError(NO_PORT, NO_PORT_CURE)
    if len(some) > 1:
        example = address_of(some[0], ports)
        raise LinkError(SEVERAL.format(count=len(some), there=named(some)), SEVERAL_CURE.format(example=example))
    return some[0].name


def other_ports(port: str, listing: Callable[[], Sequence[PortInfo]] = serial_ports) -> str:
    """The ports besides, for whoever took the wrong one; "" for none."""
    return named([one for one in listing() if one.name and not one.phantom and one.name != port])
