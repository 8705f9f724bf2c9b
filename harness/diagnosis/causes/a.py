"""Family A, application and review (进件与审核)."""

from __future__ import annotations

from protocols.text import Text

from .cause import FITS, PROVES, TYPICAL, Cause

CAUSES: tuple[Cause, ...] = (
    Cause(
        "A1",
        Text("商户资料审核延迟", "The review is late"),
        {
            "activation_in_review": TYPICAL,
            "activation_d6": FITS,
            "review_late": TYPICAL,
            "later_decided": PROVES,
        },
        ("query_progress",),
        Text("收单机构", "the acquirer"),
        Text(
            "查询进度并催办；通过后直接激活，无需重新申请",
            "Query the progress and wait or press; then activate, no new application",
        ),
        rungs=(9,),
    ),
)
