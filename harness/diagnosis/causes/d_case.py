"""Family D (硬件): case, checks left out, lots, unqualified repair."""

from __future__ import annotations

from protocols.text import Text

from ...trace import Who
from .a import PROVIDER
from .cause import PROVES, TYPICAL, Cause

SERVICE = Text("服务商维修人员", "the provider's service")
TECHNICIAN = Text("安装与巡检人员", "whoever installs and inspects it")
UNSEEN_BY_MACHINES: frozenset[Who] = frozenset(("terminal", "host"))
"""What only people see stands in the record that is kept beside the terminal."""

CAUSES: tuple[Cause, ...] = (
    Cause(
        "D6",
        Text("外壳破裂", "The case is cracked"),
        {"case_damaged": PROVES},
        ("bench_check",),
        SERVICE,
        Text(
            "停用，由专业人员更换外壳，重新激活", "Stop using it; the service repairs the case and activates it again"
        ),
        rungs=(3, 7),
        hidden_from=UNSEEN_BY_MACHINES,
    ),
    Cause(
        "D10",
        Text("忽视电气安全检查", "The electrical check was left out"),
        {"electrical_left_out": PROVES, "electrical_out_of_date": PROVES},
        ("bench_check",),
        TECHNICIAN,
        Text("补做电气检查并记录数值", "Carry out the electrical check and record the figures"),
        rungs=(1,),
        hidden_from=UNSEEN_BY_MACHINES,
    ),
    Cause(
        "D11",
        Text("生产缺陷", "A production defect of a lot"),
        {"lot_fault": PROVES},
        ("lot_report",),
        PROVIDER,
        Text("召回该批次，更换机具", "The lot is recalled, its devices are replaced"),
        rungs=(9, 11),
    ),
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
