"""Family H, a whole region (自然灾害)."""

from __future__ import annotations

from protocols.text import Text

from .cause import FITS, PROVES, TYPICAL, Cause

CAUSES: tuple[Cause, ...] = (
    Cause(
        "H11",
        Text("自然灾害：地区同时断电断网", "A disaster: a region without power and line"),
        {
            "powered_together": PROVES,
            "cut_off_together": TYPICAL,
            "silent_together": TYPICAL,
            "dark_and_cut_off": TYPICAL,
            "no_line": TYPICAL,
            "no_route": TYPICAL,
            "dial_unanswered": TYPICAL,
            "undecided": FITS,
        },
        ("neighbours",),
        Text("商户", "the merchant"),
        Text(
            "启动应急预案：备用收款并登记；恢复后签到、结算、核对，登记演练",
            "Follow the emergency plan: takings in cash and by QR code, recorded; then sign in, settle, reconcile, and "
            "hold a drill",
        ),
        rungs=(2, 8),
    ),
)
