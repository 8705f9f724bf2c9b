"""No test is forgotten: what pytest does not find by itself is named in `.ci/run`."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HAS_TESTS = re.compile(r"^def test_", re.MULTILINE)


def test_every_file_whose_tests_are_not_collected_is_a_step_of_its_own() -> None:
    steps = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    named = set(re.findall(r"tests/[\w/]+\.py", steps))
    files = {
        str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("*.py") if not path.name.startswith("test_")
    }
    holding = {name for name in files if HAS_TESTS.search((ROOT / name).read_text(encoding="utf-8"))}
    assert holding, "the pattern finds tests"
    assert holding - named == set()
