"""The options of `bench-check` in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from protocols.text import Text

Kind = Literal["value", "flag", "many", "optional"]


class Row(NamedTuple):
    """One option."""

    options: tuple[str, ...]
    dest: str
    words: Text
    metavar: str = ""
    kind: Kind = "value"


USAGE_WORDS = Text("用法：", "usage: ")
HELP = Text(
    "五分钟上门检测：插上终端，运行 bench-check，按提示回答。\n"
    "它找出哪里坏了、该谁处理、下一步做什么，并留下一页记录。不带任何参数即可使用。",
    "Five minutes at the counter: plug the terminal in, run bench-check, answer what it asks.\n"
    "It tells what is wrong, who must act and what to do next, and leaves a page as a record. No option is needed.",
)
EPILOG = Text(
    "退出码：0 通过，1 终端未通过（或检查不完整），2 用法错误，\n"
    "3 本机（电脑、线缆、读卡器）有问题，130 被 Ctrl-C 中断（可继续）。\n\n"
    "示例：\n"
    "  bench-check\n"
    "  bench-check --port COM5 --technician 张工\n"
    "  bench-check --port tcp:127.0.0.1:20007 --yes --answers answers.toml --json -\n"
    "  bench-check --round 巡检.csv\n"
    "  bench-check --drill",
    "Exit status: 0 passed, 1 the terminal failed (or the check is incomplete), 2 usage, 3 the bench itself\n"
    "(computer, cable, reader) is broken, 130 stopped by Ctrl-C (and can be gone on with).\n\n"
    "Examples:\n"
    "  bench-check\n"
    "  bench-check --port COM5 --technician Wang\n"
    "  bench-check --port tcp:127.0.0.1:20007 --yes --answers answers.toml --json -\n"
    "  bench-check --round terminals.csv\n"
    "  bench-check --drill",
)
GROUP_WORDS: Mapping[str, Text] = {
    "terminal": Text("终端在哪里", "where the terminal is"),
    "checks": Text("检查什么", "what is checked"),
    "money": Text("试交易（默认不做）", "test payments (none by default)"),
    "answers": Text("谁来回答", "who answers"),
    "record": Text("记录", "the record"),
    "other": Text("其他用途", "other uses"),
    "general": Text("通用", "general"),
}
ROWS: Mapping[str, Sequence[Row]] = {
    "terminal": (
        Row(
            ("--port",),
            "port",
            Text(
                "串口（COM5、/dev/ttyUSB0、usb:序列号）或 tcp:地址:端口；默认自动寻找",
                "a port (COM5, /dev/ttyUSB0, usb:NUMBER) or tcp:ADDR:PORT; found by default",
            ),
            "PORT",
        ),
        Row(
            ("--protocol",),
            "protocol",
            Text("收银接口规程；默认自动识别", "what the terminal speaks; found by default"),
            "NAME",
        ),
        Row(
            ("--baud", "--line"),
            "baud",
            Text(
                "应有的速率，如 9600 或 9600-8N1；默认自动识别",
                "the rate that it should have, as 9600 or 9600-8N1; found by default",
            ),
            "RATE",
        ),
        Row(
            ("--quirk",),
            "quirks",
            Text("厂商的特殊做法，可多次给出", "what its vendor does otherwise; may be given several times"),
            "NAME",
            "many",
        ),
        Row(("--sn",), "sn", Text("终端序列号（机身标签）", "its serial number (on the label)"), "SN"),
        Row(
            ("--service",),
            "service",
            Text(
                "仿真终端的控制接口；有它就不用人看终端",
                "the control interface of an emulated terminal; with it nobody has to look",
            ),
            "ADDR:PORT",
        ),
        Row(("--token-file",), "token_file", Text("控制接口的令牌文件", "the file with its token"), "FILE"),
    ),
    "checks": (
        Row(
            ("--host",),
            "host",
            Text("收单机构主机；检查能否连上", "the provider's host; whether it can be reached"),
            "ADDR:PORT",
        ),
        Row(("--tls",), "tls", Text("该主机使用 TLS", "that host speaks TLS"), kind="flag"),
        Row(
            ("--portal",),
            "portal",
            Text("收单机构的商户平台；查询审核、停用等状态", "the provider's portal; tells reviews, suspensions ..."),
            "ADDR:PORT",
        ),
        Row(
            ("--reader",),
            "reader",
            Text("要检查的读卡器（名称的一部分）", "the card reader to check (part of its name)"),
            "NAME",
        ),
        Row(
            ("--no-reader",),
            "no_reader",
            Text("不检查电脑上的读卡器", "leave the computer's card reader alone"),
            kind="flag",
        ),
        Row(
            ("--repeats",),
            "repeats",
            Text("线缆质量测试的次数，默认 50", "how often the cable is tried; default 50"),
            "N",
        ),
        Row(
            ("--only",),
            "only",
            Text("只做这些检查或分组，逗号分隔", "only these checks or groups, with commas"),
            "NAME",
            "many",
        ),
        Row(("--skip",), "skip", Text("不做这些检查或分组", "leave these checks or groups out"), "NAME", "many"),
    ),
    "money": (
        Row(
            ("--test-sale",),
            "test_sale",
            Text("允许一笔试消费并立即撤销，如 0.01", "allow a test sale, as 0.01, which is voided at once"),
            "AMOUNT",
        ),
        Row(
            ("--settle",),
            "settle",
            Text("允许批结算（结束当前批次）", "allow a settlement, which closes the batch"),
            kind="flag",
        ),
        Row(
            ("--local-host",),
            "local_host",
            Text(
                "用本机的测试主机代替收单机构（终端资料文件）",
                "a test host of this computer instead of the provider (a provisioning file)",
            ),
            "FILE",
        ),
        Row(
            ("--listen",),
            "listen",
            Text("测试主机的监听地址，默认 127.0.0.1:0", "where the test host listens; default 127.0.0.1:0"),
            "ADDR:PORT",
        ),
        Row(
            ("--host-address",),
            "host_address",
            Text("经收银机上网的终端的主机地址", "where host traffic goes that comes through the cable"),
            "ADDR:PORT",
        ),
    ),
    "answers": (
        Row(
            ("--yes",),
            "yes",
            Text("无人值守：有正常答案的问题都按正常回答", "unattended: whatever has a good answer is answered by it"),
            kind="flag",
        ),
        Row(("--answers",), "answers", Text("答案文件（TOML）", "a file of answers (TOML)"), "FILE"),
        Row(
            ("--resume",),
            "resume",
            Text("继续中断的检查，不再询问", "go on with an interrupted check without asking"),
            kind="flag",
        ),
        Row(("--new",), "new", Text("重新开始，不继续中断的检查", "begin anew"), kind="flag"),
        Row(
            ("--technician",),
            "technician",
            Text("技术员姓名，写入记录", "the technician's name, for the record"),
            "NAME",
        ),
        Row(("--merchant",), "merchant", Text("商户名称，写入记录", "the merchant's name, for the record"), "NAME"),
    ),
    "record": (
        Row(("--record",), "record", Text("记录页存放的文件夹", "the folder for the record's page"), "DIR"),
        Row(
            ("--no-record",),
            "no_record",
            Text("不写记录页（历史仍保留）", "write no page (the history is kept all the same)"),
            kind="flag",
        ),
        Row(("--pdf",), "pdf", Text("同时生成 PDF（需要浏览器）", "a PDF, too (takes a browser)"), kind="flag"),
        Row(
            ("--json",),
            "json_to",
            Text("结果写成 JSON；- 为标准输出", "write the result as JSON; - for standard output"),
            "FILE",
        ),
        Row(("--data",), "data", Text("历史与进度的文件夹", "the folder of history and progress"), "DIR"),
        Row(("--page",), "page", Text("由 JSON 记录重新生成记录页", "make the page of a JSON record again"), "FILE"),
        Row(
            ("--evidence",),
            "evidence",
            Text(
                "解读记录页上二维码的内容；与 --page 同用则核对",
                "explain the text of a record's QR code; with --page, compare",
            ),
            "TEXT",
        ),
        Row(
            ("--history",),
            "history",
            Text("查看历史：全部终端，或一台", "the history of all terminals, or of one"),
            "SN",
            "optional",
        ),
    ),
    "other": (
        Row(("--round",), "round", Text("巡检：按 CSV 清单逐台检查", "an inspection round by a CSV list"), "FILE"),
        Row(
            ("--entry",),
            "entry",
            Text(
                "巡检：直接检查清单中的这一台（序号或序列号）",
                "round: this terminal of the list (its number or serial number)",
            ),
            "N|SN",
        ),
        Row(
            ("--skip-entry",),
            "skip_entry",
            Text("巡检：跳过一台并注明原因，如 3=停业", "round: leave one out with the reason, as 3=closed"),
            "N=WHY",
        ),
        Row(("--sheet",), "sheet", Text("巡检：生成巡检记录表", "round: make its record sheet"), kind="flag"),
        Row(("--export",), "export", Text("巡检：导出交接包", "round: export for hand-over"), "FILE"),
        Row(
            ("--import",),
            "import_from",
            Text("巡检：导入别人的交接包", "round: take over what somebody else exported"),
            "FILE",
        ),
        Row(
            ("--drill",),
            "drill",
            Text("演练：在仿真终端上练习找故障", "the drill: find faults of an emulated terminal"),
            "LESSON",
            "optional",
        ),
        Row(("--level",), "level", Text("演练难度 1 到 3", "drill: how hard, 1 to 3"), "N"),
        Row(("--seed",), "seed", Text("演练：使其可重复", "drill: makes it repeatable"), "N"),
        Row(("--scores",), "scores", Text("演练：查看成绩", "drill: the scores so far"), kind="flag"),
    ),
    "general": (
        Row(
            ("--config",),
            "config",
            Text(
                "设置文件（TOML）；默认用户配置目录下的 bench-check.toml",
                "the settings file (TOML); default bench-check.toml in the user's settings folder",
            ),
            "FILE",
        ),
        Row(("--list",), "list", Text("列出全部检查", "list all checks"), kind="flag"),
        Row(
            ("--questions",),
            "questions",
            Text("列出可在答案文件中回答的问题", "list the questions that a file of answers may answer"),
            kind="flag",
        ),
        Row(("--plain",), "plain", Text("只用纯文本", "plain text only"), kind="flag"),
        Row(
            ("--lang",),
            "lang",
            Text("语言 zh 或 en；默认随系统", "language zh or en; the system's by default"),
            "zh|en",
        ),
        Row(("--version",), "version", Text("显示版本", "show the version"), kind="flag"),
        Row(("-h", "--help"), "help", Text("显示本帮助", "show this help"), kind="flag"),
    ),
}
