"""The entry point of posrig's pytest plugin: options, marker and fixtures; what they need is loaded when they are used.

Why this is a module beside the packages, and not one of them: pytest imports every plugin before it looks at a project,
and a project may well have a package named `harness` of its own.  If the entry point lay in ours, `pytest` would bind
that name to ours and the project's imports would fail, and `python -m pytest` would find theirs and could not start.
So nothing of `harness` or `protocols` is imported until a test asks for a fixture; a clash is said in one sentence.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.bench.virtual_reader import VirtualReader
    from harness.console.rig import Host, Rig, Terminal
    from harness.console.till import Till
    from harness.scenarios.run import RowResult

PACKAGES = ("harness", "protocols")
MARKER = (
    "posrig(seed=1, faults=[...], dialect='cup', profile='countertop', judge=True, cards='none', card='debit', "
    "tap=False): settings of the fixtures posrig_rig, posrig_host, posrig_terminal, posrig_scenario and posrig_card; "
    "faults as in `posrig terminal --fault`, judge=False leaves the judges out at the end, cards says where the rig's "
    "chip cards are (none, chip, pcsc), card and tap what posrig_card holds and how"
)
ADVICE = "rename yours, or keep the tests that use posrig in a project without it"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("posrig", "the test rig for payment terminals")
    group.addoption(
        "--posrig-seed",
        type=int,
        default=None,
        metavar="N",
        help="seed of every rig, before the marker's; a failing test names the one to give",
    )
    group.addoption(
        "--posrig-bench",
        choices=("simulated", "emulated"),
        default="simulated",
        help="simulated: in one thread and virtual time (default); emulated: real processes, TCP and serial lines",
    )
    group.addoption(
        "--posrig-port",
        default="",
        metavar="PORT",
        help="the terminal that posrig_register drives, as in `posrig drive --port`; default: an emulated one",
    )
    group.addoption(
        "--posrig-protocol",
        default="",
        metavar="NAME",
        help="what that terminal speaks; default: found by asking, mispos-b of an emulated one",
    )
    group.addoption(
        "--posrig-cards",
        choices=("none", "chip", "pcsc"),
        default=None,
        help="where the chip cards of every rig are, before the marker's: none, chip (reached directly), pcsc (behind "
        "a pcscd of the emulated bench's own)",
    )
    parser.addini(
        "posrig_cards", "where the chip cards of a rig are that says nothing else: none, chip, pcsc", default="none"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


def _plugin() -> Any:
    """Our `harness.pytest_plugin`.  Fails the test with one sentence when another package has one of our names."""
    home = Path(__file__).resolve().parent
    for name in PACKAGES:
        other = _other(name, home / name)
        if other is not None:
            clash = f"posrig cannot be used here: the package {name} in {other} has the name of posrig's own"
            pytest.fail(f"{clash}; {ADVICE}.", pytrace=False)
    return import_module("harness.pytest_plugin")


def _other(name: str, ours: Path) -> Path | None:
    """The folder of a package `name` that is not ours: one that is loaded, or one that `sys.path` offers."""
    places = [Path(place or ".") / name for place in sys.path]
    loaded = getattr(sys.modules.get(name), "__file__", None)
    if loaded:
        places.insert(0, Path(loaded).parent)
    for place in places:
        if (place / "__init__.py").is_file() and place.resolve() != ours:
            return place.resolve()
    return None


@pytest.fixture
def posrig_rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """A ready rig: a boarded merchant and a terminal that is activated, keyed, signed in and loaded."""
    yield from _plugin().rig(request)


@pytest.fixture
def posrig_host(posrig_rig: Rig) -> Host:
    """The acquirer host of the rig: ledger, postings, snapshot, portal, cause and heal."""
    return posrig_rig.host


@pytest.fixture
def posrig_terminal(posrig_rig: Rig) -> Terminal:
    """The terminal of the rig: display, slips, status, operate, cause and heal."""
    return posrig_rig.terminal


@pytest.fixture
def posrig_scenario(request: pytest.FixtureRequest) -> Callable[[str | Path], RowResult]:
    """Runs a row of the failure catalogue, `posrig_scenario("A1")`, or a file of your own, named by its path from the
    test file; fails the test when it is not as documented."""
    run: Callable[[str | Path], RowResult] = _plugin().scenario(request)
    return run


@pytest.fixture
def posrig_register(request: pytest.FixtureRequest) -> Iterator[Till]:
    """A cash register at a terminal's real cable: the device at `--posrig-port`, else an emulated one."""
    yield from _plugin().register(request)


@pytest.fixture(scope="session")
def posrig_reader() -> Iterator[VirtualReader]:
    """Card readers of PC/SC, contact and contactless, with a pcscd of their own: `insert(card, how)`, `pull()`,
    `cause(...)`.  Skips where pcscd or vsmartcard-vpcd is not installed."""
    yield from _plugin().reader()


@pytest.fixture
def posrig_card(posrig_reader: VirtualReader, request: pytest.FixtureRequest) -> Iterator[VirtualReader]:
    """The readers with the card of the marker in them, `debit` by default; healed and taken out at the end."""
    yield from _plugin().card(posrig_reader, request)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    plugin = sys.modules.get("harness.pytest_plugin")
    if report.failed and plugin is not None and hasattr(plugin, "STORY"):
        story: list[Callable[[], str]] = item.stash.get(plugin.STORY, [])
        if story:
            report.sections.append(("posrig", "\n".join(tell() for tell in story)))
    return report
