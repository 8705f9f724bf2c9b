"""What a person sees or measures at the terminal: damage, danger, and checks that were not made.

Damage to the case, the glass or the keys lies on the security boundary, so the repair shop mends it.  What may burn or
give a shock ends the check: nobody should go on touching it for the sake of a record.
"""

from __future__ import annotations

from protocols.text import Text

from ..model import Fault

DAMAGED = (
    Fault(
        "damaged_case",
        Text("外壳或仓盖破损", "the case or the printer door is damaged"),
        "repair_shop",
        False,
        Text(
            "停用并送修更换外壳；不要自己粘补或拆开", "Stop using it and have the case replaced; do not glue or open it"
        ),
        rows=("D6",),
    ),
    Fault(
        "damaged_display",
        Text("显示屏玻璃有裂纹", "the display's glass is cracked"),
        "repair_shop",
        False,
        Text("停用并送修更换显示屏", "Stop using it and have the display replaced"),
        rows=("D4",),
    ),
    Fault(
        "damaged_keypad",
        Text("键盘有缺键、卡键或错位", "keys are missing, stuck or displaced"),
        "repair_shop",
        False,
        Text("停用并送修；不要在上面输密码", "Stop using it, type no PIN on it, and send it to the repair shop"),
        rows=("D5",),
    ),
    Fault(
        "damaged_reader",
        Text("读卡口有异物或加装物", "something is in the card slots, or was added to them"),
        "acquirer",
        False,
        Text(
            "立即停用，不要拔除，拍照后报收单机构（可能是盗刷装置）；确认只是异物才清理",
            "Stop using it, leave it as it is, take a picture and call the acquirer: it may be a skimmer. Clean the "
            "slot only when it is sure to be mere dirt",
        ),
        rows=("D12",),
    ),
    Fault(
        "damaged_cable",
        Text("电源线或数据线破损、松动", "the power or data cable is damaged or loose"),
        "technician",
        True,
        Text(
            "换一根同规格的线，插紧两端，再做一次检查",
            "Fit another cable of the same kind, plug it in firmly, check again",
        ),
        rows=("D9",),
    ),
    Fault(
        "damaged_adapter",
        Text("电源插头或适配器破损、过热变色", "the plug or the adapter is damaged, or shows signs of heat"),
        "technician",
        False,
        Text(
            "从插座拔下，停用，换原装适配器后再查", "Unplug it, stop using it, and check again with an original adapter"
        ),
        ends=True,
        rows=("D9",),
    ),
    Fault(
        "damaged_battery",
        Text("电池鼓包或漏液", "the battery is swollen or leaks"),
        "repair_shop",
        False,
        Text(
            "立即停用，拔掉充电器，不要按压、充电或邮寄，放到不怕火的地方，请维修站处理",
            "Stop using it, take it off the charger; do not press, charge or post it. Keep it away from anything that "
            "burns until the repair shop takes it",
        ),
        ends=True,
        rows=("D3",),
    ),
    Fault(
        "damaged_outlet",
        Text("插座松动、烧焦或接线不对", "the socket is loose, burnt or wired wrongly"),
        "merchant",
        False,
        Text(
            "不要再用这个插座，请电工修理；终端换到另一个好插座上再查",
            "Do not use this socket, call an electrician; plug the terminal into a good one and check again",
        ),
        rows=("D9",),
    ),
)

LEFT_OUT = (
    Fault(
        "visual_missing",
        Text("外观检查没有做全", "the visual check was not completed"),
        "technician",
        True,
        Text("补看没看的项目，再做一次检查", "Look at what was left out and run the check again"),
    ),
    Fault(
        "electrical_missing",
        Text("电气安全检查没有做", "the electrical safety check was left out"),
        "technician",
        True,
        Text("补测电气项目并填入数值", "Measure what is missing and enter the figures"),
        rows=("D10",),
    ),
    Fault(
        "electrical_expired",
        Text("电气安全检查已过有效期", "the electrical safety check is out of date"),
        "technician",
        True,
        Text("重新测量电气项目并填入数值", "Measure again and enter the figures"),
        rows=("D10",),
    ),
)

OUT_OF_LIMITS = (
    Fault(
        "electrical_danger",
        Text("绝缘或接地不合格，有触电危险", "insulation or earth is out of its limits: danger of electric shock"),
        "repair_shop",
        False,
        Text(
            "立即从插座拔下并停用，贴上“禁止使用”；换新适配器或送修，合格后再用",
            "Unplug it, stop using it and label it; use it again only when a new adapter or the repair shop has put it "
            "right",
        ),
        ends=True,
    ),
    Fault(
        "supply_wrong",
        Text("插座电压超出范围", "the voltage at the socket is out of its limits"),
        "merchant",
        False,
        Text(
            "拔下终端，请电工或物业检查供电；电压正常后再查",
            "Unplug the terminal and have an electrician look at the supply; check again when it is right",
        ),
        ends=True,
        rows=("D8",),
    ),
    Fault(
        "adapter_weak",
        Text("适配器输出电流不够，打印时可能断电", "the adapter is too weak: the terminal may go off while it prints"),
        "technician",
        True,
        Text("换成原装适配器，再做一次检查", "Fit the terminal's original adapter and check again"),
        rows=("D8",),
    ),
)

LOOK = (*DAMAGED, *LEFT_OUT, *OUT_OF_LIMITS)
