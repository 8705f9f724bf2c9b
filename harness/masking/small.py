"""Card numbers in the messages of the small register protocols: Transbank's texts, Concert's card data.

The last four digits stay (PCI DSS 3.4 allows them); account numbers of debit cards and whole card numbers do not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from protocols.concert import message as concert
from protocols.errors import PosrigError
from protocols.transbank import message as transbank
from protocols.transbank.commands import layout_of
from protocols.unionpay.dialect import Dialect

from .digits import Numbers
from .messages import Masked

ACCOUNT = "card_number"


def mask_transbank(payload: bytes, numbers: Numbers, dialects: Sequence[Dialect]) -> Masked | None:
    """One message of Transbank's protocol; None when it cannot be read."""
    try:
        message = transbank.parse(payload)
    except PosrigError:
        return None
    layout = layout_of(message)
    names = layout.names if layout else ()
    texts: list[str] = []
    touched: list[str] = []
    hidden: set[str] = set()
    for place, text in enumerate(message.fields):
        name = names[place] if place < len(names) else f"text{place + 1}"
        shown = _hidden(text, numbers, hidden, whole=name == ACCOUNT)
        texts.append(shown)
        if shown != text:
            touched.append(name)
    return _masked(payload, lambda: transbank.build(replace(message, fields=tuple(texts))), touched, hidden, numbers)


def mask_concert(payload: bytes, numbers: Numbers, dialects: Sequence[Dialect]) -> Masked | None:
    """One message of Concert V2 / E+; None when it cannot be read."""
    try:
        message = concert.parse(payload)
    except PosrigError:
        return None
    hidden: set[str] = set()
    private = _hidden(message.private, numbers, hidden, whole=False)
    shown: concert.ConcertMessage
    if isinstance(message, concert.ConcertAnswer):
        card, rest = message.report[: concert.CARD_CHARS], message.report[concert.CARD_CHARS :]
        report = _hidden(card, numbers, hidden, whole=True) + _hidden(rest, numbers, hidden, whole=False)
        shown = replace(message, private=private, report=report)
    else:
        shown = replace(message, private=private)
    before, after = concert.values_of(message), concert.values_of(shown)
    touched = [name for name, value in after.items() if value != before[name]]
    return _masked(payload, lambda: concert.build(shown), touched, hidden, numbers)


def _hidden(text: str, numbers: Numbers, hidden: set[str], *, whole: bool) -> str:
    """`text` without card numbers.  `whole`: it is a number, whatever its check digit says."""
    digits = text.strip()
    if whole and digits.isdecimal() and not numbers.is_test(digits):
        hidden.add(digits)
        return text.replace(digits, numbers.hide(digits))
    shown = numbers.hide_text(text, any_issuer=False)
    if shown != text:
        hidden.add(text)
    return shown


def _masked(
    payload: bytes, built: Callable[[], bytes], touched: list[str], hidden: set[str], numbers: Numbers
) -> Masked | None:
    if not touched:
        return Masked(payload)
    try:
        return Masked(built(), tuple(touched), tuple(sorted(map(numbers.fingerprint, hidden))))
    except PosrigError:
        return None
