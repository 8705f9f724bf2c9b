"""The situations of a counter, each started for real: terminal and host are processes of their own, `bench-check` is
run as a script runs it, in both languages.

Expected, beside each: how the whole ends, with which exit status, which fault is on top, which row of the failure
catalogue may be named, who of the five must act; and never a word that a leak would be.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

POSRIG = [sys.executable, "-c", "from harness.cli import main; main()"]
BENCH_CHECK = [sys.executable, "-c", "import sys; from harness.bench_check.main import main; sys.exit(main())"]
START_S, VISIT_S = 30, 120
JSON = {"Content-Type": "application/json"}
pytestmark = pytest.mark.timeout(VISIT_S + 2 * START_S)
SHOP = """
[[merchant]]
mid = "898520154110004"
name = "Test merchant"

[[merchant.terminal]]
tid = "52010009"
sn = "SN00000001"
model = "CT-100"
tmk = "159D86C7C1F779EA29F77A6858E0DA2A"
kcv = "6C07"
test_key = true
"""


class Started:
    """A process of posrig and what it said when it was ready."""

    def __init__(self, words: Sequence[str], folder: Path, name: str) -> None:
        self._out = (folder / f"{name}.out").open("w+", encoding="utf-8")
        self._err = (folder / f"{name}.err").open("w+", encoding="utf-8")
        environment = {**os.environ, "POSRIG_LANG": "en", "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [*POSRIG, *words], stdout=self._out, stderr=self._err, env=environment, stdin=subprocess.DEVNULL
        )
        self._folder, self._name = folder, name

    def word_after(self, mark: str) -> str:
        """The word behind `mark` in what it says; waits until it is said."""
        until = time.monotonic() + START_S
        while time.monotonic() < until and self.process.poll() is None:
            said = "".join((self._folder / f"{self._name}.{end}").read_text("utf-8") for end in ("out", "err"))
            if mark in said and "\n" in said.partition(mark)[2]:
                return said.partition(mark)[2].split()[0]
            time.sleep(0.02)
        raise AssertionError((self._folder / f"{self._name}.err").read_text("utf-8"))

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(START_S)
        self._out.close()
        self._err.close()


@dataclass
class Counter:
    """What stands at one counter."""

    folder: Path
    stack: ExitStack
    words: list[str] = field(default_factory=list)
    """Of the bench check."""
    answers: dict[str, Any] = field(default_factory=dict)
    port: str = ""
    host: str = ""
    portal: str = ""
    control: str = ""
    terminal: Started | None = None

    def start(self, name: str, *words: str) -> Started:
        started = Started(words, self.folder, name)
        self.stack.callback(started.stop)
        return started

    def start_terminal(self, *words: str, service: bool = True) -> Started:
        """`service`: the terminal tells by its control interface what else a person would have to look at."""
        token = self.folder / "terminal.token"
        self.terminal = self.start(
            "terminal", "terminal", "--control", "127.0.0.1:0", "--token-file", str(token), *words
        )
        self.port = self.terminal.word_after("ready on ")
        self.control = self.terminal.word_after("control on ")
        self.words += ["--port", self.port]
        if service:
            self.words += ["--service", self.control, "--token-file", str(token)]
        return self.terminal

    def start_host(self, portal: bool = True) -> None:
        """`portal`: the bench check may ask it."""
        shop = self.folder / "shop.toml"
        shop.write_text(SHOP, encoding="utf-8")
        token = self.folder / "host.token"
        words = ["host", "--listen", "127.0.0.1:0", "--provision", str(shop), "--store", "memory"]
        words += ["--portal", "127.0.0.1:0", "--control", "127.0.0.1:0", "--token-file", str(token)]
        host = self.start("host", *words)
        self.host = host.word_after("listening on ")
        self.portal = host.word_after("portal on ")
        self.control_host = host.word_after("control on ")
        if portal:
            self.words += ["--portal", self.portal]

    def host_ctl(self, *words: str) -> dict[str, Any]:
        where = ["--control", self.control_host, "--token-file", str(self.folder / "host.token")]
        return self._json([*POSRIG, "host", "ctl", *words, *where])

    def terminal_ctl(self, *words: str) -> dict[str, Any]:
        where = ["--control", self.control, "--token-file", str(self.folder / "terminal.token")]
        return self._json([*POSRIG, "host", "ctl", *words, *where])

    def ask_portal(self, action: str, **request: Any) -> dict[str, Any]:
        asked = urllib.request.Request(f"http://{self.portal}/portal/{action}", json.dumps(request).encode(), JSON)
        with urllib.request.urlopen(asked, timeout=START_S) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    @staticmethod
    def _json(words: Sequence[str]) -> dict[str, Any]:
        done = subprocess.run(words, capture_output=True, text=True, timeout=START_S, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def check(self, lang: str, *more: str) -> tuple[int, dict[str, Any], str]:
        """Exit status, record, and what was said."""
        answers = self.folder / "answers.toml"
        answers.write_text("".join(f"{key} = {json.dumps(one)}\n" for key, one in self.answers.items()), "utf-8")
        assert tomllib.loads(answers.read_text("utf-8")) is not None
        words = [*BENCH_CHECK, *self.words, "--lang", lang, "--yes", "--answers", str(answers), "--json", "-"]
        words += ["--no-record", "--new", "--no-reader", "--data", str(self.folder / "data"), *more]
        done = subprocess.run(
            words, capture_output=True, text=True, encoding="utf-8", timeout=VISIT_S, check=False,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"}, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout), done.stderr


@contextmanager
def counter(folder: Path) -> Iterator[Counter]:
    with ExitStack() as stack:
        yield Counter(folder, stack, answers=dict(GOOD_FIGURES))


GOOD_FIGURES = {"look.insulation": "20", "look.earth": "0.05", "look.supply": "221", "look.adapter": "2"}
"""Figures of a good adapter, in the units in which they are asked."""


@dataclass(frozen=True)
class Expected:
    """`rows`: rows of which the first cause is one (none: it is no row).  `actor`: who acts first."""

    whole: str
    status: int
    faults: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    actor: str = "technician"


def all_well(at: Counter) -> None:
    at.start_terminal("--ready")


def no_port(at: Counter) -> None:
    at.words += ["--port", str(at.folder / "ttyUSB9")]


def port_held(at: Counter) -> None:
    at.start_terminal("--ready")
    import serial

    at.stack.enter_context(serial.Serial(at.port, exclusive=True))


def wrong_baud(at: Counter) -> None:
    at.start_terminal("--ready", "--cable", "asked,terminal=115200-8N1")
    at.words += ["--baud", "9600"]


def noise(at: Counter) -> None:
    at.start_terminal("--ready", "--cable", "9600,noise_ppm=2000")


def unplugged(at: Counter) -> None:
    """The port is named by its device: another terminal of this computer may get the number of a pty that is free."""
    by_id = at.folder / "by-id"
    at.start_terminal("--ready", "--cable", "unplug:after=4000,away=600000", "--by-id", str(by_id))
    (link,) = by_id.iterdir()
    at.words[at.words.index("--port") + 1] = str(link)
    at.words += ["--repeats", "9000"]


def mute_reader(at: Counter) -> None:
    at.start_terminal("--ready", "--fault", "reader_mute:part=chip_reader")


def no_paper(at: Counter) -> None:
    at.start_terminal("--ready", "--fault", "paper_out")


def tampered(at: Counter) -> None:
    at.start_terminal("--ready", "--fault", "tamper")


def not_activated(at: Counter) -> None:
    """Nobody tells the technician what the provider has on record."""
    at.start_host(portal=False)
    at.start_terminal("--at", "connected", "--host", at.host)


def never_applied(at: Counter) -> None:
    at.start_host()
    at.start_terminal("--at", "connected", "--host", at.host)


def review_pending(at: Counter) -> None:
    at.start_host()
    merchant = {"name": "Noodle house", "licence": "91310000MA1FL00001"}
    at.host_ctl("cause", "behaviour=review_held")
    items = ["licence", "identity", "account"]
    told = at.ask_portal("apply", merchant=merchant, model="CT-100", items=items, sn="SN00000002")
    at.answers["activation.application"] = told["application"]
    at.start_terminal("--at", "connected", "--host", at.host)


def suspended(at: Counter) -> None:
    at.start_host()
    at.start_terminal("--ready", "--host", at.host, "--terminal", str(at.folder / "shop.toml"))
    at.host_ctl("hold", "kind=suspended", "subject=merchant:898520154110004")


def keys_lost(at: Counter) -> None:
    at.start_host()
    at.start_terminal("--at", "activated", "--host", at.host, "--terminal", str(at.folder / "shop.toml"))


def old_software(at: Counter) -> None:
    at.start_terminal("--ready")
    config = at.folder / "bench-check.toml"
    config.write_text('[expected]\nsoftware_version = "9.9.9"\n', encoding="utf-8")
    at.words += ["--config", str(config)]


def pending_reversal(at: Counter) -> None:
    """The answer to a sale has a wrong MAC, so the terminal takes the sale back; the host does not take that."""
    at.start_host()
    at.start_terminal("--ready", "--host", at.host, "--terminal", str(at.folder / "shop.toml"))
    at.host_ctl("cause", "behaviour=wrong_mac", 'kinds=["sale"]')
    at.host_ctl("cause", "behaviour=decline", 'kinds=["reversal"]', "code=96")
    sold = subprocess.run(
        [*POSRIG, "drive", "sale", "0.01", "--port", at.port], capture_output=True, timeout=START_S * 2, check=False
    )
    assert sold.returncode, "a sale in doubt is not done"


def batch_full(at: Counter) -> None:
    at.start_terminal("--at", "must_settle")


def by_eye(at: Counter, fault: str, sn: str = "POSRIG02000001", **answers: Any) -> None:
    """No control interface: what the cable does not tell a person sees, who stands there."""
    at.start_terminal("--ready", "--fault", fault, service=False)
    at.answers |= {name.replace("__", "."): said for name, said in answers.items()}
    at.words += ["--sn", sn]


def suspended_by_eye(at: Counter) -> None:
    by_eye(at, "suspend", activation__shown="suspended")


def no_paper_by_eye(at: Counter) -> None:
    by_eye(at, "paper_out", device__self_test=["printer"], device__printer="paper_out")


def faint_by_eye(at: Counter) -> None:
    by_eye(at, "ribbon_worn", device__tests=["print"])


def batch_full_by_eye(at: Counter) -> None:
    at.start_terminal("--at", "must_settle", service=False)
    at.answers |= {"batch.shown": ["batch_full"]}
    at.words += ["--sn", "POSRIG02000001"]


SITUATIONS: Mapping[str, tuple[Callable[[Counter], None], Expected]] = {
    "all_well": (all_well, Expected("passed", 0)),
    "no_port": (no_port, Expected("failed", 3, ("no_port", "no_such_port"))),
    "port_held": (port_held, Expected("failed", 3, ("port_held",))),
    "wrong_baud": (wrong_baud, Expected("failed", 1, ("wrong_baud",))),
    "noise": (noise, Expected("failed", 3, ("noise",), ("D9",))),
    "unplugged": (unplugged, Expected("failed", 3, ("unplugged",), ("D9",))),
    "mute_reader": (mute_reader, Expected("failed", 1, ("chip_reader_broken",), ("D1",), "repair_shop")),
    "no_paper": (no_paper, Expected("failed", 1, ("printer_no_paper", "printer_stopped"), ("D2",), "merchant")),
    "tampered": (tampered, Expected("failed", 1, ("tampered",), ("C3", "D13"), "repair_shop")),
    "not_activated": (not_activated, Expected("failed", 1, ("not_activated",), ("C1", "A1", "A7"))),
    "never_applied": (never_applied, Expected("failed", 1, ("no_application",), ("A7",), "merchant")),
    "review_pending": (review_pending, Expected("failed", 1, ("review_pending",), ("A1",), "acquirer")),
    "suspended": (suspended, Expected("failed", 1, ("suspended", "risk_check"), ("H8",), "merchant")),
    "keys_lost": (keys_lost, Expected("failed", 1, ("key_missing", "key_lost"), ("C1", "C3", "E6"), "acquirer")),
    "old_software": (old_software, Expected("failed", 1, ("old_software",), ("E1",))),
    "pending_reversal": (pending_reversal, Expected("failed", 1, ("pending_reversal",), ("F5", "F3", "G3"))),
    "batch_full": (batch_full, Expected("failed", 1, ("batch_full",), (), "merchant")),
    "suspended_by_eye": (suspended_by_eye, Expected("failed", 1, ("suspended",), ("H8",), "merchant")),
    "no_paper_by_eye": (no_paper_by_eye, Expected("failed", 1, ("printer_no_paper",), ("D2",), "merchant")),
    "faint_by_eye": (faint_by_eye, Expected("failed", 1, ("print_faint",), ("D2",))),
    "batch_full_by_eye": (batch_full_by_eye, Expected("failed", 1, ("batch_full",), (), "merchant")),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", SITUATIONS)
def test_a_situation_is_told_as_what_it_is(name: str, lang: str, tmp_path: Path) -> None:
    prepare, expected = SITUATIONS[name]
    with counter(tmp_path) as at:
        prepare(at)
        status, record, said = at.check(lang)
        held_to(expected, status, record, said, lang)


def held_to(expected: Expected, status: int, record: Mapping[str, Any], said: str, lang: str) -> None:
    conclusion = record["conclusion"]
    failed = [check["fault"]["id"] for check in record["checks"] if check["fault"]]
    told = f"{failed} {conclusion['missing']}\n{said}"
    assert (conclusion["whole"], status) == (expected.whole, expected.status), told
    assert conclusion["status"] == status
    assert conclusion["actor"] == expected.actor, told
    assert conclusion["next"][lang] and conclusion["next"][lang] in said, told
    if not expected.faults:
        assert failed == [] and conclusion["causes"] == []
        return
    assert set(failed) & set(expected.faults), told
    first = conclusion["causes"][0]
    assert first["row"] in (expected.rows or ("",)), told
    assert any(action in said for action in (first["action"][lang],)), told
