"""Words for the device: what its parts do and find, what people do to them, and how it can be made to fail."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

PARTS: Mapping[str, Text] = {
    "printer": Text("打印机", "printer"),
    "display": Text("显示屏", "display"),
    "keypad": Text("键盘", "keypad"),
    "magnetic_reader": Text("磁条读卡器", "magnetic reader"),
    "chip_reader": Text("IC 卡读卡器", "chip reader"),
    "contactless_reader": Text("非接读卡器", "contactless reader"),
    "scanner": Text("扫码头", "scanner"),
    "clock": Text("时钟", "clock"),
    "storage": Text("存储", "storage"),
    "battery": Text("电池", "battery"),
    "tamper": Text("防拆开关", "tamper switch"),
    "case": Text("外壳", "case"),
}

LEAK = Text("泄露", "Leak")
LEAKS: Mapping[str, Text] = {
    "track2_clear": Text("磁道二为明文", "track 2 in the clear"),
    "pin_clear": Text("密码为明文", "the PIN in the clear"),
    "pan_shown": Text("屏上显示完整卡号", "a whole card number on the display"),
    "pan_printed": Text("单据上有完整卡号", "a whole card number on paper"),
    "pan_logged": Text("日志中有完整卡号", "a whole card number in the log"),
    "backup_clear": Text("备份未加密", "a backup that is not encrypted"),
    "no_tls": Text("线路未用 TLS", "a line without TLS"),
}
"""What the leak detector finds (`masking.leaks`)."""

FINDINGS: Mapping[str, Text] = {
    "ready": Text("恢复正常", "is good again"),
    "paper_low": Text("纸将用尽", "paper is running out"),
    "print_test": Text("打印测试", "print test"),
    "display_test": Text("读码测试", "code read back"),
    "keypad_test": Text("按键测试", "each key tested"),
    "read_test": Text("读卡测试", "reads counted"),
    "blank": Text("（屏上什么也看不见）", "(nothing is seen on the display)"),
    "garbled": Text("（花屏，看到的是）", "(garbled; what is seen)"),
    "key_missing": Text("按键无反应", "keys without reaction"),
    "key_repeated": Text("按键粘连", "keys that stick"),
    "key_swapped": Text("键位错乱", "keys that are swapped"),
    "read": Text("读出", "read"),
    "read_error": Text("读卡出错", "read error"),
    "power_up_failed": Text("芯片上电失败", "the chip gets no power"),
    "no_reaction": Text("无反应", "no reaction"),
    "opened": Text("被打开", "opened"),
    "closed": Text("合上", "closed"),
    "fitted": Text("换上另一件", "another one is fitted"),
    "low": Text("电量低", "low"),
    "stop": Text("电量过低", "too low for transactions"),
    "empty": Text("电量耗尽", "empty"),
    "external_power": Text("接上外接电源", "on external power"),
    "on_battery": Text("由电池供电", "on battery"),
    "checksum": Text("校验", "checksums"),
}
"""What a part does or finds; the defects have their words in DEVICE_BEHAVIOURS."""

FOUND: Mapping[str, Text] = {
    "wrong_model": Text("型号不符", "it is of another model"),
    "tampered": Text("已断开，密钥已擦除", "open, the keys are erased"),
    "case_open": Text("机壳未合上", "the case stands open"),
}
"""What a self-test finds besides the defects."""

VERSION = Text("应用版本", "application version")
VERSION_REASONS: Mapping[str, Text] = {
    "update": Text("更新", "an update"),
    "roll_back": Text("人工退回", "people went back"),
    "start_failed": Text("新版本无法启动，已退回", "the new version did not start, back to the old one"),
    "not_confirmed": Text("新版本未经确认，已退回", "nothing confirmed the new version, back to the old one"),
}
VERSION_FAILURES = ("start_failed", "not_confirmed")

ACTS: Mapping[str, Text] = {
    "load_paper": Text("装入新纸卷", "load a new roll of paper"),
    "clear_jam": Text("清除卡纸", "clear the jam"),
    "cool_down": Text("打开机盖，等打印头冷却", "open the cover and let the print head cool"),
    "load_ribbon": Text("换上新色带", "put in a new ribbon"),
    "clean": Text("擦拭，清理键盘和读卡器", "wipe, clean the keypad and the readers"),
    "unplug": Text("断开外接电源", "take it off the external power"),
    "plug_in": Text("接上外接电源充电", "plug it in to charge"),
    "switch_off": Text("按电源键关机", "switch it off"),
    "switch_on": Text("按电源键开机", "switch it on"),
    "open_case": Text("打开机壳", "open the case"),
    "close_case": Text("合上机壳", "close the case"),
    "replace_part": Text("由专业人员更换部件", "a part is replaced by trained service"),
    "swap_part": Text("无资质人员更换部件", "a part is exchanged by somebody unqualified"),
}
"""What people do to the device with their hands; a test holds it against the terminal's table."""

DEVICE_BEHAVIOURS: Mapping[str, Text] = {
    "tamper": Text("触发自毁", "the tamper switch opens"),
    "suspend": Text("终端被停用", "the terminal is suspended"),
    "clock_reset": Text("时钟归零", "the clock has lost its date"),
    "paper_out": Text("打印机缺纸", "the printer is out of paper"),
    "paper_jam": Text("打印机卡纸", "the paper is jammed"),
    "printer_overheated": Text("打印头过热", "the print head is too hot"),
    "ribbon_worn": Text("色带用旧", "the ribbon is worn"),
    "head_worn": Text("打印头有坏点", "dots of the print head are dead"),
    "display_blank": Text("显示屏全黑", "the display stays blank"),
    "display_garbled": Text("显示屏花屏", "the display is garbled"),
    "key_dead": Text("按键失灵", "keys are dead"),
    "key_repeats": Text("按键粘连", "keys stick"),
    "keys_swapped": Text("键位错乱", "keys are swapped"),
    "part_failed": Text("部件故障", "a part is broken"),
    "battery_worn": Text("电池老化", "the battery is worn"),
    "power_cut": Text("断电后随即恢复", "the power fails and is back"),
    "crash": Text("应用崩溃", "the application crashes"),
    "hang": Text("应用死机", "the application hangs"),
    "slows": Text("越用越慢", "it slows down with use"),
    "case_cracked": Text("外壳破裂", "the case is cracked"),
    "door_broken": Text("打印机仓盖破裂", "the printer door is broken"),
    "reversal_after_send": Text("发送之后才写冲正（缺陷）", "the reversal is written after the send (a bug)"),
    "give_up_silently": Text("冲正失败后静默删除（缺陷）", "a failed reversal is dropped in silence (a bug)"),
    "slip_before_commit": Text("记账之前先打印（缺陷）", "the slip is printed before the commit (a bug)"),
    "reader_mute": Text("读卡器无反应", "a reader does not react"),
    "stripe_unreadable": Text("磁头读不出磁条", "the magnetic head reads no stripe"),
    "chip_power_up_fails": Text("芯片上电失败", "a chip gets no power: no ATR"),
    "field_off": Text("非接感应场关闭", "the contactless field is off"),
    "worn": Text("读卡器又用过许多次", "a reader was used so many times more"),
    "dirt": Text("水、油污或灰尘进入", "water, oil or dust got in"),
    "storage_wiped": Text("存储被清空", "the storage was wiped"),
    "storage_corrupted": Text("存储内容损坏", "records in the storage are damaged"),
    "power_cut_at_byte": Text(
        "写入升级包第 byte 字节时断电", "the power fails while octet `byte` of an update is written"
    ),
}
"""What a terminal can be made to do."""
