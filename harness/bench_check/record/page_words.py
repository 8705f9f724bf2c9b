"""The words of the page."""

from __future__ import annotations

from protocols.text import Text

TITLE = Text("终端上门检测记录", "Bench check record")
BRAND = Text("posrig 上门检测", "posrig bench check")
WHOLES = {
    "passed": Text("通过", "PASSED"),
    "failed": Text("不通过", "FAILED"),
    "incomplete": Text("不完整", "INCOMPLETE"),
}
TALLY = Text(
    "{passed} 项通过 · {failed} 项不通过 · {open} 项无法检查",
    "{passed} passed · {failed} failed · {open} not possible",
)
MERCHANT = Text("商户", "Merchant")
SN = Text("序列号", "Serial number")
TID = Text("终端号", "Terminal number")
MID = Text("商户号", "Merchant number")
MODEL = Text("机型", "Model")
SOFTWARE = Text("软件版本", "Software")
CHECKED = Text("检测时间", "Checked")
TECHNICIAN = Text("技术员", "Technician")
CONNECTED = Text("连接", "Connection")
UNKNOWN = Text("—", "—")

NEXT = Text("下一步", "Next")
CAUSES = Text("诊断", "Diagnosis")
TIED = Text("前 {count} 个原因目前分不清。", "The first {count} cannot be told apart yet.")
NEXT_TEST = Text("要分清：{what}", "To tell them apart: {what}")
BECAUSE = Text("依据：{what}", "Because: {what}")
MORE_CAUSES = Text("另有 {count} 个原因，见 JSON 记录", "{count} more causes: see the JSON record")
MISSING = Text("还差", "Missing")
CHECKS = Text("检查项目", "Checks")
SINCE = Text("与上次相比", "Since the last visit")
TRENDS = Text("历次变化", "Over all visits")
SUPPORT = Text("报给客服", "For the support line")
RETRY = {True: Text("之后可重试", "then try again"), False: Text("处理好之前不要重试", "do not try again before")}
TODO = Text("{actor}（{retry}）：{action}", "{actor} ({retry}): {action}")
LIMITS = {
    (True, True): Text("限 {low}～{high}", "limits {low} to {high}"),
    (True, False): Text("限 ≥ {low}", "limit ≥ {low}"),
    (False, True): Text("限 ≤ {high}", "limit ≤ {high}"),
}
FIGURE = Text("{name} {value}", "{name} {value}")
FIGURE_LIMITS = Text("{name} {value}（{limits}）", "{name} {value} ({limits})")
JOINT = Text("；", "; ")
CODE = Text(
    '证据码：手机扫描即得文字。核对：bench-check --evidence "文字" --page 记录.json',
    'Evidence code: any phone shows its text. To compare: bench-check --evidence "TEXT" --page RECORD.json',
)
SIGN_TECHNICIAN = Text("技术员签字", "Technician's signature")
SIGN_MERCHANT = Text("商户签字", "Merchant's signature")
DATE = Text("日期", "Date")
FOOT = Text(
    "记录 {id} · posrig {program} · 指纹 {digest} · 纸面可能有省略，全文见 JSON 记录",
    "Record {id} · posrig {program} · fingerprint {digest} · shortened for paper; the JSON record has everything",
)
PRINT = Text("打印（A4 一张）", "Print (one A4 sheet)")
