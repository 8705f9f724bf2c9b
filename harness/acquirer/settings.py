"""What a host is started with.  Everything that varies between runs comes in here; the machine reads nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from harness.machine import DAY_US, HOUR_US, MINUTE_US
from harness.vendor import Vendor, shipped_vendor
from protocols.framing import Prefix
from protocols.unionpay.dialect import Dialect

from .boarding.service import ROUTE, TEAMS, Stop, Team
from .money.fees import FeeSchedule, shipped_fees, shipped_schedules
from .money.issuers import Issuer
from .oversight.risk_rules import RiskRule, shipped_rules
from .terminals.emv_data import (
    EmvData,
    shipped_bins,
    shipped_cards,
    shipped_contactless,
    shipped_emv,
    shipped_parameters,
)
from .terminals.host_rsa import HostRsa, shipped_rsa


@dataclass(frozen=True)
class Stage:
    """One stage of the review and the time the provider promises for it."""

    name: str
    promised_us: int


CHINA = timezone(timedelta(hours=8))

REVIEW_STAGES = (
    Stage("documents", 4 * HOUR_US),
    Stage("risk", 8 * HOUR_US),
    Stage("bank_approval", 12 * HOUR_US),
)
"""posrig's choice: no source gives figures; a provider's page says "one to three working days" at most."""


@dataclass(frozen=True)
class CardAccount:
    """What the issuer knows of a card.

    `pin` empty: not checked.  `expiry` YYMM, empty: never.  `status`: the F39 that the issuer gives, 00 when it is
    a good card.
    """

    balance_fen: int
    pin: str = field(default="", repr=False)
    expiry: str = ""
    status: str = "00"


DEFAULT_BALANCE_FEN = 100_000_000


def known_accounts() -> Mapping[str, CardAccount]:
    """Accounts of the cards in `fixtures/cards`: their PIN and expiry, and the default balance where none is given."""
    return {
        pan: CardAccount(
            int(row.get("balance_fen", DEFAULT_BALANCE_FEN)), str(row.get("pin", "")), str(row.get("expiry", ""))
        )
        for pan, row in shipped_cards().items()
    }


@dataclass(frozen=True)
class Limits:
    """Bounds of everything that a peer could make grow."""

    links: int = 4096
    """A process that accepts connections puts its own limits in the place of this and the next."""
    links_idle_us: int = 10 * MINUTE_US
    held_answers: int = 1024
    open_applications: int = 10_000
    items_per_application: int = 32
    text_length: int = 200
    pin_tries: int = 3
    code_tries: int = 5
    sale_fen: int = 999_999_999_999


@dataclass(frozen=True)
class HostSettings:
    """Settings of one acquirer host.

    `dialects` by name; `default_dialect` for terminals that are not registered yet.  `seed` is all the randomness
    the host has: keys, codes and authorisation numbers are derived from it and from the count of records, so that a
    restart never repeats one. `epoch` is the local date and time at `now` = 0.  `cut_over_s`: seconds after
    midnight at which the business date changes. `cards` by PAN; any other card gets `any_card`, or 14 where that is
    None.
    """

    dialects: Mapping[str, Dialect]
    seed: bytes = field(repr=False)
    default_dialect: str = "cup"
    epoch: datetime = datetime(2026, 3, 2, 8, 0, 0, tzinfo=CHINA)
    acquirer_id: str = "48020000"
    mid_prefix: str = "898110054"
    """First nine digits of the merchant numbers that it hands out: the institution's part."""
    first_tid: int = 20_000_000
    """Its terminal numbers come after this one."""
    cut_over_s: int = 0
    length_prefix: Prefix = "binary"
    """What stands in front of each message on its line: two binary octets, or four digits."""
    stages: tuple[Stage, ...] = REVIEW_STAGES
    required_items: tuple[str, ...] = ("licence", "identity", "account")
    teams: Mapping[str, Team] = field(default_factory=lambda: TEAMS)
    route: tuple[Stop, ...] = ROUTE
    shipping_us: int = 2 * DAY_US
    code_valid_us: int = 7 * DAY_US
    idle_unsigned_us: int = 2 * DAY_US
    """A terminal in use without a session stands in the idle report after this time."""
    idle_unsettled_us: int = 2 * DAY_US
    """One with an open batch does so after this time."""
    models: frozenset[str] = frozenset()
    """Certified models; empty: every model is."""
    cards: Mapping[str, CardAccount] = field(default_factory=known_accounts, repr=False)
    any_card: CardAccount | None = CardAccount(balance_fen=DEFAULT_BALANCE_FEN)
    refund_same_day: bool = True
    first_batch: int = 1
    parameters: Mapping[str, str] = field(default_factory=shipped_parameters)
    """Terminal parameters of the download, code of two digits to value (Q/CUP 009 F62)."""
    emv: EmvData = field(default_factory=shipped_emv)
    contactless: Mapping[str, str] = field(default_factory=shipped_contactless)
    """Contactless parameters of the download, six-character tag to value (Q/CUP 009 F62)."""
    bins: Mapping[str, tuple[str, ...]] = field(default_factory=shipped_bins)
    """Card-BIN lists by the name of their download; at most 1000 entries each."""
    issuers: tuple[Issuer, ...] = field(default=(), repr=False)
    """Whose chip cards it can check (`money.issuers`); the cards of others pass unchecked."""
    rsa: HostRsa | None = field(default_factory=shipped_rsa, repr=False)
    """Key pair of the remote TMK download; None: this host has none, and says 40."""
    vendor: Vendor = field(default_factory=shipped_vendor, repr=False)
    """Who makes the packages that it hands out."""
    fees: FeeSchedule = field(default_factory=shipped_fees)
    schedules: Mapping[str, FeeSchedule] = field(default_factory=shipped_schedules)
    """Those that a contract may name instead, by name."""
    risk_rules: Mapping[str, RiskRule] = field(default_factory=shipped_rules)
    """All rules that it has, by id; none is in force before somebody puts it in force (`risk`)."""
    limits: Limits = Limits()
