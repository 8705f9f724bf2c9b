"""Where the terminal is, and how its line is set: what was said, and what there is where nothing was."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from harness.links.line_settings import LineSettings
from harness.links.port_info import PortInfo, address_of, named, serial_ports
from protocols.errors import LinkError, LocalError
from protocols.text import Text

NO_PORT = Text("没有串口", "there is no serial port")
NO_PORT_CURE = Text(
    "接上终端的线缆（posrig ports 说明检查什么），或用 --port 给出端口或 tcp:地址:端口",
    "Plug in the terminal's cable (posrig ports says what to check), or name a port or tcp:ADDR:PORT with --port",
)
SEVERAL = Text("有 {count} 个串口：{there}", "there are {count} serial ports: {there}")
SEVERAL_CURE = Text("用 --port 指明一个，例如 --port {example}", "Name the one where the terminal is: --port {example}")
TWICE = Text("串口参数给了两种：{values}", "the line is set in two ways: {values}")
TWICE_CURE = Text("只给一种", "Give one of them")
SOME_RATE = 9600
_FORMAT = re.compile(r"[5-8][NEOMSneoms]")


def line_of(*given: str) -> tuple[int | None, str]:
    """What options say of the line: (rate, or None; format as "8N1", or "").  Each may have a rate, a format, or both:
    `115200`, `7E1`, `9600-8N2-rtscts`.  Raises LocalError for what is none of these, or said twice in two ways."""
    rates, formats = set[int](), set[str]()
    for text in (one.strip() for one in given):
        alone = _FORMAT.match(text) is not None
        parsed = LineSettings.parse(f"{SOME_RATE}-{text}" if alone else text)
        if not alone:
            rates.add(parsed.baud)
        if alone or "-" in text:
            formats.add(str(parsed).partition("-")[2])
    for said in (rates, formats):
        if len(said) > 1:
            raise LocalError(TWICE.format(values=", ".join(map(str, sorted(said, key=str)))), TWICE_CURE)
    return next(iter(rates), None), next(iter(formats), "")


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
