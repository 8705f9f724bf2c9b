"""The journal: what is torn is cut, what is rotten is reported, what is somebody else's is refused."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stores.errors import StoreError
from harness.stores.journal import MAGIC, Journal, StoreDamaged

RECORDS: list[dict[str, Any]] = [{"kind": "sale", "stan": f"{n:06d}", "name": "请先签到"} for n in range(6)]


def written(directory: Path, count: int = len(RECORDS)) -> bytes:
    journal = Journal(directory)
    for record in RECORDS[:count]:
        journal.append([record])
    journal.close()
    return (directory / "journal").read_bytes()


def reloaded(directory: Path) -> tuple[list[Any], int]:
    journal = Journal(directory)
    try:
        return journal.load(), len(journal.notes)
    finally:
        journal.close()


def test_records_come_back_in_order_and_appends_go_on(tmp_path: Path) -> None:
    written(tmp_path, 3)
    journal = Journal(tmp_path)
    assert journal.load() == RECORDS[:3]
    journal.append(RECORDS[3:])
    journal.append([])
    journal.close()
    assert reloaded(tmp_path) == (RECORDS, 0)


def test_a_cut_at_every_octet_of_the_last_frame_loses_that_frame_alone_and_says_so(tmp_path: Path) -> None:
    whole = written(tmp_path)
    before = len(written(tmp_path / "shorter", len(RECORDS) - 1))
    for cut in range(before + 1, len(whole)):
        (tmp_path / "journal").write_bytes(whole[:cut])
        assert reloaded(tmp_path) == (RECORDS[:-1], 1), cut
        assert reloaded(tmp_path) == (RECORDS[:-1], 0), "the tail is removed for good"


def test_a_tail_that_was_allocated_and_not_written_is_torn(tmp_path: Path) -> None:
    whole = written(tmp_path)
    before = len(written(tmp_path / "shorter", len(RECORDS) - 1))
    for written_up_to in (before, before + 7, len(whole) - 9):
        if before < written_up_to < before + 16:
            continue
        (tmp_path / "journal").write_bytes(whole[:written_up_to] + bytes(len(whole) - written_up_to))
        assert reloaded(tmp_path) == (RECORDS[:-1], 1)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file with RECORDS in it."""
    return written(tmp_path_factory.mktemp("good"))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_one_rotten_bit_anywhere_is_reported_never_dropped(good: bytes, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        whole = bytearray(good)
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] ^= 1 << data.draw(st.integers(0, 7))
        (directory / "journal").write_bytes(whole)
        with pytest.raises(StoreError) as caught:
            Journal(directory)
        if at >= len(MAGIC):
            assert isinstance(caught.value, StoreDamaged)
            assert caught.value.offset <= at
            assert caught.value.intact == RECORDS[: len(caught.value.intact)]
        assert (directory / "journal").read_bytes() == whole, "evidence is left as it was"


def test_a_second_process_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    with pytest.raises(StoreError, match="in use by another process"):
        Journal(tmp_path)
    first.append(RECORDS[:1])
    first.close()
    assert reloaded(tmp_path) == (RECORDS[:1], 0)


def test_compaction_replaces_the_file_and_a_half_done_one_is_forgotten(tmp_path: Path) -> None:
    written(tmp_path)
    journal = Journal(tmp_path)
    journal.compact([{"kind": "snapshot", "next_stan": 7}])
    journal.append(RECORDS[:1])
    journal.close()
    (tmp_path / "journal.new").write_bytes(b"half a comp")
    assert reloaded(tmp_path) == ([{"kind": "snapshot", "next_stan": 7}, RECORDS[0]], 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["journal", "lock"]


def test_compaction_without_a_snapshot_keeps_every_record(tmp_path: Path) -> None:
    written(tmp_path)
    journal = Journal(tmp_path)
    journal.compact()
    assert journal.load() == RECORDS
    journal.close()


@pytest.mark.parametrize(
    ("content", "says"), [(b"SQLite format 3\0" * 9, "no posrig journal"), (b"posrig journal 2\n", "newer")]
)
def test_files_of_others_and_of_the_future_are_refused_and_left_alone(
    tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "journal").write_bytes(content)
    with pytest.raises(StoreError, match=says):
        Journal(tmp_path)
    assert (tmp_path / "journal").read_bytes() == content


def test_a_full_disk_is_an_error_and_ends_the_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(RECORDS[:1])
    with pytest.raises(StoreError, match="above the limit"):
        journal.append([{"kind": "x", "pad": "x" * (5 * 1024 * 1024)}])
    journal.append(RECORDS[1:2])  # that one was refused before a byte was written
    journal.close()
    with pytest.raises(StoreError, match="closed"):
        journal.append(RECORDS[:1])
    assert reloaded(tmp_path)[0] == RECORDS[:2]
