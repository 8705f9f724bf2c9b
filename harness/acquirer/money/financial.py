"""Balance, sale, void, refund, completion, reversal: what a request means once the common checks have passed.

Rules: decision order of BestPay's POSP host (PIN 99, limits 61, original 25, amount 64); one posting per business
key; a reversal is idempotent; a reversal of what never came leaves a tombstone that declines the late original.
"""

from __future__ import annotations

from protocols.errors import DecodeError, EncodeError
from protocols.text import Text
from protocols.unionpay import pin
from protocols.unionpay.kinds import kind_named, takes_back
from protocols.unionpay.message import Value
from protocols.unionpay.private.f54 import Balance, Balances, build_f54
from protocols.unionpay.private.f61 import parse_f61
from protocols.unionpay.private.sm4_pin import find_sm4_pin
from protocols.unionpay.responses import is_approval

from ..books.authorisations import Authorisation
from ..checks import business_key, fingerprint
from ..oversight import risk
from ..replies import Outcome, reference, refuse, stamp
from ..settings import CardAccount
from ..turn import Turn, shown_card
from ..wire import Request
from . import billing, chip, chip_answer, chip_reports, fees, orders, preauth, vouchers
from .ledger import Posting, Side, entries_of
from .means import means_of

QR_SALES = frozenset({"sale_qr", orders.SALE})
SALES = frozenset({"sale", "bill_payment"}) | QR_SALES
VOIDS = frozenset({"void", "bill_payment_void", orders.VOID})
BALANCES = frozenset({"balance"})
REFUNDS = frozenset({"refund", orders.REFUND})
CURRENCY = "156"
"""F49: the books are in fen."""
ORGANISATION = b"CUP"
"""F63.1 of an approval: the card organisation."""
COMPLETIONS, COMPLETION_VOIDS = preauth.COMPLETIONS, preauth.COMPLETION_VOIDS
HANDLED = SALES | VOIDS | BALANCES | {orders.INQUIRY} | REFUNDS | COMPLETIONS | COMPLETION_VOIDS | preauth.HELD


def financial(turn: Turn, request: Request) -> Outcome:
    """One financial request, answered from the store when it is a repetition; the answer is stored in any case."""
    key = business_key(turn, request)
    stored = turn.state.answers.get(key)
    if stored is not None:
        posting = turn.state.ledger.postings.get(key)
        if posting is not None and posting.reversed:
            return refuse("94", "reversed_before", "store", "该交易已被冲正", "it was reversed")
        text = Text("重复请求，返回原应答", "a repetition: the stored answer again")
        fields: dict[int, Value] = {int(number): value for number, value in stored["fields"].items()}
        fields |= {int(number): bytes.fromhex(value) for number, value in stored["octets"].items()}
        return Outcome(stored["code"], stored["cause"] or "repeated", text, "store", fields, stored=True)
    if request.name not in HANDLED:
        return refuse("40", "function_unsupported", "function", "不支持该交易", "the function is not supported")
    outcome = _decide(turn, request, key)
    outcome.fields = stamp(turn, request, outcome) | chip_answer.reply_fields(turn, request, outcome) | outcome.fields
    turn.record(
        "answered",
        key=key,
        fingerprint=fingerprint(turn, request),
        code=outcome.code,
        cause=outcome.cause,
        fields={str(n): value for n, value in outcome.fields.items() if isinstance(value, str)},
        octets={str(n): value.hex() for n, value in outcome.fields.items() if isinstance(value, bytes)},
        card=shown_card(request.pan),
    )
    return outcome


