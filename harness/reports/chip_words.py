"""Words for what terminal and issuer look at in a chip transaction, and for why it was not right (event `chip`)."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.emv.certificates import KINDS, REASONS
from protocols.text import Text

CHIP = Text("芯片", "chip")
WHAT: Mapping[str, Text] = {
    "power": Text("上电", "power-up"),
    "selected": Text("选择应用", "selection"),
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
    "chip_worked": Text("该卡芯片此前可读", "its chip worked before"),
    "pin_missing": Text("应有密码而没有", "a PIN is due and there is none"),
    "pin_unasked": Text("无须密码而有", "a PIN that nobody asked for"),
    "declined_by_card": Text("卡片拒绝", "declined by the card"),
    "done": Text("已执行", "done"),
    "failed": Text("失败", "failed"),
    "not_performed": Text("未执行", "not performed"),
    "card_blocked": Text("卡片已锁定", "the card is blocked"),
    "application_blocked": Text("应用已锁定", "the application is blocked"),
    "no_application": Text("没有共同支持的应用", "no application in common"),
    "above_limit": Text("超过非接交易限额", "above the contactless limit"),
    "conditions": Text("卡片要求换应用（6985）", "the card wants another application (6985)"),
    "status": Text("状态字不是 9000", "another status word than 9000"),
    "unreadable": Text("应答不符合格式", "the answer cannot be read"),
    "data_missing": Text("缺少必备数据", "mandatory data are missing"),
    "inconsistent": Text("主账号、二磁道或日期不符", "PAN, track 2 and dates do not fit"),
    "duplicate": Text("数据对象重复", "a data object comes twice"),
    "no_list": Text("没有 CVM 列表", "no CVM list"),
    "pin_key": Text("PIN 加密公钥无效", "the key for enciphered PINs does not hold"),
    "ddol": Text("DDOL 不含不可预知数", "the DDOL asks for no unpredictable number"),
    "capk_unnamed": Text("卡片未给出公钥索引", "the card names no CA public key"),
    "capk_missing": Text("终端没有该根公钥", "this CA public key was not downloaded"),
    "capk_expired": Text("根公钥已过期", "the CA public key has expired"),
    "record": Text("应签名的记录不是模板 70", "a record that is signed is no template 70"),
    "length": Text("长度不对", "a wrong length"),
    "unexpected": Text("密文类型不符", "another kind of cryptogram than it may give"),
    "mute": Text("卡片无 ATR", "no ATR"),
    "bad-atr": Text("ATR 不合规", "an ATR that is none"),
    "removed": Text("卡片已拔出", "the card was pulled out"),
    "timeout": Text("卡片不应答", "the card hangs"),
    "card-error": Text("卡片应答出错", "an answer that is none"),
    "no-card": Text("没有卡片", "no card"),
    "reset": Text("卡片被其他程序复位", "another program reset the card"),
    "in-use": Text("读卡器被占用", "another program uses the reader"),
    "no-reader": Text("没有读卡器", "no reader"),
    "no-service": Text("没有读卡服务", "no card service"),
    **{
        f"{kind}.{reason}": Text(f"{what.zh}：{why.zh}", f"{what.en}: {why.en}")
        for kind, what in KINDS.items()
        for reason, why in REASONS.items()
    },
}
"""What ended a step of the kernel, and what the issuer says; other codes are shown as they are (TC, AAC)."""
WORTH_A_LINE = frozenset({"script", "script_result"})
"""Of what the issuer found in order; the rest of that shows in its answer."""
