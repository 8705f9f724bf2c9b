"""Family A, application and review (进件与审核)."""

from __future__ import annotations

from protocols.text import Text

from ...trace import Who
from .cause import AGAINST, FITS, PROVES, TYPICAL, Cause

PROVIDER = Text("服务商", "the provider")
MERCHANT = Text("商户", "the merchant")
UNSEEN: frozenset[Who] = frozenset({"terminal"})
"""Where the device is not there, or is not tried, the terminal's side sees nothing."""

CAUSES: tuple[Cause, ...] = (
    Cause(
        "A1",
        Text("商户资料审核延迟", "The review is late"),
        {
            "activation_in_review": TYPICAL,
            "activation_d6": TYPICAL,
            "activation_incomplete": AGAINST,
            "review_late": TYPICAL,
            "later_decided": PROVES,
        },
        ("query_progress",),
        PROVIDER,
        Text(
            "查询进度并催办；通过后直接激活，无需重新申请",
            "Query the progress and wait or press; then activate, no new application",
        ),
        rungs=(9,),
        hidden_from=UNSEEN,
    ),
    Cause(
        "A2",
        Text("资质审核未通过", "The review rejected the merchant"),
        {"activation_rejected": PROVES, "review_rejected": PROVES, "activation_03": TYPICAL},
        ("query_progress", "provider_status"),
        MERCHANT,
        Text("按原因准备更充分的材料，重新提交审核", "Resubmit with better material, as the reason says"),
        rungs=(10,),
        hidden_from=UNSEEN,
    ),
    Cause(
        "A3",
        Text("资料不齐全", "Documents are missing"),
        {
            "activation_incomplete": PROVES,
            "items_missing": PROVES,
            "recheck_missing": PROVES,
            "activation_in_review": AGAINST,
            "review_late": AGAINST,
            "activation_d6": TYPICAL,
            "code_03": TYPICAL,
        },
        ("query_progress", "provider_status"),
        MERCHANT,
        Text("补齐所列资料，审核从中断处继续", "Supply the items named; the review goes on where it stopped"),
        rungs=(10,),
        hidden_from=UNSEEN,
    ),
    Cause(
        "A4",
        Text("资料虚假", "Documents are not true"),
        {
            "activation_disputed": PROVES,
            "documents_disputed": PROVES,
            "activation_03": TYPICAL,
            "recheck_disputed": PROVES,
            "code_03": TYPICAL,
        },
        ("query_progress", "provider_status"),
        MERCHANT,
        Text("提交真实资料，接受重新审核", "Hand in true documents and be reviewed again"),
        rungs=(10,),
        hidden_from=UNSEEN,
    ),
    Cause(
        "A5",
        Text("服务商内部流程堵塞", "The provider's own process is congested"),
        {
            "activation_queued": PROVES,
            "team_congested": PROVES,
            "activation_09": TYPICAL,
            "review_late": FITS,
            "later_decided": AGAINST,
        },
        ("query_progress",),
        PROVIDER,
        Text("请服务商加急（优先队列）；否则按先后顺序等待", "Ask to be expedited; otherwise first come, first served"),
        rungs=(9,),
        hidden_from=UNSEEN,
    ),
    Cause(
        "A6",
        Text("手续繁琐，中途放弃", "The applicant gave up half-way"),
        {"activation_draft": PROVES, "draft_left": PROVES, "activation_03": TYPICAL},
        ("query_progress", "provider_status"),
        MERCHANT,
        Text("恢复草稿继续填写，或改用一步完成的简易表", "Resume the draft, or take the short form of one step"),
        rungs=(10,),
        hidden_from=UNSEEN,
    ),
    Cause(
        "A7",
        Text("从未申请开通", "Nobody ever applied"),
        {
            "activation_unknown": PROVES,
            "no_record": PROVES,
            "account_no_record": PROVES,
            "account_not_listed": TYPICAL,
            "activation_03": TYPICAL,
        },
        ("provider_status",),
        MERCHANT,
        Text("提交开通申请", "Apply"),
        rungs=(10,),
        hidden_from=UNSEEN,
    ),
)
