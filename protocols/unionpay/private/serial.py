"""Serial number and ciphertext of a terminal (UnionPay notice 21): the same content in F46, F47, F57 or F59.

Where it stands and how its lengths are written is the dialect's: `sn_field`, `sn_length_base`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...text import Text
from .layout import Raw, Row, octets_of, raw_rows, refuse, reject
from .subtags import FORMS, Sub, build_subs, parse_subs, rows_subs

if TYPE_CHECKING:
    from ..dialect import Dialect

MAX_SERIAL = 50
"""Vendor 6, type 2, and up to 42 characters."""

DEVICE_TYPES = {
    "01": Text("自动柜员机", "ATM"),
    "02": Text("传统 POS", "POS terminal"),
    "03": Text("手机 POS", "mPOS"),
    "04": Text("智能 POS", "smart POS"),
    "05": Text("智能电话终端", "fixed-phone terminal"),
}
SUB_NAMES: Mapping[str, Text] = {
    "device_type": Text("设备类型", "Device type"),
    "serial_number": Text("终端硬件序列号", "Device serial number"),
    "random_factor": Text("加密随机因子", "Random factor"),
    "ciphertext": Text("硬件序列号密文", "Ciphertext of the serial number"),
    "application_version": Text("应用程序版本号", "Application version"),
}
F59_TAGS = dict(zip(SUB_NAMES, ("01", "02", "03", "04", "05"), strict=True))
OTHER_TAGS = dict(zip(SUB_NAMES, ("04", "05", "06", "07", "08"), strict=True))
"""F46, F47 and F57 number the same five items from 04; 03 is the region in one of them."""

_PI = b"PI"
_PI_DIGITS = 3


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """Who the terminal is.  `device_type` 01 to 05; `serial_number` up to 50 characters; `random_factor` the last six
    digits of the PAN or code; `ciphertext` 8 hex characters; `application_version` up to 8, space padded on the wire
    by some.  An item that is None is absent.  `extra` keeps items this list does not name, in wire order after them.
    """

    device_type: str | None = None
    serial_number: str | None = None
    random_factor: str | None = None
    ciphertext: str | None = None
    application_version: str | None = None
    extra: tuple[Sub, ...] = ()


@dataclass(frozen=True, slots=True)
class SerialField:
    """F46, F47 or F57 as it stands: `prefix` `PI` or `A2`, and the items in wire order."""

    prefix: str
    items: tuple[Sub, ...]
    form: str


def device_info(items: tuple[Sub, ...], field: int) -> DeviceInfo:
    """The view of a list of sub-tags; a repeated or unknown tag goes to `extra`."""
    tags = {tag: key for key, tag in _tags(field).items()}
    got: dict[str, str] = {}
    extra: list[Sub] = []
    for item in items:
        key = tags.get(item.tag)
        if key is None or key in got:
            extra.append(item)
        else:
            got[key] = item.value.decode("latin-1")
    return DeviceInfo(**got, extra=tuple(extra))


def device_subs(info: DeviceInfo, field: int) -> tuple[Sub, ...]:
    """The sub-tags of `info` in ascending order, `extra` last.  Raises EncodeError for too long a serial number."""
    if len(info.serial_number or "") > MAX_SERIAL:
        reject(f"F{field}", info.serial_number, f"序列号最多 {MAX_SERIAL} 位", f"The SN has at most {MAX_SERIAL}")
    items = []
    for key, tag in _tags(field).items():
        value = getattr(info, key)
        if value is not None:
            items.append(Sub(tag, octets_of(value)))
    return (*items, *info.extra)


def parse_serial(field: int, value: bytes, dialect: Dialect) -> SerialField | Raw:
    """F46, F47 or F57: `PI` + three digits + items, or `A2` + three digits + items; anything else stays raw.

    Raises DecodeError when the announced length or the items do not fit.  The length base is the dialect's where that
    fits, else the one the field is known for.
    """
    prefix = value[:2]
    if prefix not in (_PI, b"A2") or len(value) < 2 + _PI_DIGITS or not value[2:5].isdigit():
        return Raw(value)
    size, body = int(value[2:5]), value[5:]
    if size != len(body):
        refuse(f"F{field}", value, f"长度 {size}，内容 {len(body)}", f"Length {size}, content {len(body)}", 2)
    name = _form_name(field, dialect)
    return SerialField(prefix.decode("ascii"), parse_subs(body, FORMS[name], f"F{field}"), name)


def build_serial(field: int, record: SerialField | Raw, dialect: Dialect) -> bytes:
    """The octets of F46, F47 or F57.  Raises EncodeError when the items are longer than three digits can say."""
    if isinstance(record, Raw):
        return octets_of(record.value)
    body = build_subs(record.items, FORMS[record.form], f"F{field}")
    if len(body) > 999 or len(record.prefix) != 2:
        reject(f"F{field}", record, "内容最多 999 字节", "The content has at most 999 octets")
    return octets_of(record.prefix) + b"%03d" % len(body) + body


def rows_serial(field: int, record: SerialField | Raw) -> list[Row]:
    """One row per item."""
    if isinstance(record, Raw):
        return raw_rows(record, str(field))
    return rows_device(record.items, field, str(field))


def rows_device(items: tuple[Sub, ...], field: int, path: str) -> list[Row]:
    """One row per sub-tag; the device type is put into words."""
    tags = _tags(field)
    rows = rows_subs(items, {tag: SUB_NAMES[key] for key, tag in tags.items()}, path)
    kind = f"{path}.{tags['device_type']}"
    return [(p, n, v, DEVICE_TYPES.get(v) if p == kind else m) for p, n, v, m in rows]


def _tags(field: int) -> Mapping[str, str]:
    return F59_TAGS if field == 59 else OTHER_TAGS


def _form_name(field: int, dialect: Dialect) -> str:
    usual = {46: "hex-2", 47: "binary", 57: "decimal-3"}
    return dialect.sn_length_base if dialect.sn_field == field else usual[field]
