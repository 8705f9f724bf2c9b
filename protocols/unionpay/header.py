"""TPDU and message header (Chanjet POS V2.0, "报文结构")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import IO, Any

from ..codec import Leaf, Refused, read_octets
from ..text import Text

TPDU_OCTETS = 5
HEADER_OCTETS = 6
TPDU_ID = "60"

NOT_TPDU = Text("TPDU 应以 60 开头，得到 {id}", "A TPDU starts with 60, got {id}")
NOT_TPDU_CURE = Text("检查成帧方式与长度前缀", "Check the framing and the length prefix")
NOT_HEX = Text(
    "{what} 应为 {count} 个大写十六进制字符，得到 {value!r}",
    "{what} takes {count} upper-case hex characters, got {value!r}",
)
NOT_HEX_CURE = Text("按规定长度给出", "Give exactly that many")
MISSING = Text("该方言要求 {what}", "The dialect wants a {what}")
MISSING_CURE = Text("给出该项，或换方言", "Give one, or choose another dialect")
SURPLUS = Text("该方言没有 {what}", "The dialect has no {what}")


class Requirement(IntEnum):
    """处理要求: what the host asks of the terminal in the header of a reply.  All sixteen values exist."""

    NONE = 0
    DOWNLOAD_PARAMETERS = 1
    UPLOAD_STATUS = 2
    SIGN_IN = 3
    DOWNLOAD_PUBLIC_KEYS = 4
    DOWNLOAD_AIDS = 5
    DOWNLOAD_TMS = 6
    DOWNLOAD_BIN_BLACKLIST = 7
    DOWNLOAD_RATES = 8
    DOWNLOAD_CONTACTLESS = 9
    UNKNOWN_A = 10
    DOWNLOAD_QPS_BINS = 11
    DOWNLOAD_QPS_BLACKLIST = 12
    UNKNOWN_D = 13
    UNKNOWN_E = 14
    UNKNOWN_F = 15


REQUIREMENT_NAMES: dict[Requirement, Text] = {
    Requirement.NONE: Text("无处理要求", "nothing"),
    Requirement.DOWNLOAD_PARAMETERS: Text("下载终端磁条卡参数", "download magnetic-stripe parameters"),
    Requirement.UPLOAD_STATUS: Text("上传终端状态", "upload the terminal status"),
    Requirement.SIGN_IN: Text("重新签到", "sign in again"),
    Requirement.DOWNLOAD_PUBLIC_KEYS: Text("更新公钥", "update the CA public keys"),
    Requirement.DOWNLOAD_AIDS: Text("下载 IC 卡参数", "download the AID parameters"),
    Requirement.DOWNLOAD_TMS: Text("TMS 参数下载", "download TMS parameters"),
    Requirement.DOWNLOAD_BIN_BLACKLIST: Text("下载卡 BIN 黑名单", "download the card BIN blacklist"),
    Requirement.DOWNLOAD_RATES: Text("下载汇率或费率", "download exchange or fee rates"),
    Requirement.DOWNLOAD_CONTACTLESS: Text("下载非接参数", "download contactless parameters"),
    Requirement.DOWNLOAD_QPS_BINS: Text("下载免密卡 BIN 表", "download the no-PIN BIN table"),
    Requirement.DOWNLOAD_QPS_BLACKLIST: Text("下载免密卡 BIN 黑名单", "download the no-PIN BIN blacklist"),
    Requirement.UNKNOWN_A: Text("未知要求 A", "unknown requirement A"),
    Requirement.UNKNOWN_D: Text("未知要求 D", "unknown requirement D"),
    Requirement.UNKNOWN_E: Text("未知要求 E", "unknown requirement E"),
    Requirement.UNKNOWN_F: Text("未知要求 F", "unknown requirement F"),
}


@dataclass(frozen=True, slots=True)
class Tpdu:
    """`60` + destination (4 hex digits) + source (4)."""

    id: str = TPDU_ID
    destination: str = "0000"
    source: str = "0000"

    @classmethod
    def from_hex(cls, text: str) -> Tpdu:
        """From 10 hex digits, e.g. `6000030000`."""
        text = text.upper()
        return cls(text[:2], text[2:6], text[6:])

    def hex(self) -> str:
        """The ten hex digits."""
        return self.id + self.destination + self.source

    def swapped(self) -> Tpdu:
        """The TPDU of the reply: addresses exchanged."""
        return Tpdu(self.id, self.source, self.destination)


@dataclass(frozen=True, slots=True)
class Header:
    """The 6-octet header as hex digits: class 2, version 2, status 1, requirement 1, reserved 6.

    The host fills the requirement in its reply and returns the rest as received.  The reserved part is zeros in the
    specification and carries a version in practice (`310108`, even `FFF1`).
    """

    application_class: str = "60"
    version: str = "31"
    status: str = "0"
    requirement: Requirement = Requirement.NONE
    reserved: str = "000000"

    @classmethod
    def from_hex(cls, text: str) -> Header:
        """From 12 hex digits, e.g. `603100310108`."""
        text = text.upper()
        return cls(text[:2], text[2:4], text[4], Requirement(int(text[5], 16)), text[6:])

    def hex(self) -> str:
        """The twelve hex digits."""
        return f"{self.application_class}{self.version}{self.status}{self.requirement:X}{self.reserved}"


def _unhex(text: str, count: int, what: str) -> bytes:
    if len(text) == count and text.isalnum() and text == text.upper():
        try:
            return bytes.fromhex(text)
        except ValueError:
            pass
    raise Refused(NOT_HEX.format(what=what, count=count, value=text), NOT_HEX_CURE, value=text)


class TpduLeaf(Leaf):
    """5 octets; value `Tpdu`."""

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> Tpdu:
        text = read_octets(stream, TPDU_OCTETS).hex().upper()
        if not text.startswith(TPDU_ID):
            raise Refused(NOT_TPDU.format(id=text[:2]), NOT_TPDU_CURE, offset=stream.tell() - TPDU_OCTETS)
        return Tpdu(text[:2], text[2:6], text[6:])

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        if not isinstance(obj, Tpdu):
            raise Refused(MISSING.format(what="TPDU"), MISSING_CURE, value=obj)
        if obj.id != TPDU_ID:
            raise Refused(NOT_TPDU.format(id=obj.id), NOT_TPDU_CURE, value=obj)
        stream.write(_unhex(obj.hex(), 2 * TPDU_OCTETS, "TPDU"))
        return obj


class HeaderLeaf(Leaf):
    """6 octets; value `Header`."""

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> Header:
        text = read_octets(stream, HEADER_OCTETS).hex().upper()
        return Header(text[:2], text[2:4], text[4], Requirement(int(text[5], 16)), text[6:])

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        if not isinstance(obj, Header):
            raise Refused(MISSING.format(what="header"), MISSING_CURE, value=obj)
        stream.write(_unhex(obj.hex(), 2 * HEADER_OCTETS, "header"))
        return obj


class Absent(Leaf):
    """Nothing on the wire; the value must be None, so that a caller's TPDU or header is not dropped in silence."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> None:
        return None

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        if obj is not None:
            raise Refused(SURPLUS.format(what=self.what), MISSING_CURE, value=obj)
        return obj
