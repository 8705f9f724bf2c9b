"""What must never enter a trace, and what must stay as it is.

Messages are built by the project's codec; the numbers are searched for in the whole text of the trace.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cards import listed_pans
from harness.fixtures import load_dialect
from harness.mask import Masker
from harness.masking.digits import Numbers, luhn_sum
from harness.trace import Trace
from protocols.framing import SerialFramer, TcpFramer, lrc
from protocols.mispos.dialect_b import message as mispos
from protocols.mispos.dialect_b.tags import CARD, CONTENT, PRINT, TYPE
from protocols.tlv import Tlv, build_tlv
from protocols.unionpay.dialect import CUP
from protocols.unionpay.header import Header, Tpdu
from protocols.unionpay.message import Message, Value, codec_for

VECTORS = Path(__file__).parents[1] / "protocols" / "vectors" / "unionpay.json"
TEST_PAN = "6212142000000000012"
REAL_PAN = "6222021234567890128"
KEYS = bytes(range(1, 41))


def message(fields: dict[int, Value], mti: str = "0200") -> bytes:
    return codec_for(CUP).build(Message(mti, fields, Tpdu("60", "0003", "0000"), Header()))


def sale(pan: str, **more: Value) -> bytes:
    fields: dict[int, Value] = {
        2: pan,
        3: "000000",
        4: "000000000100",
        11: "000007",
        22: "051",
        25: "00",
        35: f"{pan}D30122010000000000"[:37],
        41: "POSRIG01",
        42: "898000000000001",
        49: "156",
        52: bytes.fromhex("9CA4E8A0FA2C49B3"),
        55: build_tlv([Tlv(0x5A, bytes.fromhex(pan + "F" * (len(pan) % 2))), Tlv(0x9F26, bytes(range(8)))]),
        60: "2200000100050",
        62: f"ref {pan}".encode(),
        64: b"12345678",
    }
    fields.update({int(k[1:]): v for k, v in more.items()})
    return message(fields)


def tcp(payload: bytes) -> bytes:
    return TcpFramer().frame(payload)


def traced(chunks: Sequence[bytes], link: str = "host", physical: bool = False) -> Trace:
    trace = Trace(masker=Masker(physical=physical))
    for t_us, chunk in enumerate(chunks):
        data = {"link": link, "dir": "out", "hex": chunk.hex().upper()}
        trace.append("terminal", "bytes", data, ("terminal",), t_us)
    return trace


def shown(trace: Trace) -> bytes:
    return b"".join(bytes.fromhex(e.data["hex"]) for e in trace.events if e.kind == "bytes")


def assert_hidden(text: str, pan: str) -> None:
    assert pan not in text
    assert pan.encode().hex().upper() not in text.upper()


@pytest.mark.parametrize("front", ["", "A2003abc"])
@pytest.mark.parametrize(
    "code", ["6288888888888888881", "134650783012345678", "2" + "8" * 15, "2" + "8123456789" * 2 + "888"]
)
def test_a_payment_code_that_nobody_has_seen_before_is_hidden_on_the_wire_and_in_the_message(
    front: str, code: str
) -> None:
    """Its digits stand right behind those of its length, so that no run of them is as long as a card number; a code by
    itself reads as hex, too."""
    listed = "6220485073630469936"
    wire = traced([tcp(message({3: "000000", 59: f"{front}A3{len(code):03d}{code}".encode()}))])
    assert_hidden(wire.text(), code)
    noted = Trace(masker=Masker())
    for value in (code, listed):
        fields = {"59": f"{front}A3{len(value):03d}{value}"}
        noted.append("host", "message", {"link": "c1", "dir": "in", "mti": "0200", "fields": fields}, ("host",), 1)
    assert_hidden(noted.text(), code)
    assert listed in noted.text(), "that of the test wallet"


# digits


@pytest.mark.parametrize("pan", ["4111111111111111", "5555555555554444", "378282246310005", "6212142000000000012"])
def test_published_numbers_pass_the_luhn_check(pan: str) -> None:
    assert luhn_sum(pan) == 0
    assert luhn_sum(pan[:-1] + str((int(pan[-1]) + 1) % 10)) != 0


@given(st.text("0123456789", min_size=13, max_size=19), st.binary(min_size=1, max_size=8))
def test_a_replacement_is_no_card_number_and_says_nothing(pan: str, key: bytes) -> None:
    numbers = Numbers((), key)
    new = numbers.replacement(pan)
    assert len(new) == len(pan)
    assert new.startswith("99")
    assert luhn_sum(new) != 0
    assert new == numbers.replacement(pan)
    assert numbers.fingerprint(pan) != Numbers((), key + b"x").fingerprint(pan)


# messages on the wire


def test_a_listed_test_card_stays_octet_for_octet() -> None:
    assert TEST_PAN in listed_pans()
    sent = tcp(sale(TEST_PAN))
    trace = traced([sent])
    assert shown(trace) == sent
    assert set(trace.events[0].data) == {"link", "dir", "hex"}


def test_any_other_card_is_replaced_digit_for_digit() -> None:
    trace = traced([tcp(sale(REAL_PAN))])
    assert_hidden(trace.text(), REAL_PAN)
    data = trace.events[0].data
    assert data["masked"] == ["F2", "F35", "F52", "F55", "F62"]
    assert len(data["fingerprints"]) == 1
    out = shown(trace)
    assert len(out) == len(tcp(sale(REAL_PAN)))
    masked = codec_for(CUP).parse(out[2:])
    new = masked.text(2)
    assert new is not None
    assert (len(new), luhn_sum(new) != 0) == (19, True)
    assert masked.text(35) == f"{new}D" + "0" * 17
    assert masked.octets(52) == bytes(8)
    assert masked.octets(62) == f"ref {new}".encode()
    for number in (3, 4, 11, 22, 25, 41, 42, 49, 60, 64):
        assert masked.get(number) == codec_for(CUP).parse(sale(REAL_PAN)).get(number)


def test_batch_upload_records_are_masked_where_the_number_stands() -> None:
    record = "00" + "000007" + REAL_PAN.zfill(20) + "000000000100"
    test_record = "00" + "000008" + TEST_PAN.zfill(20) + "000000000100"
    upload = message({11: "000009", 41: "POSRIG01", 48: f"02{record}{test_record}", 60: "00000001201"}, "0320")
    trace = traced([tcp(upload)])
    assert_hidden(trace.text(), REAL_PAN)
    f48 = codec_for(CUP).parse(shown(trace)[2:]).text(48)
    assert f48 is not None
    assert f48[42:] == test_record
    assert f48[2:10] == record[:8]
    assert f48[30:42] == "000000000100"


def test_f48_that_is_text_hides_numbers_in_an_upload_and_in_a_bill() -> None:
    """The dialect of UnionPay's test host counts F48 in octets."""
    dialect = load_dialect("cup-cbc")
    record = "00" + "000007" + REAL_PAN.zfill(20) + "000000000100"
    for mti, text in (("0320", f"01{record}"), ("0200", f"KP {REAL_PAN} 07#")):
        fields: dict[int, Value] = {11: "000009", 41: "POSRIG01", 48: text.encode(), 60: "0000000120100000"}
        built = codec_for(dialect).build(Message(mti, fields, Tpdu("60", "0003", "0000"), Header()))
        trace = traced([tcp(built)])
        assert_hidden(trace.text(), REAL_PAN)
        f48 = codec_for(dialect).parse(shown(trace)[2:]).octets(48)
        assert f48 is not None and f48[:2] == text[:2].encode() and len(f48) == len(text)


