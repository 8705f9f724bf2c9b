"""F59: tagged usages - SM4 PIN, device and serial number, QR code, voucher, location, activation code.

Sources: Topwise terminal (`A1` to `A5`, three-digit lengths); one live acquirer's sale (two-digit lengths and private
usages in front); VFWZ (`EF01`, `EF02`); Chanjet POS V2.0 (first installation: fixed positions).
`A8`, the activation code, is posrig's own activation profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import DecodeError
from ...text import Text
from .layout import Context, Part, Raw, Row, cut, join, octets_of, raw_rows, rows_of
from .serial import DeviceInfo as DeviceInfo
from .serial import device_info, device_subs, rows_device
from .subtags import FORMS, Sub, build_subs, find_sub, parse_subs, rows_subs

if TYPE_CHECKING:
    from ..dialect import Dialect

PATH = "F59"
SM4_PIN, DEVICE, QR_CODE, VOUCHER, LOCATION, ACTIVATION_CODE = "A1", "A2", "A3", "A4", "A5", "A8"
ACTIVATION = "101"
"""F60.3 of a first installation; posrig's profile always writes three-digit lengths there."""

USAGE_NAMES: Mapping[str, Text] = {
    SM4_PIN: Text("国密 PIN", "SM4 PIN block"),
    DEVICE: Text("终端硬件序列号信息", "Device and serial number"),
    QR_CODE: Text("付款码", "Customer's QR code"),
    VOUCHER: Text("付款凭证码", "Payment voucher"),
    LOCATION: Text("位置信息", "Location"),
    ACTIVATION_CODE: Text("激活码", "Activation code"),
    "EF01": Text("网址", "URL"),
    "EF02": Text("提示文本", "Text"),
}
LOCATION_NAMES: Mapping[str, Text] = {
    "01": Text("经度", "Longitude"),
    "02": Text("纬度", "Latitude"),
    "05": Text("坐标系", "Coordinate system"),
}
INSTALL_LAYOUT = (
    Part("vendor", 20, "59.1", Text("厂商", "Vendor")),
    Part("serial_number", 30, "59.2", Text("序列号", "Serial number")),
    Part("rest", 949, "59.3", Text("基站信息和版本", "Base station and version")),
)
_INSTALL_LENGTHS = range(50, 1000)


@dataclass(frozen=True, slots=True)
class F59:
    """The usages in wire order; `form` names the form of their lengths (a key of `subtags.FORMS`)."""

    items: tuple[Sub, ...]
    form: str = "decimal-3"

    def get(self, tag: str) -> bytes | None:
        """Content of the first usage with this tag, or None."""
        return find_sub(self.items, tag)

    def device(self) -> DeviceInfo | None:
        """Usage A2 as a record, or None where there is none.  Raises DecodeError when its items are broken."""
        content = self.get(DEVICE)
        return None if content is None else device_info(parse_subs(content, FORMS[self.form], f"{PATH}/{DEVICE}"), 59)


@dataclass(frozen=True, slots=True)
class InstallRequest:
    """Chanjet's first installation: space-padded `vendor` (20) and `serial_number` (30), then what follows."""

    vendor: str
    serial_number: str
    rest: str = ""


def device_usage(info: DeviceInfo, form: str = "decimal-3") -> Sub:
    """Usage A2 made of `info`.  Raises EncodeError when an item is too long."""
    return Sub(DEVICE, build_subs(device_subs(info, 59), FORMS[form], f"{PATH}/{DEVICE}"))


def parse_f59(value: bytes, dialect: Dialect, context: Context | None = None) -> F59 | InstallRequest | Raw:
    """Split F59 into its usages.

    Raises DecodeError when a value that begins with a known usage (`A1` to `A9`, `EF..`) is cut off; a value of
    another kind (printable text, a private form) stays raw.
    """
    installing = context is not None and context.net_code == ACTIVATION
    if value[:1] == b"\xef":
        return F59(parse_subs(value, FORMS["bcd-1"], PATH), "bcd-1")
    short = dialect.sn_length_base == "decimal-2" and not installing
    form = "decimal-2" if short else "decimal-3"
    if value[:1] == b"A" and value[1:2] in b"123456789" and len(value) > 1:
        return F59(parse_subs(value, FORMS[form], PATH), form)
    if installing and dialect.f62_parameters == "chanjet" and len(value) in _INSTALL_LENGTHS:
        return InstallRequest(**cut(value.decode("latin-1"), INSTALL_LAYOUT, PATH, _INSTALL_LENGTHS))
    if short and value:  # private usages with other tags may stand in front of A2
        try:
            return F59(parse_subs(value, FORMS[form], PATH), form)
        except DecodeError:
            return Raw(value)
    return Raw(value)


def build_f59(record: F59 | InstallRequest | Raw, dialect: Dialect) -> bytes:
    """The octets of F59.  Raises EncodeError when a usage is too long for its form."""
    if isinstance(record, Raw):
        return octets_of(record.value)
    if isinstance(record, InstallRequest):
        return octets_of(join(record, INSTALL_LAYOUT, PATH, _INSTALL_LENGTHS))
    return build_subs(record.items, FORMS[record.form], PATH)


def rows_f59(record: F59 | InstallRequest | Raw, field: int = 59) -> list[Row]:
    """One row per usage; A2 and A5 are opened where their items are whole.  `field` 57 where the usages stand there."""
    if isinstance(record, Raw):
        return raw_rows(record, str(field))
    if isinstance(record, InstallRequest):
        return rows_of(record, INSTALL_LAYOUT)
    rows: list[Row] = []
    for item in record.items:
        rows += _rows_usage(item, record.form, field)
    return rows


def _rows_usage(item: Sub, form: str, field: int) -> list[Row]:
    if item.tag in (DEVICE, LOCATION):
        try:
            subs = parse_subs(item.value, FORMS[form], PATH)
        except DecodeError:
            return rows_subs((item,), USAGE_NAMES, str(field))
        if item.tag == DEVICE:
            return rows_device(subs, field, f"{field}.{DEVICE}")
        return rows_subs(subs, LOCATION_NAMES, f"{field}.{LOCATION}")
    return rows_subs((item,), USAGE_NAMES, str(field))
