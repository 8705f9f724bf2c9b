"""Download of an application package: 0800 with 60.3 = 366 (one block), 367 (how it ended), and what F62 holds in each.

    366 request  DF51 version that runs, DF52 octets that are there already, DF53 of which package (left out: of none)
    366 reply    DF54 version on offer, DF55 length of the package, DF53 which one it is, DF52 offset, DF56 the octets
    367 request  DF51 version that runs, DF54 version that was to be installed, DF57 result

A block begins where the terminal says, unless it has octets of another package: then at 0.  What DF57 says: `RESULTS`.
posrig's own profile: header requirement 6 asks for a TMS download, and no public document says how an application
comes over the messages; UnionPay's 364 and 365 bring parameters.  The blocks need no MAC of their own beyond what the
dialect gives every download: the package is signed by its vendor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ..codec import decode_error
from ..errors import DecodeError
from ..package import PACKAGE_OCTETS_MAX, VERSION_LENGTH_MAX
from ..text import Text
from ..tlv import Tlv, build_tlv, find_tlv, parse_tlv

PATH: Final = "F62"
BLOCK_OCTETS_MAX: Final = 512
"""F62 holds 999 octets."""
IDENTITY_OCTETS: Final = 8
TAG_RUNNING, TAG_OFFSET, TAG_IDENTITY, TAG_OFFERED, TAG_LENGTH, TAG_BLOCK, TAG_RESULT = range(0xDF51, 0xDF58)

RESULTS: Mapping[str, Text] = {
    "00": Text("已校验，重启后切换", "verified, switched to at the restart"),
    "01": Text("软件包不完整", "the package ends early"),
    "02": Text("内容损坏", "the payload is damaged"),
    "03": Text("签名不对", "the signature is wrong"),
    "04": Text("机型不符", "it is for another model"),
    "05": Text("版本不允许", "this version may not replace the one that runs"),
}

_CURE = Text(
    "核对应用下载报文（60.3 = 366、367）", "Check the message against the application download (60.3 = 366, 367)"
)
_MISSING = Text("缺少 {tag}", "{tag} is missing")
_BAD_VALUE = Text("{tag} 的值不对", "the value of {tag} cannot be right")


def identity(package: bytes) -> bytes:
    """What a package is called while it is being fetched: the first octets of its SHA-256."""
    return sha256(package).digest()[:IDENTITY_OCTETS]


@dataclass(frozen=True, slots=True)
class BlockRequest:
    """`running` 1 to 8 characters, `offset` 0 to 65536, `identity` 8 octets or none."""

    running: str
    offset: int = 0
    identity: bytes = b""


@dataclass(frozen=True, slots=True)
class Block:
    """`offered` 1 to 8 characters, `length` of the whole package 1 to 65536, `octets` up to 512 from `offset` on."""

    offered: str
    length: int
    identity: bytes
    offset: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """`result`: a key of `RESULTS`, or another one that this table does not have."""

    running: str
    offered: str
    result: str


def build_block_request(request: BlockRequest) -> bytes:
    """F62 of a 366 request."""
    items = [(TAG_RUNNING, request.running.encode("ascii")), (TAG_OFFSET, _number(request.offset))]
    return _build(*items, *([(TAG_IDENTITY, request.identity)] if request.identity else []))


def parse_block_request(f62: bytes) -> BlockRequest:
    """F62 of a 366 request.  Raises DecodeError when a tag is missing or out of range."""
    items = parse_tlv(f62, PATH)
    known = find_tlv(items, TAG_IDENTITY) or b""
    if known and len(known) != IDENTITY_OCTETS:
        raise _refuse(_BAD_VALUE, TAG_IDENTITY, f62)
    return BlockRequest(_version(items, TAG_RUNNING, f62), _offset(items, TAG_OFFSET, f62), known)


def build_block(block: Block) -> bytes:
    """F62 of a 366 reply."""
    return _build(
        (TAG_OFFERED, block.offered.encode("ascii")),
        (TAG_LENGTH, _number(block.length)),
        (TAG_IDENTITY, block.identity),
        (TAG_OFFSET, _number(block.offset)),
        (TAG_BLOCK, block.octets),
    )


def parse_block(f62: bytes) -> Block:
    """F62 of a 366 reply.  Raises DecodeError when a tag is missing, or for a block that the package cannot have: an
    empty one, or one that reaches beyond its length."""
    items = parse_tlv(f62, PATH)
    length, offset = _offset(items, TAG_LENGTH, f62), _offset(items, TAG_OFFSET, f62)
    octets, name = _need(items, TAG_BLOCK, f62), _need(items, TAG_IDENTITY, f62)
    if not 0 < len(octets) <= BLOCK_OCTETS_MAX or offset + len(octets) > length:
        raise _refuse(_BAD_VALUE, TAG_BLOCK, f62)
    if len(name) != IDENTITY_OCTETS:
        raise _refuse(_BAD_VALUE, TAG_IDENTITY, f62)
    return Block(_version(items, TAG_OFFERED, f62), length, name, offset, octets)


def build_ended(ended: Ended) -> bytes:
    """F62 of a 367 request."""
    return _build(
        (TAG_RUNNING, ended.running.encode("ascii")),
        (TAG_OFFERED, ended.offered.encode("ascii")),
        (TAG_RESULT, ended.result.encode("ascii")),
    )


def parse_ended(f62: bytes) -> Ended:
    """F62 of a 367 request.  Raises DecodeError when a tag is missing or out of range."""
    items = parse_tlv(f62, PATH)
    result = _need(items, TAG_RESULT, f62)
    if len(result) != 2 or not result.isdigit():
        raise _refuse(_BAD_VALUE, TAG_RESULT, f62)
    return Ended(_version(items, TAG_RUNNING, f62), _version(items, TAG_OFFERED, f62), result.decode("ascii"))


def _build(*values: tuple[int, bytes]) -> bytes:
    return build_tlv([Tlv(tag, value) for tag, value in values])


def _number(value: int) -> bytes:
    return value.to_bytes(4, "big")


def _need(items: tuple[Tlv, ...], tag: int, f62: bytes) -> bytes:
    value = find_tlv(items, tag)
    if value is None:
        raise _refuse(_MISSING, tag, f62)
    return value


def _version(items: tuple[Tlv, ...], tag: int, f62: bytes) -> str:
    text = _need(items, tag, f62).decode("latin-1")
    if not 0 < len(text) <= VERSION_LENGTH_MAX or not (text.isascii() and text.isprintable()):
        raise _refuse(_BAD_VALUE, tag, f62)
    return text


def _offset(items: tuple[Tlv, ...], tag: int, f62: bytes) -> int:
    value = _need(items, tag, f62)
    if len(value) != 4 or int.from_bytes(value, "big") > PACKAGE_OCTETS_MAX:
        raise _refuse(_BAD_VALUE, tag, f62)
    return int.from_bytes(value, "big")


def _refuse(what: Text, tag: int, f62: bytes) -> DecodeError:
    return decode_error(what.format(tag=f"{tag:X}"), _CURE, path=f"{PATH}/{tag:X}", offset=0, data=f62)
