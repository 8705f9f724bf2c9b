"""One table: field number -> how to read, make and explain its private structure.

decode and trace explain any private field through `explain`, and need to know nothing of the single fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import DecodeError
from ...text import Text
from .. import activation
from . import f44, f48, f53, f54, f55, f58, f59, f60, f61, f62, f63, serial, subtags
from .layout import Context, Row, chinese, octets_of, raw_rows, show
from .layout import Raw as Raw

if TYPE_CHECKING:
    from ..dialect import Dialect

Value = str | bytes
F57 = serial.SerialField | f59.F59 | Raw
"""Device and serial number alone, or a list of usages (SM4 PIN among them)."""


@dataclass(frozen=True, slots=True)
class Structure:
    """How one field is read (`parse(value, dialect, context)`), made (`build(record, dialect)`), explained (`rows`).

    The record is whatever the field's own module defines; hence `Any`, here and nowhere else.
    """

    name: Text
    parse: Callable[[Value, Dialect, Context], Any]
    build: Callable[[Any, Dialect], Value]
    rows: Callable[[Any], list[Row]]


def context_of(mti: str, fields: Mapping[int, Value], dialect: Dialect) -> Context:
    """What selects the usages, taken from the MTI and F60; an F60 that cannot be read counts as absent."""
    try:
        head = f60.parse_f60(fields[60], dialect)
    except (KeyError, DecodeError):
        head = f60.F60("", "")
    f3 = fields.get(3)
    return Context(mti, head.type_code, head.net_code or f60.net_code_of("", f3 if isinstance(f3, str) else None))


def explain(field: int, value: Value, context: Context, dialect: Dialect) -> list[Row]:
    """The parts of a private field: (path, name, value, meaning or None).  Empty for a field without structure.

    Never raises for what the peer sent: a value that does not fit its form is one row, with the reason as its meaning.
    """
    structure = STRUCTURES.get(field)
    if structure is None:
        return []
    try:
        return structure.rows(structure.parse(value, dialect, context))
    except DecodeError as error:
        return [(str(field), structure.name, show(value), error.what)]


def _parse_f62(value: Value, dialect: Dialect, context: Context) -> f62.F62 | activation.ActivationState:
    octets = octets_of(value)
    if context.mti == "0810" and context.net_code == f59.ACTIVATION and octets.startswith(_STATE_TAG):
        return activation.parse_state(octets, dialect)
    return f62.parse_f62(octets, dialect, context)


def _build_f62(record: f62.F62 | activation.ActivationState, dialect: Dialect) -> bytes:
    if isinstance(record, activation.ActivationState):
        return activation.build_state(record, dialect)
    return f62.build_f62(record, dialect)


def _rows_f62(record: f62.F62 | activation.ActivationState) -> list[Row]:
    return activation.rows_state(record) if isinstance(record, activation.ActivationState) else f62.rows_f62(record)


def _serial(field: int) -> Structure:
    return Structure(
        Text("终端硬件序列号信息", "Device and serial number"),
        lambda v, d, c: serial.parse_serial(field, octets_of(v), d),
        lambda r, d: serial.build_serial(field, r, d),
        lambda r: serial.rows_serial(field, r),
    )


def _parse_f57(value: Value, dialect: Dialect, context: Context) -> F57:
    octets = octets_of(value)
    if octets[:1] == b"A" and octets[1:5].isdigit():
        items = subtags.parse_subs(octets, subtags.FORMS["decimal-3"], "F57")
        if [item.tag for item in items] != [f59.DEVICE]:
            return f59.F59(items)
    return serial.parse_serial(57, octets, dialect)


def _build_f57(record: F57, dialect: Dialect) -> bytes:
    return f59.build_f59(record, dialect) if isinstance(record, f59.F59) else serial.build_serial(57, record, dialect)


def _rows_f57(record: F57) -> list[Row]:
    return f59.rows_f59(record, 57) if isinstance(record, f59.F59) else serial.rows_serial(57, record)


def _text_rows(record: Raw) -> list[Row]:
    octets = octets_of(record.value)
    text = chinese(octets)
    if not text or "\ufffd" in text:
        return raw_rows(record, "56")
    return [("56", Text("应答文本", "Response text"), text, None)]


def _characters(value: Value) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


_STATE_TAG = bytes.fromhex("DF8101")

STRUCTURES: Mapping[int, Structure] = {
    44: Structure(
        Text("附加响应数据", "Additional response data"),
        lambda v, d, c: f44.parse_f44(_characters(v), d, c),
        f44.build_f44,
        f44.rows_f44,
    ),
    46: _serial(46),
    47: _serial(47),
    48: Structure(Text("附加数据", "Additional data"), f48.parse_f48, f48.build_f48, f48.rows_f48),
    53: Structure(
        Text("安全控制信息", "Security control information"),
        lambda v, d, c: f53.parse_f53(v, d),
        f53.build_f53,
        f53.rows_f53,
    ),
    54: Structure(
        Text("附加金额", "Additional amounts"),
        lambda v, d, c: f54.parse_f54(_characters(v), d),
        f54.build_f54,
        f54.rows_f54,
    ),
    55: Structure(
        Text("IC 卡数据", "Chip data"), lambda v, d, c: f55.parse_f55(octets_of(v), d), f55.build_f55, f55.rows_f55
    ),
    56: Structure(
        Text("应答文本", "Response text"), lambda v, d, c: Raw(v), lambda r, d: octets_of(r.value), _text_rows
    ),
    57: Structure(Text("自定义域 57", "Private field 57"), _parse_f57, _build_f57, _rows_f57),
    58: Structure(
        Text("电子钱包数据", "Purse data"), lambda v, d, c: f58.parse_f58(octets_of(v), d), f58.build_f58, f58.rows_f58
    ),
    59: Structure(
        Text("自定义域 59", "Private field 59"),
        lambda v, d, c: f59.parse_f59(octets_of(v), d, c),
        f59.build_f59,
        f59.rows_f59,
    ),
    60: Structure(
        Text("自定义域 60", "Private field 60"), lambda v, d, c: f60.parse_f60(v, d), f60.build_f60, f60.rows_f60
    ),
    61: Structure(
        Text("原始信息域", "Original transaction"), lambda v, d, c: f61.parse_f61(v, d), f61.build_f61, f61.rows_f61
    ),
    62: Structure(Text("自定义域 62", "Private field 62"), _parse_f62, _build_f62, _rows_f62),
    63: Structure(
        Text("自定义域 63", "Private field 63"),
        lambda v, d, c: f63.parse_f63(octets_of(v), d),
        f63.build_f63,
        f63.rows_f63,
    ),
}
