"""The ways to the host, as the terminal's own settings have them: line, address, TLS, one after the other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from ..machine import Connect, Tls
from .desk import Desk

LINK, BACKUP = "host", "backup"
"""The terminal's line, and its second line (another network) where it has one."""
AFTER_BATTERY_LOSS = datetime.fromisoformat("2000-01-01T00:00:00+08:00")
"""What clock chips begin with when their battery was gone."""


class Way(NamedTuple):
    """One way that is dialled: the line, and the address, "" for the one that the line was configured with."""

    link: str
    address: str


def ways(desk: Desk) -> list[Way]:
    """The first address, then the second one, then the second line; each is dialled `connect_tries` times."""
    config = desk.config
    first = config.host_address or desk.settings.host_address
    found = [Way(LINK, first)]
    if config.backup_address:
        found.append(Way(LINK, config.backup_address))
    if config.backup_line:
        found.append(Way(BACKUP, config.backup_address or first))
    return [way for way in found for _ in range(desk.dialect.connect_tries)]


def connect_to(desk: Desk, way: Way) -> Connect:
    """The dial, with what the settings say about access point, name server and TLS."""
    config = desk.config
    tls: Tls | None = None
    if desk.settings.tls and not config.clear_line:
        name = config.server_name or way.address.rpartition(":")[0].strip("[]")
        tls = Tls(config.ca, name, clock(desk), config.own_certificate)
    apn, dns = (config.apn, config.dns) if way.link == LINK else ("", "")
    return Connect(way.link, way.address, apn, dns, tls)


def clock(desk: Desk) -> datetime:
    """Date and time as the terminal's clock has them."""
    begun = AFTER_BATTERY_LOSS if "clock_reset" in desk.faults else desk.settings.epoch
    return begun + timedelta(microseconds=desk.now)
