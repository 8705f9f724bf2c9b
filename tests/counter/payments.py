"""The test sale with processes of their own: through the cable, at a host of this computer, with replies that are lost,
and with a battery that dies (SIGKILL) between sale and void."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.bench.fleet import RegisterSpec
from harness.bench.standing import StandingTerminal
from harness.bench.terminal_start import Start
from harness.bench_check.checks.payments import check_sale, check_settlement, check_void
from harness.bench_check.local_host import LocalHost
from harness.bench_check.model import Question
from harness.bench_check.settings import Settings
from harness.bench_check.visit import Visit
from protocols.text import Text
from tests.harness.bench_check import test_payments as small

from .situations import BENCH_CHECK, SHOP, START_S, VISIT_S, Counter, counter

MID, TID = "898520154110004", "52010009"
PARTS = "computer,port,protocol,identity,activation,keys,books"
pytestmark = pytest.mark.timeout(VISIT_S + 4 * START_S)
KILLED = """
import os, signal, sys
from harness.bench_check.main import main
from harness.bench_check.visit import Visit
learn, state = Visit.learn, sys.argv[1]
def cut(self, **facts):
    learn(self, **facts)
    told = facts.get("test_sale") or {}
    if told.get("state") == state.partition("+")[0] and bool(told.get("voiding")) is ("+" in state):
        os.kill(os.getpid(), signal.SIGKILL)
