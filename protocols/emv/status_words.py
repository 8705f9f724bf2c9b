"""What SW1 SW2 says (ISO/IEC 7816-4 clause 5.6; EMV Book 3 clause 6.3.5; EMV Book 1 Annex A; PBOC 3.0 part 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ..text import Text

OK = 0x9000
SELECTED_FILE_INVALIDATED = 0x6283
AUTHENTICATION_FAILED = 0x6300
WRONG_LENGTH = 0x6700
METHOD_BLOCKED = 0x6983
DATA_INVALIDATED = 0x6984
CONDITIONS_NOT_SATISFIED = 0x6985
FUNCTION_NOT_SUPPORTED = 0x6A81
FILE_NOT_FOUND = 0x6A82
RECORD_NOT_FOUND = 0x6A83
DATA_NOT_FOUND = 0x6A88
WRONG_P1_P2 = 0x6B00
INS_NOT_SUPPORTED = 0x6D00
CLA_NOT_SUPPORTED = 0x6E00

Category = Literal["ok", "more", "length", "warning", "error", "unknown"]
"""`more`: 61xx, octets wait.  `length`: 6Cxx, ask again.  `warning`: 62xx, 63xx, and 9xxx other than 9000."""

_WORDS: Mapping[int, Text] = {
    0x9000: Text("成功", "Normal ending"),
    0x6200: Text("警告：未说明原因", "Warning, no information given"),
    0x6281: Text("返回的数据可能已损坏", "Part of the data returned may be corrupted"),
    0x6282: Text("未到规定长度已到文件尾", "End of file or record reached before Ne octets were read"),
    0x6283: Text("所选文件（应用）已失效，即应用被锁定", "Selected file deactivated: the application is blocked"),
    0x6284: Text("FCI 格式不符", "File control information is not formatted as it should be"),
    0x6285: Text("所选文件处于终止状态", "Selected file is in termination state"),
    0x6286: Text("卡上传感器没有输入", "No input available from a sensor on the card"),
    0x6300: Text("验证失败", "Authentication failed"),
    0x6381: Text("文件已被最后一次写入填满", "File filled up by the last write"),
    0x6400: Text("执行出错，卡内数据未变", "Execution error, the card's memory is unchanged"),
    0x6401: Text("卡片要求立即应答", "Immediate response required by the card"),
    0x6500: Text("执行出错，卡内数据已变", "Execution error, the card's memory has changed"),
    0x6581: Text("存储器故障", "Memory failure"),
    0x6700: Text("长度错误", "Wrong length"),
    0x6800: Text("不支持 CLA 中的功能", "Functions in CLA are not supported"),
    0x6881: Text("不支持逻辑信道", "Logical channel not supported"),
    0x6882: Text("不支持安全报文", "Secure messaging not supported"),
    0x6883: Text("应为命令链的最后一条命令", "Last command of the chain expected"),
    0x6884: Text("不支持命令链", "Command chaining not supported"),
    0x6900: Text("命令不允许", "Command not allowed"),
    0x6981: Text("命令与文件结构不符", "Command incompatible with the file structure"),
    0x6982: Text("安全状态不满足", "Security status not satisfied"),
    0x6983: Text("验证方法已锁定（PIN 已锁）", "Authentication method blocked: the PIN is blocked"),
    0x6984: Text("引用的数据已失效", "Referenced data invalidated"),
    0x6985: Text("使用条件不满足", "Conditions of use not satisfied"),
    0x6986: Text("命令不允许（没有选定文件）", "Command not allowed, no current file"),
    0x6987: Text("安全报文数据对象丢失", "Secure messaging data object missing"),
    0x6988: Text("安全报文数据对象不正确（MAC 错）", "Secure messaging data object incorrect: wrong MAC"),
    0x6999: Text("选择应用失败", "The applet cannot be selected"),
    0x6A00: Text("P1、P2 有误", "Wrong P1 P2"),
    0x6A80: Text("数据域参数不正确", "Wrong parameters in the data field"),
    0x6A81: Text("功能不支持（或卡片已锁定）", "Function not supported, or the card is blocked"),
    0x6A82: Text("没有找到文件或应用", "File or application not found"),
    0x6A83: Text("没有找到记录", "Record not found"),
    0x6A84: Text("文件中存储空间不够", "Not enough memory space in the file"),
    0x6A85: Text("Lc 与 TLV 结构不一致", "Lc inconsistent with the TLV structure"),
    0x6A86: Text("P1、P2 不正确", "Wrong P1 P2"),
    0x6A87: Text("Lc 与 P1、P2 不一致", "Lc inconsistent with P1 P2"),
    0x6A88: Text("没有找到引用的数据", "Referenced data not found"),
    0x6A89: Text("文件已存在", "File already exists"),
    0x6A8A: Text("DF 名称已存在", "DF name already exists"),
    0x6B00: Text("P1、P2 有误", "Wrong P1 P2"),
    0x6D00: Text("INS 不支持", "INS not supported"),
    0x6E00: Text("CLA 不支持", "CLA not supported"),
    0x6F00: Text("卡片内部出错，没有准确诊断", "No precise diagnosis"),
    0x9302: Text("MAC 不正确", "Wrong MAC"),
    0x9303: Text("应用已永久锁定", "The application is blocked for good"),
    0x9401: Text("金额不足", "Not enough money on the card"),
    0x9402: Text("交易计数器已到最大值", "The transaction counter has reached its end"),
    0x9403: Text("密钥索引不支持", "Key index not supported"),
    0x9406: Text("所需 MAC 不可用", "The MAC that is wanted is not available"),
}
_MORE = Text("还有 {count} 字节可取", "{count} octets wait to be fetched with GET RESPONSE")
_LENGTH = Text("Le 不对，应为 {count}", "Wrong Le, it is {count}")
_COUNTER = Text("验证失败，还可再试 {count} 次", "Verification failed, {count} tries left")
_FAMILIES: Mapping[int, Text] = {
    0x62: Text("警告，卡内数据未变", "Warning, the card's memory is unchanged"),
    0x63: Text("警告，卡内数据已变", "Warning, the card's memory has changed"),
    0x64: Text("执行出错，卡内数据未变", "Execution error, the card's memory is unchanged"),
    0x65: Text("执行出错，卡内数据已变", "Execution error, the card's memory has changed"),
    0x66: Text("安全方面的错误", "Security-related issue"),
    0x67: Text("长度错误", "Wrong length"),
    0x68: Text("不支持 CLA 中的功能", "Functions in CLA are not supported"),
    0x69: Text("命令不允许", "Command not allowed"),
    0x6A: Text("P1、P2 有误", "Wrong P1 P2"),
    0x6B: Text("P1、P2 有误", "Wrong P1 P2"),
    0x6D: Text("INS 不支持", "INS not supported"),
    0x6E: Text("CLA 不支持", "CLA not supported"),
    0x6F: Text("卡片内部出错，没有准确诊断", "No precise diagnosis"),
}
_WARNING_9 = Text("应用自定的警告", "A warning of the application's own")
_UNKNOWN = Text("不是 ISO 7816 的状态字", "Not a status word of ISO 7816")


def category(sw: int) -> Category:
    """What a terminal does with a status word (0 to 0xFFFF)."""
    match sw >> 8:
        case 0x90 if sw == OK:
            return "ok"
        case 0x61:
            return "more"
        case 0x6C:
            return "length"
        case 0x62 | 0x63:
            return "warning"
        case high if high >> 4 == 0x9:
            return "warning"
        case high if high in _FAMILIES:
            return "error"
        case _:
            return "unknown"


def meaning(sw: int) -> Text:
    """A status word (0 to 0xFFFF) in words: exact, by its counter, or by its family."""
    count = (sw & 0xFF) or 256
    match sw >> 8:
        case 0x61:
            return _MORE.format(count=count)
        case 0x6C:
            return _LENGTH.format(count=count)
    if sw in _WORDS:
        return _WORDS[sw]
    if (tries := tries_left(sw)) is not None:
        return _COUNTER.format(count=tries)
    return _FAMILIES.get(sw >> 8) or (_WARNING_9 if sw >> 12 == 0x9 else _UNKNOWN)


def tries_left(sw: int) -> int | None:
    """The counter of 63Cx, 0 to 15; None for any other status word."""
    return sw & 0xF if sw >> 4 == 0x63C else None
