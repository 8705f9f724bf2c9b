"""Family F, network (网络)."""

from __future__ import annotations

from protocols.text import Text

from .cause import FITS, PROVES, RULES_OUT, TYPICAL, Cause

CAUSES: tuple[Cause, ...] = (
    Cause(
        "F5",
        Text("请求或应答丢失", "A request or a reply was lost"),
        {
            "no_answer": TYPICAL,
            "reversal_98": TYPICAL,
            "undecided": FITS,
            "request_lost": PROVES,
            "reply_lost": PROVES,
            "reply_cut": TYPICAL,
            "reversal_25": TYPICAL,
            "reversal_00": TYPICAL,
            "line_carried_again": FITS,
            "powered_together": RULES_OUT,
        },
        ("one_more_sale", "both_ends", "notices"),
        Text("操作员", "the operator"),
        Text(
            "等待冲正送达，再重做该笔交易；不要用原流水号重发",
            "Let the reversal be delivered, then repeat the sale as a new one (never under the same trace number)",
        ),
        rungs=(8,),
    ),
)