Visit.learn = cut
sys.exit(main(sys.argv[2:]))
"""


def run(at: Counter, *more: str, killed_at: str = "") -> dict[str, Any] | None:
    """The record of a bench check with a local host; None where it was killed as it should be."""
    shop = at.folder / "shop.toml"
    shop.write_text(SHOP, encoding="utf-8")
    words = [*at.words, "--lang", "en", "--yes", "--json", "-", "--no-record", "--only", PARTS, "--no-reader"]
    words += ["--local-host", str(shop), "--data", str(at.folder / "data"), *more]
    program = [sys.executable, "-c", KILLED, killed_at] if killed_at else BENCH_CHECK
    done = subprocess.run(
        [*program, *words], capture_output=True, text=True, encoding="utf-8", timeout=VISIT_S, check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if killed_at:
        assert done.returncode == -signal.SIGKILL, done.stderr
        return None
    assert done.stdout, done.stderr
    record: dict[str, Any] = json.loads(done.stdout)
    return record


def check_of(record: Mapping[str, Any] | None, name: str) -> Mapping[str, Any]:
    assert record is not None
    found: Mapping[str, Any] = next(one for one in record["checks"] if one["id"] == name)
    return found


@contextmanager
def books(at: Counter) -> Iterator[list[Mapping[str, Any]]]:
    """What our own host has booked, once the bench check has ended."""
    with LocalHost(at.folder / "shop.toml", "127.0.0.1:0", at.folder / "data" / "local-host") as host:
        yield host.ask("control", "snapshot")["postings"]


def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def test_a_terminal_behind_the_cable_is_led_to_our_host_and_back(tmp_path: Path) -> None:
    """Its host traffic goes through the register; it has a host of its own, which must hear nothing of this."""
    (tmp_path / "shop.toml").write_text(SHOP, encoding="utf-8")
    with counter(tmp_path) as at:
        at.start_terminal("--ready", "--profile", "tethered", "--terminal", str(tmp_path / "shop.toml"))
        before = at.terminal_ctl("snapshot")["batch"]
        record = run(at, "--new", "--settle")
        verdicts = {name: check_of(record, name)["verdict"] for name in ("test_sale", "test_void", "settlement")}
        assert verdicts == dict.fromkeys(verdicts, "pass"), record
        assert check_of(record, "keys")["verdict"] == "pass"
        assert at.terminal_ctl("snapshot")["batch"] == before  # the batch of its own host is open again
        with books(at) as postings:
            assert [row["kind"] for row in postings] == ["sale", "void"]
            assert sum(row["net_fen"] for row in postings) == 0


@pytest.mark.parametrize("state", ["begun", "sold", "sold+voiding", "voided+voiding"])
def test_a_battery_that_dies_leaves_no_money_behind(tmp_path: Path, state: str) -> None:
    listen = f"127.0.0.1:{free_port()}"
    (tmp_path / "shop.toml").write_text(SHOP, encoding="utf-8")
    with counter(tmp_path) as at:
        with LocalHost(tmp_path / "shop.toml", listen, tmp_path / "first"):  # where it becomes ready
            at.start_terminal("--ready", "--host", listen, "--terminal", str(tmp_path / "shop.toml"))
        run(at, "--new", "--listen", listen, killed_at=state)
        record = run(at, "--resume", "--listen", listen)
        assert check_of(record, "test_sale")["verdict"] == "pass", record
        assert check_of(record, "test_void")["verdict"] == "pass", record
        with books(at) as postings:
            kinds = [row["kind"] for row in postings]
            assert kinds == ["sale", "void"] and sum(row["net_fen"] for row in postings) == 0


def test_who_begins_anew_is_told_and_the_money_comes_back_all_the_same(tmp_path: Path) -> None:
    """Killed behind the sale; `--new` at the same terminal, after another one was looked at without a cable."""
    listen = f"127.0.0.1:{free_port()}"
    (tmp_path / "shop.toml").write_text(SHOP, encoding="utf-8")
    with counter(tmp_path) as at:
        with LocalHost(tmp_path / "shop.toml", listen, tmp_path / "first"):  # where it becomes ready
            at.start_terminal("--ready", "--host", listen, "--terminal", str(tmp_path / "shop.toml"))
        run(at, "--new", "--listen", listen, killed_at="sold")
        elsewhere = [*BENCH_CHECK, "--new", "--lang", "en", "--only", "computer", "--no-record", "--plain"]
        said = subprocess.run(
            [*elsewhere, "--data", str(tmp_path / "data")], capture_output=True, text=True, encoding="utf-8",
            timeout=VISIT_S, check=False, stdin=subprocess.DEVNULL,
        ).stdout  # fmt: skip
        assert "!! The check of" in said and "0.01 yuan" in said and TID in said
        record = run(at, "--new", "--listen", listen)
        assert check_of(record, "test_sale")["verdict"] == check_of(record, "test_void")["verdict"] == "pass", record
        with books(at) as postings:
            assert [row["kind"] for row in postings] == ["sale", "void"]
        again = subprocess.run(
            [*elsewhere, "--data", str(tmp_path / "data")], capture_output=True, text=True, encoding="utf-8",
            timeout=VISIT_S, check=False, stdin=subprocess.DEVNULL,
        ).stdout  # fmt: skip
        assert "!! The check of" not in again


class Yes:
    """Agrees to everything."""

    def ask(self, question: Question) -> Sequence[str]:
        return ("yes",)


@contextmanager
def hurried(terminal: StandingTerminal) -> Iterator[None]:
    """A minute passes at the terminal in a tenth of a second."""
    over = threading.Event()

    def hurry() -> None:
        while not over.wait(0.02):
            terminal._thread.call(terminal.live.pass_time, 10_000_000)

    thread = threading.Thread(target=hurry)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("protocol", ["mispos-b", "mispos-a", "zvt", "transbank"])
@pytest.mark.parametrize("lost", ["drop:stream=downstream,frame=1", "drop:stream=upstream,frame=1"])
def test_what_is_lost_on_the_line_leaves_no_money_behind(tmp_path: Path, protocol: str, lost: str) -> None:
    """The terminal waits for its host as long as it does (a minute), and takes back what it does not know."""
    shop = tmp_path / "shop.toml"
    shop.write_text(SHOP, encoding="utf-8")
    with LocalHost(shop, "127.0.0.1:0", tmp_path / "books") as host:
        start = Start(
            serial="", tcp="127.0.0.1:0", register=RegisterSpec(protocol), host=host.address, terminal_file=shop,
            ready=True, card="debit",
        )  # fmt: skip
        with StandingTerminal(start) as terminal, hurried(terminal):
            facts = {"port": terminal.port, "protocol": protocol, "line": "", "transport": "serial"}

            def tell(text: Text) -> None:
                if "Present" in text.en:
                    terminal._thread.call(terminal.live.set_line, [lost])

            visit = Visit(Settings(local_host=shop, data=tmp_path, settle=True), Yes(), tell, facts)
            visit._local_host = host
            with visit.stack:
                findings = [check_sale(visit), check_void(visit)]
                if protocol in ("zvt", "transbank") and "downstream" in lost:
                    # there is no transaction without money that could carry the reversal: a settlement does
                    assert {finding.fault for finding in findings} == {"pending_reversal"}
                    assert visit.facts["test_sale"]["owed"]
                    assert check_settlement(visit).verdict == "pass"
                else:
                    assert findings[0].fault == "host_silent", findings
            postings = host.ask("control", "snapshot")["postings"]
        moved = sum(row["net_fen"] for row in postings)
        assert (moved, visit.facts["test_sale"]["state"]) == (0, "none"), (findings, postings)


@pytest.mark.parametrize("protocol", ["mispos-a", "transbank"])
def test_the_other_protocols_sell_and_take_back_alike(tmp_path: Path, protocol: str) -> None:
    small.test_a_sale_is_made_taken_back_and_settled(tmp_path, protocol)


@pytest.mark.parametrize("protocol", ["mispos-a", "transbank"])
def test_the_other_protocols_survive_a_dead_battery_alike(tmp_path: Path, protocol: str) -> None:
    small.test_a_battery_that_dies_at_any_point_leaves_no_money_behind(tmp_path, protocol)
