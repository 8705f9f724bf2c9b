"""What is wrong with the terminal's parts, its clock, its software and what it has stored.

Who exchanges a part also opens the case, which erases the keys: the repair shop does it, never whoever stands at the
counter (the recovery ladder: repair by trained staff only).
"""

from __future__ import annotations

from protocols.text import Text

from ..model import Fault

SEND_IN = Text(
    "停用并送修；不要在店里拆机，拆机会清除密钥",
    "Stop using it and send it to the repair shop; do not open it here, that erases the keys",
)
"""Of a part that only the repair shop can exchange."""

PRINTER = (
    Fault(
        "printer_stopped",
        Text("打印机报告不能打印（缺纸、卡纸、过热或仓盖未关）", "the printer cannot print (paper, jam, heat or door)"),
        "merchant",
        True,
        Text(
            "打开仓盖，装好纸卷、取出卡纸，关紧仓盖，再打印一次；仍不行请送修",
            "Open the door, load paper, take out jammed paper, shut the door and print again; else the repair shop",
        ),
        rows=("D2",),
    ),
    Fault(
        "printer_no_paper",
        Text("打印机没有纸", "the printer is out of paper"),
        "merchant",
        True,
        Text(
            "装入新纸卷，热敏面朝打印头，关紧仓盖，再补打单据",
            "Load a new roll, shut the door, then print the slip again",
        ),
        rows=("D2",),
    ),
    Fault(
        "printer_jam",
        Text("打印机卡纸", "paper is jammed in the printer"),
        "merchant",
        True,
        Text(
            "打开仓盖取出卡纸，不要用尖物，关紧仓盖后再打印",
            "Open the door, take the paper out without sharp tools, shut the door and print again",
        ),
        rows=("D2",),
    ),
    Fault(
        "printer_hot",
        Text("打印头过热", "the print head is too hot"),
        "merchant",
        True,
        Text(
            "等五分钟再打印；反复过热请送修",
            "Wait five minutes and print again; if it keeps happening, the repair shop",
        ),
        rows=("D2",),
    ),
    Fault(
        "printer_broken",
        Text("打印机损坏", "the printer is broken"),
        "repair_shop",
        False,
        Text(
            "送修更换打印机；期间可发电子凭证或手工登记", "Have the printer replaced; meanwhile note down each payment"
        ),
        rows=("D2",),
    ),
    Fault(
        "print_faint",
        Text("打印的字看不清", "the print cannot be read"),
        "technician",
        True,
        Text(
            "换一卷新热敏纸（或色带），擦净打印头后再打印；仍看不清请送修",
            "Try a new roll (or ribbon), clean the print head and print again; if it stays faint, the repair shop",
        ),
        rows=("D2",),
    ),
)

