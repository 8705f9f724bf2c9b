"""The matrix of orders: every pair has its cell, a wrong one cannot be overlooked, each says where it is written."""

from __future__ import annotations

from typing import Any

from harness.reports.html import render
from harness.reports.matrix import matrix_of
from harness.trace import Trace
from tests.harness.reports.worlds import row, run_of

Json = Any
OUTCOMES = {
    "done": ({"status": "done", "cause": "", "code": ""}, ""),
    "refused": ({"status": "refused", "cause": "not_signed_in", "code": ""}, "terminal"),
    "declined": ({"status": "declined", "cause": "not_signed_in", "code": "77"}, "host"),
}


def pair(ops: str, gate: bool, status: str, *problems: str, source: str = "section 6") -> Json:
    expected, by = OUTCOMES[status]
    return {
        "table": "c1",
        "ops": ops.split(),
        "gate": gate,
        "legal": status == "done",
        "refused_by": by,
        "expected": expected,
        "found": expected,
        "source": source,
        "problems": [{"zh": f"错：{text}", "en": text} for text in problems],
    }


def recording(*pairs: Json) -> Trace:
    trace = Trace()
    for data in pairs:
        trace.append("bench", "pair", data, ("bench",), 0)
    return trace


FOUR = (
    pair("sign_off sale", True, "refused"),
    pair("sign_off sale", False, "declined"),
    pair("sale sign_off", True, "done"),
    pair("sale sign_off", False, "done", "the books changed", source="posrig's choice"),
)


def test_every_pair_has_its_cell() -> None:
    matrix = matrix_of(recording(*FOUR).events)
    assert matrix is not None
    assert [op.en for op in matrix.operations] == ["Sale", "Sign off"]
    marks = {
        gate: [[cell.mark if cell else None for cell in line] for line in rows] for gate, rows in matrix.gates.items()
    }
    assert marks == {True: [[None, "✓"], ["T", None]], False: [[None, "✓"], ["77", None]]}
    assert list(matrix.gates) == [True, False]
    assert matrix.sources == (("section 6", 3), ("posrig's choice", 1))


def test_a_wrong_cell_is_in_colour_and_told_in_full() -> None:
    matrix = matrix_of(recording(*FOUR).events)
    assert matrix is not None
    (wrong,) = matrix.wrong
    assert "the books changed" in wrong.told.en
    assert "posrig's choice" in wrong.told.en
    assert "错" in wrong.told.zh
    page = render(run_of(row(recording(*FOUR), ok=False)), "en")
    assert page.count('class="legal wrong"') == 1
    assert 'class="host"' in page
    assert 'class="terminal"' in page


def test_sequences_stand_beside_the_matrix_and_other_recordings_have_none() -> None:
    matrix = matrix_of(recording(*FOUR, pair("self_test unbind unbind", True, "refused")).events)
    assert matrix is not None
    assert [cell.name.en for cell in matrix.sequences] == ["Self-test → Unbind → Unbind"]
    assert matrix_of(recording().events) is None
    assert matrix_of(recording(FOUR[0]).events) is None
    assert '<section class="orders">' not in render(run_of(row(recording())), "en")


def test_a_row_that_broke_off_is_on_the_page() -> None:
    page = render(run_of(row(recording(), ok=False, broken=True)), "en")
    assert "broke off" in page
    assert 'id="row-F5"' in page
