"""docs/scenarios.md: its tables are those of the code, its examples run, and every page is linked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from pathlib import Path

import pytest

from harness.acquirer.behaviours import BEHAVIOURS
from harness.bench.simulated import SimulatedBench
from harness.bench.world import load_cards
from harness.links.faults.base import Fault
from harness.links.plan import BYTE_FAULTS, FRAME_FAULTS
from harness.reports.words import FAULTS as FAULT_WORDS
from harness.scenarios.load import load_steps, read_scenario, step_lists
from harness.scenarios.model import STEP_KINDS, Case, Setup
from harness.scenarios.names import first_wrong
from harness.scenarios.run import run_scenario
from harness.scenarios.worlds import world_of
from harness.terminal.faults import FAULTS as TERMINAL_FAULTS

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = DOCS / "scenarios.md"
TOML = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMON = ("stream", "times", "connection", "for_ms", "frame", "offset", "octets")
"""Settings that all byte faults, or all frame faults, have; the page tells them once."""

HEAD = """id = "DOC"
title = { zh = "一", en = "one" }
cause = { zh = "一", en = "one" }
seen = { zh = "一", en = "one" }
cure = { zh = "一", en = "one" }

[[case]]
name = "first"
title = { zh = "一", en = "one" }

"""


def table(head: str, rows: Iterable[Iterable[str]]) -> str:
    columns = head.count("|") + 1
    lines = [f"| {head} |", "|" + "---|" * columns, *("| " + " | ".join(row) + " |" for row in rows)]
    return "\n".join(lines)


def _faults(kinds: Iterable[type[Fault]]) -> str:
    rows = []
    for kind in kinds:
        own = [f"`{f.name}={f.default}`" for f in fields(kind) if f.name not in COMMON]
        what = (kind.__doc__ or "").splitlines()[0]
        rows.append((f"`{kind.name}`", FAULT_WORDS[kind.name].zh, ", ".join(own) or "-", what))
    return table("fault | 中文 | its own settings, with defaults | what happens", rows)


def _host_behaviours() -> str:
    rows = []
    for name, kind in BEHAVIOURS.items():
        settings = [f"**`{key}`**" if key in kind.required else f"`{key}`" for key in kind.settings]
        rows.append((f"`{name}`", kind.text.zh, kind.text.en, ", ".join(settings)))
    return table("behaviour | 中文 | what happens | settings (bold: must be given)", rows)


def _terminal_behaviours() -> str:
    rows = ((f"`{name}`", fault.text.zh, fault.text.en) for name, fault in TERMINAL_FAULTS.items())
    return table("behaviour | 中文 | what happens", rows)


def _step_lists() -> str:
    rows = ((f"`{name}`", load_steps(name).title.zh, load_steps(name).title.en) for name in step_lists())
    return table("steps | 中文 | what they do", rows)


def _cards() -> str:
    rows = (
        (f"`{name}`", card.how, "asked for" if card.asks_pin else "not asked for")
        for name, card in load_cards().items()
    )
    return table("card | presented by | PIN", rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "byte faults": lambda: _faults(BYTE_FAULTS),
    "frame faults": lambda: _faults(FRAME_FAULTS),
    "host behaviours": _host_behaviours,
    "terminal behaviours": _terminal_behaviours,
    "step lists": _step_lists,
    "cards": _cards,
}


def block(name: str, content: str) -> str:
    return f"<!-- table: {name} -->\n{content}\n<!-- end -->"


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_those_of_the_code(name: str) -> None:
    wanted = block(name, TABLES[name]())
    assert wanted in PAGE.read_text(encoding="utf-8"), f"docs/scenarios.md should hold:\n{wanted}"


def examples() -> list[str]:
    return TOML.findall(PAGE.read_text(encoding="utf-8"))


def test_the_whole_scenario_runs_as_it_stands(tmp_path: Path) -> None:
    (whole,) = [text for text in examples() if text.startswith("id = ")]
    path = tmp_path / "my-scenario.toml"
    path.write_text(whole, encoding="utf-8")
    result = run_scenario(read_scenario(path), lambda setup, seed: SimulatedBench(world_of(setup), seed))
    assert result.failures == ()
    assert result.diagnosis == "F5"


def test_every_step_kind_has_an_example_and_each_is_right(tmp_path: Path) -> None:
    shown = set()
    for number, text in enumerate(text for text in examples() if "[[case.step]]" in text and not text.startswith("id")):
        path = tmp_path / f"{number}.toml"
        path.write_text(HEAD + text, encoding="utf-8")
        scenario = read_scenario(path)
        assert first_wrong(scenario) is None
        shown |= {step["do"] for step in tomllib.loads(HEAD + text)["case"][0]["step"]}
    assert shown == set(STEP_KINDS)


def test_every_key_is_explained() -> None:
    text = PAGE.read_text(encoding="utf-8")
    keys = {key for kind in STEP_KINDS.values() for key in kind.model_fields}
    keys |= set(Case.model_fields) | set(Setup.model_fields)
    missing = sorted(key for key in keys if f"`{key}`" not in text)
    assert missing == []


def test_every_page_is_linked() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    for page in DOCS.glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in index, page.name
    assert "](docs/README.md)" in (DOCS.parent / "README.md").read_text(encoding="utf-8")
