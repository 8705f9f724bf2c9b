"""The SM4 PIN block: 16 octets that F52 cannot hold, so F52 is zeros and a private field carries them.

F59 or F57 usage `A1` (Chanjet POS V2.0 and the label in PAX and Topwise; the tag is common use, no source prints it),
or F63 as `SM` (VFWZ).  Which one is the dialect's `sm4_pin_field`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .f59 import SM4_PIN
from .f63 import SM4_OCTETS, Sm4Pin, build_f63, parse_f63
from .layout import octets_of, reject
from .subtags import FORMS, Form, Sub, build_subs, find_sub, parse_subs

if TYPE_CHECKING:
    from ..dialect import Dialect


def put_sm4_pin(block: bytes, present: str | bytes | None, dialect: Dialect) -> bytes:
    """Value of the dialect's field with the PIN `block` (16 octets) in front of the usages that are `present` there.

    Raises EncodeError for a block of another size, and where F63 already holds something; DecodeError when what is
    present is no list of usages.
    """
    field = dialect.sm4_pin_field
    if len(block) != SM4_OCTETS or (field == 63 and present):
        reject(f"F{field}", block, "国密 PIN 应为 16 字节，63 域须为空", "16 octets, and F63 must be free")
    if field == 63:
        return build_f63(Sm4Pin(block), dialect)
    path, form = f"F{field}", _form(dialect)
    return build_subs((Sub(SM4_PIN, block), *parse_subs(octets_of(present or b""), form, path)), form, path)


def find_sm4_pin(fields: Mapping[int, str | bytes], dialect: Dialect) -> bytes | None:
    """The 16 octets, or None where the field or the usage is absent.

    Raises DecodeError when the field is no list of usages.  A block of another size counts as absent.
    """
    field = dialect.sm4_pin_field
    if field not in fields:
        return None
    value = octets_of(fields[field])
    if field == 63:
        record = parse_f63(value, dialect)
        return record.block if isinstance(record, Sm4Pin) else None
    block = find_sub(parse_subs(value, _form(dialect), f"F{field}"), SM4_PIN)
    return block if block is None or len(block) == SM4_OCTETS else None


def _form(dialect: Dialect) -> Form:
    return FORMS["decimal-2" if dialect.sn_length_base == "decimal-2" else "decimal-3"]
