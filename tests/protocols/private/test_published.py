"""Private fields of published messages: what they hold is told by their sources, each with its id in the vectors."""

from __future__ import annotations

import hashlib

import pytest

from protocols.errors import DecodeError, EncodeError
from protocols.unionpay.dialect import CUP, Dialect
from protocols.unionpay.private import f44, f48, f53, f54, f59, f60, f61, f62, f63, serial, sm4_pin
from protocols.unionpay.private.f62_batch import IcDetail
from protocols.unionpay.private.f62_download import Download, DownloadList, ListQuery, TlvList
from protocols.unionpay.private.f62_keys import SignInRequest, WorkingKeys
from protocols.unionpay.private.f62_lists import BinList, BinQuery, ContactlessList, ParameterList, StatusList
from protocols.unionpay.private.layout import Context, Raw
from protocols.unionpay.private.lookup import explain
from protocols.unionpay.private.subtags import Sub

SIGN_IN_REPLY = Context("0810", "00", "003")


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


@pytest.mark.parametrize(
    ("value", "pik", "pik_kcv", "mak", "filler", "mak_kcv"),
    [
        (  # easy8583-signin-resp
            "46F161A743497B32EAC760DF5EA57DF5900ECCE3977731A7EA402DDF0000000000000000CFF1592A",
            "46F161A743497B32EAC760DF5EA57DF5", "900ECCE3", "977731A7EA402DDF", bytes(8), "CFF1592A",
        ),
        (  # topwise-signin-resp
            "23F6C142C8706C9C6ADECF71E3034D5E3559235FB54CD5370E4C966800000000000000003AB4EEF1",
            "23F6C142C8706C9C6ADECF71E3034D5E", "3559235F", "B54CD5370E4C9668", bytes(8), "3AB4EEF1",
        ),
        (  # ajsgn-signin-resp: MAK of 16 octets, no filler
            "51DBA323AF60599287F61C7E5A9484AEEF8DE29BD3E614FCB51122D4E9B84E2A608CD9C2A4DAABF2",
            "51DBA323AF60599287F61C7E5A9484AE", "EF8DE29B", "D3E614FCB51122D4E9B84E2A608CD9C2", b"", "A4DAABF2",
        ),
    ],
)  # fmt: skip
def test_working_keys_40(value: str, pik: str, pik_kcv: str, mak: str, filler: bytes, mak_kcv: str) -> None:
    got = f62.parse_f62(bytes.fromhex(value), CUP, SIGN_IN_REPLY)
    assert isinstance(got, WorkingKeys)
    first, second = got.slots
    assert (first.kind, first.cipher.hex().upper(), first.kcv.hex().upper(), first.filler) == ("PIK", pik, pik_kcv, b"")
    assert (second.kind, second.cipher.hex().upper(), second.kcv.hex().upper()) == ("MAK", mak, mak_kcv)
    assert second.filler == filler
    assert f62.build_f62(got, CUP).hex().upper() == value


def test_working_keys_60() -> None:
    """f62-60-wearapay: the TDK equals the PIK, with the same KCV."""
    value = (
        "DE8C98114554C59B233C06067161CD11D2B91CC57756D05B85A057BF0000000000000000C9BE2D04"
        "DE8C98114554C59B233C06067161CD11D2B91CC5"
    )
    got = f62.parse_f62(bytes.fromhex(value), CUP, Context("0810", "00", "004"))
    assert isinstance(got, WorkingKeys)
    pik, tdk = got.slot("PIK"), got.slot("TDK")
    assert pik is not None and tdk is not None
    assert (tdk.cipher, tdk.kcv) == (pik.cipher, pik.kcv)
    assert [slot.kind for slot in got.slots] == ["PIK", "MAK", "TDK"]
    assert got.slots[1].filler == bytes(8)


def test_working_keys_in_blocks() -> None:
    """Chanjet POS V2.0: attribute, key 16, KCV 8; in the text's order MAK, PIK, TDK, TMK."""
    value = b"".join(bytes([a]) + bytes([a + 0x10] * 16) + bytes([a + 0x20] * 8) for a in (1, 2, 3, 0))
    got = f62.parse_f62(value, CUP, SIGN_IN_REPLY)
    assert isinstance(got, WorkingKeys) and got.blocks
    assert [(s.kind, s.cipher[0], s.kcv) for s in got.slots] == [
        ("MAK", 0x11, b"\x21" * 8), ("PIK", 0x12, b"\x22" * 8), ("TDK", 0x13, b"\x23" * 8), ("TMK", 0x10, b"\x20" * 8),
    ]  # fmt: skip
    assert f62.build_f62(got, CUP) == value


