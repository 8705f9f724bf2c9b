"""What an emulated terminal is configured with: its make, its place, the cards and people around it, its faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any, Literal

from protocols.errors import ScenarioError
from protocols.registers import DEFAULT_PROTOCOL, Transport
from protocols.text import Text
from protocols.unionpay.dialect import CUP, Dialect

from ..machine import HOUR_US, MINUTE_US, SECOND_US
from ..vendor import Vendor, shipped_vendor
from .hardware.parts import PARTS

HostLink = Literal["tcp", "register"]
CHINA = timezone(timedelta(hours=8))

UNKNOWN_KEY = Text("{what} 没有键 {key}", "{what} has no key {key}")
UNKNOWN_KEY_CURE = Text("可用：{names}", "Known: {names}")


@dataclass(frozen=True, slots=True)
class Profile:
    """The facts of a device model.  Counts are transactions, times microseconds."""

    name: str = "countertop"
    model: str = "CT-100"
    vendor: str = "POSRIG"
    device_type: str = "02"
    """01 ATM, 02 POS, 03 mPOS, 04 smart POS, 05 fixed phone (UnionPay document 21)."""
    network_licence: str = "3150"
    """First four characters of the network licence number (入网许可证号), sent at sign-in."""
    host_link: HostLink = "tcp"
    reads: tuple[str, ...] = ("swipe", "insert", "tap", "key")
    transactions: tuple[str, ...] = (
        "sale",
        "sale_qr",
        "void",
        "refund",
        "balance",
        "preauth",
        "preauth_void",
        "completion",
        "completion_advice",
        "completion_void",
    )
    """What its parameters enable."""
    has_printer: bool = True
    print_method: Literal["ribbon", "thermal"] = "ribbon"
    ribbon_lines: int = 125_000
    """Lines after which a ribbon prints half as black: three million characters, 24 to the line (posrig's choice)."""
    paper_lines: int = 0
    """Lines on a roll; 0: whoever stands there always puts a new one in in time."""
    paper_low_lines: int = 100
    """So many are left on the roll when its coloured stripe begins."""
    chip_life: int = 100_000
    """Insertions that the chip reader is rated for (posrig's choice, as makers of card connectors promise them)."""
    stripe_life: int = 300_000
    """The same of the magnetic head, in swipes."""
    ciphers: tuple[str, ...] = ("3des",)
    """What its secure element can do: "3des", "sm4"."""
    parts: tuple[str, ...] = tuple(name for name in PARTS if name != "scanner")
    """What its self-test looks at."""
    batch_warning_count: int = 500
    """From here on the terminal reminds of the settlement (PAX)."""
    batch_grace_count: int = 10
    """So many more are taken, then sales are refused until settlement (PAX)."""
    no_pin_limit_fen: int = 100_000
    """A tap up to this amount asks for no PIN (小额免密)."""
    battery_us: int = 0
    """For how long a full battery keeps it going at rest; 0: it runs on external power alone."""
    battery_exchange_us: int = 2 * MINUTE_US
    """So much of that each exchange with the host takes (radio and printer)."""
    battery_warning_percent: int = 20
    battery_stop_percent: int = 10
    """From here on no new transaction starts; below the warning (both posrig's choice, as vendors' differ)."""
    recharge_us: int = 3 * HOUR_US
    """From empty to full."""
    watchdog_us: int = 30 * SECOND_US
    """A program that does not react for so long is reset."""
    prompt_timeout_us: int = 60 * SECOND_US
    card_wait_us: int = 10 * SECOND_US
    """A card that says nothing for so long hangs (posrig's choice; EMV's longest waiting times are below it)."""
    dial_wait_us: int = 10 * SECOND_US
    multi_merchant_version: str = "1.0.0"
    """The application version that brings the multi-merchant function (商户二); "": none does."""
    auto_download: bool = False
    """Forced first downloads run before the first transaction instead of being asked for."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card that somebody may present.  `track2` is z text; `issuer_data` chip objects (9F10, 84, 82) in hex."""

    name: str
    pan: str
    expiry: str = "3012"
    sequence: str = "001"
    track2: str = ""
    issuer_data: str = ""
    asks_pin: bool = True
    """What its CVM list wants: a PIN, or a signature."""
    chip: str = ""
    """What its chip is (`fixtures/cards/chips`); "": it has none."""
    pin: str = field(default="", repr=False)
    how: str = "insert"
    """PIN and habit are the holder's; the terminal does not look at them."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A provisioned terminal: what activation and key loading would have given it.  `tmk` 8 or 16 octets."""

    tid: str
    mid: str
    tmk: bytes = field(repr=False)
    merchant_name: str = ""


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who may sign on at the keypad; `level` is "cashier" or "supervisor"."""

    number: str
    password: str = field(repr=False)
    level: Literal["cashier", "supervisor"] = "cashier"


OPERATORS = (Operator("01", "0000"), Operator("00", "123456", "supervisor"), Operator("99", "12345678", "supervisor"))
"""The factory settings that vendors document: cashier 01 with 0000, supervisor 00 with 123456, maintenance 12345678."""


@dataclass(frozen=True, slots=True)
class Config:
    """What the parameter menu may change; durable once it was changed.  0 switches a limit off."""

    protected: bool = False
    """Operators must sign on, and each operation needs its right (`rights`).  Off: whoever is there may do it all."""
    idle_lock_us: int = 15 * MINUTE_US
    """A protected keypad locks after this time without use."""
    confirm_amount: bool = False
    """The amount of a sale at the keypad is shown and confirmed before the card is asked for."""
    printer_required: bool = False
    """No transaction begins while the printer cannot print; else there is a warning."""
    auto_settle_us: int = 0
    """An open batch is settled by the terminal itself so long after the sign-in."""
    auto_sign_off_us: int = 0
    """The session is ended by the terminal itself so long after the sign-in."""
    host_address: str = ""
    """"host:port"; "": the terminal's own (`TerminalSettings.host_address`)."""
    backup_address: str = ""
    """Dialled when the host's address cannot be reached."""
    backup_line: bool = False
    """The second line (another network) is dialled when the first does not lead to the host."""
    apn: str = ""
    """The access point that a mobile line asks for; "": the SIM card's own."""
    dns: str = ""
    """Address of the name server that is asked; "": the one that the line hands out."""
    ca: str = "test-ca"
    """Under TLS: the installed authority that must have signed the host's certificate."""
    server_name: str = ""
    """Under TLS: the name that the host's certificate must have; "": that of the address."""
    own_certificate: str = ""
    """Under TLS: the installed certificate that the terminal shows; "": none."""
    sign_in_code: str = ""
    """F60.3 of the sign-in, and so the length of the keys (001 single, 003 double); "": the dialect's."""
    location: str = ""
    """"longitude,latitude", sent with every card transaction (F59, usage A5); "": it is not sent."""
    clear_track: bool = False
    """Track 2 goes out in the clear although the host handed out a track key: a switch for tests that was left on, like
    the four after it."""
    clear_pin: bool = False
    """The PIN block goes out as it is before it is enciphered."""
    whole_card: bool = False
    """Slips and log have the whole card number."""
    clear_backup: bool = False
    """Backups are not encrypted."""
    clear_line: bool = False
    """The host is dialled without TLS where TLS is demanded."""
    reply_timeout_us: int = 0
    """The wait for a reply; 0: parameter 12 where it was downloaded, else the dialect's."""


@dataclass(slots=True)
class TerminalSettings:
    """`start_at`: a life-cycle state to start in when storage is empty.  `rng` is the only randomness there is.

    `storage_key` stands for the key that a secure element holds: what is stored under it cannot be read elsewhere.
    """

    rng: Random
    dialect: Dialect = CUP
    dialects: Mapping[str, Dialect] = field(default_factory=dict)
    """Those that an update of the application may bring, by name."""
    profile: Profile = Profile()
    serial: str = "POSRIG02000001"
    lot: str = ""
    """The production lot of the device, and so of every part that it was made with."""
    application_version: str = "1.0.0"
    activation_code: str = ""
    host_address: str = ""
    """"host:port", or "" for the address that the shell was configured with."""
    identity: Identity | None = None
    start_at: str = ""
    cards: Mapping[str, Card] = field(default_factory=dict)
    chip: bool = False
    """The chip is read through the link `card`; else the reader hands over what `cards` says."""
    reader: bool = False
    """The link `card` is a real reader: cards come by themselves."""
    aids: tuple[str, ...] = ()
    public_keys: tuple[str, ...] = ()
    """What a terminal that begins in use has downloaded for its kernel: data objects in hex, one AID or key each."""
    attendant: str = ""
    """Name of the card that somebody presents, with its PIN, whenever the terminal asks and nobody else acted; "":
    nobody stands there."""
    operators: tuple[Operator, ...] = OPERATORS
    password_tries: int = 3
    """So many wrong sign-ons in a row, then only a supervisor may sign on."""
    config: Config = Config()
    gate: bool = True
    faults: frozenset[str] = frozenset()
    """Behaviours (`faults.FAULTS`) that are on from every start."""
    tls: bool = False
    """The host is reached by TLS, never in the clear."""
    year: int = 2026
    """The year of the terminal's clock: no message brings one."""
    register_protocol: str = DEFAULT_PROTOCOL
    """What the register's side speaks: one of `protocols.registers.REGISTER_PROTOCOLS`."""
    register_transport: Transport = "serial"
    """How it is framed: a serial line, or TCP where the protocol has a framing of its own there."""
    quirks: Any = None
    """What this vendor's terminals do otherwise (`harness.quirks`), an instance of the protocol's quirks; None:
    nothing."""
    epoch: datetime = datetime(2026, 3, 2, 8, 0, 0, tzinfo=CHINA)
    """What the clock that looks at certificates shows at `now` = 0."""
    vendor_key: bytes = field(default_factory=lambda: shipped_vendor().public_key)
    """Ed25519: whose application packages it installs."""
    medium: Vendor = field(default_factory=shipped_vendor, repr=False)
    """What a service technician brings: the packages of any version, good ones and others."""
    storage_key: bytes = field(default=b"posrig-terminal!", repr=False)


def profile_from(data: Mapping[str, Any], file: str) -> Profile:
    """A profile from the keys that differ from the defaults.  Raises ScenarioError for a key that does not exist."""
    known = [item.name for item in fields(Profile)]
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key not in known:
            raise ScenarioError(UNKNOWN_KEY.format(what=file, key=key), UNKNOWN_KEY_CURE.format(names=", ".join(known)))
        values[key] = tuple(value) if isinstance(value, list) else value
    return Profile(**values)


def card_from(name: str, data: Mapping[str, Any], file: str) -> Card:
    """A card record.  Raises ScenarioError for a key that does not exist."""
    known = [item.name for item in fields(Card)]
    for key in data:
        if key not in known:
            raise ScenarioError(
                UNKNOWN_KEY.format(what=f"{file} [{name}]", key=key), UNKNOWN_KEY_CURE.format(names=", ".join(known))
            )
    return Card(**{"name": name, **data})
