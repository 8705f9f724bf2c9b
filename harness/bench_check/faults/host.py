"""Why a provider's host refuses, or does not answer: what its answer codes mean at the counter."""

from __future__ import annotations

from protocols.text import Text

from ..model import Fault

CODES = (
    Fault(
        "merchant_refused",
        Text("主机拒绝这个商户（{code}）", "the host refuses this merchant ({code})"),
        "merchant",
        False,
        Text(
            "请商户向收单机构问原因（暂停、欠费、核查、资料）；不要反复尝试",
            "Have the merchant ask the acquirer why (suspended, fees, check, documents); do not keep trying",
        ),
        rows=("H8", "H6", "A4", "G5", "H3", "H7"),
    ),
    Fault(
        "terminal_refused",
        Text("主机拒绝这台终端（{code}）", "the host refuses this terminal ({code})"),
        "acquirer",
        False,
        Text(
            "把序列号、型号报给收单机构问原因；不要反复尝试",
            "Give serial number and model to the acquirer and ask why; do not keep trying",
        ),
        rows=("G6", "H1", "B2", "H10"),
    ),
    Fault(
        "not_opened",
        Text("收单机构还没有开通（{code}）", "the acquirer has not opened it yet ({code})"),
        "acquirer",
        False,
        Text(
            "问收单机构进件审核到哪一步、缺什么资料；不要重复申请",
            "Ask the acquirer how far the application is and what is missing; do not apply again",
        ),
        rows=("A1", "A3", "I3"),
    ),
    Fault(
        "host_busy",
        Text("主机系统异常或正在日切（{code}）", "the host's system is down or closing its day ({code})"),
        "acquirer",
        True,
        Text(
            "十分钟后再试；一直如此，问收单机构是否在维护",
            "Try again in ten minutes; if it stays so ask the acquirer about maintenance",
        ),
        rows=("G1", "G3"),
    ),
    Fault(
        "bank_unreachable",
        Text("主机联系不上发卡银行（{code}）", "the host cannot reach the card's bank ({code})"),
        "acquirer",
        True,
        Text(
            "换一张别的银行的卡再试；都不行就等收单机构恢复",
            "Try a card of another bank; if all fail wait for the acquirer",
        ),
        rows=("G3",),
    ),
    Fault(
        "over_limit",
        Text("金额超过限额（{code}）", "the amount is above the limit ({code})"),
        "merchant",
        False,
        Text("换小金额；需要更高限额的，向收单机构申请", "Take a smaller amount; for a higher limit ask the acquirer"),
        rows=("H4",),
    ),
    Fault(
        "too_often",
        Text("交易次数超过限制（{code}）", "too many payments in this period ({code})"),
        "merchant",
        False,
        Text(
            "稍后再收；经常如此，向收单机构说明",
            "Wait before the next one; if it happens often explain it to the acquirer",
        ),
        rows=("H5",),
    ),
    Fault(
        "function_refused",
        Text("主机不支持这项功能（{code}）", "the host does not support this function ({code})"),
        "acquirer",
        False,
        Text("请收单机构开通这项功能，或换用支持的机型", "Have the acquirer enable it, or use a model that can do it"),
        rows=("E4", "I2"),
    ),
    Fault(
        "fallback_refused",
        Text("主机要求插芯片，不接受刷磁条（{code}）", "the host wants the chip, not the stripe ({code})"),
        "technician",
        False,
        Text(
            "改插芯片再试；芯片读不了，检查读卡口", "Insert the chip; if it cannot be read have the card slot looked at"
        ),
        rows=("D1", "E4"),
    ),
    Fault(
        "message_refused",
        Text("主机看不懂终端的请求（{code}）", "the host cannot make sense of the terminal's request ({code})"),
        "acquirer",
        False,
        Text(
            "更新终端软件和参数后再试；仍不行把本记录交给收单机构",
            "Update software and parameters and try again; else give this record to the acquirer",
        ),
        rows=("G2", "E1", "F4"),
    ),
    Fault(
        "card_refused",
        Text("发卡银行没有批准这张卡（{code}：{meaning}）", "the card's bank did not approve it ({code}: {meaning})"),
        "bank",
        False,
        Text("换一张卡再做测试，终端没有问题", "Use another card for the test; nothing is wrong with the terminal"),
    ),
    Fault(
        "host_refused",
        Text("主机拒绝了（{code}：{meaning}）", "the host refused ({code}: {meaning})"),
        "acquirer",
        False,
        Text("把代码和时间报给收单机构问原因", "Give the code and the time to the acquirer and ask why"),
    ),
)

LINE = (
    Fault(
        "host_unreachable",
        Text("终端连不上收单机构的主机（{reason}）", "the terminal cannot reach the acquirer's host ({reason})"),
        "technician",
        True,
        Text(
            "检查终端的网线、信号和主机地址；换一条网络再试；都正常就问收单机构是否在维护",
            "Check its line, signal and host address, try another network; if all is well ask the acquirer",
        ),
        rows=("F1", "G3", "G1"),
    ),
    Fault(
        "host_silent",
        Text("主机没有给出可用的应答（{reason}）", "the host gave no usable answer ({reason})"),
        "technician",
        True,
        Text(
            "换一条网络再试一次；仍如此请收单机构查主机",
            "Try again over another network; if it stays so the acquirer must look at its host",
        ),
        rows=("G3", "F5", "F3", "F2"),
    ),
)

HOST = (*CODES, *LINE)
