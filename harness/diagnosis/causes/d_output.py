"""Family D (硬件): printer, display, keypad."""

from __future__ import annotations

from protocols.text import Text

from .cause import PROVES, RULES_OUT, TYPICAL, Cause
from .d_case import SERVICE

CAUSES: tuple[Cause, ...] = (
    Cause(
        "D2",
        Text("打印机缺纸、卡纸、过热，或色带用旧", "Printer: paper out, jam, overheated, or ribbon worn"),
        {
            "printer_stopped": PROVES,
            "no_sale_without_slip": PROVES,
            "print_not_legible": PROVES,
            "slip_cut_short": TYPICAL,
            "printer_failed_later": TYPICAL,
        },
        ("print_test", "self_test"),
        Text("操作员；打印头坏则由维修人员更换", "the operator; where the head is bad, service"),
        Text(
            "装纸、清除卡纸、等待冷却或换色带，再重打印待打的单据",
            "Paper in, clear the jam, let it cool, or a new ribbon; then reprint what is due",
        ),
        rungs=(1, 7),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "D4",
        Text("显示屏不良", "The display is defective"),
        {"display_bad": PROVES, "glass_bad": TYPICAL, "code_differs": TYPICAL, "display_failed_later": TYPICAL},
        ("display_test", "keypad_test"),
        SERVICE,
        Text("更换显示屏，重新灌装密钥并激活", "Replace the display, inject keys and activate again"),
        rungs=(7,),
        hidden_from=frozenset(("host",)),
    ),
    Cause(
        "D5",
        Text("键盘错位、粘连、失灵", "Keys are swapped, stuck or dead"),
        {
            "keypad_bad": PROVES,
            "keypad_failed_later": TYPICAL,
            "code_differs": TYPICAL,
            "pin_again_and_again": TYPICAL,
            "amount_taken_back": TYPICAL,
            "sign_on_failed": TYPICAL,
            "keypad_good": RULES_OUT,
            "reads_and_keys_fail_together": RULES_OUT,
        },
        ("keypad_test",),
        SERVICE,
        Text("更换键盘，重新灌装密钥并激活", "Replace the keypad, inject keys and activate again"),
        rungs=(7,),
        hidden_from=frozenset(("host",)),
    ),
)
