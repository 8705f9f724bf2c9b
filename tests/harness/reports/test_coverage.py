"""What counts as tried, from recordings written by hand; and what a page makes of it."""

from __future__ import annotations

from typing import Any

from harness.reports.coverage import HEALTHY, POWER_CUT, Fault, Universe, cells_of, coverage
from harness.reports.coverage_map import coverage_map
from harness.reports.html import render
from harness.reports.model import RunReport
from harness.trace import Event
from protocols.text import Text

LINE, JAM = (
    Fault(Text("断线", "line"), frozenset(("sale",)), ("F1", "H11"), 4),
    Fault(Text("卡纸", "jam"), frozenset(("sale", "reprint")), ("D2",), 2),
)
SMALL = Universe(
    {"ready": Text("可交易", "ready"), "keyed": Text("已装主密钥", "keyed")},
    {"sale": Text("消费", "Sale"), "reprint": Text("重打印", "Reprint")},
    frozenset((("ready", "sale"), ("ready", "reprint"), ("keyed", "reprint"))),
    {"drop": LINE, "paper_jam": JAM},
)


def recording(*parts: tuple[str, str, dict[str, Any]]) -> list[Event]:
    return [Event(n, 0, party, kind, data, (party,)) for n, (party, kind, data) in enumerate(parts, 1)]


def begin(op: str = "sale", state: str = "ready", party: str = "terminal") -> tuple[str, str, dict[str, Any]]:
    return party, "operation", {"phase": "begin", "op": op, "args": {}, "state": state}


def end(op: str = "sale", party: str = "terminal") -> tuple[str, str, dict[str, Any]]:
    return party, "operation", {"phase": "end", "op": op, "outcome": {}}


def bench(kind: str, **data: Any) -> tuple[str, str, dict[str, Any]]:
    return "bench", kind, data


CASE = bench("case", row="F1", name="one")
LINE_CUT = bench("cause", path="host", link=["drop:stream=upstream,frame=1", "flip"])
REMEDY, PROOF = bench("step", do="wait", part="remedy"), bench("step", do="register", part="proof")


def test_a_fault_counts_from_its_cause_until_it_is_healed() -> None:
    events = recording(begin(), end(), CASE, LINE_CUT, begin(), end(), bench("cause", healed="host"), begin(), end())
    assert cells_of(events[:2]) == {("ready", "sale", HEALTHY)}
    assert cells_of(events) == {("ready", "sale", fault) for fault in (HEALTHY, "drop", "flip")}


def test_healing_one_party_leaves_the_fault_of_another() -> None:
    late = bench("cause", party="host", behaviour="answer_late", settings={})
    jam = bench("cause", party="terminal", behaviour="paper_jam", settings={})
    healed = bench("cause", healed="answer_late", party="host2")
    events = recording(CASE, late, jam, healed, begin(), bench("cause", healed="answer_late", party="host"), begin())
    assert cells_of(events[:5]) == {("ready", "sale", "answer_late"), ("ready", "sale", "paper_jam")}
    assert cells_of([*events[:4], *events[5:]]) == {("ready", "sale", "paper_jam")}


def test_what_people_do_wrong_stands_for_its_row() -> None:
    mistake = bench("step", do="portal", part="step", mistake=True)
    assert cells_of(recording(CASE, begin("connect", "self_tested"), mistake, begin("activate", "connected"))) == {
        ("self_tested", "connect", HEALTHY),
        ("connected", "activate", "F1"),
    }


def test_while_a_remedy_is_under_way_nothing_counts_and_after_it_nothing_is_wrong() -> None:
    events = recording(CASE, LINE_CUT, REMEDY, begin("echo"), PROOF, begin())
    assert cells_of(events) == {("ready", "sale", HEALTHY)}


def test_each_case_begins_anew() -> None:
    assert cells_of(recording(CASE, LINE_CUT, CASE, begin())) == {("ready", "sale", HEALTHY)}


def test_a_power_cut_belongs_to_the_operation_that_it_ends() -> None:
    cut, of_another = bench("crash", party="terminal"), bench("crash", party="terminal2")
    whole = {("ready", "settle", HEALTHY)}
    assert cells_of(recording(begin("settle"), cut, cut)) == whole | {("ready", "settle", POWER_CUT)}
    assert cells_of(recording(begin("settle"), end("settle"), cut)) == whole
    assert cells_of(recording(begin("settle"), of_another)) == whole


def test_the_register_begins_no_cell() -> None:
    assert not cells_of(recording(("register", "operation", {"phase": "begin", "op": "sale", "args": {}})))


def test_the_map_counts_what_can_be_and_ranks_what_never_was() -> None:
    """ready: sale with no fault, drop, jam; reprint with no fault, jam; keyed: reprint with no fault, jam."""
    found = coverage(SMALL, [recording(begin(), end(), CASE, LINE_CUT, begin(), end()), recording(begin("reprint"))])
    assert found.total == 7
    assert sorted(found.ran) == [("ready", "reprint", HEALTHY), ("ready", "sale", HEALTHY), ("ready", "sale", "drop")]
    assert found.permille == 428
    assert found.never == (
        ("ready", "sale", "paper_jam"),
        ("ready", "reprint", "paper_jam"),
        ("keyed", "reprint", "paper_jam"),
        ("keyed", "reprint", HEALTHY),
    )
    assert found.at("ready", "sale") == ([HEALTHY, "drop"], ["paper_jam"])
    assert found.at("keyed", "sale") == ([], [])
    assert coverage(SMALL, []).never[0] == ("ready", "sale", "drop")


def test_the_page_shows_it() -> None:
    found = coverage(SMALL, [recording(begin(), end())])
    view = coverage_map(found)
    (_, ready), (_, keyed) = view.grid
    assert [(cell.ran, cell.possible, cell.tone) if cell else None for cell in ready] == [(1, 3, 2), (0, 2, 0)]
    assert keyed[0] is None
    page = render(RunReport("0.1.0", 1, "simulated", (), found))
    assert 'id="coverage"' in page and "1 of 7 cells tried (14.2 %)" in page and "已试 1 格，共 7 格" in page
    assert 'id="coverage"' not in render(RunReport("0.1.0", 1, "simulated", ()))
