"""Family E (软件): an old model that lacks something."""

from __future__ import annotations

from protocols.text import Text

from .cause import PROVES, RULES_OUT, TYPICAL, Cause

CAUSES: tuple[Cause, ...] = (
    Cause(
        "E4",
        Text("老旧机型不支持新支付技术", "An old model lacks what new means of payment need"),
        {
            "no_function": PROVES,
            "interface_lacks": PROVES,
            "cipher_refused": PROVES,
            "stripe_only_declined": PROVES,
            "no_chip_reader": PROVES,
            "cipher_lacks": PROVES,
            "sign_in_40": TYPICAL,
            "card_unnoticed": TYPICAL,
            "fallback_forbidden": TYPICAL,
            "worse_since_update": RULES_OUT,
        },
        ("local_poll",),
        Text("商户", "the merchant"),
        Text("改用其他支付方式；升级设备", "Take other means of payment; upgrade the device"),
        rungs=(11,),
        hidden_from=frozenset(("host", "terminal")),
    ),
)
