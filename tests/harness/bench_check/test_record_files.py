"""Where records go: names that every system takes, nothing half written, and never an end to the visit."""

from __future__ import annotations

import errno
import io
import json
import os
import stat
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench_check.record import files, pdf
from harness.bench_check.record.document import read_document
from harness.bench_check.record.files import Written, put_json, safe_name, stem_of, write_page, write_record
from harness.stores import durable

from .records import FACTS, failed_record, good_record

WINDOWS_RESERVED = [
    "CON", "PRN", "AUX", "NUL", "COM1", "COM9", "LPT1", "LPT9", "COM¹", "LPT³", "nul", "con.txt", "NUL.tar.gz",
]  # fmt: skip
"""Microsoft, *Naming Files, Paths, and Namespaces*."""
WINDOWS_FORBIDDEN = '<>:"/\\|?*'


@given(st.text(max_size=80))
def test_any_serial_number_becomes_a_name(sn: str) -> None:
    name = safe_name(sn)
    assert name and not set(name) & set(WINDOWS_FORBIDDEN) and name.isprintable()
    assert len(name.encode()) < 200 and not name.endswith((".", " ", "-")) and not name.startswith((".", "-"))
    assert name.partition(".")[0].upper() not in {one.upper() for one in WINDOWS_RESERVED}
    assert safe_name(name) == name


@pytest.mark.parametrize("sn", WINDOWS_RESERVED)
def test_names_of_devices_are_no_names_of_files(sn: str) -> None:
    assert safe_name(sn) == f"_{sn}"


@pytest.mark.parametrize(
    ("sn", "stem"),
    [
        ("N900-A17", "N900-A17-20261122-1032"),
        ("机身/01:2", "机身-01-2-20261122-1032"),
        ("../../etc/passwd", "etc-passwd-20261122-1032"),
        ("", "terminal-20261122-1032"),
    ],
)
def test_a_record_is_named_after_terminal_and_minute(sn: str, stem: str) -> None:
    assert stem_of(good_record(facts={**FACTS, "sn": sn})) == stem


def test_page_and_json_lie_side_by_side(tmp_path: Path) -> None:
    record = failed_record()
    written = write_record(record, tmp_path / "new" / "folder", "zh")
    assert written.html and written.json and written.notes == () and written.pdf is None
    assert [path.name for path in written.paths] == [f"N900-2026A17-20261122-1032.{end}" for end in ("html", "json")]
    assert read_document(written.json) == json.loads(json.dumps(record))
    assert "不通过" in written.html.read_text(encoding="utf-8")
    assert sorted(path.name for path in written.html.parent.iterdir()) == sorted(path.name for path in written.paths)


def test_a_second_visit_in_the_same_minute_does_not_write_over_the_first(tmp_path: Path) -> None:
    first, second = write_record(failed_record(), tmp_path, "en"), write_record(good_record(), tmp_path, "en")
    assert first.json and second.json and first.json != second.json
    assert read_document(first.json)["conclusion"]["whole"] == "failed"
    assert read_document(second.json)["conclusion"]["whole"] == "passed"


def test_a_page_is_printed_again_in_the_same_place(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("old", encoding="utf-8")
    assert write_page(good_record(), page, "en") == Written(html=page)
    assert "PASSED" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("number", "en", "zh"),
    [
        (errno.ENOSPC, "the disk is full", "磁盘已满"),
        (errno.EROFS, "can only be read", "磁盘只读"),
        (errno.EACCES, "may not write", "没有写入权限"),
        (errno.EIO, os.strerror(errno.EIO), os.strerror(errno.EIO)),
    ],
)
def test_what_cannot_be_written_is_told_with_the_way_out(
    number: int, en: str, zh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(durable, "write_all", fail)
    written = write_record(failed_record(), tmp_path, "zh", pdf=True)
    assert written.paths == () and len(written.notes) == 1
    assert en in written.notes[0].en and "--record" in written.notes[0].en
    assert zh in written.notes[0].zh and "--record" in written.notes[0].zh
    assert list(tmp_path.iterdir()) == []


def test_without_the_encoder_of_codes_the_json_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)  # as Python marks what cannot be imported
    written = write_record(failed_record(), tmp_path, "en", pdf=True)
    assert written.json and written.html is None and written.pdf is None
    assert "segno" in written.notes[0].en and "JSON" in written.notes[0].zh


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    written = write_record(failed_record(), tmp_path / "file" / "folder", "en")
    assert written.paths == () and "--record" in written.notes[0].en


