"""Starts `posrig terminal` as anybody would, and writes the bench file that treats it as a device."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOKEN = "0123456789abcdef0123456789abcdef"
READY_S = 30.0
SN = "POSRIG02000001"
ALL = ("settle", "load_master_key", "deliver", "service", "update_software", "restore", "clear_log")
POSRIG = (sys.executable, "-c", "from harness.cli import main; main()")


@dataclass(frozen=True)
class Started:
    """The terminal's process, and where it is."""

    folder: Path
    port: str
    host: str
    control: str

    def bench_file(self, name: str = "bench.toml", **more: Any) -> Path:
        """A bench file in the folder; `more`: keys of the top, and tables, instead of the usual."""
        tables: dict[str, Any] = {
            "name": "emulated-one",
            "cable": "hands",
            "time_scale": 10_000_000,
            "allow": list(ALL),
            "port": {"address": self.port},
            "host": {"listen": self.host, "second": free_address()},
            "terminal": self.device,
            "person": {"there": False},
        }
        path = self.folder / name
        path.write_text(_toml({**tables, **more}), encoding="utf-8")
        return path

    @property
    def device(self) -> dict[str, Any]:
        """Its table in a bench file."""
        return {"sn": SN, "control": self.control, "token_file": "token", "trace": "terminal.jsonl"}


@contextmanager
def started(folder: Path, *more: str, serial: str = "pty") -> Iterator[Started]:
    """A terminal in its box (or as `more` options say), whose host is not there yet; ended at the end."""
    host, control = free_address(), free_address()
    (folder / "token").write_text(f"{TOKEN}\n", encoding="ascii")
    place = ("--serial", serial) if serial else ()
    steering = ("--control", control, "--token-file", str(folder / "token"), "--trace", str(folder / "terminal.jsonl"))
    command = [*POSRIG, "terminal", *place, "--host", host, *steering, "--card", "none", "--seed", "7", *more]
    with (folder / "stderr").open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("ready on "), (folder / "stderr").read_text()
        yield Started(folder, line.split()[2], host, control)
    finally:
        process.terminate()
        process.communicate(timeout=READY_S)


def free_address() -> str:
    """An address of this computer that nobody has now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"


def run(bench: Path, *args: str, stdin: str = "") -> tuple[int, dict[str, Any], str]:
    """`posrig run --bench`: exit status, the result file, and what it said."""
    result = bench.with_name("result.json")
    command = [*POSRIG, "run", "--bench", str(bench), "--result", str(result), "--lang", "en", *args]
    done = subprocess.run(command, capture_output=True, text=True, input=stdin, timeout=600, check=False)
    found = json.loads(result.read_text(encoding="utf-8")) if result.exists() else {}
    return done.returncode, found, done.stdout + done.stderr


def _toml(tables: Mapping[str, Any]) -> str:
    top = "".join(f"{key} = {json.dumps(value)}\n" for key, value in tables.items() if not isinstance(value, dict))
    rest = (
        f"[{name}]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in table.items())
        for name, table in tables.items()
        if isinstance(table, dict)
    )
    return top + "".join(rest)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {json.dumps(item)}" for key, item in value.items()) + " }"
    return json.dumps(value)