PARTS = (
    Fault(
        "display_bad",
        Text("显示屏不亮、花屏或显示不全", "the display is dark, garbled or incomplete"),
        "repair_shop",
        False,
        SEND_IN,
        rows=("D4",),
    ),
    Fault(
        "keypad_bad",
        Text("键盘有按键失灵、粘连或错位", "keys are dead, stuck or swapped"),
        "technician",
        True,
        Text(
            "擦净键盘再测一次；仍不好就停用送修，不要再输密码",
            "Wipe the keypad and test once more; if it is no better stop using it, type no PIN, and send it to repair",
        ),
        rows=("D5", "D12"),
    ),
    Fault(
        "magnetic_reader_broken",
        Text("自检报告刷卡槽（磁条读卡器）坏", "the self-test reports the swipe slot (magnetic stripe) bad"),
        "repair_shop",
        False,
        Text("改用插卡或挥卡收款，并送修", "Take payments by chip or by tapping meanwhile, and send it to repair"),
        rows=("D1",),
    ),
    Fault(
        "chip_reader_broken",
        Text("自检报告插卡口（芯片读卡器）坏", "the self-test reports the chip slot bad"),
        "repair_shop",
        False,
        Text("改用挥卡或扫码收款，并送修", "Take payments by tapping or by code meanwhile, and send it to repair"),
        rows=("D1",),
    ),
    Fault(
        "contactless_reader_broken",
        Text("自检报告挥卡感应区坏", "the self-test reports the tap (contactless) reader bad"),
        "repair_shop",
        False,
        Text("改用插卡收款，并送修", "Take payments by chip meanwhile, and send it to repair"),
        rows=("D1",),
    ),
    Fault(
        "reader_mute",
        Text("终端对测试卡毫无反应", "the terminal does not react to the test card at all"),
        "repair_shop",
        False,
        Text(
            "换一种方式收款（插卡、挥卡或扫码），并送修更换读卡器",
            "Take payments another way (chip, tap or code), and have the reader replaced",
        ),
        rows=("D1",),
    ),
    Fault(
        "reader_dirty",
        Text("终端读测试卡时好时坏", "the terminal reads the test card only now and then"),
        "technician",
        True,
        Text(
            "用清洁卡清洁读卡口，再测一次；仍读不好就是磨损，请送修",
            "Clean the reader with a cleaning card and test again; if it is no better it is worn: the repair shop",
        ),
        rows=("D7", "D12"),
    ),
    Fault(
        "reader_worn",
        Text("读卡器清洁后仍读不好，已经磨损", "the reader is worn: cleaning did not help"),
        "repair_shop",
        False,
        Text("送修更换读卡器；期间改用别的方式收款", "Have the reader replaced; take payments another way meanwhile"),
        rows=("D7",),
    ),
    Fault(
        "reader_fallback",
        Text("芯片读不出，只能改刷磁条", "the chip is not read, only the stripe works"),
        "technician",
        True,
        Text(
            "擦净卡片芯片与插卡口，换一张卡再试；仍读不出芯片请送修",
            "Clean the card's chip and the slot, try another card; if no chip is read, the repair shop",
        ),
        rows=("D1",),
    ),
    Fault(
        "card_not_read",
        Text("终端读不出这张卡", "the terminal cannot read this card"),
        "technician",
        True,
        Text(
            "看清卡面方向再试一次，再换一张卡；换卡仍读不出，清洁读卡口",
            "Mind which way round the card goes and try again, then another card; if none is read, clean the reader",
        ),
        rows=("C2", "D7"),
    ),
    Fault(
        "storage_fault",
        Text("终端存储出错，交易记录可能丢失", "the terminal's storage has failed: payment records may be lost"),
        "repair_shop",
        False,
        Text(
            "立即停止收款；保留全部签购单，请收单机构提供本批次流水，再送修",
            "Stop taking payments; keep all slips, ask the acquirer for the list of this batch, then send it to repair",
        ),
        rows=("E6",),
    ),
    Fault(
        "battery_low",
        Text("电池电量不足，终端不再收款", "the battery is low, so the terminal takes no payment"),
        "merchant",
        True,
        Text(
            "接上原装充电器充电半小时，再做一次检查",
            "Charge it with its own charger for half an hour, then check again",
        ),
        rows=("D3",),
    ),
    Fault(
        "battery_worn",
        Text("电池老化，充满也用不久", "the battery is worn and does not last"),
        "repair_shop",
        False,
        Text("更换原厂电池；之前一直接着充电器使用", "Have the battery replaced; until then leave it on its charger"),
        rows=("D3",),
    ),
    Fault(
        "tampered",
        Text("终端报告被拆动（防拆触发），密钥已清除", "the terminal says it was opened (tamper): its keys are erased"),
        "repair_shop",
        False,
        Text(
            "立即停用，不要重试、不要重启、不要拆机；登记时间后送修，修好后重新灌密钥并激活",
            "Stop using it: do not retry, restart or open it. Note the time and send it to the repair shop; it then "
            "needs new keys and a new activation",
        ),
        rows=("C3", "D13"),
    ),
    Fault(
        "wrong_part",
        Text("终端里有型号不符的部件", "a part of another model is built in"),
        "repair_shop",
        False,
        Text("停用并送修，由维修站换回原厂部件", "Stop using it; the repair shop fits the original part"),
        rows=("D13",),
    ),
    Fault(
        "self_test_failed",
        Text("终端自检不通过，没有说明是哪个部件", "the self-test failed and does not say which part"),
        "technician",
        True,
        Text(
            "重启终端再自检一次，看屏幕或小票上写的部件；仍不通过请送修",
            "Restart it and run the self-test again, see which part the screen or slip names; if it fails again, the "
            "repair shop",
        ),
    ),
)

