"""The SQL store: durable by its settings, one history per party, clear refusals; and group commit on top of any
store."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from harness.machine import Record
from harness.stores.errors import StoreError
from harness.stores.group import GroupCommit
from harness.stores.sql import SqlStore


def test_parties_have_histories_of_their_own_in_order(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/deep/er/log.db"
    host, other = SqlStore(url, "host"), SqlStore(url, "other")
    host.append([{"kind": "a", "n": 1}, {"kind": "b", "名": "商户"}])
    other.append([{"kind": "z"}])
    host.append([{"kind": "c"}])
    host.close()
    other.close()
    again = SqlStore(url, "host")
    assert again.load() == [{"kind": "a", "n": 1}, {"kind": "b", "名": "商户"}, {"kind": "c"}]
    again.append([{"kind": "d"}])
    assert [record["kind"] for record in again.load()] == ["a", "b", "c", "d"]
    again.close()


def test_a_commit_reaches_the_disk_before_it_returns(tmp_path: Path) -> None:
    store = SqlStore(str(tmp_path / "log.db"), "host")
    pragmas = [store._connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert pragmas == ["wal", 2]  # 2 is FULL (sqlite.org/pragma.html#pragma_synchronous)
    store.close()


def test_the_keys_of_terminals_are_for_the_owner_of_the_file_alone(tmp_path: Path) -> None:
    store = SqlStore(str(tmp_path / "log.db"), "host")
    store.append([{"kind": "a"}])
    assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("log.db*")} == {0o600}
    store.close()


def test_a_second_writer_for_the_same_party_is_refused_when_it_opens_the_store(tmp_path: Path) -> None:
    first = SqlStore(str(tmp_path / "log.db"), "host")
    with pytest.raises(StoreError, match=r"log\.db is in use by another process"):
        SqlStore(str(tmp_path / "log.db"), "host")
    other = SqlStore(str(tmp_path / "log.db"), "other")  # a party of its own has a history of its own
    first.append([{"kind": "a"}])
    with closing(sqlite3.connect(tmp_path / "log.db")) as reader:  # who only reads is let in
        assert reader.execute("select count(*) from posrig_records").fetchall() == [(1,)]
    other.close()
    first.close()
    successor = SqlStore(str(tmp_path / "log.db"), "host")
    assert [record["kind"] for record in successor.load()] == ["a"]
    successor.close()


def test_the_database_refuses_a_second_writer_that_no_lock_kept_away(tmp_path: Path) -> None:
    """A lock may be advisory only, or be nothing at all on a network's file system."""
    first = SqlStore(str(tmp_path / "log.db"), "host")
    (tmp_path / "log.db.host.lock").unlink()
    second = SqlStore(str(tmp_path / "log.db"), "host")
    first.append([{"kind": "a"}])
    with pytest.raises(StoreError, match="another process writes"):
        second.append([{"kind": "b"}])
    assert [record["kind"] for record in first.load()] == ["a"]
    first.close()
    second.close()


def test_a_record_that_is_no_json_leaves_nothing_of_its_turn(tmp_path: Path) -> None:
    store = SqlStore(str(tmp_path / "log.db"), "host")
    with pytest.raises(ValueError, match="JSON compliant"):
        store.append([{"kind": "a"}, {"kind": "b", "amount": float("nan")}])
    assert store.load() == []
    store.close()


def other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table bookmarks (url text)")


def newer(path: Path) -> None:
    SqlStore(str(path), "host").close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update posrig_schema set version = 2")


def no_database(path: Path) -> None:
    path.write_bytes(b"listen = 127.0.0.1\n" * 300)


@pytest.mark.parametrize(
    ("prepare", "says"),
    [(other_program, "another program"), (newer, "schema version 2"), (no_database, "no database file")],
)
def test_a_store_that_is_not_ours_is_refused_and_left_as_it_was(
    tmp_path: Path, prepare: Callable[[Path], None], says: str
) -> None:
    path = tmp_path / "log.db"
    prepare(path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=says):
        SqlStore(str(path), "host")
    assert path.read_bytes() == before


@pytest.mark.parametrize("url", ["nosuch://x", "postgresql://u:secret@127.0.0.1:1/none", "sqlite:////proc/none/log.db"])
def test_an_address_that_leads_nowhere_is_one_clear_error_without_the_password(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        SqlStore(url, "host")
    assert "secret" not in str(caught.value)


class SlowStore:
    """Counts commits; each waits until the test lets it go."""

    def __init__(self) -> None:
        self.commits: list[int] = []
        self.go = threading.Semaphore(0)
        self.broken = False

    def append(self, records: Sequence[Record]) -> None:
        assert self.go.acquire(timeout=5)
        if self.broken:
            raise OSError(28, "No space left on device")
        self.commits.append(len(records))

    def load(self) -> list[Record]:
        return []

    def close(self) -> None: ...


def test_turns_that_wait_share_one_commit_and_finish_in_order() -> None:
    store = SlowStore()
    group = GroupCommit(store)
    finished: list[int] = []
    for number in range(30):
        group.submit([{"kind": "a"}], partial(_note, finished, number))
    assert group.pending == 30
    for _ in range(30):
        store.go.release()
    group.close()
    assert finished == list(range(30))
    assert sum(store.commits) == 30
    assert len(store.commits) <= 2, "the first alone, then all that had gathered"
    assert group.pending == 0


def test_after_a_failed_commit_nothing_is_acknowledged_any_more() -> None:
    store = SlowStore()
    store.broken = True
    group = GroupCommit(store)
    errors: list[BaseException | None] = []
    group.submit([{"kind": "a"}], errors.append)
    store.go.release()
    group.submit([{"kind": "b"}], errors.append)
    store.go.release()
    group.close()
    assert [type(error) for error in errors] == [OSError, OSError]
    with pytest.raises(StoreError):
        group.submit([], errors.append)


def _note(finished: list[int], number: int, error: object) -> None:
    finished.append(number)
