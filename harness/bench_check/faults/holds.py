"""Why a provider has stopped a merchant, a terminal or a model: told at its portal, and by nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

from ..model import Fault

HOLDS = (
    Fault(
        "suspended",
        Text("商户已被收单机构暂停（案件号：{case}）", "the acquirer has suspended the merchant (case {case})"),
        "merchant",
        False,
        Text(
            "联系收单机构，报上案件号（没有就问），按要求交材料；期间不要反复尝试",
            "Call the acquirer, name the case number (or ask for it) and send what is asked for; do not keep trying",
        ),
        rows=("H8", "A4", "G5", "H3", "H4", "H5"),
    ),
    Fault(
        "maintenance",
        Text("收单机构正在维护系统", "the acquirer's system is under maintenance"),
        "acquirer",
        True,
        Text(
            "看公告的结束时间，之后再试；期间收现金或用其他方式",
            "Wait for the announced end and try again; meanwhile take other payments",
        ),
        rows=("G1",),
    ),
    Fault(
        "service_ended",
        Text("收单机构已停止这项服务", "the acquirer has ended this service"),
        "merchant",
        False,
        Text(
            "先结算，再联系收单机构换机或换机构",
            "Settle first, then have the acquirer offer another device, or change the acquirer",
        ),
        rows=("G7",),
    ),
    Fault(
        "licence",
        Text(
            "收单机构的支付牌照无效，全部终端停用",
            "the acquirer's own licence is not valid: all its terminals are stopped",
        ),
        "merchant",
        False,
        Text(
            "与终端无关，不用检修；问收单机构何时恢复，或换机构",
            "Ask the acquirer when it is back, or change the acquirer; nothing is wrong with the terminal",
        ),
        rows=("H12",),
    ),
    Fault(
        "model_suspended",
        Text("这个机型已被暂停使用", "this model has been suspended"),
        "acquirer",
        False,
        Text(
            "请收单机构换一种机型，或等其解除",
            "Have the acquirer exchange it for another model, or wait until it is released",
        ),
        rows=("G6",),
    ),
    Fault(
        "not_certified",
        Text("这个机型或软件版本没有有效的认证", "this model or its software has no valid certificate"),
        "acquirer",
        False,
        Text(
            "请收单机构更新到已认证的版本，或换机", "Have the acquirer bring it to a certified version, or exchange it"
        ),
        rows=("H1",),
    ),
    Fault(
        "vulnerable_software",
        Text("软件版本有安全漏洞，须先更新", "the software has a known weakness and must be updated first"),
        "technician",
        False,
        Text("结算后在终端菜单里更新软件，再签到", "Settle, update the software in the terminal's menu, then sign in"),
        rows=("E3",),
    ),
    Fault(
        "complaints",
        Text("因投诉被暂停，正在调查（案件号：{case}）", "suspended after complaints, under examination (case {case})"),
        "merchant",
        False,
        Text(
            "带案件编号联系收单机构，配合调查", "Call the acquirer with the case number and help with the examination"
        ),
        rows=("G5",),
    ),
    Fault(
        "risk_fraud",
        Text("疑似虚假交易或自刷，已暂停（案件号：{case}）", "suspended for sales that look fake (case {case})"),
        "merchant",
        False,
        Text(
            "向收单机构说明并交凭证，可申诉；不要再用自己的卡刷",
            "Explain them to the acquirer with vouchers, or appeal; do not use your own card",
        ),
        rows=("H3",),
    ),
    Fault(
        "risk_amount",
        Text("交易金额异常，已暂停（案件号：{case}）", "suspended for an unusual amount (case {case})"),
        "merchant",
        False,
        Text(
            "向收单机构交该笔交易的凭证，请求恢复或提高限额",
            "Send the acquirer the voucher of that sale and ask for release or a higher limit",
        ),
        rows=("H4",),
    ),
    Fault(
        "risk_frequency",
        Text("交易太频繁，已暂停（案件号：{case}）", "suspended for too many sales in a short time (case {case})"),
        "merchant",
        False,
        Text(
            "向收单机构交凭证和整改说明，等其恢复",
            "Send the acquirer vouchers and what was changed, and wait for the release",
        ),
        rows=("H5",),
    ),
    Fault(
        "risk_check",
        Text("收单机构正在做风险核查，交易已暂停（案件号：{case}）", "stopped pending a risk check (case {case})"),
        "merchant",
        False,
        Text(
            "带案件编号联系收单机构，交材料；有异议可申诉",
            "Call the acquirer with the case number and send what is asked for, or appeal",
        ),
        rows=("H8",),
    ),
    Fault(
        "fees_owed",
        Text("商户欠费 {sum} 元，服务已停", "the merchant owes fees of {sum} yuan: the service is stopped"),
        "merchant",
        False,
        Text(
            "请商户缴清欠费，缴后再签到；终端不用检修",
            "Have the merchant pay, then sign in; nothing is wrong with the terminal",
        ),
        rows=("H6",),
    ),
    Fault(
        "paused",
        Text("服务按商户自己的申请暂停", "the service is paused at the merchant's own request"),
        "merchant",
        False,
        Text("请商户向收单机构申请恢复", "Have the merchant ask the acquirer to resume it"),
        rows=("H7",),
    ),
    Fault(
        "rule_broken",
        Text("终端不满足收单机构的新规定", "the terminal does not meet a new rule of the acquirer"),
        "technician",
        False,
        Text(
            "下载参数、更新软件后再试；仍不行联系收单机构",
            "Download parameters and update the software, then try again; else call the acquirer",
        ),
        rows=("H2",),
    ),
    Fault(
        "parameters_old",
        Text("终端的参数已过时", "the terminal's parameters are out of date"),
        "technician",
        True,
        Text("在终端上下载参数，再签到一次", "Download the parameters at the terminal, then sign in again"),
        rows=("G2",),
    ),
)

BY_HOLD: Mapping[str, str] = {
    "suspended": "suspended",
    "incomplete": "documents_missing",
    "false_documents": "documents_untrue",
    "maintenance": "maintenance",
    "cut_over": "maintenance",
    "end_of_service": "service_ended",
    "service_closed": "service_ended",
    "licence": "licence",
    "model_suspended": "model_suspended",
    "not_certified": "not_certified",
    "version_too_old": "old_software",
    "vulnerable": "vulnerable_software",
    "complaints": "complaints",
    "risk_fraud": "risk_fraud",
    "risk_amount": "risk_amount",
    "risk_frequency": "risk_frequency",
    "risk_check": "risk_check",
    "fees_owed": "fees_owed",
    "deposit_unpaid": "fees_owed",
    "paused": "paused",
}
"""Fault by the kind of a hold that the portal shows (`harness.acquirer.hold_kinds`)."""
