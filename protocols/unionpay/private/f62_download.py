"""F62 of the downloads: CA public keys, AIDs, the TMK by RSA.

Sources: Q/CUP 009 and Chanjet POS V2.0 (60.3 = 370 to 373, 380 to 382); PAX Android terminal (350 to 352).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ...text import Text
from ...tlv import Tlv, build_tlv, find_tlv, parse_tlv
from .layout import Row, is_digits, refuse, reject, show
from .parameter_tags import parameter_meaning, parameter_name

PATH = "F62"
TAG_RID, TAG_INDEX, TAG_EXPIRY = 0x9F06, 0x9F22, 0xDF05
TAG_MODULUS, TAG_EXPONENT, TAG_HASH = 0xDF02, 0xDF04, 0xDF03
TAG_TMK, TAG_TMK_KCV, TAG_TRANSPORT, TAG_TRANSPORT_KCV = 0xDF21, 0xDF22, 0xDF23, 0xDF24

MORE = {
    "0": Text("没有", "none"),
    "1": Text("最后一批", "the last list"),
    "2": Text("还有后续", "more follow"),
    "3": Text("全部完毕", "complete"),
}


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Query of the CAPK or AID list: how many entries the terminal has received so far (0 to 99)."""

    received: int = 0


@dataclass(frozen=True, slots=True)
class DownloadList:
    """Reply to a query: `more` "0" none, "1" the last list, "2" more follow; `items` the flat run of data objects.

    A CAPK list repeats 9F06, 9F22, DF05; an AID list repeats 9F06.
    """

    more: str
    items: tuple[Tlv, ...] = ()

    def records(self) -> tuple[tuple[Tlv, ...], ...]:
        """The items grouped, one group per 9F06."""
        groups: list[list[Tlv]] = []
        for item in self.items:
            if item.tag == TAG_RID or not groups:
                groups.append([])
            groups[-1].append(item)
        return tuple(tuple(group) for group in groups)


@dataclass(frozen=True, slots=True)
class Download:
    """Reply to the download of one key or AID: `found` "1" and its data objects, or "0" and none."""

    found: str
    items: tuple[Tlv, ...] = ()

    def get(self, tag: int) -> bytes | None:
        """Value of the first object with this tag, or None."""
        return find_tlv(self.items, tag)


@dataclass(frozen=True, slots=True)
class TlvList:
    """Data objects with nothing in front: a download request, and all three steps of the TMK download."""

    items: tuple[Tlv, ...]

    def get(self, tag: int) -> bytes | None:
        """Value of the first object with this tag, or None."""
        return find_tlv(self.items, tag)


def parse_query(value: bytes) -> ListQuery:
    """`1` and two digits.  Raises DecodeError for anything else."""
    text = value.decode("latin-1")
    if len(text) != 3 or text[0] != "1" or not is_digits(text):
        refuse(PATH, value, "查询请求应为 1 加两位数字", "A list query is 1 and two digits")
    return ListQuery(int(text[1:]))


def parse_list(value: bytes) -> DownloadList:
    """Flag and data objects.  Raises DecodeError for an unknown flag or broken objects."""
    return DownloadList(_flag(value, MORE), parse_tlv(value, PATH, 1))


def parse_download(value: bytes) -> Download:
    """Flag and data objects.  Raises DecodeError for an unknown flag or broken objects."""
    return Download(_flag(value, ("0", "1")), parse_tlv(value, PATH, 1))


def build_download(record: ListQuery | DownloadList | Download | TlvList) -> bytes:
    """The octets of any of the four.  Raises EncodeError for a flag or count out of range."""
    if isinstance(record, ListQuery):
        if not 0 <= record.received <= 99:
            reject(PATH, record.received, "已收条数应在 0 至 99 之间", "The count must be 0 to 99")
        return b"1%02d" % record.received
    if isinstance(record, TlvList):
        return build_tlv(record.items)
    flag = record.more if isinstance(record, DownloadList) else record.found
    if flag not in MORE:
        reject(PATH, flag, "标志应为 0 至 3", "The flag must be 0 to 3")
    return flag.encode("ascii") + build_tlv(record.items)


def rows_download(record: ListQuery | DownloadList | Download | TlvList) -> list[Row]:
    """The flag, then one row per data object."""
    if isinstance(record, ListQuery):
        return [("62", Text("已收条数", "Entries received so far"), str(record.received), None)]
    rows: list[Row] = []
    if isinstance(record, DownloadList):
        rows.append(("62.more", Text("列表标志", "List flag"), record.more, MORE.get(record.more)))
    elif isinstance(record, Download):
        found = Text("有", "found") if record.found == "1" else Text("没有", "not found")
        rows.append(("62.found", Text("下载标志", "Download flag"), record.found, found))
    for item in record.items:
        text = show(item.value) if item.tag == TAG_EXPIRY and len(item.value) == 8 else item.value.hex().upper()
        rows.append((f"62.{item.tag_hex}", parameter_name(item.tag), text, parameter_meaning(item.tag, item.value)))
    return rows


def _flag(value: bytes, allowed: Collection[str]) -> str:
    flag = value[:1].decode("latin-1")
    if flag not in allowed:
        refuse(PATH, value, "首字符不是有效的标志", "The first character is no valid flag")
    return flag
