"""What the bench check reaches, by the imports that stand in the sources: those of functions too, unless a module says
that only a type checker reads them.

Read line by line: to parse five hundred modules takes ten times as long.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
OURS = ("harness", "protocols")
IMPORT = re.compile(r"(?P<indent> *)(?:import (?P<modules>[\w., ]+)|from (?P<base>[\w.]+) import (?P<names>[^#\n]+))")
CHECKED_ONLY = re.compile(r"(?P<indent> *)if TYPE_CHECKING:")


@cache
def file_of(module: str) -> Path | None:
    """The source of a module of ours, None for what is no module."""
    place = ROOT.joinpath(*module.split("."))
    found = (one for one in (place.with_suffix(".py"), place / "__init__.py") if one.is_file())
    return next(found, None)


def is_ours(module: str) -> bool:
    return module.partition(".")[0] in OURS


def imports_of(module: str) -> set[str]:
    """All modules that the source of `module` names in imports."""
    path = file_of(module)
    if path is None:
        return set()
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    found: set[str] = set()
    skipped_within = -1
    # An import over several lines becomes one line.
    text = re.sub(r"import \(\s*([^)]*)\)", lambda one: "import " + " ".join(one[1].split()), path.read_text("utf-8"))
    for line in text.splitlines():
        if skipped_within >= 0 and line.strip() and len(line) - len(line.lstrip()) <= skipped_within:
            skipped_within = -1
        if (only := CHECKED_ONLY.match(line)) is not None:
            skipped_within = len(only["indent"])
        if skipped_within >= 0 or (one := IMPORT.match(line)) is None:
            continue
        if one["modules"]:
            found.update(name.split(" as ")[0].strip() for name in one["modules"].split(","))
            continue
        dots = len(one["base"]) - len(one["base"].lstrip("."))
        base = [*(package[: len(package) - dots + 1] if dots else []), *filter(None, [one["base"].lstrip(".")])]
        whole = ".".join(base)
        found.add(whole)
        names = [name.split(" as ")[0].strip() for name in one["names"].split(",")]
        found.update(f"{whole}.{name}" for name in names if name and is_ours(whole) and file_of(f"{whole}.{name}"))
    return found


@cache
def reached() -> frozenset[str]:
    """Modules of ours and of others that anything in `harness.bench_check` may import, directly or through ours."""
    own = sorted((ROOT / "harness" / "bench_check").rglob("*.py"))
    waiting = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in own]
    found: set[str] = set()
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            parts = module.split(".")
            waiting += [".".join(parts[:end]) for end in range(1, len(parts))]
            waiting += imports_of(module) if is_ours(module) else ()
    return frozenset(found)
