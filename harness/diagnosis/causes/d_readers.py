"""Family D (硬件): the readers, wear, dirt."""

from __future__ import annotations

from protocols.text import Text

from .cause import AGAINST, PROVES, RULES_OUT, TYPICAL, Cause

SERVICE = Text("服务商维修人员", "the provider's service")
TESTS = ("clean_and_test",)

CAUSES: tuple[Cause, ...] = (
    Cause(
        "D1",
        Text("刷卡器故障", "A card reader is broken"),
        {
            "reader_dead": PROVES,
            "reader_failed_later": PROVES,
            "lot_fault": RULES_OUT,
            "card_unnoticed": TYPICAL,
            "card_misread": TYPICAL,
            "fallback": TYPICAL,
            "fallback_forbidden": TYPICAL,
        },
        TESTS,
        SERVICE,
        Text("改用其他读卡方式；更换读卡器", "Use another interface; replace the reader"),
        rungs=(7,),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "D7",
        Text("读卡器自然磨损", "A card reader is worn out"),
        {
            "read_errors_rise": PROVES,
            "cleaning_does_not_help": PROVES,
            "read_errors": TYPICAL,
            "card_misread": TYPICAL,
            "fallback": TYPICAL,
            "fallback_forbidden": TYPICAL,
            "reads_and_keys_fail_together": AGAINST,
        },
        TESTS,
        SERVICE,
        Text("更换磨损的读卡器", "Replace the worn reader"),
        rungs=(5, 7),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "D12",
        Text("水、油污进入或未清洁", "Water, oil or dirt got in"),
        {
            "cleaning_helps": PROVES,
            "reads_and_keys_fail_together": PROVES,
            "read_errors": TYPICAL,
            "card_misread": TYPICAL,
            "fallback": TYPICAL,
            "fallback_forbidden": TYPICAL,
            "read_errors_rise": AGAINST,
        },
        TESTS,
        Text("商户", "the merchant"),
        Text(
            "擦拭，清理键盘和读卡器后复测；无效则更换部件",
            "Wipe, clean the keypad and the readers and test again; where that does not help, replace the parts",
        ),
        rungs=(5, 7),
        hidden_from=frozenset(("host",)),
    ),
)
