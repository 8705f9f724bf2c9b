"""Where a process's dials go, and which of them fail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.links import tcp, tls
from harness.links.dials import Dials
from harness.links.faults.base import Fault
from harness.links.leads import Lead
from harness.links.port import Handler
from harness.links.tls import Certificates, Handshakes
from harness.machine import Connect, Json

from .addresses import Directory
from .card_way import CardWay
from .fleet import CARD


@dataclass(frozen=True, slots=True)
class Dialling:
    """Where a party's dials lead.

    `addresses` are those that `Connect(link, "")` dials, by link; `directories`: in a bench, where the addresses of a
    link lead instead of where they say.  `certificates`: what is installed.  `card`: the way to the card in the reader.
    """

    addresses: Mapping[str, str] = field(default_factory=dict)
    directories: Mapping[str, Directory] = field(default_factory=dict)
    certificates: Certificates = field(default_factory=Certificates)
    card: CardWay | None = None


class Dialler:
    """Dials for one party, by link.  A dial takes `dial_s` at most."""

    def __init__(self, where: Dialling, handshakes: Handshakes, dial_s: float) -> None:
        self._directories = where.directories
        self._addresses = where.addresses
        self._certificates = where.certificates
        self._card = where.card
        self._handshakes = handshakes
        self._dial_s = dial_s
        self._faults: dict[str, Dials] = {}

    def set_faults(self, link: str, faults: Iterable[Fault]) -> None:
        """The dial faults of a plan for `link`; none heals it."""
        self._faults[link] = Dials(faults)

    def faults_left(self) -> dict[str, list[dict[str, Json]]]:
        """The dial faults that have not struck yet, by link."""
        return {link: dials.left() for link, dials in self._faults.items()}

    async def dial(self, wanted: Connect, handler: Handler) -> None:
        """Connect; `handler` hears `opened`, or `closed` with the reason.

        Of a line that swallows packets it hears nothing at all: every machine has a time-out of its own.
        """
        if wanted.link == CARD and self._card is not None:
            await self._card.dial(wanted.address, handler, self._dial_s)
            return
        lead = self._lead(wanted)
        if not lead.to:
            if lead.reason != "timeout":
                handler.closed(lead.reason)
        elif wanted.tls is None:
            await tcp.dial(lead.to, handler, self._dial_s)
        else:
            await tls.dial(lead.to, handler, self._dial_s, wanted.tls, self._certificates, self._handshakes)

    def _lead(self, wanted: Connect) -> Lead:
        reason = self._faults[wanted.link].next() if wanted.link in self._faults else ""
        directory = self._directories.get(wanted.link)
        if directory is None:
            return (
                Lead(reason=reason)
                if reason
                else Lead(wanted.address or self._addresses.get(wanted.link, ""), "unreachable")
            )
        return directory.dead_end(reason) if reason else directory.lead(wanted)