def _decide(turn: Turn, request: Request, key: str) -> Outcome:
    if request.trace in turn.state.tombstones:
        return refuse("94", "reversed_before", "tombstone", "该交易已被冲正", "its reversal came before it")
    if (unfit := orders.unfit(turn, request)) is not None:
        return unfit
    if request.name == orders.INQUIRY:
        return orders.inquire(turn, request)
    if request.name not in BALANCES and int(request.text(4) or "0") == 0:
        return refuse("13", "amount_invalid", "amount", "无效金额", "the amount is zero or missing")
    if request.text(49) not in ("", CURRENCY):
        return refuse("12", "currency", "currency", "不支持该币种", "the currency is not supported")
    objection = chip.objection(turn, request)
    if objection is not None:
        return objection
    if request.name in BALANCES:
        return _card(turn, request, spend=False) or _balance(turn, request)
    if request.name in SALES:
        refused = _card(turn, request, spend=True) or risk.before(turn, request)
        return refused or _post(turn, request, key, "debit")
    if request.name in preauth.PREAUTHS:
        refused = _card(turn, request, spend=True) or risk.before(turn, request)
        return refused or preauth.grant(turn, request, key)
    account = _account(turn, request)
    wrong = _pin(turn, request, account) if account else None
    if wrong is not None:
        return wrong
    if request.name in VOIDS | COMPLETION_VOIDS:
        return _void(turn, request, key)
    if request.name in preauth.PREAUTH_VOIDS:
        return preauth.void(turn, request, key)
    if request.name in COMPLETIONS:
        return _completion(turn, request, key)
    return _refund(turn, request, key)


def payer(request: Request) -> str:
    """Who pays: the PAN, or the customer's code, which is used once."""
    return request.pan or vouchers.qr_code(request)


def _account(turn: Turn, request: Request) -> CardAccount | None:
    return turn.settings.cards.get(payer(request), turn.settings.any_card)


def _available_fen(turn: Turn, request: Request, account: CardAccount) -> int:
    card = turn.card_hash(payer(request))
    held_fen = turn.state.authorisations.held_fen(card, turn.now)
    return account.balance_fen - turn.state.card_used_fen.get(card, 0) - held_fen


def _expiry_of_track(request: Request) -> str:
    """YYMM behind the separator; empty when the track is encrypted."""
    return request.clear_track2.partition("D")[2][:4]


def _card(turn: Turn, request: Request, *, spend: bool) -> Outcome | None:
    """What PIN pad, card and issuer object to; None when nothing."""
    if request.name in QR_SALES and not vouchers.qr_code(request):
        return refuse("30", "format_error", "QR code", "缺少付款码", "F59 has no customer's code (A3)")
    if not payer(request):
        return refuse("30", "format_error", "card", "缺少卡号", "there is no card number in F2 or F35")
    account = _account(turn, request)
    if account is None:
        return refuse("14", "card_unknown", "card", "无效卡号", "no such card")
    if request.name in QR_SALES and (unfit := vouchers.unfit(turn, request)) is not None:
        return unfit
    if account.status != "00":
        return refuse(account.status, "card_status", "card", "发卡行拒绝", "the issuer refuses the card")
    wrong = _pin(turn, request, account)
    if wrong is not None:
        return wrong
    expiry = request.text(14) or _expiry_of_track(request)
    if account.expiry and (expiry or account.expiry) < turn.clock.strftime("%y%m"):
        return refuse("54", "card_expired", "card", "过期的卡", "the card has expired")
    if not spend:
        return None
    amount = int(request.text(4))
    if amount > turn.settings.limits.sale_fen:
        return refuse("61", "over_limit", "limit", "超出金额限制", "the amount is over the limit")
    if amount > _available_fen(turn, request, account):
        return refuse("51", "insufficient_funds", "funds", "余额不足", "insufficient funds")
    return None


def _pin(turn: Turn, request: Request, account: CardAccount) -> Outcome | None:
    algorithm = request.dialect.key_algorithm
    block = request.message.octets(52)
    if block is None:
        return None
    if algorithm == "sm4" and block == bytes(8):  # its 16 octets stand in a private field
        try:
            block = find_sm4_pin(request.message.fields, request.dialect) or b""
        except DecodeError:
            block = b""
    assert request.terminal is not None
    card = turn.card_hash(payer(request))
    failures = turn.state.pin_failures.get(card, 0)
    if account.pin and failures >= turn.settings.limits.pin_tries:
        return refuse("75", "pin_tries_used", "PIN", "密码次数超限", "the PIN tries are used up")
    with_pan = bool(request.pan) and not request.text(53).startswith("1")
    try:
        entered = pin.decrypt(block, request.pan if with_pan else None, bytes.fromhex(request.terminal.pik), algorithm)
    except (pin.PinBlockError, EncodeError):
        entered = None
    if entered is None:
        return refuse("99", "pin_format", "PIN", "PIN 格式错", "F52 is no PIN block under the current PIN key")
    if account.pin and entered != account.pin:
        turn.record("pin", card=card, failures=failures + 1)
        return refuse("55", "pin_wrong", "PIN", "密码错", "wrong PIN")
    if failures:
        turn.record("pin", card=card, failures=0)
    return None


