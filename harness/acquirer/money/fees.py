"""What a merchant pays the provider: the fee schedules, and the journal entries of each fee.

Rates and sums are data (`fixtures/fees`): what each means of payment costs (`means`), and where a schedule does not
tell them apart, what a card and a code cost.  A sale's fee is rounded half up to the fen, sale by sale (posrig's
choice: no source says how); what is taken back brings back exactly the fee that it cost, at the rate of its sale.  A
fee is owed from the moment of its sale and stands in an account of its own, so that the merchant's payable account
keeps the whole amounts.

| account        | holds                                                                              |
|----------------|------------------------------------------------------------------------------------|
| `fee:KIND:MID` | receivable from the merchant, one account per kind: minus what is owed             |
| `fee_income`   | what the provider has earned                                                       |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from harness.fixtures import fixtures_dir, read_toml
from protocols.text import Text

from .ledger import Entry, Ledger, Posting
from .means import is_code

INCOME = "fee_income"
MYRIAD, MILLION = 10_000, 1_000_000
NAMES = ("documents", "reform")
"""The schedules that are shipped; the first is everybody's who has no other in his contract."""

Rate = tuple[tuple[int, int], ...]
"""Parts of a fee: parts per million of the amount, and the most in fen that one sale costs (0: no cap)."""

KINDS: Mapping[str, Text] = {
    "card": Text("刷卡手续费", "fees of card sales"),
    "code": Text("扫码手续费", "fees of scanned codes"),
    "payout": Text("即时到账费", "fees of instant payouts"),
    "data": Text("流量费", "data fee"),
    "rent": Text("月租", "rent"),
}
"""Every kind of fee; the deposit is none, it stays the merchant's."""


@dataclass(frozen=True)
class FeeSchedule:
    """Rates in parts of 10000 of a sale, sums in fen.  The data fee of a contract lies between its two bounds.

    `by_means`: the rates of the means that have one of their own.  `small_fen`: up to here a tap without PIN is a small
    one; 0: there is no such thing.
    """

    card_per_myriad: int
    code_per_myriad: int
    payout_fen: int
    data_min_fen: int
    data_max_fen: int
    deposit_fen: int
    rent_fen: int
    small_fen: int = 0
    by_means: Mapping[str, Rate] = field(default_factory=dict)

    def rate(self, means: str) -> Rate:
        """What a sale by that means costs."""
        per_myriad = self.code_per_myriad if is_code(means) else self.card_per_myriad
        return self.by_means.get(means, ((per_myriad * (MILLION // MYRIAD), 0),))


@lru_cache(maxsize=1)
def shipped_schedules() -> Mapping[str, FeeSchedule]:
    """The schedules of `fixtures/fees`, by name."""
    return {name: _schedule(read_toml(fixtures_dir() / "fees" / f"{name}.toml")) for name in NAMES}


def shipped_fees() -> FeeSchedule:
    """The schedule that the documents name (`fixtures/fees/documents.toml`)."""
    return shipped_schedules()[NAMES[0]]


def _schedule(data: dict[str, Any]) -> FeeSchedule:
    by_means = {
        means: tuple((part["per_million"], part.get("cap_fen", 0)) for part in parts)
        for means, parts in data.pop("means", {}).items()
    }
    return FeeSchedule(**data, by_means=by_means)


def account(kind: str, mid: str) -> str:
    """Name of the account of what this merchant owes of that kind."""
    return f"fee:{kind}:{mid}"


def rate_fen(amount_fen: int, rate: Rate) -> int:
    """The fee of a sale of `amount_fen` (not negative): each part half up, none above its cap."""
    total = 0
    for per_million, cap_fen in rate:
        fen = (amount_fen * per_million + MILLION // 2) // MILLION
        total += min(fen, cap_fen) if cap_fen else fen
    return total


def charge(kind: str, mid: str, fen: int) -> list[Entry]:
    """Entries of a fee; negative when it is given back, none when there is none."""
    return [(account(kind, mid), -fen), (INCOME, fen)] if fen else []


def entries_of_sale(mid: str, means: str, rate: Rate, amount_fen: int) -> list[Entry]:
    """The fee's entries of a sale."""
    return charge(_kind(means), mid, rate_fen(amount_fen, rate))


def entries_back(original: Posting, amount_fen: int) -> list[Entry]:
    """The fee's entries of a void or a refund of `amount_fen`.

    A void gives the whole fee of its original back, a refund what the fee of the rest is smaller by: after any partial
    refunds the fee is that of what is left.
    """
    before, rate = original.amount_fen - original.refunded_fen, original.rate
    back = rate_fen(before - amount_fen, rate) - rate_fen(before, rate)
    return charge(_kind(original.means), original.mid, back)


def of_posting(posting: Posting) -> int:
    """What it cost the merchant in fen, negative for a fee that came back; 0 once it is reversed."""
    return 0 if posting.reversed else sum(fen for name, fen in posting.entries if name == INCOME)


def _kind(means: str) -> str:
    return "code" if is_code(means) else "card"


def owed_fen(ledger: Ledger, mid: str) -> dict[str, int]:
    """What the merchant owes by kind, without those that are even; negative is a credit."""
    found = {kind: -ledger.accounts.get(account(kind, mid), 0) for kind in KINDS}
    return {kind: fen for kind, fen in found.items() if fen}
