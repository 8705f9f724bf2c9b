"""What a project that uses posrig gets: one wheel with two packages and the fixture data, and nothing else."""

from __future__ import annotations

import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from .conftest import ForeignProject

HEAVY = [
    "construct",
    "cryptography",
    "sqlalchemy",
    "aiohttp",
    "pydantic",
    "rich",
    "jinja2",
    "click",
    "serial",
    "textual",
    "protocols",
]


def test_both_packages_are_marked_as_typed(repository: Path) -> None:
    assert (repository / "harness" / "py.typed").is_file()
    assert (repository / "protocols" / "py.typed").is_file()


def test_every_folder_of_a_package_is_a_package(repository: Path) -> None:
    folders = {path.parent for package in ("harness", "protocols") for path in (repository / package).rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_fixtures_are_data(repository: Path) -> None:
    assert sorted((repository / "fixtures").rglob("*.py")) == []


def test_the_wheel_holds_two_packages_the_plugin_and_the_fixture_data(wheel: Path, repository: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {
        "harness",
        "protocols",
        "posrig_pytest.py",
        "posrig-0.1.0.dist-info",
    }
    fixtures = {
        f"harness/_fixtures/{path.relative_to(repository / 'fixtures').as_posix()}"
        for path in (repository / "fixtures").rglob("*")
        if path.is_file()
    }
    assert fixtures
    assert {name for name in names if name.startswith("harness/_fixtures/")} == fixtures
    for package in ("harness", "protocols"):
        sources = {path.relative_to(repository).as_posix() for path in (repository / package).rglob("*.py")}
        assert sources <= set(names)
        assert f"{package}/py.typed" in names


def test_the_lock_holds_names_and_versions_and_covers_what_is_declared(repository: Path) -> None:
    lines = (repository / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line)] == []
    pinned = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in pins}
    declared = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *declared["build-system"]["requires"],
        *declared["project"]["dependencies"],
        *(item for group in declared["project"]["optional-dependencies"].values() for item in group),
        *declared["dependency-groups"]["dev"],
    ]
    names = {re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", item)[0]).lower() for item in wanted}
    assert names - pinned == set()


def test_the_wheel_works_without_the_checkout(foreign_project: ForeignProject, repository: Path) -> None:
    code = "import protocols, harness.fixtures as f; print(f.__file__, protocols.__file__, f.fixtures_dir())"
    done = foreign_project.run("-c", code)
    assert done.returncode == 0, done.stderr
    assert str(repository) not in done.stdout
    assert "_fixtures" in done.stdout


def test_a_foreign_test_suite_runs_with_the_plugin_loaded(foreign_project: ForeignProject) -> None:
    (foreign_project.folder / "test_theirs.py").write_text(
        "def test_theirs() -> None:\n    assert True\n", encoding="utf-8"
    )
    done = foreign_project.run("-m", "pytest", "--trace-config", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert "posrig_pytest" in done.stdout


def test_a_foreign_test_suite_pays_nothing_for_the_plugin(foreign_project: ForeignProject) -> None:
    code = "import sys, pytest; old = set(sys.modules); import {}; print(*set(sys.modules) - old)"
    done = foreign_project.run("-c", code.format("posrig_pytest"))
    assert done.returncode == 0, done.stderr
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "posrig_pytest" in loaded
    assert loaded.isdisjoint({*HEAVY, "harness"})
    done = foreign_project.run("-c", code.format("harness.pytest_plugin"))
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "harness" in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize(
    ("argument", "status", "says"), [("--help", 0, "Usage: tools/setup"), ("--hlep", 2, "unknown argument --hlep")]
)
def test_setup_explains_itself(argument: str, status: int, says: str, repository: Path) -> None:
    done = subprocess.run([str(repository / "tools" / "setup"), argument], capture_output=True, text=True, timeout=20)
    assert done.returncode == status
    assert says in done.stdout + done.stderr
