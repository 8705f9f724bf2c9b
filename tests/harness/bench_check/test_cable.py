"""Protocol, rate, and what the cable does to the data."""

from __future__ import annotations

import os
import sys
import tty
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.fleet import RegisterSpec
from harness.bench.probing import Heard
from harness.bench.register import Cable, open_register
from harness.bench.standing import StandingTerminal
from harness.bench_check.checks.asking_terminal import CABLE_OUT, TerminalLost, ask_terminal, can_ask, lost
from harness.bench_check.checks.cable import Asked, asked_by, judged, try_cable, wire_time_ms
from harness.bench_check.checks.protocol import RATES, SHOWN_OCTETS, _found, _in_vain, _steps, find_protocol
from harness.bench_check.checks.protocol import Asked as AskedInVain
from harness.bench_check.faults import FAULTS
from harness.bench_check.visit import Visit
from harness.driver.probing import WAITS, Attempt, protocols_probed
from harness.links.line_settings import LineSettings
from harness.links.serial_troubles import explain
from harness.machine import Json
from harness.trace import Event
from protocols.errors import LinkError, LocalError
from protocols.text import Text

from .counter import fault_words, visit_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo terminal is the cable")


# what it speaks


def steps(**settings: Any) -> list[tuple[int, str]]:
    return [(rate, protocol) for rate, protocols in _steps(visit_of(**settings)) for protocol in protocols]


def test_every_rate_is_tried_once_and_the_usual_protocol_at_all_of_them() -> None:
    asked = steps()
    assert max(Counter(asked).values()) == 1
    assert {rate for rate, protocol in asked if protocol == "mispos-b"} == {
        1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200,
    }  # fmt: skip
    assert {rate for rate, _ in asked[: len(protocols_probed())]} == {9600}
    for rate in (9600, 115_200):
        assert {protocol for at, protocol in asked if at == rate} == set(protocols_probed())
    assert {protocol for at, protocol in asked if at == 19_200} == {"mispos-b", "transbank", "concert"}
    assert {protocol for at, protocol in asked if at == 1200} == {"mispos-b"}


@pytest.mark.parametrize(
    ("settings", "first"),
    [
        ({"baud": 4800}, 4800),
        ({"expected": {"baud": 38_400}}, 38_400),
        ({"baud": 57_600, "expected": {"baud": 1200}}, 57_600),
        ({"baud": 300}, 300),
        ({}, 9600),
    ],
)
def test_the_expected_rate_comes_first(settings: dict[str, Any], first: int) -> None:
    asked = list(dict.fromkeys(rate for rate, _ in steps(**settings)))
    assert asked[0] == first and set(asked) == {first, *RATES}


def test_what_is_named_is_all_that_is_asked() -> None:
    assert {protocol for _, protocol in steps(protocol="zvt")} == {"zvt"}
    visit = visit_of(sn="SN1")
    visit.earlier_of = lambda sn: [{"facts": {"line": "19200-8N1"}}]
    assert next(_steps(visit))[0] == 19_200  # as it was at the last visit


def found_at(line: str, **settings: Any) -> Any:
    return _found(visit_of(**settings), Cable("p", RegisterSpec("mispos-b"), LineSettings.parse(line)), line)


def test_another_rate_than_expected_fails_and_the_check_goes_on() -> None:
    found = found_at("115200-8N1", baud=9600)
    assert found.fault == "wrong_baud" and not FAULTS["wrong_baud"].ends
    assert "115200" in fault_words(found).zh and "9600" in fault_words(found).en
    assert [(one.value, one.low, one.good) for one in found.figures] == [(115_200, 9600, False)]
    assert found_at("115200-8N1", expected={"baud": 115_200}).verdict == "pass"


def test_an_unusual_rate_is_said_where_nobody_expects_another() -> None:
    found = found_at("19200-8N1")
    assert found.verdict == "pass" and "9600" in found.found.zh
    assert "9600" not in found_at("115200-8N1").found.en


def test_who_talks_at_every_rate_is_no_terminal() -> None:
    def at(octets: bytes) -> AskedInVain:
        return AskedInVain(list(RATES), [Heard(Attempt("mispos-b", rate, "8N1"), octets, None) for rate in RATES])

    assert at(b"\x83A").is_babble
    assert not at(b"").is_babble and not at(b"\x15").is_babble  # NAK: it can read, and does not understand


