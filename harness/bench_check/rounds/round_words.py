"""What a round says, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from protocols.text import Text

TITLE = Text("巡检记录表", "Record sheet of an inspection round")
PRINTED = Text("制表 {at}", "as of {at}")
OVERDUE = Text("逾期", "overdue")
TALLY = Text("共 {all} 台：{parts}", "{all} terminals: {parts}")
WHO = Text("（{actor}）", " ({actor})")
SHEET_COLUMNS: Sequence[Text] = (
    Text("序号", "No."),
    Text("序列号 / 终端号", "Serial no. / TID"),
    Text("商户、地址", "Merchant, address"),
    Text("联系人、电话", "Contact, phone"),
    Text("期限", "Due"),
    Text("结果", "Result"),
    Text("发现", "Found"),
    Text("下一步", "Next"),
    Text("技术员", "Technician"),
)
SIGNATURES: Sequence[Text] = (
    Text("技术员签字", "Technician"),
    Text("复核", "Checked by"),
    Text("日期", "Date"),
)

ALL_DONE = Text("这一轮巡检已全部完成", "All terminals of this round are done")
ASK = Text(
    "检查哪一台？输入序号或序列号；0 = 接上什么查什么；序号=原因 为跳过（如 3=停业）；q = 结束",
    "Which terminal? Its number in the list or serial number; 0 = whatever is at the cable; "
    "NUMBER=REASON leaves one out (as 3=closed); q = stop",
)
NOT_OURS = Text(
    "线缆上的终端是 {seen}，不是 {meant}；{meant} 仍算未查",
    "The terminal at the cable is {seen} and not {meant}, which stays open",
)
NOT_LISTED = Text(
    "终端 {seen} 不在清单中；结果只记在它自己的历史里",
    "Terminal {seen} is not in the list; the result is in its own history alone",
)
CHOOSE_IT = Text("要检查线缆上的这一台，请选 {number}", "To check the one at the cable choose {number}")
BENCH = Text(
    "问题在电脑、线缆或读卡器，终端本身没有判断；这一台仍算未查",
    "The computer, the cable or the reader was at fault; the terminal was not judged and stays to be visited",
)
RECORDED = Text("已记录：{entry}：{status}", "Recorded: {entry}: {status}")
LEFT_OUT = Text("已跳过：{entry}：{reason}", "Left out: {entry}: {reason}")
WRITTEN = Text("已写出：{path}", "Written: {path}")
IMPORTED = Text(
    "已导入 {taken} 条结果；{kept} 条以本机的为准；{unknown} 条不在清单中",
    "{taken} results taken over; {kept} kept as they are here; {unknown} not in the list",
)
LIST_MADE = Text("清单来自交接包：{path}", "The list is from the hand-over: {path}")

CANNOT_WRITE = Text("写不了 {path}：{why}", "cannot write {path}: {why}")
CANNOT_READ = Text("读不了 {path}：{why}", "cannot read {path}: {why}")
OTHER_FOLDER = Text("检查磁盘空间与权限，或另选文件夹", "Look at the disk's space and rights, or choose another folder")
NO_HANDOVER = Text("{path} 不是完好的巡检交接包：{why}", "{path} is no intact hand-over of a round: {why}")
AGAIN = Text("请对方重新导出并重新拷贝", "Have it exported and copied once more")
OTHER_ROUND = Text("其中没有一台终端在 {name} 清单中", "none of its terminals is in the list {name}")
OTHER_ROUND_CURE = Text("检查清单与交接包是否属于同一轮巡检", "See whether list and hand-over are of the same round")
NOT_NAMED = Text("它没有 {name}", "it lacks {name}")
CHANGED = Text("{name} 被改动或损坏", "{name} was changed or damaged")
TOO_BIG = Text("{name} 过大", "{name} is too big")