def test_settlement_totals_are_no_card_numbers() -> None:
    totals = "000000012345" + "004" + "000000000000" + "000" + "1" + "0" * 31
    settle = tcp(message({11: "000009", 41: "POSRIG01", 48: totals, 60: "00000001201"}, "0500"))
    assert shown(traced([settle])) == settle


@pytest.mark.parametrize("code", ["001", "003", "004", "005", "006"])
def test_working_keys_never_enter(code: str) -> None:
    reply = message({11: "000001", 39: "00", 41: "POSRIG01", 60: f"00000001{code}", 62: KEYS}, "0810")
    trace = traced([tcp(reply)])
    assert KEYS[:16].hex().upper() not in trace.text()
    assert trace.events[0].data["masked"] == ["F62"]
    assert codec_for(CUP).parse(shown(trace)[2:]).octets(62) == bytes(40)


def test_a_downloaded_tmk_never_enters_but_its_check_value_does() -> None:
    tlv = build_tlv([Tlv(0xDF21, KEYS[:16]), Tlv(0xDF22, b"\xaa\xbb\xcc\xdd")])
    trace = traced([tcp(message({39: "00", 41: "POSRIG01", 60: "00000001350", 62: tlv}, "0810"))])
    assert KEYS[:16].hex().upper() not in trace.text()
    assert "DF2204AABBCCDD" in trace.text()


def test_a_parameter_download_stays() -> None:
    reply = tcp(message({39: "00", 41: "POSRIG01", 60: "00000001360", 62: b"1260133"}, "0810"))
    assert shown(traced([reply])) == reply


def test_real_messages_of_the_public_test_host_stay_whole() -> None:
    entries = json.loads(VECTORS.read_text(encoding="utf-8"))
    frames = [
        bytes.fromhex(e["hex"]) for e in entries if e["id"].startswith("moehuster") and TEST_PAN in e.get("hex", "")
    ]
    assert len(frames) >= 6
    for sent in frames:
        assert shown(traced([sent])) == sent


