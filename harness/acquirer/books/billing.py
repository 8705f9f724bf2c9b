"""The book of billing (see `acquirer.billing`): contracts, invoices, payouts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Contract:
    """What a merchant is billed for.  `next_us`: kind of charge to when it is due next, as far as it has one.

    `prices`: the schedule of his sales, "" for everybody's.
    """

    mid: str
    rent_fen: int
    data_fen: int
    next_us: dict[str, int]
    prices: str = ""


@dataclass
class Invoice:
    """One invoice.  `lines`: kind of fee, or `deposit`, to fen (negative: a credit).

    `state`: issued, warned, held, paid, cancelled.  `next_us`: when the next step of the dunning is due, None for
    never.
    """

    number: str
    mid: str
    lines: dict[str, int]
    issued_us: int
    due_us: int
    next_us: int | None
    state: str = "issued"

    @property
    def sum_fen(self) -> int:
        """What is to be paid."""
        return sum(self.lines.values())


@dataclass
class BillingBook:
    """The durable part."""

    offers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Application number to what its contract will say: `rent_fen`, `data_fen`, `deposit_fen`, `prices`."""
    contracts: dict[str, Contract] = field(default_factory=dict)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    unpaid: list[str] = field(default_factory=list)
    """Numbers, the oldest first."""
    payouts: dict[str, int] = field(default_factory=dict)
    """`MID/ORDER` to the amount in fen: an order is paid out once."""

    def of(self, mid: str) -> list[Invoice]:
        """All of the merchant's, the oldest first."""
        return [invoice for invoice in self.invoices.values() if invoice.mid == mid]

    def unpaid_of(self, mid: str) -> list[Invoice]:
        """The merchant's, the oldest first."""
        found = (self.invoices[number] for number in self.unpaid)
        return [invoice for invoice in found if invoice.mid == mid]


def _offer(book: BillingBook, data: dict[str, Any]) -> None:
    book.offers[data.pop("application")] = data


def _contract(book: BillingBook, data: dict[str, Any]) -> None:
    book.contracts[data["mid"]] = Contract(**data)


def _contract_ended(book: BillingBook, data: dict[str, Any]) -> None:
    del book.contracts[data["mid"]]


def _charged(book: BillingBook, data: dict[str, Any]) -> None:
    book.contracts[data["mid"]].next_us.update(data["next_us"])


def _invoice(book: BillingBook, data: dict[str, Any]) -> None:
    book.invoices[data["number"]] = Invoice(**data)
    book.unpaid.append(data["number"])


def _invoice_changed(book: BillingBook, data: dict[str, Any]) -> None:
    invoice = book.invoices[data["number"]]
    invoice.state, invoice.next_us = data["state"], data["next_us"]
    if invoice.state in ("paid", "cancelled"):
        book.unpaid.remove(invoice.number)


def _payout(book: BillingBook, data: dict[str, Any]) -> None:
    book.payouts[f"{data['mid']}/{data['order']}"] = data["amount_fen"]


FOLD: Mapping[str, Callable[[BillingBook, dict[str, Any]], None]] = {
    "contract_offer": _offer,
    "contract": _contract,
    "contract_ended": _contract_ended,
    "charged": _charged,
    "invoice": _invoice,
    "invoice_changed": _invoice_changed,
    "payout": _payout,
}
