"""What the host knows, and how each durable record changes it.

State is the fold of all records: `apply` is the only place that changes it, at run time and at start alike. Every
record kind has one function below, found by its name; a record of an unknown kind is a KeyError, since it would be
lost in silence otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.machine import Record

from .books import (
    accounts,
    appeals,
    applications,
    authorisations,
    billing,
    chips,
    companies,
    compliance,
    drafts,
    holds,
    losses,
    lots,
    notices,
    orders,
    parcels,
    quality,
    risk,
    teams,
    upgrades,
    versions,
)
from .money.ledger import Ledger, Posting

BATCH_MAX = 999_999
CODES_MAX = 10_000
"""Payment codes whose end is remembered; the oldest have ended long before."""


@dataclass
class Merchant:
    """`status`: open, closed; `reason` in words for the portal."""

    mid: str
    name: str
    status: str = "open"
    reason: str = ""


@dataclass
class Device:
    """One serial number.  `status`: shipped, bound, unbound, deregistered, lost, stolen.  `terminal` is the key of the
    bound terminal or empty; `version` that of its application, once it has told it; `signed_in_us` the last sign-in
    that was accepted of it, which outlives its terminal.
    """

    sn: str
    model: str
    status: str
    terminal: str = ""
    version: str = ""
    signed_in_us: int | None = None

    @property
    def firmware(self) -> str:
        """`MODEL/VERSION`, "" while one of the two is not known."""
        return f"{self.model}/{self.version}" if self.model and self.version else ""


@dataclass
class Settled:
    """A batch that was settled: the host's own totals, and the answer that a repeated 0500 gets."""

    batch: str
    totals: tuple[int, int, int, int]
    balanced: bool
    answer: dict[str, str]
    uploaded: dict[str, int] = field(default_factory=dict)
    ended: bool = False


@dataclass
class Terminal:
    """One terminal (TID of a merchant).  `session`: never, in, off.  `activation_stan`: F11 of the activation that
    succeeded. Keys are hex, empty while there are none.

      `status`: open, withdrawn, unbound.  `activated`: its activation succeeded, or it was provisioned live.
    `own_batch`: it counts its batches itself, `batch` is what it named at sign-in.  `main`: of a further merchant
    account on a device, the key of the device's own terminal; then what they share
    (`accounts.SHARED`) follows that one.
    """

    key: str
    mid: str
    tid: str
    sn: str
    dialect: str
    batch: str
    own_batch: bool = False
    status: str = "open"
    activated: bool = False
    activation_stan: str = ""
    application: str = ""
    main: str = ""
    tmk: str = field(default="", repr=False)
    pik: str = field(default="", repr=False)
    mak: str = field(default="", repr=False)
    tmk_offered: bool = False
    """A remote download handed the TMK out and waits for its activation."""
    session: str = "never"
    needs: list[str] = field(default_factory=list)
    settled: dict[str, Settled] = field(default_factory=dict)
    idle_since_us: int = 0
    """When it last signed in, signed off, settled, or was activated."""


@dataclass
class Behaviour:
    """A misbehaviour that was asked for.  `left`: how many more times, None: until healed."""

    settings: dict[str, Any]
    left: int | None


