"""What the tests of the architecture look at: the files of the repository, and a wheel built from them."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
NOT_OURS = {".git", ".venv", "__pycache__", "dist", "build", "report", "posrig-guide", "node_modules"}
"""Folders that hold what tools made; every other hidden folder except .ci is a tool's cache."""


@dataclass(frozen=True)
class Source:
    """One Python source of ours: `name` relative to the repository with forward slashes, its text and syntax tree."""

    name: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """Parsed anew each time: a million nodes that stay would be in the way of every collection of garbage."""
        return ast.parse(self.text, self.name)

    def may_use(self, *names: str) -> bool:
        """Whether each part of one of these dotted names stands somewhere in the text; else no tree need be made."""
        return any(all(part in self.text for part in name.split(".")) for name in names)

    @property
    def in_packages(self) -> bool:
        """Whether it travels in the wheel."""
        return self.name.startswith(("harness/", "protocols/"))


def _our_files() -> list[Path]:
    found = []
    for folder, folders, names in os.walk(REPOSITORY):
        folders[:] = [
            name for name in folders if name not in NOT_OURS and (name == ".ci" or not name.startswith((".", "report")))
        ]
        found += [Path(folder) / name for name in names if not name.endswith((".pyc", ".whl"))]
    return sorted(found)


def _is_python(path: Path) -> bool:
    if path.suffix == ".py":
        return True
    with path.open("rb") as file:
        first = file.readline(80)
    return first.startswith(b"#!") and b"python" in first


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def our_files() -> list[Path]:
    """Every file that is ours, sorted."""
    files = _our_files()
    assert any(path.name == "pyproject.toml" for path in files), "the walk lost the repository"
    return files


@pytest.fixture(scope="session")
def sources(our_files: list[Path]) -> list[Source]:
    """Every Python source that is ours: packages, tests, and the scripts of tools/."""
    found = []
    for path in our_files:
        if _is_python(path):
            found.append(Source(path.relative_to(REPOSITORY).as_posix(), path.read_text(encoding="utf-8")))
    assert any(source.in_packages for source in found), "the walk lost the packages"
    return found


def _run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", folder, REPOSITORY, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@dataclass(frozen=True)
class ForeignProject:
    """A project of somebody else that has posrig installed from the wheel; nothing of the checkout is on its path."""

    folder: Path
    python: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs its Python in its folder; the caller judges the status."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
        return subprocess.run(
            [str(self.python), *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=100,
            env=environment,
        )


@pytest.fixture(scope="session")
def foreign_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the wheel installed and, without a download, the dependencies of this environment."""
    folder = tmp_path_factory.mktemp("foreign") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    _run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    site = Path(_run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).stdout.strip())
    dependencies = Path(pytest.__file__).parents[1]
    # A folder that is named in a .pth has its own .pth files ignored, so the editable install stays invisible.
    (site / "dependencies.pth").write_text(f"{dependencies}\n", encoding="utf-8")
    return python


@pytest.fixture
def foreign_project(foreign_python: Path, tmp_path: Path) -> ForeignProject:
    """An empty project of somebody else."""
    return ForeignProject(tmp_path, foreign_python)
