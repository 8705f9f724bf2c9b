"""Whether a host can be reached from this computer: name, connection, TLS.  Nothing is sent to it; for a face that is
synchronous and must not wait for a resolver that hangs."""

from __future__ import annotations

import socket
import ssl
import threading
from dataclasses import dataclass

from ..clock import monotonic_s
from .tcp import NEVER_A_NAME, reason_of, split_address
from .tls import reason_of as tls_reason_of

DIAL_S, WHOLE_S = 5.0, 12.0
"""One dial, and everything together: a resolver that hangs cannot be interrupted, so it is left behind."""
NOWHERE = ("192.0.2.1", 9)
"""A documentation address (RFC 5737): a datagram socket that is pointed there learns whether there is a route, and
nothing is sent."""
ADDRESSES_TRIED = 4


@dataclass(frozen=True, slots=True)
class Reached:
    """`reason` "" where the connection stood, else one of `harness.machine.Closed` or `TLS_REASONS`: `tls-unknown-ca`
    says no more than that this computer does not know who signed.  `took_ms`: until the connection stood."""

    reason: str
    took_ms: float = 0.0
    addresses: tuple[str, ...] = ()


def has_network() -> bool:
    """Whether this computer has a way out of itself at all."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(NOWHERE)
        except OSError:
            return False
    return True


def reach(address: str, *, tls: bool, dial_s: float = DIAL_S) -> Reached:
    """Connect to `address` (HOST:PORT) and hang up; each of its addresses gets `dial_s`.  Raises LocalError for what is
    no address."""
    host, port = split_address(address)
    found: list[Reached] = []

    def work() -> None:
        found.append(_reach(host, port, tls, dial_s))

    worker = threading.Thread(target=work, name="posrig-reach", daemon=True)
    worker.start()
    worker.join(WHOLE_S)
    return found[0] if found else Reached("timeout")


def _reach(host: str, port: int, tls: bool, dial_s: float) -> Reached:
    if host.lower().rstrip(".").endswith(NEVER_A_NAME):  # no name server is to be asked (RFC 6761)
        return Reached("name-not-found")
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[:ADDRESSES_TRIED]
    except (OSError, UnicodeError):
        return Reached("name-not-found")
    addresses = tuple(dict.fromkeys(str(place[4][0]) for place in places))
    reason = "unreachable"
    for family, kind, proto, _, place in places:
        begun_s = monotonic_s()
        with socket.socket(family, kind, proto) as link:
            link.settimeout(dial_s)
            try:
                link.connect(place)
            except OSError as error:
                reason = reason_of(error)
                continue
            took_ms = round((monotonic_s() - begun_s) * 1000, 1)
            return Reached(_shake(link, host) if tls else "", took_ms, addresses)
    return Reached(reason, 0.0, addresses)


def _shake(link: socket.socket, host: str) -> str:
    """Why TLS does not come about, "" where it does.  Judged by the authorities that this computer knows; the terminal
    may know others."""
    try:
        with ssl.create_default_context().wrap_socket(link, server_hostname=host):
            return ""
    except ssl.SSLError as error:
        return tls_reason_of(error)
    except OSError as error:
        return reason_of(error)
