"""What import contracts cannot see: clocks, chance and files that are reached through an allowed module."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Source

NOT_OF_THE_STANDARD_LIBRARY = {"protocols": {"protocols", "construct", "cryptography"}}
MACHINES = ("harness/acquirer/", "harness/terminal/", "harness/card/", "harness/driver/", "harness/machine.py")
CLOCK = "harness/clock.py"
NOW = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
NOW |= {f"datetime.{name}" for name in NOW}
CHANCE = {"uuid.uuid1", "uuid.uuid4", "os.urandom", "os.getrandom", "random.SystemRandom"}
SOCKETS = {
    f"asyncio.{name}" for name in ("open_connection", "start_server", "open_unix_connection", "start_unix_server")
}
FILES = {"open", "os.open", "io.open", "os.environ", "os.getenv"}


def dotted(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, `a.b.c`) of every chain of plain names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            names: list[str] = []
            at: ast.expr = node
            while isinstance(at, ast.Attribute):
                names.append(at.attr)
                at = at.value
            if isinstance(at, ast.Name):
                yield node.lineno, ".".join([at.id, *reversed(names)])


def uses(tree: ast.AST, names: set[str]) -> list[str]:
    """`line: name` of every use of one of `names`."""
    return sorted({f"{line}: {name}" for line, name in dotted(tree) if name in names})


def global_randomness(tree: ast.AST) -> list[str]:
    """Uses of the generator that `random` shares, and generators without a seed."""
    shared = [(line, name) for line, name in dotted(tree) if name.startswith("random.")]
    found = [f"{line}: {name}" for line, name in shared if name.split(".")[1] != "Random"]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "random":
            found += [f"{node.lineno}: {alias.name}" for alias in node.names if alias.name != "Random"]
        if isinstance(node, ast.Call) and not node.args and ast.unparse(node.func) in {"Random", "random.Random"}:
            found.append(f"{node.lineno}: a generator without a seed")
    return sorted(set(found))


def imported(nodes: list[ast.stmt]) -> set[str]:
    """The top-level names of the absolute imports in `nodes`, at any depth."""
    names = set()
    for node in (inner for outer in nodes for inner in ast.walk(outer)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


def offenders(sources: list[Source], where: tuple[str, ...], names: set[str]) -> list[str]:
    """`file:line: name` of every use of `names` in the sources that begin with one of `where`."""
    there = [source for source in sources if source.name.startswith(where) and source.may_use(*names)]
    return [f"{source.name}:{use}" for source in there for use in uses(source.tree, names)]


def test_only_the_clock_knows_what_time_it_is(sources: list[Source]) -> None:
    elsewhere = [source for source in sources if source.name != CLOCK]
    assert offenders(elsewhere, ("harness/", "protocols/"), NOW) == []


def test_chance_comes_from_a_generator_that_is_handed_in(sources: list[Source]) -> None:
    ours = [source for source in sources if source.in_packages and source.may_use("random", "Random")]
    assert [f"{source.name}:{use}" for source in ours for use in global_randomness(source.tree)] == []
    assert offenders(sources, ("protocols/", *MACHINES, "harness/engine.py", "harness/links/"), CHANCE) == []


def test_machines_and_protocols_open_nothing(sources: list[Source]) -> None:
    # Tables come from fixture data through harness.fixtures, which hands in values and not files.
    assert offenders(sources, ("protocols/", *MACHINES), FILES | SOCKETS) == []


def test_sockets_are_opened_by_links_alone(sources: list[Source]) -> None:
    elsewhere = [source for source in sources if not source.name.startswith("harness/links/")]
    assert offenders(elsewhere, ("harness/",), SOCKETS) == []


def distributions(repository: Path) -> set[str]:
    """The import names of what pyproject.toml declares, extras included."""
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [requirement for group in project["optional-dependencies"].values() for requirement in group]
    names = {re.split(r"[^\w-]", requirement)[0] for requirement in [*project["dependencies"], *extras]}
    import_names = {"pyserial": "serial", "pyscard": "smartcard"}
    return {import_names.get(name, name) for name in names}


@pytest.mark.parametrize("package", ["protocols", "harness"])
def test_a_package_imports_only_what_it_declares(package: str, sources: list[Source], repository: Path) -> None:
    everything = {"protocols", "harness"} | distributions(repository)
    allowed = NOT_OF_THE_STANDARD_LIBRARY.get(package, everything) | sys.stdlib_module_names
    found = {}
    for source in sources:
        if source.name.startswith(f"{package}/"):
            extra = imported(source.tree.body) - allowed
            if source.name.startswith("harness/pytest_plugin"):
                extra -= {"pytest", "_pytest"}  # whoever loads a pytest plugin has pytest
            if extra:
                found[source.name] = extra
    assert found == {}


def test_the_plugin_imports_only_pytest_and_the_standard_library_at_top_level(sources: list[Source]) -> None:
    places = {"harness/pytest_plugin.py", "harness/pytest_plugin/__init__.py"}
    (plugin,) = (source for source in sources if source.name in places)
    top = [node for node in plugin.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imported(list(top)) - {"pytest", "_pytest"} <= sys.stdlib_module_names
    assert [node.lineno for node in top if isinstance(node, ast.ImportFrom) and node.level] == []


@pytest.mark.parametrize(
    "text",
    ["random.choice([1])", "from random import shuffle", "random.Random()", "from random import Random\nRandom()"],
)
def test_global_randomness_is_found(text: str) -> None:
    assert global_randomness(ast.parse(text))


@pytest.mark.parametrize(
    "text", ["random.Random(7).choice([1])", "from random import Random\nRandom(seed)", "generator.choice([1])"]
)
def test_a_seeded_generator_is_wanted(text: str) -> None:
    assert global_randomness(ast.parse(text)) == []