# pieces


def test_a_piece_is_length_and_hash_until_its_frame_is_complete() -> None:
    sent = tcp(sale(TEST_PAN))
    trace = traced([sent[:30]])
    assert set(trace.events[0].data) == {"link", "dir", "length", "hash"}
    data = {"link": "host", "dir": "out", "hex": sent[30:].hex()}
    trace.append("terminal", "bytes", data, ("terminal",), 9)
    assert [bytes.fromhex(e.data["hex"]) for e in trace.events] == [sent[:30], sent[30:]]
    assert [e.seq for e in trace.events] == [1, 2]


def test_a_frame_that_ends_with_the_link_is_judged_by_what_is_there() -> None:
    trace = traced([b"\x00\x10hello"])
    trace.append("terminal", "link", {"link": "host", "what": "closed", "reason": "eof"}, ("terminal",), 5)
    assert shown(trace.of(trace.header, trace.events[:1])) == b"\x00\x10hello"
    cut = traced([tcp(sale(REAL_PAN))[:60]])
    cut.append("terminal", "link", {"link": "host", "what": "closed", "reason": "eof"}, ("terminal",), 5)
    assert cut.events[0].data["length"] == 60
    assert_hidden(cut.text(), REAL_PAN)


def test_octets_that_nobody_can_read() -> None:
    noise = b"\x01\x02hello\xff"
    assert shown(traced([noise], "console")) == noise
    assert traced([noise], "console", physical=True).events[0].data["length"] == len(noise)
    card = b"PAN=4111111111111111;"
    for data in (card, bytes.fromhex("AA4111111111111111FF")):
        trace = traced([data], "console")
        assert_hidden(trace.text(), "4111111111111111")
        assert trace.events[0].data["length"] == len(data)


def pans() -> st.SearchStrategy[str]:
    bodies = st.tuples(st.sampled_from(["62", "4", "51", "35", "8"]), st.text("0123456789", min_size=11, max_size=16))
    whole = bodies.map(lambda b: (b[0] + b[1])[:18])
    return whole.map(lambda b: b + str((10 - luhn_sum(b + "0")) % 10)).filter(lambda p: p not in listed_pans())


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(p % (len(stream) + 1) for p in places), len(stream)]
    return [stream[a:b] for a, b in pairwise(edges)]


@settings(max_examples=150, deadline=None)
@given(st.lists(pans(), min_size=1, max_size=3), st.lists(st.integers(0, 2000), max_size=12), st.booleans())
def test_no_card_number_enters_in_whatever_pieces_it_comes(found: list[str], places: list[int], close: bool) -> None:
    sent = b"".join(tcp(sale(pan)) for pan in found)
    trace = traced(cut(sent, places))
    if close:
        trace.append("terminal", "link", {"link": "host", "what": "closed", "reason": "eof"}, ("terminal",), 99)
    text = trace.text()
    for pan in found:
        assert_hidden(text, pan)
    assert len(shown(trace)) == len(sent)


@settings(max_examples=100, deadline=None)
@given(pans(), st.integers(1, 200), st.lists(st.integers(0, 300), max_size=6))
def test_no_card_number_enters_from_a_damaged_message(pan: str, kept: int, places: list[int]) -> None:
    trace = traced(cut(tcp(sale(pan))[:kept] + tcp(sale(TEST_PAN)), places))
    trace.append("terminal", "link", {"link": "host", "what": "closed", "reason": "eof"}, ("terminal",), 99)
    assert_hidden(trace.text(), pan)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 600), max_size=10), st.binary(max_size=5))
def test_a_test_card_is_the_same_in_whatever_pieces_it_comes(places: list[int], noise: bytes) -> None:
    sent = tcp(sale(TEST_PAN)) + tcp(sale(TEST_PAN))
    chunks = cut(sent, places)
    trace = traced(chunks)
    assert [bytes.fromhex(e.data["hex"]) for e in trace.events] == chunks


# the register's line


def register(fields: dict[int, bytes]) -> bytes:
    return SerialFramer().frame(mispos.build(mispos.MisposMessage(fields)))


@settings(max_examples=60, deadline=None)
@given(pans(), st.lists(st.integers(0, 2000), max_size=8))
def test_a_register_frame_is_masked_with_what_it_tunnels(pan: str, places: list[int]) -> None:
    fields = {TYPE: b"\x11", CARD: pan.encode(), CONTENT: tcp(sale(pan)), PRINT: f"card {pan} thanks".encode()}
    trace = traced(cut(register(fields), places), "register")
    assert_hidden(trace.text(), pan)
    out = shown(trace)
    assert len(out) == len(register(fields))
    assert out[-1] == lrc(out[1:-1])
    back = mispos.parse(out[3:-2])
    assert back.octets(TYPE) == b"\x11"
    assert len(back.octets(CONTENT)) == len(fields[CONTENT])


