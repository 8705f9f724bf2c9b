"""What a real acquirer checks, in its order, as one table.

Source of order and codes: BestPay POSP host (F39 in the order 30, 03, 97, 58, 77, 94, A0, 99 ...), Chanjet host and
institution interface (C1, C2, D6), Q/CUP 009.  Sign-in and downloads skip session and batch; status upload and
e-signature look at the merchant only. The first row that refuses decides.  What depends on the kind's own meaning
(original, card, amount) follows in `financial`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.machine import MINUTE_US
from protocols.text import Text
from protocols.unionpay.kinds import requires_mac
from protocols.unionpay.track import has_chip

from . import holds
from .boarding import accounts
from .hold_kinds import HOLD_KINDS
from .money.vouchers import qr_code, voucher
from .oversight import compliance, losses, upgrades
from .state import BATCH_MAX
from .turn import Turn
from .wire import BRINGS_KEYS, Request


@dataclass(frozen=True)
class Refusal:
    """Why a request is refused: F39, the stable cause, and words for people.  `check` is the row that said so."""

    code: str
    cause: str
    text: Text
    check: str = ""


ALL = frozenset({"financial", "reversal", "notice", "management", "settlement"})
MONEY = frozenset({"financial", "reversal"})
SESSION = frozenset({"financial", "reversal", "settlement", "notice"})
MERCHANT_ONLY = frozenset({"status_upload", "e_signature", "e_signature_0920"})
NO_FALLBACK = "no_fallback"
"""The behaviour of a host that takes no stripe in place of a chip."""
CHIP_DEMANDED = "chip_demanded"
"""That of one that takes no stripe of a card with a chip from terminals either that have no reader for it."""
FALLBACK, STRIPE, STRIPE_ONLY, FELL_BACK = "80", ("02", "90"), "2", ("1", "2")
"""F22, first two digits; 60.4; 60.5 (Q/CUP 009, Chanjet POS V2.0)."""
NO_CHECKS = frozenset({"activation"})
SIGN_OFF = frozenset({"sign_off"})


@dataclass(frozen=True)
class Check:
    """A row: kinds of the `families` but not those in `except_for`; `also` names kinds of other families."""

    name: str
    families: frozenset[str]
    code: str
    cause: str
    text: Text
    fails: Callable[[Turn, Request], Refusal | bool]
    """A row whose answer depends on what it finds gives the whole refusal instead of True."""
    except_for: frozenset[str] = NO_CHECKS
    also: frozenset[str] = frozenset()
    new_only: bool = False
    """Not asked of a request that was decided before: what was approved is not refused when it comes again."""

    def applies(self, request: Request) -> bool:
        """Whether this row looks at this kind of request."""
        if request.kind is None:
            return self.families == ALL
        wanted = request.kind.family in self.families or request.kind.name in self.also
        return wanted and request.kind.name not in self.except_for


def _unreadable(turn: Turn, request: Request) -> bool:
    return request.error is not None


def _unknown_kind(turn: Turn, request: Request) -> bool:
    return request.kind is None


def _account(turn: Turn, request: Request) -> Refusal | bool:
    if accounts.winds_up(turn, request):
        return False
    told = accounts.refusal(turn, f"{request.text(42)}/{request.text(41)}")
    return Refusal(*told, "account") if told else False


def _merchant_missing(turn: Turn, request: Request) -> bool:
    return request.text(42) not in turn.state.merchants


def _merchant_status(status: str) -> Callable[[Turn, Request], bool]:
    return lambda turn, request: turn.state.merchants[request.text(42)].status == status


def _terminal_missing(turn: Turn, request: Request) -> bool:
    return request.terminal is None or request.terminal.status == "unbound"


def _terminal_withdrawn(turn: Turn, request: Request) -> bool:
    return request.terminal is not None and request.terminal.status == "withdrawn"


def _device_reported(turn: Turn, request: Request) -> bool:
    device = turn.state.devices.get(losses.serial_of(request))
    return device is not None and device.status in ("lost", "stolen")


def _not_activated(turn: Turn, request: Request) -> bool:
    return request.terminal is not None and not request.terminal.activated


def _held(turn: Turn, request: Request) -> Refusal | bool:
    """The oldest hold that stops this kind of request.  What an activation is told of the others it finds itself."""
    family = request.kind.family if request.kind else ""
    for one in holds.in_force(turn, holds.subjects(turn, request)):
        kind = HOLD_KINDS[one.kind]
        activates = request.name == "activation"
        if kind.activation is None if activates else {family, request.name} & kind.blocks:
            text = Text(f"{kind.text.zh} {one.case}", f"{kind.text.en}, case {one.case}")
            return Refusal(kind.code, one.kind, text, "hold")
    return False


def _breaks_rule(turn: Turn, request: Request) -> Refusal | bool:
    rule = compliance.broken_rule(turn, request, "in_force")
    if rule is None:
        return False
    name = str(rule.facts.get("rule", ""))
    return Refusal("58", "rule_broken", Text(f"不符合规则 {name}", f"does not meet the rule {name}"), "rule")


def _old_parameters(turn: Turn, request: Request) -> Refusal | bool:
    code = upgrades.old_parameters(turn, request)
    text = Text("终端参数已失效", "the terminal's parameters are out of date")
    return Refusal(code, "parameters_old", text, "parameters") if code else False


def _old_layout(turn: Turn, request: Request) -> bool:
    return upgrades.not_understood(turn, request, "request_layout")


def _no_stan(turn: Turn, request: Request) -> bool:
    return not request.text(11)


def _never_signed_in(turn: Turn, request: Request) -> bool:
    return request.terminal is not None and request.terminal.session == "never"


def _signed_off(turn: Turn, request: Request) -> bool:
    return request.terminal is not None and request.terminal.session == "off"


def _wrong_batch(turn: Turn, request: Request) -> bool:
    if request.terminal is None:
        return False
    if request.kind is not None and request.kind.name in SIGN_OFF:  # BestPay: one batch before or behind passes
        return not request.f60.batch.isdigit() or _batches_apart(request.f60.batch, request.terminal.batch) > 1
    if (
        request.kind is not None
        and request.kind.family == "settlement"
        and request.f60.batch in request.terminal.settled
    ):
        return False  # the upload of a settled batch, or a settlement that is repeated
    if request.terminal.own_batch:
        return request.f60.batch in request.terminal.settled
    return request.f60.batch != request.terminal.batch


def _batches_apart(one: str, other: str) -> int:
    """Steps between two batch numbers, 999999 being followed by 000001."""
    steps = (int(one) - int(other)) % BATCH_MAX
    return min(steps, BATCH_MAX - steps)


def _other_with_same_key(turn: Turn, request: Request) -> bool:
    stored = turn.state.answers.get(business_key(turn, request))
    return stored is not None and stored["fingerprint"] != fingerprint(turn, request)


def _mac_wrong(turn: Turn, request: Request) -> bool:
    # Before the first sign-in there is no key to check with; some clients put a dummy MAC into everything.
    return request.mac == "bad" and request.terminal is not None and bool(request.terminal.mak)


def _mac_missing(turn: Turn, request: Request) -> bool:
    assert request.kind is not None
    return request.mac != "good" and requires_mac(request.kind, request.dialect)


def falls_back(request: Request) -> bool:
    """A stripe that stands in for a chip.

    It is told by F22 80, or by F22 02 or 90 of a terminal that reads chips (60.4 = 5) with the condition of the chip in
    60.5; and where the stripe itself says that the card has a chip.
    """
    mode, f60 = request.text(22)[:2], request.f60
    if mode == FALLBACK or mode not in STRIPE:
        return mode == FALLBACK
    return f60.capability != STRIPE_ONLY and (f60.ic_condition in FELL_BACK or has_chip(request.clear_track2))


def _fallback(turn: Turn, request: Request) -> bool:
    """A stripe that stands in for a chip, where the host takes none."""
    return NO_FALLBACK in turn.state.behaviours and falls_back(request)


def _stripe_of_chip(turn: Turn, request: Request) -> bool:
    """The stripe of a card that has a chip, read by a terminal that reads nothing else, where the host wants chips."""
    demanded = CHIP_DEMANDED in turn.state.behaviours and request.f60.capability == STRIPE_ONLY
    return demanded and request.text(22)[:2] in STRIPE and has_chip(request.clear_track2)


NOT_BY_TERMINAL = NO_CHECKS | MERCHANT_ONLY
"""Kinds that the rows about the terminal leave alone."""
WITHOUT_MAC = NOT_BY_TERMINAL | BRINGS_KEYS

# fmt: off
CHECKS: tuple[Check, ...] = (
    Check("format", ALL, "30", "format_error",
          Text("报文格式错误", "the message cannot be read"), _unreadable, frozenset()),
    Check("kind", ALL, "40", "unknown_kind",
          Text("不支持该交易", "no such transaction"), _unknown_kind, frozenset()),
    Check("account", ALL, "03", "account_refused",
          Text("该商户未开通", "this further account is not open"), _account, new_only=True),
    Check("merchant", ALL, "03", "merchant_unknown",
          Text("商户未登记", "the merchant is not registered"), _merchant_missing),
    Check("merchant closed", ALL, "C2", "merchant_closed",
          Text("商户未开通或已关闭", "the merchant is closed"), _merchant_status("closed"), new_only=True),
    Check("terminal", ALL, "97", "terminal_unknown",
          Text("终端未登记或未绑定", "the terminal is not registered or bound"), _terminal_missing, NOT_BY_TERMINAL),
    Check("terminal open", ALL, "C1", "terminal_withdrawn",
          Text("终端未开通或已撤机", "the terminal is withdrawn"), _terminal_withdrawn, NOT_BY_TERMINAL, new_only=True),
    Check("terminal reported", ALL, "58", "terminal_reported",
          Text("终端已报失", "the terminal is reported lost or stolen"), _device_reported, NOT_BY_TERMINAL),
    Check("activated", ALL, "C1", "not_activated",
          Text("终端未激活", "the terminal is not activated"), _not_activated, NOT_BY_TERMINAL, new_only=True),
    Check("hold", ALL, "03", "on_hold",
          Text("业务暂停", "on hold"), _held, frozenset(), new_only=True),
    Check("rule", ALL, "58", "rule_broken",
          Text("不符合规则", "a rule is not met"), _breaks_rule, new_only=True),
    Check("layout", frozenset({"financial"}), "30", "old_layout",
          Text("报文格式已变更", "the layout of requests has changed"), _old_layout, new_only=True),
    Check("parameters", frozenset({"financial"}), "97", "parameters_old",
          Text("终端参数已失效", "the terminal's parameters are out of date"), _old_parameters, new_only=True),
    Check("trace number", MONEY, "30", "no_stan",
          Text("缺少流水号", "F11 is missing"), _no_stan),
    Check("sign-in", SESSION, "77", "not_signed_in",
          Text("终端未签到", "the terminal never signed in"), _never_signed_in, also=SIGN_OFF),
    Check("sign-off", SESSION, "77", "signed_off",
          Text("终端已签退", "the terminal signed off"), _signed_off, also=SIGN_OFF),
    Check("batch", frozenset({"financial", "settlement"}), "77", "wrong_batch",
          Text("批次号不符", "the batch number is not the host's"), _wrong_batch, also=SIGN_OFF),
    Check("duplicate", frozenset({"financial"}), "94", "duplicate",
          Text("流水号重复", "the trace number was used for something else"), _other_with_same_key),
    Check("MAC", ALL, "A0", "mac_wrong",
          Text("MAC 校验错", "F64 is wrong"), _mac_wrong, WITHOUT_MAC),
    Check("MAC present", ALL, "A0", "mac_missing",
          Text("缺少 MAC", "F64 is missing"), _mac_missing, WITHOUT_MAC),
    Check("fallback", frozenset({"financial"}), "45", "fallback_forbidden",
          Text("不允许降级交易", "fallback is not allowed"), _fallback, new_only=True),
    Check("chip", frozenset({"financial"}), "45", "chip_demanded",
          Text("须用芯片交易", "the chip has to be used"), _stripe_of_chip, new_only=True),
)
# fmt: on


def first_refusal(turn: Turn, request: Request) -> Refusal | None:
    """The refusal of the first row that applies and fails; None when every row passes."""
    again = decided_before(turn, request)
    for check in CHECKS:
        found = check.applies(request) and not (again and check.new_only) and check.fails(turn, request)
        if isinstance(found, Refusal):
            return found
        if found:
            text = check.text
            if request.error is not None and check.name == "format":
                text = Text(f"{text.zh}: {request.error.path}", f"{text.en}: {request.error.path}")
            return Refusal(check.code, check.cause, text, check.name)
    return None


REPEATED_US = 10 * MINUTE_US
"""A request that comes again within this time is the same one, also across the cut-over (posrig's choice)."""
TOLD_AGAIN = frozenset({"completion_advice"})
"""Terminals send it again until it is answered, however long that takes."""


def business_key(turn: Turn, request: Request) -> str:
    """K = F42, F41, F60.2, F11 and the host's business date: of the day when the request came first."""
    today = f"{request.trace}/{turn.business_date.isoformat()}"
    answers = turn.state.answers
    if today in answers:
        return today
    before = [f"{request.trace}/{turn.business_date_ago(REPEATED_US).isoformat()}"]
    if request.name in TOLD_AGAIN:
        before.append(turn.state.ledger.latest.get(request.trace, ""))
    known = (key for key in before if key in answers and answers[key]["fingerprint"] == fingerprint(turn, request))
    return next(known, today)


def decided_before(turn: Turn, request: Request) -> bool:
    """Whether this very request was decided already, so that its answer is in the store."""
    if request.error is not None or request.kind is None or request.kind.family != "financial":
        return False
    stored = turn.state.answers.get(business_key(turn, request))
    return stored is not None and stored["fingerprint"] == fingerprint(turn, request)


def fingerprint(turn: Turn, request: Request) -> str:
    """What makes a repeated request the same request: its kind, F3, F4 and the card, code or voucher."""
    payer = request.pan or qr_code(request) or voucher(request)
    return f"{request.name}/{request.text(3)}/{request.text(4)}/{turn.card_hash(payer)}"
