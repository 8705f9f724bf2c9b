"""What people type in a scenario: it reaches the terminal, and stands in no trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.scenarios.load import load_scenario, load_steps, read_scenario
from harness.scenarios.model import Operate
from harness.scenarios.run import run_scenario
from harness.scenarios.steps import Stage
from harness.scenarios.worlds import first_variables
from protocols.errors import ScenarioError

from .green import open_bench

HEAD = """id = "HANDS"
title = { zh = "一", en = "one" }
cause = { zh = "一", en = "one" }
seen = { zh = "一", en = "one" }
cure = { zh = "一", en = "one" }

[[case]]
name = "first"
title = { zh = "一", en = "one" }

[[case.step]]
do = "operate"
op = "operator_sign_on"
"""


def test_no_password_and_no_pin_stands_in_a_trace() -> None:
    """C5 sets the password 2468; C2 types the PINs 111111 and 222222 and the passwords 1234 and 4321."""
    steps = [
        event.data
        for row in ("C2", "C5")
        for event in run_scenario(load_scenario(row), open_bench).trace.events
        if event.kind in ("step", "operation", "key", "persist", "audit")
    ]
    assert any(step.get("op") == "operator_sign_on" for step in steps)
    assert any(step.get("args", {}).get("new") == "*" for step in steps if step.get("op") == "set_password")
    everything = str(steps)
    for secret in ("2468", "4321", "111111 222222", "123456 ENTER"):
        assert secret not in everything, secret


@pytest.mark.parametrize(
    ("line", "key"),
    [('keys = "01 ENTRE"', "keys"), ('pin = "12a4"', "pin"), ("misread = -1", "misread"), ("misread = 10", "misread")],
)
def test_what_nobody_can_type_is_refused_with_its_line(line: str, key: str, tmp_path: Path) -> None:
    path = tmp_path / "hands.toml"
    path.write_text(HEAD + line + "\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=f"hands.toml:14: case.0.step.0.{key}"):
        read_scenario(path)


def test_the_order_of_what_is_typed() -> None:
    """Keys first, then the PIN that is not the card's own; a card that is held wrongly is followed by no PIN."""
    bench = SimulatedBench(World(), 1)
    stage = Stage(bench, first_variables(bench))
    stage.play(load_steps("ready").step, "ready")
    bench.ask("terminal", "control", "settings", confirm_amount=True)
    sale = {"do": "operate", "op": "sale", "args": {"amount_fen": 500}, "card": "debit"}
    answer = stage.answer_to(Operate.model_validate({**sale, "keys": "ENTER", "pin": "111111 123456"}))
    assert answer["status"] == "done", answer
    typed = [e.data["keys"] for e in bench.events() if e.kind == "key"]
    assert typed == ["ENTER", "******", "ENTER", "******", "ENTER"]
    answer = stage.answer_to(Operate.model_validate({**sale, "keys": "ENTER", "misread": 3}))
    assert answer["cause"] == "card_misread"
    bench.finish()
