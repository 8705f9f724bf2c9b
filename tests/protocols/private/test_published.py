"""Private fields of published messages: what they hold is told by their sources, each with its id in the vectors."""

from __future__ import annotations

import pytest

from protocols.errors import DecodeError, EncodeError
from protocols.unionpay.dialect import CUP, Dialect
from protocols.unionpay.private import f44, f48, f53, f54, f59, f60, f61, f63, serial, sm4_pin
from protocols.unionpay.private.layout import Context, Raw
from protocols.unionpay.private.lookup import explain
from protocols.unionpay.private.subtags import Sub


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("22000001", ("22", "000001", "", "", "", "", "")),  # halo-sale-req
        ("00000172003", ("00", "000172", "003", "", "", "", "")),  # ajsgn-signin-req
        ("2200000700050", ("22", "000007", "000", "5", "0", "", "")),  # yuantu-sale-resp
        ("22000065000501", ("22", "000065", "000", "5", "0", "1", "")),  # mpossdk-sale-resp
        ("2218111400000060", ("22", "181114", "000", "0", "0", "0", "60")),  # moehuster-bill-pay-resp
        ("22000727000600070", ("22", "000727", "000", "6", "0", "0", "070")),  # vfwz-pay-response
        ("000001", ("", "000001", "", "", "", "", "")),  # stx-framed-sale-req
    ],
)
def test_f60_by_its_length(value: str, parts: tuple[str, ...]) -> None:
    assert f60.parse_f60(value, CUP) == f60.F60(*parts)
    assert f60.build_f60(f60.F60(*parts), CUP) == value


@pytest.mark.parametrize(
    "value", ["", "2", "2200000", "220000070", "2200000700", "22000A01", "2" * 31, "２２０００００１"]
)
def test_f60_of_no_form(value: str) -> None:
    with pytest.raises(DecodeError):
        f60.parse_f60(value, CUP)


def test_f61_of_a_reversal() -> None:
    """ajsgn-reversal-req."""
    got = f61.parse_f61("2334156811860529", CUP)
    assert (got.batch, got.stan, got.date, got.auth_mode) == ("233415", "681186", "0529", "")


def test_settlement_reply() -> None:
    """mpossdk-settle-resp: F48 of a 0510, result codes at index 30 and 61."""
    value = "00000000001101100000000000200210000000000000000000000000000001"
    got = f48.parse_f48(value, CUP, Context("0510", "00", "201"))
    assert got == f48.Settlement(f48.Totals(11, 11, 2, 2, "1"), f48.Totals(code="1"))
    assert f48.build_f48(got, CUP) == value
    assert got.balanced
    for index, code in ((30, "2"), (61, "2"), (30, "3"), (30, "0")):
        changed = f48.parse_f48(value[:index] + code + value[index + 1 :], CUP, Context("0510", "00", "201"))
        assert isinstance(changed, f48.Settlement) and not changed.balanced
    with pytest.raises(DecodeError):
        f48.parse_f48(value[:-1], CUP, Context("0510", "00", "201"))


def test_settlement_is_octets_where_the_dialect_says_so() -> None:
    record = f48.Settlement(f48.Totals(100, 1, 0, 0))
    text = Dialect(name="cup-cbc", f48_form="ans")
    built = f48.build_f48(record, text)
    assert built == b"0000000001000010000000000000000" + b"0" * 31
    assert f48.parse_f48(built, text, Context("0500", "00", "201")) == record


def test_batch_detail_and_end() -> None:
    """Q/CUP 009 F48: N2 count, then 2 + 6 + 20 + 12 digits each; the end is N4 (easy8583ans-batch-end-req)."""
    value = (
        "0200000123" + "06212142000000000012".rjust(20, "0") + "000000010000" + "01" + "000124" + "0" * 20 + "0" * 12
    )
    context = Context("0320", "00", "201")
    got = f48.parse_f48(value, CUP, context)
    assert got == f48.BatchDetail(
        (f48.BatchEntry("00", "000123", "6212142000000000012", 10000), f48.BatchEntry("01", "000124", "", 0))
    )
    assert f48.build_f48(got, CUP) == value
    assert f48.parse_f48("0000", CUP, Context("0320", "00", "207")) == f48.BatchEnd(0)
    assert f48.build_f48(f48.BatchEnd(12), CUP) == "0012"
    for broken in ("03" + value[2:], "09" + value[2:42] * 9, value[:-1], "0"):
        with pytest.raises(DecodeError):
            f48.parse_f48(broken, CUP, context)


