"""Family D (硬件): battery, power cut, slow after long uptime."""

from __future__ import annotations

from protocols.text import Text

from .cause import FITS, PROVES, RULES_OUT, TYPICAL, Cause

CAUSES: tuple[Cause, ...] = (
    Cause(
        "D3",
        Text("电池电量低", "The battery is low"),
        {
            "battery_warned": TYPICAL,
            "battery_stopped": PROVES,
            "broken_off": TYPICAL,
            "silent_since": TYPICAL,
            "undecided": FITS,
            "powered_together": RULES_OUT,
        },
        ("local_poll", "both_ends"),
        Text("操作员；电池老化则由维修人员更换", "the operator; where the battery is worn, service"),
        Text(
            "接上电源充电再开机，老化的电池要更换；批次与未决冲正都在",
            "Charge it and switch it on, replace a worn battery; batch and pending reversal are still there",
        ),
        rungs=(2, 7),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "D8",
        Text("电力中断", "A power cut"),
        {
            "power_failed": PROVES,
            "broken_off": TYPICAL,
            "silent_since": TYPICAL,
            "undecided": FITS,
            "port_gone": TYPICAL,
            "port_renamed": TYPICAL,
            "ran_on": RULES_OUT,
            "battery_stopped": RULES_OUT,
            "update_broken_off": RULES_OUT,
            "powered_together": RULES_OUT,
        },
        ("local_poll", "both_ends"),
        Text("操作员", "the operator"),
        Text(
            "恢复供电后开机；冲正送达之后再重做，不要用原流水号重发",
            "Power back and switch it on; repeat the sale once the reversal is delivered, as a new one",
        ),
        rungs=(2, 3),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "D14",
        Text("长时间使用后变慢", "It slows down with long use"),
        {"own_time_grew": PROVES},
        ("local_poll", "both_ends"),
        Text("操作员与主管", "operator and supervisor"),
        Text("结算后重启终端，清理已结算的流水", "Settle, restart the terminal, clear the settled log"),
        rungs=(3, 4),
        hidden_from=frozenset(("host",)),
    ),
)
