"""The pytest plugin from the wheel, in projects of somebody else: one plain, and two with packages of our names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import ForeignProject

PYTEST = {"pytest": ["-c", "import pytest, sys; sys.path.pop(0); sys.exit(pytest.main())"], "python -m pytest": []}
"""As the command `pytest` the current folder is not on the path; with `python -m` it is the first place on it."""
LOAD_LIMIT_US = 10_000
USES = "def test_sale(posrig_rig):\n    assert posrig_rig.sale(1_00).done\n"


def arguments(how: str, *more: str) -> list[str]:
    return [*(PYTEST[how] or ["-m", "pytest"]), "-p", "no:cacheprovider", *more]


def with_package(project: ForeignProject, name: str, layout: str) -> None:
    """A package of theirs, used by a test of theirs."""
    package = project.folder / name
    package.mkdir()
    (package / "__init__.py").write_text("VALUE = 42\n", encoding="utf-8")
    tests = project.folder / "tests" if layout == "tests" else project.folder
    tests.mkdir(exist_ok=True)
    (project.folder / "conftest.py").write_text("", encoding="utf-8")  # puts their folder on the path
    text = f"from {name} import VALUE\n\ndef test_theirs() -> None:\n    assert VALUE == 42\n"
    (tests / "test_theirs.py").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("how", PYTEST)
def test_the_five_lines_of_the_documentation(how: str, foreign_project: ForeignProject, repository: Path) -> None:
    page = (repository / "docs" / "pytest.md").read_text(encoding="utf-8")
    example = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]
    assert len(example.splitlines()) == 5
    (foreign_project.folder / "test_sale.py").write_text(example, encoding="utf-8")
    done = foreign_project.run(*arguments(how))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


@pytest.mark.parametrize("how", PYTEST)
@pytest.mark.parametrize("name", ["harness", "protocols"])
@pytest.mark.parametrize("layout", ["tests", "flat"])
def test_a_project_with_a_package_of_our_name_works(
    layout: str, name: str, how: str, foreign_project: ForeignProject
) -> None:
    with_package(foreign_project, name, layout)
    done = foreign_project.run(*arguments(how))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


@pytest.mark.parametrize("how", PYTEST)
@pytest.mark.parametrize("name", ["harness", "protocols"])
def test_its_tests_of_posrig_fail_with_one_sentence_that_names_the_clash(
    name: str, how: str, foreign_project: ForeignProject
) -> None:
    with_package(foreign_project, name, "flat")
    (foreign_project.folder / "test_ours.py").write_text(USES, encoding="utf-8")
    done = foreign_project.run(*arguments(how))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 passed, 1 error" in done.stdout
    body = done.stdout.split("ERROR at setup of test_sale")[1].split("short test summary")[0]
    lines = [line for line in body.splitlines() if line.strip(" _=")]
    place = foreign_project.folder.resolve() / name
    clash = f"posrig cannot be used here: the package {name} in {place} has the name of posrig's own; "
    assert lines == [clash + "rename yours, or keep the tests that use posrig in a project without it."]


def test_a_suite_that_does_not_use_the_plugin_pays_less_than_10_ms(foreign_project: ForeignProject) -> None:
    code = (
        "import pytest, time; began = time.perf_counter_ns(); import posrig_pytest; "
        "print((time.perf_counter_ns() - began) // 1000)"
    )
    costs = []
    for _ in range(5):
        done = foreign_project.run("-c", code)
        assert done.returncode == 0, done.stderr
        costs.append(int(done.stdout))
    assert min(costs[1:]) < LOAD_LIMIT_US  # the first one compiles it
