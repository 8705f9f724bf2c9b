"""kill -9 of a child in the middle of its append loop: what it acknowledged is there, in order, and nothing is half
there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.stores import Store
from harness.stores.journal import Journal
from harness.stores.sql import SqlStore

ROOT = Path(__file__).parents[3]

# Each turn has three records, so that "half a turn" can be seen.  The child acknowledges on its standard output,
# after append returned.
CHILD = """
import os, sys
from pathlib import Path
from harness.stores.journal import Journal
from harness.stores.sql import SqlStore
from harness.stores.group import GroupCommit
kind, place = sys.argv[1:]
store = Journal(Path(place)) if kind == "journal" else SqlStore(place + "/log.db", "host")
def turn(number):
    return [{"kind": "turn", "turn": number, "part": part, "pad": "测" * (number % 700)} for part in range(3)]
def acknowledge(number):
    os.write(1, b"%d\\n" % number)
start = len(store.load()) // 3
if kind == "group":
    import threading
    room = threading.Semaphore(50)
    group = GroupCommit(store)
    def done(error, number):
        assert error is None
        acknowledge(number); room.release()
    for number in range(start, 10**9):
        room.acquire()
        group.submit(turn(number), lambda error, number=number: done(error, number))
else:
    for number in range(start, 10**9):
        store.append(turn(number))
        acknowledge(number)
"""


def opened(kind: str, place: Path) -> Store:
    return Journal(place) if kind == "journal" else SqlStore(str(place / "log.db"), "host")


def killed_after(kind: str, place: Path, acknowledged: int) -> list[int]:
    """The turns that a child acknowledged before it was killed, some time after number `acknowledged` of its own."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, kind, str(place)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert child.stdout is not None
    with child.stdout:
        lines = [child.stdout.readline() for _ in range(acknowledged)]
        child.send_signal(signal.SIGKILL)
        lines += child.stdout.readlines()
    assert child.wait(10) == -signal.SIGKILL
    return [int(line) for line in lines if line.endswith(b"\n")]


@pytest.mark.parametrize("kind", ["journal", "sql", "group"])
def test_every_acknowledged_turn_is_there_in_order_and_none_is_half(kind: str, tmp_path: Path) -> None:
    expected_next = 0
    for acknowledged in (1, 17, 60, 5):
        numbers = killed_after(kind, tmp_path, acknowledged)
        store = opened(kind, tmp_path)
        records = store.load()
        store.close()
        assert len(records) % 3 == 0, "half a turn was kept"
        turns = [(record["turn"], record["part"]) for record in records]
        assert turns == [(number, part) for number in range(len(records) // 3) for part in range(3)]
        assert numbers == list(range(expected_next, expected_next + len(numbers))), "acknowledged out of order"
        assert len(records) // 3 > numbers[-1], "an acknowledged turn is gone"
        expected_next = len(records) // 3
