"""Records that READ RECORD returns, and what of them is signed (EMV Book 3 clauses 6.5.11, 10.2, 10.3)."""

from __future__ import annotations

from ..errors import TRAILING, decode_error
from ..text import Text
from ..tlv import parse_one_tlv
from .afl import SFI_EMV_MAX
from .tree import Node, parse_tree

RECORD_TEMPLATE = 0x70

_CURE = Text(
    "卡片个人化有误，请发卡行检查该记录", "The card is personalised wrongly; have the issuer check this record"
)
_NO_TEMPLATE = Text("记录不是模板 70", "The record is not a template 70")


def parse_record(data: bytes, path: str = "record") -> tuple[Node, ...]:
    """The objects of a record in template 70, templates opened.

    Raises DecodeError where the record is no template 70, or does not end with it.
    """
    _content(data, path)
    (record,) = parse_tree(data, path)
    return record.children


def signed_octets(sfi: int, data: bytes, path: str = "record") -> bytes:
    """What of a record of the file `sfi` (1 to 30) enters the hash of offline data authentication.

    SFI 1 to 10: what is in template 70, without its tag and length; 11 to 30: the whole record.  Raises DecodeError
    where the record is no template 70: authentication has failed then, whatever the file.
    """
    content = _content(data, path)
    return content if sfi <= SFI_EMV_MAX else data


def _content(data: bytes, path: str) -> bytes:
    if data[:1] != bytes((RECORD_TEMPLATE,)):
        raise decode_error(_NO_TEMPLATE, _CURE, path=path, offset=0, data=data)
    item, end = parse_one_tlv(data, 0, path)
    if any(data[end:]):
        raise decode_error(TRAILING.format(left=len(data) - end), _CURE, path=path, offset=end, data=data)
    return item.value