def test_silence_and_what_makes_no_sense_are_two_things() -> None:
    quiet = [Heard(Attempt("mispos-b", rate, "8N1"), b"", None) for rate in RATES]
    found = _in_vain(visit_of(), AskedInVain(list(RATES), quiet))
    assert found.fault == "silent" and FAULTS["silent"].ends and FAULTS["silent"].blame == "terminal"
    card = b"6212142000000000012"
    loud = [*quiet, Heard(Attempt("zvt", 9600, "8N2"), card, None)]
    found = _in_vain(visit_of(), AskedInVain([9600], loud))
    assert found.fault == "unknown_protocol" and fault_words(found).en
    assert card[: SHOWN_OCTETS + 1].hex() not in str(found).replace(" ", "").lower()  # it may be a card's number


# what the cable does


def bytes_of(direction: str, text: str) -> Event:
    return Event(1, 0, "register", "bytes", {"link": "terminal", "dir": direction, "hex": text}, ("register",))


def question(*between: Event, status: str = "done", took_us: int = 5000) -> Asked:
    def phase(name: str, t_us: int, **more: Json) -> Event:
        return Event(1, t_us, "register", "operation", {"phase": name, "op": "last", **more}, ("register",))

    return asked_by([phase("begin", 100), *between, phase("end", 100 + took_us, outcome={"status": status})])


FRAME = "0200329F01"


def test_a_question_that_went_well() -> None:
    one = question(bytes_of("out", FRAME), bytes_of("in", "06" + FRAME), bytes_of("out", "06"))
    assert one == Asked(5000, 12, True, False, 0)


@pytest.mark.parametrize(
    "between",
    [
        [bytes_of("out", FRAME), bytes_of("out", FRAME)],
        [bytes_of("out", FRAME), bytes_of("in", "15")],
        [bytes_of("in", "FF"), bytes_of("out", "15")],
        [Event(1, 0, "register", "noise", {"link": "terminal", "hex": "FF"}, ("register",))],
    ],
    ids=["sent again", "refused by the terminal", "refused by the register", "octets outside any frame"],
)
def test_what_counts_as_disturbed(between: list[Event]) -> None:
    assert question(*between).disturbed


def test_no_answer_is_disturbed_and_a_plug_that_came_out_is_not() -> None:
    assert question(status="unknown").disturbed and not question(status="unknown").answered
    assert not question(status="refused").disturbed  # a refusal is an answer
    closed = Event(1, 0, "register", "link", {"link": "terminal", "what": "closed", "reason": "gone"}, ("register",))
    out = question(bytes_of("out", FRAME), closed, bytes_of("out", FRAME))
    assert (out.came_out, out.disturbed) == (1, False)


def run_of(trials: int, errors: int, took_us: int = 50_000, out: int = 0) -> list[Asked]:
    bad = [Asked(took_us, 100, True, True, 0)] * errors
    return [
        *bad,
        *([Asked(took_us, 100, True, False, 0)] * (trials - errors - out)),
        *([Asked(1, 1, True, False, 1)] * out),
    ]


@pytest.mark.parametrize(
    ("trials", "errors", "fault", "bounds"),
    [
        # Bounds of Clopper and Pearson as R's binom.test gives them.
        (50, 0, "", 7.11),
        (50, 1, "", 10.65),
        (50, 2, "noise", ("0.5", "13.7")),
        (50, 5, "noise", ("3.3", "21.8")),
        (10, 1, "", 44.50),
        (10, 2, "noise", ("2.5", "55.6")),
        (50, 50, "noise", ("92.9", "100.0")),
    ],
)
def test_one_disturbed_answer_may_be_chance_two_are_not(trials: int, errors: int, fault: str, bounds: Any) -> None:
    found = judged(run_of(trials, errors), 9600)
    assert found.fault == fault
    assert found.figures[0].good is (fault == "")
    if fault:
        assert f"{bounds[0]}% 到 {bounds[1]}%" in found.found.zh and FAULTS["noise"].ends and fault_words(found).en
    else:
        assert found.detail["error_high_percent"] == pytest.approx(bounds, abs=0.01)


def test_a_line_of_9600_needs_a_tenth_of_a_second_for_a_hundred_octets() -> None:
    assert wire_time_ms(96, 9600) == pytest.approx(100)
    assert wire_time_ms(96, None) == 0


def test_slow_is_what_the_line_does_not_explain() -> None:
    assert judged(run_of(50, 0, 380_000), 9600).verdict == "pass"
    assert judged(run_of(50, 0, 380_000), 115_200).fault == "slow_answers"
    found = judged(run_of(50, 0, 500_000), None)
    assert found.fault == "slow_answers" and not FAULTS["slow_answers"].ends and "500" in fault_words(found).zh
    straggling = [*run_of(45, 0), *run_of(5, 0, 2_000_000)]
    assert judged(straggling, 9600).fault == "slow_answers"


