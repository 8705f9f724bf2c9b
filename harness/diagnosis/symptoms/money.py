"""Symptoms of risk control, fees, pauses and checks: holds with their facts, limits that fired, reminders."""

from __future__ import annotations

from collections.abc import Callable

from protocols.text import Text

from ..story import Story
from ..symptom import Symptom
from .holding import last_refusal, on_hold


def _hold_or_refusal(kind: str) -> Callable[[Story], list[int]]:
    return lambda story: on_hold(kind)(story) + last_refusal(kind)(story)


def _reminded(story: Story) -> list[int]:
    """An invoice past its due date, which the portal shows with a warning."""
    found = story.portal("invoices")
    return [event.seq for event, answer in found if any(one.get("state") == "warned" for one in answer.get("open", ()))]


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "held_for_fraud",
        Text(
            "门户或主机：因风控规则（自刷、同卡、反复退货）暂停，列出规则号与交易",
            "Portal or host: held by a rule against fake sales, with the rule and the sales that fired it",
        ),
        on_hold("risk_fraud"),
    ),
    Symptom(
        "held_for_amount",
        Text(
            "门户或主机：金额超过规则的限额，列出限额",
            "Portal or host: an amount over the limit of a rule, with the limit",
        ),
        _hold_or_refusal("risk_amount"),
    ),
    Symptom(
        "held_for_frequency",
        Text(
            "门户或主机：时间窗内笔数超过规则的限额，列出笔数",
            "Portal or host: more sales in the window than a rule allows, with the count",
        ),
        _hold_or_refusal("risk_frequency"),
    ),
    Symptom(
        "reminded_of_fees",
        Text("账单已逾期，门户给出催缴警告", "An invoice is past its due date; the portal shows a warning"),
        _reminded,
    ),
    Symptom(
        "held_for_fees",
        Text("门户或主机：因欠费停用，列出欠款金额", "Portal or host: held for fees, with the sum that is owed"),
        on_hold("fees_owed"),
    ),
    Symptom(
        "held_for_deposit",
        Text("门户或主机：押金未缴，暂不发货", "Portal or host: the deposit is not paid, nothing is dispatched"),
        on_hold("deposit_unpaid"),
    ),
    Symptom(
        "paused_by_merchant",
        Text(
            "门户或主机：商户自己申请暂停，列出申请编号",
            "Portal or host: paused at the merchant's own request, with its number",
        ),
        on_hold("paused"),
    ),
    Symptom(
        "held_for_check",
        Text(
            "门户或主机：风险核查，只有核查编号，没有规则",
            "Portal or host: a risk check, with its number alone and no rule",
        ),
        on_hold("risk_check"),
    ),
)
