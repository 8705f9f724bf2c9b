"""By what a sale was paid: the means (支付方式) that its fee depends on.

A card is a debit or a credit card by its number (卡表), a tap without a PIN up to the schedule's limit is a small one
(小额免密), and a scanned code is its wallet's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.fixtures import fixtures_dir, read_toml
from protocols.text import Text
from protocols.unionpay.codes import WALLETS, wallet_of

from ..wire import Request

if TYPE_CHECKING:
    from .fees import FeeSchedule

MEANS: Mapping[str, Text] = {
    "debit": Text("借记卡", "debit cards"),
    "credit": Text("贷记卡", "credit cards"),
    "small": Text("小额免密", "small taps without PIN"),
    **{name: wallet.text for name, wallet in WALLETS.items()},
}
TAPPED, NO_PIN = ("07", "98"), "2"
"""F22: how it was read, first two digits, and whether there was a PIN, the third."""


@lru_cache(maxsize=1)
def credit_bins() -> tuple[str, ...]:
    """What the numbers of credit cards begin with (`fixtures/fees/bins.toml`)."""
    return tuple(read_toml(fixtures_dir() / "fees" / "bins.toml")["credit"])


def is_code(means: str) -> bool:
    """Whether a wallet paid, and no card."""
    return means in WALLETS


def means_of(request: Request, code: str, schedule: FeeSchedule) -> str:
    """The means of a sale, a key of `MEANS`.  `code`: the customer's code, "" for a card."""
    if code:
        wallet = wallet_of(code)
        return wallet.name if wallet else "unionpay"  # a code that the issuer lists by number (`vouchers`)
    mode, amount = request.text(22), int(request.text(4))
    if mode[:2] in TAPPED and mode[2:3] == NO_PIN and request.message.get(52) is None and amount <= schedule.small_fen:
        return "small"
    return "credit" if request.pan.startswith(credit_bins()) else "debit"
