"""The words of the guide itself."""

from protocols.text import Text

GUIDE = Text("posrig 指南", "posrig guide")
LEAD = Text(
    "由程序的定义与每个场景的一次实际运行生成：报文、应答码、状态与故障。",
    "Made from the definitions of the program and from a run of every scenario: messages, codes, states, failures.",
)
FAILURES = Text("故障", "Failures")
MESSAGES = Text("报文", "Messages")
FIELDS = Text("域", "Fields")
REGISTER = Text("收银机接口", "Register")
CODES = Text("应答码", "Codes")
STATES = Text("状态", "States")
DIAGNOSIS = Text("诊断", "Diagnosis")
SEARCH = Text("搜索：编号、应答码、屏幕文字……", "Search: row, code, words on the screen ...")
SEARCH_LABEL = Text("搜索", "Search")
NO_HITS = Text("没有找到", "nothing found")
NEAREST = Text("没有完全相符的，最接近的是：", "Nothing has all of it; the nearest are:")
SKIP = Text("跳到正文", "Skip to the text")
LANGUAGES = {"zh": "中文", "en": "English"}
"""Each in itself, for whoever reads no other."""
CONTENTS = Text("本页内容", "On this page")
FAILURES_LEAD = Text(
    "文档所载的每种故障一页：怎样造成、各方看到什么、怎样区分、由谁处理、怎样恢复。",
    "One page for each documented failure: how it is caused, what each side sees, how it is told apart, who must act, "
    "and the remedy.",
)
MESSAGES_LEAD = Text(
    "每种报文由消息类型、域 3、域 25、域 60.1（管理类还有 60.3）确定；第一个值是发送时用的。",
    "Every kind of message is told by MTI, F3, F25, F60.1, and F60.3 for management; of several values the first is "
    "the one to send.",
)
FIELDS_LEAD = Text(
    "域的格式与长度，私有域的子域，报文头，激活所用的标签。",
    "Format and length of every field, the parts of private fields, the header, the tags of an activation.",
)
REGISTER_LEAD = Text(
    "收银机与终端之间的各种规程：命令、标签、状态与结果码、各厂商与规程不同之处。",
    "What register and terminal say to each other, in each protocol: commands, tags, states and result codes, and what "
    "vendors do otherwise.",
)
CODES_LEAD = Text(
    "域 39 的每个值：含义、类别、终端怎样做，以及哪些故障会出现它。单凭应答码不能确定故障。",
    "Every value of F39: its meaning, its category, what the terminal does, and the failures in which it is seen. A "
    "code alone never names the failure.",
)
STATES_LEAD = Text(
    "箭头上的数字见旁边的表。终端的生命周期取自程序的表；其余取自所有场景的运行：只有真正发生过的转移。",
    "The numbers on the arrows stand in the table beside each picture. The life cycle of the terminal is the program's "
    "table; the others are what the runs of all scenarios went through, and nothing else.",
)
DIAGNOSIS_LEAD = Text(
    "症状、它们支持与反对的原因、下一步检验，以及恢复阶梯。权重：3 证实，2 典型，1 相符，-1 反对，-3 排除。",
    "Symptoms, the causes for and against which they speak, the next tests, and the recovery ladder. Weights: 3 "
    "proves, 2 typical, 1 fits, -1 against, -3 rules out.",
)
HOW_CALLED = Text("用以下命令复现", "Cause it yourself")
DOCUMENTS = Text("见于文件", "Documents")
PHYSICAL = Text("实物台", "Physical bench")
PHYSICAL_YES = Text("可以运行", "runs there, too")
LOOKS = Text("看到什么", "What it looks like")
LOOKS_HOW = Text(
    "取自实际运行中从原因出现到开始处理之间；健康的一生中也有的不列。",
    "From a run, between the cause and the first step of the remedy; what a healthy life shows as well is left out.",
)
CAUSING = Text("怎样造成", "How it is caused")
TELLING = Text("怎样区分", "How to tell it apart")
REMEDY = Text("处理", "The remedy")
WHO = Text("由谁处理", "Who must act")
DIAGRAM = Text("时序图", "Sequence diagram")
SCENARIO = Text("场景文件", "The scenario file")
HARMLESS = Text("无害：不得诊断出故障", "harmless: no fault may be named")
AND_MORE = Text("另有 {count} 项，见时序图", "{count} more, see the diagram")
WIRE_ORDINARY = Text("报文与平时无异", "messages pass as ever")
WIRE_SILENT = Text("没有报文发出", "no message leaves the terminal")
SYMPTOM = Text("症状", "Symptom")
WEIGHT = Text("权重", "Weight")
SEEN_HERE = Text("本次运行中出现", "Seen in the run")
YES = Text("是", "yes")
NO = Text("否", "no")
SPEAKS_TOO = Text("也支持", "Speaks for, too")
SIDES_HEAD = Text("只凭一方所见", "From one side alone")
SIDE = Text("一方", "Side")
FIRST_GROUP = Text("首组原因", "First group")
SEES_NOTHING = Text("看不出异常；不能排除：", "sees nothing wrong, and cannot exclude: ")
NEXT_TEST = Text("下一步检验", "Next test")
ALIKE = Text("容易混淆的故障", "Failures that look alike")
SHARED = Text("共有", "Both show")
ONLY_THIS = Text("只证实 {row}", "Proves {row} only")
LADDER = Text("恢复阶梯", "Recovery ladder")
TESTS = Text("检验", "Tests")
PROOF_NOTE = Text(
    "补救之后的真实消费必须在主机账上恰好一次。",
    "After the remedy a real sale must stand in the host's ledger exactly once.",
)
KIND, MTI, NAME, FORMAT, LENGTH = (
    Text("报文", "Kind"),
    Text("消息类型", "MTI"),
    Text("名称", "Name"),
    Text("格式", "Format"),
    Text("长度", "Length"),
)
NEEDS_MAC = Text("MAC", "MAC")
REVERSED = Text("无应答则冲正", "Reversed if unanswered")
POSTING = Text("结算借贷", "Totals")
POSTINGS = {"debit": Text("借记", "debit"), "credit": Text("贷记", "credit")}
ONLY_IN = Text("仅限", "Only in")
SEEN_IN = Text("出现于", "Seen in")
MESSAGE_FAMILIES = {
    "financial": Text("金融交易", "Financial"),
    "reversal": Text("冲正", "Reversals"),
    "management": Text("管理", "Management"),
    "settlement": Text("结算与批上送", "Settlement and batch upload"),
    "notice": Text("通知", "Notices"),
}
SCANNED = Text("付款码", "customer's code")
FIELD_TABLE = Text("域表", "Field table")
PARTS = Text("域 {number} 的子域", "Parts of F{number}")
HEADER = Text("报文头中的处理要求", "What the header of a reply asks for")
ACTIVATION = Text("激活（60.3 = 101）", "Activation (60.3 = 101)")
ACTIVATION_STATES = Text("激活应答的状态", "States that an activation is told")
STAGES = Text("审核环节", "Stages of the review")
DEVICE_ITEMS = Text("终端硬件序列号信息（域 59 用法 A2）", "Device and serial number (F59, usage A2)")
USAGES = Text("域 59 的用法", "Usages of F59")
CHIP_TAGS = Text("域 55 的标签", "Tags of F55")
PARAMETERS = Text("域 62：终端参数", "F62: parameters of the terminal")
DOWNLOAD_TAGS = Text("域 62：下载中的 DF 标签", "F62: DF tags in downloads")
DIALECTS = Text("方言", "Dialects")
DIALECT_WHAT = Text("与 cup 不同之处", "What differs from cup")
TAG = Text("标签", "Tag")
VALUE = Text("值", "Value")
MEANING = Text("含义", "Meaning")
TYPE = Text("交易类型", "Transaction type")
RESULT = Text("结果码", "Result code")
STATUS = Text("结果", "Outcome")
PROTOCOL = Text("规程", "Protocol")
PROTOCOLS = Text("规程", "Protocols")
LINE = Text("速率（常用的在前）· 字符格式", "Rates, the usual one first · format")
OPERATION = Text("操作", "Operation")
OPERATIONS = Text("posrig drive 的操作与支持它的规程", "Operations of posrig drive, and the protocols that have them")
QUIRK = Text("配置名", "Profile")
QUIRKS = Text("厂商与规程不同之处（--quirk）", "What vendors do otherwise (--quirk)")
SETTINGS = Text("设置", "Settings")
SOURCE = Text("出处", "Source")
COMMANDS = Text("命令", "Commands")
PACKETS = Text("包类型（DF01）", "Kind of packet (DF01)")
SENDER = Text("发送方", "Sent by")
BASIS = Text("依据", "Basis")
BASES = {
    "seen": Text("见于公开程序或抓包", "seen in a public program or capture"),
    "assigned by posrig": Text("由 posrig 指定，未经证实", "assigned by posrig, unproven"),
}
STATES_OF_TERMINAL = Text("终端状态（05 01 的应答）", "States of the terminal (answer to 05 01)")
LOCK_CURE = Text("锁定时怎样解除", "Cure where it locks")
INTERMEDIATE = Text("中间状态", "Intermediate status")
CODE = Text("应答码", "Code")
CATEGORY = Text("类别", "Category")
TERMINAL_SHOWS = Text("终端显示", "The terminal shows")
TERMINAL_DOES = Text("终端处理", "What happens next")
NOT_ON_WIRE = Text("仅终端自己使用", "the terminal's own")
IN_FAILURES = Text("出现于故障", "Seen in failures")
REASONS = Text("主机所述原因", "The host's reason")
CHECKS = Text("主机的检查，依次进行", "The host's checks, in their order")
HOLDS = Text("暂停的种类", "Kinds of hold")
HOLD = Text("暂停", "Hold")
LIFE_CYCLE = Text("终端的生命周期", "The life cycle of a terminal")
FROM_TABLE = Text("取自程序的表", "from the program's table")
FROM_RUNS = Text("取自所有场景的运行", "from the runs of all scenarios")
NUMBER = Text("号", "No.")
EVENT = Text("事件", "Event")
FROM = Text("从", "From")
TO = Text("到", "To")
SPEAKS_FOR = Text("支持", "Speaks for")
SPEAKS_AGAINST = Text("反对", "Speaks against")
SYMPTOMS = Text("症状", "Symptoms")
PROBES = Text("下一步检验", "Next tests")
RUNG = Text("级", "Rung")
WHAT_TO_DO = Text("做什么", "What to do")
BEFORE, MEANWHILE, AFTER = Text("平时", "before"), Text("期间", "meanwhile"), Text("之后", "after")
ASKED_BY = Text("用于", "Asked for")