@pytest.mark.parametrize("size", [44, 56, 57, 84, 104])
def test_key_layouts_nobody_published_stay_raw(size: int) -> None:
    assert f62.parse_f62(bytes(size), CUP, SIGN_IN_REPLY) == Raw(bytes(size))


@pytest.mark.parametrize(
    ("value", "licence", "serial_number"),
    [
        (b"Sequence No163150SXX-4C304119", "3150", "SXX-4C304119"),
        (b"Sequence No12306073782214", "3060", "73782214"),  # easy8583ans-signin-req
    ],
)
def test_sign_in_request(value: bytes, licence: str, serial_number: str) -> None:
    context = Context("0800", "00", "003")
    assert f62.parse_f62(value, CUP, context) == SignInRequest(licence, serial_number)
    assert f62.build_f62(SignInRequest(licence, serial_number), CUP) == value
    with pytest.raises(DecodeError):
        f62.parse_f62(value + b"0", CUP, context)


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


def test_aid_list_and_one_aid() -> None:
    """mpossdk-aid-list-resp, mpossdk-aid-dl-resp."""
    listed = f62.parse_f62(
        bytes.fromhex("319F0608A0000003330101069F0608A0000003330101039F0607A0000000031010"),
        CUP,
        Context("0830", "00", "382"),
    )
    assert isinstance(listed, DownloadList)
    assert listed.more == "1"
    assert [record[0].value.hex().upper() for record in listed.records()] == [
        "A000000333010106", "A000000333010103", "A0000000031010",
    ]  # fmt: skip
    one = f62.parse_f62(
        bytes.fromhex(
            "319F0607A0000000031010DF0101009F08020140DF1105D84000A800DF1205D84004F800DF130500100000009F1B0400000000DF150400000000"
            "DF160199DF170199DF14039F3704DF1801019F7B06000000010000DF1906000000000001DF2006000000010000DF2106000000010000"
        ),
        CUP,
        Context("0810", "00", "380"),
    )
    assert isinstance(one, Download)
    assert (one.found, one.get(0xDF11), one.get(0xDF20)) == (
        "1",
        bytes.fromhex("D84000A800"),
        bytes.fromhex("000000010000"),
    )
    assert f62.parse_f62(b"0", CUP, Context("0810", "00", "380")) == Download("0")


def test_ca_public_key() -> None:
    """mpossdk-capk-dl-resp: DF03 is the SHA-1 of RID, index, modulus and exponent (EMV Book 2, table 35)."""
    value = bytes.fromhex(
        "319F0605A0000003339F220108DF05083230323031323331DF060101DF070101DF028190B61645EDFD5498FB246444037A0FA18C0F101EBD8EFA5457"
        "3CE6E6A7FBF63ED21D66340852B0211CF5EEF6A1CD989F66AF21A8EB19DBD8DBC3706D135363A0D683D046304F5A836BC1BC632821AFE7A2F75DA3C5"
        "0AC74C545A754562204137169663CFCC0B06E67E2109EBA41BC67FF20CC8AC80D7B6EE1A95465B3B2657533EA56D92D539E5064360EA4850FED2D1BF"
        "DF040103DF0314EE23B616C95C02652AD18860E48787C079E8E85A"
    )
    got = f62.parse_f62(value, CUP, Context("0810", "00", "370"))
    assert isinstance(got, Download)
    parts = [got.get(tag) or b"" for tag in (0x9F06, 0x9F22, 0xDF02, 0xDF04)]
    assert hashlib.sha1(b"".join(parts), usedforsecurity=False).digest() == got.get(0xDF03)
    assert f62.build_f62(got, CUP) == value


