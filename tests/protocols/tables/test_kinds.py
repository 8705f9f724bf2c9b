"""Message kinds against the tables of the specifications, and against recorded messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.unionpay.dialect import CUP, Dialect
from protocols.unionpay.kinds import KINDS, UnknownKind, kind_named, kind_of, request_mti, requires_mac, reversal
from protocols.unionpay.message import Message

CBC = Dialect(name="cup-cbc", extra_balance_codes=("300000",), extra_sale_codes=("190000", "280000"))
CHANJET = Dialect(name="chanjet", order_fields=True)

# Chanjet POS V2.0 "transaction elements" and PAX ETransType: name, MTI, F3, F25, 60.1, time-out raises 0400.
FINANCIAL = """
balance                 0200 310000 00 01 no
sale                    0200 000000 00 22 yes
void                    0200 200000 00 23 yes
refund                  0220 200000 00 25 no
preauth                 0100 030000 06 10 yes
preauth_void            0100 200000 06 11 yes
completion              0200 000000 06 20 yes
completion_void         0200 200000 06 21 yes
completion_advice       0220 000000 06 24 no
preauth_incremental     0100 030000 60 10 yes
offline_sale            0220 000000 00 30 no
adjustment              0220 000000 00 32 no
tip                     0220 000000 00 34 no
ec_sale_upload          0200 000000 00 36 no
ec_refund               0220 200000 00 27 no
load_designated         0200 600000 91 45 yes
load_designated         0200 600000 91 40 yes
cash_load               0200 630000 91 46 yes
cash_load               0200 630000 91 41 yes
cash_load_void          0200 170000 91 51 yes
load_undesignated       0200 620000 91 47 yes
load_undesignated       0200 620000 91 42 yes
instalment              0200 000000 64 22 yes
instalment_void         0200 200000 64 23 yes
points                  0200 000000 65 22 yes
points_void             0200 200000 65 23 yes
points_balance          0200 310000 65 03 no
moto                    0200 000000 08 22 yes
moto_void               0200 200000 08 23 yes
moto_preauth            0100 030000 18 10 yes
moto_preauth_void       0100 200000 18 11 yes
moto_completion         0200 000000 18 20 yes
moto_completion_void    0200 200000 18 21 yes
recurring               0200 000000 28 22 yes
reservation             0200 000000 67 54 yes
reservation_void        0200 200000 67 53 yes
magstripe_load_check    0100 330000 00 01 no
magstripe_cash_load     0200 630000 00 48 no
magstripe_account_load  0200 400000 66 49 no
"""

# 60.3 tables of Chanjet POS V2.0 and PAX: name, MTI, 60.1, 60.3.
MANAGED = """
sign_in 0800 00 001
sign_in 0800 00 003
sign_in 0800 00 004
sign_in 0800 00 005
sign_in 0800 00 006
sign_off 0820 00 002
echo 0820 00 301
parameters 0800 00 360
parameters_end 0800 00 361
tms_parameters 0800 00 364
tms_parameters_end 0800 00 365
software_block 0800 00 366
software_end 0800 00 367
status_upload 0820 00 362
capk_list 0820 00 372
capk_list 0820 00 373
capk_download 0800 00 370
capk_download 0800 00 373
capk_end 0800 00 371
aid_list 0820 00 382
aid_download 0800 00 380
aid_end 0800 00 381
bin_blacklist 0800 00 390
bin_blacklist_end 0800 00 391
contactless_parameters 0800 00 394
contactless_parameters_end 0800 00 395
qps_bin_b 0800 00 396
qps_bin_b_end 0800 00 397
qps_bin_c 0800 00 398
qps_bin_c_end 0800 00 399
tmk_rsa_key 0800 00 352
tmk_download 0800 00 350
tmk_activate 0800 00 351
rates 0300 01 800
e_signature 0820 07 800
e_signature 0820 07 301
activation 0800 00 101
merchant_download 0800 00 420
script_result 0620 00 951
settlement 0500 00 201
batch_upload_magstripe 0320 00 201
batch_upload_tc 0320 00 203
batch_upload_tc 0320 00 205
batch_upload_ic_notice 0320 00 204
batch_upload_ic_notice 0320 00 206
batch_upload_load 0320 00 208
batch_upload_load 0320 00 209
batch_end 0320 00 202
batch_end 0320 00 207
"""

FINANCIAL_ROWS = [line.split() for line in FINANCIAL.split("\n") if line]
MANAGED_ROWS = [line.split() for line in MANAGED.split("\n") if line]

# Recorded messages (MTI, F3, F22, F25, F60), named by program or site.
RECORDED = [
    ("easy8583", "0810", None, None, None, "00000519003", "sign_in"),
    ("vfwz reply 011 to a request 005", "0810", None, None, None, "00000727011", "sign_in"),
    ("vfwz download", "0800", None, None, None, "00000001420", "merchant_download"),
    ("vfwz signature", "0930", None, None, None, "07000727", "e_signature_0920"),
    ("vfwz sale, 17 digits", "0210", "000000", None, "00", "22000727000600070", "sale"),
    ("jiso, 14 digits", "0200", "000000", "021", "00", "22000015000501", "sale"),
    ("halo, 8 digits", "0200", "000000", "021", "00", "22000001", "sale"),
    ("codetd 2788100, batch alone, account type 40", "0200", "004000", "021", None, "000001", "sale"),
    ("yuantu", "0410", "000000", None, "00", "2200000700050", "reversal of sale"),
    ("ajsgn", "0400", "000000", "021", "65", "22160529", "reversal of points"),
    ("mpossdk settle", "0510", None, None, None, "00000006201", "settlement"),
    ("mpossdk batch, 13 digits", "0330", None, None, None, "0000025320350", "batch_upload_tc"),
    ("mpossdk AID list", "0830", None, None, None, "00000001382", "aid_list"),
    ("mpossdk AID", "0810", None, None, None, "00000001380", "aid_download"),
    ("mpossdk CAPK end", "0810", None, None, None, "00000001371", "capk_end"),
    ("cardinfolink RSA", "0800", None, None, None, "00000002352", "tmk_rsa_key"),
    ("easy8583ans end", "0320", None, None, None, "00000000207", "batch_end"),
    ("centerm 960, purpose unknown", "0800", None, None, None, "00000001960", None),
    ("mocredit, F25 = 04 in no table", "0210", "000000", None, "04", "22000126", None),
]


def message(mti: str, f3: str | None, f25: str | None, f60: str | None, f22: str | None = None) -> Message:
    """A message with just the fields that tell its kind."""
    values = {3: f3, 22: f22, 25: f25, 60: f60}
    return Message(mti, {number: value for number, value in values.items() if value is not None})


def name_of(given_message: Message, dialect: Dialect = CUP) -> str | None:
    """`sale`, or `reversal of sale`."""
    kind = kind_of(given_message, dialect)
    if kind is None:
        return None
    return f"{kind.name} of {kind.reversal_of.name}" if kind.reversal_of else kind.name


@pytest.mark.parametrize("row", FINANCIAL_ROWS, ids=" ".join)
def test_every_financial_row(row: list[str]) -> None:
    name, mti, f3, f25, f60_1, raises = row
    reply = f"{mti[:2]}{int(mti[2]) + 1}0"
    for sent in (mti, reply):
        kind = kind_of(message(sent, f3, f25, f"{f60_1}00000100050"), CUP)
        assert kind is not None
        assert (kind.name, kind.mti, kind.reply_mti) == (name, mti, reply)
        assert kind.raises_reversal is (raises == "yes")
        assert kind.needs_mac
    wanted = f"reversal of {name}" if raises == "yes" else None
    assert name_of(message("0400", f3, f25, f"{f60_1}00000100050")) == wanted
    assert name_of(message("0410", f3, f25, f"{f60_1}00000100050")) == wanted


@pytest.mark.parametrize("row", MANAGED_ROWS, ids=" ".join)
def test_every_management_and_settlement_row(row: list[str]) -> None:
    name, mti, f60_1, f60_3 = row
    for sent in (mti, f"{mti[:2]}{int(mti[2]) + 1}0"):
        kind = kind_of(message(sent, None, None, f"{f60_1}000001{f60_3}"), CUP)
        assert kind is not None
        assert kind.name == name
        assert not kind.needs_mac
        assert not kind.raises_reversal
        assert kind.posting is None


def test_every_kind_stands_in_a_table_of_this_test() -> None:
    known = {row[0] for row in FINANCIAL_ROWS + MANAGED_ROWS}
    known |= {"reversal", "sale_qr", "e_signature_0920", "batch_upload_advice"}
    assert {kind.name for kind in KINDS if kind.profile == "cup"} == known


@pytest.mark.parametrize(("source", "mti", "f3", "f22", "f25", "f60", "name"), RECORDED)
def test_recorded_messages(
    source: str, mti: str, f3: str | None, f22: str | None, f25: str | None, f60: str, name: str | None
) -> None:
    assert name_of(message(mti, f3, f25, f60, f22)) == name


def test_codes_of_the_unionpay_test_host() -> None:
    assert name_of(message("0210", "190000", "81", "2218111400000060"), CBC) == "bill_payment"
    assert name_of(message("0200", "300000", "00", "0118111400000060"), CBC) == "balance"
    assert name_of(message("0200", "280000", "87", "2318111400000060"), CBC) == "bill_payment_void"
    assert name_of(message("0200", "310000", "00", "0118111400000060"), CBC) == "balance"
    assert kind_named("balance", CBC).processing_codes == ("300000",)
    assert kind_named("balance", CUP).processing_codes == ("310000",)
    for f3 in ("190000", "300000", "280000"):
        assert name_of(message("0200", f3, "81", None)) is None


def test_codes_of_chanjet() -> None:
    assert name_of(message("0200", "280000", "00", "22000001000"), CHANJET) == "daily_sale"
    assert name_of(message("0200", "710000", "00", "60000001000"), CHANJET) == "qr_scan"
    assert name_of(message("0200", "311000", "00", "01000001000"), CHANJET) == "order_inquiry"
    assert name_of(message("0200", "311000", "00", "01000001000"), CUP) == "balance"  # account type 10
    assert name_of(message("0200", "710000", "00", "60000001000"), CUP) is None


def test_qr_sale_is_told_by_f22() -> None:
    for entry, name in (("032", "sale_qr"), ("031", "sale_qr"), ("042", "sale_qr"), ("051", "sale"), ("021", "sale")):
        assert name_of(message("0200", "000000", "00", "22000001000", entry)) == name
    assert name_of(message("0400", "000000", "00", "22000001000", "032")) == "reversal of sale_qr"


def test_absent_fields_lead_to_the_standard_row() -> None:
    """What a dialect leaves out fits every row; the standard row of the same MTI and F3 comes first."""
    assert name_of(message("0200", "000000", None, None)) == "sale"
    assert name_of(message("0200", "200000", None, None)) == "void"
    assert name_of(message("0800", None, None, "22000001")) is None
    assert name_of(message("0800", None, None, "00000001")) == "sign_in"
    assert name_of(message("0800", None, None, None)) == "sign_in"
    assert name_of(message("0820", None, None, "00000001")) == "sign_off"
    assert name_of(message("0500", None, None, "00000001")) == "settlement"


def test_offline_advice_in_the_batch_keeps_its_own_type() -> None:
    for f60_1 in ("24", "25", "30"):
        assert name_of(message("0320", "000000", "00", f"{f60_1}000001000")) == "batch_upload_advice"


def test_script_result_carries_the_f3_of_its_transaction() -> None:
    for f3 in ("000000", "200000", "030000"):
        assert name_of(message("0620", f3, "00", "00000001951")) == "script_result"


def test_settlement_sides() -> None:
    """Chanjet POS V2.0: debit = sale, completions, offline, adjustments; credit = refund, void, completion void."""
    debit = {"sale", "sale_qr", "completion", "completion_advice", "offline_sale", "adjustment", "tip"}
    credit = {"refund", "void", "completion_void"}
    for name in debit:
        assert kind_named(name).is_debit, name
    for name in credit:
        assert kind_named(name).is_credit, name
    for name in ("balance", "preauth", "preauth_void", "preauth_incremental", "load_designated", "cash_load"):
        assert kind_named(name).posting is None, name
    assert all(not (kind.is_debit or kind.is_credit) for kind in KINDS if kind.family != "financial")


def test_reversals() -> None:
    sale = kind_named("sale")
    assert reversal(sale).reversal_of == sale
    assert (reversal(sale).mti, reversal(sale).reply_mti, reversal(sale).family) == ("0400", "0410", "reversal")
    assert reversal(sale).needs_mac
    for name in ("balance", "refund", "sign_in"):
        with pytest.raises(UnknownKind):
            reversal(kind_named(name))
    with pytest.raises(UnknownKind):
        kind_named("reversal")
    with pytest.raises(UnknownKind, match="'sail'"):
        kind_named("sail")


def test_mac_rule_of_the_dialect() -> None:
    assert not requires_mac(kind_named("sign_in"), CUP)
    assert requires_mac(kind_named("sale"), CUP)
    assert requires_mac(kind_named("sign_in"), Dialect(mac_on_management=True))
    assert requires_mac(kind_named("e_signature_0920"), CUP)


def test_no_two_rows_are_the_same_combination() -> None:
    """Within one profile a row that is fully given must find itself, else an earlier row hides it."""
    for kind in KINDS:
        dialect = {"cup": CUP, "cbc": CBC, "chanjet": CHANJET}[kind.profile]
        for f60_1 in kind.type_codes or ("00",):
            for f60_3 in kind.management_codes or ("000",):
                f3 = kind.processing_codes[0] if kind.processing_codes else None
                f25 = kind.conditions[0] if kind.conditions else None
                entry = "032" if kind.scanned else "051"
                assert kind_of(message(kind.mti, f3, f25, f"{f60_1}000001{f60_3}", entry), dialect) == kind


def test_request_mti() -> None:
    pairs = {"0210": "0200", "0200": "0200", "0230": "0220", "0330": "0320", "0410": "0400", "0830": "0820"}
    assert {mti: request_mti(mti) for mti in pairs} == pairs


@given(st.text("0123456789²x", max_size=5), st.none() | st.text(max_size=7), st.none() | st.text(max_size=12))
def test_any_values_give_a_kind_or_none(mti: str, f3: str | None, f60: str | None) -> None:
    kind = kind_of(message(mti, f3, None, f60), CUP)
    assert kind is None or kind in KINDS


@pytest.mark.parametrize("f60", ["00000042", "000042"])
@pytest.mark.parametrize("row", [row for row in MANAGED_ROWS if row[2] == "00" and row[1] != "0620"], ids=" ".join)
def test_management_codes_where_f60_ends_before_them(row: list[str], f60: str) -> None:
    """F3 990nnn stands for 60.3 = nnn (posrig's choice)."""
    name, mti, _, code = row
    assert name_of(message(mti, f"990{code}", None, f60)) == name


@pytest.mark.parametrize("f60", ["00000001", "000001"])
def test_what_else_tells_messages_without_a_code_apart(f60: str) -> None:
    assert name_of(Message("0800", {59: b"A2003010", 60: f60})) == "activation"
    assert name_of(Message("0800", {41: "20000001", 60: f60})) == "sign_in"
    assert name_of(Message("0320", {48: "0003", 60: f60})) == "batch_end"
    assert name_of(Message("0320", {48: "01" + "0" * 40, 60: f60})) == "batch_upload_magstripe"
    assert name_of(Message("0320", {3: "200000", 60: f60.replace("00000001", "25000001")})) == "batch_upload_advice"
