"""The sheet of a round, its hand-over, and the way back of it."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench_check.options import Wish
from harness.bench_check.rounds.handover import guarded, import_round, read_handover
from harness.bench_check.rounds.progress import merge
from harness.bench_check.rounds.run import run_round
from harness.bench_check.rounds.sheet import sheet_of
from harness.bench_check.rounds.terminals import RoundEntry
from harness.bench_check.settings import Settings
from harness.stores.rounds import RoundStore
from harness.stores.visits import VisitStore
from protocols.errors import ScenarioError

from .records import good_record
from .round_parts import LIST, NOON, Says, a_wish, opened, result, statuses, terminal_failed


def done(root: Path, text: str = LIST) -> tuple[Wish, VisitStore]:
    """A round with a passed, a failed and an open terminal, its records in the history."""
    wish = a_wish(root, text)
    store = VisitStore(Path(str(wish.data)))
    documents = {}

    def visit_one(entry: RoundEntry | None) -> Mapping[str, Any]:
        assert entry is not None
        document = good_record() if entry.number == 1 else terminal_failed()
        document = {**document, "id": f"20261122T02320{entry.number}Z-0000",
                    "facts": {**document["facts"], "sn": entry.sn, "tid": entry.tid, "mid": entry.mid}}  # fmt: skip
        documents[entry.sn] = store.keep(document["id"], document)
        return document

    run_round(wish, visit_one, Says("1", "2"))
    return wish, store


def test_the_sheet_shows_each_terminal_and_escapes_what_others_wrote(tmp_path: Path) -> None:
    hostile = LIST.replace("甲店", "<script>alert(1)</script>")
    wish, _ = done(tmp_path, hostile)
    run_round(Wish(wish.mode, wish.settings, data=wish.data, subject=wish.subject, extra={"sheet": True}))
    page = (tmp_path / "巡检-sheet.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert page.count("<tr>") == 4
    assert "A4 landscape" in page and "http" not in page.replace("http-equiv", "")
    assert "✓ passed" in page and "✗ failed" in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_same_round_at_the_same_time_is_the_same_sheet(tmp_path: Path, lang: Any) -> None:
    progress = opened(tmp_path)
    assert sheet_of(progress, NOON, lang) == sheet_of(opened(tmp_path), NOON, lang)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    root = tmp_path_factory.mktemp("made")
    wish, _ = done(root)
    target = root / "out.zip"
    run_round(Wish(wish.mode, wish.settings, data=wish.data, subject=wish.subject, extra={"export": str(target)}))
    return target.read_bytes()


@pytest.fixture
def handed_over(made: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "out.zip"
    path.write_bytes(made)
    return path


def test_a_hand_over_holds_all_and_proves_it(handed_over: Path) -> None:
    files = read_handover(handed_over)
    assert sorted(name.partition("/")[0] for name in files) == [
        "list.csv", "pages", "pages", "records", "records", "results.csv", "round.json", "sheet.html",
    ]  # fmt: skip
    assert files["results.csv"].startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(files["results.csv"].decode("utf-8-sig"))))
    assert [row[1] for row in rows] == ["Serial number", "N1", "N2", "N3"]
    assert [row[11] for row in rows] == ["Result", "passed", "failed", "open"]
    assert files["list.csv"].decode() == LIST


@pytest.mark.parametrize("cell", ["=1+1", "+86138", "-1", "@SUM(A1)", "\t=1", "898000000000001"])
def test_no_cell_is_computed_or_rounded(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


def test_another_technician_goes_on(tmp_path: Path, handed_over: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "two").mkdir()
    there = tmp_path / "two" / "巡检.csv"
    wish = Wish("round", Settings(lang="en"), data=tmp_path / "two" / "data", subject=str(there),
                extra={"import_from": str(handed_over)})  # fmt: skip
    assert run_round(wish) == 0
    assert there.read_text(encoding="utf-8") == LIST
    assert "2 results taken over" in capsys.readouterr().out
    assert statuses(wish) == ["passed", "failed", "open"]
    assert VisitStore(tmp_path / "two" / "data").visits("N2")[0]["id"] == "20261122T023202Z-0000"
    assert run_round(wish) == 0
    assert "0 results taken over; 2 kept as they are here" in capsys.readouterr().out


def test_a_result_for_another_date_is_not_taken_over(tmp_path: Path, handed_over: Path) -> None:
    progress = opened(tmp_path, LIST.replace("2026-11-20", "2026-12-20"))
    found = import_round(handed_over, progress, RoundStore(tmp_path), VisitStore(tmp_path))
    assert (found.taken, found.kept, found.unknown) == (1, 0, 1)
    assert [found.progress.status(one) for one in found.progress.entries] == ["open", "failed", "open"]


OLD, NEW = "2026-11-22T12:00:00+08:00", "2026-11-22T05:00:00+00:00"
"""NEW is an hour later."""


@pytest.mark.parametrize(
    ("mine", "theirs", "counts"),
    [
        (result("passed", OLD), result("failed", NEW), "failed"),
        (result("passed", NEW), result("failed", OLD), "passed"),
        (result("passed", OLD), result("skipped", NEW), "passed"),
        (result("incomplete", NEW), result("failed", OLD), "failed"),
        (result("passed", OLD), result("failed", OLD), "passed"),
        (result("passed", "rubbish"), result("failed", OLD), "failed"),
    ],
)
def test_of_two_results_one_counts_by_the_rule(mine: Any, theirs: Any, counts: str) -> None:
    assert merge({"k": mine}, {"k": theirs})["k"]["status"] == counts


RESULTS = st.builds(result, st.sampled_from(["passed", "failed", "incomplete", "skipped"]), st.sampled_from([OLD, NEW]))


@given(st.dictionaries(st.sampled_from("abc"), RESULTS), st.dictionaries(st.sampled_from("abc"), RESULTS))
def test_merging_loses_no_terminal_and_twice_is_once(mine: Any, theirs: Any) -> None:
    merged = merge(mine, theirs)
    assert merged.keys() == mine.keys() | theirs.keys()
    assert merge(merged, theirs) == merged
    assert all(merged[key] in (mine.get(key), theirs.get(key)) for key in merged)


def rewritten(archive: Path, **changed: bytes | None) -> Path:
    with zipfile.ZipFile(archive) as old:
        files = {name: old.read(name) for name in old.namelist()}
    named = {"state": "round.json", "manifest": "manifest.json", "list": "list.csv"}
    for name, content in changed.items():
        if content is None:
            files.pop(named[name])
        else:
            files[named[name]] = content
    with zipfile.ZipFile(archive, "w") as new:
        for name, content in files.items():
            new.writestr(name, content)
    return archive


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"state": b"{}"}, "round.json was changed or damaged"),
        ({"list": None}, "it lacks list.csv"),
        ({"manifest": None}, "it lacks manifest.json"),
        ({"manifest": b'{"schema": "posrig-handover/1", "files": {}}'}, "it lacks round.json"),
        ({"manifest": b'{"schema": "posrig-handover/9", "files": {}}'}, "it lacks round.json"),
        ({"manifest": b'{"schema": "posrig-handover/1", "files": {"../x": {"octets": 1}}}'}, "it lacks ../x"),
        ({"manifest": b'{"schema": "posrig-handover/1", "files": {"x": {"octets": 9999999999}}}'}, "too big"),
        ({"manifest": b"[]"}, "no intact hand-over"),
    ],
)
def test_a_hand_over_that_was_changed_is_refused_as_a_whole(handed_over: Path, changed: Any, words: str) -> None:
    with pytest.raises(ScenarioError) as told:
        read_handover(rewritten(handed_over, **changed))
    assert words in told.value.what.en


@pytest.mark.parametrize("cut", [0, 10, 500, -30])
def test_a_hand_over_that_was_cut_is_refused(handed_over: Path, cut: int) -> None:
    handed_over.write_bytes(handed_over.read_bytes()[:cut])
    with pytest.raises(ScenarioError, match="no intact hand-over"):
        read_handover(handed_over)


def test_a_hand_over_of_another_round_is_refused(tmp_path: Path, handed_over: Path) -> None:
    progress = opened(tmp_path, "sn\nX1\n", "other.csv")
    with pytest.raises(ScenarioError, match="none of its terminals is in the list other"):
        import_round(handed_over, progress, RoundStore(tmp_path), VisitStore(tmp_path))
