"""What the value of a data object says, in words: bit by bit, code by code, or the text that it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..errors import DecodeError
from ..text import Text
from .afl import parse_afl
from .bits import Bits
from .cvm import parse_cvm_list, parse_cvm_results
from .dol import parse_dol
from .flags import AdditionalCapabilities, Aip, Auc, Ctq, TerminalCapabilities, Tsi, Ttq, Tvr
from .issuer_data import ALGORITHM_NAMES, cvr_rows, parse_issuer_data
from .tags import format_of, tag_name

Meaning = tuple[str, Text]
"""Where in the value (`1.8`: bit 8 of octet 1; `2`: the second rule or entry; empty: the whole), and what it says."""

BIT_TABLES: Mapping[int, type[Bits]] = {
    0x82: Aip, 0x95: Tvr, 0x9B: Tsi, 0x9F07: Auc, 0x9F0D: Tvr, 0x9F0E: Tvr, 0x9F0F: Tvr, 0x9F33: TerminalCapabilities,
    0x9F40: AdditionalCapabilities, 0x9F66: Ttq, 0x9F6C: Ctq,
}  # fmt: skip
"""Tag to table."""

CRYPTOGRAM_KINDS: Mapping[int, Text] = {
    0x00: Text("AAC 拒绝", "AAC, declined"),
    0x40: Text("TC 脱机批准", "TC, approved offline"),
    0x80: Text("ARQC 请求联机", "ARQC, online wanted"),
    0xC0: Text("保留（AAR）", "RFU (AAR)"),
}
"""The two high bits of CID (EMV Book 3 table 15)."""
ADVICE_REQUIRED = Text("需要通知报文", "Advice required")
CID_REASONS: Mapping[int, Text] = {
    1: Text("服务不允许", "Service not allowed"),
    2: Text("PIN 尝试次数超限", "PIN Try Limit exceeded"),
    3: Text("发卡行认证失败", "Issuer authentication failed"),
}
TERMINAL_OPERATORS: Mapping[int, Text] = {
    1: Text("金融机构", "Financial institution"), 2: Text("商户", "Merchant"), 3: Text("持卡人", "Cardholder"),
}  # fmt: skip
TERMINAL_KINDS: Mapping[int, Text] = {
    1: Text("有人值守，仅联机", "attended, online only"),
    2: Text("有人值守，脱机并可联机", "attended, offline with online capability"),
    3: Text("有人值守，仅脱机", "attended, offline only"),
    4: Text("无人值守，仅联机", "unattended, online only"),
    5: Text("无人值守，脱机并可联机", "unattended, offline with online capability"),
    6: Text("无人值守，仅脱机", "unattended, offline only"),
}
TRANSACTION_TYPES: Mapping[int, Text] = {
    0x00: Text("消费", "Purchase"),
    0x01: Text("取现", "Cash"),
    0x09: Text("带返现的消费", "Purchase with cashback"),
    0x20: Text("退货", "Refund"),
    0x30: Text("查询（可用余额）", "Inquiry of available funds"),
    0x31: Text("查询余额", "Balance inquiry"),
    0x40: Text("转账", "Transfer"),
}
SERVICE_FIRST: Mapping[str, Text] = {
    "1": Text("国际使用", "International"),
    "2": Text("国际使用，有芯片，优先用芯片", "International, with a chip that is to be used"),
    "5": Text("国内使用", "National"),
    "6": Text("国内使用，有芯片，优先用芯片", "National, with a chip that is to be used"),
    "7": Text("不用于交换", "No interchange"),
    "9": Text("测试", "Test"),
}
SERVICE_SECOND: Mapping[str, Text] = {
    "0": Text("普通授权", "Normal authorisation"),
    "2": Text("必须联机授权", "Authorised by the issuer, online"),
    "4": Text("除双边协议外必须联机授权", "Authorised by the issuer unless there is a bilateral agreement"),
}
SERVICE_THIRD: Mapping[str, Text] = {
    "0": Text("无限制，要求 PIN", "No restrictions, PIN required"),
    "1": Text("无限制", "No restrictions"),
    "2": Text("仅商品和服务", "Goods and services only"),
    "3": Text("仅 ATM，要求 PIN", "ATM only, PIN required"),
    "4": Text("仅现金", "Cash only"),
    "5": Text("仅商品和服务，要求 PIN", "Goods and services only, PIN required"),
    "6": Text("无限制，有密码键盘时要求 PIN", "No restrictions, PIN where there is a PIN pad"),
    "7": Text("仅商品和服务，有密码键盘时要求 PIN", "Goods and services only, PIN where there is a PIN pad"),
}
_UNKNOWN_CODE = Text("未知取值 {code}", "Unknown value {code}")
_KEY_INDEX = Text("分散密钥索引 {value:02X}", "Derivation key index {value:02X}")
_VERSION = Text("密文版本号 {value:02X}", "Cryptogram version number {value:02X}")
_ALGORITHM = Text("算法标识 {value:02X}：{name}", "Algorithm {value:02X}: {name}")
_AFL_ENTRY = Text(
    "SFI {sfi}，记录 {first} 至 {last}，其中 {signed} 条参与认证",
    "SFI {sfi}, records {first} to {last}, {signed} of them signed",
)
_DOL_ENTRY = Text("{tag} {name}，{length} 字节", "{tag} {name}, {length} octets")
_AMOUNT_X = Text("X = {value}", "X = {value}")
_AMOUNT_Y = Text("Y = {value}", "Y = {value}")


def meanings_of(tag: int, value: bytes) -> tuple[Meaning, ...]:
    """What `value` says; nothing where octets are all there is to say, or where it is broken."""
    try:
        return strict_meanings(tag, value)
    except DecodeError:
        return ()


def strict_meanings(tag: int, value: bytes) -> tuple[Meaning, ...]:
    """As `meanings_of`; raises DecodeError for a value that its table cannot read."""
    if tag in BIT_TABLES:
        return BIT_TABLES[tag].of(value).rows()
    if tag in _READERS:
        return _READERS[tag](value)
    return _text(value) if format_of(tag) in ("a", "an", "ans") else ()


def joined(said: tuple[Meaning, ...]) -> Text | None:
    """All of it in one line; None where nothing is said."""
    if not said:
        return None
    return Text("；".join(text.zh for _, text in said), "; ".join(text.en for _, text in said))


def cid_meanings(cid: int) -> tuple[Meaning, ...]:
    """9F27: kind of the cryptogram, advice, reason."""
    found: list[Meaning] = [("1.8", CRYPTOGRAM_KINDS[cid & 0xC0])]
    if cid & 0x08:
        found.append(("1.4", ADVICE_REQUIRED))
    if cid & 0x07:
        found.append(("1.3", CID_REASONS.get(cid & 0x07) or _UNKNOWN_CODE.format(code=cid & 0x07)))
    return tuple(found)


def terminal_type_meaning(code: int) -> Text:
    """9F35, as its two digits spell (0x22: merchant, attended, offline with online capability)."""
    operator, kind = TERMINAL_OPERATORS.get(code >> 4), TERMINAL_KINDS.get(code & 0x0F)
    if operator is None or kind is None:
        return _UNKNOWN_CODE.format(code=f"{code:02X}")
    return Text(f"{operator.zh}，{kind.zh}", f"{operator.en}, {kind.en}")


def service_code_meanings(digits: str) -> tuple[Meaning, ...]:
    """The three digits of a service code (ISO/IEC 7813)."""
    tables = (SERVICE_FIRST, SERVICE_SECOND, SERVICE_THIRD)
    return tuple(
        (str(place), table.get(digit) or _UNKNOWN_CODE.format(code=digit))
        for place, (digit, table) in enumerate(zip(digits, tables, strict=False), 1)
    )


def _text(value: bytes) -> tuple[Meaning, ...]:
    """The characters, where they are printable: ASCII, else GB 18030 as Chinese issuers use it in labels and names."""
    for charset in ("ascii", "gb18030"):
        try:
            text = value.decode(charset).strip(" \x00")
        except UnicodeDecodeError:
            continue
        return (("", Text(text, text)),) if text and text.isprintable() else ()
    return ()


def _issuer_data(value: bytes) -> tuple[Meaning, ...]:
    data = parse_issuer_data(value)
    if data is None:
        return ()
    found: list[Meaning] = [
        ("2", _KEY_INDEX.format(value=data.key_index)),
        ("3", _VERSION.format(value=data.version)),
        *((f"CVR.{place}", text) for place, text in cvr_rows(data.cvr)),
    ]
    if data.algorithm is not None:
        name = ALGORITHM_NAMES.get(data.algorithm) or _UNKNOWN_CODE.format(code=data.algorithm)
        pair = [half.format(value=data.algorithm, name=word) for half, word in _halves(_ALGORITHM, name)]
        found.append(("8", Text(*pair)))
    return tuple(found)


def _cvm_list(value: bytes) -> tuple[Meaning, ...]:
    found = parse_cvm_list(value)
    rows: list[Meaning] = []
    if found.amount_x or found.amount_y:
        rows += [("X", _AMOUNT_X.format(value=found.amount_x)), ("Y", _AMOUNT_Y.format(value=found.amount_y))]
    for number, rule in enumerate(found.rules, 1):
        condition, method, otherwise = rule.texts()
        zh = f"{condition.zh}：{method.zh}；{otherwise.zh}"
        rows.append((str(number), Text(zh, f"{condition.en}: {method.en}; {otherwise.en}")))
    return tuple(rows)


def _cvm_results(value: bytes) -> tuple[Meaning, ...]:
    return tuple((str(place), text) for place, text in enumerate(parse_cvm_results(value).texts(), 1))


def _afl(value: bytes) -> tuple[Meaning, ...]:
    return tuple(
        (str(n), _AFL_ENTRY.format(sfi=one.sfi, first=one.first, last=one.last, signed=one.signed))
        for n, one in enumerate(parse_afl(value), 1)
    )


def _dol(value: bytes) -> tuple[Meaning, ...]:
    rows: list[Meaning] = []
    for number, entry in enumerate(parse_dol(value), 1):
        halves = _halves(_DOL_ENTRY, tag_name(entry.tag))
        pair = [half.format(tag=f"{entry.tag:02X}", name=name, length=entry.length) for half, name in halves]
        rows.append((str(number), Text(*pair)))
    return tuple(rows)


def _halves(sentence: Text, name: Text) -> tuple[tuple[str, str], tuple[str, str]]:
    return (sentence.zh, name.zh), (sentence.en, name.en)


def _service_code(value: bytes) -> tuple[Meaning, ...]:
    return service_code_meanings(value.hex()[-3:])


def _one_octet(lookup: Callable[[int], tuple[Meaning, ...]]) -> Callable[[bytes], tuple[Meaning, ...]]:
    return lambda value: lookup(value[0]) if len(value) == 1 else ()


def _transaction_type(code: int) -> tuple[Meaning, ...]:
    return (("", TRANSACTION_TYPES.get(code) or _UNKNOWN_CODE.format(code=f"{code:02X}")),)


_READERS: Mapping[int, Callable[[bytes], tuple[Meaning, ...]]] = {
    0x5F30: _service_code,
    0x8C: _dol,
    0x8D: _dol,
    0x8E: _cvm_list,
    0x94: _afl,
    0x97: _dol,
    0x9C: _one_octet(_transaction_type),
    0x9F10: _issuer_data,
    0x9F27: _one_octet(cid_meanings),
    0x9F34: _cvm_results,
    0x9F35: _one_octet(lambda code: (("", terminal_type_meaning(code)),)),
    0x9F38: _dol,
    0x9F49: _dol,
    0x9F4F: _dol,
    0xDF4F: _dol,
}
