"""What the screen says, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

TITLE = Text("posrig 终端", "posrig terminal")
PULLED_OUT = Text("线已拔出", "cable pulled")
DEVICE = Text("终端", "terminal")
SLOTS = Text("卡片", "cards")
PAPER = Text("纸", "paper")
HAPPENS = Text("经过", "what happens")
PARTS = Text("部件", "parts")

POWER_OFF = Text("（断电）", "(no power)")
IDLE = Text("请输入金额开始消费，或按 m 选择功能", "Type an amount to begin a sale, or press m for the menu")

LAMPS: Mapping[str, Text] = {
    "power": Text("电源", "power"),
    "line": Text("线路", "line"),
    "cable": Text("收银线", "cable"),
    "paper": Text("纸", "paper"),
    "battery": Text("电池", "battery"),
    "field": Text("感应", "field"),
    "tamper": Text("防拆", "tamper"),
}
"""In the order in which they stand."""

HOWS: Mapping[str, Text] = {
    "insert": Text("插入", "insert"),
    "swipe": Text("刷", "swipe"),
    "tap": Text("挥", "tap"),
    "scan": Text("扫码", "scan"),
    "key": Text("手工输入", "key in"),
}
IN_SLOT = Text("卡在卡槽中", "in the slot")
NOT_IN_SLOT = Text("卡在手上", "in the hand")
NO_READER = Text("本机不能这样读卡", "this terminal has no reader for that")
PIN = Text("密码 {pin}", "PIN {pin}")
"""A test card's own PIN: whoever plays the customer has to know it."""
PULLED = Text("插入，主机应答前拔出", "insert, pull out before the host answers")
MISREAD = Text("刷反", "swipe the wrong way round")
CHIP = Text("芯片有毛病", "something is wrong with its chip")
CHIP_FAULTS = Text("芯片的毛病（● 已有，再选即撤销）", "What is wrong with the chip (● is on; once more takes it back)")
CARDS = Text("选择测试卡", "Choose a test card")
ACT_WITH_CARD = Text("怎样出示", "How it is presented")

HINTS: tuple[tuple[str, str, Text], ...] = (
    ("menu", "m", Text("功能", "menu")),
    ("card", "c", Text("换卡", "card")),
    ("present('insert')", "i", Text("插", "insert")),
    ("present('swipe')", "s", Text("刷", "swipe")),
    ("present('tap')", "t", Text("挥", "tap")),
    ("pull", "x", Text("拔卡", "pull")),
    ("break_part", "b", Text("弄坏", "break")),
    ("mend", "n", Text("修好", "mend")),
    ("cable", "r", Text("收银线", "cable")),
    ("line", "h", Text("线路", "host line")),
    ("power", "p", Text("电源", "power")),
    ("wait", "w", Text("等待", "wait")),
    ("parts", "o", Text("部件", "parts")),
    ("language", "l", Text("English", "Chinese")),
    ("save", "S", Text("存场景", "save")),
    ("quit", "q", Text("退出", "quit")),
)
"""Action, key, what it does, as the line at the foot shows them."""

FUNCTIONS = Text("功能", "Functions")
BREAK = Text("弄坏什么（● 已坏）", "What breaks (● it is broken)")
MEND = Text("怎样修", "How it is mended")
HEALED = Text("撤销：{what}", "take back: {what}")
SERVICE = Text("送修：维修点打开机壳，修好一切，密钥清除", "Workshop: opened, all good again, keys erased")
LINE = Text("去主机的线路", "The line to the host")
WAIT = Text("过多久", "How much time passes")
SAVE = Text("存为场景文件", "Save as a scenario file")
FILE = Text("文件名 (.toml)", "file (.toml)")
SETTINGS = Text("设置（回车采用所示的值）", "Settings (ENTER takes what is shown)")

LINES: tuple[tuple[str, Text], ...] = (
    ("dial_no_line:times=100", Text("没有线路（无信号）", "no line (no signal)")),
    ("dial_refused:times=100", Text("主机拒绝连接", "the host refuses to be dialled")),
    ("down:times=100", Text("连接一建立就断", "every connection breaks at once")),
    ("drop:stream=upstream,frame=1,times=100", Text("去主机的报文丢失", "what is sent to the host is lost")),
    ("drop:stream=downstream,frame=1,times=100", Text("主机的应答丢失", "what the host answers is lost")),
    ("latency:latency=3000,times=100", Text("应答慢 3 秒", "answers are 3 seconds late")),
)
"""What can be wrong with the line at a key; all else by `--fault`."""
GOOD_LINE = Text("线路正常", "the line is good")

