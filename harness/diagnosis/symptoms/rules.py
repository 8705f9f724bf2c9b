"""Symptoms of what is no longer allowed: a model, a firmware, an institution, a merchant with complaints, a service."""

from __future__ import annotations

from protocols.text import Text

from ..story import Story
from ..symptom import Symptom
from .holding import last_refusal, on_hold, put_on_hold


def _not_certified(story: Story) -> list[int]:
    """An activation is told so by the state of its device."""
    return on_hold("not_certified")(story) + put_on_hold(story, "model_not_certified")


def _rule_broken(story: Story) -> list[int]:
    return last_refusal("rule_broken")(story) + put_on_hold(story, "rule_broken")


def _service_ended(story: Story) -> list[int]:
    return on_hold("end_of_service")(story) + on_hold("service_closed")(story)


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "held_for_complaints",
        Text(
            "门户或主机：因投诉暂停，调查中，给出案件号",
            "Portal or host: suspended for complaints, with the case number",
        ),
        on_hold("complaints"),
    ),
    Symptom(
        "model_suspended",
        Text("门户或主机：该机型已暂停使用", "Portal or host: this model is suspended"),
        on_hold("model_suspended"),
    ),
    Symptom(
        "service_ended",
        Text(
            "门户或主机：服务已按公告停止，没有恢复时间", "Portal or host: the service ended as announced, with no end"
        ),
        _service_ended,
    ),
    Symptom(
        "not_certified",
        Text(
            "门户或主机：该机型与固件没有有效证书", "Portal or host: no valid certificate for this model and firmware"
        ),
        _not_certified,
    ),
    Symptom(
        "rule_broken",
        Text("门户或主机：请求不符合已生效的规则", "Portal or host: the request does not meet a rule in force"),
        _rule_broken,
    ),
    Symptom(
        "licence_ended",
        Text("门户或主机：收单机构的支付牌照无效", "Portal or host: the institution's payment licence is not valid"),
        on_hold("licence"),
    ),
)
