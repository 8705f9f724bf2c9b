"""Family C, operation (操作)."""

from __future__ import annotations

from protocols.text import Text

from .cause import PROVES, TYPICAL, Cause

CAUSES: tuple[Cause, ...] = (
    Cause(
        "C1",
        Text("操作顺序错误", "Operations in the wrong order"),
        {
            "refused_locally": PROVES,
            "no_session_77": PROVES,
            "second_activation": PROVES,
            "original_missing": TYPICAL,
            "without_identity": PROVES,
            "unknown_97": TYPICAL,
            "unbind_refused": PROVES,
            "keys_without_tmk": PROVES,
            "upload_without_settlement": PROVES,
            "needless_reversal": PROVES,
        },
        ("missing_operation",),
        Text("操作员", "the operator"),
        Text("按提示补做缺少的操作后重试", "Carry out the missing operation, then try again"),
        rungs=(1,),
    ),
)
