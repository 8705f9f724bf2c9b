"""Cardholder verification: the list (8E) and the results (9F34) (EMV Book 3 Annex C3, clause 10.5; Book 4 Annex A4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from ..errors import EncodeError, decode_error
from ..text import Text

AMOUNTS_OCTETS = 8
LIST_OCTETS_MAX = 252
CONTINUE_BIT = 0x40
METHOD_MASK = 0x3F

_CURE = Text(
    "卡片个人化有误，请发卡行检查 CVM 列表", "The card is personalised wrongly; have the issuer check the CVM list"
)
_BAD_LIST = Text(
    "CVM 列表应为 8 字节加成对的规则，最多 252 字节", "A CVM list has 8 octets and pairs, at most 252 octets"
)
_BAD_RESULTS = Text("CVM 结果应为 3 字节", "CVM results have 3 octets")
_BUILD_CURE = Text("金额 0 至 FFFFFFFF，代码和条件各一字节", "Amounts 0 to FFFFFFFF, code and condition one octet each")
_BAD_VALUE = Text("CVM 的取值超出范围", "A value of the CVM list is out of range")


class CvmMethod(IntEnum):
    """The low six bits of a CVM code."""

    FAIL = 0x00
    PLAIN_PIN = 0x01
    ONLINE_PIN = 0x02
    PLAIN_PIN_AND_SIGNATURE = 0x03
    ENCIPHERED_PIN = 0x04
    ENCIPHERED_PIN_AND_SIGNATURE = 0x05
    SIGNATURE = 0x1E
    NO_CVM = 0x1F
    DOCUMENT = 0x20
    NOT_PERFORMED = 0x3F


class CvmCondition(IntEnum):
    """When a rule applies.  X and Y are in the currency of the application (9F42)."""

    ALWAYS = 0x00
    UNATTENDED_CASH = 0x01
    NEITHER_CASH_NOR_CASHBACK = 0x02
    SUPPORTED = 0x03
    MANUAL_CASH = 0x04
    CASHBACK = 0x05
    UNDER_X = 0x06
    OVER_X = 0x07
    UNDER_Y = 0x08
    OVER_Y = 0x09


class CvmResult(IntEnum):
    """The third octet of the CVM results."""

    UNKNOWN = 0
    FAILED = 1
    SUCCESSFUL = 2


METHOD_NAMES: Mapping[int, Text] = {
    CvmMethod.FAIL: Text("CVM 处理失败", "Fail CVM processing"),
    CvmMethod.PLAIN_PIN: Text("卡片执行明文 PIN 验证", "Plaintext PIN verification performed by ICC"),
    CvmMethod.ONLINE_PIN: Text("联机加密 PIN 验证", "Enciphered PIN verified online"),
    CvmMethod.PLAIN_PIN_AND_SIGNATURE: Text(
        "卡片执行明文 PIN 验证并签名", "Plaintext PIN verification performed by ICC and signature"
    ),
    CvmMethod.ENCIPHERED_PIN: Text("卡片执行加密 PIN 验证", "Enciphered PIN verification performed by ICC"),
    CvmMethod.ENCIPHERED_PIN_AND_SIGNATURE: Text(
        "卡片执行加密 PIN 验证并签名", "Enciphered PIN verification performed by ICC and signature"
    ),
    CvmMethod.SIGNATURE: Text("签名（纸）", "Signature (paper)"),
    CvmMethod.NO_CVM: Text("无需 CVM", "No CVM required"),
    CvmMethod.DOCUMENT: Text("持卡人证件验证（PBOC）", "Cardholder's document shown (PBOC)"),
    CvmMethod.NOT_PERFORMED: Text("未执行 CVM", "No CVM performed"),
}
"""EMV Book 3 table 39; 20 is PBOC's (JR/T 0025), 3F is for the results only."""
CONDITION_NAMES: Mapping[int, Text] = {
    CvmCondition.ALWAYS: Text("总是", "Always"),
    CvmCondition.UNATTENDED_CASH: Text("无人值守现金交易", "If unattended cash"),
    CvmCondition.NEITHER_CASH_NOR_CASHBACK: Text(
        "既非无人值守现金、也非人工现金、也非返现",
        "If not unattended cash and not manual cash and not purchase with cashback",
    ),
    CvmCondition.SUPPORTED: Text("终端支持该 CVM", "If terminal supports the CVM"),
    CvmCondition.MANUAL_CASH: Text("人工现金交易", "If manual cash"),
    CvmCondition.CASHBACK: Text("带返现的消费", "If purchase with cashback"),
    CvmCondition.UNDER_X: Text(
        "以应用货币交易且金额低于 X", "If transaction is in the application currency and is under X value"
    ),
    CvmCondition.OVER_X: Text(
        "以应用货币交易且金额高于 X", "If transaction is in the application currency and is over X value"
    ),
    CvmCondition.UNDER_Y: Text(
        "以应用货币交易且金额低于 Y", "If transaction is in the application currency and is under Y value"
    ),
    CvmCondition.OVER_Y: Text(
        "以应用货币交易且金额高于 Y", "If transaction is in the application currency and is over Y value"
    ),
}
RESULT_NAMES: Mapping[int, Text] = {
    CvmResult.UNKNOWN: Text("未知（如签名、联机 PIN）", "Unknown"),
    CvmResult.FAILED: Text("失败", "Failed"),
    CvmResult.SUCCESSFUL: Text("成功", "Successful"),
}
CONTINUE = Text("失败则执行下一规则", "Apply succeeding CV Rule if this CVM is unsuccessful")
STOP = Text("失败则持卡人验证失败", "Fail cardholder verification if this CVM is unsuccessful")

