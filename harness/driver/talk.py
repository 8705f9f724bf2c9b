"""What a speaker says in one turn, and what every speaker is: one register protocol, seen from the register.

The driver (`driver`) keeps the operation that is under way, its ticket and its cable; the speaker (`speakers`) knows
how its protocol says it.  A speaker puts effects on its `Talk` and ends the operation with exactly one Outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from protocols.registers import REGISTER_PROTOCOLS, RegisterFramer
from protocols.text import Text

from ..arguments import Takes
from ..machine import Close, Connect, Effect, Event, Json, Note, Send
from .behaviours import On
from .operations import OPERATIONS
from .settings import DriverSettings

LINK, TUNNEL = "terminal", "tunnel"
SEEN = ("register",)
PROGRESS_TEXT_MAX = 200
"""Characters of a display text that a terminal sends."""


class Talk:
    """One turn: `now`, the effects so far, and the Outcome once the operation has ended."""

    def __init__(self, settings: DriverSettings) -> None:
        self.settings = settings
        self.quirks: Any = settings.quirks or REGISTER_PROTOCOLS[settings.protocol].quirks()
        """What this vendor does otherwise, an instance of the protocol's quirks."""
        self.behaviours: On = {}
        """What the bench has made the register do wrong (`behaviours`)."""
        self.now: int = 0
        self.effects: list[Effect] = []
        self.outcome: dict[str, Json] | None = None

    def result_due(self, op: str) -> int:
        """When the result of `op`, which begins to be waited for now, is overdue."""
        settings = self.settings
        wait_us = settings.result_timeout_us
        return self.now + (min(wait_us, settings.local_timeout_us) if OPERATIONS[op].local else wait_us)

    def framer(self) -> RegisterFramer:
        """A fresh framer of the protocol and transport that are set."""
        return REGISTER_PROTOCOLS[self.settings.protocol].framer(self.settings.transport)

    def send(self, data: bytes) -> None:
        """Octets to the terminal."""
        self.effects.append(Send(LINK, data))

    def close(self) -> None:
        """Break the connection to the terminal, which is dialled anew."""
        self.effects.append(Close(LINK))

    def message(self, direction: str, kind: str, fields: Mapping[str, Json]) -> None:
        """A message of the register's link for the trace; `kind` in English words, `fields` by the protocol's names."""
        data = {"link": LINK, "dir": direction, "mti": "", "kind": kind, "fields": dict(fields), "mac": "absent"}
        self.effects.append(Note("message", data, SEEN))

    def noise(self, data: bytes, reason: str) -> None:
        """Octets that are no message, and why."""
        shown = {"link": LINK, "hex": data.hex().upper(), "reason": reason}
        self.effects.append(Note("noise", shown, SEEN))

    def progress(self, state: str, text: Text) -> None:
        """The terminal tells what it is doing (`state`: the protocol's code) while the operation goes on."""
        zh, en = text.zh[:PROGRESS_TEXT_MAX], text.en[:PROGRESS_TEXT_MAX]
        self.effects.append(Note("progress", {"state": state, "text": {"zh": zh, "en": en}}, SEEN))

    def dial(self, address: str) -> None:
        """Open the tunnel to a host of the terminal's; "": the one that the register was set up with."""
        self.effects.append(Connect(TUNNEL, address))

    def tunnel(self, data: bytes) -> None:
        """Octets to that host."""
        self.effects.append(Send(TUNNEL, data))

    def hang_up(self) -> None:
        """Close the tunnel."""
        self.effects.append(Close(TUNNEL))

    def end(self, outcome: dict[str, Json]) -> None:
        """The operation is over."""
        self.outcome = outcome


class Speaker(Protocol):
    """The register's half of one protocol.  Every call is within one turn of the driver (`talk.now`)."""

    takes: Mapping[str, Takes]
    """The operations that the protocol has, of `operations.OPERATIONS`, with the arguments that each takes."""

    @property
    def deadline(self) -> int | None:
        """When `wake` is wanted."""
        ...

    def begin(self, op: str, args: Mapping[str, Json]) -> None:
        """Start an operation; nothing is under way.  Raises ValueError, TypeError or KeyError for arguments that cannot
        be carried out, before anything was sent."""
        ...

    def received(self, data: bytes) -> None:
        """Octets from the terminal, in any splitting."""
        ...

    def tunnelled(self, event: Event) -> None:
        """Opened, Received or Closed of the link `tunnel`."""
        ...

    def wake(self) -> None:
        """The deadline may have come."""
        ...

    def away(self) -> None:
        """The port has vanished.  While it is gone nothing is sent and no deadline counts."""
        ...

    def back(self) -> None:
        """The same device is back, perhaps under another name.  What was under way is asked again where the terminal
        can tell that it is the same order, else its result is waited for, or learned (`last`)."""
        ...

    def abort(self) -> bool:
        """Ask the terminal to abort what is under way; it ends as the terminal says.  False: the protocol cannot."""
        ...

    def give_up(self) -> None:
        """The operation was ended from outside (its port did not come back): nothing of it is under way any more."""
        ...
