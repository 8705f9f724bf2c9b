"""A misspelled argument is told before anything is done: what is left out silently may be money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.acquirer.arguments import CONTROL_TAKES, PORTAL_TAKES
from harness.acquirer.control import CONTROL
from harness.acquirer.portal import PORTAL

if TYPE_CHECKING:
    from tests.harness.acquirer.conftest import Bench


def test_every_request_says_what_it_takes() -> None:
    assert PORTAL_TAKES.keys() == PORTAL.keys()
    assert CONTROL_TAKES.keys() == CONTROL.keys()


@pytest.mark.parametrize(
    ("who", "name", "args", "says"),
    [
        ("control", "contract", {"mid": "898520154110004", "datafee_fen": 3600}, "the nearest is data_fen"),
        ("control", "contract", {"mid": "898520154110004", "rent": 3600}, "the nearest is rent_fen"),
        ("control", "snapshot", {"mid": "1"}, "takes none"),
        ("control", "review", {"decision": "approve"}, "application must be given"),
        ("control", "cause", {"behaviour": "decline", "cod": "51"}, "the nearest is code"),
        ("portal", "pay", {"mid": "898520154110004", "amount": 1}, "the nearest is amount_fen"),
        ("portal", "status", {"serial": "SN1"}, "no argument 'serial'"),
        ("portal", "status", {"x" * 500: "1"}, "no argument 'xxx"),
    ],
)
def test_a_strange_or_missing_argument_is_refused_and_changes_nothing(
    bench: Bench, who: str, name: str, args: dict[str, object], says: str
) -> None:
    before = list(bench.records)
    answer = bench.answer(who, name, **args)
    assert (answer.ok, answer.value["cause"]) == (False, "bad_argument")
    assert says in answer.value["error"]["en"]
    assert len(answer.value["error"]["en"]) < 500
    assert any("\u4e00" <= letter <= "\u9fff" for letter in answer.value["error"]["zh"])
    assert bench.records == before