SYSTEM = (
    Fault(
        "clock_broken",
        Text("自检报告时钟故障", "the self-test reports the clock bad"),
        "repair_shop",
        False,
        Text("送修（多为时钟电池耗尽）", "Send it to the repair shop (most often the clock's own battery is empty)"),
    ),
    Fault(
        "clock_wrong",
        Text("终端时间差了 {offset}", "the terminal's clock is wrong by {offset}"),
        "technician",
        True,
        Text(
            "重新签到让终端对时，或在菜单里改正日期时间；几天后又错请送修",
            "Sign in again so that it takes the host's time, or set date and time in the menu; if it is wrong again "
            "after some days, the repair shop",
        ),
    ),
    Fault(
        "old_software",
        Text("终端软件版本过旧，须先更新", "the terminal's software is too old and must be updated first"),
        "technician",
        False,
        Text(
            "先结算，再在菜单里选软件更新并等到重启完成，然后签到；没有更新可下载时找收单机构",
            "Settle first, then choose the software update in the menu, wait for its restart and sign in; if there is "
            "nothing to download ask the acquirer",
        ),
        rows=("E1", "E3"),
    ),
)

BATCH = (
    Fault(
        "batch_full",
        Text("批次已满，不结算就不能再收款", "the batch is full: no payment until it is settled"),
        "merchant",
        False,
        Text(
            "在终端上做批结算，对好账单，再签到", "Settle the batch at the terminal, compare the totals, then sign in"
        ),
    ),
    Fault(
        "settlement_unfinished",
        Text("上次结算没有做完，终端不再收款", "the last settlement was not finished: no payment until it is"),
        "merchant",
        True,
        Text("在终端上再做一次批结算，等它打出结算单", "Settle once more at the terminal and wait for its totals slip"),
    ),
    Fault(
        "pending_reversal",
        Text(
            "上一笔交易结果不明，终端还要把它冲回（冲正）",
            "a payment is in doubt: the terminal still has to take it back",
        ),
        "technician",
        False,
        Text(
            "不要重做这笔交易：先连通网络并签到让冲正发出，再看最近一张签购单，问清后才重收",
            "Do not repeat that payment: get the network going and sign in so that it is taken back, look at the last "
            "slip, and only then charge again",
        ),
        rows=("F5",),
    ),
    Fault(
        "reversal_delivered",
        Text(
            "有一笔中断的交易刚随签到冲正，钱没有收到",
            "a payment that was cut off has just been taken back: it was not taken",
        ),
        "merchant",
        False,
        Text(
            "对照最近的签购单：这笔钱没有收到，请顾客重新付款，并作废手里的旧单",
            "Compare with the last slips: this money was not taken. The customer pays again; void the old slip",
        ),
        rows=("F5",),
    ),
    Fault(
        "unresolved_payment",
        Text("有交易结果不明，要人工查清", "payments are in doubt and have to be cleared up by people"),
        "acquirer",
        False,
        Text(
            "不要重做这些交易；把流水号报给收单机构，核对后再退或补",
            "Do not repeat them; tell the acquirer their trace numbers and put them right once both have compared",
        ),
        rows=("F5",),
    ),
)


OWN_READER = (
    Fault(
        "own_reader_missing",
        Text("找不到技术员自己的读卡器：{what}", "the technician's own card reader is not there: {what}"),
        "technician",
        True,
        Text(
            "插好读卡器并装好驱动，再做一次检查；不需要时加 --no-reader",
            "Plug the reader in and install its driver, then check again; where none is needed use --no-reader",
        ),
        blame="bench",
    ),
    Fault(
        "own_reader_mute",
        Text("测试卡在技术员的读卡器里没有反应", "the test card is mute in the technician's own reader"),
        "technician",
        True,
        Text(
            "擦净卡片触点、看清方向再试，再换一张测试卡；换卡也没反应就换读卡器",
            "Clean the card's contacts and try again the right way round, then another test card; if that is mute, "
            "another reader",
        ),
        blame="bench",
    ),
    Fault(
        "own_reader_bad",
        Text("技术员的读卡器或测试卡不可靠：{what}", "the technician's own reader or test card is unreliable: {what}"),
        "technician",
        True,
        Text(
            "换一张测试卡或换一个 USB 口再查；仍如此换读卡器",
            "Use another test card or USB socket and check again; else another reader",
        ),
        blame="bench",
    ),
)

DEVICE = (*PRINTER, *PARTS, *SYSTEM, *BATCH, *OWN_READER)