SIDES = {
    "terminal": Text("终端", "Terminal"),
    "register": Text("收银机", "Register"),
    "portal": Text("服务商门户", "Provider's portal"),
    "wire": Text("线路与报文", "Wire"),
    "host": Text("主机", "Host"),
}
"""From where a failure is looked at, in the order of the page."""

EVENTS = {
    "self_test_passed": Text("自检通过", "self-test passed"),
    "host_reached": Text("接通主机", "host reached"),
    "activation_granted": Text("激活获准", "activation granted"),
    "tmk_loaded": Text("主密钥已装载", "master key loaded"),
    "signed_in": Text("签到", "signed in"),
    "downloads_complete": Text("下载完成", "downloads complete"),
    "batch_full": Text("批次已满", "batch full"),
    "sign_in_required": Text("要求签到", "sign-in required"),
    "settlement_begun": Text("开始结算", "settlement begun"),
    "totals_answered": Text("总计已应答", "totals answered"),
    "settlement_abandoned": Text("放弃结算", "settlement abandoned"),
    "settlement_done": Text("结算完成", "settlement done"),
    "signed_off": Text("签退", "signed off"),
    "suspended_by_host": Text("被主机停用", "suspended by the host"),
    "reinstated": Text("恢复使用", "reinstated"),
    "unbound": Text("解绑", "unbound"),
    "tamper_detected": Text("触发自毁", "tamper detected"),
    "repaired": Text("修复", "repaired"),
    "apply": Text("申请", "applied for"),
    "handed_in": Text("草稿提交", "handed in"),
    "items_missing": Text("缺件", "items missing"),
    "registry": Text("工商信息不符", "not as registered"),
    "supplied": Text("补件", "items supplied"),
    "resubmitted": Text("重新提交", "resubmitted"),
    "stage_done": Text("环节完成", "stage done"),
    "dispatch": Text("发货", "dispatched"),
    "delivery": Text("送达", "delivery"),
    "carrier": Text("承运方宣布", "declared by the carrier"),
    "merchant": Text("商户报告", "reported by the merchant"),
    "activation": Text("激活", "activation"),
    "bind": Text("绑定", "bound"),
    "unbind": Text("解绑", "unbound"),
    "reported": Text("挂失", "reported"),
    "deregistered": Text("注销", "deregistered"),
    "deregister": Text("注销", "deregistration"),
    "sign_in": Text("签到", "sign-in"),
    "sign_off": Text("签退", "sign-off"),
    "material": Text("交材料", "material handed in"),
    "decided": Text("作出决定", "decided"),
    "deadline": Text("逾期", "deadline missed"),
    "time": Text("时间已到", "its time came"),
    "called_off": Text("取消", "called off"),
    "enable": Text("开通", "enabled"),
    "save_step": Text("保存一步", "a step is saved"),
}
"""Events of state diagrams; what is not here is shown by a state's word or as it is."""
