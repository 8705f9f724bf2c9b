"""The trace file: stable octets, views, merging, and what is said about files that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness import trace as trace_module
from harness.mask import Masker
from harness.trace import Header, Trace, TraceFile, TraceFull, merge, read_trace, strip
from protocols.errors import LocalError, RemoteError, ScenarioError


def small() -> Trace:
    trace = Trace(Header(seed=7, program="1.2.3"), Masker(()))
    trace.append("terminal", "display", {"zh": "请先签到", "en": "sign in first"}, ("terminal", "register"), 5)
    trace.append("bench", "fault", {"fault": "drop"}, ("bench",), 6)
    trace.append("host", "decision", {"code": "77"}, ("host",), 7)
    return trace


def test_the_file_is_the_documented_json_lines(tmp_path: Path) -> None:
    small().write(tmp_path / "a.jsonl")
    assert (tmp_path / "a.jsonl").read_bytes().decode() == (
        '{"bench":"simulated","dialect":"cup","events":3,"program":"1.2.3","schema":1,"seed":7}\n'
        '{"data":{"en":"sign in first","zh":"请先签到"},"kind":"display","party":"terminal",'
        '"seen_by":["terminal","register"],"seq":1,"t_us":5}\n'
        '{"data":{"fault":"drop"},"kind":"fault","party":"bench","seen_by":["bench"],"seq":2,"t_us":6}\n'
        '{"data":{"code":"77"},"kind":"decision","party":"host","seen_by":["host"],"seq":3,"t_us":7}\n'
    )


def test_reading_gives_back_what_was_written(tmp_path: Path) -> None:
    small().write(tmp_path / "a.jsonl")
    back = read_trace(tmp_path / "a.jsonl")
    assert back.header == small().header
    assert list(back.events) == list(small().events)
    assert back.text() == small().text()


def test_each_party_sees_its_own_and_only_the_bench_sees_what_was_injected() -> None:
    events = small().events
    assert [e.seq for e in strip(events, "register")] == [1]
    assert [e.seq for e in strip(events, "terminal")] == [1]
    assert [e.seq for e in small().visible_to("host")] == [3]
    assert [e.seq for e in small().visible_to("all")] == [1, 3]


def test_an_event_does_not_change_when_its_source_does() -> None:
    trace, data = Trace(masker=Masker(())), {"list": [1]}
    trace.append("host", "state", data, ("host",), 0)
    data["list"].append(2)
    assert trace.events[0].data == {"list": [1]}


@pytest.mark.parametrize("value", [b"octets", 1.5, {1, 2}, object()])
def test_what_is_no_json_is_refused_where_it_is_noted(value: object) -> None:
    with pytest.raises(LocalError, match="amount"):
        Trace().append("host", "state", {"amount": value}, ("host",), 0)


def test_a_full_trace_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_module, "EVENTS_MAX", 3)
    trace = small()
    with pytest.raises(TraceFull, match="3 events"):
        trace.append("host", "state", {}, ("host",), 8)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", r"a\.jsonl: the trace is empty"),
        ("hello\n", r"a\.jsonl:1: the first line is no header"),
        ('{"some":"json"}\n', r"a\.jsonl:1: the first line is no header"),
        ('{"schema":99}\n', r"a\.jsonl:1: this trace has schema 99"),
        ('{"schema":1,"colour":"red"}\n', r"a\.jsonl:1: the first line is no header"),
        ('{"schema":1}\nnot json\n', r"a\.jsonl:2: not JSON"),
        ('{"schema":1}\n[1]\n', r"a\.jsonl:2: this is no event"),
        ('{"schema":1}\n{"seq":1}\n', r"a\.jsonl:2: this is no event"),
        (
            '{"schema":1}\n{"data":{},"kind":"k","party":"p","seen_by":[],"seq":2,"t_us":0}\n',
            r"a\.jsonl:2: sequence 2 where 1",
        ),
        ('{"schema":1}\n{"data":{},"kind":"k","par', r"a\.jsonl:2: the file is cut off"),
        ('{"schema":1}', r"a\.jsonl:1: the file is cut off"),
    ],
)
def test_a_file_that_is_no_trace_is_refused_with_file_and_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RemoteError, match=said):
        read_trace(path)


def test_a_file_that_does_not_exist_is_the_users_error(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="nowhere"):
        read_trace(tmp_path / "nowhere.jsonl")


def test_octets_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RemoteError, match="not JSON"):
        read_trace(path)


def test_a_cut_off_last_line_can_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    small().write(path)
    path.write_bytes(path.read_bytes()[:-5])
    assert [e.seq for e in read_trace(path, cut_ok=True).events] == [1, 2]


def test_merging_orders_by_time_then_party_then_sequence_and_numbers_anew() -> None:
    one, two = Trace(Header(seed=1)), Trace(Header(seed=2))
    for t_us, name in ((1, "a"), (5, "b"), (5, "c")):
        one.append("terminal", "state", {"n": name}, ("terminal",), t_us)
    for t_us, name in ((0, "x"), (5, "y")):
        two.append("host", "state", {"n": name}, ("host",), t_us)
    merged = merge([one, two])
    assert [e.data["n"] for e in merged.events] == ["x", "a", "y", "b", "c"]
    assert [e.seq for e in merged.events] == [1, 2, 3, 4, 5]
    assert merged.header.seed == 1


def test_a_trace_file_is_on_disk_line_by_line_and_equals_the_trace_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    out = TraceFile(path, Header(seed=7, program="1.2.3"), Masker(()))
    for event in small().events:
        out.append(event.party, event.kind, event.data, event.seen_by, event.t_us)
        assert json.loads(path.read_text(encoding="utf-8").splitlines()[-1])["seq"] == event.seq
    out.close()
    out.close()
    # Only a trace that is complete can say how many events it has.
    assert path.read_text(encoding="utf-8") == small().text().replace('"events":3,', "", 1)


def test_a_trace_file_stops_at_its_limit_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_module, "FILE_OCTETS_MAX", 300)
    out = TraceFile(tmp_path / "a.jsonl")
    for number in range(100):
        out.append("host", "state", {"n": number}, ("host",), number)
    out.close()
    events = read_trace(tmp_path / "a.jsonl").events
    assert events[-1].kind == "limit"
    assert len(events) < 6


def test_a_trace_file_holds_back_what_is_incomplete_and_writes_it_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    out = TraceFile(path)
    out.append("host", "bytes", {"link": "c1", "dir": "in", "hex": "0004AA"}, ("host",), 1)
    out.append("host", "state", {}, ("host",), 2)
    assert len(path.read_text().splitlines()) == 1
    out.append("host", "bytes", {"link": "c1", "dir": "in", "hex": "BBCCDD"}, ("host",), 3)
    assert len(path.read_text().splitlines()) == 4
    out.append("host", "bytes", {"link": "c1", "dir": "in", "hex": "0004AA"}, ("host",), 4)
    out.close()
    events = read_trace(path).events
    assert [e.data.get("hex") for e in events] == ["0004AA", None, "BBCCDD", None]
    assert events[3].data["length"] == 3


def test_a_trace_that_ends_early_between_two_lines(tmp_path: Path) -> None:
    """A copy that stopped at a line's end looks whole; the header knows how many events there were."""
    trace = Trace(Header(seed=1, program="x"))
    for number in range(5):
        trace.append("host", "boot", {"records": number}, ("host",), number)
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    trace.write(whole)
    assert len(read_trace(whole).events) == 5
    lines = whole.read_text(encoding="utf-8").splitlines(keepends=True)
    cut.write_text("".join(lines[:4]), encoding="utf-8")
    with pytest.raises(RemoteError, match=r"cut\.jsonl:5: the file is cut off here: 3 of its 5 events"):
        read_trace(cut)
    assert len(read_trace(cut, cut_ok=True).events) == 3
