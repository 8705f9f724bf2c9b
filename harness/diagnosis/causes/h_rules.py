"""Family H, compliance (合规): certificates, rules, licences."""

from __future__ import annotations

from protocols.text import Text

from .cause import FITS, PROVES, TYPICAL, Cause

STATUS = ("provider_status",)

CAUSES: tuple[Cause, ...] = (
    Cause(
        "H1",
        Text("机具未经认证", "The device is not certified"),
        {"not_certified": PROVES, "code_58": TYPICAL, "stopped_by_version": FITS},
        STATUS,
        Text("服务商", "the provider"),
        Text("换用经认证的固件或机具", "Certified firmware, or a certified device"),
        rungs=(6, 11),
    ),
    Cause(
        "H2",
        Text("政策变动，规则生效", "A rule has changed"),
        {"rule_broken": PROVES, "code_58": TYPICAL},
        STATUS,
        Text("服务商", "the provider"),
        Text("按规则更新参数或软件", "Update parameters or software as the rule says"),
        rungs=(6,),
    ),
    Cause(
        "H12",
        Text("收单机构支付牌照无效", "The provider's own licence is not valid"),
        {"licence_ended": PROVES, "code_31": TYPICAL},
        STATUS,
        Text("服务商", "the provider"),
        Text("恢复牌照，或更换服务商", "The licence is restored, or another provider is chosen"),
        rungs=(11,),
    ),
)