def test_a_plug_that_came_out_and_back_is_loose() -> None:
    found = judged(run_of(50, 0, out=2), 9600)
    assert found.fault == "loose_cable" and "2" in fault_words(found).zh and not FAULTS["loose_cable"].ends
    assert found.figures[1].value == 50  # ms; the time without a plug is none of the terminal's
    assert judged(run_of(1, 0, out=1), 9600).fault == "loose_cable"


@given(
    st.lists(
        st.builds(Asked, st.integers(0, 10**8), st.integers(0, 5000), st.booleans(), st.booleans(), st.integers(0, 3)),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from([None, 1200, 115_200]),
)
def test_any_run_has_a_finding_that_can_be_shown(asked: list[Asked], baud: int | None) -> None:
    found = judged(asked, baud)
    errors = sum(one.disturbed for one in asked)
    assert (found.fault == "noise") is (errors > max(1, len(asked) * 2 // 100))
    if found.fault:
        assert fault_words(found).en
    else:
        assert all(one.good for one in found.figures)


# at a terminal


def test_a_healthy_terminal_at_a_good_cable() -> None:
    with StandingTerminal() as terminal:
        told: list[Text] = []
        visit = visit_of(facts={"port": terminal.port}, told=told, repeats=12)
        with visit.stack:
            assert find_protocol(visit).verdict == "pass"
            assert {name: visit.facts[name] for name in ("protocol", "line", "transport")} == {
                "protocol": "mispos-b", "line": "9600-8N1", "transport": "serial",
            }  # fmt: skip
            found = try_cable(visit)
            operations = [event for event in visit.events if event.kind == "operation"]
    assert found.verdict == "pass" and [one.id for one in found.figures] == [
        "error_rate", "answer_median", "answer_p95",
    ]  # fmt: skip
    assert len(operations) == 2 * 12 and {event.data["op"] for event in operations} == {"last"}  # harmless
    assert any("9600" in text.zh for text in told)


@contextmanager
def hasty(visit: Visit, port: str) -> Iterator[None]:
    """The visit's session, with a register of little patience."""
    visit.facts |= {"port": port, "protocol": "mispos-b"}
    more = {**WAITS, "result_timeout_us": 300_000, "away_timeout_us": 200_000, "ack_timeout_us": 50_000}
    with open_register(Cable(port, more=more), tap=None) as session:
        visit._register = session
        yield


def test_a_terminal_that_falls_silent_has_a_fault_of_its_own() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    visit = visit_of()
    try:
        with hasty(visit, os.ttyname(slave)):
            with pytest.raises(TerminalLost) as told:
                ask_terminal(visit, "status")
            outcome = ask_terminal(visit, "sale", amount_fen=1)
    finally:
        os.close(master)
        os.close(slave)
    assert lost(visit, "x", told.value).fault == "stopped_answering" and fault_words(lost(visit, "x", told.value)).en
    assert (outcome["status"], outcome["cause"]) == ("unknown", "register_timeout")  # money: whoever asked must learn


def test_a_cable_that_stays_out_is_told_and_ends_the_check(tmp_path: Path) -> None:
    heard: list[Text] = []
    visit = visit_of(told=heard)
    stable = tmp_path / "usb-terminal"  # the name that becomes free is soon another terminal's, of another test
    with StandingTerminal() as terminal:
        stable.symlink_to(terminal.port)
        with hasty(visit, str(stable)):
            assert ask_terminal(visit, "status")["status"] == "done"
            assert can_ask(visit, "settle") and not can_ask(visit, "activate")
            stable.unlink()
            terminal.pull_cable()
            with pytest.raises(TerminalLost) as told:
                ask_terminal(visit, "status")
    found = lost(visit, "x", told.value)
    assert found.fault == "unplugged" and FAULTS["unplugged"].ends and fault_words(found).en
    assert CABLE_OUT not in visit.facts


def test_a_port_that_somebody_takes_meanwhile_is_held_and_not_unplugged() -> None:
    error = explain(OSError(11, "Resource temporarily unavailable"), "/dev/ttyUSB0", opening=True)
    found = lost(visit_of(facts={"port": "/dev/ttyUSB0"}), "x", error)
    assert found.fault == "port_held" and fault_words(found).en
    assert lost(visit_of(), "x", LinkError(Text("断", "gone"), Text("插", "plug"))).fault == "unplugged"


def test_nobody_is_asked_where_no_port_was_looked_for() -> None:
    for check in (find_protocol, try_cable):
        with pytest.raises(LocalError):
            check(visit_of())
