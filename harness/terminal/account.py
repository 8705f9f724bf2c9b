"""A merchant account (商户) of the terminal: what is its own, and the lines of its batch.

A terminal that several accounts share (multi-merchant, 一机多商户) has for each a merchant and a terminal number, a
sign-in with working keys, a batch and trace numbers, so that no total of one can hold a sale of another.  Master key,
parameters, EMV data, operator and clock are the device's.  No public source describes this in bytes; it follows from
F41 and F42 being the identity of everything else in the UnionPay messages, and is posrig's choice where that leaves a
question.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from ..machine import Json
from .lifecycle import FIRST

ACCOUNTS_MAX = 5
"""So many fit into one F62 of a parameter download (512 octets), beside the parameters."""


def masked(pan: str) -> str:
    """First six and last four digits."""
    return pan[:6] + "*" * (len(pan) - 10) + pan[-4:] if len(pan) > 10 else pan


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the batch.  `kind` is that of the message; `status` approved, voided, or of a pre-authorisation
    completed; `mode` F22.

    `voucher`: what stands for a payment by the customer's code (付款凭证码), whose `pan` is that code.
    `printed`: its slip came out.  `settled`: its batch is closed.  `source`: the register's order, "" for the keypad.
    `label`, `tsi`: of a chip that was read through its link, what it calls its application and what was done.
    `supplied`: from the host's list (`flows.records`), so that nothing is known of the card but its masked number.
    `check`: the checksum that it was written with.
    """

    stan: str
    batch: str
    kind: str
    amount_fen: int
    pan: str
    mode: str
    rrn: str = ""
    auth: str = ""
    date: str = ""
    time: str = ""
    expiry: str = ""
    sequence: str = ""
    chip: str = ""
    original: str = ""
    original_batch: str = ""
    status: str = "approved"
    printed: bool = False
    settled: bool = False
    source: str = ""
    voucher: str = ""
    supplied: bool = False
    check: int = 0
    label: str = ""
    tsi: str = ""

    @property
    def checksum(self) -> int:
        """CRC-32 over what never changes of it; status, print and settlement come later."""
        parts = (self.stan, self.batch, self.kind, str(self.amount_fen), self.pan, self.mode, self.rrn, self.auth)
        more = (self.date, self.time, self.expiry, self.sequence, self.chip, self.original, self.original_batch)
        voucher = (self.voucher,) if self.voucher else ()
        return crc32("|".join((*parts, *more, self.source, *voucher)).encode())

    @property
    def is_sound(self) -> bool:
        """It is what was written."""
        return self.check == self.checksum

    @property
    def is_chip(self) -> bool:
        """Read from a chip: it goes up as a TC, not in the magnetic-stripe list."""
        return self.mode[:2] in ("05", "07", "98")


@dataclass(slots=True)
class Account:
    """One account.  `number`: its place in the menu, 1 for the terminal's own.  `listed`: the provider still offers it.

    `settlement`: how far a settlement has come; `unresolved`: reversals that were handed to people.
    `session_since_us`: when its last sign-in, sign-off or settlement was.
    `written`: how many entries there are by the count that stands apart from them (`hardware.storage`).
    `stan_lost`: the trace number went with the storage; where it goes on only the host's list tells.
    """

    number: int = 1
    tid: str = ""
    mid: str = ""
    merchant_name: str = ""
    listed: bool = True
    life_cycle: str = FIRST
    working_keys: str = ""
    signed_in: bool = False
    batch: str = "000001"
    next_stan: int = 1
    entries: list[Entry] = field(default_factory=list)
    settled: list[dict[str, Json]] = field(default_factory=list)
    unresolved: list[dict[str, Json]] = field(default_factory=list)
    settlement: dict[str, Any] | None = None
    session_since_us: int = 0
    written: int = 0
    stan_lost: bool = False

    @property
    def open_entries(self) -> list[Entry]:
        """The current batch: the tail of the list, for a settlement closes everything before it."""
        at = len(self.entries)
        while at and not self.entries[at - 1].settled:
            at -= 1
        return self.entries[at:]

    def entry(self, stan: str, batch: str | None = None) -> Entry | None:
        """The newest entry with this STAN (and batch)."""
        found = (e for e in reversed(self.entries) if e.stan == stan and batch in (None, e.batch))
        return next(found, None)
