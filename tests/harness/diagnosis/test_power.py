"""Battery, power cut and crash are told apart by reset cause and battery record; slowness of terminal, line, host and
service by four time stamps.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from harness.diagnosis import diagnose
from harness.trace import Event
from tests.harness.recordings import HARMFUL, looks

POWER = ("D3", "D8", "E2")
PROOF = {"D3": {"battery_stopped"}, "D8": {"power_failed"}, "E2": {"crashed"}}
ELSEWHERE = {"line_slow", "answers_slow", "no_answer", "quality_outside_limits", "slow_at_host", "slow_at_terminal"}
"""What says that line, host or service took the time."""
BOTH = ("terminal", "register")


def cases(*rows: str) -> list[tuple[str, str]]:
    return [one for one in HARMFUL if one[0] in rows]


def symptoms(row: str, case: str) -> set[str]:
    return {item.symptom for item in looks(row, case)[0].found.observations}


@pytest.mark.parametrize(("row", "case"), cases(*POWER))
def test_each_has_its_own_reset_cause_and_none_of_the_others(row: str, case: str) -> None:
    found = symptoms(row, case)
    assert PROOF[row] <= found
    assert not found & set().union(*(PROOF[other] for other in POWER if other != row))
    assert not found & {
        "request_lost",
        "reply_lost",
        "no_answer",
    }  # the line has lost nothing: nobody was there to hear


@pytest.mark.parametrize(("row", "case"), cases("D14"))
def test_a_slow_terminal_blames_nobody_else(row: str, case: str) -> None:
    """That nobody else's slowness is blamed on it, the catalogue's tests hold: it would be a second row."""
    assert not symptoms(row, case) & ELSEWHERE


def story(*events: tuple[int, str, dict[str, Any]]) -> list[Event]:
    """(second, kind, data) of the first terminal."""
    return [Event(seq, at_s * 1_000_000, "terminal", kind, data, BOTH) for seq, (at_s, kind, data) in enumerate(events)]


def sale(at_s: int, own_s: int, answer_s: int = 1, person_s: int = 0) -> Iterable[tuple[int, str, dict[str, Any]]]:
    """A sale whose terminal takes `own_s` before it sends and again before it shows the result."""
    sent_s = at_s + person_s + own_s
    yield at_s, "operation", {"phase": "begin", "op": "sale"}
    yield at_s, "card", {"what": "insert", "how": "insert", "pan": ""}
    yield at_s, "display", {"zh": "请输入密码", "en": "PIN"}
    yield at_s + person_s, "key", {"keys": "ENTER"}
    yield sent_s, "display", {"zh": "正在拨号", "en": "Connecting"}
    yield sent_s, "message", {"dir": "out", "mti": "0200", "kind": "sale", "fields": {"11": str(at_s), "41": "1"}}
    reply = {"dir": "in", "mti": "0210", "kind": "sale", "fields": {"11": str(at_s), "41": "1", "39": "00"}}
    yield sent_s + answer_s, "message", reply
    yield sent_s + answer_s + own_s, "operation", {"phase": "end", "op": "sale", "outcome": {"status": "done"}}


def test_a_person_or_a_host_that_takes_its_time_is_no_slow_terminal() -> None:
    assert diagnose(story(*sale(0, 0), *sale(100, 0, person_s=40), *sale(200, 0, answer_s=50))).first != "D14"


def test_only_what_grows_counts() -> None:
    assert diagnose(story(*sale(0, 3), *sale(100, 3))).first is None  # slow by design
    assert diagnose(story(*sale(0, 0), *sale(100, 3))).named == ("D14",)


@pytest.mark.parametrize("what", ["unnoticed", "misread", "presented"])
def test_the_time_for_which_it_waits_for_a_customer_is_not_its_own(what: str) -> None:
    timed_out = (
        (100, "operation", {"phase": "begin", "op": "sale"}),
        (100, "card", {"what": what, "how": "insert", "pan": ""}),
        (160, "display", {"zh": "等待超时", "en": "Timed out"}),
        (160, "operation", {"phase": "end", "op": "sale", "outcome": {"status": "cancelled", "cause": "card_timeout"}}),
    )
    assert diagnose(story(*sale(0, 0), *timed_out)).first != "D14"
