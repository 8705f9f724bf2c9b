"""The single files, built and run: an empty folder, a Python with nothing installed, no network.

No part of the suite, for building asks the package index: a run of `.ci/run` has it as a step of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from harness.bench.standing import StandingTerminal

pytestmark = pytest.mark.timeout(400)
ROOT = Path(__file__).resolve().parents[2]
LINUX, WINDOWS = "linux-x86_64", "windows-x86_64"
FIRST_LINE_S = 0.5
SHOP = """
[[merchant]]
mid = "898520154110004"
name = "Test merchant"

[[merchant.terminal]]
tid = "80000001"
sn = "SN00000001"
tmk = "159D86C7C1F779EA29F77A6858E0DA2A"
test_key = true
"""
CABLE = ("computer", "port", "protocol", "cable")


def interpreters() -> dict[tuple[int, int], str]:
    """The Pythons of this machine by version: the one that runs this, and what else there is."""
    there = [*Path.home().glob(".pyenv/versions/3.*/bin/python3"), *Path("/usr/bin").glob("python3.[0-9]*")]
    found: dict[tuple[int, int], str] = {}
    for one in there:
        asked = [str(one), "-c", "import sys; print(*sys.version_info[:2])"]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=20)
        if not done.returncode:
            major, minor = done.stdout.split()
            found.setdefault((int(major), int(minor)), str(one))
    found[sys.version_info[:2]] = getattr(sys, "_base_executable", sys.executable)
    return found


PYTHONS = interpreters()
NEW = [PYTHONS[version] for version in sorted(PYTHONS) if version >= (3, 11)]
OLD = [PYTHONS[version] for version in sorted(PYTHONS) if version < (3, 11)]
HERE = PYTHONS[sys.version_info[:2]]


@cache
def without_network() -> list[str]:
    """What runs a command where there is no network but loopback; nothing where this machine allows no such thing."""
    command = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    try:
        return [] if subprocess.run([*command, "true"], capture_output=True).returncode else command
    except OSError:
        return []


def build(output: Path, wheels: Path) -> dict[str, Path]:
    words = [sys.executable, str(ROOT / "tools" / "bench_archive"), "--output", str(output), "--wheels", str(wheels)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=350)
    assert done.returncode == 0, done.stdout + done.stderr
    made = {platform: next(output.glob(f"bench-check-*-{platform}.pyz")) for platform in (LINUX, WINDOWS)}
    assert all(str(path) in done.stdout for path in made.values())
    return made


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wheels")


@pytest.fixture(scope="module")
def archives(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return build(tmp_path_factory.mktemp("archives"), wheels)


class Counter:
    """A laptop: an empty folder that nobody may write, a home of its own, and nothing else in the environment."""

    def __init__(self, folder: Path) -> None:
        self.empty = folder / "empty"
        self.home = folder / "home"
        self.empty.mkdir()
        self.home.mkdir()
        self.empty.chmod(0o555)
        self.environment: dict[str, str] = {"HOME": str(self.home), "LANG": "C.UTF-8"}
        self.options = ["-I", "-S"]
        self.encoding = "utf-8"

    @property
    def cache(self) -> Path:
        return self.home / ".cache" / "posrig"

    def start(self, archive: Path, *words: str, python: str = HERE) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*without_network(), python, *self.options, str(archive), *words],
            cwd=self.empty,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding=self.encoding,
        )

    def run(self, archive: Path, *words: str, python: str = HERE) -> subprocess.CompletedProcess[str]:
        process = self.start(archive, *words, python=python)
        out, err = process.communicate(timeout=120)
        assert list(self.empty.iterdir()) == []
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def check(self, archive: Path, port: str, *words: str, python: str = HERE) -> tuple[int, dict[str, Any], str]:
        """Exit status, findings by check, standard error."""
        done = self.run(archive, "--port", port, "--yes", "--no-record", "--json", "-", *words, python=python)
        try:
            findings = json.loads(done.stdout)["checks"]
        except ValueError:
            raise AssertionError(done.stdout + done.stderr) from None
        return done.returncode, {one["id"]: one for one in findings}, done.stderr


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


@pytest.fixture
def terminal() -> Iterator[StandingTerminal]:
    with StandingTerminal() as standing:
        yield standing


# what is in it --------------------------------------------------------------------------------------------------


def test_same_inputs_same_octets(archives: dict[str, Path], wheels: Path, tmp_path: Path) -> None:
    again = build(tmp_path, wheels)
    for platform, path in archives.items():
        assert again[platform].read_bytes() == path.read_bytes()


@pytest.mark.parametrize("platform", [LINUX, WINDOWS])
def test_no_address_of_a_package_index_is_inside(archives: dict[str, Path], platform: str) -> None:
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    words = [word.strip("'\"") for word in listed.replace("=", " ").split()]
    hosts = {urlsplit(word).netloc for word in [*words, *os.environ.values()] if "://" in word} - {""}
    with zipfile.ZipFile(archives[platform]) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            assert [host for host in hosts if host.encode() in data] == [], name


@pytest.mark.parametrize("platform", [LINUX, WINDOWS])
def test_each_part_brings_its_licence(archives: dict[str, Path], platform: str) -> None:
    with zipfile.ZipFile(archives[platform]) as archive:
        said = archive.read("LICENSES.txt").decode()
        parts = json.loads(archive.read("contents.json"))["packages"]
        known = {name.split("/")[1] for name in archive.namelist() if ".dist-info/" in name}
    assert len(parts) == len(known) and len({part["name"] for part in parts}) > 10
    for part in parts:
        head = f"{part['name']} {part['version']}: {part['licence']}\n"
        assert len(said.partition(head)[2].partition("=" * 100 + "\n\n")[2].partition("=" * 100)[0]) > 500, part


# running it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("python", NEW)
def test_a_bare_python_checks_a_terminal(
    archives: dict[str, Path], counter: Counter, terminal: StandingTerminal, python: str
) -> None:
    first = counter.run(archives[LINUX], "--version", python=python)
    assert first.returncode == 0 and first.stdout.startswith("posrig 0.") and "Unpacking" in first.stderr
    assert counter.run(archives[LINUX], "--help", python=python).returncode == 0
    listed = counter.run(archives[LINUX], "--list", "--lang", "zh", python=python)
    assert listed.returncode == 0 and listed.stderr == "" and "线缆" in listed.stdout
    status, findings, said = counter.check(archives[LINUX], terminal.port, python=python)
    assert status in (0, 1) and "Unpacking" not in said
    assert [findings[one]["verdict"] for one in CABLE] == ["pass"] * len(CABLE)
    assert "fail" not in {one["verdict"] for one in findings.values()}


@pytest.mark.parametrize("python", NEW)
def test_where_no_native_part_will_load_the_rest_runs(
    archives: dict[str, Path], counter: Counter, terminal: StandingTerminal, python: str
) -> None:
    """The file for Windows, on Linux: none of its native parts is of use there."""
    status, findings, said = counter.check(archives[WINDOWS], terminal.port, python=python)
    assert status in (0, 1) and "made for 64-bit Python on Windows" in said and "无法检查" in said
    assert [findings[one]["verdict"] for one in CABLE] == ["pass"] * len(CABLE)
    assert "fail" not in {one["verdict"] for one in findings.values()}


def test_each_code_page_shows_what_it_can(
    archives: dict[str, Path], counter: Counter, terminal: StandingTerminal
) -> None:
    counter.options = ["-s", "-S"]
    for page, chinese in {"cp936": True, "utf-8": True, "cp437": False, "cp1252": False}.items():
        counter.encoding = page
        counter.environment |= {"PYTHONIOENCODING": page, "LANG": "zh_CN"}
        for words in (["--list"], ["--port", terminal.port, "--yes", "--no-record"], ["--port", "/dev/none"]):
            done = counter.run(archives[LINUX], *words)
            assert done.returncode in (0, 1, 3) and "Error" not in done.stderr, done.stderr
            assert ("检查" in done.stdout) == chinese
            assert "???" not in done.stdout  # English where there is no Chinese, not what is left of it


def test_the_record_is_written_without_native_parts(
    archives: dict[str, Path], counter: Counter, terminal: StandingTerminal, tmp_path: Path
) -> None:
    words = ("--port", terminal.port, "--yes", "--record", str(tmp_path / "records"))
    done = counter.run(archives[WINDOWS], *words)
    assert done.returncode in (0, 1), done.stderr
    pages = list((tmp_path / "records").glob("*.html"))
    assert len(pages) == 1 and "<svg" in pages[0].read_text(encoding="utf-8")  # the QR code


def test_what_needs_a_native_part_is_not_possible_and_says_so(
    archives: dict[str, Path], counter: Counter, tmp_path: Path
) -> None:
    drill = counter.run(archives[WINDOWS], "--drill", "1", "--lang", "en")
    assert drill.returncode == 3 and "not possible on this computer" in drill.stdout, drill.stdout


def test_a_test_host_without_ciphers_is_not_possible_and_the_rest_is_checked(
    archives: dict[str, Path], counter: Counter, terminal: StandingTerminal, tmp_path: Path
) -> None:
    (tmp_path / "shop.toml").write_text(SHOP, encoding="utf-8")
    words = ("--local-host", str(tmp_path / "shop.toml"), "--test-sale", "0.01")
    _, findings, _ = counter.check(archives[WINDOWS], terminal.port, *words)
    assert [findings[one]["verdict"] for one in CABLE] == ["pass"] * len(CABLE)
    sale = findings["test_sale"]
    assert sale["verdict"] == "not_possible" and "lacks a part" in sale["found"]["en"], sale
    assert "fail" not in {one["verdict"] for one in findings.values()}


def test_the_drill_is_gone_through(archives: dict[str, Path], counter: Counter) -> None:
    done = counter.run(archives[LINUX], "--drill", "1", "--seed", "1", "--lang", "en")
    assert done.returncode == 1 and "Score" in done.stdout and "itself failed" not in done.stderr, done.stderr


def test_a_python_that_came_after_the_file_loses_what_is_native_and_no_more(
    archives: dict[str, Path], counter: Counter, tmp_path: Path
) -> None:
    """cryptography's own part is for all Pythons; without cffi's, which is for one, it would end the process."""
    counter.run(archives[LINUX], "--version")
    lib = shutil.copytree(next(counter.cache.iterdir()) / "lib", tmp_path / "later" / "lib")
    next(lib.glob("_cffi_backend*.so")).unlink()
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); import posrig_start;"
        "import harness.bench_check.main as m; "
        "m.main = lambda argv: __import__('protocols.ciphers').ciphers.kcv(bytes(16), '3des');"
        "posrig_start.run(Path(sys.argv[2]), [])"
    )
    code = code.replace("import harness", "sys.path.insert(0, sys.argv[2] + '/lib'); import harness")
    words = [HERE, "-I", "-S", "-c", code, str(ROOT / "tools" / "archive"), str(lib.parent)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert "ModuleNotFoundError" in done.stderr and "Panic" not in done.stderr, done.stderr


@pytest.mark.parametrize("python", OLD)
def test_a_python_that_is_too_old_says_so(archives: dict[str, Path], counter: Counter, python: str) -> None:
    done = counter.run(archives[LINUX], python=python)
    assert done.returncode == 3 and done.stdout == ""
    assert "Python 3.11 or later is needed" in done.stderr and "Traceback" not in done.stderr
    assert not counter.cache.exists()


def test_about_tells_what_is_inside_and_mends_it(archives: dict[str, Path], counter: Counter) -> None:
    counter.run(archives[LINUX], "--version")
    folder = next(counter.cache.iterdir())
    path = folder / "lib" / "harness" / "machine.py"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"e", b"f", 1))
    done = counter.run(archives[LINUX], "--about")
    assert done.returncode == 0 and "cryptography" in done.stdout and "LICENSES.txt" in done.stdout
    assert path.read_bytes() == whole


# beginning ------------------------------------------------------------------------------------------------------


def test_several_at_once_unpack_one_folder(archives: dict[str, Path], counter: Counter) -> None:
    processes = [counter.start(archives[LINUX], "--version") for _ in range(4)]
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0 and out.startswith("posrig"), err
    assert len(list(counter.cache.iterdir())) == 1


def test_whoever_is_killed_while_unpacking_harms_nobody(archives: dict[str, Path], counter: Counter) -> None:
    for delay_s in (0.1, 0.2, 0.3, 0.4):
        process = counter.start(archives[LINUX], "--version")
        time.sleep(delay_s)  # at some instant of an unpacking, which takes about half a second
        process.send_signal(signal.SIGKILL)
        process.communicate()
    done = counter.run(archives[LINUX], "--version")
    assert done.returncode == 0 and done.stdout.startswith("posrig"), done.stderr


def test_a_later_start_is_quick(
    archives: dict[str, Path], counter: Counter, terminal: StandingTerminal, record_property: Any
) -> None:
    counter.check(archives[LINUX], terminal.port)
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        process = counter.start(archives[LINUX], "--port", terminal.port, "--yes", "--no-record")
        assert process.stdout is not None and process.stdout.readline()
        taken.append(time.perf_counter() - began)
        process.communicate(timeout=60)
    record_property("first_line_s", min(taken))
    assert min(taken) < FIRST_LINE_S, taken
