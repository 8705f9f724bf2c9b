"""Pre-authorisation, its void, completion and completion void: what they mean once the common checks have passed.

Sources: Q/CUP 009 transaction table as Chanjet POS V2.0 and PAX print it (which of them are reversed, what F38 and F61
name); rules of amount and age: `books.authorisations`.  Which F39 says what: 25 no such original, 64 amount (BestPay
POSP host), 51 where the card has not enough for what exceeds the pre-authorisation.
"""

from __future__ import annotations

from protocols.errors import DecodeError
from protocols.unionpay.kinds import kind_named, takes_back
from protocols.unionpay.message import Value
from protocols.unionpay.private.f61 import parse_f61

from ..books.authorisations import Authorisation, Void
from ..replies import Outcome, reference, refuse
from ..turn import Turn
from ..wire import Request
from .ledger import Posting

PREAUTHS = frozenset({"preauth"})
PREAUTH_VOIDS = frozenset({"preauth_void"})
COMPLETIONS = frozenset({"completion", "completion_advice"})
COMPLETION_VOIDS = frozenset({"completion_void"})
HELD = PREAUTHS | PREAUTH_VOIDS
"""Kinds that move no money: they have no posting, and their reversal finds a pre-authorisation."""


def grant(turn: Turn, request: Request, key: str) -> Outcome:
    """预授权: the amount is held.  Card, PIN and funds were looked at before."""
    rrn, auth_id = reference(turn), turn.digits("auth", 6)
    turn.record(
        "authorised",
        key=key,
        mid=request.text(42),
        tid=request.text(41),
        batch=request.f60.batch,
        stan=request.text(11),
        date=turn.business_date.isoformat(),
        amount_fen=int(request.text(4)),
        rrn=rrn,
        auth_id=auth_id,
        card=turn.card_hash(request.pan),
        at_us=turn.now,
    )
    turn.changed("preauth", request.trace, "", "open", "preauth")
    return Outcome(fields={**_common(turn), 37: rrn, 38: auth_id})


def void(turn: Turn, request: Request, key: str) -> Outcome:
    """预授权撤销: the whole amount is released; also on a later day and after a settlement."""
    granted = find(turn, request)
    fault = _unfit(turn, request, granted)
    if fault is not None:
        return fault
    assert granted is not None
    if granted.amount_fen != int(request.text(4)):
        return refuse("64", "amount_differs", "original", "与原金额不符", "the amount is not the original's")
    rrn = reference(turn)
    turn.record("authorisation_voided", key=key, preauth=granted.key, amount_fen=granted.amount_fen, rrn=rrn)
    turn.changed("preauth", granted.key.rsplit("/", 1)[0], "open", "voided", "preauth_void")
    return Outcome(fields={**_common(turn), 37: rrn, 38: granted.auth_id})


def completable(turn: Turn, request: Request, left_fen: int) -> Outcome | Authorisation:
    """The pre-authorisation that a completion ends, or why there is none.  `left_fen`: what the card has besides."""
    granted = find(turn, request)
    fault = _unfit(turn, request, granted)
    if fault is not None:
        return fault
    assert granted is not None
    amount = int(request.text(4))
    if amount > granted.completion_max_fen:
        return refuse(
            "64", "over_preauth", "original", "超过预授权金额的115%", "more than 115 % of the pre-authorisation"
        )
    if amount - granted.amount_fen > left_fen:
        return refuse("51", "insufficient_funds", "funds", "余额不足", "insufficient funds")
    return granted


