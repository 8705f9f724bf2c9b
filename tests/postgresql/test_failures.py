"""Servers that refuse, fall silent or die, and a writer that is killed: clear errors without the password, nothing
half-written, nothing acknowledged that is gone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from harness.machine import Record
from harness.stores.errors import StoreError
from harness.stores.group import GroupCommit
from harness.stores.sql import SqlStore

from .cluster import LOOPBACK, Cluster

ROOT = Path(__file__).parents[2]
PARTS = 3
"""Records of a turn, so that half a turn can be seen."""


def turn(number: int) -> list[Record]:
    return [{"kind": "turn", "turn": number, "part": part, "pad": "测" * (number % 700)} for part in range(PARTS)]


def whole_turns(url: str) -> int:
    """How many turns a new process finds; none may be half there or out of order."""
    store = SqlStore(url, "host")
    found = [(record["turn"], record["part"]) for record in store.load()]
    store.close()
    count = len(found) // PARTS
    assert found == [(number, part) for number in range(count) for part in range(PARTS)]
    return count


# opening

LEADS_NOWHERE: dict[str, tuple[Callable[[Cluster], str], str]] = {
    "wrong password": (lambda c: c.url("template1", password="se5ame"), "password authentication failed"),
    "no password": (lambda c: f"postgresql://shop@{LOOPBACK}:{c.port}/template1", "no password supplied"),
    "wrong password in the query": (
        lambda c: f"postgresql://shop@{LOOPBACK}:{c.port}/template1?password=se5ame",
        "password authentication failed",
    ),
    "no such user": (lambda c: c.url("template1", user="nobody-here"), "nobody-here"),
    "no such database": (lambda c: c.url("nothing-here"), 'database "nothing-here" does not exist'),
    "nobody listens": (lambda _: f"postgresql://shop:se5ame@{LOOPBACK}:1/rig", "refused"),
    "no such socket": (lambda _: "postgresql://shop:se5ame@/rig?host=/nonexistent", "No such file"),
    "encryption that the server does not have": (
        lambda c: c.url("template1", password="se5ame") + "?sslmode=require",
        "SSL",
    ),
    "unknown option": (lambda c: c.url("template1", password="se5ame") + "?colour=se5ame", "colour"),
    "no number as port": (lambda _: "postgresql://shop:se5ame@host:port/rig", "cannot understand"),
    "password without a user": (lambda _: "postgresql://shop:se5ame", "cannot understand"),
    "a password that is not escaped": (lambda _: "postgresql://shop:x@se5ame@host/rig", "cannot understand"),
    "no such kind": (lambda _: "mongo://shop:se5ame", "cannot understand"),
}


@pytest.mark.parametrize(("make", "says"), LEADS_NOWHERE.values(), ids=LEADS_NOWHERE)
def test_a_server_that_cannot_be_used_is_one_clear_error_without_the_password(
    cluster: Cluster, make: Callable[[Cluster], str], says: str
) -> None:
    with pytest.raises(StoreError) as caught:
        SqlStore(make(cluster), "host")
    for said in (str(caught.value), caught.value.what.en, caught.value.what.zh):
        assert "se5ame" not in said and "sesame" not in said and "\n" not in caught.value.what.en
    assert says in caught.value.what.en
    assert caught.value.cure.en and caught.value.cure.zh


def test_a_server_that_takes_the_connection_and_says_nothing_is_given_up() -> None:
    with socket.create_server((LOOPBACK, 0)) as silent, pytest.raises(StoreError, match="timeout"):
        SqlStore(f"postgresql://shop:se5ame@{LOOPBACK}:{silent.getsockname()[1]}/rig?connect_timeout=2", "host")


def test_a_user_who_may_not_make_tables(cluster: Cluster, database: str) -> None:
    cluster.sql("create role clerk login password 'se5ame'; revoke create on schema public from public", database)
    with pytest.raises(StoreError, match="permission denied") as caught:
        SqlStore(cluster.url(database, user="clerk", password="se5ame"), "host")
    assert "rights" in caught.value.cure.en
    assert "se5ame" not in str(caught.value)


# a server that dies

ENDINGS: dict[str, Callable[[Cluster, str], object]] = {
    "power loss": lambda cluster, _: cluster.restart("immediate"),
    "restart in order": lambda cluster, _: cluster.restart("fast"),
    "an administrator ends the session": lambda cluster, database: cluster.sql(
        f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}'"
    ),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_a_connection_that_was_lost_between_two_appends(
    cluster: Cluster, database: str, end: Callable[[Cluster, str], object]
) -> None:
    store = SqlStore(cluster.url(database), "host")
    store.append(turn(0))
    end(cluster, database)
    for _ in range(2):  # it does not connect again by itself: it would no longer hold the lock
        with pytest.raises(StoreError, match="failed") as caught:
            store.append(turn(1))
        assert "start again when the server is back" in caught.value.cure.en
        assert "sesame" not in str(caught.value)
    with pytest.raises(StoreError):
        store.load()
    store.close()
    assert whole_turns(cluster.url(database)) == 1


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_a_connection_that_is_lost_in_the_middle_of_appends(
    cluster: Cluster, database: str, end: Callable[[Cluster, str], object]
) -> None:
    """Turns go through the group commit as fast as they can while the server ends."""
    store = SqlStore(cluster.url(database), "host")
    group = GroupCommit(store)
    room, under_way, failed = threading.Semaphore(50), threading.Event(), threading.Event()
    acknowledged: list[int] = []
    errors: list[BaseException] = []

    def done(number: int, error: BaseException | None) -> None:
        if error is None:
            acknowledged.append(number)
        else:
            errors.append(error)
            failed.set()
        if number == 200:
            under_way.set()
        room.release()

    def write() -> None:
        for number in range(10**6):
            room.acquire()
            if failed.is_set():
                return
            group.submit(turn(number), partial(done, number))

    writer = threading.Thread(target=write)
    writer.start()
    assert under_way.wait(30)
    end(cluster, database)
    assert failed.wait(30)
    writer.join()
    group.close()
    store.close()
    assert isinstance(errors[0], StoreError)
    assert "sesame" not in str(errors[0])
    assert acknowledged == list(range(len(acknowledged)))
    assert whole_turns(cluster.url(database)) >= len(acknowledged)


# a writer that dies

CHILD = """
import os, sys, threading
from harness.stores.group import GroupCommit
from harness.stores.sql import SqlStore
from tests.postgresql.test_failures import PARTS, turn
kind, url = sys.argv[1:]
store = SqlStore(url, "host")
start = len(store.load()) // PARTS
if kind == "group":
    room, group = threading.Semaphore(50), GroupCommit(store)
    def done(error, number):
        assert error is None
        os.write(1, b"%d\\n" % number)
        room.release()
    for number in range(start, 10**9):
        room.acquire()
        group.submit(turn(number), lambda error, number=number: done(error, number))
