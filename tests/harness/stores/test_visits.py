"""Visits are durable as they are made, are found again after the power went, and are kept by serial number."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stores import visits as module
from harness.stores.errors import StoreError
from harness.stores.lock import StoreInUse
from harness.stores.visits import NAME_CHARS_MAX, VisitLog, VisitStore, file_name

STARTED = "2026-11-22T10:32:05+08:00"
NOON = "2026-11-22T12:00:00+08:00"
RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{name}{n}" for name in ("COM", "LPT") for n in range(1, 10))}
"""https://learn.microsoft.com/windows/win32/fileio/naming-a-file"""


def begun(store: VisitStore, *facts: dict[str, Any], started: str = STARTED) -> VisitLog:
    log = store.begin({"started": started})
    for one in facts:
        log.append("fact", one)
    return log


def record(sn: str, **facts: str) -> dict[str, Any]:
    return {"facts": {"sn": sn, **facts}}


def finished(store: VisitStore, started: str, document: dict[str, Any]) -> Path:
    return store.begin({"started": started}).finish(document)


def test_what_was_appended_is_on_the_disk_before_the_call_returns(tmp_path: Path) -> None:
    log = begun(VisitStore(tmp_path), {"sn": "A1"})
    found = Path(next(tmp_path.glob("visits/*/journal"))).read_bytes()
    assert b'{"kind":"fact","data":{"sn":"A1"}}' in found
    log.close()


def test_a_visit_that_the_power_ended_is_found_and_gone_on_with(tmp_path: Path) -> None:
    begun(VisitStore(tmp_path), {"sn": "A1"}, {"tid": "12345678"}).close()
    store = VisitStore(tmp_path)
    (one,) = store.interrupted(NOON)
    assert one.started == STARTED
    assert [record["data"] for record in one.records[1:]] == [{"sn": "A1"}, {"tid": "12345678"}]
    log = store.reopen(one.id)
    log.append("fact", {"mid": "1"})
    log.close()
    assert [each["kind"] for each in store.interrupted(NOON)[0].records] == ["begun", "fact", "fact", "fact"]


