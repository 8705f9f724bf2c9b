"""The guide's folder is ours or it is not touched; a report finds the guide that stands beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.diagnosis.causes import CAUSES
from harness.guide.folder import MARKER, is_guide, write_files
from harness.guide.reach import FOLDER, pages_for
from harness.reports.html import render
from protocols.errors import LocalError
from tests.harness.reports.worlds import Script, row, run_of

USAGE = 2


def test_a_new_an_empty_and_an_earlier_folder_are_written(tmp_path: Path) -> None:
    new, empty = tmp_path / "a" / "guide", tmp_path / "empty"
    empty.mkdir()
    for folder in (new, empty):
        write_files(folder, {"index.html": "1", "zh/failures/A1.html": "2"})
        assert is_guide(folder) and (folder / "zh/failures/A1.html").read_text() == "2"
    write_files(new, {"index.html": "3"})
    assert (new / "index.html").read_text() == "3"
    assert not (new / "zh/failures/A1.html").exists(), "what no page is any more is gone"
    (new / "notes.txt").write_text("mine")
    write_files(new, {"index.html": "4"})
    assert (new / "notes.txt").read_text() == "mine", "what somebody else put there stays"


def test_a_folder_of_somebody_else_is_refused_and_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(LocalError) as told:
        write_files(tmp_path, {"index.html": "1"})
    assert str(tmp_path) in told.value.what.zh
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_marker_cannot_have_files_outside_removed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "mine.txt", tmp_path / "guide"
    outside.write_text("mine")
    (folder / "zh").mkdir(parents=True)
    (folder / MARKER).write_text(f"../mine.txt\n{outside}\nzh/../../mine.txt\n\n\x00\n")
    write_files(folder, {"index.html": "1"})
    assert outside.read_text() == "mine" and (folder / "index.html").read_text() == "1"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_refuses_before_it_runs_anything(tmp_path: Path, lang: str) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    for place in (tmp_path, tmp_path / "thesis.txt"):
        told = CliRunner().invoke(main, ["guide", "--output", str(place), "--lang", lang])
        assert told.exit_code == USAGE and str(place) in told.stderr and not told.stdout
    assert CliRunner().invoke(main, ["guide", "--jobs", "0"]).exit_code == USAGE


def guide_in(folder: Path) -> Path:
    write_files(folder, {"zh/failures/F5.html": "", "zh/failures/A1.html": "", "en/failures/A1.html": ""})
    return folder


def test_a_report_finds_the_guide_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    reports = tmp_path / "reports"
    reports.mkdir()
    assert pages_for(reports, None) == {}
    guide_in(tmp_path / FOLDER)
    assert pages_for(reports, None)["A1"] == f"../{FOLDER}/{{lang}}/failures/A1.html"
    guide_in(reports / FOLDER)
    assert sorted(pages_for(reports, None)) == ["A1", "F5"]
    assert pages_for(reports, None)["F5"] == f"{FOLDER}/{{lang}}/failures/F5.html"
    odd = guide_in(tmp_path / "a {lang} & 50%")
    assert pages_for(reports, str(odd))["F5"] == "../a%20%7Blang%7D%20%26%2050%25/{lang}/failures/F5.html"


def test_an_address_is_taken_as_it_is_and_a_folder_without_guide_is_refused(tmp_path: Path) -> None:
    pages = pages_for(tmp_path, "https://example.org/guide/")
    assert pages["A1"] == "https://example.org/guide/{lang}/failures/A1.html"
    assert set(pages) == {cause.row for cause in CAUSES}
    with pytest.raises(LocalError):
        pages_for(tmp_path, str(tmp_path))
    told = CliRunner().invoke(main, ["run", "A1", "--report", str(tmp_path / "r"), "--guide", "javascript:alert(1)"])
    assert told.exit_code == USAGE and "javascript:" in told.stderr


def test_a_failure_in_a_report_links_to_its_page_in_the_language_that_is_shown() -> None:
    told = run_of(row(Script().trace))
    bare = render(told)
    assert "posrig guide" in bare and "failures/F5.html" not in bare
    linked = render(replace(told, guide={"F5": "../g/{lang}/failures/F5.html"}))
    for lang in ("zh", "en"):
        assert f'<i lang="{lang}"><a href="../g/{lang}/failures/F5.html">' in linked
    assert "posrig guide" not in linked
