"""What third-party clients send (captured and published frames) is understood, and answered with what they expect.

Sources: moehuster/test_union_pay (test_log), yangyongzhen/Easy8583Ans, he3210/mposSDK, CardInfoLink client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.fixtures import load_dialect
from harness.machine import Received, Send
from protocols.framing import Frame, TcpFramer
from protocols.unionpay import mac as macs
from protocols.unionpay import pin
from protocols.unionpay.download import parse_rsa_key
from protocols.unionpay.message import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocols.unionpay.message import Message
    from tests.harness.acquirer.conftest import Bench, Pos

TMK = "159D86C7C1F779EA29F77A6858E0DA2A"

BALANCE = bytes.fromhex(
    "0200602406C020C09A1119621214200000000001203000001604182912051000000006376212142000000000012D29122206899031006F"
    "35323031303030393839383532303135343131303030343135369CA4E8A0FA2C49B3260000000000000001029F2608BD23789651C50E11"
    "9F2701809F101307010103A0A804010A010000045796F2D315039F3704A1DD65379F36020FFE950580800460009A031811139C01309F02"
    "060000000000005F2A02015682027C009F1A0201569F03060000000000009F330360480000160118111400000060"
)  # MTI to F63 of a balance inquiry to the UnionPay test host; its F64 was E26897180E0B5562
EASY_SIGN_IN = bytes.fromhex(
    "0057600501000061310031110808000020000000C0001600000137333738323231343839383431313334313331303031340011000000000030"
    "002553657175656E6365204E6F31323330363037333738323231340003303031"
)
EASY_SETTLE = bytes.fromhex(
    "0074600501000061310031110805000020000000C180120000023733373832323134383938343131333431333130303134006200000000000000"
    "000000000000000000000000000000000000000000000000313536001100000000201000230101015858585858585858585858585858585858585858"
)


def reply_to(bench: Bench, frame: bytes, dialect: str = "cup") -> Message:
    (sent,) = [e for e in bench.feed(Received("c1", frame)) if isinstance(e, Send)]
    (item,) = TcpFramer().feed(sent.data)
    assert isinstance(item, Frame)
    return codec_for(load_dialect(dialect)).parse(item.payload)


@pytest.fixture
def cbc(bench: Bench, make_pos: Callable[..., Pos]) -> Pos:
    """The test host's profile, as its Python client signs in: date-like batch, no F62, no F63."""
    other = {
        "mid": "898520154110004",
        "name": "x",
        "terminal": [{"tid": "52010009", "sn": "SN9", "dialect": "cup-cbc", "tmk": TMK, "test_key": True}],
    }
    bench.ask("control", "provision", merchant=[other])
    pos = make_pos(bench, dialect=load_dialect("cup-cbc"), batch="261121", stan=160417)
    assert pos.sign_in().text(60) == "00261121003"
    return pos


def test_the_test_hosts_balance_inquiry_with_its_pin_and_mac(bench: Bench, cbc: Pos) -> None:
    """The captured fields, with PIN block and MAC under the keys of this sign-in."""
    assert cbc.keys is not None
    message = codec_for(cbc.dialect).parse_body(BALANCE + bytes.fromhex("E26897180E0B5562"))
    block = pin.encrypt("123456", "6212142000000000012", cbc.keys.pik)
    fields = {n: v for n, v in message.fields.items() if n not in (41, 42, 64)} | {52: block}
    reply = cbc.ask("0200", fields, mac=True)
    assert (reply.mti, reply.text(39)) == ("0210", "00")
    assert reply.bitmap.hex().upper() == "603802810AC08611"  # as the real test host answered this very request
    assert (reply.text(11), reply.text(60), reply.octets(55)) == (
        "160418",
        "0118111400000060",
        bytes.fromhex("9F36020FFE"),
    )
    assert reply.tpdu is not None
    assert reply.tpdu.hex() == "6000000581"


def test_its_mac_is_the_one_it_published(cbc: Pos) -> None:
    mak = bytes.fromhex("F82A9BA462D57A7C")
    assert macs.mac("cbc", mak, BALANCE).hex().upper() == "E26897180E0B5562"


def test_bill_payment_reversal_and_void(bench: Bench, cbc: Pos) -> None:
    f48 = b"KP77SG0C26323520140909356184                70000000201809#"
    base = cbc.sale_fields(3) | {3: "190000", 22: "051", 23: "000", 25: "81", 48: f48, 60: "2226112100000060"}
    paid = cbc.ask("0200", base, mac=True)
    assert (paid.text(39), paid.octets(48), paid.text(60)) == ("00", f48, "2226112100000060")
    again = cbc.sale_fields(5) | {k: base[k] for k in (3, 22, 23, 25, 48, 60)}
    cbc.ask("0200", again, mac=True)
    assert cbc.reverse(again | {61: "2611211604190000000000000000000000"}, "96").text(39) == "00"
    undo = cbc.sale_fields(3) | {k: base[k] for k in (22, 23, 25, 48, 60)}
    undo |= {3: "280000", 37: paid.text(37) or "", 61: f"261121{paid.text(11)}1114000000000000002000"}
    assert cbc.ask("0200", undo, mac=True).text(39) == "00"
    accounts = bench.ask("control", "snapshot")["accounts"]
    assert set(accounts.values()) == {0}


def test_easy8583_signs_in_and_settles(bench: Bench) -> None:
    terminal = {"tid": "73782214", "sn": "30607378", "tmk": TMK, "test_key": True}
    bench.ask("control", "provision", merchant=[{"mid": "898411341310014", "name": "E", "terminal": [terminal]}])
    signed = reply_to(bench, EASY_SIGN_IN)
    assert (signed.text(39), signed.text(11), len(signed.octets(62) or b"")) == ("00", "000001", 40)
    assert signed.header is not None
    assert signed.header.hex() == "613100311108"
    settle = EASY_SETTLE.replace(bytes.fromhex("001100000000201000"), bytes.fromhex("001100000001201000"))
    assert (reply_to(bench, settle).text(48) or "")[30] == "1"


def test_cardinfolink_asks_for_the_transport_key(bench: Bench) -> None:
    """Without F11: its own client's request (which the published gateway refused, 40) gets the RSA key."""
    terminal = {"tid": "00000001", "sn": "CIL1", "tmk": TMK, "test_key": True}
    bench.ask("control", "provision", merchant=[{"mid": "013362670110001", "name": "C", "terminal": [terminal]}])
    body = bytes.fromhex("08000000000000C0001030303030303030313031333336323637303131303030310011000000023520")
    reply = reply_to(bench, TcpFramer().frame(bytes.fromhex("6001090000600100000000") + body))
    assert (reply.text(39), reply.text(60)) == ("00", "00000002352")
    assert len(parse_rsa_key(reply.octets(62) or b"").modulus) == 128
