"""Programs of others read our card as they read any: opensc-tool, pcsc_scan, and the `emv` tool, each through the PC/SC
service that `posrig card serve --private` brings."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
FOLDER = Path(os.environ.get("POSRIG_PCSC_PROGRAMS") or CACHE / "posrig" / "pcsc-programs")
READER = "posrig virtual reader 00 00"
SELECT_PSE = "00:A4:04:00:0E:31:50:41:59:2E:53:59:53:2E:44:44:46:30:31:00"


class Service:
    def __init__(self, socket: str) -> None:
        self.environment: dict[str, str] = {**os.environ, "PCSCLITE_CSOCK_NAME": socket, "LC_ALL": "C.UTF-8"}

    def run(self, *command: str, status: int | None = 0) -> str:
        ran = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=50,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert status is None or ran.returncode == status, (ran.stdout, ran.stderr)
        return ran.stdout


@contextmanager
def served(*words: str) -> Iterator[Service]:
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", "card", "serve", "--private", *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        export = process.stdout.readline().strip()
        assert export.startswith("export PCSCLITE_CSOCK_NAME="), export
        service = Service(export.partition("=")[2])
        assert process.stdout.readline().startswith("ready on ")
        end = time.monotonic() + 10
        while "Yes" not in service.run("opensc-tool", "-l"):
            assert time.monotonic() < end, "the reader sees no card"
        yield service
    finally:
        process.communicate("quit\n", timeout=20)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("words", "atr", "reader"),
    [
        (("debit",), "3b:60:00:00", READER),
        (("debit", "--protocol", "t1"), "3b:e0:00:00:81:31:fe:45:eb", READER),
        (("debit", "--tap"), "3b:80:80:01:01", "posrig virtual PICC 00 00"),
    ],
)
def test_opensc_tool_reads_atr_and_commands(words: tuple[str, ...], atr: str, reader: str) -> None:
    directory = SELECT_PSE if "--tap" not in words else SELECT_PSE.replace(":31:50", ":32:50", 1)
    with served(*words) as service:
        assert service.run("opensc-tool", "-r", reader, "-a").strip() == atr
        said = service.run("opensc-tool", "-r", reader, "-s", directory)
    assert "Received (SW1=0x90, SW2=0x00)" in said
    assert "PAY.SYS.DDF" in said.replace("\n", "")


def test_opensc_tool_reads_the_published_card() -> None:
    with served("pboc-test") as service:
        said = service.run("opensc-tool", "-r", READER, "-s", SELECT_PSE, "-s", "00:B2:01:0C:00")
    assert "70 2B 61 29 4F 08 A0 00 00 03 33 01 01 01 50 0B" in said, "the record as it is published"


def test_pcsc_scan_sees_readers_and_card() -> None:
    with served("credit") as service:
        assert READER in service.run("timeout", "20", "pcsc_scan", "-r")
        said = service.run("timeout", "20", "pcsc_scan", "-c")
    assert "Card inserted" in said and "3B 60 00 00" in said


def test_the_emv_tool_lists_applications() -> None:
    with served("two-applications") as service:
        said = service.run(str(FOLDER / "bin" / "emvtool"), "listapps")
    assert "A0 00 00 03 33 01 01 01" in said and "A0 00 00 03 33 01 01 02" in said
    assert "UnionPay Debit" in said and "UnionPay Credit" in said


def test_the_emv_tool_reads_a_whole_card() -> None:
    """A card of 16 digits without PDOL: with 19 the tool fails to show the F behind them, and it cannot fill a PDOL."""
    with served("foreign") as service:
        emvtool = str(FOLDER / "bin" / "emvtool")
        info = service.run(emvtool, "info")
        data = service.run(emvtool, "appdata", "0")
    for said in (info, data):
        assert "4761730000000011" in said
    assert "AFL" in data
