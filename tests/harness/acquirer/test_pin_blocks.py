"""F52: what is a PIN block for this card and what is none (ISO 9564-1 format 0); clear blocks written by hand."""

from __future__ import annotations

import pytest

from .chip_card import encrypt
from .conftest import Bench, Pos


def clear(text: str, pan: str = "6212142000000000012") -> bytes:
    """`text` (16 hex digits) XOR the twelve rightmost digits of the PAN without its check digit."""
    part = "0000" + pan[:-1][-12:]
    return bytes(a ^ b for a, b in zip(bytes.fromhex(text), bytes.fromhex(part), strict=True))


BLOCKS = [
    ("06123456FFFFFFFF", "6212142000000000012", "2", "00"),
    ("06123457FFFFFFFF", "6212142000000000012", "2", "55"),
    ("06123456FFFFFFFF", "6212142000000000020", "2", "99"),
    ("06123456FFFFFFFF", "6222020000000000018", "2", "55"),
    ("16123456FFFFFFFF", "6212142000000000012", "2", "99"),
    ("36123456FFFFFFFF", "6212142000000000012", "2", "99"),
    ("03123FFFFFFFFFFF", "6212142000000000012", "2", "99"),
    ("0D12345678901234", "6212142000000000012", "2", "99"),
    ("0612345AFFFFFFFF", "6212142000000000012", "2", "99"),
    ("06123456FFFFFFF0", "6212142000000000012", "2", "99"),
    ("06123456FFFFFFFF", "0000000000000000000", "1", "00"),
    ("06123456FFFFFFFF", "0000000000000000000", "2", "99"),
    ("06123456FFFFFFFF", "6212142000000000012", "1", "99"),
]
"""Right; another PIN; for another card, told by the filler, and for one whose number differs under a digit of the PIN;
formats 1 and 3; three and thirteen digits; a digit that is none; a filler that is none; without PAN, said and unsaid;
with PAN where F53 says without."""


@pytest.mark.parametrize(("block", "pan", "form", "code"), BLOCKS)
def test_pin_blocks(bench: Bench, pos: Pos, block: str, pan: str, form: str, code: str) -> None:
    assert pos.keys is not None
    octets = encrypt(pos.keys.pik, clear(block, pan))
    fields = pos.sale_fields(100) | {22: "051", 26: "06", 52: octets, 53: f"{form}600000000000000"}
    assert pos.ask("0200", fields, mac=True).text(39) == code
    assert len(bench.host.state.ledger.postings) == (code == "00")
