"""The transcript: one line per thing that happened, no line too wide, what went wrong marked."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.reports.transcript import transcript
from harness.reports.words import clock, span
from protocols.text import Lang
from tests.harness.reports.worlds import Script


def lost() -> Script:
    script = Script()
    script.leaves("000001")
    script.comes("000001")
    script.at = 90_061_250
    script.leaves("000002")
    script.put("bench", "fault", {"path": "host", "fault": "drop", "stream": "upstream", "frame": 2, "struck": 1})
    script.put("terminal", "display", {"zh": "主机无应答", "en": "No answer from the host"})
    return script


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        (
            "en",
            [
                "00:00:00.000 Terminal → Host 0820 echo test STAN 000001",
                "... 1 d 1 h later ...",
                "!! 1d 01:01:01.250 Terminal ✗ Link 0820 echo test STAN 000002 · lost",
                "!! 1d 01:01:01.250 Link ⚡ frame dropped stream=upstream frame=2 struck=1",
                "1d 01:01:01.250 Terminal No answer from the host",
            ],
        ),
        (
            "zh",
            [
                "00:00:00.000 终端 → 主机 0820 回响测试 STAN 000001",
                "... 1 天 1 小时之后 ...",
                "!! 1d 01:01:01.250 终端 ✗ 线路 0820 回响测试 STAN 000002 · 丢失",
                "!! 1d 01:01:01.250 线路 ⚡ 丢帧 stream=upstream frame=2 struck=1",
                "1d 01:01:01.250 终端 主机无应答",
            ],
        ),
    ],
)
def test_one_line_for_each_thing_that_happened(lang: Lang, expected: list[str]) -> None:
    lines = transcript(lost().trace.events, lang).splitlines()
    assert [" ".join(line.split()) for line in lines] == expected


def test_lanes_stand_in_columns_in_both_languages() -> None:
    for lang in ("en", "zh"):
        lines = [x for x in transcript(lost().trace.events, "en" if lang == "en" else "zh").splitlines() if "STAN" in x]
        starts = {sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in x[: x.index("0820")]) for x in lines}
        assert len(starts) == 1


@given(said=st.text(min_size=1, max_size=300), width=st.integers(40, 200))
def test_no_line_is_wider_than_asked_and_none_is_broken(said: str, width: int) -> None:
    script = Script()
    script.put("terminal", "display", {"zh": said, "en": said})
    text = transcript(script.trace.events, "zh", width)
    (line,) = text.split("\n")[:-1]
    assert sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) <= width
    assert line.isprintable()


def test_a_long_recording_is_cut_in_the_middle_and_says_so() -> None:
    script = Script()
    for number in range(1, 1001):
        script.leaves(f"{number:06d}")
        if number != 500:
            script.comes(f"{number:06d}")
        script.put("terminal", "display", {"zh": f"第 {number} 次", "en": f"Number {number}"})
    lines = transcript(script.trace.events, "en", lines_max=60).splitlines()
    assert len(lines) <= 70
    assert any("STAN 000500 · lost" in line for line in lines)
    assert "Number 1000" in lines[-1] and any("left out" in line for line in lines)


def test_repetitions_take_one_line() -> None:
    script = Script()
    for number in range(1, 21):
        script.leaves(f"{number:06d}")
        script.comes(f"{number:06d}")
    lines = transcript(script.trace.events, "en").splitlines()
    assert len(lines) == 2 and lines[1].strip() == "… the same 1 line(s), 19 times more"


def test_nothing_happened() -> None:
    assert transcript([]) == ""


@pytest.mark.parametrize(
    ("us", "said"),
    [
        (0, "00:00:00.000"),
        (1_250, "00:00:00.001"),
        (86_400_000_000, "1d 00:00:00.000"),
        (3_661_500_000, "01:01:01.500"),
    ],
)
def test_the_clock_counts_from_the_beginning(us: int, said: str) -> None:
    assert clock(us) == said


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [(60, "1 分", "1 min"), (3 * 86_400, "3 天", "3 d"), (93_784, "1 天 2 小时", "1 d 2 h"), (0, "0 秒", "0 s")],
)
def test_a_length_of_time_in_its_two_largest_units(seconds: int, zh: str, en: str) -> None:
    assert (span(seconds * 1_000_000).zh, span(seconds * 1_000_000).en) == (zh, en)
