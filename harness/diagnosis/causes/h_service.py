"""Family H, service quality and loss (服务质量、遗失)."""

from __future__ import annotations

from protocols.text import Text

from .cause import AGAINST, PROVES, TYPICAL, Cause

CAUSES: tuple[Cause, ...] = (
    Cause(
        "H9",
        Text("服务质量差：频繁失败、响应慢", "Poor service: frequent failures, slow answers"),
        {
            "quality_outside_limits": PROVES,
            "slow_at_host": TYPICAL,
            "slow_at_terminal": TYPICAL,
            "often_failed": TYPICAL,
            "line_slow": AGAINST,
        },
        ("quality_report",),
        Text("服务商", "the provider"),
        Text(
            "由服务商修复；下一周期的报告应恢复达标", "The provider repairs; the next period's report is within limits"
        ),
        rungs=(9, 11),
    ),
    Cause(
        "H10",
        Text("机具遗失或被抢", "The device was lost or stolen"),
        {
            "loss_reported": PROVES,
            "device_gone": PROVES,
            "loss_contact": PROVES,
            "device_reported": TYPICAL,
            "code_58": TYPICAL,
            "code_97": TYPICAL,
        },
        ("loss_report", "provider_status"),
        Text("商户", "the merchant"),
        Text("报失、吊销密钥，申请另一台机具", "Report it, have its keys revoked, ask for another device"),
        rungs=(9,),
    ),
)