def test_ids_are_the_utc_time_and_sort_by_age(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    logs = [begun(store, started=f"2026-11-22T1{hour}:00:00+08:00") for hour in (2, 0, 1)]
    assert logs[0].id.startswith("20261122T040000Z-")
    for log in logs:
        log.close()
    assert [one.started[11:13] for one in store.interrupted(NOON)] == ["12", "11", "10"]


@pytest.mark.parametrize(
    ("now", "offered"),
    [
        ("2026-11-23T10:32:04+08:00", True),
        ("2026-11-23T10:32:05+08:00", False),
        ("2026-11-23T02:32:04+00:00", True),
        ("2026-11-22T10:00:00+08:00", True),  # the clock was set back
    ],
)
def test_a_visit_is_gone_on_with_for_a_day(tmp_path: Path, now: str, offered: bool) -> None:
    store = VisitStore(tmp_path)
    begun(store).close()
    assert bool(store.interrupted(now)) is offered


def test_two_windows_have_a_visit_each_and_neither_takes_the_others(tmp_path: Path) -> None:
    here, there = VisitStore(tmp_path), VisitStore(tmp_path)
    mine, yours = begun(here), begun(there)
    assert mine.id != yours.id
    assert here.interrupted(NOON) == []
    with pytest.raises(StoreInUse):
        here.reopen(yours.id)
    yours.close()
    assert [one.id for one in here.interrupted(NOON)] == [yours.id]
    mine.close()


def test_a_finished_visit_is_a_file_of_its_serial_number_and_no_journal(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    log = begun(store)
    path = log.finish(record("A1"))
    assert json.loads(path.read_text(encoding="utf-8")) == record("A1")
    assert list(tmp_path.glob("visits/*")) == []
    assert store.interrupted(NOON) == []
    assert store.visits("A1") == [record("A1")]


def test_power_lost_between_record_and_journal_end_leaves_one_record(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    log = begun(store)
    store.keep(log.id, record("A1", tid="1"))
    log.close()
    again = store.reopen(store.interrupted(NOON)[0].id)
    again.finish(record("A1", tid="2"))
    assert store.visits("A1") == [record("A1", tid="2")]


def test_a_journal_that_says_finished_is_cleared_away(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    log = begun(store)
    log.append("finished", {})
    log.close()
    assert store.interrupted(NOON) == []
    assert list(tmp_path.glob("visits/*")) == []


def test_a_torn_tail_is_cut_and_a_damaged_journal_gives_its_good_beginning(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    log = begun(store, {"sn": "A1"}, {"tid": "1"}, {"mid": "2"})
    log.close()
    path = tmp_path / "visits" / log.id / "journal"
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    assert [each["data"] for each in store.interrupted(NOON)[0].records[1:]] == [{"sn": "A1"}, {"tid": "1"}]
    path.write_bytes(whole.replace(b'"tid":"1"', b'"tid":"7"'))
    assert [each["data"] for each in store.interrupted(NOON)[0].records[1:]] == [{"sn": "A1"}]
    again = store.reopen(log.id)
    assert [each["kind"] for each in again.records()] == ["begun", "fact"]
    again.close()
    assert "journal.damaged" in store.notes[0].en
    assert b'"tid":"7"' in path.with_suffix(".damaged").read_bytes()


def test_rubbish_in_the_folder_is_told_and_never_the_end(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    (tmp_path / "visits" / "x").mkdir(parents=True)
    (tmp_path / "visits" / "x" / "journal").write_text("hello")
    (tmp_path / "visits" / "file").write_text("hello")
    assert store.interrupted(NOON) == []
    assert "no posrig journal" in store.notes[0].en
    finished(store, STARTED, record("A1"))
    for number, content in enumerate((b"{", b"[]", b"\xff", b"[" * 100_000)):
        (tmp_path / "history" / file_name("A1") / f"29990101T00000{number}Z.json").write_bytes(content)
    assert store.visits("A1") == [record("A1")]
    assert len(store.notes) == 5


@pytest.mark.parametrize("id_", ["", "..", "../x", "a/b", "20261122T023205Z-ffff"])
def test_only_a_journal_can_be_reopened(tmp_path: Path, id_: str) -> None:
    with pytest.raises(StoreError, match="no interrupted visit"):
        VisitStore(tmp_path).reopen(id_)


def test_the_newest_records_come_first_and_so_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "VISITS_PER_SN_MAX", 3)
    store = VisitStore(tmp_path)
    for day in (3, 1, 4, 2):
        finished(store, f"2026-11-0{day}T10:00:00+08:00", record("A1", day=str(day)))
    assert [one["facts"]["day"] for one in store.visits("A1")] == ["4", "3", "2"]
    assert len(store.visits("A1", 2)) == 2
    assert store.visits("B1") == []


def test_so_many_interrupted_visits_are_kept_and_none_that_is_under_way_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNFINISHED_MAX", 3)
    store = VisitStore(tmp_path)
    first = begun(store, started="2026-11-22T01:00:00+08:00")
    for hour in range(2, 6):
        begun(store, started=f"2026-11-22T0{hour}:00:00+08:00").close()
    first.append("fact", {"sn": "A1"})
    first.close()
    assert [one.started[12] for one in store.interrupted(NOON)] == ["5", "4", "1"]


def test_a_record_that_is_too_big_is_refused_and_its_journal_stays(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    log = begun(store)
    with pytest.raises(StoreError, match="more than"):
        log.finish({"facts": {"sn": "A1"}, "x": "x" * module.DOCUMENT_OCTETS_MAX})
    log.close()
    assert len(store.interrupted(NOON)) == 1


def test_a_folder_that_takes_nothing_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="--data"):
        VisitStore(tmp_path / "file").begin({})


def test_the_serial_number_at_a_terminal_number_is_the_newest_visits(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    finished(store, "2026-11-01T10:00:00+08:00", record("A1", tid="12345678", mid="898000000000001"))
    finished(store, "2026-11-02T10:00:00+08:00", record("B2", tid="12345678", mid="898000000000001"))
    assert store.known_sn("12345678", "898000000000001") == "B2"
    assert store.known_sn("12345678", "898000000000002") == ""
    assert store.known_sn("", "") == ""


SERIALS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=80),
    st.sampled_from(["CON", "nul", "a", "A", "..", ".", "A.", "A ", "x/y\\z", "终端一号", "COM1", ""]),
)


@given(SERIALS, SERIALS)
def test_names_are_legal_on_windows_and_no_two_serial_numbers_share_one(one: str, other: str) -> None:
    name = file_name(one)
    assert name.upper().split(".")[0] not in RESERVED
    assert set(name) <= set("nABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.abcdef")
    assert 1 <= len(name) <= NAME_CHARS_MAX
    assert not name.endswith((".", " "))
    assert (file_name(other).lower() == name.lower()) == (one == other)


@given(st.sets(SERIALS, min_size=1, max_size=5))
def test_every_serial_number_is_listed(serials: set[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store = VisitStore(Path(folder))
        for sn in serials:
            store.keep("20261122T023205Z-0000", record(sn))
        assert store.serial_numbers() == sorted(serials)
        assert all(store.visits(sn) == [record(sn)] for sn in serials)


def test_there_is_nothing_in_a_store_that_was_never_written(tmp_path: Path) -> None:
    store = VisitStore(tmp_path / "none")
    assert (store.serial_numbers(), store.visits("A1"), store.interrupted(NOON)) == ([], [], [])
    assert not os.path.exists(tmp_path / "none")
