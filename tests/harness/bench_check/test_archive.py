"""How the single file begins: unpacked once, whole or anew, beside others that start at the same time.

What is built and run for real is in tests/counter/archive.py.
"""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import io
import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PARTS = Path(__file__).resolve().parents[3] / "tools" / "archive"
FILES = {"lib/harness/one.py": b"ONE = 1\n" * 500, "lib/native.cp30-x.so": b"\x00", "LICENSES.txt": b"all of them\n"}
"""The second is for a Python that this is not."""


def load_start() -> Any:
    spec = importlib.util.spec_from_file_location("posrig_start", PARTS / "posrig_start.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(PARTS))  # as an archive that runs is its own first folder
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(PARTS))
    return module


@pytest.fixture
def start() -> Iterator[Any]:
    module = load_start()
    yield module
    for file in module._held:
        file.close()


def listing(files: dict[str, bytes]) -> bytes:
    listed = {
        name: (len(data), hashlib.sha256(data).hexdigest(), "cp30" if "cp30" in name else "")
        for name, data in files.items()
    }
    return json.dumps({"files": listed, "packages": []}).encode()


def name_of(version: str = "1", files: dict[str, bytes] = FILES) -> str:
    return f"bench-check-{version}-{hashlib.sha256(listing(files)).hexdigest()[:16]}-cp311"


