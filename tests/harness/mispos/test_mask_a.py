"""No card number enters the trace from dialect A, wherever it stands; lengths and check octets stay."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cards import listed_pans
from harness.masking.digits import Numbers, luhn_sum
from harness.masking.mispos_a import mask_mispos_a
from harness.trace import Trace
from protocols.mispos.dialect_a import tags
from protocols.mispos.dialect_a.message import MisposAMessage, Notice, build, message, parse
from protocols.unionpay.dialect import CUP
from protocols.unionpay.header import Header, Tpdu
from protocols.unionpay.message import Message, codec_for

REAL = "4012888888881881"
TEST = "6212142000000000012"


def pans() -> st.SearchStrategy[str]:
    """Card numbers of every length that pass the Luhn check and are no test cards."""

    def whole(body: str) -> str:
        return body + str((10 - luhn_sum(body + "0")) % 10)

    bodies = st.integers(13, 19).flatmap(lambda size: st.text("0123456789", min_size=size - 2, max_size=size - 2))
    return bodies.map(lambda rest: whole("4" + rest)).filter(lambda pan: pan not in listed_pans())


def numbers() -> Numbers:
    return Numbers(listed_pans(), b"test")


def masked(payload: bytes) -> MisposAMessage:
    found = mask_mispos_a(payload, numbers(), (CUP,))
    assert found is not None
    assert len(found.payload) == len(payload)
    msg = parse(found.payload)
    assert isinstance(msg, MisposAMessage)
    return msg


def host_request(pan: str) -> bytes:
    fields = {2: pan, 3: "000000", 4: "000000000100", 11: "000001", 35: f"{pan}D30122010000", 41: "T" * 8}
    return codec_for(CUP).build(Message("0200", fields, Tpdu("60", "0003", "0000"), Header("60")))


@settings(max_examples=60, deadline=None)
@given(pans())
def test_result_and_pass_through(pan: str) -> None:
    told = masked(build(message("02", {}, [(tags.CARD, pan), (tags.MID, "898520154110004"), (0xDF7B, pan)])))
    assert pan.encode() not in build(told)
    assert told.told_text(tags.MID) == "898520154110004"
    through = masked(build(message("01", {tags.RANDOM: "1234", tags.RESULTS: host_request(pan)})))
    assert pan not in build(through).hex() and pan.encode() not in build(through)
    scanned = masked(build(message("00", {tags.BARCODE: pan})))
    assert scanned.text(tags.BARCODE) != pan


def test_a_test_card_stays_with_what_is_tunnelled() -> None:
    whole = build(message("01", {tags.RANDOM: "1234", tags.RESULTS: host_request(TEST)}))
    found = mask_mispos_a(whole, numbers(), (CUP,))
    assert found is not None and found.payload == whole


def test_what_is_tunnelled_and_cannot_be_read_is_not_shown() -> None:
    key_reply = b"\x60\x00\x00\x00\x00\x08\x10" + bytes(range(40))
    shown = masked(build(message("01", {tags.RANDOM: "1234", tags.RESULTS: key_reply})))
    assert shown.octets(tags.RESULTS) == bytes(len(key_reply))


def test_notices_and_what_is_none_of_both() -> None:
    notice = mask_mispos_a(build(Notice("LOGLOG", f"card {REAL}".encode())), numbers(), (CUP,))
    assert notice is not None and REAL.encode() not in notice.payload
    assert mask_mispos_a(b"\x00\x01garbage", numbers(), (CUP,)) is None


def test_the_message_event_is_masked_like_its_octets() -> None:
    trace = Trace()
    msg = message("02", {tags.RANDOM: "1234"}, [(tags.CARD, REAL), (tags.RRN, "4111111111111111"[:12])])
    through = message("01", {tags.RANDOM: "1234", tags.RESULTS: host_request(REAL)})
    for one in (msg, through):
        data = {"link": "register", "dir": "out", "mti": "", "kind": one.kind(), "fields": one.shown(), "mac": "absent"}
        trace.append("terminal", "message", data, ("terminal",), 0)
    assert REAL not in trace.text()
    assert trace.events[0].data["fields"]["DF06/DF1A"] == "411111111111"
    assert len(trace.events[1].data["fields"]["DF06"]) == 2 * len(host_request(REAL))
