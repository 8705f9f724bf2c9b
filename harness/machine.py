"""What a machine is: a pure function of (event, now) that returns effects.

Terminal, acquirer host, register driver and card are machines.  Inside there is no clock, no I/O, no thread and no
randomness that was not handed in.  Time is an integer count of microseconds since the run's epoch.  A *shell*
(`harness.engine` in virtual time, `harness.bench.shell` on real links) feeds events and carries effects out.

Rules that the shells keep and the machines rely on:

* Effects of one turn are carried out in order.  `Persist` makes its records durable before any later effect of the same
  turn is released; many turns may share one commit.
* A machine that is rebuilt from its records (`start` after a crash) knows everything it persisted and nothing else.
* After every turn the shell reads `deadline`; when that time comes it delivers `Wake`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

Json = Any
"""A JSON value: str, int, bool, None, list, dict with str keys.  Never a float where money or time is meant."""

Record = Mapping[str, Json]
"""One durable fact of a machine, JSON, with the key `kind`.  State is the fold of all records in order."""

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US


# Events ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """`link` is open: accepted (host, "c1", "c2" ...), dialled ("host"), or wired ("register", "terminal")."""

    link: str
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """Octets arrived on `link`, in any splitting."""

    link: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """`link` is closed, or a dialled one did not open.

    `reason` is one of: "eof", "reset", "refused", "unreachable", "name-not-found", "timeout", "no-line", "local",
    "gone", or one of `TLS_REASONS`; of a card's link one of `CARD_REASONS`.
    """

    link: str
    reason: str


@dataclass(frozen=True, slots=True)
class Wake:
    """The machine's own `deadline` has come."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody asks the machine outside its wires: the portal, a person at the keypad, the control interface.

    `who` is "portal", "person" or "control".  The machine answers `ticket` with exactly one `Answer`, now or in a later
    turn.
    """

    who: str
    name: str
    args: Mapping[str, Json] = field(default_factory=dict)
    ticket: int = 0


Event = Opened | Received | Closed | Wake | Ask


# Effects --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Send:
    """Put octets on `link`.  Sending on a link that is no longer open is dropped by the shell and noted."""

    link: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS on a link that is dialled: the peer must show a certificate of the authority `ca` for `name` that is valid at
    `clock`, the dialler's own date and time.  `client`: the dialler's own certificate, "" for none.

    `ca` and `client` are names under which the certificates are installed.
    """

    ca: str
    name: str
    clock: datetime
    client: str = ""


TLS_REASONS = (
    "tls-unknown-ca",
    "tls-expired",
    "tls-not-yet-valid",
    "tls-wrong-name",
    "tls-not-tls",
    "tls-handshake",
)
"""Why a dialled link did not open although the peer was reached.  No octet of the application has left by then."""


@dataclass(frozen=True, slots=True)
class Connect:
    """Dial `link`; `address` is "host:port", or "" for the address that the shell was configured with.

    `apn`: the access point that a mobile line is asked for, `dns`: the name server that is, "" for the line's own.
    `tls` None: in the clear.
    """

    link: str
    address: str = ""
    apn: str = ""
    dns: str = ""
    tls: Tls | None = None


@dataclass(frozen=True, slots=True)
class Close:
    link: str


@dataclass(frozen=True, slots=True)
class Persist:
    """Make `records` durable, all or none, before the effects behind this one."""

    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """An event for the trace (kinds and shapes: `harness.trace`)."""

    kind: str
    data: Mapping[str, Json]
    seen_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an `Ask`.  `ok` is False when the request was illegal; `value` then has `error: {zh, en}`."""

    ticket: int
    value: Mapping[str, Json]
    ok: bool = True


@dataclass(frozen=True, slots=True)
class Restart:
    """The machine begins anew, as after a power cut: its links break and a new machine is made, which knows its records
    and nothing else.  The last effect of its turn; questions that are open were answered before it.
    """


CARD_REASONS = (
    "mute",  # no ATR: dirty, the wrong way round, a dead chip
    "bad-atr",
    "removed",  # pulled out
    "timeout",  # it hangs
    "card-error",  # an answer that is none, a contact that fails
    "no-card",
    "reset",  # somebody else has reset it
    "in-use",  # somebody else has it for himself alone
    "no-reader",
    "no-service",
)
"""Why a card's link did not open, or ended."""


Effect = Send | Connect | Close | Persist | Note | Answer | Restart


@lru_cache(maxsize=256)
def side_of(party: str) -> str:
    """What a party is: a bench with several terminals or hosts numbers them from the second on ("terminal2")."""
    return party.rstrip("0123456789")


class Machine(Protocol):
    """What a shell drives.  `name` is its side in the trace: "terminal", "host", "register"."""

    name: str

    @property
    def deadline(self) -> int | None:
        """Microseconds since the epoch of the run at which `Wake` is wanted, or None."""
        ...

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        """Rebuild the state from all durable records (empty at first start) and say what is to be done."""
        ...

    def handle(self, event: Event, now: int) -> list[Effect]:
        """One turn."""
        ...
