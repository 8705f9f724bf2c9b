"""Pre-authorisations and their completions under risk rules: no way round a limit, and no guest who need not pay."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from protocols.unionpay.message import Message

from .conftest import Bench, Pos
from .test_preauth import advice, code, completion, merchant_fen, preauth


def kinds(bench: Bench, pos: Pos) -> list[str]:
    terminal = bench.ask("portal", "status", mid=pos.mid)["terminals"][0]
    return [hold["kind"] for hold in terminal["holds"]]


@pytest.mark.parametrize("complete", [completion, advice])
def test_completions_count_and_are_never_refused(
    bench: Bench, pos: Pos, complete: Callable[[Pos, Message, int], Message]
) -> None:
    bench.ask("control", "risk_rules", rules={"R201": {"limit": 2}})
    granted = [preauth(pos, 1_000 + n) for n in range(4)]
    told = [complete(pos, one, 1_000 + n) for n, one in enumerate(granted[:2])]
    assert [code(one) for one in told] == ["00", "00"] and kinds(bench, pos) == []
    assert code(complete(pos, granted[2], 1_002)) == "00"
    assert kinds(bench, pos) == ["risk_frequency"], "three of two"
    assert code(pos.sale(10)) == "03"
    assert merchant_fen(bench) == 3_003


def test_a_rule_that_only_declines_holds_nobody_for_a_completion(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "risk_rules", rules={"R201": {"limit": 0, "action": "decline"}})
    assert code(preauth(pos, 1_000)) == "65"
    bench.ask("control", "risk_rules", rules={})
    granted = preauth(pos, 1_000)
    bench.ask("control", "risk_rules", rules={"R201": {"limit": 0, "action": "decline"}, "R101": {"limit": 1}})
    assert code(completion(pos, granted, 1_000)) == "00"
    assert kinds(bench, pos) == []
