"""The host's books: double entry, integers of fen.

Every booked message is a `Posting`; what it moved stands in journal entries whose amounts add up to zero.  A
reversal, a void and a refund post opposite entries and are linked to their original.  Accounts (more may be added;
nothing depends on the set):

| account        | holds                                                                    |
|----------------|--------------------------------------------------------------------------|
| `issuer`       | clearing with the card issuers; minus what they owe for the cardholders  |
| `merchant:MID` | payable to the merchant                                                  |
| `suspense`     | what nobody can be charged with yet                                      |
| `bank`         | money that came in from merchants (fees, deposits), minus what was paid out to them |
| `fee:KIND:MID`, `fee_income`, `deposit:MID` | see `fees` and `billing`                    |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from protocols.errors import LocalError
from protocols.text import Text

ISSUER = "issuer"
Side = Literal["debit", "credit"]
"""The side of the settlement totals (Chanjet POS V2.0, F48): sales are debits; voids and refunds are credits."""

Entry = tuple[str, int]
"""Account and signed amount in fen."""


class UnbalancedEntries(LocalError):
    """Entries that do not add up to zero: a bug of ours, refused before it is booked."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(
            Text(f"分录不平: {list(entries)}", f"entries do not balance: {list(entries)}"),
            Text("请报告该缺陷", "Report this as a defect"),
        )


def merchant_account(mid: str) -> str:
    """Name of the merchant's payable account."""
    return f"merchant:{mid}"


def entries_of(side: Side, mid: str, amount_fen: int) -> list[Entry]:
    """Entries of a posting: the merchant gains by a debit and loses by a credit."""
    signed = amount_fen if side == "debit" else -amount_fen
    return [(ISSUER, -signed), (merchant_account(mid), signed)]


@dataclass
class Posting:
    """One booked message.  `key` is the business key K, `original` the key of what a void or refund refers to.

    `date` is the business date, YYYY-MM-DD.  `card` is the keyed hash of the PAN.
    """

    key: str
    operation: str
    side: Side
    mid: str
    tid: str
    batch: str
    stan: str
    date: str
    amount_fen: int
    rrn: str
    auth_id: str
    card: str
    entries: list[Entry]
    original: str = ""
    at_us: int = 0
    """When it was booked, on the clock of `turn.Turn.now`."""
    preauth: str = ""
    """Key of the pre-authorisation that a completion ended (`authorisations`)."""
    means: str = "debit"
    """By what it was paid (`means.MEANS`); of a void or refund, what its original was paid by."""
    rate: tuple[tuple[int, int], ...] = ()
    """What its fee was made with (`fees.Rate`), so that taking it back brings back what it cost."""
    reversed: bool = False
    voided: bool = False
    refunded_fen: int = 0

    @property
    def net_fen(self) -> int:
        """What the merchant's account kept: zero once reversed, negative for void and refund."""
        if self.reversed:
            return 0
        account = merchant_account(self.mid)
        return sum(amount for name, amount in self.entries if name == account)


@dataclass
class Ledger:
    """Postings by key, and the balance of every account in fen."""

    postings: dict[str, Posting] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)
    """`MID/TID/BATCH/STAN` to the newest key: a reversal does not know the business date of its original."""

    by_terminal: dict[str, list[str]] = field(default_factory=dict)
    by_merchant: dict[str, list[str]] = field(default_factory=dict)
    """Keys in booking order, so in the order of `at_us`."""
    by_reference: dict[str, str] = field(default_factory=dict)
    """`MID/RRN` to the newest key: void and refund may name their original by F37 alone."""

    def post(self, posting: Posting) -> None:
        """Book `posting`.  Raises UnbalancedEntries; a key is booked once, a second booking is a LocalError."""
        if posting.key in self.postings:
            raise LocalError(
                Text(f"业务键 {posting.key} 已入账", f"business key {posting.key} is booked already"),
                Text("请报告该缺陷", "Report this as a defect"),
            )
        self.move(posting.entries)
        self.postings[posting.key] = posting
        self.latest[posting.key.rsplit("/", 1)[0]] = posting.key
        self.by_reference[f"{posting.mid}/{posting.rrn}"] = posting.key
        self.by_terminal.setdefault(f"{posting.mid}/{posting.tid}", []).append(posting.key)
        self.by_merchant.setdefault(posting.mid, []).append(posting.key)
        if posting.original:
            self._touch_original(posting, undo=False)

    def reverse(self, key: str) -> None:
        """Book the opposite of a posting, once; a second call changes nothing."""
        posting = self.postings[key]
        if posting.reversed:
            return
        self.move([(name, -amount) for name, amount in posting.entries])
        posting.reversed = True
        if posting.original:
            self._touch_original(posting, undo=True)

    def total_fen(self) -> int:
        """Sum over all accounts: zero at every moment."""
        return sum(self.accounts.values())

    def of_terminal(self, mid: str, tid: str) -> list[Posting]:
        """Postings of one terminal, in booking order, reversed ones included."""
        return [self.postings[key] for key in self.by_terminal.get(f"{mid}/{tid}", ())]

    def of_batch(self, mid: str, tid: str, batch: str) -> list[Posting]:
        """Those of one batch."""
        return [posting for posting in self.of_terminal(mid, tid) if posting.batch == batch]

    def totals(self, mid: str, tid: str, batch: str) -> tuple[int, int, int, int]:
        """Settlement totals of a batch: debit fen, debit count, credit fen, credit count, without reversed postings."""
        kept = [p for p in self.of_batch(mid, tid, batch) if not p.reversed]
        debits = [p.amount_fen for p in kept if p.side == "debit"]
        credits = [p.amount_fen for p in kept if p.side == "credit"]
        return sum(debits), len(debits), sum(credits), len(credits)

    def move(self, entries: Sequence[Entry]) -> None:
        """Book entries that belong to no message: fees, payments, payouts.  Raises UnbalancedEntries."""
        if sum(amount for _, amount in entries):
            raise UnbalancedEntries(entries)
        for name, amount in entries:
            self.accounts[name] = self.accounts.get(name, 0) + amount

    def _touch_original(self, posting: Posting, *, undo: bool) -> None:
        original = self.postings[posting.original]
        if posting.operation == "refund":
            original.refunded_fen += -posting.amount_fen if undo else posting.amount_fen
        else:
            original.voided = not undo