def test_tip_and_foreign_use_of_f48() -> None:
    assert f48.parse_f48("000000001500", CUP, Context("0220", "34", "000")) == f48.Tip(1500)
    assert f48.parse_f48("0", CUP, Context("0200", "22", "000")) == Raw("0")  # hft-sale-req


def test_f53() -> None:
    """jiso-sale-req: 3DES, PIN with PAN, track enciphered."""
    got = f53.parse_f53("2610000000000000", CUP)
    assert (got.pin_format, got.cipher, got.track) == ("2", "6", "1")
    assert f53.build_f53(f53.F53("2", "6"), CUP) == "2600000000000000"  # moehuster-balance-req


def test_f54_two_groups() -> None:
    """moehuster-balance-resp."""
    got = f54.parse_f54("1001156C0017998567771002156C001799884774", CUP)
    assert isinstance(got, f54.Balances)
    assert [(g.account_type, g.amount_type, g.currency, g.signed_fen) for g in got.groups] == [
        ("10", "01", "156", 1799856777), ("10", "02", "156", 1799884774),
    ]  # fmt: skip
    assert f54.parse_f54("TA000000012345", CUP) == f54.CumulativeAmount(12345)
    assert f54.Balance("10", "02", "156", "D", "000000000100").signed_fen == -100


def test_f44() -> None:
    """mpossdk-sale-resp; the wallet of Chanjet's QR payments."""
    got = f44.parse_f44("01020000   48031000   ", CUP)
    assert got == f44.F44("01020000   ", "48031000   ")
    assert f44.parse_f44("003", CUP, Context("0210", "60", "000")) == f44.Wallet("003")
    assert f44.parse_f44("003", CUP) == Raw("003")


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (  # vfwz-pay-request: hex lengths
            46, b"PI06404020205140000240210687000000106060000690708D3903F390808V0.0.3.0",
            ("02", "00002402106870000001", "000069", "D3903F39", "V0.0.3.0"),
        ),
        (  # qfpay-02: binary lengths, one-octet tags; 03 is the region
            47, bytes.fromhex(
                "5049303537030550333039390402303205103030303030323032334B31333937343306063030303031390708334633443033383408083932"
                "313020202020"
            ),
            ("02", "000002023K139743", "000019", "3F3D0384", "9210    "),
        ),
        (  # Chanjet POS V2.0 F57: usage A2, decimal lengths of three digits
            57, b"A20660400204" + b"05004SN01" + b"06006123456" + b"070080123ABCD" + b"080081.0     ",
            ("04", "SN01", "123456", "0123ABCD", "1.0     "),
        ),
    ],
)  # fmt: skip
def test_serial_number_in_three_places(field: int, value: bytes, expected: tuple[str, ...]) -> None:
    if field == 57:
        value = value[:2] + b"%03d" % (len(value) - 5) + value[5:]
    got = serial.parse_serial(field, value, CUP)
    assert isinstance(got, serial.SerialField)
    info = serial.device_info(got.items, field)
    assert (
        info.device_type, info.serial_number, info.random_factor, info.ciphertext, info.application_version
    ) == expected  # fmt: skip
    assert serial.build_serial(field, got, CUP) == value
    with pytest.raises(DecodeError):
        serial.parse_serial(field, value[:-1], CUP)