def test_without_documents_the_record_goes_where_the_users_data_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("XDG_DOCUMENTS_DIR", raising=False)
    assert files.default_folder() == tmp_path / "data" / "posrig" / "records"
    (tmp_path / "Documents").mkdir()
    assert files.default_folder() == tmp_path / "Documents" / "posrig" / "records"


def test_json_for_scripts_is_the_record_whatever_the_code_page(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", out)
    assert put_json(good_record(), "-") is None
    raw = out.buffer
    raw.seek(0)
    assert json.loads(raw.read().decode()) == good_record()


def test_json_to_a_file(tmp_path: Path) -> None:
    assert put_json(good_record(), str(tmp_path / "a.json")) is None
    assert read_document(tmp_path / "a.json") == good_record()
    note = put_json(good_record(), str(tmp_path / "none" / "a.json"))
    assert note is not None and str(tmp_path / "none") in note.zh


# PDF -----------------------------------------------------------------------------------------------------------------


def browser(folder: Path, script: str) -> Path:
    """A program that stands in for a browser; `$target` is where it is to print."""
    path = folder / "chromium"
    path.write_text(f"#!/bin/sh\nfor a; do case $a in --print-to-pdf=*) target=${{a#*=}};; esac; done\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_without_a_browser_the_technician_is_told_how_to_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(pdf.VARIABLE, raising=False)
    written = write_record(failed_record(), tmp_path, "en", pdf=True)
    assert written.html and written.json and written.pdf is None
    assert "Ctrl+P" in written.notes[0].en and "Ctrl+P" in written.notes[0].zh


def test_the_browser_prints_beside_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(pdf.VARIABLE, str(browser(tmp_path, 'echo "%PDF $*" > "$target"')))
    written = write_record(failed_record(), tmp_path / "记录 1", "en", pdf=True)
    assert written.pdf == tmp_path / "记录 1" / "N900-2026A17-20261122-1032.pdf" and written.notes == ()
    said = written.pdf.read_text(encoding="utf-8")
    assert "--headless" in said and "--user-data-dir=" in said
    assert written.html and said.split()[-1] == written.html.as_uri()


@pytest.mark.parametrize(("script", "why"), [("exit 7", "exit status 7"), (': > "$target"', "exit status 0")])
def test_a_browser_that_fails_fails_nothing_else(
    script: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(pdf.VARIABLE, str(browser(tmp_path, script)))
    written = write_record(failed_record(), tmp_path / "out", "en", pdf=True)
    assert written.html and written.json and written.pdf is None
    assert why in written.notes[0].en and "Ctrl+P" in written.notes[0].en
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_a_browser_that_hangs_is_ended_with_all_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid_file = tmp_path / "pid"
    script = f'sleep 600 & echo $! > "{pid_file}.new" && mv "{pid_file}.new" "{pid_file}"; wait'
    monkeypatch.setenv(pdf.VARIABLE, str(browser(tmp_path, script)))
    problem = pdf.print_pdf(tmp_path / "a.html", tmp_path / "a.pdf", limit_s=0.3)
    assert problem is not None and "0.3 s" in problem.en
    child = int(pid_file.read_text())
    until = time.monotonic() + 5
    while _runs(child):
        assert time.monotonic() < until, "what the browser started still runs"
        os.sched_yield()


def test_a_browser_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(pdf.VARIABLE, str(tmp_path / "none"))
    problem = pdf.print_pdf(tmp_path / "a.html", tmp_path / "a.pdf")
    assert problem is not None and "none could not print it" in problem.en


def test_on_windows_the_usual_folders_are_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    edge = tmp_path / "x86" / "Microsoft" / "Edge" / "Application" / "msedge.exe"
    edge.parent.mkdir(parents=True)
    edge.write_bytes(b"")
    known = {"ProgramFiles": str(tmp_path / "none"), "ProgramFiles(x86)": str(tmp_path / "x86"), "PATH": ""}
    assert next(pdf._candidates(known), None) == str(edge)


def _runs(pid: int) -> bool:
    try:
        with Path(f"/proc/{pid}/stat").open(encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"  # killed, not yet collected
    except OSError:
        return False
