"""The record log in a real PostgreSQL server: order, all or none, one writer, and what is not ours."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from harness.machine import Record
from harness.stores.errors import StoreError
from harness.stores.group import GroupCommit
from harness.stores.sql import SqlStore

from .cluster import LOOPBACK, PASSWORD, QUOTED, USER, Cluster


def kinds(store: SqlStore) -> list[object]:
    return [record["kind"] for record in store.load()]


RECORDS: list[Record] = [
    {"kind": "a", "n": 2**70, "flag": None},
    {"kind": "b", "名": "商户 €", "face": "\U0001f3e7", "nul": "a\x00b", "lone": "\udcff"},
    {"kind": "c", "deep": [{"x": [1.5, True]}], "quote": "'\"\\%s%(a)s:b"},
]


@pytest.mark.parametrize("encoding", ["UTF8", "SQL_ASCII", "LATIN1"])
def test_what_was_appended_is_loaded_in_order_whatever_the_encoding(cluster: Cluster, encoding: str) -> None:
    """SQL_ASCII is what a server without a locale has."""
    url = cluster.url(cluster.make_database(f"encoding '{encoding}' locale 'C'"))
    host, other = SqlStore(url, "host"), SqlStore(url, "terminal")
    assert host.load() == []
    host.append(RECORDS)
    other.append([{"kind": "z"}])
    host.append([])
    host.append([{"kind": "d"}])
    host.close()
    host.close()
    assert kinds(other) == ["z"]
    other.close()
    again = SqlStore(url, "host")
    assert again.load() == [*RECORDS, {"kind": "d"}]
    again.append([{"kind": "e"}])
    assert kinds(again) == ["a", "b", "c", "d", "e"]
    again.close()


def test_order_is_that_of_the_appends_and_not_of_the_text(url: str) -> None:
    store = SqlStore(url, "host")
    for number in range(12):
        store.append([{"kind": "n", "n": number}])
    assert [record["n"] for record in store.load()] == list(range(12))
    store.close()


def test_a_refused_turn_leaves_nothing_of_itself(cluster: Cluster, database: str) -> None:
    store = SqlStore(cluster.url(database), "host")
    store.append([{"kind": "a"}])
    with pytest.raises(ValueError, match="JSON compliant"):
        store.append([{"kind": "b"}, {"kind": "c", "amount": float("nan")}])
    with pytest.raises(StoreError, match="above the limit"):
        store.append([{"kind": "b"}, {"kind": "c", "pad": "x" * 2**20}])
    store.append([{"kind": "d"}])  # what never reached the database ends nothing
    with pytest.raises(StoreError, match="too long"):
        store.append([{"kind": "b"}, {"kind": "k" * 65}])
    assert cluster.sql("select kind from posrig_records order by id", database) == ["a", "d"]
    with pytest.raises(StoreError, match="too long"):
        store.append([{"kind": "e"}])
    store.close()


def test_an_error_of_the_database_quotes_no_record(cluster: Cluster, database: str) -> None:
    """PostgreSQL's details often quote the whole row that was refused; here an administrator's trigger does."""
    store = SqlStore(cluster.url(database), "host")
    cluster.sql(
        """create function refuse() returns trigger language plpgsql as
        $$ begin raise exception 'closed today' using detail = new.body; end $$;
        create trigger closed before insert on posrig_records for each row execute function refuse()""",
        database,
    )
    with pytest.raises(StoreError, match="closed today") as caught:
        store.append([{"kind": "b", "pan": "6212142000000000012"}])
    assert "6212" not in str(caught.value) and "6212" not in caught.value.what.zh
    store.close()


def test_turns_of_a_group_commit_are_seen_by_others_when_they_are_acknowledged(cluster: Cluster, database: str) -> None:
    store = SqlStore(cluster.url(database), "host")
    group = GroupCommit(store)
    finished: list[int] = []
    all_done = threading.Event()

    def done(number: int, error: BaseException | None) -> None:
        assert error is None
        finished.append(number)
        if number == 1499:
            all_done.set()

    for number in range(1500):
        turn: list[Record] = [{"kind": "turn", "n": number, "part": part} for part in range(2)]
        group.submit(turn, partial(done, number))
    assert all_done.wait(30)
    assert finished == list(range(1500))
    assert cluster.sql("select count(*), count(distinct xmin::text) < 20 from posrig_records", database) == ["3000|t"]
    group.close()
    assert [(record["n"], record["part"]) for record in store.load()] == [(n, p) for n in range(1500) for p in (0, 1)]
    store.close()


def test_a_second_process_is_refused_when_it_opens_the_store(cluster: Cluster, database: str) -> None:
    first = SqlStore(cluster.url(database), "host")
    with pytest.raises(StoreError, match="in use by another process") as caught:
        SqlStore(cluster.url(database), "host")
    assert "sesame" not in str(caught.value)
    other = SqlStore(cluster.url(database), "other")  # a party of its own has a history of its own
    first.append([{"kind": "a"}])
    elsewhere = SqlStore(cluster.url(cluster.make_database()), "host")
    assert elsewhere.load() == []
    for store in (first, other, elsewhere):
        store.close()
    successor = SqlStore(cluster.url(database), "host")
    assert kinds(successor) == ["a"]
    successor.close()


def test_two_schemas_of_one_database_are_two_stores(cluster: Cluster, database: str) -> None:
    stores = []
    for schema in ("one", "two"):
        cluster.sql(f"create schema {schema}", database)
        stores.append(SqlStore(cluster.url(database) + f"?options=-csearch_path%3D{schema}", "host"))
    stores[0].append([{"kind": "a"}])
    assert [kinds(store) for store in stores] == [["a"], []]
    for store in stores:
        store.close()


def test_a_row_that_somebody_wrote_past_the_lock_is_not_overwritten(cluster: Cluster, database: str) -> None:
    store = SqlStore(cluster.url(database), "host")
    cluster.sql("insert into posrig_records values ('host', 1, 'x', '{}')", database)
    for _ in range(2):
        with pytest.raises(StoreError, match="another process writes"):
            store.append([{"kind": "a"}])
    assert cluster.sql("select kind from posrig_records", database) == ["x"]
    store.close()


def test_parties_that_start_together_on_an_empty_database(url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda number: SqlStore(url, f"party{number}"), range(6)))
    for store in stores:
        store.append([{"kind": "a"}])
        assert kinds(store) == ["a"]
        store.close()


@pytest.mark.parametrize("set_by", ["alter database {database} set", "alter role shop in database {database} set"])
def test_an_acknowledged_commit_is_on_the_disk_whatever_the_server_has_set(
    cluster: Cluster, database: str, set_by: str
) -> None:
    for setting in ("synchronous_commit = off", "idle_session_timeout = 1000"):
        cluster.sql(f"{set_by.format(database=database)} {setting}")
    store = SqlStore(cluster.url(database), "host")
    names = ("synchronous_commit", "idle_session_timeout", "tcp_keepalives_idle")
    assert [store._connection.exec_driver_sql(f"show {name}").scalar() for name in names] == ["on", "0", "30"]
    store.close()


def test_a_stronger_promise_of_the_server_is_kept(cluster: Cluster, database: str) -> None:
    cluster.sql(f"alter database {database} set synchronous_commit = remote_apply")
    store = SqlStore(cluster.url(database), "host")
    assert store._connection.exec_driver_sql("show synchronous_commit").scalar() == "remote_apply"
    store.close()


def test_another_schema_version_is_refused_and_left_as_it_was(cluster: Cluster, database: str) -> None:
    SqlStore(cluster.url(database), "host").close()
    everything = "select * from posrig_schema; select * from posrig_records"
    for change, says in (("set version = 2", "schema version 2,"), ("set version = 0", "schema version 0,")):
        cluster.sql(f"update posrig_schema {change}; insert into posrig_records values ('x', 1, 'x', 'y') "
                    "on conflict do nothing", database)  # fmt: skip
        before = cluster.sql(everything, database)
        with pytest.raises(StoreError, match=says) as caught:
            SqlStore(cluster.url(database), "host")
        assert "sesame" not in str(caught.value)
        assert cluster.sql(everything, database) == before
    cluster.sql("delete from posrig_schema", database)
    with pytest.raises(StoreError, match="schema version -"):
        SqlStore(cluster.url(database), "host")


def test_tables_of_others_are_left_alone(cluster: Cluster, database: str) -> None:
    """A PostgreSQL database is often shared; a SQLite file is not."""
    cluster.sql("create table invoices (number int); insert into invoices values (7)", database)
    store = SqlStore(cluster.url(database), "host")
    store.append([{"kind": "a"}])
    store.close()
    assert cluster.sql("select number from invoices", database) == ["7"]
    tables = "select tablename from pg_tables where schemaname = 'public' order by 1"
    assert cluster.sql(tables, database) == ["invoices", "posrig_records", "posrig_schema"]


@pytest.mark.parametrize("form", ["postgres://{user}:{quoted}@{at}/{db}", "postgresql+psycopg://{user}:{quoted}@{at}/{db}",
                                  "postgresql://{at}/{db}?user={user}&password={quoted}",
                                  "postgresql://{user}:{quoted}@/{db}?host={socket}&port={port}"])  # fmt: skip
def test_ways_to_name_a_server(cluster: Cluster, database: str, form: str) -> None:
    at = f"{LOOPBACK}:{cluster.port}"
    if "socket" in form:
        cluster.folder.chmod(0o711)  # only for who knows the name
    named = form.format(user=USER, quoted=QUOTED, at=at, db=database, socket=cluster.folder, port=cluster.port)
    store = SqlStore(named, "host")
    store.append([{"kind": "a"}])
    assert kinds(store) == ["a"]
    assert "sesame" not in store._shown and PASSWORD not in store._shown
    store.close()
