"""The words of the HTML page itself."""

from protocols.text import Text

LANGUAGE = Text("语言", "Language")
SUMMARY = Text("总览", "Summary")
ROWS = Text("场景", "Rows")
PROGRAM = Text("程序版本", "Program")
SEED = Text("种子", "Seed")
BENCH = Text("测试台", "Bench")
BENCHES = {
    "simulated": Text("模拟（虚拟时间）", "simulated (virtual time)"),
    "emulated": Text("仿真（真实进程）", "emulated (real processes)"),
    "physical": Text("实机", "physical"),
}
ALL_OK = Text("全部符合预期", "All as it must be")
SOME_BAD = Text("有不符合预期之处", "Not all as it must be")
NONE_RUN = Text("没有运行任何场景", "No row was run")
OF = Text("共", "of")
OK = Text("符合", "as it must be")
NOT_OK = Text("不符合", "not as it must be")
BROKEN = Text("运行中断", "broke off")
STATES = {
    "not_applicable": Text("不适用", "not applicable"),
    "not_done": Text("未做", "not done"),
}
"""Of rows that were not carried out."""
NOTES = Text("未做与未判定", "Not carried out, and not judged")
BROKE_OFF = Text("运行中断，以下只凭已有的记录", "The run broke off; what follows is from what was recorded until then")
MATRIX = Text("操作顺序矩阵", "Matrix of orders")
MATRIX_HOW = Text(
    "先做左列操作，再做上方操作：✓ 合法；T 终端拒绝；数字为主机拒绝的应答码；P 服务商拒绝；· 未运行。"
    "指向单元格可看出处。",
    "First the operation on the left, then the one on top: ✓ legal; T refused by the terminal; a code: refused by the "
    "host with it; P refused by the provider; · not played. Point at a cell for its source.",
)
GATES = {
    True: Text("终端交易前检查：开", "the terminal's gate: on"),
    False: Text("终端交易前检查：关（须由主机拒绝）", "the terminal's gate: off (the host must refuse)"),
}
FIRST_THEN = Text("先 ↓ 后 →", "first ↓ then →")
WRONG_CELLS = Text("不符的单元格", "Cells that are not as they must be")
EXPECTED_FOUND = Text("应为 {wanted}；实为 {found}", "expected {wanted}; found {found}")
SEQUENCES = Text("三步以内的非法序列（{count} 个）", "Illegal sequences of up to three ({count})")
SOURCES = Text("出处", "Sources")
CELLS_COUNT = Text("{count} 格", "{count} cells")
NOT_JUDGED = Text("未判定", "not judged")
ROW = Text("编号", "Row")
WHAT = Text("内容", "What")
RESULT = Text("结果", "Result")
DIAGNOSIS = Text("诊断", "Diagnosis")
EXPECTED = Text("应诊断为", "expected")
FOUND = Text("首位诊断", "named first")
NO_FAULT = Text("无故障", "no fault")
JUDGES = Text("不变式", "Invariants")
COURSE = Text("经过", "Course")
COURSE_MORE = Text("其余 {count} 步", "{count} more step(s)")
COURSE_STEPS = Text("{count} 步", "{count} step(s)")
COURSE_CUT = Text(
    "另有 {count} 步未列出（见轨迹文件）", "{count} more step(s) are not listed (the trace file has them)"
)
TO_DIAGRAM = Text("在时序图中", "in the diagram")
FAMILIES = {
    "A": Text("A 进件与审核", "A Application and review"),
    "B": Text("B 邮寄", "B Shipping"),
    "C": Text("C 操作", "C Operation"),
    "D": Text("D 硬件", "D Hardware"),
    "E": Text("E 软件", "E Software"),
    "F": Text("F 网络", "F Network"),
    "G": Text("G 主机与服务商", "G Host and provider"),
    "H": Text("H 合规、风控、费用", "H Compliance, risk, money"),
    "I": Text("I 商户二", "I Second merchant account"),
}
OTHER_ROWS = Text("其他场景", "Other rows")


def family_of(row: str) -> Text:
    """The family of a row of the catalogue (a letter and a number); OTHER_ROWS for any other id."""
    return FAMILIES.get(row[0], OTHER_ROWS) if row[1:].isdecimal() else OTHER_ROWS


VIRTUAL = Text("虚拟时长", "Virtual time")
WALL = Text("实际用时", "Wall time")
SECONDS = Text("秒", "s")
FAILURES = Text("不符合之处", "What was not as it must be")
CAUSE = Text("原因", "Cause")
SEEN = Text("现象", "Seen")
CURE = Text("处理", "Cure")
IMPACT = Text("影响", "Impact")
SPEAKS_FOR = Text("支持", "for")
SPEAKS_AGAINST = Text("反对", "against")
NOTHING = Text("无", "nothing")
LEVEL = Text("可信度", "level")
ACTOR = Text("由谁处理", "Who must act")
LADDER = Text("恢复阶梯", "Recovery ladder")
NO_MORE = Text("其他原因没有另外的证据", "Other causes, with no evidence of their own")
HIDDEN = Text("这一方看不到的原因，不能排除", "What this side cannot see, and so cannot exclude")
NEXT_TEST = Text("下一步检验", "Next test")
EVENT = Text("事件", "event")
EVENT_UNDRAWN = Text("图中未画，见轨迹文件", "not drawn; see the trace file")
DIAGRAM = Text("时序图", "Sequence diagram")
MESSAGES = Text("报文记录", "messages noted")
EVENTS_DRAWN = Text("已画事件", "events drawn")
EVENTS_NOT_DRAWN = Text("未画事件（存储、快照、连接等）", "events not drawn (records, snapshots, links ...)")
TRACE_FILE = Text("全部事件见", "All events:")
REPLAY = Text("重放命令", "Replay")
COPY = Text("复制", "Copy")
COPIED = Text("已复制", "Copied")
REPEATS = Text("以上 {period} 行再重复 {times} 次", "the same {period} line(s), {times} times more")
OMITTED = Text("省略 {count} 行（见轨迹文件）", "{count} line(s) left out (the trace file has them)")
HEX = Text("原始字节", "Octets")
HEX_CUT = Text("另有 {count} 字节未显示", "{count} more octets are not shown")
LINES_CUT = Text("另有 {count} 行未显示", "{count} more lines are not shown")
FIELDS = Text("各域", "fields")
FIELD = Text("域", "Field")
NAME = Text("名称", "Name")
VALUE = Text("值", "Value")
MEANING = Text("含义", "Meaning")
GUIDE = Text("指南：{row}", "Guide: {row}")
GUIDE_HOW = Text(
    "posrig guide 为每种故障生成一页说明；把它放在报告旁边，此后的报告会链接到它。",
    "posrig guide builds a page for each failure; with it beside this folder, the next report links to its pages.",
)
TO_TOP = Text("回到顶部", "Top")
LEGEND = Text("图例", "Legend")
LEGEND_ITEMS = (
    ("money", Text("金融交易", "financial")),
    ("reversal", Text("冲正", "reversal")),
    ("manage", Text("管理", "management")),
    ("settle", Text("结算", "settlement")),
    ("cable", Text("串口线", "register cable")),
    ("portal", Text("服务商门户", "provider's portal")),
    ("fault", Text("故障、丢失", "fault, loss")),
)
HOW_TO = Text("点开带 ▸ 的行可看逐域解释与原始字节。", "Lines with ▸ unfold: every field explained, and the octets.")
