"""F62 of published messages: what it holds is told by the sources, each with its id in the vectors."""

from __future__ import annotations

import hashlib

import pytest

from protocols.errors import DecodeError
from protocols.unionpay.dialect import CUP, Dialect
from protocols.unionpay.private import f62
from protocols.unionpay.private.f62_batch import IcDetail
from protocols.unionpay.private.f62_download import Download, DownloadList, ListQuery, TlvList
from protocols.unionpay.private.f62_keys import SignInRequest, WorkingKeys
from protocols.unionpay.private.f62_lists import BinList, BinQuery, ContactlessList, ParameterList, StatusList
from protocols.unionpay.private.layout import Context, Raw

SIGN_IN_REPLY = Context("0810", "00", "003")


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
