"""Words for machines, what they are about, and their states, as traces name them."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

from .provider_words import PROVIDER_STATES
from .words import joined, word

MACHINES: Mapping[str, Text] = {
    "life_cycle": Text("生命周期", "life cycle"),
    "session": Text("会话", "session"),
    "application": Text("申请", "application"),
    "device": Text("设备", "device"),
    "draft_step": Text("草稿步骤", "step of a draft"),
    "review_stage": Text("审核环节", "review stage"),
    "batch_upload": Text("批上送", "batch upload"),
    "batch": Text("批次", "batch"),
    "parcel": Text("包裹", "parcel"),
    "merchant": Text("商户", "merchant"),
    "appeal": Text("申诉", "appeal"),
    "invoice": Text("账单", "invoice"),
    "hold": Text("暂停", "hold"),
    "notice": Text("公告", "announcement"),
    "contract": Text("合同", "contract"),
    "host_version": Text("主机版本", "host version"),
    "device_version": Text("终端应用版本", "application version"),
    "terminal": Text("终端", "terminal"),
    "reversal": Text("冲正", "reversal"),
    "preauth": Text("预授权", "pre-authorisation"),
    "queue": Text("排队", "queue"),
    "account": Text("另一商户", "further account"),
    "update": Text("软件更新", "software update"),
    "version_demand": Text("要求的应用版本", "version demanded"),
    "version_vulnerable": Text("有漏洞的应用版本", "vulnerable version"),
    "lot": Text("生产批号", "production lot"),
    "chip": Text("芯片卡", "chip card"),
    "chip_application": Text("芯片应用", "chip application"),
    "chip_pin": Text("芯片内的密码", "the chip's PIN"),
}
"""What goes through states; most of them are the provider's."""

STATES: Mapping[str, Text] = {
    name: Text(zh, name.replace("_", " "))
    for name, zh in (
        ("unboxed", "开箱"),
        ("voided", "已撤销"),
        ("reversed", "已冲正"),
        ("completed", "已完成"),
        ("self_tested", "已自检"),
        ("connected", "已联网"),
        ("activated", "已激活"),
        ("keyed", "已装主密钥"),
        ("signed_in", "已签到"),
        ("ready", "可交易"),
        ("must_settle", "须结算"),
        ("must_sign_in", "须签到"),
        ("settling", "结算中"),
        ("batching", "批上送中"),
        ("signed_off", "已签退"),
        ("suspended", "已停用"),
        ("tampered", "已触发自毁"),
        ("draft", "草稿"),
        ("submitted", "已提交"),
        ("in_review", "审核中"),
        ("incomplete", "资料不全"),
        ("queued", "排队中"),
        ("rejected", "已驳回"),
        ("approved", "已通过"),
        ("withdrawn", "已撤回"),
        ("closed", "已关闭"),
        ("open", "已开通"),
        ("documents", "资料审核"),
        ("risk", "风控审核"),
        ("bank_approval", "银行审批"),
        ("not_shipped", "未发货"),
        ("in_transit", "运输中"),
        ("delivered", "已签收"),
        ("lost", "丢失"),
        ("stolen", "被盗"),
        ("returned", "已退回"),
        ("blocked", "已锁定"),
        ("usable", "可用"),
        ("unbound", "未绑定"),
        ("bound", "已绑定"),
        ("pending", "待处理"),
        ("unresolved", "未决"),
        ("never", "从未"),
        ("in", "已登录"),
        ("off", "已退出"),
        ("ended", "已结束"),
        ("unknown", "未知"),
        ("good", "正常"),
        ("broken", "故障"),
        ("keyboard", "键盘"),
        ("pin_pad", "密码键盘"),
        ("reader", "读卡器"),
        ("printer", "打印机"),
        ("display", "显示屏"),
        ("storage", "存储器"),
        ("first", "首次启动"),
        ("first_start", "首次启动"),
        ("power_on", "上电"),
        ("power_fail", "掉电"),
        ("battery_empty", "电量耗尽"),
        ("crash", "应用崩溃"),
        ("watchdog", "看门狗复位"),
        ("restart", "重启"),
        ("update", "升级"),
        ("roll_back", "退回原版本"),
        ("host", "主机线路"),
        ("register", "收银机线路"),
        ("merchant", "商户存根"),
        ("reprint", "重打印"),
        ("test", "测试"),
        *PROVIDER_STATES.items(),
    )
}
"""States, parts and causes of a start, as traces name them."""

OF_MACHINE: Mapping[str, Mapping[str, Text]] = {
    "draft_step": {
        "licence": Text("营业执照", "licence"),
        "identity": Text("身份证明", "identity"),
        "account": Text("结算账户", "bank account"),
        "premises": Text("经营场所", "premises"),
        "contract": Text("签约", "contract"),
        "short": Text("简化申请表", "short form"),
    },
    "queue": {
        "review": Text("等审核", "for review"),
        "dispatch": Text("等发货", "for dispatch"),
        "activation": Text("等激活", "for activation"),
        "review normal": Text("等审核，依次", "for review, in turn"),
        "review priority": Text("等审核，加急", "for review, expedited"),
        "dispatch normal": Text("等发货，依次", "for dispatch, in turn"),
        "dispatch priority": Text("等发货，加急", "for dispatch, expedited"),
        "activation normal": Text("等激活，依次", "for activation, in turn"),
        "activation priority": Text("等激活，加急", "for activation, expedited"),
        "": Text("开始办理", "taken up"),
    },
    "hold": {"": Text("已解除", "lifted")},
}
"""What a state is called where its name is another's, or where it has none."""

SUBJECTS: Mapping[str, Text] = {
    "all": Text("全部", "all"),
    "institution": Text("机构", "institution"),
    "merchant": Text("商户", "merchant"),
    "terminal": Text("终端", "terminal"),
    "sn": Text("序列号", "serial number"),
    "model": Text("机型", "model"),
    "firmware": Text("固件", "firmware"),
    "lot": Text("批号", "lot"),
    "host": Text("主机", "host"),
}
"""What a change is about, alone or before a colon."""


def state(machine: object, name: object) -> Text:
    """The word for a state of `machine`."""
    own = OF_MACHINE.get(str(machine), {}).get(str(name or ""))
    return own or word(STATES, name)


def subject(name: str) -> Text:
    """`merchant:898...` to 商户 898... / merchant 898..."""
    kind, colon, rest = name.partition(":")
    if kind in SUBJECTS:
        return joined(SUBJECTS[kind], rest, by=" ") if colon else SUBJECTS[kind]
    return STATES.get(name) or Text(name, name)