def test_queries_and_the_tmk_download() -> None:
    """`100` is the first query; cardinfolink-tmk-req has an empty 9F06 and 9F22."""
    assert f62.parse_f62(b"100", CUP, Context("0820", "00", "372")) == ListQuery(0)
    assert f62.build_f62(ListQuery(17), CUP) == b"117"
    for broken in (b"1", b"200", b"1AB"):
        with pytest.raises(DecodeError):
            f62.parse_f62(broken, CUP, Context("0820", "00", "372"))
    tmk = f62.parse_f62(bytes.fromhex("9F06009F2200DF24045113F151"), CUP, Context("0800", "00", "350"))
    assert isinstance(tmk, TlvList)
    assert (tmk.get(0x9F06), tmk.get(0xDF24)) == (b"", bytes.fromhex("5113F151"))


def test_lists_of_status_and_parameters() -> None:
    """Q/CUP 009: code and value; items 11 and 12 differ at Chanjet."""
    uploaded = b"011021031040051" + b"1160" + b"14" + b"02112345678".ljust(14) + b"2710" + b"51001000100099"  # PAX
    status = f62.parse_f62(uploaded, CUP, Context("0820", "00", "362"))
    assert isinstance(status, StatusList)
    assert [(i.code, i.value) for i in status.items[:5]] == [
        ("01", b"1"), ("02", b"1"), ("03", b"1"), ("04", b"0"), ("05", b"1"),
    ]  # fmt: skip
    assert [(i.code, i.value) for i in status.items[-2:]] == [("27", b"10"), ("51", b"001000100099")]
    assert status.rest == b""
    name = "测试商户".encode("gbk").ljust(40)
    value = (
        b"1160" + b"1260" + b"133" + b"14" + b"02112345678".ljust(14) + b"211" + b"22" + name + b"233" + b"241" + b"251"
    )
    got = f62.parse_f62(value, CUP, Context("0810", "00", "360"))
    assert isinstance(got, ParameterList)
    assert (got.get("12"), got.get("21"), got.get("22"), got.get("25"), got.rest) == (b"60", b"1", name, b"1", b"")
    assert f62.build_f62(got, CUP) == value
    chanjet = Dialect(f62_parameters="chanjet")
    theirs = f62.parse_f62(b"11" + b"F" * 32 + b"12" + name, chanjet, Context("0810", "00", "360"))
    assert isinstance(theirs, ParameterList)
    assert (theirs.get("11"), theirs.get("12")) == (b"F" * 32, name)
    unknown = f62.parse_f62(b"21199whatever", CUP, Context("0810", "00", "360"))
    assert isinstance(unknown, ParameterList)
    assert (unknown.get("21"), unknown.rest) == (b"1", b"99whatever")
    with pytest.raises(DecodeError):
        f62.parse_f62(b"22short", CUP, Context("0810", "00", "360"))


def test_card_bin_list() -> None:
    """PAX `blackDl`: three digits ask from an entry on; the reply has a flag and the number of its last entry."""
    assert f62.parse_f62(b"000", CUP, Context("0800", "00", "390")) == BinQuery(0)
    reply = Context("0810", "00", "390")
    assert f62.parse_f62(b"2005621226622202", CUP, reply) == BinList("2", 5, b"621226622202")
    assert f62.parse_f62(b"0", CUP, reply) == BinList("0")
    assert f62.build_f62(BinList("1", 12, b"621226"), CUP) == b"1012621226"
    for broken in (b"1", b"9001", b"1x01"):
        with pytest.raises(DecodeError):
            f62.parse_f62(broken, CUP, reply)


def test_contactless_parameters() -> None:
    value = b"FF805D0011" + b"FF8058012000000100000"
    got = f62.parse_f62(value, CUP, Context("0810", "00", "394"))
    assert isinstance(got, ContactlessList)
    assert [(i.code, i.value) for i in got.items] == [("FF805D", b"1"), ("FF8058", b"000000100000")]
    for broken in (value[:-1], b"FF805D00", b"FF805Dx011"):
        with pytest.raises(DecodeError):
            f62.parse_f62(broken, CUP, Context("0810", "00", "394"))


def test_chip_batch_detail() -> None:
    """Topwise: 71 + class + 05 + amount + 156 + 22 for a failed ARPC."""
    got = f62.parse_f62(b"710005" + b"000000012345" + b"156" + b"22", CUP, Context("0320", "00", "206"))
    assert got == IcDetail("71", "00", "05", "000000012345", "156", "2", "2")
    assert f62.build_f62(got, CUP) == b"71000500000001234515622"
