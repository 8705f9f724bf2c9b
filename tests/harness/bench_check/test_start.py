"""What is imported before something is on the screen: the laptop is slow, and the technician looks at it."""

from __future__ import annotations

import subprocess
import sys

FIRST_LINE = {"", ".bench_check", ".bench_check.main", ".bench_check.display", ".bench_check.language"}
HELP = FIRST_LINE | {".bench_check.parser", ".bench_check.option_words"}
SLOW = {"asyncio", "shutil", "json", "logging", "subprocess", "socket", "tempfile", "importlib.metadata", "decimal"}
"""Parts of the standard library that cost milliseconds each."""


def imported_by(code: str, *words: str) -> set[str]:
    """What `main` has imported, said by itself."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; import harness.bench_check.main as m\n{code}", *words],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    return set(done.stderr.split())


def of_ours(names: set[str]) -> set[str]:
    return {name.removeprefix("harness") for name in names if name.partition(".")[0] == "harness"}


def test_the_first_line_waits_for_nothing() -> None:
    names = imported_by("m._run = lambda *_: print(*sys.modules, file=sys.stderr) or 0; m.main(sys.argv[1:])", "--yes")
    assert of_ours(names) == FIRST_LINE
    assert names.isdisjoint(SLOW | {"argparse", "construct", "serial", "rich"})


def test_help_waits_for_its_words_only() -> None:
    names = imported_by("m.main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)", "--help")
    assert of_ours(names) == HELP
    assert names.isdisjoint(SLOW | {"construct", "serial", "rich"})
