"""F62: which of its many usages a message carries (Q/CUP 009 F62).

The usage follows from the message type and F60.3; one table says which.  A value outside the table stays raw.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...tlv import parse_tlv
from . import f62_batch as batch
from . import f62_download as download
from . import f62_keys as keys
from . import f62_lists as lists
from .layout import Context, Raw, Row, octets_of, raw_rows

if TYPE_CHECKING:
    from ..dialect import Dialect

SIGN_IN_CODES = frozenset(("001", "003", "004", "005", "006", "011"))
"""011: one acquirer answers a sign-in 005 with it."""

F62 = (
    keys.SignInRequest
    | keys.WorkingKeys
    | lists.StatusList
    | lists.ParameterList
    | lists.ContactlessList
    | lists.BinQuery
    | lists.BinList
    | download.ListQuery
    | download.DownloadList
    | download.Download
    | download.TlvList
    | batch.IcDetail
    | batch.CardholderCheck
    | Raw
)

_BATCH_CODES = frozenset(("203", "204", "205", "206", "208", "209"))
_RSA_CODES = frozenset(("350", "351", "352"))
_SOFTWARE_CODES = frozenset(("366", "367"))
_QUERY_CODES = frozenset(("372", "373", "382"))
_BIN_CODES = frozenset(("390", "396", "398"))
_DOWNLOAD_CODES = frozenset(("370", "373", "380"))


def parse_f62(value: bytes, dialect: Dialect, context: Context) -> F62:
    """Read F62 by the usage that `context` selects.

    Raises DecodeError when the value does not have the form of its usage; an unknown usage, a key layout of unknown
    length, and a sign-in request that does not begin with `Sequence No` stay raw.
    """
    if not value:
        return Raw(value)
    mti, code = context.mti, context.net_code
    if mti == "0800" and code in SIGN_IN_CODES:
        return keys.parse_sign_in_request(value) if value.startswith(keys.MARK) else Raw(value)
    if mti == "0810" and code in SIGN_IN_CODES:
        return keys.parse_working_keys(value) or Raw(value)
    if mti in ("0320", "0330") and code in _BATCH_CODES:
        return batch.parse_ic_detail(value)
    if context.type_code == "50" and len(value) == batch.HOLDER_OCTETS:
        return batch.parse_cardholder(value)
    return _parse_management(value, dialect, context)


def build_f62(record: F62, dialect: Dialect) -> bytes:
    """The octets of F62 for any of its records.  Raises EncodeError when a part is out of range."""
    match record:
        case Raw(value):
            return octets_of(value)
        case keys.SignInRequest():
            return keys.build_sign_in_request(record)
        case keys.WorkingKeys():
            return keys.build_working_keys(record)
        case lists.StatusList() | lists.ParameterList():
            return lists.build_sized(record)
        case lists.ContactlessList():
            return lists.build_contactless(record)
        case lists.BinQuery() | lists.BinList():
            return lists.build_bins(record)
        case batch.IcDetail():
            return batch.build_ic_detail(record)
        case batch.CardholderCheck():
            return batch.build_cardholder(record)
        case _:
            return download.build_download(record)


def rows_f62(record: F62) -> list[Row]:
    """The sub-fields of any of its records."""
    match record:
        case Raw():
            return raw_rows(record, "62")
        case keys.SignInRequest():
            return keys.rows_sign_in(record)
        case keys.WorkingKeys():
            return keys.rows_keys(record)
        case lists.StatusList() | lists.ParameterList() | lists.ContactlessList():
            return lists.rows_list(record)
        case lists.BinQuery() | lists.BinList():
            return lists.rows_bins(record)
        case batch.IcDetail() | batch.CardholderCheck():
            return batch.rows_batch(record)
        case _:
            return download.rows_download(record)


def _parse_management(value: bytes, dialect: Dialect, context: Context) -> F62:
    """The table of 0800 to 0830: reader per MTI and F60.3, in the order in which a code could have two uses."""
    mti, code = context.mti, context.net_code
    for mtis, codes, read in _MANAGEMENT:
        if mti in mtis and code in codes:
            return read(value)
    if mti == "0810" and code == "360":
        return lists.parse_parameters(value, chanjet=dialect.f62_parameters == "chanjet")
    return Raw(value)


def _objects(value: bytes) -> download.TlvList:
    return download.TlvList(parse_tlv(value, download.PATH))


_MANAGEMENT: tuple[tuple[tuple[str, ...], frozenset[str], Callable[[bytes], F62]], ...] = (
    (("0800", "0810"), _RSA_CODES | _SOFTWARE_CODES, _objects),
    (("0820",), _QUERY_CODES, download.parse_query),
    (("0830",), _QUERY_CODES, download.parse_list),
    (("0800",), _DOWNLOAD_CODES, _objects),
    (("0810",), _DOWNLOAD_CODES, download.parse_download),
    (("0800", "0820"), frozenset(("362",)), lists.parse_status),
    (("0810",), frozenset(("394",)), lists.parse_contactless),
    (("0800",), _BIN_CODES, lists.parse_bin_query),
    (("0810",), _BIN_CODES, lists.parse_bins),
)
