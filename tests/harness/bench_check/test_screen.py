"""What stands on the screen: nothing is lost in a narrow window, nothing is said twice, limits are plain."""

from __future__ import annotations

import io

import pytest

from harness.bench_check.conclusion import Conclusion, NamedCause
from harness.bench_check.live_screen import LiveScreen
from harness.bench_check.model import Check, Figure, passed
from harness.bench_check.screen import PlainScreen, figure_words, show_conclusion
from harness.reports.columns import columns
from protocols.text import Text

RATE = Text("串口速率", "serial rate")
LONG = Text("终端号80000001商户号898520154110004批次000001" * 2, "x")
COLUMNS = 60


def cause(row: str, *because: str) -> NamedCause:
    told = tuple(Text(one, one) for one in because)
    return NamedCause(
        row, Text(f"原因{row}", row), told, "merchant", Text(f"做{row}", row), False, (Text("阶", "rung"),)
    )


def test_one_value_that_is_right_is_no_range() -> None:
    figure = Figure("rate", RATE, 115200, "bit/s", low=9600, high=9600)
    assert figure_words(figure, "zh") == "串口速率: 115200 bit/s (应为 9600 bit/s)"
    assert figure_words(figure, "en") == "serial rate: 115200 bit/s (should be 9600 bit/s)"


def test_the_reason_that_causes_share_is_told_once() -> None:
    out = io.StringIO()
    causes = (cause("H8", "已暂停"), cause("A4", "已暂停"), cause("D10", "没有测"))
    show_conclusion(PlainScreen("zh", out), Conclusion("failed", 1, causes, 2), (), "zh")
    said = out.getvalue()
    assert (said.count("依据：已暂停"), said.count("依据：没有测"), said.count("- 阶")) == (1, 1, 1)
    assert all(f"做{one.row}" in said for one in causes)


def test_in_a_narrow_window_nothing_is_cut_off_and_lines_stay_indented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(COLUMNS))
    out, check = (
        io.StringIO(),
        Check("identity", "bench", Text("终端身份", "which"), RATE, lambda visit: passed("", RATE)),
    )
    screen = LiveScreen("zh", out)
    screen.end(check, passed("identity", LONG))
    screen.line(f"     {LONG.zh}")
    screen.line(LONG.zh)
    first, *rest = out.getvalue().splitlines()
    found = [line.strip() for line in (first.partition("终端身份")[2], *rest)]
    assert "".join(found) == LONG.zh * 3
    assert all(line.startswith("     ") for line in rest[:-1])
    assert all(columns(line.rstrip()) <= COLUMNS for line in (first, *rest[:-1]))
    assert rest[-1] == LONG.zh, "the console breaks it, so that it is copied whole"
