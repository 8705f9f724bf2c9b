"""Card readers that are broken, worn or dirty: what tells them apart, and what is nothing but everyday life.

The traces are written here: what somebody at the terminal would see.
"""

from __future__ import annotations

from typing import Any

import pytest

from harness.diagnosis import diagnose
from harness.terminal.hardware.bounds import wilson_permille
from harness.trace import Event

SHOWN = ("terminal", "register")
READS = 100
Given = tuple[str, dict[str, Any]]


def events(*given: Given) -> list[Event]:
    return [Event(n, n, "terminal", kind, data, SHOWN) for n, (kind, data) in enumerate(given, 1)]


def read_test(errors: int, part: str = "chip_reader", number: str = "ICR-1") -> Given:
    low, high = wilson_permille(errors, READS)
    told = {"part": part, "what": "read_test", "ok": low <= 20, "id": number, "reads": READS, "errors": errors}
    return "part", {**told, "permille": 10 * errors, "low_permille": low, "high_permille": high}


def keypad_test(ok: bool) -> Given:
    return "part", {"part": "keypad", "what": "keypad_test", "ok": ok}


def self_test(ok: bool, part: str = "chip_reader", number: str = "ICR-1", first: bool = False) -> Given:
    return "self_test", {"part": part, "ok": ok, "id": number, "first": first, "serial": "S1"}


CLEANED: Given = ("maintenance", {"act": "clean", "args": {}})
MISREAD: Given = ("card", {"what": "misread", "how": "swipe", "pan": ""})


def named(*given: Given) -> tuple[str, ...]:
    return diagnose(events(*given)).named


def group(*given: Given) -> set[str]:
    return set(diagnose(events(*given)).group)


def test_d1_not_a_single_read() -> None:
    assert named(read_test(READS)) == ("D1",)
    assert named(read_test(0)) == ()


def test_d1_a_handful_of_reads_proves_nothing() -> None:
    kind, data = read_test(READS)
    assert named((kind, {**data, "reads": 5, "errors": 5})) == ()
    assert named((kind, {**data, "reads": 10, "errors": 10})) == ("D1",)


def test_d1_an_earlier_self_test_passed() -> None:
    assert named(self_test(True), self_test(False)) == ("D1",)
    assert "D1" not in named(self_test(True, number="ICR-1"), self_test(False, number="ICR-2"))
    assert "D1" not in named(self_test(True, part="printer"), self_test(False, part="printer"))


def test_b3_and_d1_by_the_first_self_test() -> None:
    assert named(self_test(False, first=True), self_test(False)) == ("B3",)


def test_c2_and_the_readers_by_a_test_with_a_card() -> None:
    """One card, one person: nobody knows yet.  A self-test that passes does not know either."""
    twice = (MISREAD, MISREAD)
    assert diagnose(events(MISREAD)).first is None, "once happens to everybody"
    assert group(*twice) == {"C2", "D1", "D7", "D12"}
    assert group(*twice, self_test(True, "magnetic_reader")) == {"C2", "D1", "D7", "D12"}
    assert diagnose(events(*twice)).next_probe == "clean_and_test"
    assert named(*twice, read_test(0, "magnetic_reader", "MSR-1")) == ("C2",)
    assert "C2" not in group(*twice, read_test(READS, "magnetic_reader", "MSR-1"))


def test_d7_a_rise_is_two_rises_beyond_chance() -> None:
    assert named(read_test(0), read_test(15), read_test(50)) == ("D7",)
    assert named(read_test(0), read_test(50)) == (), "that may have begun at one moment"
    assert named(read_test(10), read_test(12), read_test(16)) == (), "within what chance allows"
    assert named(read_test(0), read_test(15), read_test(50, number="ICR-2")) == (), "another reader"


def test_d7_and_d12_after_cleaning() -> None:
    assert group(read_test(50)) == {"D7", "D12"}
    assert named(read_test(50), CLEANED, read_test(0)) == ("D12",)
    assert named(read_test(50), CLEANED, read_test(50), keypad_test(True)) == ("D7",)
    assert named(read_test(50), CLEANED, read_test(50)) == (), "what about the keys?"
    assert named(read_test(0), CLEANED, read_test(0)) == ()


def test_d12_reader_and_keys_began_together() -> None:
    both = read_test(60), keypad_test(False)
    assert named(*both) == ("D12",)
    assert named(read_test(0), keypad_test(True), *both) == ("D12",)
    assert "D12" not in named(read_test(60), keypad_test(True), keypad_test(False)), "the keys came later"
    assert "D12" not in named(read_test(READS), keypad_test(False)), "a reader that is broken altogether"


@pytest.mark.parametrize("errors", [1, 2, 3, 4])
def test_a_few_errors_in_a_hundred_are_nothing(errors: int) -> None:
    assert diagnose(events(read_test(errors))).first is None


def test_a_host_alone_sees_fallbacks() -> None:
    def requests(mode: str, condition: str, times: int) -> list[Event]:
        fields = {"11": "000001", "22": mode, "41": "20000001", "60": f"220000010005{condition}"}
        data = {"link": "c1", "dir": "in", "mti": "0200", "kind": "sale", "fields": fields, "mac": "good"}
        return [Event(n, n, "host", "message", data, ("host",)) for n in range(1, times + 1)]

    for mode, condition in (("022", "1"), ("902", "2"), ("802", "0")):
        assert {c.cause.row for c in diagnose(requests(mode, condition, 2), "host").tied} == {"D1", "D7", "D12"}
        assert not diagnose(requests(mode, condition, 1), "host").ranking, "once happens to everybody"
    assert not diagnose(requests("022", "0", 2), "host").ranking, "cards without a chip"
