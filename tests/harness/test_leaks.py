"""The leak detector names message and field, takes nothing else for a leak, and what leaked is masked all the same."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judges import judge
from harness.trace import LEAK, Event, Trace, TraceFile, read_trace
from protocols.unionpay import pin

TEST_PAN = "6212142000000000012"
REAL_PAN = "6222021234567890128"
TRACK = "D30121010000000000"
TID, MID = "20202020", "123456789012345"
ENCIPHERED = "9CA4E8A0FA2C49B3"
Data = Mapping[str, Any]


def message(mti: str, direction: str = "out", **fields: str) -> tuple[str, Data]:
    numbered = {number.removeprefix("f"): value for number, value in fields.items()}
    return "message", {"link": "host", "dir": direction, "mti": mti, "fields": {"41": TID, "42": MID, **numbered}}


def sign_in(code: str) -> tuple[str, Data]:
    return message("0810", "in", f39="00", f60=f"00000001{code}", f62="00" * 40)


def sale(pan: str = TEST_PAN, **fields: str) -> tuple[str, Data]:
    return message("0200", **{"f2": pan, "f53": "0600000000000000", **fields})


def clear_block(pan: str, digits: str = "123456") -> str:
    return pin.clear_block(digits, pan).hex().upper()


def traced(*events: tuple[str, Data]) -> Trace:
    trace = Trace()
    for t_us, (kind, data) in enumerate(events):
        trace.append("terminal", kind, data, ("terminal", "register"), t_us)
    return trace


def found(trace: Trace) -> list[tuple[str, str, str]]:
    return [(e.data["message"], e.data["field"], e.data["what"]) for e in trace.events if e.kind == LEAK]


@pytest.mark.parametrize("pan", [TEST_PAN, REAL_PAN])
def test_track_2_in_the_clear_once_there_is_a_track_key(pan: str) -> None:
    clear = sale(pan, f35=pan + TRACK)
    assert found(traced(clear)) == [], "without a track key that is how it goes (F53, digit 3 = 0)"
    assert found(traced(sign_in("003"), clear)) == []
    assert found(traced(sign_in("004"), clear)) == [("0200", "F35", "track2_clear")]
    assert found(traced(sign_in("004"), sign_in("001"), clear)) == [], "the newest sign-in counts"
    enciphered = sale(pan, f35=pan[:12] + "A7F01C9B2D34E5F600"[:18] + "0", f53="0610000000000000")
    assert found(traced(sign_in("004"), enciphered)) == []


@pytest.mark.parametrize("pan", [TEST_PAN, REAL_PAN])
@pytest.mark.parametrize("digits", ["1234", "123456", "123456789012"])
def test_a_pin_block_that_is_not_enciphered(pan: str, digits: str) -> None:
    leak = [("0200", "F52", "pin_clear")]
    assert found(traced(sale(pan, f52=clear_block(pan, digits), f53="2600000000000000"))) == leak
    without_pan = pin.clear_block(digits, None).hex().upper()
    assert found(traced(sale(pan, f52=without_pan, f53="1600000000000000"))) == leak
    swiped = message("0200", f35=pan + TRACK, f52=clear_block(pan, digits), f53="2600000000000000")
    assert found(traced(swiped)) == leak, "the number is in the track"
    assert found(traced(sale(pan, f52=ENCIPHERED, f53="2600000000000000"))) == []


@pytest.mark.parametrize(("number", "mark"), [("59", b"A1016"), ("57", b"A2003abcA116"), ("63", b"SM016")])
def test_a_clear_block_of_sm4_stands_in_a_private_field(number: str, mark: bytes) -> None:
    def sent(block: bytes) -> Trace:
        return traced(sale(f52="00" * 8, f53="2300000000000000", **{f"f{number}": (mark + block).hex().upper()}))

    assert found(sent(pin.clear_block("123456", TEST_PAN, "sm4"))) == [("0200", f"F{number}", "pin_clear")]
    assert found(sent(bytes(range(0x90, 0xA0)))) == [], "enciphered"


@given(
    st.text("0123456789", min_size=4, max_size=12), st.binary(min_size=16, max_size=16).filter(lambda k: k[:8] != k[8:])
)
def test_no_enciphered_block_is_taken_for_a_clear_one(digits: str, key: bytes) -> None:
    block = pin.encrypt(digits, TEST_PAN, key)
    text = block.decode() if block.isascii() and block.decode().isprintable() else block.hex().upper()
    assert found(traced(sale(f52=text, f53="2600000000000000"))) == []


@pytest.mark.parametrize("pan", [TEST_PAN, REAL_PAN])
def test_a_card_number_that_is_shown_printed_or_logged(pan: str) -> None:
    lines = [{"zh": f"卡号 {pan}", "en": f"Card {pan}"}]
    slip: tuple[str, Data] = ("slip", {"kind": "sale", "tid": TID, "copy": "merchant", "lines": lines})
    display: tuple[str, Data] = ("display", {"zh": pan, "en": pan})
    log: tuple[str, Data] = ("audit", {"what": "card", "pan": pan, "at_us": 1})
    polled: tuple[str, Data] = ("local_status", {"audit": [{"what": "card", "pan": pan}]})
    assert found(traced(sale(pan), slip, display, log, polled)) == [
        ("sale", "zh", "pan_printed"),
        ("display", "zh", "pan_shown"),
        ("card", "pan", "pan_logged"),
        ("local_status", "pan", "pan_logged"),
    ]


def test_a_masked_number_and_numbers_of_other_things_are_no_leak() -> None:
    other = "4111111111111111"  # passes the Luhn check, and no message has named it: an order number
    texts = [f"Card {TEST_PAN[:6]}*********{TEST_PAN[-4:]}", f"MID {MID}", f"Order {other}", f"{TEST_PAN}7"]
    slip = ("slip", {"kind": "sale", "lines": [{"zh": text, "en": text} for text in texts]})
    assert found(traced(sale(), slip)) == []


@pytest.mark.parametrize("pan", [TEST_PAN, REAL_PAN])
def test_a_backup_that_anybody_can_read(pan: str) -> None:
    def written(content: bytes) -> Trace:
        medium = b64encode(content).decode()
        return traced(sale(pan), ("operation", {"phase": "end", "op": "backup", "outcome": {"medium": medium}}))

    clear = written(b"PRBK..." + f'{{"pan": "{pan}"}}'.encode())
    assert found(clear) == [("backup", "medium", "backup_clear")]
    assert "medium" in clear.text() and b64encode(b"PRBK...").decode()[:8] not in clear.text()
    assert found(written(bytes(range(256)))) == []


def test_a_dial_in_the_clear_where_there_was_tls() -> None:
    secure, clear = {"link": "host", "what": "dial", "tls": True}, {"link": "host", "what": "dial"}
    assert found(traced(("link", clear))) == []
    assert found(traced(("link", secure), ("link", clear))) == [("dial", "host", "no_tls")]
    assert found(traced(("link", secure), ("link", {**clear, "link": "backup"}))) == [], "another line"


def test_a_leak_is_seen_by_whoever_could_see_it_and_breaks_the_secrecy() -> None:
    trace = traced(sale(f52=clear_block(TEST_PAN), f53="2600000000000000"))
    event, leak = trace.events
    assert (leak.party, leak.seen_by, leak.t_us) == (event.party, event.seen_by, event.t_us)
    verdict = next(one for one in judge(trace.events, [TEST_PAN]) if one.judge == "I9")
    assert (verdict.ok, verdict.events) == (False, (leak.seq,))


def test_no_file_of_ours_holds_what_leaked(tmp_path: Path) -> None:
    events: list[tuple[str, Data]] = [
        sign_in("004"),
        sale(REAL_PAN, f35=REAL_PAN + TRACK, f52=clear_block(REAL_PAN), f53="2600000000000000"),
        ("slip", {"kind": "sale", "lines": [{"zh": REAL_PAN, "en": REAL_PAN}]}),
        ("audit", {"what": "card", "pan": REAL_PAN}),
        ("operation", {"op": "backup", "outcome": {"medium": b64encode(REAL_PAN.encode()).decode()}}),
    ]
    file = tmp_path / "t.trace.jsonl"
    recorder = TraceFile(file)
    for t_us, (kind, data) in enumerate(events):
        recorder.append("terminal", kind, data, ("terminal",), t_us)
    recorder.close()
    text = file.read_text(encoding="utf-8")
    kept: list[Event] = list(read_trace(file).events)
    assert [event.kind for event in kept].count(LEAK) == 5
    assert text.count(LEAK) >= 5
    for secret in (REAL_PAN, TRACK[1:], clear_block(REAL_PAN), b64encode(REAL_PAN.encode()).decode()):
        assert secret not in text