def _balance(turn: Turn, request: Request) -> Outcome:
    account = _account(turn, request)
    assert account is not None
    left = _available_fen(turn, request, account)
    amounts = Balances((Balance("10", "02", "156", "C" if left >= 0 else "D", f"{abs(left):012d}"),))
    return Outcome(fields={54: build_f54(amounts, request.dialect)})


def _completion(turn: Turn, request: Request, key: str) -> Outcome:
    """预授权完成: posts, and ends the pre-authorisation, which is when the card's expiry was looked at."""
    account = _account(turn, request)
    left = _available_fen(turn, request, account) if account else 0
    granted = preauth.completable(turn, request, left)
    return granted if isinstance(granted, Outcome) else _post(turn, request, key, "debit", granted=granted)


def _post(
    turn: Turn,
    request: Request,
    key: str,
    side: Side,
    original: Posting | None = None,
    granted: Authorisation | None = None,
) -> Outcome:
    mid = request.text(42)
    amount = int(request.text(4))
    rrn = reference(turn)
    auth_id = granted.auth_id if granted else turn.digits("auth", 6)
    paid_by = original or granted
    schedule = billing.schedule_of(turn, mid)
    means = original.means if original else means_of(request, vouchers.qr_code(request), schedule)
    rate = original.rate if original else schedule.rate(means)
    fee = fees.entries_back(original, amount) if original else fees.entries_of_sale(mid, means, rate, amount)
    turn.record(
        "posted",
        key=key,
        operation=orders.OPERATIONS.get(request.name, request.name),
        side=side,
        mid=mid,
        tid=request.text(41),
        batch=request.f60.batch,
        stan=request.text(11),
        date=turn.business_date.isoformat(),
        amount_fen=amount,
        rrn=rrn,
        auth_id=auth_id,
        card=paid_by.card if paid_by else turn.card_hash(payer(request)),
        entries=entries_of(side, mid, amount) + fee,
        at_us=turn.now,
        original=original.key if original else "",
        preauth=granted.key if granted else "",
        means=means,
        rate=rate,
    )
    risk.after(turn, turn.state.ledger.postings[key])
    issuer = f"{turn.settings.acquirer_id:<11}"
    fields: dict[int, Value] = {37: rrn, 44: issuer + issuer, 63: ORGANISATION}
    if side == "debit" and request.name not in QR_SALES:
        fields[38] = auth_id
    if request.name == "sale_qr":
        fields[59] = vouchers.voucher_field(turn.business_date.isoformat(), rrn, request)
    return Outcome(fields=fields | orders.booked(turn, request, turn.state.ledger.postings[key]))


def _original(turn: Turn, request: Request) -> Posting | None:
    """The posting that F61 (batch, trace number), F37 or a voucher names, of this merchant and, for F61, this
    terminal."""
    mid = request.text(42)
    value = request.message.get(61)
    if value is not None:
        try:
            f61 = parse_f61(value, request.dialect)
        except DecodeError:
            return None
        key = turn.state.ledger.latest.get(f"{mid}/{request.text(41)}/{f61.batch}/{f61.stan}")
        if key is not None:
            return turn.state.ledger.postings[key]
    told = vouchers.voucher(request)
    rrn = request.text(37) if request.text(37).strip() else vouchers.rrn_of(told)
    key = turn.state.ledger.by_reference.get(f"{mid}/{rrn}")
    return None if key is None else turn.state.ledger.postings[key]


def _original_faults(turn: Turn, request: Request, original: Posting | None) -> Outcome | None:
    """What makes an original unfit for being taken back at all."""
    if original is None:
        return refuse("25", "no_original", "original", "原交易不存在", "there is no original")
    rrn = request.text(37).strip()
    if original.side != "debit" or (rrn and rrn != original.rrn):
        return refuse("25", "no_original", "original", "原交易不符", "the original does not fit")
    told = vouchers.voucher(request)
    if told and not vouchers.stands_for(told, original):
        return refuse("25", "other_voucher", "original", "付款凭证码不符", "the voucher is not the original's")
    if original.reversed:
        return refuse("25", "original_reversed", "original", "原交易已冲正", "the original was reversed")
    if original.voided:
        return refuse("25", "original_voided", "original", "原交易已撤销", "the original was voided")
    if request.pan and turn.card_hash(request.pan) != original.card:
        return refuse("25", "other_card", "original", "非原交易卡", "the card is not the original's")
    return None


