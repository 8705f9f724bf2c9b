"""Inspection rounds: how far one has come, which terminal is next, and whose a result is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.bench_check.options import Wish
from harness.bench_check.rounds.progress import open_round, record, result_of
from harness.bench_check.rounds.run import run_round, visit_wish
from harness.bench_check.rounds.terminals import RoundEntry, parse_list
from harness.bench_check.settings import Settings
from harness.stores.errors import StoreError
from harness.stores.rounds import RoundStore
from protocols.errors import ScenarioError

from .records import failed_record, good_record
from .round_parts import LIST, NOON, Says, Visits, a_wish, opened, result, statuses, terminal_failed


def test_a_new_round_is_open_and_what_is_late_is_told(tmp_path: Path) -> None:
    progress = opened(tmp_path)
    count = progress.count(NOON)
    assert (count["all"], count["open"], count["overdue"]) == (3, 3, 1)
    assert progress.next() == progress.entries[0]


def test_results_are_kept_and_the_order_of_the_list_says_what_is_next(tmp_path: Path) -> None:
    progress, store = opened(tmp_path), RoundStore(tmp_path)
    progress = record(store, progress, progress.entries[0], result("failed", due="2026-11-20"))
    again = opened(tmp_path)
    assert again.status(again.entries[0]) == "failed"
    assert again.next() == again.entries[1]
    assert again.next(after=2) == again.entries[2]
    progress = record(store, progress, progress.entries[1], result("incomplete", due="2026-12-01"))
    progress = record(store, progress, progress.entries[2], result("skipped"))
    assert progress.next() == progress.entries[1], "what is not complete comes again"


def test_a_changed_list_goes_on_and_a_new_date_opens_a_terminal_again(tmp_path: Path) -> None:
    progress, store = opened(tmp_path), RoundStore(tmp_path)
    for entry in progress.entries:
        progress = record(store, progress, entry, result("passed", due=entry.due))
    changed = "序列号,期限\nN3,\nN1,2026-12-20\nN4,\n"
    again = opened(tmp_path, changed)
    assert {one.sn: again.status(one) for one in again.entries} == {"N3": "passed", "N1": "open", "N4": "open"}
    back = opened(tmp_path)
    assert [back.status(one) for one in back.entries] == ["passed"] * 3


def test_a_file_of_another_name_is_another_round(tmp_path: Path) -> None:
    progress, store = opened(tmp_path), RoundStore(tmp_path)
    record(store, progress, progress.entries[2], result("passed"))
    assert opened(tmp_path, name="巡检12月.csv").count(NOON)["open"] == 3
    assert open_round(store, parse_list(LIST.encode(), "巡检.csv"), tmp_path / "elsewhere" / "巡检.csv").count(NOON)[
        "passed"
    ]


@pytest.mark.parametrize(("said", "number"), [("2", 2), ("N3", 3), ("10000001", 1)])
def test_a_terminal_is_named_by_number_or_serial_or_terminal_number(tmp_path: Path, said: str, number: int) -> None:
    assert opened(tmp_path).find(said).number == number


@pytest.mark.parametrize("said", ["4", "", "N", "0"])
def test_a_terminal_that_is_not_listed_is_told(tmp_path: Path, said: str) -> None:
    with pytest.raises(ScenarioError, match="not in the list"):
        opened(tmp_path).find(said)


@pytest.mark.parametrize(
    ("facts", "number"),
    [
        ({"sn": "N2"}, 2),
        ({"tid": "10000002", "mid": "M2"}, 2),
        ({"tid": "10000002"}, 2),
        ({"tid": "10000002", "mid": "M1"}, None),
        ({"sn": "N9", "tid": "10000002"}, None),
        ({"sn": "N9"}, None),
        ({}, None),
    ],
)
def test_a_terminal_is_recognised_at_the_cable(tmp_path: Path, facts: dict[str, str], number: int | None) -> None:
    seen = opened(tmp_path).seen(facts)
    assert (seen.number if seen else None) == number


def test_a_damaged_state_is_told_with_the_way_out(tmp_path: Path) -> None:
    progress = opened(tmp_path)
    (tmp_path / "rounds" / f"{progress.id}.json").write_text("{")
    with pytest.raises(StoreError, match="still in the history"):
        opened(tmp_path)


def test_what_a_round_keeps_of_a_record() -> None:
    kept = result_of(failed_record(), RoundEntry(1, "N1", due="2026-11-20"))
    assert (kept["status"], kept["due"], kept["sn"]) == ("failed", "2026-11-20", "N900-2026A17")
    assert kept["faults"] and set(kept["faults"][0]) == {"zh", "en"}


# Visiting -----------------------------------------------------------------------------------------------------------


def test_a_round_from_its_first_terminal_to_its_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wish, says = a_wish(tmp_path), Says("1", "2=closed", "N3")
    visits = Visits(("N1", good_record()), ("N3", terminal_failed()))
    assert run_round(wish, visits, says) == 1
    assert (visits.meant, says.usual) == (["N1", "N3"], ["1", "2", "3"])
    assert statuses(wish) == ["passed", "skipped", "failed"]
    out = capsys.readouterr().out
    assert "3 terminals: open 3, overdue 1" in out
    assert "Recorded: N1 甲店: passed" in out
    assert out.endswith("All terminals of this round are done\n")


def test_the_next_visit_begins_where_the_last_one_stopped(tmp_path: Path) -> None:
    wish = a_wish(tmp_path)
    run_round(wish, Visits(("N1", good_record())), Says("1"))
    says = Says("q")
    run_round(wish, Visits(), says)
    assert says.usual == ["2"]


@pytest.mark.parametrize(
    ("answer", "seen", "expected", "words"),
    [
        ("0", "N2", ["open", "passed", "open"], "Recorded: N2 乙店"),
        ("n1", "N1", ["passed", "open", "open"], "Recorded: N1"),
        ("0", "N9", ["open", "open", "open"], "Terminal N9 is not in the list"),
        ("1", "N2", ["open", "open", "open"], "is N2 乙店 and not N1 甲店, which stays open"),
        ("1", "N2", ["open", "open", "open"], "choose 2"),
        ("1", "N9", ["open", "open", "open"], "is N9 and not N1 甲店"),
        ("1", "", ["passed", "open", "open"], "Recorded: N1"),
    ],
)
def test_a_result_is_the_terminals_that_was_at_the_cable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: str, seen: str, expected: list[str], words: str
) -> None:
    wish = a_wish(tmp_path)
    run_round(wish, Visits((seen, good_record())), Says(answer))
    assert statuses(wish) == expected
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("sn", ["N1", ""])
def test_a_terminal_number_that_is_anothers_outweighs_the_serial_number_of_the_list(
    tmp_path: Path, sn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = a_wish(tmp_path)
    run_round(wish, lambda entry: {**good_record(), "facts": {"sn": sn, "tid": "10000002"}}, Says("1"))
    assert statuses(wish) == ["open", "open", "open"]
    assert "is N2 乙店 and not N1" in capsys.readouterr().out


def test_the_benchs_own_fault_leaves_the_terminal_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wish = a_wish(tmp_path)
    assert run_round(wish, Visits(("", failed_record())), Says("1")) == 3
    assert statuses(wish) == ["open"] * 3
    assert "was not judged" in capsys.readouterr().out


def test_nobody_there_makes_one_visit_and_no_more(tmp_path: Path) -> None:
    wish = a_wish(tmp_path)
    unattended = Wish(wish.mode, wish.settings, yes=True, data=wish.data, subject=wish.subject)
    visits = Visits(("N1", good_record()))
    run_round(unattended, visits, Says("1", "2", "3"))
    assert visits.meant == ["N1"]


def test_wrong_answers_are_told_and_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_round(a_wish(tmp_path), Visits(), Says(*["77", "3="] * 9))
    assert capsys.readouterr().out.count("is not in the list") == 3


def test_options_for_one_terminal(tmp_path: Path) -> None:
    visits = Visits(("N2", terminal_failed()))
    assert run_round(a_wish(tmp_path, entry="N2"), visits, Says()) == 1
    wish = a_wish(tmp_path, skip_entry="3=停业")
    assert run_round(wish, Visits(), Says()) == 0
    assert statuses(wish) == ["open", "failed", "skipped"]


def test_the_list_says_what_a_visit_is_told() -> None:
    wish = Wish("round", Settings(port="COM5", sn="X"), json_to="-", subject="f", extra={"entry": "1"})
    found = visit_wish(wish, RoundEntry(1, "N1", "甲店", port="COM9"))
    assert (found.settings.sn, found.settings.merchant, found.settings.port) == ("N1", "甲店", "COM5")
    assert (found.json_to, found.extra, found.mode) == ("", {}, "visit")
    assert visit_wish(Wish("round", Settings()), RoundEntry(1, "N1", port="COM9")).settings.port == "COM9"


def test_a_round_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wish = a_wish(tmp_path, skip_entry="1=closed")
    run_round(Wish(wish.mode, wish.settings, json_to="-", data=wish.data, subject=wish.subject, extra=wish.extra))
    told = capsys.readouterr()
    assert json.loads(told.out)["count"]["skipped"] == 1
    assert "Left out: N1" in told.err
