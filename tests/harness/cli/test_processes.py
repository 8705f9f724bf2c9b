"""`posrig host`, `posrig host ctl` and `posrig terminal` as people start them: real processes and their one line."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

POSRIG = [sys.executable, "-c", "from harness.cli import main; main()"]
ENVIRONMENT = {**os.environ, "POSRIG_LANG": "en"}


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen(
        [*POSRIG, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def posrig(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*POSRIG, *arguments], capture_output=True, text=True, timeout=50, env=ENVIRONMENT, check=False
    )


def test_a_host_is_started_steered_and_stopped(tmp_path: Path) -> None:
    token = str(tmp_path / "token")
    host = ["host", "--listen", "127.0.0.1:0", "--store", "memory", "--control", "127.0.0.1:0", "--token-file", token]
    with process(*host) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert re.fullmatch(r"listening on 127\.0\.0\.1:\d+\n", running.stdout.readline())
        told = re.match(r"control on (127\.0\.0\.1:\d+) ", running.stderr.readline())
        assert told is not None
        reach = ["--control", told[1], "--token-file", token]
        status = posrig("host", "ctl", "status", *reach)
        assert json.loads(status.stdout)["party"] == "host"
        snapshot = posrig("host", "ctl", "snapshot", *reach)
        assert json.loads(snapshot.stdout)["postings"] == []
        unknown = posrig("host", "ctl", "merchant", "mid=898520154110004", "status=closed", *reach)
        assert "there is no merchant 898520154110004" in unknown.stderr, "a merchant number is text"
        window = ("announce", "kind=maintenance", "from_us=+1h", "until_us=+3h")
        announced = posrig("host", "ctl", *window, *reach)
        assert announced.returncode == 0, announced.stderr
        notices = posrig("host", "ctl", "notices", "--as", "portal", *reach)
        (notice,) = json.loads(notices.stdout)["notices"]
        assert notice["stage"] == "announced" and notice["until_us"] - notice["from_us"] == 2 * 3600 * 1_000_000
        refused = posrig("host", "ctl", "cause", "behaviour=no_such_thing", *reach)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "cause was refused" in refused.stderr
        assert posrig("host", "ctl", "stop", *reach).returncode == 0
        assert running.wait(timeout=20) == 0
        assert running.stdout.read() == "", "standard output is one line"
    gone = posrig("host", "ctl", "status", *reach)
    assert gone.returncode == 2
    assert told[1] in gone.stderr


@pytest.mark.parametrize(
    ("started", "zh", "en"),
    [
        (("terminal", "--fault", "nosuch"), "没有故障 nosuch", "there is no fault nosuch"),
        (("host", "--store", "nosuch://x"), "无法识别存储地址", "cannot understand the store URL"),
    ],
)
def test_a_process_that_cannot_start_says_so_in_one_language(started: tuple[str, ...], zh: str, en: str) -> None:
    for lang, says, silent in (("zh", zh, en), ("en", en, zh)):
        refused = posrig(*started, "--lang", lang)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert says in refused.stderr and silent not in refused.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gbk"])
def test_where_the_terminal_has_no_chinese_the_words_are_escaped_and_nothing_ends(encoding: str) -> None:
    environment = {**ENVIRONMENT, "PYTHONIOENCODING": encoding}
    run = [*POSRIG, "decode", "0800 0020000000000000 000001"]  # names in both languages, always
    done = subprocess.run(run, capture_output=True, timeout=50, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "签到 / sign-in".encode(encoding, "backslashreplace") in done.stdout


def test_a_terminal_is_ready_on_a_pty_and_stops_on_a_signal() -> None:
    with process("terminal", "--ready", "--seed", "5") as running:
        assert running.stdout is not None
        ready = re.fullmatch(r"ready on (/dev/\S+)\n", running.stdout.readline())
        assert ready is not None
        assert Path(ready[1]).is_char_device()
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=20) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("host", "--listen", "192.0.2.1:80", "--store", "memory"), "192.0.2.1:80"),
        (("terminal", "--serial", "/dev/no-such-port"), "/dev/no-such-port"),
        (("terminal", "--fault", "drap:frame=1"), "drap"),
        (("terminal", "--ready", "--host", "127.0.0.1:9"), "--terminal"),
    ],
)
def test_what_cannot_be_started_is_usage(arguments: tuple[str, ...], says: str) -> None:
    done = posrig(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_is_also_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli", "--version"], capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.returncode, done.stdout[:7]) == (0, "posrig ")


def test_a_reader_that_goes_away_is_no_error() -> None:
    line = " ".join([*(f"'{part}'" for part in POSRIG), "host", "--help"])
    done = subprocess.run(
        ["bash", "-c", f"{line} | head -1"], capture_output=True, text=True, timeout=20, env=ENVIRONMENT, check=False
    )
    assert done.stdout.startswith("Usage: ")
    assert done.stderr == ""