def test_f59_with_two_digit_lengths_and_private_usages_in_front() -> None:
    """hft-sale-req."""
    value = (
        b"1220898606170800025839931311HFT170803011414201908300934351502001722BD30.621555,114.361954"
        b"A2600102020216000029021001570803060001130408042472920508H7062801"
    )
    dialect = Dialect(sn_length_base="decimal-2")
    got = f59.parse_f59(value, dialect)
    assert isinstance(got, f59.F59)
    assert got.get("17") == b"BD30.621555,114.361954"
    info = got.device()
    assert info is not None
    assert (info.device_type, info.serial_number, info.ciphertext) == ("02", "0000290210015708", "04247292")
    assert f59.build_f59(got, dialect) == value
    assert f59.parse_f59(value, CUP) == Raw(value)


def test_f59_of_qr_and_of_other_acquirers() -> None:
    """A3 + 019: Topwise. EF01 / EF02 with BCD lengths: vfwz-pay-response. Text: moehuster-bill-pay-resp."""
    got = f59.parse_f59(b"A30196212345678901234567", CUP)
    assert got == f59.F59((Sub("A3", b"6212345678901234567"),))
    tagged = f59.parse_f59(
        bytes.fromhex("EF013368747470733A2F2F7061792E6B64622D746A2E636F6D2F68356D65726368616E74EF0218C9A8C2EBC8CFD6A4CCE1C9FDBDE1CBE3B6EE"),
        CUP,
    )  # fmt: skip
    assert isinstance(tagged, f59.F59)
    assert tagged.get("EF01") == b"https://pay.kdb-tj.com/h5merchant"
    assert (tagged.get("EF02") or b"").decode("gbk") == "扫码认证提升结算额"
    text = b"BI0000000000000|C01|"
    assert f59.parse_f59(text, CUP) == Raw(text)
    with pytest.raises(DecodeError):
        f59.parse_f59(b"A3019621234567890123456", CUP)


def test_f63() -> None:
    """yuantu-sale-resp; vfwz-pay-request holds an SM4 PIN block."""
    assert f63.parse_f63(b"CUP", CUP) == f63.F63("CUP")
    block = bytes.fromhex("CDC489E91786D0BE01F543D813611BCD")
    assert f63.parse_f63(b"SM016" + block, CUP) == f63.Sm4Pin(block)
    remarks = b"CUP" + b"ISSUER".ljust(20) + b"SCHEME".ljust(20) + b"ACQUIRER".ljust(20) + "请联系".encode("gbk")
    got = f63.parse_f63(remarks, CUP)
    assert isinstance(got, f63.F63) and got.acquirer.strip() == "ACQUIRER"
    assert f63.build_f63(got, CUP) == remarks


def test_sm4_pin_block_in_each_place() -> None:
    """vfwz-pay-request has it in F63; F57 and F59 hold it as usage A1, beside the serial number."""
    block = bytes.fromhex("CDC489E91786D0BE01F543D813611BCD")
    vfwz = Dialect(sm4_pin_field=63)
    assert sm4_pin.put_sm4_pin(block, None, vfwz) == b"SM016" + block
    assert sm4_pin.find_sm4_pin({63: b"SM016" + block}, vfwz) == block
    assert sm4_pin.find_sm4_pin({63: b"CUP"}, vfwz) is None
    with pytest.raises(EncodeError):
        sm4_pin.put_sm4_pin(block, b"01 ", vfwz)
    device = b"A2006" + b"010010"
    value = sm4_pin.put_sm4_pin(block, device, CUP)
    assert value == b"A1016" + block + device
    assert sm4_pin.find_sm4_pin({59: value}, CUP) == block
    assert sm4_pin.find_sm4_pin({59: device}, CUP) is None
    assert sm4_pin.find_sm4_pin({}, CUP) is None
    with pytest.raises(EncodeError):
        sm4_pin.put_sm4_pin(block[:8], device, CUP)
    rows = explain(57, b"A1016" + block + b"A2007" + b"0400202", Context(), Dialect(sm4_pin_field=57))
    assert [(path, shown) for path, _, shown, _ in rows] == [("57.A1", block.hex().upper()), ("57.A2.04", "02")]
