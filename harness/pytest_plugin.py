"""What the pytest plugin does once a test asks for one of its fixtures.  The entry point is the module `posrig_pytest`,
which loads this one only then.

At top level this imports only pytest and the standard library: a suite that does not use the rig pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import pytest

if TYPE_CHECKING:
    from harness.bench.virtual_reader import VirtualReader
    from harness.console.rig import Rig
    from harness.console.till import Till
    from harness.scenarios.run import RowResult

SETTINGS: Mapping[str, Any] = {
    "seed": 1,
    "faults": (),
    "dialect": "cup",
    "profile": "countertop",
    "judge": True,
    "cards": None,
    "card": "debit",
    "tap": False,
}
"""What the marker `posrig` takes, with the defaults."""
CARDS = ("none", "chip", "pcsc")
"""Where the rig's chip cards are: nowhere, reached directly, or behind a pcscd of the emulated bench's own."""

Told = list[Callable[[], str]]
STORY: pytest.StashKey[Told] = pytest.StashKey()
"""What a failing test shows besides pytest's own report, made when it is wanted."""


def settings_of(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The marker's settings over the defaults, and `--posrig-seed` over both: it is how a failure is run again."""
    marker = request.node.get_closest_marker("posrig")
    given = dict(marker.kwargs) if marker else {}
    if marker and marker.args:
        raise pytest.UsageError("the marker posrig takes keywords: posrig(seed=..., faults=[...])")
    for name in given:
        if name not in SETTINGS:
            near = get_close_matches(name, list(SETTINGS), n=1, cutoff=0.0)[0]
            known = ", ".join(SETTINGS)
            raise pytest.UsageError(f"the marker posrig has no {name}; the nearest is {near}; there are: {known}")
    settings = {**SETTINGS, **given}
    chosen = request.config.getoption("posrig_seed")
    if chosen is not None:
        settings["seed"] = chosen
    if type(settings["seed"]) is not int or settings["seed"] < 0:
        raise pytest.UsageError(f"posrig: the seed {settings['seed']!r} is no integer from 0 on")
    if isinstance(settings["faults"], str):
        settings["faults"] = [settings["faults"]]
    return settings


def cards_of(request: pytest.FixtureRequest) -> str:
    """`--posrig-cards`, else the marker's `cards`, else `posrig_cards` of the ini file; as `World.card`."""
    config = request.config
    given = config.getoption("posrig_cards") or settings_of(request)["cards"] or config.getini("posrig_cards")
    if given not in CARDS:
        near = get_close_matches(str(given), CARDS, n=1, cutoff=0.0)[0]
        raise pytest.UsageError(f"posrig: no cards {given!r}; the nearest is {near}; there are: {', '.join(CARDS)}")
    return "" if given == CARDS[0] else str(given)


def _bench_name(request: pytest.FixtureRequest) -> Literal["simulated", "emulated"]:
    return cast(Literal["simulated", "emulated"], request.config.getoption("posrig_bench"))


def replay_line(request: pytest.FixtureRequest, seed: int) -> str:
    """How this test is run again as it ran."""
    bench = _bench_name(request)
    more = "" if bench == "simulated" else f" --posrig-bench {bench}"
    cards = request.config.getoption("posrig_cards")
    more += f" --posrig-cards {cards}" if cards else ""
    return f"seed {seed}; run it again: pytest '{request.node.nodeid}' --posrig-seed {seed}{more}"


def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """A ready rig for one test; at its end the judges look at it."""
    from harness.console.language import system_lang
    from harness.console.opening import open_by_name
    from harness.console.rig import Rig

    settings = settings_of(request)
    story = request.node.stash.setdefault(STORY, [])
    story.append(lambda: replay_line(request, settings["seed"]))
    world = settings["dialect"], settings["profile"], settings["seed"], cards_of(request)
    bench = open_by_name(_bench_name(request), *world)
    try:
        made = Rig(bench)
        story.append(lambda: made.transcript(system_lang()))
        made.fault(*settings["faults"])
        yield made
        broken = [verdict for verdict in made.judge() if verdict.ok is False] if settings["judge"] else []
    finally:
        bench.finish()
    if broken:
        lines = [f"{one.name.en}: {one.what.en} (STAN {', '.join(one.stans) or '-'})" for one in broken]
        pytest.fail("posrig: what must hold after every test does not:\n" + "\n".join(lines), pytrace=False)


def register(request: pytest.FixtureRequest) -> Iterator[Till]:
    """A cash register at a terminal's cable, for one test."""
    from harness.console.failing import shown
    from harness.console.language import system_lang
    from harness.console.till import Till
    from harness.driver.speakers import SPEAKERS
    from harness.reports.transcript import transcript
    from protocols.errors import PosrigError

    port = str(request.config.getoption("posrig_port"))
    protocol = str(request.config.getoption("posrig_protocol"))
    if protocol and protocol not in SPEAKERS:
        near = get_close_matches(protocol, list(SPEAKERS), n=1, cutoff=0.0)[0]
        known = ", ".join(SPEAKERS)
        raise pytest.UsageError(f"--posrig-protocol: no {protocol}; the nearest is {near}; there are: {known}")
    try:
        till = Till(port, protocol)
    except PosrigError as error:
        pytest.fail(f"posrig: {shown(error, system_lang())}", pytrace=False)
    story = request.node.stash.setdefault(STORY, [])
    story.append(lambda: f"{till.protocol} at {till.port}\n{transcript(till.events, system_lang())}")
    try:
        yield till
    finally:
        till.close()


def reader() -> Iterator[VirtualReader]:
    """Readers for all tests of this process: its PC/SC library looks for its service once."""
    from harness.bench import pcscd
    from harness.bench.virtual_reader import VirtualReader
    from harness.links.pcsc.api import scard
    from protocols.errors import LinkError

    try:
        pcscd.check_installed()
        scard()
    except LinkError as error:
        pytest.skip(f"posrig: {error}")
    with VirtualReader() as made:
        yield made


def card(made: VirtualReader, request: pytest.FixtureRequest) -> Iterator[VirtualReader]:
    """One test's card."""
    settings = settings_of(request)
    made.insert(settings["card"], "tap" if settings["tap"] else "insert")
    try:
        yield made
    finally:
        made.heal()
        made.pull()


def scenario(request: pytest.FixtureRequest) -> Callable[[str | Path], RowResult]:
    """Runs rows of the catalogue by their ids, and files of anybody's by their paths, which end in .toml."""

    def run(row: str | Path) -> RowResult:
        from harness.console.language import system_lang
        from harness.console.opening import opener
        from harness.reports.transcript import transcript
        from harness.scenarios.load import load_scenario, read_scenario
        from harness.scenarios.run import run_scenario

        seed = settings_of(request)["seed"]
        story = request.node.stash.setdefault(STORY, [])
        if not story:
            story.append(lambda: replay_line(request, seed))
        own = str(row).endswith(".toml")
        chosen = read_scenario(request.path.parent / row) if own else load_scenario(str(row))
        if cards := cards_of(request):
            setup = chosen.setup.model_copy(update={"card": cards})
            chosen = chosen.model_copy(update={"setup": setup})
        result = run_scenario(chosen, opener(_bench_name(request)), seed)
        if not result.ok:
            story.append(lambda: transcript(result.trace.events, system_lang()))
            lines = [line.in_(system_lang()) for line in result.failures]
            pytest.fail(f"posrig {chosen.id}:\n" + "\n".join(lines), pytrace=False)
        return result

    return run
