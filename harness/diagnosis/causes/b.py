"""Family B, shipping (邮寄)."""

from __future__ import annotations

from protocols.text import Text

from .a import PROVIDER, UNSEEN
from .cause import PROVES, RULES_OUT, TYPICAL, Cause

CAUSES: tuple[Cause, ...] = (
    Cause(
        "B1",
        Text("邮寄延误", "The parcel is late"),
        {
            "parcel_delayed": PROVES,
            "activation_code_expired": PROVES,
            "code_expired_unused": PROVES,
            "activation_in_transit": TYPICAL,
            "activation_58": TYPICAL,
        },
        ("query_progress", "track_parcel"),
        Text("承运商", "the carrier"),
        Text(
            "跟踪运单；到货后如激活码已过期，续期后激活",
            "Follow the tracking; renew the code if it expired, then activate",
        ),
        rungs=(9,),
        hidden_from=UNSEEN,
    ),
    Cause(
        "B2",
        Text("邮寄丢失", "The parcel is lost"),
        {"parcel_lost": PROVES, "activation_lost": TYPICAL, "activation_97": TYPICAL},
        ("provider_status", "track_parcel"),
        PROVIDER,
        Text("申请补发另一台机具，绑定同一商户", "Ask for another device, bound to the same merchant"),
        rungs=(9,),
        hidden_from=UNSEEN,
    ),
    Cause(
        "B3",
        Text("到货损坏", "The device came damaged"),
        {"first_self_test_failed": PROVES, "arrived_damaged": PROVES, "lot_fault": RULES_OUT},
        ("self_test", "track_parcel"),
        PROVIDER,
        Text("凭签收记录申请更换", "Ask for a replacement, with the delivery record"),
        rungs=(9,),
    ),
)