def archive_at(path: Path, files: dict[str, bytes] = FILES, contents: bytes | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
        packed.writestr("contents.json", listing(files) if contents is None else contents)
    return path


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


# unpacking ------------------------------------------------------------------------------------------------------


def test_it_is_unpacked_once(start: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive, cache = archive_at(tmp_path / "a.pyz"), tmp_path / "deep" / "cache"
    folder = start.place(archive, name_of(), cache)
    assert (folder / "lib/harness/one.py").read_bytes() == FILES["lib/harness/one.py"]
    assert not (folder / "lib/native.cp30-x.so").exists()
    assert "解包" in (said := told(capsys)) and "Unpacking" in said
    archive.unlink()  # the second start does not even look at it
    assert start.place(archive, name_of(), cache) == folder
    assert told(capsys) == ""
    assert [entry.name for entry in cache.iterdir()] == [name_of()]


@pytest.mark.parametrize("what", ["shorter", "longer", "gone", "no list", "other list", "no mark"])
def test_a_broken_folder_is_made_anew(start: Any, tmp_path: Path, what: str) -> None:
    archive, cache = archive_at(tmp_path / "a.pyz"), tmp_path / "cache"
    start.unpack(archive, cache / name_of())
    one = cache / name_of() / "lib/harness/one.py"
    match what:
        case "shorter":
            one.write_bytes(b"")
        case "longer":
            one.write_bytes(one.read_bytes() + b"\n")
        case "gone":
            one.unlink()
        case "no list":
            (cache / name_of() / "contents.json").unlink()
        case "other list":
            (cache / name_of() / "contents.json").write_bytes(b"{}")
        case "no mark":
            (cache / name_of() / "in-use").unlink()
            one.unlink()
    folder = start.place(archive, name_of(), cache)
    assert (folder / "lib/harness/one.py").read_bytes() == FILES["lib/harness/one.py"]
    assert [entry.name for entry in cache.iterdir()] == [name_of()]


def test_octets_that_changed_are_found_where_all_are_compared(start: Any, tmp_path: Path) -> None:
    archive, cache = archive_at(tmp_path / "a.pyz"), tmp_path / "cache"
    start.unpack(archive, cache / name_of())
    one = cache / name_of() / "lib/harness/one.py"
    one.write_bytes(one.read_bytes().replace(b"1", b"2"))
    folder = start.place(archive, name_of(), cache, whole=True)
    assert (folder / "lib/harness/one.py").read_bytes() == FILES["lib/harness/one.py"]


def test_several_that_start_at_once_share_one_folder(tmp_path: Path) -> None:
    archive, cache = archive_at(tmp_path / "a.pyz"), tmp_path / "cache"
    found: list[Path] = []
    started = threading.Barrier(6)

    def begin(module: Any) -> None:
        started.wait()
        found.append(module.place(archive, name_of(), cache))

    modules = [load_start() for _ in range(6)]
    threads = [threading.Thread(target=begin, args=(module,)) for module in modules]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [cache / name_of()] * 6
    assert modules[0].intact(cache / name_of(), name_of(), whole=True)
    assert [entry.name for entry in cache.iterdir()] == [name_of()]
    for module in modules:
        for file in module._held:
            file.close()


def test_old_versions_go_but_none_in_use(start: Any, tmp_path: Path) -> None:
    archive, cache = archive_at(tmp_path / "a.pyz"), tmp_path / "cache"
    for age in range(6):
        start.unpack(archive, cache / name_of(f"0.{age}"))
        os.utime(cache / name_of(f"0.{age}") / "in-use", (1_000_000 - age, 1_000_000 - age))
    used = start.hold(cache / name_of("0.5"))
    os.utime(cache / name_of("0.5") / "in-use", (1, 1))  # a check that has run since the day before yesterday
    (cache / ".old-1").mkdir()
    (cache / ".new-1").mkdir()
    os.utime(cache / ".new-1", (1, 1))
    (cache / ".new-2").mkdir()  # being filled just now
    (cache / "notes").mkdir()  # somebody else's
    start.place(archive, name_of("1.0"), cache)
    left = {entry.name for entry in cache.iterdir()}
    assert left == {".new-2", "notes", *(name_of(one) for one in ("0.0", "0.1", "0.5", "1.0"))}
    used.close()


def test_a_cache_that_cannot_be_written_is_told_in_a_line_of_each_language(
    start: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    folder = start.place(archive_at(tmp_path / "a.pyz"), name_of(), tmp_path / "file" / "cache")
    assert folder.parent == tmp_path / "temporary"
    assert (folder / "lib/harness/one.py").exists()
    lines = told(capsys).splitlines()
    assert "临时目录" in lines[0] and "temporary folder" in lines[1] and len(lines) == 4


def test_a_full_disk_is_told_and_leaves_nothing(start: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(start, "write_durably", full)
    with pytest.raises(start.CannotStart) as caught:
        start.place(archive_at(tmp_path / "a.pyz"), name_of(), tmp_path / "cache")
    assert "磁盘已满" in caught.value.said[0] and "disk is full" in caught.value.said[1]
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("where", ["contents", "file", "list"])
def test_a_damaged_copy_is_told(start: Any, tmp_path: Path, where: str) -> None:
    archive = archive_at(tmp_path / "a.pyz", contents=b"[" if where == "list" else None)
    if where != "list":
        data = bytearray(archive.read_bytes())
        with zipfile.ZipFile(io.BytesIO(bytes(data))) as packed:
            entry = packed.getinfo("contents.json" if where == "contents" else "lib/harness/one.py")
        for octet in range(20):
            data[entry.header_offset + 30 + len(entry.filename) + octet] ^= 0x55
        archive.write_bytes(data)
    with pytest.raises(start.CannotStart) as caught:
        start.place(archive, name_of(), tmp_path / "cache")
    assert "损坏" in caught.value.said[0] and "damaged" in caught.value.said[1]
    assert [entry.name for entry in (tmp_path / "cache").iterdir()] == []


def test_where_there_are_no_locks_a_folder_is_renamed_away_all_the_same(
    start: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows: there an open file keeps the folder from being renamed, which only Windows can show."""
    monkeypatch.setattr(start, "LOCKS", False)
    archive, cache = archive_at(tmp_path / "a.pyz"), tmp_path / "cache"
    folder = start.place(archive, name_of(), cache)
    (folder / "lib/harness/one.py").unlink()
    assert start.intact(start.place(archive, name_of(), cache), name_of())


# where and on what ----------------------------------------------------------------------------------------------


def test_each_system_has_its_cache(start: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", classmethod(lambda cls: tmp_path))
    assert start.cache_folder("linux", {}) == tmp_path / ".cache/posrig"
    assert start.cache_folder("linux", {"XDG_CACHE_HOME": "/run/cache"}) == Path("/run/cache/posrig")
    assert start.cache_folder("linux", {"XDG_CACHE_HOME": "not/absolute"}) == tmp_path / ".cache/posrig"
    assert start.cache_folder("darwin", {}) == tmp_path / "Library/Caches/posrig"
    assert start.cache_folder("win32", {}) == tmp_path / "AppData/Local/posrig/Cache"
    assert start.cache_folder("win32", {"LOCALAPPDATA": "/x"}) == Path("/x/posrig/Cache")


def test_a_file_for_another_system_is_known(start: Any) -> None:
    assert start.fits("linux", "linux", 2**63 - 1) and start.fits("windows", "win32", 2**63 - 1)
    assert not start.fits("windows", "win32", 2**31 - 1)  # a Python of 32 bits
    assert not start.fits("windows", "linux", 2**63 - 1) and not start.fits("linux", "darwin", 2**63 - 1)


@pytest.mark.parametrize(
    ("encoding", "chinese"), [("utf-8", True), ("cp936", True), ("cp437", False), ("ascii", False)]
)
def test_what_is_said_can_be_shown(start: Any, monkeypatch: pytest.MonkeyPatch, encoding: str, chinese: bool) -> None:
    octets = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(octets, encoding=encoding, write_through=True))
    start.tell(start.FULL, place="D:/", size=50)
    said = octets.getvalue().decode(encoding)
    assert ("磁盘已满" in said) == chinese and "The disk is full" in said and "50 MB" in said


def test_only_a_double_click_on_windows_waits_for_enter(start: Any) -> None:
    assert not start.own_window("linux", {}, [])
    assert not start.own_window("win32", {}, ["--list"])
    assert not start.own_window("win32", {"PROMPT": "$P$G"}, [])


def test_a_python_that_is_too_old_is_told_so() -> None:
    """The file itself, with the version put up: which old Pythons can read it is for those that have them to show."""
    code = (
        f"import runpy, sys; sys.version_info = (3, 9, 2, 'final', 0); runpy.run_path({str(PARTS / '__main__.py')!r})"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, env={"PYTHONIOENCODING": "utf-8"}, timeout=20
    )
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 3 and "Python 3.11" in lines[0] and "3.9" in lines[0] and "3.9" in lines[1]
