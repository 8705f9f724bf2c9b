"""Words for what terminal and issuer look at in a chip transaction, and for why it was not right (event `chip`)."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

CHIP = Text("芯片", "chip")
WHAT: Mapping[str, Text] = {
    "selected": Text("选择目录", "selection"),
    "application": Text("应用初始化", "application"),
    "oda": Text("脱机数据认证", "offline data authentication"),
    "restrictions": Text("处理限制", "restrictions"),
    "cvm": Text("持卡人验证", "cardholder verification"),
    "risk": Text("终端风险管理", "terminal risk management"),
    "action": Text("终端行为分析", "terminal action analysis"),
    "first_ac": Text("第一次 GENERATE AC", "first GENERATE AC"),
    "issuer_authentication": Text("发卡行认证", "issuer authentication"),
    "script": Text("发卡行脚本", "issuer script"),
    "second_ac": Text("第二次 GENERATE AC", "second GENERATE AC"),
    "fallback": Text("降级为磁条", "fallback to the stripe"),
    "arqc": Text("ARQC 校验", "the ARQC"),
    "atc": Text("交易计数器", "the counter"),
    "tvr": Text("终端验证结果", "the TVR"),
    "arpc": Text("ARPC", "the ARPC"),
    "script_result": Text("脚本结果", "result of the script"),
    "tc": Text("上送的密文", "the uploaded cryptogram"),
}
"""Steps of the terminal's kernel, then what the issuer looks at."""

WHY: Mapping[str, Text] = {
    "issuer_unknown": Text("不认识该发卡行，未校验", "issuer not known, not checked"),
    "unchecked": Text("主机不校验", "the host does not check"),
    "no_cryptogram": Text("没有密文", "no cryptogram"),
    "cryptogram": Text("密文不符", "it does not fit the data"),
    "key_index": Text("密钥索引不符", "another key index"),
    "host_keys": Text("主机密钥错", "the host's keys are wrong"),
    "data": Text("数据不符", "the data do not fit"),
    "arqc_replayed": Text("密文已用过", "used before"),
    "atc_back": Text("计数器倒退", "the counter ran back"),
    "pin_missing": Text("应有密码而没有", "a PIN is due and there is none"),
    "pin_unasked": Text("无须密码而有", "a PIN that nobody asked for"),
    "declined_by_card": Text("卡片拒绝", "declined by the card"),
    "done": Text("已执行", "done"),
    "failed": Text("失败", "failed"),
    "not_performed": Text("未执行", "not performed"),
}
"""Of the issuer; codes that are not here are shown as they are (TC, AAC)."""
WORTH_A_LINE = frozenset({"script", "script_result"})
"""Of what the issuer found in order; the rest of that shows in its answer."""
