"""The names under which the hosts of a bench are reached: the one table that both benches resolve addresses with."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from harness.links.leads import Lead

DOMAIN = "posrig.test"
"""`.test` never exists in the real name system (RFC 6761), so that nothing of a bench can reach the world."""
PORT = 8583
"""posrig's choice; acquirers hand out a port with their address."""


def address_of(host: str) -> str:
    """`host2` to `host2.posrig.test:8583`: what a terminal's settings hold to reach it."""
    return f"{host}.{DOMAIN}:{PORT}"


@dataclass(frozen=True, slots=True)
class Directory:
    """What one party reaches by which address.

    `own`: the host that "" leads to, "" for none.  `hosts`: every host of the bench to what is dialled for it, its
    party name in a simulated world and "address:port" with real links.
    """

    own: str
    hosts: Mapping[str, str]

    def lead(self, address: str) -> Lead:
        """A name that is no host's is not found, another port of a host is refused, and to a number there is no
        way."""
        if not address:
            return Lead(self.hosts[self.own]) if self.own else Lead(reason="unreachable")
        name, _, port = address.rpartition(":")
        host = name.lower().removesuffix(f".{DOMAIN}")
        if host != name.lower() and host in self.hosts:
            return Lead(self.hosts[host]) if port == str(PORT) else Lead(reason="refused")
        return Lead(reason="unreachable" if _is_number(name) else "name-not-found")


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