@dataclass
class State:
    """Everything durable."""

    sequence: int = 0
    salt: str = ""
    epoch: str = ""
    merchants: dict[str, Merchant] = field(default_factory=dict)
    terminals: dict[str, Terminal] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    applications: dict[str, applications.Application] = field(default_factory=dict)
    parcels: parcels.ParcelBook = field(default_factory=parcels.ParcelBook)
    drafts: drafts.DraftBook = field(default_factory=drafts.DraftBook)
    teams: teams.TeamBook = field(default_factory=teams.TeamBook)
    companies: companies.CompanyBook = field(default_factory=companies.CompanyBook)
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    orders: orders.OrderBook = field(default_factory=orders.OrderBook)
    authorisations: authorisations.Authorisations = field(default_factory=authorisations.Authorisations)
    accounts: accounts.AccountBook = field(default_factory=accounts.AccountBook)
    losses: losses.LossBook = field(default_factory=losses.LossBook)
    lots: lots.LotBook = field(default_factory=lots.LotBook)
    quality: quality.QualityBook = field(default_factory=quality.QualityBook)
    holds: holds.HoldBook = field(default_factory=holds.HoldBook)
    notices: notices.NoticeBook = field(default_factory=notices.NoticeBook)
    compliance: compliance.ComplianceBook = field(default_factory=compliance.ComplianceBook)
    versions: versions.VersionBook = field(default_factory=versions.VersionBook)
    upgrades: upgrades.UpgradeBook = field(default_factory=upgrades.UpgradeBook)
    risk: risk.RiskBook = field(default_factory=risk.RiskBook)
    billing: billing.BillingBook = field(default_factory=billing.BillingBook)
    appeals: appeals.AppealBook = field(default_factory=appeals.AppealBook)
    chips: chips.ChipBook = field(default_factory=chips.ChipBook)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Business key to {fingerprint, code, cause, fields, octets (hex), card}: what a repeated request is answered, and
    the card's number as a slip shows it."""
    tombstones: dict[str, str] = field(default_factory=dict)
    """`MID/TID/BATCH/STAN` of reversals that came before (or without) their original, to the date."""
    card_used_fen: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    """Payment codes that wallets of this bench showed, by `turn.card_hash`, to when each ends."""
    pin_failures: dict[str, int] = field(default_factory=dict)
    unresolved: list[dict[str, Any]] = field(default_factory=list)
    refusals: dict[str, dict[str, Any]] = field(default_factory=dict, compare=False)
    """Last refusal of each known terminal, for the portal's status query; the only thing here that is not durable."""

    def terminal(self, mid: str, tid: str) -> Terminal | None:
        """The terminal of that merchant, None when it is unknown."""
        return self.terminals.get(f"{mid}/{tid}")


def next_batch(batch: str) -> str:
    """The batch number after `batch`; 999999 is followed by 000001."""
    return f"{int(batch) % BATCH_MAX + 1:06d}"


def apply(state: State, record: Record) -> None:
    """Change `state` as `record` says.  Raises KeyError for a kind that is not known."""
    data = dict(record)
    FOLD[data.pop("kind")](state, data)
    state.sequence += 1


def _host(state: State, data: dict[str, Any]) -> None:
    state.salt, state.epoch = data["salt"], data["epoch"]


def _merchant(state: State, data: dict[str, Any]) -> None:
    state.merchants[data["mid"]] = Merchant(**data)


def _terminal(state: State, data: dict[str, Any]) -> None:
    terminal = Terminal(key=f"{data['mid']}/{data['tid']}", **data)
    state.terminals[terminal.key] = terminal
    if terminal.sn and not terminal.main:
        device = state.devices.setdefault(terminal.sn, Device(terminal.sn, "", "bound"))
        device.status, device.terminal = "bound", terminal.key


def _terminal_changed(state: State, data: dict[str, Any]) -> None:
    terminal = state.terminals[data.pop("terminal")]
    for name, value in data.items():
        setattr(terminal, name, value)
    accounts.follow(state.accounts, state.terminals, terminal.key, data)


def _device(state: State, data: dict[str, Any]) -> None:
    old = state.devices.get(data["sn"])
    kept = {"version": old.version, "signed_in_us": old.signed_in_us} if old else {}
    state.devices[data["sn"]] = Device(**{**kept, **data})


def _device_version(state: State, data: dict[str, Any]) -> None:
    state.devices[data["sn"]].version = data["version"]


def _signed_in(state: State, data: dict[str, Any]) -> None:
    terminal = state.terminals[data["terminal"]]
    terminal.session, terminal.pik, terminal.mak = "in", data["pik"], data["mak"]
    terminal.batch, terminal.own_batch = data["batch"], data["own_batch"]
    terminal.idle_since_us = data["at_us"]
    if (device := state.devices.get(terminal.sn)) is not None:
        device.signed_in_us = data["at_us"]


def _signed_off(state: State, data: dict[str, Any]) -> None:
    terminal = state.terminals[data["terminal"]]
    terminal.session = "off"
    terminal.idle_since_us = data["at_us"]


def _downloaded(state: State, data: dict[str, Any]) -> None:
    terminal = state.terminals[data["terminal"]]
    terminal.needs = [need for need in terminal.needs if need != data["what"]]


def _answered(state: State, data: dict[str, Any]) -> None:
    kept = ("fingerprint", "code", "cause", "fields", "octets", "card")
    state.answers[data["key"]] = {name: data[name] for name in kept if name in data}


def _posted(state: State, data: dict[str, Any]) -> None:
    entries = [(name, amount) for name, amount in data["entries"]]
    rate = tuple((per_million, cap) for per_million, cap in data.get("rate", ()))
    posting = Posting(**{**data, "entries": entries, "rate": rate})
    state.ledger.post(posting)
    authorisations.follow(state.authorisations, state.ledger, posting, undo=False)
    _use_card(state, posting, 1)


