"""Family I, the second merchant account (商户二)."""

from __future__ import annotations

from protocols.text import Text

from .cause import FITS, PROVES, TYPICAL, Cause

MERCHANT = Text("商户", "the merchant")
STATUS = ("provider_status",)

CAUSES: tuple[Cause, ...] = (
    Cause(
        "I1",
        Text("第二商户资质未通过", "The second account was refused"),
        {"account_refused": PROVES, "code_03": TYPICAL, "another_account_sells": FITS},
        STATUS,
        MERCHANT,
        Text("按拒绝原因补充材料，重新申请", "Hand in what the reason asks for, and apply again"),
        rungs=(10,),
    ),
    Cause(
        "I2",
        Text("终端或服务商不支持多商户", "Terminal or provider lacks the multi-merchant function"),
        {
            "account_menu_absent": PROVES,
            "account_not_enabled": PROVES,
            "account_unsupported": PROVES,
            "code_58": TYPICAL,
            "account_40": TYPICAL,
            "another_account_sells": FITS,
        },
        ("provider_status", "account_menu", "both_ends"),
        Text("服务商", "the provider"),
        Text(
            "升级终端应用、在终端上开通该商户，或由服务商升级系统",
            "Update the terminal, enable the account on it, or have the provider update",
        ),
        rungs=(6, 11),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "I3",
        Text("第二商户申请中途放弃", "The application for the second account was abandoned"),
        {"account_draft": PROVES, "account_d6": TYPICAL, "another_account_sells": FITS},
        STATUS,
        MERCHANT,
        Text("恢复草稿并完成申请", "Resume the draft and complete it"),
        rungs=(10,),
    ),
    Cause(
        "I4",
        Text("资金无法区分", "The takings cannot be told apart"),
        {"channels_share_account": PROVES},
        ("account_statement", "both_ends"),
        MERCHANT,
        Text("开通第二商户，两个渠道各用各的商户", "Open a second account, one for each channel"),
        rungs=(10,),
        hidden_from=frozenset(("terminal", "host")),
    ),
)
