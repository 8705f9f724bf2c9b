"""QR payments of the customer's code (CUP C2B 被扫): the code that pays, and the voucher that stands for the sale.

Source: Easy8583Ans and Topwise terminals: the request has F22 03x and the 19 digits of the code as usage A3 of F59,
no card; the reply has the voucher (付款凭证码, 20 digits) as usage A4, which void and refund name instead of a card.

A code pays once, and for as long as its wallet said (posrig's choice where the wallets' documents say "about a
minute").  What the issuer lists by number among its accounts is no code of a wallet but a test code, and pays again and
again, as the card would that it stands for.  The F39 of each refusal is posrig's choice: no public list has one for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.machine import DAY_US, MINUTE_US
from protocols.errors import DecodeError
from protocols.unionpay.codes import WALLETS, is_code, wallet_of
from protocols.unionpay.private.f59 import F59, QR_CODE, VOUCHER, build_f59, parse_f59
from protocols.unionpay.private.subtags import Sub

from ..asks import Args, Value, bad_argument, text_of
from ..replies import Outcome, refuse
from ..turn import Turn
from ..wire import Request
from .ledger import Posting

DATE_DIGITS = 8
ORDER, ORDERS_BACK = "qr_scan", frozenset({"qr_void", "qr_refund"})
"""The same as orders (`orders`): fields of their own stand for F59."""
CODE_VALID_US = MINUTE_US
SHOWN_DIGITS = {"wechat": 18, "alipay": 18, "unionpay": 19}
"""How long a code is that this host's wallets show."""


def qr_code(request: Request) -> str:
    """The customer's code, empty when there is none; an order has it in F5."""
    return request.text(5).strip() if request.name == ORDER else _usage(request, QR_CODE)


def voucher(request: Request) -> str:
    """The voucher of the original, empty when there is none; void and refund of an order have it in F6."""
    return request.text(6).strip() if request.name in ORDERS_BACK else _usage(request, VOUCHER)


def unfit(turn: Turn, request: Request) -> Outcome | None:
    """Why the customer's code cannot pay; None when it can."""
    code = qr_code(request)
    if code in turn.settings.cards:
        return None
    if not is_code(code):
        return refuse("14", "code_invalid", "payment code", "付款码无效", "this is no payment code")
    if wallet_of(code) is None:
        return refuse("15", "wallet_unknown", "payment code", "不支持该钱包的付款码", "a code of no wallet known here")
    name = turn.card_hash(code)
    if name in turn.state.card_used_fen:  # also of a payment that was taken back: a wallet shows another one then
        return refuse("94", "code_used", "payment code", "付款码已使用", "the payment code was used before")
    if turn.now >= turn.state.codes.get(name, turn.now + 1):
        return refuse("54", "code_expired", "payment code", "付款码已过期", "the payment code has expired")
    return None


def show(turn: Turn, args: Args) -> Value:
    """`{wallet, valid_us} -> {code, valid_until_us}`: a customer's wallet shows a fresh code.  Raises Refused."""
    wallet, valid_us = text_of(turn, args, "wallet", "unionpay"), args.get("valid_us", CODE_VALID_US)
    if wallet not in WALLETS:
        raise bad_argument("wallet", f"可用: {', '.join(WALLETS)}", f"known wallets: {', '.join(WALLETS)}")
    if type(valid_us) is not int or not 0 <= valid_us <= DAY_US:
        raise bad_argument("valid_us", "应为至多一天的微秒数", "must be microseconds, a day at most")
    front = str(WALLETS[wallet].first)
    code = front + turn.digits("payment code", SHOWN_DIGITS[wallet] - len(front))
    turn.record("code_shown", card=turn.card_hash(code), until_us=turn.now + valid_us)
    return {"code": code, "valid_until_us": turn.told(turn.now + valid_us)}


def voucher_of(date: str, rrn: str) -> str:
    """The voucher of the sale of business date `date` (YYYY-MM-DD) with F37 `rrn`."""
    return date.replace("-", "") + rrn


def rrn_of(text: str) -> str:
    """F37 of the sale that a voucher stands for."""
    return text[DATE_DIGITS:]


def stands_for(text: str, posting: Posting) -> bool:
    """Whether `text` is the voucher of `posting`."""
    return text == voucher_of(posting.date, posting.rrn)


def voucher_field(date: str, rrn: str, request: Request) -> bytes:
    """F59 of the reply."""
    return build_f59(F59((Sub(VOUCHER, voucher_of(date, rrn).encode("ascii")),)), request.dialect)


def _usage(request: Request, tag: str) -> str:
    value = request.message.octets(59)
    if value is None:
        return ""
    try:
        record = parse_f59(value, request.dialect)
    except DecodeError:
        return ""
    content = record.get(tag) if isinstance(record, F59) else None
    return content.decode("latin-1") if content is not None else ""


CONTROL: Mapping[str, Callable[[Turn, Args], Value]] = {"show_code": show}
