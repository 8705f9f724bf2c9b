"""The commands of EMV and their names (EMV Book 1 clause 11, Book 3 clause 6.5; PBOC 3.0 part 5; PC/SC part 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..text import Text
from .apdu import Command

LE_ALL = 256
"""Le = 00: all that there is.  EMV terminals send nothing else."""

PSE = b"1PAY.SYS.DDF01"
PPSE = b"2PAY.SYS.DDF01"

AcKind = Literal["AAC", "TC", "ARQC"]
AC_REFERENCE: Mapping[AcKind, int] = {"AAC": 0x00, "TC": 0x40, "ARQC": 0x80}
"""P1 of GENERATE AC, and the same two bits of CID (9F27): EMV Book 3 tables 12 and 15."""
CDA_WANTED = 0x10
"""P1 of GENERATE AC: the answer is to be signed (CDA)."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction: its code, the specification's name (`GENERATE AC`) and a name for people."""

    ins: int
    code: str
    name: Text


_ROWS: tuple[tuple[int, str, str, str], ...] = (
    (0x0E, "ERASE BINARY", "擦除二进制", "erase binary"),
    (0x16, "CARD BLOCK", "卡片锁定", "block the card"),
    (0x18, "APPLICATION UNBLOCK", "应用解锁", "unblock the application"),
    (0x1E, "APPLICATION BLOCK", "应用锁定", "block the application"),
    (0x20, "VERIFY", "验证 PIN", "verify the PIN"),
    (0x24, "PIN CHANGE/UNBLOCK", "PIN 修改 / 解锁", "change or unblock the PIN"),
    (0x2A, "COMPUTE CRYPTOGRAPHIC CHECKSUM", "计算密码校验值", "compute a cryptographic checksum"),
    (0x70, "MANAGE CHANNEL", "管理逻辑信道", "manage a logical channel"),
    (0x82, "EXTERNAL AUTHENTICATE", "外部认证", "authenticate the issuer"),
    (0x84, "GET CHALLENGE", "取随机数", "get a random number"),
    (0x88, "INTERNAL AUTHENTICATE", "内部认证", "have the card sign (DDA)"),
    (0xA4, "SELECT", "选择", "select a file or application"),
    (0xA8, "GET PROCESSING OPTIONS", "取处理选项", "begin the application"),
    (0xAE, "GENERATE AC", "生成应用密文", "generate an application cryptogram"),
    (0xB0, "READ BINARY", "读二进制", "read binary"),
    (0xB2, "READ RECORD", "读记录", "read a record"),
    (0xC0, "GET RESPONSE", "取响应", "fetch the answer (T=0)"),
    (0xC2, "ENVELOPE", "信封", "envelope"),
    (0xCA, "GET DATA", "取数据", "get a data object"),
    (0xD6, "UPDATE BINARY", "更新二进制", "update binary"),
    (0xDA, "PUT DATA", "设置数据", "set a data object"),
    (0xDC, "UPDATE RECORD", "更新记录", "update a record"),
    (0xE2, "APPEND RECORD", "追加记录", "append a record"),
)
INSTRUCTIONS: Mapping[int, Instruction] = {ins: Instruction(ins, code, Text(zh, en)) for ins, code, zh, en in _ROWS}
"""By INS; an instruction of EMV has one meaning whatever its CLA."""

_GET_UID = Instruction(0xCA, "GET UID", Text("读卡器取 UID", "ask the reader for the UID"))


def instruction_of(command: Command) -> Instruction:
    """What a command is called; an unknown one is `INS xx`.  CLA FF is a question to the reader (PC/SC part 3)."""
    if command.cla == 0xFF and command.ins == 0xCA:
        return _GET_UID
    known = INSTRUCTIONS.get(command.ins)
    if known is not None and command.cla != 0xFF:
        return known
    code = f"INS {command.ins:02X}"
    return Instruction(command.ins, code, Text(f"指令 {command.ins:02X}", f"instruction {command.ins:02X}"))


def select(name: bytes, *, next_one: bool = False) -> Command:
    """SELECT by name (AID, PSE or PPSE of 5 to 16 octets); `next_one`: the next that begins so."""
    return Command(0x00, 0xA4, 0x04, 0x02 if next_one else 0x00, name, LE_ALL)


def get_processing_options(pdol_data: bytes = b"") -> Command:
    """GET PROCESSING OPTIONS with the values that the PDOL asks for, wrapped in tag 83 (at most 252 octets)."""
    size = len(pdol_data)
    length = bytes((size,)) if size < 0x80 else bytes((0x81, size))
    return Command(0x80, 0xA8, 0x00, 0x00, b"\x83" + length + pdol_data, LE_ALL)


def read_record(sfi: int, record: int) -> Command:
    """READ RECORD `record` (1 to 255) of the file `sfi` (1 to 30)."""
    return Command(0x00, 0xB2, record, sfi << 3 | 0x04, b"", LE_ALL)


def get_data(tag: int) -> Command:
    """GET DATA of a two-octet tag (9F36 ATC, 9F13 last online ATC, 9F17 PIN tries, 9F4F log format ...)."""
    return Command(0x80, 0xCA, tag >> 8, tag & 0xFF, b"", LE_ALL)


def get_challenge() -> Command:
    """GET CHALLENGE: eight random octets of the card."""
    return Command(0x00, 0x84, 0x00, 0x00, b"", LE_ALL)


def verify(pin_block: bytes, *, enciphered: bool = False) -> Command:
    """VERIFY: a plain PIN block of 8 octets (`2n PIN FF..`), or the PIN under the card's public key."""
    return Command(0x00, 0x20, 0x00, 0x88 if enciphered else 0x80, pin_block)


def internal_authenticate(ddol_data: bytes) -> Command:
    """INTERNAL AUTHENTICATE with the values that the DDOL asks for."""
    return Command(0x00, 0x88, 0x00, 0x00, ddol_data, LE_ALL)


def external_authenticate(issuer_authentication_data: bytes) -> Command:
    """EXTERNAL AUTHENTICATE with tag 91: ARPC and what follows it, 8 to 16 octets."""
    return Command(0x00, 0x82, 0x00, 0x00, issuer_authentication_data)


def generate_ac(kind: AcKind, cdol_data: bytes, *, cda: bool = False) -> Command:
    """GENERATE AC: a cryptogram of `kind` over the values that the CDOL asks for; `cda`: signed as well."""
    return Command(0x80, 0xAE, AC_REFERENCE[kind] | (CDA_WANTED if cda else 0), 0x00, cdol_data, LE_ALL)