WAITS: tuple[tuple[str, Text], ...] = (
    ("10s", Text("10 秒", "10 seconds")),
    ("90s", Text("90 秒", "90 seconds")),
    ("10min", Text("10 分钟", "10 minutes")),
    ("1h", Text("1 小时", "1 hour")),
    ("12h", Text("12 小时", "12 hours")),
    ("1d", Text("1 天", "1 day")),
)

FIELDS: Mapping[str, Text] = {
    "amount_fen": Text("金额", "Amount"),
    "stan": Text("原凭证号", "Original trace number"),
    "batch": Text("原批次号", "Original batch"),
    "auth": Text("授权码", "Authorisation code"),
    "date": Text("原交易日期 MMDD", "Original date MMDD"),
    "rrn": Text("原参考号", "Original reference"),
    "operator": Text("操作员号", "Operator number"),
    "new": Text("新密码", "New password"),
}
"""Arguments that are typed on the keypad."""
TYPED = Text("确认键继续，取消键返回", "ENTER goes on, CANCEL goes back")

LABELS: Mapping[str, Text] = {
    "part": Text("部件", "the part"),
    "after_lines": Text("再印几行之后", "so many more lines come out first"),
    "ink_percent": Text("印出的浓度，百分比", "how black it still prints, percent"),
    "columns": Text("坏点的列数", "so many of its columns are dead"),
    "keys": Text("按键，以空格分隔", "the keys, with blanks between"),
    "uses": Text("再用几次", "used so many times more"),
    "cleanable": Text("能否擦净", "whether it can be cleaned"),
    "percent": Text("剩余容量，百分比", "the capacity that is left, percent"),
    "drop_percent": Text("发送时骤降，百分比", "how much of it goes when the radio sends, percent"),
    "at": Text("时刻", "the moment"),
    "op": Text("操作，空为任何操作", "the operation; empty: any"),
    "times": Text("次数，0 为每次", "how often; 0: each time"),
    "per_hour_us": Text("每开机一小时慢多少微秒", "slower by so many microseconds for each hour of uptime"),
    "per_sale_us": Text("每条流水慢多少微秒", "slower by so many microseconds for each entry of the log"),
    "what": Text("清空什么", "what is wiped"),
    "records": Text("损坏几条记录", "so many records are damaged"),
    "byte": Text("第几字节", "at which octet"),
    "authorised": Text("是否有资质", "whether by somebody authorised"),
    "id": Text("编号，空为新编号", "its number; empty: a new one"),
    "model": Text("型号，空为本机应有的", "its model; empty: the one that belongs there"),
    "lot": Text("批号", "its lot"),
}
"""Settings of what breaks, and arguments of what people do with their hands."""

UNSAVED = Text(
    "已记录 {count} 步，尚未保存：按 S 保存，再按 q 放弃并退出",
    "{count} recorded steps are not saved: S saves them, q again drops them and quits",
)
NO_NAME = Text("没有给出文件名，未保存", "no file name was given, nothing is saved")
RECORDED = Text("已记录 {count} 步", "steps recorded: {count}")
SAVING = Text("正在试运行 {path} …", "trying {path} ...")
SAVED = Text("已存 {path}，试运行符合（诊断：{row}）", "saved {path}; its run is as it must be (diagnosis: {row})")
SAVED_DIFFERS = Text("已存 {path}，但试运行不符：{why}", "saved {path}, but its run differs: {why}")
NOTHING_DONE = Text("还没有做过什么，无可保存", "nothing was done yet that could be saved")
NO_FAULT = Text("无故障", "no fault")
REFUSED = Text("做不到：{why}", "not possible: {why}")
NO_OPERATION = Text("终端空闲：此键无人等待", "the terminal is idle: nobody waits for this key")
TETHERED = Text(
    "此机型经收银机的线连主机：{port} 上没有收银机转发时，联机操作都不通",
    "this model reaches its host through the register: without one at {port} that passes it on, nothing goes online",
)
NO_TERMINAL = Text("--screen 需要一个可用的控制台", "--screen needs a console that it can draw in")
NO_TERMINAL_CURE = Text(
    "在终端窗口中运行，不要重定向输入输出", "Run it in a terminal window, with input and output not redirected"
)
