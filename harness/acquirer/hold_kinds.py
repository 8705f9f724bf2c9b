"""The table of holds: what each kind stops, and what it answers.

F39 by the catalogue of documented failures: 03 for what concerns the merchant, 58 for what concerns the device or its
maker, 31 for the institution, 61 and 65 for limits; C1, C2 and D6 exist only where the dialect has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from protocols.text import Text
from protocols.unionpay.activation import State

SALES = frozenset({"financial"})
"""Settlement and reversals stay open: no money may be locked in."""
EVERYTHING = frozenset({"financial", "reversal", "notice", "management", "settlement"})


@dataclass(frozen=True)
class HoldKind:
    """One row.  `code`: F39 of a request that it stops; `blocks`: the families or kinds of requests that it
    stops, or `dispatch`: nothing is sent out to the merchant (`teams`).

    `activation`: what an activation is told; None: it gets `code` like everything else, before anybody looks at it,
    since the whole provider is concerned.  `facts`: what the portal shows beside the case number, by name.
    """

    text: Text
    code: str
    activation: State | None
    blocks: frozenset[str] = SALES
    facts: tuple[str, ...] = ()


HOLD_KINDS: Mapping[str, HoldKind] = {
    "suspended": HoldKind(Text("商户已暂停", "the merchant is suspended"), "03", State.SUSPENDED),
    "incomplete": HoldKind(
        Text("复审：资料不齐全", "re-check: documents are missing"), "03", State.INCOMPLETE, facts=("items",)
    ),
    "false_documents": HoldKind(
        Text("复审：资料不实", "re-check: documents are not true"), "03", State.SUSPENDED, facts=("items",)
    ),
    "maintenance": HoldKind(
        Text("系统维护", "system maintenance"), "96", None, EVERYTHING, ("notice", "until_us", "closed")
    ),
    "cut_over": HoldKind(Text("日切", "daily cut-over"), "90", None, EVERYTHING, ("notice", "until_us")),
    "end_of_service": HoldKind(
        Text("停止服务", "the service has ended"), "58", State.WITHDRAWN, SALES, ("notice", "cut_off_us", "reason")
    ),
    "service_closed": HoldKind(
        Text("服务已关闭", "the service is closed"), "58", State.WITHDRAWN, EVERYTHING, ("notice", "reason")
    ),
    "licence": HoldKind(
        Text("收单机构支付牌照无效", "the institution's licence is not valid"), "31", None, SALES, ("notice", "reason")
    ),
    "model_suspended": HoldKind(
        Text("机型已暂停使用", "the model is suspended"), "58", State.MODEL_SUSPENDED, SALES, ("notice", "reason")
    ),
    "not_certified": HoldKind(
        Text("机具未经认证", "the device is not certified"),
        "58",
        State.MODEL_NOT_CERTIFIED,
        SALES,
        ("certificate", "since_us", "reason"),
    ),
    "version_too_old": HoldKind(
        Text("应用版本过低，须更新", "the application version is too old and must be updated"),
        "58",
        State.UPDATE_REQUIRED,
        SALES,
        ("wanted", "minimum"),
    ),
    "vulnerable": HoldKind(
        Text("应用版本有安全漏洞，须更新", "the application version is vulnerable and must be updated"),
        "58",
        State.UPDATE_REQUIRED,
        frozenset({"sign_in"}),
        ("wanted",),
    ),
    "complaints": HoldKind(
        Text("因投诉暂停，调查中", "suspended for complaints, under examination"),
        "03",
        State.SUSPENDED,
        SALES,
        ("count", "limit"),
    ),
    "risk_fraud": HoldKind(
        Text("疑似虚假交易或自刷，暂停核查", "suspected fake or self-swiped sales, suspended"),
        "03",
        State.SUSPENDED,
        facts=("rule", "title", "limit", "count", "sales"),
    ),
    "risk_amount": HoldKind(
        Text("交易金额异常，暂停核查", "an abnormal amount, suspended"),
        "03",
        State.SUSPENDED,
        facts=("rule", "title", "limit_fen", "amount_fen", "sales"),
    ),
    "risk_frequency": HoldKind(
        Text("交易频率异常，暂停核查", "an abnormal frequency of sales, suspended"),
        "03",
        State.SUSPENDED,
        facts=("rule", "title", "limit", "count", "sales"),
    ),
    "risk_check": HoldKind(
        Text("风险核查，暂停交易", "suspended pending a risk check"), "03", State.SUSPENDED, facts=("check",)
    ),
    "fees_owed": HoldKind(
        Text("欠费停用", "suspended for fees that are owed"),
        "03",
        State.SUSPENDED,
        facts=("sum_fen", "invoices"),
    ),
    "deposit_unpaid": HoldKind(
        Text("押金未缴，暂不发货", "the deposit is not paid: nothing is dispatched"),
        "03",
        State.SUSPENDED,
        blocks=frozenset({"dispatch"}),
        facts=("sum_fen", "invoices"),
    ),
    "paused": HoldKind(
        Text("商户申请暂停", "paused at the merchant's own request"), "03", State.SUSPENDED, facts=("request", "reason")
    ),
}
"""Every kind of hold.  Who decides about them: onboarding, risk, billing, compliance, the merchant itself ..."""
