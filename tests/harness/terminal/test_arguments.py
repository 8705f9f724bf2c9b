"""What an operation or a request does not know is refused before anything happens."""

from __future__ import annotations

import pytest

from harness.terminal.arguments import OPERATION_TAKES
from harness.terminal.flows import FLOWS

from .scripted import Bench


def test_every_operation_says_what_it_takes() -> None:
    assert OPERATION_TAKES.keys() == FLOWS.keys()


@pytest.mark.parametrize(
    ("op", "args", "says"),
    [
        ("sale", {"amount": 100}, "the nearest is amount_fen"),
        ("sale", {"amount_fen": 100, "acount": 2}, "the nearest is account"),
        ("parameter_menu", {"location_": "1,2"}, "the nearest is location"),
    ],
)
def test_a_strange_argument_is_refused_at_the_keypad(op: str, args: dict[str, object], says: str) -> None:
    bench = Bench()
    bench.get_ready()
    before, sent = list(bench.records), len(bench.sent)
    answer = bench.ask("person", "operate", op=op, **args)
    assert (answer.ok, answer.value["cause"]) == (False, "bad_argument")
    assert says in answer.value["error"]["en"]
    assert (bench.records, len(bench.sent)) == (before, sent)


def test_a_strange_argument_of_control_is_refused() -> None:
    bench = Bench()
    for name in ("status", "snapshot", "service", "heal"):
        assert not bench.ask("control", name, nothing=1).ok
