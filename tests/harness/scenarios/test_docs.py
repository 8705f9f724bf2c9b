"""docs: the tables are those of the code, its examples run, and every page is linked."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from harness.bench.simulated import SimulatedBench
from harness.scenarios.load import read_scenario
from harness.scenarios.model import STEP_KINDS, Case, Setup, SetupHost, SetupTerminal
from harness.scenarios.names import first_wrong
from harness.scenarios.run import run_scenario
from harness.scenarios.worlds import world_of

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = DOCS / "scenarios.md"
TOML = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
HEAD = """id = "DOC"
title = { zh = "一", en = "one" }
cause = { zh = "一", en = "one" }
seen = { zh = "一", en = "one" }
cure = { zh = "一", en = "one" }

[setup]
use = ["ready", "ask_second_account"]
fleet = 2

[[case]]
name = "first"
title = { zh = "一", en = "one" }

"""


def test_tables_are_those_of_the_code() -> None:
    tool = DOCS.parent / "tools" / "tables"
    done = subprocess.run([sys.executable, tool, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}write them anew with: .venv/bin/python tools/tables"


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


def test_the_setup_of_a_fleet_is_right() -> None:
    (text,) = [text for text in examples() if text.startswith("[setup]")]
    parties = world_of(Setup.model_validate(tomllib.loads(text)["setup"])).parties
    assert parties == ("host", "host2", "terminal", "terminal2", "terminal3", "terminal4", "register")


def test_every_key_is_explained() -> None:
    text = PAGE.read_text(encoding="utf-8")
    keys = {key for kind in STEP_KINDS.values() for key in kind.model_fields}
    keys |= {key for part in (Case, Setup, SetupTerminal, SetupHost) for key in part.model_fields}
    missing = sorted(key for key in keys if f"`{key}`" not in text)
    assert missing == []


def test_every_page_is_linked() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    for page in DOCS.glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in index, page.name
    assert "](docs/README.md)" in (DOCS.parent / "README.md").read_text(encoding="utf-8")