_UNKNOWN_METHOD = Text("未知 CVM {code:02X}", "Unknown CVM {code:02X}")
_UNKNOWN_CONDITION = Text("未知条件 {code:02X}", "Unknown condition {code:02X}")
_UNKNOWN_RESULT = Text("未知结果 {code:02X}", "Unknown result {code:02X}")


@dataclass(frozen=True, slots=True)
class CvmRule:
    """`code` and `condition`, one octet each, as they stand."""

    code: int
    condition: int

    @property
    def method(self) -> int:
        """What is to be done (a CvmMethod where it is known)."""
        return self.code & METHOD_MASK

    @property
    def continues(self) -> bool:
        """True where the next rule is tried after this method failed."""
        return bool(self.code & CONTINUE_BIT)

    def texts(self) -> tuple[Text, Text, Text]:
        """Condition, method, what follows if it fails."""
        return condition_name(self.condition), method_name(self.code), CONTINUE if self.continues else STOP


@dataclass(frozen=True, slots=True)
class CvmList:
    """`amount_x`, `amount_y`: in the smallest unit of the application's currency.  Rules in the order of the card."""

    amount_x: int
    amount_y: int
    rules: tuple[CvmRule, ...]

    def build(self) -> bytes:
        """The octets of tag 8E.  Raises EncodeError for a value out of range."""
        amounts = (self.amount_x, self.amount_y)
        octets = [octet for rule in self.rules for octet in (rule.code, rule.condition)]
        if not all(0 <= a <= 0xFFFFFFFF for a in amounts) or not all(0 <= o <= 0xFF for o in octets):
            raise EncodeError(_BAD_VALUE, _BUILD_CURE, path="8E", value=self)
        return b"".join(amount.to_bytes(4, "big") for amount in amounts) + bytes(octets)


@dataclass(frozen=True, slots=True)
class CvmResults:
    """Tag 9F34: the code and condition of the rule that was performed last, and its result, one octet each."""

    code: int
    condition: int
    result: int

    def build(self) -> bytes:
        """The three octets."""
        return bytes((self.code, self.condition, self.result))

    def texts(self) -> tuple[Text, Text, Text]:
        """Method, condition, result."""
        result = RESULT_NAMES.get(self.result) or _UNKNOWN_RESULT.format(code=self.result)
        return method_name(self.code), condition_name(self.condition), result


def parse_cvm_list(data: bytes, path: str = "8E") -> CvmList:
    """The list.  Raises DecodeError below 8 octets, above 252, and where half a rule is left.

    A list without a rule is returned as it is: EMV Book 3 clause 10.5 lets the verification fail, not the parsing.
    """
    if len(data) < AMOUNTS_OCTETS or len(data) % 2 or len(data) > LIST_OCTETS_MAX:
        offset = len(data) - 1 if len(data) % 2 and len(data) > AMOUNTS_OCTETS else min(len(data), LIST_OCTETS_MAX)
        raise decode_error(_BAD_LIST, _CURE, path=path, offset=offset, data=data)
    rules = tuple(CvmRule(data[at], data[at + 1]) for at in range(AMOUNTS_OCTETS, len(data), 2))
    return CvmList(int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big"), rules)


def parse_cvm_results(data: bytes, path: str = "9F34") -> CvmResults:
    """The results.  Raises DecodeError for another length than three octets."""
    if len(data) != 3:
        raise decode_error(_BAD_RESULTS, _CURE, path=path, offset=min(3, len(data)), data=data)
    return CvmResults(*data)


def method_name(code: int) -> Text:
    """The method of a CVM code, whatever its bit 7."""
    return METHOD_NAMES.get(code & METHOD_MASK) or _UNKNOWN_METHOD.format(code=code & METHOD_MASK)


def condition_name(code: int) -> Text:
    """A condition code in words."""
    return CONDITION_NAMES.get(code) or _UNKNOWN_CONDITION.format(code=code)