else:
    for number in range(start, 10**9):
        store.append(turn(number))
        os.write(1, b"%d\\n" % number)
"""


@pytest.fixture
def killed_after(url: str) -> Iterator[Callable[[str, int], list[int]]]:
    """Runs a child until it has acknowledged so many turns, then kills it; gives all that it acknowledged."""
    children: list[subprocess.Popen[bytes]] = []

    def run(kind: str, acknowledged: int) -> list[int]:
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, kind, url], cwd=ROOT, stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        children.append(child)
        assert child.stdout is not None
        with child.stdout:
            lines = [child.stdout.readline() for _ in range(acknowledged)]
            child.send_signal(signal.SIGKILL)
            lines += child.stdout.readlines()
        assert child.wait(10) == -signal.SIGKILL
        return [int(line) for line in lines if line.endswith(b"\n")]

    yield run
    for child in children:
        if child.poll() is None:
            child.kill()
            child.wait()


@pytest.mark.parametrize("kind", ["plain", "group"])
def test_kill_9_of_the_writer_loses_nothing_that_was_acknowledged(
    url: str, killed_after: Callable[[str, int], list[int]], kind: str
) -> None:
    expected_next = 0
    for acknowledged in (1, 17, 60, 5):
        numbers = killed_after(kind, acknowledged)
        found = whole_turns(url)
        assert numbers == list(range(expected_next, expected_next + len(numbers))), "acknowledged out of order"
        assert found > numbers[-1], "an acknowledged turn is gone"
        expected_next = found