def test_a_register_frame_with_a_test_card_stays() -> None:
    frame = register({TYPE: b"\x11", CARD: TEST_PAN.encode(), CONTENT: sale(TEST_PAN)})
    sent = b"\x06" + frame + b"\x15"
    assert shown(traced([sent], "terminal")) == sent


# notes


def test_decoded_messages_are_masked_by_field_number() -> None:
    trace = Trace()
    fields = {
        "2": REAL_PAN,
        "11": "000007",
        "35": f"{REAL_PAN}D3012201",
        "52": "9CA4E8A0FA2C49B3",
        "42": "4111111111111111",
    }
    trace.append("host", "message", {"mti": "0200", "kind": "sale", "fields": fields}, ("host",), 0)
    data = trace.events[0].data
    assert_hidden(trace.text(), REAL_PAN)
    assert data["fields"]["52"] == "0" * 16
    assert data["fields"]["42"] == "4111111111111111"
    assert len(data["fields"]["2"]) == len(REAL_PAN)
    keys = {"mti": "0810", "fields": {"39": "00", "60": "00000001003", "62": KEYS.hex().upper()}}
    trace.append("host", "message", keys, ("host",), 0)
    assert trace.events[1].data["fields"]["62"] == "00" * 40


def test_decoded_messages_of_the_register_are_masked_with_what_they_tunnel() -> None:
    trace = Trace()
    keys = message({39: "00", 41: "POSRIG01", 60: "00000001003", 62: KEYS}, "0810")
    for content in (sale(REAL_PAN), tcp(sale(REAL_PAN)), keys, sale(TEST_PAN)):
        fields = {"9F01": "11", "9F0B": REAL_PAN, "9F15": content.hex().upper(), "9F04": "4111111111111111"}
        trace.append("register", "message", {"mti": "", "kind": "data_send", "fields": fields}, ("register",), 0)
    assert_hidden(trace.text(), REAL_PAN)
    assert KEYS.hex().upper() not in trace.text()
    assert trace.events[0].data["masked"] == ["9F0B", "9F15"]
    last = trace.events[3].data["fields"]
    assert last["9F15"] == sale(TEST_PAN).hex().upper()
    assert last["9F04"] == "4111111111111111"


def test_decoded_messages_of_test_cards_stay() -> None:
    fields = {"2": TEST_PAN, "35": f"{TEST_PAN}D3012201", "52": "9CA4E8A0FA2C49B3", "60": "2200000700050"}
    trace = Trace()
    trace.append("host", "message", {"mti": "0200", "fields": fields}, ("host",), 0)
    assert trace.events[0].data["fields"] == fields


def test_slips_cards_and_secrets_in_notes() -> None:
    trace = Trace()
    trace.append("terminal", "slip", {"lines": ["卡号 CARD", REAL_PAN, "再见"]}, ("terminal",), 0)
    trace.append("terminal", "card", {"pan": "4111111111111111", "how": "tap"}, ("terminal",), 0)
    trace.append("terminal", "card", {"pan": TEST_PAN}, ("terminal",), 0)
    trace.append("host", "portal", {"answer": {"components": ["AA" * 16, "BB" * 16], "tmk": "CC" * 16}}, ("host",), 0)
    trace.append("host", "snapshot", {"postings": [{"mid": "4111111111111111", "rrn": "412345678901"}]}, ("host",), 0)
    text = trace.text()
    assert_hidden(text, REAL_PAN)
    for secret in ("AA" * 16, "BB" * 16, "CC" * 16):
        assert secret not in text
    assert trace.events[1].data["pan"].startswith("99")
    assert trace.events[2].data["pan"] == TEST_PAN
    assert trace.events[4].data["postings"][0]["mid"] == "4111111111111111"


def test_a_number_that_was_hidden_once_is_hidden_everywhere() -> None:
    odd = "8012345678901"
    odd += str((10 - luhn_sum(odd + "0")) % 10)
    trace = traced([tcp(sale(odd))])
    trace.append("terminal", "display", {"zh": f"卡 {odd}", "en": f"x{odd}y"}, ("terminal",), 3)
    trace.append("terminal", "noise", {"link": "host", "hex": f"00{odd}"}, ("terminal",), 3)
    trace.append("terminal", "noise", {"link": "host", "hex": f"no hex {odd}0"}, ("terminal",), 3)
    assert_hidden(trace.text(), odd)