def _void(turn: Turn, request: Request, key: str) -> Outcome:
    original = _original(turn, request)
    fault = _original_faults(turn, request, original)
    if fault is not None:
        return fault
    assert original is not None and request.terminal is not None
    if (original.operation in COMPLETIONS) != (request.name in COMPLETION_VOIDS) or not preauth.may_be_voided(original):
        return refuse("25", "no_original", "original", "原交易类型不符", "the original is of another kind")
    if original.batch in request.terminal.settled:
        return refuse("25", "original_settled", "original", "原批次已结算", "the original's batch is settled")
    if original.date != turn.business_date.isoformat():
        return refuse("25", "original_other_day", "original", "非当日交易", "the original is of another day")
    if original.refunded_fen:
        return refuse("25", "original_refunded", "original", "原交易已退货", "the original was refunded")
    if original.amount_fen != int(request.text(4)):
        return refuse("64", "amount_differs", "original", "与原金额不符", "the amount is not the original's")
    return _post(turn, request, key, "credit", original)


def _refund(turn: Turn, request: Request, key: str) -> Outcome:
    original = _original(turn, request)
    fault = _original_faults(turn, request, original)
    if fault is not None:
        return fault
    assert original is not None
    if not turn.settings.refund_same_day and original.date == turn.business_date.isoformat():
        return refuse("Z3", "refund_too_early", "original", "当日不允许退货", "no refund on the day of the sale")
    if original.refunded_fen + int(request.text(4)) > original.amount_fen:
        return refuse("64", "amount_differs", "original", "超过原金额", "more than what is left of the original")
    return _post(turn, request, key, "credit", original)


def reversal(turn: Turn, request: Request) -> Outcome:
    """0400: takes back the posting with the same trace number and batch, once; without one it leaves a tombstone
    and says 25.
    """
    state = turn.state
    chip_reports.reversed_chip(turn, request)
    held = preauth.original_of(turn, request)
    if held is not None:
        return preauth.reverse(turn, request, held)
    key = state.ledger.latest.get(request.trace)
    posting = state.ledger.postings[key] if key is not None else None
    if posting is None:
        if request.trace not in state.tombstones and not _declined(turn, request):
            turn.record("tombstone", trace=request.trace, date=turn.business_date.isoformat())
        return refuse("25", "no_original", "original", "原交易不存在", "there is no original")
    if not takes_back(request.message, kind_named(posting.operation, request.dialect)):
        return refuse("25", "no_original", "original", "原交易不符", "the original is of another kind")
    if posting.amount_fen != int(request.text(4) or "0"):
        return refuse("64", "amount_differs", "original", "与原金额不符", "the amount is not the original's")
    assert request.terminal is not None
    if posting.reversed:
        return Outcome(cause="repeated", check="store", fields=_reversal_fields(posting), stored=True)
    if posting.batch in request.terminal.settled:
        return refuse("25", "original_settled", "original", "原批次已结算", "the original's batch is settled")
    if posting.voided or posting.refunded_fen:
        return refuse("25", "original_voided", "original", "原交易已撤销或退货", "the original was voided or refunded")
    if not preauth.may_be_reversed(turn, posting):
        return refuse("25", "original_ended", "original", "预授权已另行完成", "it was completed anew")
    turn.record("reversed", key=posting.key, reason=request.text(39))
    return Outcome(fields=_reversal_fields(posting))


def _declined(turn: Turn, request: Request) -> bool:
    """The original came and was declined: a repetition of it will be, too, so no tombstone is needed."""
    stored = turn.state.answers.get(business_key(turn, request))
    return stored is not None and not is_approval(stored["code"])


def _reversal_fields(posting: Posting) -> dict[int, str | bytes]:
    return {37: posting.rrn}
