"""Family C, operation (操作)."""

from __future__ import annotations

from protocols.text import Text

from .cause import FITS, PROVES, RULES_OUT, TYPICAL, Cause

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
            "unknown_97": PROVES,
            "unbind_refused": PROVES,
            "keys_without_tmk": PROVES,
            "upload_without_settlement": PROVES,
            "needless_reversal": PROVES,
            "code_77": TYPICAL,
        },
        ("missing_operation", "both_ends"),
        Text("操作员", "the operator"),
        Text("按提示补做缺少的操作后重试", "Carry out the missing operation, then try again"),
        rungs=(1,),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "C2",
        Text("用户培训不足，操作失误", "Untrained staff"),
        {
            "activation_code_wrong": PROVES,
            "activation_58": TYPICAL,
            "sign_on_failed": TYPICAL,
            "amount_taken_back": TYPICAL,
            "card_pulled": TYPICAL,
            "card_misread": TYPICAL,
            "pin_again_and_again": TYPICAL,
            "part_is_good": PROVES,
            "part_is_bad": RULES_OUT,
        },
        ("keypad_test", "self_test", "clean_and_test"),
        Text("操作员", "the operator"),
        Text(
            "主管解锁或换新激活码，按正确方法重做；培训操作人员",
            "A supervisor unlocks, or a new code; repeat it the right way, and train the staff",
        ),
        rungs=(1, 10),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "C3",
        Text("人为破坏，触发自毁", "Vandalism, the tamper switch opened"),
        {
            "tampered": TYPICAL,
            "tamper_record": TYPICAL,
            "same_parts": PROVES,
            "case_opened": RULES_OUT,
            "part_changed": RULES_OUT,
            "other_part": RULES_OUT,
        },
        ("self_test", "local_poll"),
        Text("服务商维修人员", "the provider's service"),
        Text(
            "由专业人员维修，重新灌装密钥并重新激活",
            "Repair by trained staff, inject keys again, activate again",
        ),
        rungs=(7,),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "C4",
        Text("缺乏有效监督，终端无人照管", "Nobody watches the terminal"),
        {"idle_reported": TYPICAL, "left_alone": PROVES, "by_itself": PROVES},
        ("local_poll",),
        Text("商户", "the merchant"),
        Text("巡检终端，签到并结算", "An inspection round: sign in and settle"),
        rungs=(4, 9),
    ),
    Cause(
        "C5",
        Text("他人非法操作", "Used by an unauthorised person"),
        {"unentitled": PROVES, "audited": FITS},
        ("local_poll",),
        Text("商户", "the merchant"),
        Text("设置操作员密码，由有权限的操作员签到", "Set passwords; an operator with the right signs on"),
        rungs=(1,),
        hidden_from=frozenset(("host",)),
    ),
)