def _reversed(state: State, data: dict[str, Any]) -> None:
    posting = state.ledger.postings[data["key"]]
    if not posting.reversed:
        state.ledger.reverse(posting.key)
        authorisations.follow(state.authorisations, state.ledger, posting, undo=True)
        _use_card(state, posting, -1)


def _journal(state: State, data: dict[str, Any]) -> None:
    state.ledger.move([(name, amount) for name, amount in data["entries"]])


def _use_card(state: State, posting: Posting, sign: int) -> None:
    signed = sign * (posting.amount_fen if posting.side == "debit" else -posting.amount_fen)
    state.card_used_fen[posting.card] = state.card_used_fen.get(posting.card, 0) + signed


def _tombstone(state: State, data: dict[str, Any]) -> None:
    state.tombstones[data["trace"]] = data["date"]


def _code_shown(state: State, data: dict[str, Any]) -> None:
    state.codes[data["card"]] = data["until_us"]
    if len(state.codes) > CODES_MAX:
        del state.codes[next(iter(state.codes))]


def _pin(state: State, data: dict[str, Any]) -> None:
    state.pin_failures[data["card"]] = data["failures"]


def _settled(state: State, data: dict[str, Any]) -> None:
    terminal = state.terminals[data["terminal"]]
    totals = tuple(data["totals"])
    terminal.settled[data["batch"]] = Settled(data["batch"], totals, data["balanced"], data["answer"])
    terminal.batch = next_batch(data["batch"])
    terminal.idle_since_us = data["at_us"]


def _uploaded(state: State, data: dict[str, Any]) -> None:
    settled = state.terminals[data["terminal"]].settled[data["batch"]]
    settled.uploaded.update(data["entries"])


def _upload_ended(state: State, data: dict[str, Any]) -> None:
    state.terminals[data["terminal"]].settled[data["batch"]].ended = True
    state.unresolved.extend(data["unresolved"])


def _setting(state: State, data: dict[str, Any]) -> None:
    state.behaviours[data["behaviour"]] = Behaviour(data["settings"], data["left"])


def _setting_used(state: State, data: dict[str, Any]) -> None:
    behaviour = state.behaviours[data["behaviour"]]
    if behaviour.left is not None:
        behaviour.left -= 1


def _setting_cleared(state: State, data: dict[str, Any]) -> None:
    state.behaviours.pop(data["behaviour"], None)


def _in_book(name: str, fold: Callable[[Any, dict[str, Any]], None]) -> Callable[[State, dict[str, Any]], None]:
    return lambda state, data: fold(getattr(state, name), data)


BOOKS: dict[str, Mapping[str, Callable[[Any, dict[str, Any]], None]]] = {
    "authorisations": authorisations.FOLD,
    "orders": orders.FOLD,
    "accounts": accounts.FOLD,
    "losses": losses.FOLD,
    "lots": lots.FOLD,
    "quality": quality.FOLD,
    "applications": applications.FOLD,
    "holds": holds.FOLD,
    "parcels": parcels.FOLD,
    "drafts": drafts.FOLD,
    "teams": teams.FOLD,
    "companies": companies.FOLD,
    "notices": notices.FOLD,
    "compliance": compliance.FOLD,
    "upgrades": upgrades.FOLD,
    "versions": versions.FOLD,
    "risk": risk.FOLD,
    "billing": billing.FOLD,
    "appeals": appeals.FOLD,
    "chips": chips.FOLD,
}
"""Field of `State` to the records that change it."""

FOLD: dict[str, Callable[[State, dict[str, Any]], None]] = {
    "host": _host,
    "merchant": _merchant,
    "terminal": _terminal,
    "terminal_changed": _terminal_changed,
    "device": _device,
    "device_version": _device_version,
    "signed_in": _signed_in,
    "signed_off": _signed_off,
    "downloaded": _downloaded,
    "answered": _answered,
    "posted": _posted,
    "reversed": _reversed,
    "journal": _journal,
    "tombstone": _tombstone,
    "code_shown": _code_shown,
    "pin": _pin,
    "settled": _settled,
    "uploaded": _uploaded,
    "upload_ended": _upload_ended,
    "setting": _setting,
    "setting_used": _setting_used,
    "setting_cleared": _setting_cleared,
    **{kind: _in_book(name, fold) for name, book in BOOKS.items() for kind, fold in book.items()},
}
