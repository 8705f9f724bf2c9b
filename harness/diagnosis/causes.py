"""The table of causes: what each row of the catalogue is spoken for and against by, and the test that would settle it.

Weights: 3 the observation hardly has another cause; 2 it is typical; 1 it fits; negative: it speaks against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from protocols.text import Text


@dataclass(frozen=True, slots=True)
class Cause:
    """One row.  `speaks`: symptom id to weight.  `next_test`: what would tell this row from the one beside it.

    `actor`: who must act, `action`: what they do.
    """

    row: str
    title: Text
    speaks: Mapping[str, int]
    next_test: Text
    actor: Text
    action: Text


CAUSES: tuple[Cause, ...] = (
    Cause(
        "A1",
        Text("商户资料审核延迟", "The review is late"),
        {
            "activation_in_review": 2,
            "activation_d6": 1,
            "review_late": 3,
            "later_decided": 2,
        },
        Text(
            "在门户查询本申请与后提交申请的进度：后者已有结果即为审核延迟",
            "Query the progress of this and of a later application: if the later one is decided, this review is late",
        ),
        Text("收单机构", "the acquirer"),
        Text(
            "查询进度并催办；通过后直接激活，无需重新申请",
            "Query the progress and wait or press; then activate, no new application",
        ),
    ),
    Cause(
        "C1",
        Text("操作顺序错误", "Operations in the wrong order"),
        {
            "refused_locally": 3,
            "no_session_77": 3,
            "second_activation": 3,
            "original_missing": 2,
            "without_identity": 3,
            "unknown_97": 2,
            "unbind_refused": 3,
            "keys_without_tmk": 3,
            "upload_without_settlement": 3,
            "needless_reversal": 3,
        },
        Text("补做缺少的那一步，再重复被拒的操作", "Carry out the missing operation and repeat the refused one"),
        Text("操作员", "the operator"),
        Text("按提示补做缺少的操作后重试", "Carry out the missing operation, then try again"),
    ),
    Cause(
        "F5",
        Text("请求或应答丢失", "A request or a reply was lost"),
        {
            "no_answer": 2,
            "reversal_98": 2,
            "undecided": 1,
            "request_lost": 3,
            "reply_lost": 3,
            "reply_cut": 2,
            "reversal_25": 2,
            "reversal_00": 2,
            "line_carried_again": 1,
        },
        Text(
            "再做一笔交易：冲正先送达且新交易成功，则线路只丢了一个报文",
            "Do one more sale: if the reversal is accepted first and the sale is approved, one message was lost",
        ),
        Text("操作员", "the operator"),
        Text(
            "等待冲正送达，再重做该笔交易；不要用原流水号重发",
            "Let the reversal be delivered, then repeat the sale as a new one (never under the same trace number)",
        ),
    ),
)
