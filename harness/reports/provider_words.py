"""Words for the provider's side: what a merchant asks at the portal, what holds, invoices and appeals go through."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

PORTAL: Mapping[str, Text] = {
    "apply": Text("提交申请", "apply"),
    "progress": Text("查询进度", "progress"),
    "supply": Text("补交资料", "supply items"),
    "resubmit": Text("重新提交", "resubmit"),
    "withdraw": Text("撤回申请", "withdraw"),
    "track": Text("查询物流", "track the parcel"),
    "renew_code": Text("换激活码", "renew the code"),
    "bind": Text("绑定", "bind"),
    "unbind": Text("解绑", "unbind"),
    "status": Text("查询状态", "status"),
    "raise_limit": Text("申请提额", "ask for a higher limit"),
    "batch_list": Text("查询主机流水", "the host's list of a batch"),
    "invoices": Text("查询账单", "invoices"),
    "pay": Text("付款", "pay"),
    "instant_payout": Text("即时到账", "instant payout"),
    "payouts": Text("查询提现", "payouts"),
    "appeal": Text("申诉", "appeal"),
    "material": Text("提交材料", "hand in material"),
    "appeal_status": Text("查询申诉", "appeal status"),
    "pause": Text("申请暂停", "pause"),
    "unpause": Text("申请恢复", "end the pause"),
}
"""Actions of the portal."""

PROVIDER_STATES: Mapping[str, str] = {
    "risk_fraud": "疑似虚假交易",
    "risk_amount": "金额异常",
    "risk_frequency": "频率异常",
    "risk_check": "风险核查",
    "fees_owed": "欠费",
    "deposit_unpaid": "押金未缴",
    "paused": "商户申请暂停",
    "issued": "已出账",
    "warned": "已催缴",
    "held": "已停用",
    "paid": "已付清",
    "explanation": "情况说明",
    "evidence": "举证",
    "material": "提交材料",
    "cooperate": "配合调查",
    "rectification": "整改",
    "negotiation": "协商",
    "training": "培训",
    "decision": "等待决定",
    "granted": "申诉成立",
    "missed": "逾期关闭",
    "refused": "申诉驳回",
}
"""Chinese words for the states of holds, invoices and appeals; the English ones are their names."""
