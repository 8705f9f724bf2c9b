"""F62 as lists: terminal status, magnetic-stripe parameters, contactless parameters, card-BIN lists.

Sources: Q/CUP 009 parameter download and status upload; Chanjet POS V2.0, whose items 11 and 12 differ; PAX Android
terminal (`posStatusSubmission`, `blackDl`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...text import Text
from .layout import Row, chinese, is_digits, octets_of, refuse, reject, show

PATH = "F62"
BIN_NUMBER_MAX = 999
"""Entries of a BIN list are numbered with three digits."""
MAX_ITEMS = 64
"""Far above the 16 items the specification lists."""

DEVICE_NAMES = {
    "01": Text("键盘", "Keyboard"),
    "02": Text("密码键盘", "PIN pad"),
    "03": Text("读卡器", "Card reader"),
    "04": Text("打印机", "Printer"),
    "05": Text("显示屏", "Display"),
}
_DEVICE = {"0": Text("故障", "faulty"), "1": Text("正常", "working")}
_YES_NO = {"0": Text("否", "no"), "1": Text("是", "yes")}

PARAMETER_NAMES = {
    "11": Text("应用类型", "Application type"),
    "12": Text("超时时间(秒)", "Time-out (seconds)"),
    "13": Text("重试次数", "Retries"),
    "14": Text("电话号码一", "Phone number 1"),
    "15": Text("电话号码二", "Phone number 2"),
    "16": Text("电话号码三", "Phone number 3"),
    "17": Text("管理电话", "Management phone"),
    "18": Text("是否支持小费", "Tips supported"),
    "19": Text("小费百分比", "Tip percentage"),
    "20": Text("是否支持手工输入卡号", "Manual PAN entry"),
    "21": Text("是否自动签退", "Automatic sign-off"),
    "22": Text("商户名称", "Merchant name"),
    "23": Text("重发次数", "Resend count"),
    "24": Text("脱机上送方式", "Offline upload mode"),
    "25": Text("主密钥索引", "TMK index"),
    "27": Text("自动上送累计笔数", "Offline transactions collected before an upload"),
    "31": Text("另一商户号、终端号与名称", "A further merchant account: MID, TID, name"),
}
FURTHER_ACCOUNT = "31"
"""A further merchant account of the terminal (商户二), once for each: MID 15, TID 8, name 40 octets as in item 22.

