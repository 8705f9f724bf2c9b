"""Every kind of message and every field has a property test, and a published message or a place on a list.

`packed` packs by the rules of Chanjet POS V2.0 ("数据类型"), written out in plain Python: it shares nothing with the
codec under test.  The lists of what no public message shows may only shrink: a new vector must be taken off them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.fixtures import dialect_names, load_dialect
from protocols.unionpay import Dialect, Message, codec_for
from protocols.unionpay.decode import decode, to_json
from protocols.unionpay.fields import field_table
from protocols.unionpay.header import Header, Tpdu
from protocols.unionpay.kinds import KINDS, Kind, kind_of
from protocols.unionpay.responses import RESPONSES

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "vectors" / "unionpay.json").read_text("utf-8"))
DIALECTS = {name: load_dialect(name) for name in dialect_names()}
TPDU, HEADER = "6000030000", "603100310108"

# Field: n digits (left or right aligned when odd), z, c characters, b octets; its length, or LL / LLL and the longest.
PLAIN = {
    2: "nLL 19", 3: "n 6", 4: "n 12", 5: "cLLL 90", 6: "cLL 90", 7: "cLL 90", 11: "n 6", 12: "n 6", 13: "n 4",
    14: "n 4", 15: "n 4", 22: "nleft 3", 23: "n 3", 24: "n 3", 25: "n 2", 26: "n 2", 27: "n 1", 32: "nLL 11",
    33: "nLL 11", 35: "zLL 37", 36: "zLLL 104", 37: "c 12", 38: "c 6", 39: "c 2", 41: "c 8", 42: "c 15", 43: "c 40",
    44: "cLL 25", 46: "bLLL 90", 47: "bLLL 90", 48: "nLLL 322", 49: "c 3", 52: "b 8", 53: "n 16", 54: "cLLL 120",
    55: "bLLL 90", 56: "bLLL 90", 57: "bLLL 90", 58: "bLLL 90", 59: "bLLL 90", 60: "nLLL 17", 61: "nLLL 34",
    62: "bLLL 90", 63: "bLLL 90", 64: "b 8",
}  # fmt: skip
CHOSEN_BY_KIND = {3, 22, 25, 60}
PACKED_OTHERWISE_BY_CBC = {35, 36, 48, 61}

FIELDS_WITHOUT_VECTOR = {5, 6, 7, 27, 33, 58}
KINDS_WITHOUT_VECTOR = """
activation adjustment aid_end balance batch_upload_advice batch_upload_ic_notice batch_upload_load
batch_upload_magstripe bill_payment-reversal bill_payment_void bill_payment_void-reversal bin_blacklist
bin_blacklist_end cash_load cash_load-reversal cash_load_void cash_load_void-reversal completion completion-reversal
completion_advice completion_void completion_void-reversal contactless_parameters contactless_parameters_end
daily_sale daily_sale-reversal e_signature ec_refund ec_sale_upload echo identity_check instalment
instalment-reversal instalment_void instalment_void-reversal load_designated load_designated-reversal
load_undesignated load_undesignated-reversal magstripe_account_load magstripe_cash_load magstripe_load_check moto
moto-reversal moto_completion moto_completion-reversal moto_completion_void moto_completion_void-reversal
moto_preauth moto_preauth-reversal moto_preauth_void moto_preauth_void-reversal moto_void moto_void-reversal
offline_sale order_inquiry order_payment order_payment-reversal order_payment_void order_payment_void-reversal
parameters parameters_end points points_balance points_void points_void-reversal preauth preauth-reversal
preauth_incremental preauth_incremental-reversal preauth_void preauth_void-reversal qps_bin_b qps_bin_b_end
qps_bin_c qps_bin_c_end qr_inquiry qr_present qr_refund qr_scan qr_void quota_inquiry rates recurring
recurring-reversal refund reservation reservation-reversal reservation_void reservation_void-reversal sale_qr
sale_qr-reversal script_result sign_off software_block software_end status_upload tip tms_parameters
tms_parameters_end void void-reversal
"""


def packed_field(number: int, value: str | bytes) -> bytes:
    form, longest = PLAIN[number].split()
    octets = value if isinstance(value, bytes) else value.encode("latin-1")
    assert len(value) <= int(longest)
    length = bytes.fromhex(f"{len(value):0{2 * (form.count('L') - 1)}d}") if "L" in form else b""
    if form[0] in "nz":
        digits = octets.decode()
        if len(digits) % 2:
            digits = digits + "0" if form == "nleft" or "L" in form else "0" + digits
        octets = bytes.fromhex(digits)
    return length + octets


def packed(mti: str, fields: dict[int, str | bytes]) -> bytes:
    """A TCP frame with TPDU and header."""
    bits = "".join("1" if number in fields else "0" for number in range(1, 65))
    body = bytes.fromhex(TPDU + HEADER + mti) + int(bits, 2).to_bytes(8, "big")
    body += b"".join(packed_field(number, fields[number]) for number in sorted(fields))
    return len(body).to_bytes(2, "big") + body


def value_of(number: int) -> st.SearchStrategy[str | bytes]:
    form, longest = PLAIN[number].split()
    low, high = (0, int(longest)) if "L" in form else (int(longest), int(longest))
    if form[0] == "b":
        return st.binary(min_size=low, max_size=high)
    alphabet = {"n": "0123456789", "z": "0123456789ABCDEF"}.get(form[0])
    return st.text(alphabet or st.characters(max_codepoint=0xFF), min_size=low, max_size=high)


def wire_text(number: int, value: str | bytes) -> str:
    if PLAIN[number][0] in "nz" or number in (52, 55, 62, 64):
        return value if isinstance(value, str) else value.hex().upper()
    octets = value if isinstance(value, bytes) else value.encode("latin-1")
    return octets.decode() if all(0x20 <= octet <= 0x7E for octet in octets) else octets.hex().upper()


def dialect_of(kind: Kind) -> Dialect:
    profile = (kind.reversal_of or kind).profile
    return DIALECTS[{"cup": "cup", "cbc": "cup-cbc", "chanjet": "chanjet"}[profile]]


def title(kind: Kind) -> str:
    return f"{kind.reversal_of.name}-reversal" if kind.reversal_of else kind.name


def told_by(kind: Kind) -> dict[int, str | bytes]:
    """The fields that tell the kind, all other digits of F60 free."""
    f60 = (kind.type_codes or ("22",))[0] + "000001" + (kind.management_codes or ("000",))[0] + "50"
    fields: dict[int, str | bytes] = {60: f60, 22: "032" if kind.scanned else "051"}
    if kind.processing_codes:
        fields[3] = kind.processing_codes[0]
    if kind.conditions:
        fields[25] = kind.conditions[0]
    return fields


@pytest.mark.parametrize("reply", [False, True], ids=["request", "reply"])
@pytest.mark.parametrize("kind", KINDS, ids=title)
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_every_kind_with_any_fields(kind: Kind, reply: bool, data: st.DataObject) -> None:
    dialect = dialect_of(kind)
    left_out = CHOSEN_BY_KIND | (PACKED_OTHERWISE_BY_CBC if dialect.name == "cup-cbc" else set())
    free = sorted(number for number in field_table(dialect) if number not in left_out)
    numbers = data.draw(st.sets(st.sampled_from(free)))
    fields = told_by(kind) | {number: data.draw(value_of(number)) for number in sorted(numbers)}
    mti = kind.reply_mti if reply else kind.mti
    frame = packed(mti, fields)
    message = Message(mti, dict(sorted(fields.items())), Tpdu.from_hex(TPDU), Header.from_hex(HEADER))
    codec = codec_for(dialect)
    assert codec.parse(frame[2:]) == message
    assert codec.build(message) == frame[2:]
    found = kind_of(message, dialect)
    assert found is not None
    assert title(found) == title(kind)
    shown = to_json(decode(frame, dialects=[dialect]))
    assert shown["fields"] == {str(number): wire_text(number, fields[number]) for number in sorted(fields)}


def test_every_field_of_every_dialect_is_packed_in_plain_python() -> None:
    assert set(PLAIN) == {number for dialect in DIALECTS.values() for number in field_table(dialect)}


def test_fields_that_no_published_message_shows() -> None:
    shown = {
        int(number) for entry in VECTORS if entry["parses"] for number in entry.get("fields_parser") or entry["fields"]
    }
    assert set(PLAIN) - shown == FIELDS_WITHOUT_VECTOR


def test_kinds_that_no_published_message_shows() -> None:
    shown = set()
    for entry in VECTORS:
        if entry["parses"]:
            decoded = decode(bytes.fromhex(entry["hex"]), dialects=list(DIALECTS.values()))
            if kind := kind_of(decoded.message, decoded.dialect):
                shown.add(title(kind))
    assert sorted({title(kind) for kind in KINDS} - shown) == KINDS_WITHOUT_VECTOR.split()


def parts_of(mti: str, fields: dict[int, str | bytes], number: int, dialect: str = "cup") -> list[tuple[str, str, str]]:
    """(value, meaning in Chinese, meaning in English) of the parts of one field, as `decode --json` gives them."""
    shown = to_json(decode(packed(mti, fields), dialects=[DIALECTS[dialect]]))["meanings"][str(number)]["parts"]
    return [(part["value"], *((part["meaning"] or {"zh": "", "en": ""}).values())) for part in shown]


def test_chinese_text_is_read_out() -> None:
    name = "测试商户".encode("gbk").ljust(40)
    assert parts_of("0210", {43: name.decode("latin-1")}, 43) == [("测试商户", "", "")]
    assert parts_of("0210", {43: "TEST SHOP".ljust(40)}, 43) == []
    free = "请求失败".encode("gbk")
    assert parts_of("0210", {59: b"BI01|" + free}, 59)[0][1].endswith("BI01|请求失败")
    person = b"01" + b"110101199001011234" + b"13800138000" + "张三".encode("gbk").ljust(30)
    values = [value for value, *_ in parts_of("0200", {60: "5000000100050", 62: person}, 62)]
    assert values == ["01", "110101199001011234", "13800138000", "张三"]


def test_codes_are_put_into_words() -> None:
    assert parts_of("0200", {3: "001000"}, 3) == [("10", "储蓄账户", "savings account")]
    assert parts_of("0200", {3: "000000"}, 3) == []
    assert parts_of("0200", {3: "311000"}, 3, "chanjet") == []  # an order inquiry, not a savings account
    assert parts_of("0210", {27: "1"}, 27, "chanjet") == [("1", "贷记卡", "credit card")]
    assert parts_of("0200", {60: "2200000100050"}, 60)[0] == ("22", "金融类", "financial")
    assert parts_of("0400", {39: "98"}, 39) == [("98", RESPONSES["98"].meaning.zh, RESPONSES["98"].meaning.en)]
    assert parts_of("0210", {39: "B1"}, 39)[1][1:] == ("交易失败", "Transaction failed")
