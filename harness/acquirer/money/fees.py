"""What a merchant pays the provider: the fee schedule, and the journal entries of each fee.

Rates and sums are data (`fixtures/fees`).  A sale's fee is rounded half up to the fen, sale by sale (posrig's choice:
no source says how); what is taken back brings back exactly the fee that it cost.  A fee is owed from the moment of its
sale and stands in an account of its own, so that the merchant's payable account keeps the whole amounts.

| account        | holds                                                                              |
|----------------|------------------------------------------------------------------------------------|
| `fee:KIND:MID` | receivable from the merchant, one account per kind: minus what is owed             |
| `fee_income`   | what the provider has earned                                                       |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from harness.fixtures import fixtures_dir, read_toml
from protocols.text import Text

from .ledger import Entry, Ledger, Posting, Side

INCOME = "fee_income"
MYRIAD = 10_000

KINDS: Mapping[str, Text] = {
    "card": Text("刷卡手续费", "fees of card sales"),
    "code": Text("扫码手续费", "fees of scanned codes"),
    "payout": Text("即时到账费", "fees of instant payouts"),
    "data": Text("流量费", "data fee"),
    "rent": Text("月租", "rent"),
}
"""Every kind of fee; the deposit is none, it stays the merchant's."""

CODE_SALES = frozenset({"sale_qr"})


@dataclass(frozen=True)
class FeeSchedule:
    """Rates in parts of 10000 of a sale, sums in fen.  The data fee of a contract lies between its two bounds."""

    card_per_myriad: int
    code_per_myriad: int
    payout_fen: int
    data_min_fen: int
    data_max_fen: int
    deposit_fen: int
    rent_fen: int


@lru_cache(maxsize=1)
def shipped_fees() -> FeeSchedule:
    """The schedule of `fixtures/fees/documents.toml`."""
    return FeeSchedule(**read_toml(fixtures_dir() / "fees" / "documents.toml"))


def account(kind: str, mid: str) -> str:
    """Name of the account of what this merchant owes of that kind."""
    return f"fee:{kind}:{mid}"


def fee_fen(amount_fen: int, per_myriad: int) -> int:
    """The fee of a sale of `amount_fen` (not negative), rounded half up."""
    return (amount_fen * per_myriad + MYRIAD // 2) // MYRIAD


def charge(kind: str, mid: str, fen: int) -> list[Entry]:
    """Entries of a fee; negative when it is given back, none when there is none."""
    return [(account(kind, mid), -fen), (INCOME, fen)] if fen else []


def entries_of_sale(
    schedule: FeeSchedule, side: Side, operation: str, mid: str, amount_fen: int, original: Posting | None
) -> list[Entry]:
    """The fee's entries of a posting.

    A void gives the whole fee of its original back, a refund what the fee of the rest is smaller by: after any partial
    refunds the fee is that of what is left.
    """
    kind = "code" if (original.operation if original else operation) in CODE_SALES else "card"
    rate = schedule.code_per_myriad if kind == "code" else schedule.card_per_myriad
    if side == "debit":
        return charge(kind, mid, fee_fen(amount_fen, rate))
    before = original.amount_fen - original.refunded_fen if original else amount_fen
    return charge(kind, mid, fee_fen(before - amount_fen, rate) - fee_fen(before, rate))


def owed_fen(ledger: Ledger, mid: str) -> dict[str, int]:
    """What the merchant owes by kind, without those that are even; negative is a credit."""
    found = {kind: -ledger.accounts.get(account(kind, mid), 0) for kind in KINDS}
    return {kind: fen for kind, fen in found.items() if fen}
