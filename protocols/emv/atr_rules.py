"""What EMV says about an ATR, and an ATR in words (EMV Book 1 clause 8.3; EMV Level 1 contact interface 1.0, 8.3).

A terminal that finds something in the ATR of a cold reset tries a warm one, whose TB1 is free; what is found then ends
the card session.  Readers with a driver accept far more: a finding here is a diagnosis, not a reason to stop.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..text import Text
from .atr import Atr

_TB1 = Text("冷复位 ATR 的 TB1 应为 00", "TB1 of a cold ATR should be 00")
_TA1 = Text("TA1 = {value:02X} 不在 11 至 13 之内", "TA1 = {value:02X} is not within 11 to 13")
_TC1 = Text("TC1 = {value:02X} 应为 00 或 FF", "TC1 = {value:02X} should be 00 or FF")
_PROTOCOL = Text("首选协议 T={value} 应为 T=0 或 T=1", "The first protocol T={value} should be T=0 or T=1")
_TA2_PROTOCOL = Text("TA2 指定的协议与首选协议不同", "TA2 names another protocol than the first one")
_TA2_IMPLICIT = Text("TA2 要求隐含参数", "TA2 wants implicit parameters")
_TB2 = Text("不应有 TB2", "There should be no TB2")
_TC2 = Text("TC2 仅用于 T=0 且应为 0A", "TC2 is for T=0 only and should be 0A")
_SECOND = Text("TD2 的协议 T={value} 不允许跟在 T={first} 之后", "Protocol T={value} of TD2 may not follow T={first}")
_NO_T1 = Text("T=1 缺少 TB3", "T=1 lacks TB3")
_IFSC = Text("TA3（IFSC）应为 10 至 FE", "TA3 (IFSC) should be 10 to FE")
_WAITING = Text(
    "TB3 = {value:02X}：BWI 应不大于 4，CWI 应不大于 5", "TB3 = {value:02X}: BWI is at most 4, CWI at most 5"
)
_CWT = Text("TC1 与 CWI 不符：2^CWI 小于 N+1", "TC1 does not fit CWI: 2^CWI is below N+1")
_TC3 = Text("TC3 应为 00（LRC）", "TC3 should be 00 (LRC)")

_STORAGE = bytes.fromhex("804F0CA000000306")
_CARDS: Mapping[bytes, Text] = {
    b"\x00\x01": Text("MIFARE Classic 1K", "MIFARE Classic 1K"),
    b"\x00\x02": Text("MIFARE Classic 4K", "MIFARE Classic 4K"),
    b"\x00\x03": Text("MIFARE Ultralight", "MIFARE Ultralight"),
    b"\x00\x26": Text("MIFARE Mini", "MIFARE Mini"),
    b"\x00\x3a": Text("MIFARE Ultralight C", "MIFARE Ultralight C"),
    b"\xf0\x04": Text("Topaz / Jewel", "Topaz or Jewel"),
    b"\xf0\x11": Text("FeliCa 212K", "FeliCa 212K"),
    b"\xf0\x12": Text("FeliCa 424K", "FeliCa 424K"),
}
_STORAGE_CARD = Text("非接触存储卡，不是金融 IC 卡", "Contactless storage card, no payment card")


def emv_findings(atr: Atr, *, warm: bool = False) -> tuple[Text, ...]:
    """What EMV objects to; nothing for an ATR that a strict terminal accepts.  `warm`: the ATR of a warm reset.

    A TA1 above 13 is found in negotiable mode, too: terminals differ there, and no EMV card needs it (posrig's choice).
    """
    found: list[Text] = []
    if not warm and atr.character("B", 1) != 0x00:
        found.append(_TB1)
    ta1, tc1 = atr.character("A", 1), atr.character("C", 1)
    if ta1 is not None and not 0x11 <= ta1 <= 0x13:
        found.append(_TA1.format(value=ta1))
    if tc1 not in (None, 0x00, 0xFF):
        found.append(_TC1.format(value=tc1))
    found += _second_group(atr)
    if atr.protocols[0] == 1:
        found += _t1(atr)
    return tuple(found)


def storage_card(atr: Atr) -> Text | None:
    """What storage card the historical bytes of a contactless ATR name (PC/SC part 3 supplement); None for none."""
    if not atr.contactless or not atr.historical.startswith(_STORAGE):
        return None
    known = _CARDS.get(atr.historical[9:11])
    return Text(f"{_STORAGE_CARD.zh}：{known.zh}", f"{_STORAGE_CARD.en}: {known.en}") if known else _STORAGE_CARD


def _second_group(atr: Atr) -> list[Text]:
    found: list[Text] = []
    first = atr.protocols[0]
    named = [group.protocol for group in atr.groups[1:]]
    if first not in (0, 1):
        found.append(_PROTOCOL.format(value=first))
    ta2, tc2 = atr.character("A", 2), atr.character("C", 2)
    if ta2 is not None:
        if ta2 & 0x0F != first:
            found.append(_TA2_PROTOCOL)
        if ta2 & 0x10:
            found.append(_TA2_IMPLICIT)
    if atr.character("B", 2) is not None:
        found.append(_TB2)
    if tc2 is not None and (first != 0 or tc2 != 0x0A):
        found.append(_TC2)
    if len(named) > 1 and named[1] not in ((1,) if first == 1 else (15,)):
        found.append(_SECOND.format(value=named[1], first=first))
    return found


def _t1(atr: Atr) -> list[Text]:
    ta3, tb3, tc3 = (atr.first(letter, 1) for letter in "ABC")
    if tb3 is None:
        return [_NO_T1]
    found: list[Text] = []
    if ta3 is not None and not 0x10 <= ta3 <= 0xFE:
        found.append(_IFSC)
    if tb3 >> 4 > 4 or tb3 & 0x0F > 5:
        found.append(_WAITING.format(value=tb3))
    guard = atr.character("C", 1) or 0
    if guard != 0xFF and 1 << (tb3 & 0x0F) < guard + 1:
        found.append(_CWT)
    if tc3 not in (None, 0x00):
        found.append(_TC3)
    return found