def find(turn: Turn, request: Request) -> Authorisation | None:
    """The pre-authorisation that F61 (batch, trace number), F37, or card and F38 name, of this merchant.

    One that F38 or the card contradicts is only what the refusal speaks of: terminals count batches and trace numbers
    for themselves, so F61 of a pre-authorisation of another terminal may fit one of this, too.
    """
    book, mid = turn.state.authorisations, request.text(42)
    named: list[str | None] = []
    value = request.message.get(61)
    if value is not None:
        try:
            f61 = parse_f61(value, request.dialect)
        except DecodeError:
            return None
        named.append(book.latest.get(f"{mid}/{request.text(41)}/{f61.batch}/{f61.stan}"))
    named.append(book.by_reference.get(f"{mid}/{request.text(37).strip()}"))
    found = [book.all[key] for key in named if key in book.all]
    wanted, card = request.text(38).strip(), turn.card_hash(request.pan) if request.pan else ""
    rows = [*found, *(book.of_card(mid, card) if wanted else [])]
    fitting = (row for row in rows if wanted in ("", row.auth_id) and card in ("", row.card))
    return next(fitting, found[0] if found else None)


def _unfit(turn: Turn, request: Request, granted: Authorisation | None) -> Outcome | None:
    """What makes a pre-authorisation unfit for being voided or completed."""
    if granted is None:
        return refuse("25", "no_original", "original", "原预授权不存在", "there is no such pre-authorisation")
    told = request.text(38).strip()
    if told and told != granted.auth_id:
        return refuse("25", "other_authorisation", "original", "授权码不符", "F38 is not the pre-authorisation's")
    if request.pan and turn.card_hash(request.pan) != granted.card:
        return refuse("25", "other_card", "original", "非原交易卡", "the card is not the original's")
    state = granted.state_at(turn.now)
    if state == "reversed":
        return refuse("25", "original_reversed", "original", "原预授权已冲正", "the pre-authorisation was reversed")
    if state == "voided":
        return refuse("25", "original_voided", "original", "原预授权已撤销", "the pre-authorisation was voided")
    if state == "completed":
        return refuse("25", "original_completed", "original", "原预授权已完成", "the pre-authorisation was completed")
    if state == "expired":
        return refuse("25", "original_expired", "original", "原预授权已过期", "the pre-authorisation has expired")
    return None


def reverse(turn: Turn, request: Request, original: Authorisation | Void) -> Outcome:
    """0400 of a pre-authorisation or of the void of one, once; a repetition gets the same answer."""
    operation = "preauth" if isinstance(original, Authorisation) else "preauth_void"
    if not takes_back(request.message, kind_named(operation, request.dialect)):
        return refuse("25", "no_original", "original", "原交易不符", "the original is of another kind")
    if original.amount_fen != int(request.text(4) or "0"):
        return refuse("64", "amount_differs", "original", "与原金额不符", "the amount is not the original's")
    fields: dict[int, Value] = {37: original.rrn}
    done = original.state == "reversed" if isinstance(original, Authorisation) else original.reversed
    if done:
        return Outcome(cause="repeated", check="store", fields=fields, stored=True)
    if isinstance(original, Authorisation) and original.state != "open":
        return refuse("25", "original_ended", "original", "原预授权已撤销或完成", "it was voided or completed")
    turn.record("authorisation_reversed", key=original.key, reason=request.text(39))
    turn.changed("preauth", request.trace, "open", "reversed", "reversal")
    return Outcome(fields=fields)


def original_of(turn: Turn, request: Request) -> Authorisation | Void | None:
    """The pre-authorisation or void with the trace number and batch of a 0400."""
    book = turn.state.authorisations
    key = book.latest.get(request.trace, "")
    return book.all.get(key) or book.voids.get(key)


def may_be_voided(posting: Posting) -> bool:
    """Of completions only the requested one can be voided; one that was advised (0220) is refunded."""
    return posting.operation != "completion_advice"


def may_be_reversed(turn: Turn, posting: Posting) -> bool:
    """Not the void of a completion whose pre-authorisation was meanwhile completed anew or voided: both completions
    would stand."""
    if posting.operation != "completion_void":
        return True
    completion = turn.state.ledger.postings[posting.original]
    return turn.state.authorisations.all[completion.preauth].state == "open"


def _common(turn: Turn) -> dict[int, Value]:
    issuer = f"{turn.settings.acquirer_id:<11}"
    return {44: issuer + issuer, 63: b"CUP"}
