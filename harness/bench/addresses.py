"""The names under which the hosts of a bench are reached: the one table that both benches resolve addresses with."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.links.leads import Lead
from harness.machine import Connect

DOMAIN = "posrig.test"
"""`.test` never exists in the real name system (RFC 6761), so that nothing of a bench can reach the world."""
PORT = 8583
"""posrig's choice; acquirers hand out a port with their address."""
APN = "pay.posrig"
"""The access point of the lines of a bench; it is what "" stands for, too (the SIM card's own)."""
DNS = "192.0.2.53"
"""The name server that the lines of a bench hand out (RFC 5737: not of the real world); "" stands for it, too."""


def name_of(host: str) -> str:
    """`host2` to `host2.posrig.test`: the name that its certificate has."""
    return f"{host}.{DOMAIN}"


def address_of(host: str) -> str:
    """`host2` to `host2.posrig.test:8583`: what a terminal's settings hold to reach it."""
    return f"{name_of(host)}:{PORT}"


@dataclass(frozen=True, slots=True)
class Directory:
    """What one party reaches by which address.

    `own`: the host that "" leads to, "" for none.  `hosts`: every host of the bench to what is dialled for it, its
    party name in a simulated world and "address:port" with real links.  `nowhere`: with real links, a place of this
    machine for each reason that the system itself is to tell.
    """

    own: str
    hosts: Mapping[str, str]
    nowhere: Mapping[str, str] = field(default_factory=dict)

    def lead(self, wanted: Connect) -> Lead:
        """By another access point nothing comes up, a name that is no host's is not found, nor any name by another name
        server, another port of a host is refused, and to a number there is no way."""
        if wanted.apn not in ("", APN):
            return self.dead_end("no-line")
        name, _, port = wanted.address.rpartition(":")
        if wanted.dns not in ("", DNS) and not _is_number(name):
            return self.dead_end("name-not-found")
        if not wanted.address:
            return Lead(self.hosts[self.own]) if self.own else self.dead_end("unreachable")
        host = name.lower().removesuffix(f".{DOMAIN}")
        if host != name.lower() and host in self.hosts:
            return Lead(self.hosts[host]) if port == str(PORT) else self.dead_end("refused")
        return self.dead_end("unreachable" if _is_number(name) else "name-not-found")

    def dead_end(self, reason: str) -> Lead:
        """Where a dial fails for `reason`."""
        return Lead(self.nowhere.get(reason, ""), reason)


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
