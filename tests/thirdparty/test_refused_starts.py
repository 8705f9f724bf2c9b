"""What a host must not start with: told at once, before it listens, with place and cure, and without the key."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
from typing import TYPE_CHECKING

import pytest

from .conftest import POSRIG, ROOT

if TYPE_CHECKING:
    from pathlib import Path

KEY = "159D86C7C1F779EA29F77A6858E0DA2A"
GOOD = f"""[[merchant]]
mid = "898520154110004"
name = "A shop"
[[merchant.terminal]]
tid = "52010009"
sn = "S1"
dialect = "cup-cbc"
tmk = "{KEY}"
kcv = "6C07214E"
test_key = true
"""
MORE = f"""
[[merchant.terminal]]
tid = "52010010"
sn = "S2"
tmk = "{KEY}"
test_key = true
"""

# What is changed in GOOD + MORE, into what; then the line and the key of the message, and what else it says.
BAD_FILES = {
    "syntax": ("[[merchant]]\nmid", "[[merchant]\nmid", "line 1", "not valid TOML"),
    "string without an end": (f'"{KEY}"\nkcv', f'"{KEY}\nkcv', "line 8", "not valid TOML"),
    "key given twice": ('sn = "S1"', 'sn = "S1"\nsn = "S1"', "line 7", "not valid TOML"),
    "no merchant": (GOOD + MORE, "", "merchant", "at least one"),
    "unknown table": ("[[merchant]]\nmid", "[[merchants]]\nmid", "line 1", "merchant"),
    "unknown key of a merchant": ("name =", "nmae =", "line 3, merchant.nmae", "name"),
    "unknown key of a terminal": ("kcv", "kvc", "line 9, merchant.terminal.kvc", "kcv"),
    "short merchant number": ("898520154110004", "8985201541100", "line 2, merchant.mid", "15"),
    "number instead of a string": ('"52010009"', "52010009", "line 5, merchant.terminal.tid", "8"),
    "long terminal number": ("52010009", "520100091", "line 5, merchant.terminal.tid", "8"),
    "no serial number": ('sn = "S1"\n', "", "merchant.terminal.sn", "serial number"),
    "unknown dialect": ("cup-cbc", "cup_cbc", "line 7, merchant.terminal.dialect", "cup-cbc"),
    "odd key": (f'"{KEY}"\nkcv', f'"{KEY[:-1]}"\nkcv', "line 8, merchant.terminal.tmk", "hex digits"),
    "no hex": (f'"{KEY}"\nkcv', f'"{KEY[:-1]}X"\nkcv', "line 8, merchant.terminal.tmk", "hex digits"),
    "one component": (f'"{KEY}"\nkcv', f'["{KEY}"]\nkcv', "line 8, merchant.terminal.tmk", "two components"),
    "unequal components": (f'"{KEY}"\nkcv', f'["{KEY}", "{KEY[:16]}"]\nkcv', "line 8, merchant.terminal.tmk", "equal"),
    "other check value": ("6C07214E", "6C07214F", "line 9, merchant.terminal.kcv", "does not belong"),
    "check value too short": ("6C07214E", "6C", "line 9, merchant.terminal.kcv", "4 to 16"),
    "not marked": ('6C07214E"\ntest_key = true', '6C07214E"', "merchant.terminal.test_key", "test_key = true"),
    "marked as none": ('6C07214E"\ntest_key = true', '6C07214E"\ntest_key = false', "line 10", "test_key = true"),
    "marked in words": ('6C07214E"\ntest_key = true', '6C07214E"\ntest_key = "true"', "line 10", "test_key = true"),
    "terminal twice": ("52010010", "52010009", "line 13, merchant.terminal.tid", "twice"),
    "device twice": ('"S2"', '"S1"', "line 14, merchant.terminal.sn", "twice"),
}


def refused(folder: Path, *options: str) -> tuple[int, str]:
    """Exit status and standard error of a host that does not start."""
    command = [*POSRIG, "host", "--listen", "127.0.0.1:0", "--store", "memory", *options]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=30, check=False)
    assert run.stdout == b"", "it listened"
    said = run.stderr.decode()
    assert "Traceback" not in said
    return run.returncode, said


@pytest.mark.parametrize(("old", "new", "place", "says"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file(tmp_path: Path, old: str, new: str, place: str, says: str) -> None:
    file = tmp_path / "shop.toml"
    assert old in GOOD + MORE
    file.write_text((GOOD + MORE).replace(old, new, 1))
    status, said = refused(tmp_path, "--provision", str(file))
    assert status == 2
    assert "shop.toml" in said and place in said and says in said
    assert KEY[:8] not in said and KEY[8:16] not in said


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    assert refused(tmp_path, "--provision", str(file))[0] == 2
    assert refused(tmp_path, "--provision", str(tmp_path))[0] == 2
    file.write_bytes(b"\xff\xfe[")
    status, said = refused(tmp_path, "--provision", str(file))
    assert status == 2 and "UTF-8" in said


def good(folder: Path) -> tuple[str, str]:
    (folder / "shop.toml").write_text(GOOD)
    return "--provision", str(folder / "shop.toml")


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        status, said = refused(tmp_path, *good(tmp_path), "--listen", address)
    assert status == 2 and address in said and "another port" in said


def test_a_database_of_another_program(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("create table invoices (number)")
    other.close()
    before = (tmp_path / "other.db").read_bytes()
    status, said = refused(tmp_path, *good(tmp_path), "--store", f"sqlite:///{tmp_path}/other.db")
    assert status != 0 and "another program" in said
    assert (tmp_path / "other.db").read_bytes() == before


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("remember the milk " * 100)
    status, said = refused(tmp_path, *good(tmp_path), "--store", str(tmp_path / "notes.txt"))
    assert status != 0 and "no database" in said


def test_postgresql_that_is_not_there_or_has_no_driver(tmp_path: Path) -> None:
    url = "postgresql://shop:sesame@127.0.0.1:1/posrig"
    status, said = refused(tmp_path, *good(tmp_path), "--store", url)
    assert status != 0 and "sesame" not in said
    assert "posrig[postgresql]" in said or "refused" in said


def test_a_store_of_no_known_kind(tmp_path: Path) -> None:
    status, said = refused(tmp_path, *good(tmp_path), "--store", "leveldb:///x")
    assert status != 0 and "sqlite:///FILE" in said
