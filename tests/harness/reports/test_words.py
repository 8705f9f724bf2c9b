"""What a reader of Chinese is shown is Chinese: nothing that the machines name is without a word."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness.acquirer
from harness.acquirer.arguments import CONTROL_TAKES, PORTAL_TAKES
from harness.acquirer.boarding.accounts import STANDINGS
from harness.acquirer.hold_kinds import HOLD_KINDS
from harness.reports import chip_words, state_words, words
from harness.reports.provider_words import CONTROL, PORTAL
from harness.reports.step_words import words_for
from harness.reports.words import joined
from protocols.text import Text


def changes() -> Iterator[list[str | None]]:
    """Machine, subject, old and new state of every change that the host's source names; None for what it computes."""
    for path in sorted(Path(harness.acquirer.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "changed":
                values = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args[:4]]
                yield [value if isinstance(value, str) else None for value in values]


def test_every_request_to_the_provider_has_words() -> None:
    assert set(PORTAL) == set(PORTAL_TAKES)
    assert set(CONTROL) == {*CONTROL_TAKES, *PORTAL}


def test_every_machine_and_state_of_the_host_has_words() -> None:
    found = list(changes())
    assert len(found) > 20
    assert {machine for machine, *_ in found if machine} <= set(state_words.MACHINES)
    named = {state for _, _, *states in found for state in states if state}
    assert {*named, *HOLD_KINDS, *STANDINGS} <= set(state_words.STATES)


@pytest.mark.parametrize("table", [state_words.MACHINES, state_words.STATES, state_words.SUBJECTS, PORTAL, CONTROL])
def test_the_chinese_word_is_chinese(table: dict[str, Text]) -> None:
    assert [key for key, text in table.items() if text.zh.isascii()] == []


def test_a_state_is_called_as_its_own_machine_calls_it() -> None:
    assert state_words.state("hold", "licence").zh == "支付牌照无效"
    assert state_words.state("draft_step", "licence").zh == "营业执照"
    assert state_words.subject("merchant:898110054000001") == Text("商户 898110054000001", "merchant 898110054000001")
    assert state_words.subject("A000001") == Text("A000001", "A000001")


def test_what_the_issuer_finds_has_words() -> None:
    """Each `tell(turn, request, WHAT, ...)` of the host, and each reason that it gives as a literal."""
    found, reasons = set(), set()
    for path in sorted(Path(harness.acquirer.__path__[0]).rglob("money/chip*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "tell":
                found |= {arg.value for arg in node.args[2:3] if isinstance(arg, ast.Constant)}
                reasons |= {
                    k.value.value for k in node.keywords if k.arg == "why" and isinstance(k.value, ast.Constant)
                }
    assert len(found) > 5
    assert found <= set(chip_words.WHAT)
    assert reasons - {"tvr", "no such script"} <= set(chip_words.WHY)


def test_each_language_has_its_own_punctuation() -> None:
    assert joined("A", "B", by=words.COLON) == Text("A：B", "A: B")
    assert words_for({"do": "wait", "time": "30min"}, None) == Text("等待：30 分钟", "time passes: 30 min")
    asked = words_for({"do": "control", "party": "host", "name": "recall"}, None)
    assert asked == Text("主机方办理：召回该批设备", "the host's side: recall the lot")
