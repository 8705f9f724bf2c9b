"""Family D (硬件): case, checks left out, lots, unqualified repair."""

from __future__ import annotations

from protocols.text import Text

from .cause import PROVES, TYPICAL, Cause

SERVICE = Text("服务商维修人员", "the provider's service")

CAUSES: tuple[Cause, ...] = (
    Cause(
        "D13",
        Text("非专业人员更换部件", "A part was exchanged by somebody unqualified"),
        {
            "case_opened": PROVES,
            "part_changed": PROVES,
            "other_part": PROVES,
            "wrong_part": PROVES,
            "tampered": TYPICAL,
            "tamper_record": TYPICAL,
        },
        ("self_test", "local_poll"),
        SERVICE,
        Text(
            "由专业人员换回原厂部件；开过机壳的须重新灌装密钥并重新激活",
            "The service fits the original part; where the case was open, inject keys and activate again",
        ),
        rungs=(7,),
        hidden_from=frozenset(("host",)),
    ),
)
