"""QR payments of the customer's code (CUP C2B 被扫): the code that pays, and the voucher that stands for the sale.

Source: Easy8583Ans and Topwise terminals: the request has F22 03x and the 19 digits of the code as usage A3 of F59,
no card; the reply has the voucher (付款凭证码, 20 digits) as usage A4, which void and refund name instead of a card.
"""

from __future__ import annotations

from protocols.errors import DecodeError
from protocols.unionpay.private.f59 import F59, QR_CODE, VOUCHER, build_f59, parse_f59
from protocols.unionpay.private.subtags import Sub

from ..wire import Request
from .ledger import Posting

DATE_DIGITS = 8


def qr_code(request: Request) -> str:
    """The customer's code, empty when there is none."""
    return _usage(request, QR_CODE)


def voucher(request: Request) -> str:
    """The voucher of the original, empty when there is none."""
    return _usage(request, VOUCHER)


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
