"""What is wrong with each serial port, before anybody opens it: nothing is sent and no port is opened for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from protocols.text import Text

from .adapters import CDC_ACM, CHIPS
from .holders import BRLTTY, MODEM_MANAGER, Holder, Who, group_wanted, holders_of, meddlers
from .port_info import PortInfo, address_of
from .serial_troubles import GROUP, TROUBLES, Trouble

LATENCY_MS_MAX = 4
"""Above it the timer of an FTDI chip is felt: a payment with twenty frames takes a third of a second longer."""
IGNORED_BY_MODEM_MANAGER = ("ID_MM_DEVICE_IGNORE=1", "ID_MM_PORT_IGNORE=1")
NO_GROUP = Text("没有组有权使用：sudo chmod g+rw {name}", "No group may: sudo chmod g+rw {name}")


@dataclass(frozen=True, slots=True)
class Checked:
    """A port with the name it is found by again, who has it, and its troubles by id, the grave ones first."""

    port: PortInfo
    address: str
    holders: tuple[Holder, ...] = ()
    troubles: Mapping[str, Trouble] = field(default_factory=dict)

    @property
    def is_fine(self) -> bool:
        return not any(trouble.grave for trouble in self.troubles.values())


@dataclass(frozen=True, slots=True)
class Around:
    """What else is on this computer, under `root`.  `who` None: rights are not looked at (Windows, macOS)."""

    root: Path
    who: Who | None
    holders: Mapping[str, tuple[Holder, ...]]
    meddlers: frozenset[str]


def check_ports(ports: Sequence[PortInfo], root: Path, who: Who | None) -> list[Checked]:
    """Each of `ports` with its troubles."""
    holders = holders_of([port.name for port in ports if port.name], root)
    around = Around(root, who, holders, meddlers(root))
    return [_checked(port, ports, around) for port in ports]


def _checked(port: PortInfo, ports: Sequence[PortInfo], around: Around) -> Checked:
    address = address_of(port, ports)
    found = dict(_of_adapter(port, around)) if not port.name else _of_port(port, around, address)
    ordered = sorted(found.items(), key=lambda one: not one[1].grave)
    return Checked(port, address if port.name else "", around.holders.get(port.name, ()), dict(ordered))


def _of_adapter(port: PortInfo, around: Around) -> list[tuple[str, Trouble]]:
    """Of an adapter that has no port."""
    if BRLTTY in around.meddlers and port.driver in ("", "usbfs"):
        return [_told("brltty")]
    if port.driver == "usbfs":
        return [_told("taken_from_driver")]
    return [_told("no_driver", driver=CHIPS[port.vid or 0, port.pid or 0].driver)]


def _of_port(port: PortInfo, around: Around, address: str) -> dict[str, Trouble]:
    found: list[tuple[str, Trouble]] = []
    device = around.root / port.name.lstrip("/")
    if port.phantom:
        return dict([_told("phantom")])
    if around.who is not None and not device.exists():
        found.append(_told("no_node", name=port.name))
    elif around.who is not None:
        group = group_wanted(device, around.who, around.root)
        if group is not None:
            found.append(_no_rights(port, group))
    if around.holders.get(port.name):
        found.append(_told("held"))
    if port.chip == CDC_ACM and MODEM_MANAGER in around.meddlers and not _is_ignored(port):
        found.append(_told("modem_manager", vid=f"{port.vid or 0:04x}"))
    if port.latency_ms is not None and port.latency_ms > LATENCY_MS_MAX:
        found.append(_told("latency", ms=port.latency_ms, tty=port.name.rpartition("/")[2]))
    if port.is_usb and not port.serial_number:
        found.append(_told("no_number", address=address))
    return dict(found)


def _no_rights(port: PortInfo, group: str) -> tuple[str, Trouble]:
    if group:
        return _told("no_rights", group=group)
    trouble = TROUBLES["no_rights"]
    return "no_rights", Trouble(trouble.what, NO_GROUP.format(name=port.name or GROUP))


def _is_ignored(port: PortInfo) -> bool:
    return any(one in port.udev for one in IGNORED_BY_MODEM_MANAGER)


def _told(trouble_id: str, **values: object) -> tuple[str, Trouble]:
    trouble = TROUBLES[trouble_id]
    return trouble_id, Trouble(trouble.what.format(**values), trouble.cure.format(**values), trouble.grave)
