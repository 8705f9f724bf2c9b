"""A battery that dies in the middle: `bench-check` is killed (SIGKILL) the moment something has become durable, and run
again.  What comes out is what an undisturbed visit finds, once, and no money moves twice or stays moved.

The kill is sent by the process to itself behind `VisitLog.append`, so that each point is hit and none by chance.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.bench_check.resume import offers
from harness.bench_check.settings import Settings
from harness.stores.visits import VisitStore

from .situations import VISIT_S, Counter, counter

KILLED = """
import os, signal, sys
from harness.bench_check.main import main
from harness.stores.visits import VisitLog
append, left = VisitLog.append, int(sys.argv[1])
def cut(self, kind, data):
    global left
    append(self, kind, data)
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
VisitLog.append = cut
sys.exit(main(sys.argv[2:]))
"""
NEVER = 10_000
POINTS_MAX = 200
CUTS_MIN = 20
pytestmark = pytest.mark.timeout(4 * VISIT_S)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Counter]:
    with counter(tmp_path) as at:
        at.start_host()
        shop_file = str(tmp_path / "shop.toml")
        at.start_terminal("--ready", "--host", at.host, "--terminal", shop_file, service=False)
        yield at


def run(at: Counter, data: Path, appends: int, *more: str) -> tuple[int, dict[str, Any] | None]:
    """Exit status and record of a bench check that is killed after so many records; None when it was."""
    answers = at.folder / "answers.toml"
    answers.write_text("".join(f"{key} = {json.dumps(one)}\n" for key, one in at.answers.items()), "utf-8")
    words = [*at.words, "--lang", "en", "--yes", "--answers", str(answers), "--json", "-", "--no-record"]
    words += ["--no-reader", "--repeats", "3", "--sn", "SN1", "--data", str(data), *more]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(appends), *words],
        capture_output=True, text=True, encoding="utf-8", timeout=VISIT_S, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    if done.returncode == -signal.SIGKILL:
        return done.returncode, None
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def verdicts(document: dict[str, Any] | None) -> list[tuple[str, str]]:
    assert document is not None
    return [(check["id"], check["verdict"]) for check in document["checks"]]


def test_a_visit_that_is_cut_off_again_and_again_ends_as_one_that_never_was(shop: Counter, tmp_path: Path) -> None:
    status, undisturbed = run(shop, tmp_path / "undisturbed", NEVER)
    store = VisitStore(tmp_path / "data")
    appends, known, cuts = 1, -1, 0
    while True:
        ended, document = run(shop, store.root, appends)
        if document is not None:
            break
        cuts += 1
        offered = offers(store, Settings())
        if not offered:  # cut off behind the last record: the visit has ended, and its record is kept
            (document,) = store.visits("SN1")
            ended = document["conclusion"]["status"]
            break
        (offer,) = offered
        assert offer.done >= known, "what was found stands"
        appends += offer.done == known  # the check under way is made again: it needs more to end
        known = offer.done
        assert cuts < POINTS_MAX
    assert cuts > CUTS_MIN
    assert (ended, verdicts(document)) == (status, verdicts(undisturbed))
    assert len(store.visits("SN1")) == 1
    assert store.interrupted() == []


def postings(at: Counter) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = at.host_ctl("snapshot")["postings"]
    return found


def test_cut_off_at_any_point_of_a_test_sale_nothing_is_sold_twice_and_nothing_stays_sold(
    shop: Counter, tmp_path: Path
) -> None:
    """At every second point whoever goes on does not allow a sale: none is made then, and what was sold is taken
    back all the same."""
    some, leave = ("--only", "port,protocol,identity,activation,test_sale,test_void"), ("--test-sale", "0.01")
    sold = set()
    for points in range(1, POINTS_MAX):
        before, data, again = len(postings(shop)), tmp_path / f"data{points}", points % 2
        run(shop, data, points, *some, *leave)
        if VisitStore(data).visits("SN1"):  # its record was durable before the power went
            break
        cut = postings(shop)[before:]
        _, document = run(shop, data, NEVER, *some, *(leave if again else ()))
        fresh = postings(shop)[before:]
        assert sum(row["net_fen"] for row in fresh) == 0, (points, fresh)
        assert sum(row["kind"] == "sale" for row in fresh) == (1 if again or cut else 0), (points, fresh)
        assert dict(verdicts(document))["test_void"] == ("pass" if fresh else "not_possible"), points
        sold.add((again, bool(cut)))
    assert sold == {(0, False), (0, True), (1, False), (1, True)}, (
        "before the sale and behind it, with leave and without"
    )
