"""A card as it left the personalisation centre: nothing here ever changes.  What does is in `state`.

Octets are what stands on the wire.  `files` makes these values from `fixtures/cards/chips/NAME.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from protocols.emv.cryptograms import SCHEMES, KeySet, Scheme
from protocols.emv.dol import DolEntry
from protocols.emv.rsa import PrivateKey

How = Literal["insert", "tap"]
HOWS: tuple[How, ...] = ("insert", "tap")
RecordKey = tuple[int, int]
"""(SFI, record number)."""

ADA, AUTHENTICATION_INDICATOR = 0x9F52, 0x9F56
LOWER_LIMIT, UPPER_LIMIT = 0x9F58, 0x9F59
EC_BALANCE, EC_SINGLE_MAX = 0x9F79, 0x9F78
APPLICATION_CURRENCY = 0x9F51
LOG_ENTRY, LOG_FORMAT = 0x9F4D, 0x9F4F
CTQ = 0x9F6C


@dataclass(frozen=True, slots=True)
class Processing:
    """What GET PROCESSING OPTIONS answers: AIP (2 octets) and AFL (4 octets for each file)."""

    aip: bytes
    afl: bytes


@dataclass(frozen=True, slots=True)
class Application:
    """One application.

    `fci`: the answer to SELECT by the way in which the card is read; a way that is missing does not find it.
    `ways`: GET PROCESSING OPTIONS by "insert", "ecash" and "tap".  `records`: whole, with template 70.
    `data`: what GET DATA reads and PUT DATA writes, by tag.  `iad`: 9F10 with an empty CVR.
    """

    aid: bytes
    label: str
    priority: int
    fci: Mapping[How, bytes]
    pdol: Mapping[How, tuple[DolEntry, ...]]
    ways: Mapping[str, Processing]
    records: Mapping[RecordKey, bytes]
    data: Mapping[int, bytes]
    pan: str
    psn: str
    track2: bytes
    scheme_name: str
    keys: KeySet = field(repr=False)
    iad: bytes
    cdol1: tuple[DolEntry, ...]
    cdol2: tuple[DolEntry, ...]
    ddol: tuple[DolEntry, ...]
    icc_key: PrivateKey | None = field(default=None, repr=False)
    pin_key: PrivateKey | None = field(default=None, repr=False)
    tap_cvm: Literal["online_pin", "signature", "none"] = "online_pin"
    """What the card asks for where the reader wants the holder to be verified."""
    blocked: bool = False
    log_format: tuple[DolEntry, ...] = ()
    log_sfi: int = 0
    log_records: int = 0

    @property
    def scheme(self) -> Scheme:
        """How its cryptograms are made."""
        return SCHEMES[self.scheme_name]


@dataclass(frozen=True, slots=True)
class Directory:
    """PSE or PPSE: the answer to SELECT and the records behind it."""

    name: bytes
    fci: bytes
    records: Mapping[RecordKey, bytes]


@dataclass(frozen=True, slots=True)
class Chip:
    """A card.  `atr` by the way in which it is read; `pin`: what VERIFY compares with."""

    name: str
    atr: Mapping[How, bytes]
    applications: tuple[Application, ...]
    pse: Directory | None
    ppse: Directory | None
    pin: str = field(repr=False)
    pin_try_limit: int
    pin_tries: int
    """How many are left when it is new."""
    blocked: bool = False
    contact_life: int = 10_000
    """Insertions that its contacts stand without an error (posrig's choice)."""
