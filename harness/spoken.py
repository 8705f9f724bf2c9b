"""Which protocol the octets of a register's link are in: said once in the trace, before any of them."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.registers import DEFAULT_PROTOCOL, REGISTER_PROTOCOLS, RegisterFramer, Transport

from .machine import Effect, Json, Note

PROTOCOL = "protocol"


def spoken_on(link: str, protocol: str, transport: Transport, seen_by: tuple[str, ...]) -> list[Effect]:
    """The event `link` {link, what: "protocol", protocol, transport} for the start of a machine; none for the usual
    protocol, which is what a trace without it means."""
    if protocol == DEFAULT_PROTOCOL:
        return []
    spoken = {"link": link, "what": PROTOCOL, "protocol": protocol, "transport": transport}
    return [Note("link", spoken, seen_by)]


def framer_spoken(data: Mapping[str, Json] | None) -> RegisterFramer:
    """A framer for the octets of a register's link; `data`: that event's, None where there was none."""
    if data is None:
        return REGISTER_PROTOCOLS[DEFAULT_PROTOCOL].framer("serial")
    return REGISTER_PROTOCOLS[data["protocol"]].framer(data["transport"])
