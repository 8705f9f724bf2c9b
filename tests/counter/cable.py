"""What takes a line its real time: wrong rates, noise, a plug that comes out, and peers that say nothing or nonsense.

About two minutes, most of them waiting; `python -m pytest tests/counter/cable.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.bench.standing import USUAL, StandingTerminal
from harness.bench_check.asking import Nobody
from harness.bench_check.checks import CHECKS
from harness.bench_check.conclusion import conclude
from harness.bench_check.faults import FAULTS
from harness.bench_check.runner import run_checks
from harness.bench_check.screen import Screenful
from harness.bench_check.settings import Settings
from harness.bench_check.visit import Visit
from harness.clock import monotonic_s

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="a pseudo terminal is the cable"),
    pytest.mark.timeout(120),
]
LINE = [check for check in CHECKS if check.id in ("port", "protocol", "cable")]


def checked(port: str, **settings: Any) -> tuple[Visit, int, list[str]]:
    """The visit, its exit status, and what it told meanwhile."""
    told: list[str] = []
    visit = Visit(Settings(port=port, **settings), Nobody(), lambda text: told.append(text.en))
    with visit.stack:
        run_checks(visit, LINE, Screenful())
    return visit, conclude(visit, LINE).status, told


def verdicts(visit: Visit) -> dict[str, str]:
    return {name: found.fault or found.verdict for name, found in visit.findings.items()}


@pytest.mark.parametrize(("rate", "expected", "finding"), [(115_200, 9600, "wrong_baud"), (19_200, None, "pass")])
def test_another_rate_is_found_and_the_check_goes_on_at_it(rate: int, expected: int | None, finding: str) -> None:
    with StandingTerminal(replace(USUAL, cable=(f"asked,terminal={rate}-8N1",))) as terminal:
        visit, status, told = checked(terminal.port, baud=expected)
    assert verdicts(visit) == {"port": "pass", "protocol": finding, "cable": "pass"}
    assert visit.facts["line"] == f"{rate}-8N1" and any(str(rate) in line for line in told)
    assert status == (1 if finding == "wrong_baud" else 0)  # the terminal's menu is wrong, not the bench
    octets = 96  # of a question and its answer, at least: a line has its pace
    assert visit.findings["cable"].figures[1].value > octets * 10_000 / rate / 2


def test_noise_ends_the_check_and_blames_the_cable() -> None:
    with StandingTerminal(replace(USUAL, cable=("9600,noise_ppm=500",), seed=7)) as terminal:
        visit, status, _ = checked(terminal.port)
    assert verdicts(visit) == {"port": "pass", "protocol": "pass", "cable": "noise"} and status == 3
    rate = visit.findings["cable"].figures[0]
    assert rate.value > 10 and not rate.good  # a frame of a hundred octets has a thousand bits: 40 % are hit
    assert "10 of " in visit.findings["cable"].found.en  # nobody waits for the other questions
    assert FAULTS["noise"].rows == ("D9",)


@contextmanager
def with_a_loose_plug(by_id: Path, unplug: str) -> Iterator[str]:
    """A terminal whose port is known by its number, as that of a USB adapter is: the name of a pty that is gone is the
    next one's."""
    with StandingTerminal(replace(USUAL, cable=("9600", unplug), by_id=by_id)):
        (link,) = by_id.iterdir()
        yield str(link)


def test_a_plug_that_comes_back_is_loose_and_the_check_goes_on(tmp_path: Path) -> None:
    with with_a_loose_plug(tmp_path, "unplug:after=2000,away=1500") as port:
        visit, status, told = checked(port)
    assert verdicts(visit)["cable"] == "loose_cable" and status == 3
    assert any("plug both ends in" in line for line in told)
    assert visit.findings["cable"].figures[0].value == 0  # it is no noise


def test_a_plug_that_stays_out_ends_it_after_half_a_minute(tmp_path: Path) -> None:
    with with_a_loose_plug(tmp_path, "unplug:after=2000") as port:
        begun_s = monotonic_s()
        visit, status, _ = checked(port)
    assert verdicts(visit)["cable"] == "unplugged" and status == 3
    assert 25 < monotonic_s() - begun_s < 50


@contextmanager
def peer(says: bytes) -> Iterator[str]:
    """A pty where nobody serves; whoever writes gets `says` back."""
    master, slave = os.openpty()
    tty.setraw(slave)
    ending = threading.Event()

    def work() -> None:
        while not ending.is_set():
            try:
                if os.read(master, 1000) and not ending.is_set():
                    os.write(master, says)
            except OSError:
                return

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield os.ttyname(slave)
    finally:
        ending.set()
        os.write(slave, b".")
        thread.join(5)
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize(
    ("says", "fault", "status", "most_s"),
    [(b"", "silent", 1, 45), (bytes.fromhex("8341FF0031"), "unknown_protocol", 1, 45)],
)
def test_who_says_nothing_and_who_says_nonsense(says: bytes, fault: str, status: int, most_s: float) -> None:
    with peer(says) as port:
        begun_s = monotonic_s()
        visit, found, _ = checked(port)
    assert verdicts(visit) == {"port": "pass", "protocol": fault, "cable": "not_possible"} and found == status
    assert monotonic_s() - begun_s < most_s


def test_a_protocol_that_is_named_is_looked_for_in_a_few_seconds() -> None:
    with peer(b"") as port:
        begun_s = monotonic_s()
        visit, _, _ = checked(port, protocol="mispos-b")
    assert verdicts(visit)["protocol"] == "silent" and monotonic_s() - begun_s < 20


ALONE = """
from harness.bench_check.checks.network import try_from_here
from harness.bench_check.asking import Nobody
from harness.bench_check.settings import Settings
from harness.bench_check.visit import Visit
found = try_from_here(Visit(Settings(host="192.0.2.7:8583"), Nobody(), print))
print(found.fault)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has network namespaces")
def test_a_computer_in_no_network_is_not_taken_for_a_host_that_is_down() -> None:
    try:
        told = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", ALONE],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("no program unshare here")
    if "unshare" in told.stderr:
        pytest.skip(f"this system gives no network namespace: {told.stderr}")
    assert told.stdout.splitlines()[-1] == "here_offline"
