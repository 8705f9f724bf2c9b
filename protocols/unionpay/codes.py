"""Payment codes (付款码): what the customer's wallet shows and a merchant scans, and whose wallet it is.

A code is a string of digits that pays once.  Its first two digits and its length tell the wallet, as the wallets'
public merchant documents say (WeChat Pay 付款码支付: 18 digits, 10 to 15 in front; Alipay 当面付 auth_code: 16 to 24
digits, 25 to 30 in front; UnionPay C2B 被扫: 19 digits, 62 in front).  The numbers in F44 are Chanjet's
(`private.f44.WALLETS`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..text import Text

DIGITS_MIN, DIGITS_MAX = 16, 24


@dataclass(frozen=True, slots=True)
class Wallet:
    """One wallet.  `first`, `last`: the range of the first two digits, inclusive; `shortest`, `longest` in digits;
    `number` in F44 (Chanjet POS V2.0)."""

    name: str
    text: Text
    first: int
    last: int
    shortest: int
    longest: int
    number: str

    def has(self, code: str) -> bool:
        """Whether `code`, digits alone, is one of this wallet's."""
        return self.first <= int(code[:2]) <= self.last and self.shortest <= len(code) <= self.longest


WALLETS: Mapping[str, Wallet] = {
    wallet.name: wallet
    for wallet in (
        Wallet("wechat", Text("微信支付", "WeChat Pay"), 10, 15, 18, 18, "002"),
        Wallet("alipay", Text("支付宝", "Alipay"), 25, 30, 16, 24, "003"),
        Wallet("unionpay", Text("云闪付（银联二维码）", "UnionPay QR code"), 62, 62, 19, 19, "004"),
    )
}
"""By name; no code fits two of them."""


def is_code(text: str) -> bool:
    """Whether a scanner may have read this from a wallet: 16 to 24 digits, whosever they are."""
    return text.isascii() and text.isdigit() and DIGITS_MIN <= len(text) <= DIGITS_MAX


def wallet_of(code: str) -> Wallet | None:
    """Whose code it is, None for a code of no wallet that is known."""
    return next((wallet for wallet in WALLETS.values() if wallet.has(code)), None) if is_code(code) else None
