"""The model of a serial line.  Expected octets are worked out by hand from the bits on the line, times from the number
of bits and the rate."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.links.faults import Delivery, Stream
from harness.links.faulty import FaultPlan, Faulty
from harness.links.line_settings import LineSettings, seven_bit_parity
from harness.links.modem_lines import Seen
from harness.links.uart import Uart, UartSettings
from protocols.errors import LocalError, ScenarioError
from protocols.framing import SerialFramer

UP: Stream = "upstream"
DOWN: Stream = "downstream"


def uart(register: str = "9600-8N1", terminal: str = "", seed: int = 1, **more: Any) -> Uart:
    settings = UartSettings(LineSettings.parse(register), LineSettings.parse(terminal) if terminal else None, **more)
    return Uart(settings, random.Random(seed))


def read(found: list[Delivery]) -> bytes:
    return b"".join(one.data for one in found)


# time


@pytest.mark.parametrize(
    ("line", "octets", "last_us"),
    [
        ("9600-8N1", 1, 990),  # the middle of the stop bit: 9.5 bits of 104.167 us
        ("9600-8N1", 200, 208_282),  # 199 characters of 10 bits and 9.5 bits
        ("115200-8N1", 200, 17_357),
        ("9600-8N2", 200, 229_011),  # 11 bits each
        ("9600-8E1", 200, 229_115),  # 11 bits each, and the parity bit before the last stop bit
        ("1200-7E1.5", 2, 16_667),  # 10.5 bits, then 9.5 of 833.3 us
        ("50-5N1", 1, 130_000),  # 6.5 bits of 20 ms
    ],
)
def test_a_frame_takes_as_long_as_its_bits(line: str, octets: int, last_us: int) -> None:
    data = bytes(octets)
    found = uart(line).push(UP, data, 0)
    assert read(found) == data
    assert found[-1].at_us == last_us


def test_a_line_that_is_busy_sends_behind_what_it_sends_and_both_ways_at_once() -> None:
    line = uart()
    assert [one.at_us for one in line.push(UP, b"ab", 0)] == [990, 2_032]
    assert [one.at_us for one in line.push(UP, b"c", 100)] == [3_073]  # 29.5 bits
    assert [one.at_us for one in line.push(DOWN, b"x", 100)] == [1_090]
    assert [one.at_us for one in line.push(UP, b"d", 50_000)] == [50_990]


# ends that are set differently


@pytest.mark.parametrize(
    ("sender", "reader", "sent", "got", "errors"),
    [
        # 55 is 0 10101010 1 on the line; at twice the rate every bit is seen twice: 0 01100110 0, then 0 01100111 1
        ("9600-8N1", "19200-8N1", "55", "66E6", (0, 1, 0)),
        # STX, EOT and NAK have one or three bits, so even parity sets the eighth; ETX, ENQ and ACK have two
        ("9600-7E1", "9600-8N1", "020415030506", "828495030506", (0, 0, 0)),
        ("9600-7O1", "9600-8N1", "0203", "0283", (0, 0, 0)),
        ("9600-7M1", "9600-8N1", "02", "82", (0, 0, 0)),
        ("9600-7S1", "9600-8N1", "41", "41", (0, 0, 0)),
        # the eighth bit is taken for the parity
        ("9600-8N1", "9600-7E1", "8202", "0202", (1, 0, 0)),
        # 41 has two bits: its even parity is 0, and odd parity would be 1
        ("9600-8E1", "9600-8O1", "41", "41", (1, 0, 0)),
        # without parity the reader finds the parity bit where its stop bit should be: 0 for 41, 1 for 43
        ("9600-8E1", "9600-8N1", "4143", "4143", (0, 1, 0)),
        ("9600-8N2", "9600-8N1", "4143", "4143", (0, 0, 0)),
        ("9600-8N1", "9600-8N2", "4143", "4143", (0, 0, 0)),
        ("9600-7N1", "9600-7N1", "C1", "41", (0, 0, 0)),
        # 00 at 9600 is low for nine bits, longer than a whole character at 115200: a break
        ("9600-8N1", "115200-8N1", "00", "00", (0, 0, 1)),
        # the whole of FF at 115200 but its start bit is idle line at 9600, and the start bit is too short to be one
        ("115200-8N1", "9600-8N1", "FFFF", "", (0, 0, 0)),
    ],
)
def test_what_another_end_makes_of_it(
    sender: str, reader: str, sent: str, got: str, errors: tuple[int, int, int]
) -> None:
    line = uart(sender, reader)
    assert read(line.push(UP, bytes.fromhex(sent), 0)).hex().upper() == got
    counts = line.counts(UP)
    assert (counts.parity_errors, counts.framing_errors, counts.breaks) == errors
    assert counts.read == len(got) // 2


@pytest.mark.parametrize(("baud", "is_read"), [(9_408, True), (9_792, True), (9_000, False), (10_200, False)])
def test_clocks_may_differ_by_two_percent_and_not_by_six(baud: int, is_read: bool) -> None:
    data = bytes(range(256))
    assert (read(uart("9600-8N1", f"{baud}-8N1").push(UP, data, 0)) == data) is is_read


def test_the_signature_of_seven_bits_is_known() -> None:
    frame = bytes.fromhex("02303130308003")
    as_read = read(uart("9600-7E1", "9600-8N1").push(UP, frame, 0))
    assert seven_bit_parity(as_read) == "E"
    assert seven_bit_parity(read(uart("9600-7O1", "9600-8N1").push(UP, frame, 0))) == "O"
    assert seven_bit_parity(b"\x02\x03") == "N"


# faults of the line


def test_a_break_is_a_zero_with_a_framing_error_and_comes_once() -> None:
    line = uart(break_us=2_000)
    assert read(line.push(UP, b"A", 0)) == b"\x00A"
    assert read(line.push(UP, b"B", 50_000)) == b"B"
    assert line.counts(UP).breaks == 1


def test_a_receiver_that_is_read_late_loses_what_its_memory_cannot_hold() -> None:
    line = uart("115200-8N1", fifo_octets=16, latency_us=5_000)
    data = bytes(range(100))
    # 57.6 characters of 86.8 us come within 5 ms of the first: 16 of the first 58 are kept, and of the other 42
    assert line.push(UP, data, 0) == [Delivery(5_083, UP, data[:16]), Delivery(10_118, UP, data[58:74])]
    assert (line.counts(UP).overruns, line.counts(UP).read) == (68, 32)


def test_an_adapter_with_a_latency_timer_hands_over_in_pieces_and_loses_nothing() -> None:
    line = uart(latency_us=16_000)
    assert line.push(UP, b"\x06", 0) == [Delivery(16_990, UP, b"\x06")]
    data = bytes(range(100))
    found = line.push(DOWN, data, 0)
    assert read(found) == data
    assert len(found[0].data) == 16  # 15.36 characters of 1.04 ms come within 16 ms of the first


@pytest.mark.parametrize(
    ("setting", "counted"), [("noise_ppm", "flipped_bits"), ("drop_ppm", "dropped"), ("double_ppm", "doubled")]
)
def test_chance_has_the_rate_that_was_asked_for_and_the_same_seed_the_same_octets(setting: str, counted: str) -> None:
    data = bytes(5_000)
    one, two, other = (uart("9600-8N1", "", seed, **{setting: 10_000}) for seed in (1, 1, 2))
    found = one.push(UP, data, 0)
    assert found == two.push(UP, data, 0)
    assert found != other.push(UP, data, 0)
    things = len(data) * (9 if setting == "noise_ppm" else 1)  # start bit and data bits; the stop bit is idle line
    expected = things / 100
    assert abs(getattr(one.counts(UP), counted) - expected) < 5 * expected**0.5
    assert {"dropped": len(read(found)) < len(data), "doubled": len(read(found)) > len(data)}.get(counted, True)


def test_xon_and_xoff_vanish_where_software_flow_control_is_on() -> None:
    assert read(uart("9600-8N1-xonxoff").push(UP, bytes.fromhex("02111303"), 0)) == b"\x02\x03"


# modem lines and cable


def test_modem_lines_cross_over_and_a_reopened_port_pulses_dtr() -> None:
    line = uart()
    assert line.seen_by("terminal") == Seen(cts=True, dsr=True, dcd=True)
    line.set_lines("register", 0, dtr=False, rts=False)
    assert line.seen_by("terminal") == Seen()
    assert line.seen_by("register") == Seen(True, True, True)
    line.set_lines("register", 1, dtr=True)
    assert line.seen_by("terminal") == Seen(cts=False, dsr=True, dcd=True)
    assert uart("9600-8N1-dtr0").seen_by("terminal") == Seen(cts=True)
    assert uart(wiring="three-wire").seen_by("terminal") == Seen()


def test_hardware_flow_control_holds_back_until_the_other_end_is_ready() -> None:
    line = uart("9600-8N1-rtscts")
    line.set_lines("terminal", 0, rts=False)
    assert line.push(UP, b"ab", 0) == []
    assert line.push(UP, b"c", 5) == []
    found = line.set_lines("terminal", 1_000_000, rts=True)
    assert read(found) == b"abc"
    assert found[0].at_us == 1_000_990
    assert read(line.push(UP, b"d", 2_000_000)) == b"d"


def test_hardware_flow_control_on_three_wires_never_sends() -> None:
    line = uart("9600-8N1-rtscts", "9600-8N1", wiring="three-wire")
    assert line.push(UP, b"ab", 0) == []
    assert read(line.push(DOWN, b"ab", 0)) == b"ab"


def test_a_cable_that_is_out_carries_nothing_and_shows_no_line() -> None:
    line = uart()
    line.pull()
    assert line.push(UP, b"lost", 0) == []
    assert line.seen_by("terminal") == Seen()
    assert line.counts(UP).lost == 4
    assert line.put_back(10) == []
    assert read(line.push(UP, b"here", 10)) == b"here"
    assert line.seen_by("terminal").dsr


def test_what_a_sender_keeps_is_bounded() -> None:
    line = uart("9600-8N1-rtscts", wiring="three-wire")
    line.push(UP, bytes(100_000), 0)
    assert line.counts(UP).lost == 100_000 - 65_536
    busy = uart()
    assert len(read(busy.push(UP, bytes(100_000), 0))) == 65_536
    assert busy.push(UP, bytes(100), 1) == []
    assert busy.counts(UP).lost == 100_000 - 65_536 + 100


# what holds always

FORMATS = st.builds(
    lambda baud, bits, parity, stop: f"{baud}-{bits}{parity}{stop}",
    st.sampled_from([300, 1_200, 9_600, 19_200, 57_600, 115_200, 921_600]),
    st.integers(5, 8),
    st.sampled_from("NEOMS"),
    st.sampled_from(["1", "1.5", "2"]),
)


@given(FORMATS, st.lists(st.binary(min_size=1, max_size=20), max_size=5), st.integers(0, 2_000))
@settings(max_examples=60)
def test_ends_that_agree_hear_everything_in_order_and_not_before_it_was_sent(
    line: str, pieces: list[bytes], gap_us: int
) -> None:
    model, sampled = uart(line), uart(line, noise_ppm=1, seed=3)
    mask = (1 << model._settings.register.data_bits) - 1
    found = [one for n, data in enumerate(pieces) for one in model.push(UP, data, n * gap_us)]
    assert read(found) == bytes(octet & mask for octet in b"".join(pieces))
    assert [one.at_us for one in found] == sorted(one.at_us for one in found)
    # a line whose bits are drawn and sampled, though nothing is turned over (one bit in a million), says the same
    drawn = [one for n, data in enumerate(pieces) for one in sampled.push(UP, data, n * gap_us)]
    if not sampled.counts(UP).flipped_bits:
        assert read(drawn) == read(found)
        assert all(abs(a.at_us - b.at_us) <= 1 for a, b in zip(found, drawn, strict=True))


@given(FORMATS, FORMATS, st.binary(max_size=60), st.integers(0, 500_000))
@settings(max_examples=60)
def test_any_two_ends_come_to_an_end_in_order_of_time(one: str, other: str, data: bytes, noise_ppm: int) -> None:
    found = uart(one, other, noise_ppm=noise_ppm).push(DOWN, data, 7)
    assert [delivery.at_us for delivery in found] == sorted(delivery.at_us for delivery in found)
    assert all(delivery.at_us > 7 and delivery.data for delivery in found)


# notation


@pytest.mark.parametrize("text", ["9600-8N1", "115200-8N2-rtscts", "9600-7E1-dtr0-rts1", "50-5M1.5-xonxoff"])
def test_settings_are_written_as_they_are_read(text: str) -> None:
    assert str(LineSettings.parse(text)) == text


@given(
    st.builds(
        LineSettings,
        st.integers(50, 4_000_000),
        st.integers(5, 8),
        st.sampled_from("NEOMS"),
        st.sampled_from([1, 1.5, 2]),
        st.sampled_from(["", "rtscts", "xonxoff", "dsrdtr"]),
        st.sampled_from([None, False, True]),
        st.sampled_from([None, False, True]),
    )
)
@settings(max_examples=50)
def test_all_settings_are_read_back(line: LineSettings) -> None:
    assert LineSettings.parse(str(line)) == line


def test_a_rate_alone_is_the_usual_format() -> None:
    assert LineSettings.parse("19200") == LineSettings(baud=19_200)
    assert LineSettings.parse(" 9600-8n1 ") == LineSettings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fast", "'fast' are no settings.*9600-8N1"),
        ("9600-9N1", "no settings"),
        ("9600-8X1", "no settings"),
        ("9600-8N1-rtsct", "no 'rtsct', the nearest is rtscts"),
        ("9600-8N1-rtscts-xonxoff", "one flow control"),
        ("10-8N1", "a rate is 50 to 4000000"),
    ],
)
def test_settings_that_are_none_are_refused_with_the_way_out(text: str, said: str) -> None:
    with pytest.raises(LocalError, match=said):
        LineSettings.parse(text)


# as a fault of the register's cable


def plan(*specs: str, told: list[Mapping[str, Any]] | None = None) -> Faulty:
    report = told.append if told is not None else None
    link = Faulty(FaultPlan.from_specs(specs), SerialFramer, random.Random(1), report)
    assert link.opened(0) == []
    return link


def test_the_fault_works_both_ways_and_is_told_once() -> None:
    told: list[Mapping[str, Any]] = []
    link = plan("uart:register=9600-7E1,terminal=9600-8N1", told=told)
    up = link.push(UP, b"\x02", 0)
    assert up == [Delivery(990, UP, b"\x82")]
    assert link.push(DOWN, b"\x82", 0) == [Delivery(990, DOWN, b"\x02")]
    assert [one["fault"] for one in told] == ["uart"]
    assert told[0]["register"] == "9600-7E1"


def test_each_plugging_in_is_a_new_line_and_a_spent_plan_a_healthy_one() -> None:
    link = plan("uart:register=9600")
    link.push(UP, bytes(100), 0)
    link.opened(10)
    assert link.push(UP, b"a", 10) == [Delivery(10, UP, b"a")]
    assert FaultPlan.from_specs(["uart:register=9600"]).entries()[0]["register"] == "9600"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("uart:register=9600-9N1", "no value for register.*9600-8N1"),
        ("uart:wiring=four", "no value for wiring.*three-wire"),
        ("uart:noise_ppm=1000001", "no value for noise_ppm"),
        ("uart:nois_ppm=1", "nearest is noise_ppm"),
    ],
)
def test_a_wrong_setting_of_the_fault_is_named(spec: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        FaultPlan.from_specs([spec])
