"""Answers in the formats 80 and 77: GET PROCESSING OPTIONS, GENERATE AC, INTERNAL AUTHENTICATE (EMV Book 3, 6.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from ..errors import TRAILING, decode_error
from ..text import Text
from ..tlv import Tlv, build_tlv, find_tlv, parse_one_tlv, parse_tlv
from .afl import AflEntry, parse_afl

FORMAT_1, FORMAT_2 = 0x80, 0x77
AIP, AFL, CID, ATC, CRYPTOGRAM, ISSUER_DATA, SIGNED_DATA = 0x82, 0x94, 0x9F27, 0x9F36, 0x9F26, 0x9F10, 0x9F4B

_CURE = Text("卡片应答不符合 EMV，换卡再试", "The card does not answer as EMV says; try another card")
_NO_TEMPLATE = Text("应答既不是模板 80 也不是 77", "The answer is neither template 80 nor 77")
_MISSING = Text("应答中没有 {tag}", "The answer holds no {tag}")
_WRONG_SIZE = Text("{tag} 的长度 {size} 不对", "{tag} cannot have {size} octets")


@dataclass(frozen=True, slots=True)
class ProcessingOptions:
    """The answer to GET PROCESSING OPTIONS.

    `aip`: 2 octets.  `afl`: none where the card sent no AFL, or an empty one (contactless).  `items`: all objects
    of format 2 in wire order (9F26, 9F36, 57 ... of a contactless card); of format 1 the two that it stands for.
    """

    aip: bytes
    afl: tuple[AflEntry, ...]
    items: tuple[Tlv, ...]


@dataclass(frozen=True, slots=True)
class AcAnswer:
    """The answer to GENERATE AC.

    `cid` 0 to 255; `atc` 2 octets; `cryptogram` 8 octets, empty where `signed_data` (CDA) has it inside;
    `issuer_data`: 9F10, at most 32 octets, may be empty.  `items`: all objects in wire order; of format 1 those
    that it stands for.
    """

    cid: int
    atc: bytes
    cryptogram: bytes
    issuer_data: bytes
    signed_data: bytes
    items: tuple[Tlv, ...]

    @property
    def hashed(self) -> bytes:
        """The objects but 9F4B, tags and lengths and all: what the hash inside a CDA signature covers of the answer."""
        return build_tlv(item for item in self.items if item.tag != SIGNED_DATA)


def parse_gpo(data: bytes, path: str = "GPO") -> ProcessingOptions:
    """The answer to GET PROCESSING OPTIONS, without its status word.

    Raises DecodeError for another template, octets behind it, an AIP that is missing or has not 2 octets, an
    illegal AFL.
    """
    tag, value, at = _opened(data, path)
    if tag == FORMAT_1:
        if len(value) < 2:
            _wrong_size("80", len(value), path, at, data)
        items: tuple[Tlv, ...] = (Tlv(AIP, value[:2]), Tlv(AFL, value[2:]))
    else:
        items = parse_tlv(data, path, at)
    aip, afl = find_tlv(items, AIP), find_tlv(items, AFL)
    if aip is None:
        _missing("82", path, at, data)
    if len(aip) != 2:
        _wrong_size("82", len(aip), path, at, data)
    return ProcessingOptions(aip, parse_afl(afl or b"", f"{path}/94"), items)


def parse_ac(data: bytes, path: str = "GENERATE AC") -> AcAnswer:
    """The answer to GENERATE AC, without its status word.

    Raises DecodeError for another template, octets behind it, and where CID, ATC, or both cryptogram and signed
    data are missing or have the wrong length.
    """
    tag, value, at = _opened(data, path)
    if tag == FORMAT_1:
        if not 11 <= len(value) <= 43:
            _wrong_size("80", len(value), path, at, data)
        parts = (value[:1], value[1:3], value[3:11], value[11:])
        tags = (CID, ATC, CRYPTOGRAM, ISSUER_DATA)
        items = tuple(Tlv(name, part) for name, part in zip(tags, parts, strict=True) if part)
    else:
        items = parse_tlv(data, path, at)
    found = {name: find_tlv(items, name) for name in (CID, ATC, CRYPTOGRAM, ISSUER_DATA, SIGNED_DATA)}
    if found[CRYPTOGRAM] is None and not found[SIGNED_DATA]:
        _missing("9F26", path, at, data)
    for name, size in ((CID, 1), (ATC, 2), (CRYPTOGRAM, 8)):
        octets = found[name]
        if octets is None and name != CRYPTOGRAM:
            _missing(f"{name:X}", path, at, data)
        if octets is not None and len(octets) != size:
            _wrong_size(f"{name:X}", len(octets), path, at, data)
    cid, atc, cryptogram, issuer_data, signed_data = (octets or b"" for octets in found.values())
    if len(issuer_data) > 32:
        _wrong_size("9F10", len(issuer_data), path, at, data)
    return AcAnswer(cid[0], atc, cryptogram, issuer_data, signed_data, items)


def parse_signature(data: bytes, path: str = "INTERNAL AUTHENTICATE") -> bytes:
    """The signed dynamic application data (9F4B) in the answer to INTERNAL AUTHENTICATE, without its status word.

    Raises DecodeError for another template, octets behind it, and where there is none.
    """
    tag, value, at = _opened(data, path)
    signature = value if tag == FORMAT_1 else find_tlv(parse_tlv(data, path, at), SIGNED_DATA)
    if not signature:
        _missing("9F4B", path, at, data)
    return signature


def _opened(data: bytes, path: str) -> tuple[int, bytes, int]:
    """The template's tag, its value, and where that begins."""
    if data[:1] not in (b"\x80", b"\x77"):
        raise decode_error(_NO_TEMPLATE, _CURE, path=path, offset=0, data=data)
    item, end = parse_one_tlv(data, 0, path)
    if end != len(data):
        raise decode_error(TRAILING.format(left=len(data) - end), _CURE, path=path, offset=end, data=data)
    return item.tag, item.value, end - len(item.value)


def _missing(tag: str, path: str, at: int, data: bytes) -> NoReturn:
    raise decode_error(_MISSING.format(tag=tag), _CURE, path=f"{path}/{tag}", offset=at, data=data)


def _wrong_size(tag: str, size: int, path: str, at: int, data: bytes) -> NoReturn:
    raise decode_error(_WRONG_SIZE.format(tag=tag, size=size), _CURE, path=f"{path}/{tag}", offset=at, data=data)
