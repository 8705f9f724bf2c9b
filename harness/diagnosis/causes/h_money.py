"""Family H, risk control and money (风控、费用)."""

from __future__ import annotations

from protocols.text import Text

from .cause import FITS, PROVES, TYPICAL, Cause

MERCHANT = Text("商户", "the merchant")
STATUS = ("provider_status",)

CAUSES: tuple[Cause, ...] = (
    Cause(
        "H3",
        Text("虚假交易、自刷", "Fake or self-swiped sales"),
        {"held_for_fraud": PROVES, "code_03": TYPICAL},
        STATUS,
        MERCHANT,
        Text("说明情况、举证、申诉并接受培训", "Explain, hand in evidence, appeal, and take the training"),
        rungs=(10,),
    ),
    Cause(
        "H4",
        Text("交易金额异常", "An abnormal amount"),
        {"held_for_amount": PROVES, "code_61": TYPICAL, "code_03": TYPICAL},
        STATUS,
        MERCHANT,
        Text(
            "举证并申请提高限额，或在限额内交易", "Hand in evidence and have the limit raised, or sell within the limit"
        ),
        rungs=(10,),
    ),
    Cause(
        "H5",
        Text("交易频率异常", "An abnormal frequency of sales"),
        {"held_for_frequency": PROVES, "code_65": TYPICAL, "code_03": TYPICAL},
        STATUS,
        MERCHANT,
        Text(
            "提交交易凭证、整改并接受培训，一段时间后恢复",
            "Hand in vouchers, rectify, take the training; reinstated after a set period",
        ),
        rungs=(10,),
    ),
    Cause(
        "H6",
        Text("欠款", "Fees are owed"),
        {"held_for_fees": PROVES, "held_for_deposit": PROVES, "reminded_of_fees": FITS, "code_03": TYPICAL},
        ("provider_status", "query_progress"),
        MERCHANT,
        Text("缴清欠款，立即恢复", "Pay what is owed: service is back at once"),
        rungs=(10,),
        hidden_from=frozenset(("terminal",)),
    ),
    Cause(
        "H7",
        Text("商户自行暂停服务", "The merchant has paused the service"),
        {"paused_by_merchant": PROVES, "code_03": TYPICAL},
        STATUS,
        MERCHANT,
        Text("商户在门户申请恢复", "The merchant asks at the portal to resume"),
        rungs=(10,),
    ),
    Cause(
        "H8",
        Text("风险核查", "Suspended pending a risk check"),
        {"held_for_check": PROVES, "code_03": TYPICAL},
        STATUS,
        MERCHANT,
        Text(
            "按核查编号提交材料、申诉、协商",
            "Hand in the material for this check number, appeal, negotiate",
        ),
        rungs=(10,),
    ),
)