No public list has such an item; number and form are posrig's choice.  It stands behind all others, so that a terminal
that does not know it has read everything it does know.
"""
_MID_OCTETS, _TID_OCTETS, _NAME_OCTETS = 15, 8, 40
CHANJET_NAMES = {
    **PARAMETER_NAMES,
    "11": Text("支持的交易类型位图", "Bitmap of supported transactions"),
    "12": Text("商户名称", "Merchant name"),
}
PARAMETER_SIZES = {
    "11": 2, "12": 2, "13": 1, "14": 14, "15": 14, "16": 14, "17": 14, "18": 1, "19": 2, "20": 1, "21": 1, "22": 40,
    "23": 1, "24": 1, "25": 1, "27": 2, "31": 63,
}  # fmt: skip
STATUS_NAMES = {**DEVICE_NAMES, **PARAMETER_NAMES, "51": Text("拨号统计", "Dial statistics")}
STATUS_SIZES = {**dict.fromkeys(DEVICE_NAMES, 1), **PARAMETER_SIZES, "51": 12}
"""A status upload reports the parameters in force behind the state of the devices."""
CHANJET_SIZES = {**PARAMETER_SIZES, "11": 32, "12": 40}
PARAMETER_MEANINGS: Mapping[str, Mapping[str, Text]] = {
    "18": _YES_NO,
    "20": _YES_NO,
    "21": _YES_NO,
    "24": {
        "0": Text("结算前上送", "before settlement"),
        "1": Text("下一笔联机前上送一笔", "one before each online transaction"),
    },
}
MORE = {"0": Text("没有", "none"), "1": Text("最后一批", "the last part"), "2": Text("还有后续", "more follow")}
CONTACTLESS_NAMES = {
    "FF805D": Text("非接交易通道开关", "Contactless channel"),
    "FF803A": Text("闪卡当笔重刷处理时间(秒)", "Re-tap time for the current record (seconds)"),
    "FF803C": Text("闪卡记录可处理时间(秒)", "Time a torn record can be handled (seconds)"),
    "FF8054": Text("免密免签(QPS)开关", "QPS (no PIN) switch"),
    "FF8058": Text("免密限额(分)", "QPS limit (fen)"),
    "FF8055": Text("BIN 表 A 标识", "BIN table A"),
    "FF8056": Text("BIN 表 B 标识", "BIN table B"),
    "FF8057": Text("CDCVM 标识", "CDCVM"),
    "FF8059": Text("免签限额(分)", "No-signature limit (fen)"),
    "FF805A": Text("免签标识", "No-signature switch"),
}


@dataclass(frozen=True, slots=True)
class Coded:
    """One item: `code` as printed above (two digits, or `FF805D`), `value` its octets."""

    code: str
    value: bytes


@dataclass(frozen=True, slots=True)
class StatusList:
    """Status upload (60.3 = 362): devices, then parameters in force.

    `rest`: what follows the last item whose size is known, unchanged.
    """

    items: tuple[Coded, ...]
    rest: bytes = b""


@dataclass(frozen=True, slots=True)
class ParameterList:
    """Parameter download (60.3 = 360); `chanjet` tells which sizes items 11 and 12 have."""

    items: tuple[Coded, ...]
    rest: bytes = b""
    chanjet: bool = False

    def get(self, code: str) -> bytes | None:
        """Value of the first item with this code, or None."""
        return next((item.value for item in self.items if item.code == code), None)


@dataclass(frozen=True, slots=True)
class ContactlessList:
    """Contactless parameters (60.3 = 394): six-character tags with three-digit lengths."""

    items: tuple[Coded, ...]


@dataclass(frozen=True, slots=True)
class BinQuery:
    """Request of a card-BIN list (60.3 = 390, 396, 398): the number of the first entry wanted, 0 to 999."""

    start: int = 0


@dataclass(frozen=True, slots=True)
class BinList:
    """Reply: `more` "0" none, "1" the last part, "2" more follow; `last` the number of the last entry sent, None where
    there is none; `bins` the entries as they came (how they are divided is not published).
    """

    more: str
    last: int | None = None
    bins: bytes = b""


def parse_status(value: bytes) -> StatusList:
    """Code and value pairs.  Raises DecodeError when a value is cut off."""
    items, rest = _parse_sized(value, STATUS_SIZES)
    return StatusList(items, rest)


def parse_parameters(value: bytes, chanjet: bool) -> ParameterList:
    """Code and value pairs.  Raises DecodeError when a value is cut off."""
    items, rest = _parse_sized(value, CHANJET_SIZES if chanjet else PARAMETER_SIZES)
    return ParameterList(items, rest, chanjet)


def build_sized(record: StatusList | ParameterList) -> bytes:
    """The octets of the list.  Raises EncodeError for an unknown code or a value of the wrong size."""
    sizes = STATUS_SIZES
    if isinstance(record, ParameterList):
        sizes = CHANJET_SIZES if record.chanjet else PARAMETER_SIZES
    out = []
    for item in record.items:
        if sizes.get(item.code) != len(item.value):
            reject(f"{PATH}/{item.code}", item.value, "未知代码或长度不符", "Unknown code, or wrong size")
        out.append(item.code.encode("ascii") + item.value)
    return b"".join(out) + record.rest


def parse_account(value: bytes) -> tuple[str, str, str]:
    """MID, TID and name of item 31.  Raises DecodeError for another length."""
    if len(value) != PARAMETER_SIZES[FURTHER_ACCOUNT]:
        refuse(f"{PATH}/{FURTHER_ACCOUNT}", value, "长度不符", "Wrong size")
    mid, tid, name = value[:_MID_OCTETS], value[_MID_OCTETS : _MID_OCTETS + _TID_OCTETS], value[-_NAME_OCTETS:]
    return mid.decode("latin-1"), tid.decode("latin-1"), name.decode("gbk", "replace").rstrip()


def build_account(mid: str, tid: str, name: str) -> bytes:
    """Item 31; a name beyond 40 octets of GBK is cut at a character.  Raises EncodeError for numbers of other sizes."""
    numbers = octets_of(mid + tid)
    if len(mid) != _MID_OCTETS or len(tid) != _TID_OCTETS:
        reject(
            f"{PATH}/{FURTHER_ACCOUNT}", mid + tid, "商户号 15 位，终端号 8 位", "An MID of 15, a TID of 8 characters"
        )
    shown = name.encode("gbk", "replace")[:_NAME_OCTETS].decode("gbk", "ignore").encode("gbk")
    return numbers + shown.ljust(_NAME_OCTETS)


def parse_contactless(value: bytes) -> ContactlessList:
    """Tag, length and value to the end.  Raises DecodeError when an item is cut off."""
    items: list[Coded] = []
    at = 0
    while at < len(value):
        size = value[at + 6 : at + 9].decode("latin-1")
        end = at + 9 + int(size) if len(size) == 3 and is_digits(size) else len(value) + 1
        if end > len(value) or len(items) == MAX_ITEMS:
            refuse(PATH, value, "非接参数不完整或过多", "A contactless parameter is cut off, or too many", at)
        items.append(Coded(value[at : at + 6].decode("latin-1"), value[at + 9 : end]))
        at = end
    return ContactlessList(tuple(items))


def build_contactless(record: ContactlessList) -> bytes:
    """The octets of the list.  Raises EncodeError for a tag of other than 6 characters or a value above 999 octets."""
    for item in record.items:
        if len(item.code) != 6 or len(item.value) > 999:
            reject(f"{PATH}/{item.code}", item.value, "标签 6 个字符，值最多 999 字节", "Tag of 6, value up to 999")
    return b"".join(octets_of(i.code) + b"%03d" % len(i.value) + i.value for i in record.items)


def parse_bin_query(value: bytes) -> BinQuery:
    """Three digits.  Raises DecodeError for anything else."""
    text = value.decode("latin-1")
    if len(text) != 3 or not is_digits(text):
        refuse(PATH, value, "起始序号应为三位数字", "The start number has three digits")
    return BinQuery(int(text))


def parse_bins(value: bytes) -> BinList:
    """Flag, three digits, entries; or the flag 0 alone.  Raises DecodeError for anything else."""
    text = value[:4].decode("latin-1")
    if text == "0":
        return BinList(text)
    if len(text) != 4 or not is_digits(text) or text[0] not in MORE:
        refuse(PATH, value, "应为标志和三位结束序号", "Must begin with a flag and an end number of three digits")
    return BinList(text[0], int(text[1:]), value[4:])


def build_bins(record: BinQuery | BinList) -> bytes:
    """The octets of query or list.  Raises EncodeError for a number above 999 or an unknown flag."""
    number = record.start if isinstance(record, BinQuery) else record.last
    if number is not None and not 0 <= number <= 999:
        reject(PATH, number, "序号应在 0 至 999 之间", "The number must be 0 to 999")
    if isinstance(record, BinQuery):
        return b"%03d" % record.start
    if record.more not in MORE or (record.last is None and (record.more != "0" or record.bins)):
        reject(PATH, record, "标志应为 0 至 2，有内容时须有结束序号", "Flag 0 to 2; entries need an end number")
    return record.more.encode("ascii") + (b"" if record.last is None else b"%03d" % record.last) + record.bins


def rows_bins(record: BinQuery | BinList) -> list[Row]:
    """Start number, or flag, end number and entries."""
    if isinstance(record, BinQuery):
        return [("62.start", Text("起始序号", "First entry wanted"), f"{record.start:03d}", None)]
    rows: list[Row] = [("62.more", Text("列表标志", "List flag"), record.more, MORE[record.more])]
    if record.last is not None:
        rows.append(("62.last", Text("结束序号", "Last entry sent"), f"{record.last:03d}", None))
    if record.bins:
        rows.append(("62.bins", Text("卡 BIN", "Card BINs"), show(record.bins), None))
    return rows


def rows_list(record: StatusList | ParameterList | ContactlessList) -> list[Row]:
    """One row per item."""
    names: Mapping[str, Text] = CONTACTLESS_NAMES
    meanings: Mapping[str, Mapping[str, Text]] = {}
    if isinstance(record, StatusList):
        names, meanings = STATUS_NAMES, {**PARAMETER_MEANINGS, **dict.fromkeys(DEVICE_NAMES, _DEVICE)}
    elif isinstance(record, ParameterList):
        names, meanings = (CHANJET_NAMES if record.chanjet else PARAMETER_NAMES), PARAMETER_MEANINGS
    rows: list[Row] = []
    for item in record.items:
        name = names.get(item.code, Text(f"参数 {item.code}", f"Item {item.code}"))
        shown = show(item.value) if item.value.isascii() else chinese(item.value)
        rows.append((f"62.{item.code}", name, shown, meanings.get(item.code, {}).get(shown)))
    rest = b"" if isinstance(record, ContactlessList) else record.rest
    if rest:
        rows.append(("62.rest", Text("其余", "Remainder"), show(rest), None))
    return rows


def _parse_sized(value: bytes, sizes: Mapping[str, int]) -> tuple[tuple[Coded, ...], bytes]:
    items: list[Coded] = []
    at = 0
    while at < len(value):
        code = value[at : at + 2].decode("latin-1")
        size = sizes.get(code)
        if size is None:  # a code of unknown size: where its value ends is unknown too
            break
        if at + 2 + size > len(value) or len(items) == MAX_ITEMS:
            refuse(f"{PATH}/{code}", value, "参数不完整或过多", "An item is cut off, or too many items", at)
        items.append(Coded(code, value[at + 2 : at + 2 + size]))
        at += 2 + size
    return tuple(items), value[at:]
