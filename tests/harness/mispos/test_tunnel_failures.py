"""What goes wrong in a register that carries the host's traffic: each cause looks different, and the money is right.

The list is that of the public register programs: no network, cut at 1024 octets, the other length prefix, another
random number, a reply that comes after the terminal has given up.
"""

from __future__ import annotations

from typing import Any

import pytest

from harness.bench.base import AskRefused
from harness.diagnosis import diagnose

from .till import Till

DIALECTS = ("mispos-a", "mispos-b")


def failed_sale(protocol: str, behaviour: str, **settings: int) -> Till:
    """A sale while the register misbehaves, and the next one when it is well again."""
    till = Till(protocol)
    till.cause(behaviour, **settings)
    outcome = till.sell(1_00)
    assert (outcome["status"], outcome["cause"]) == ("unknown", "reversal_pending")
    assert till.bench.snapshot()["terminal"]["pending_reversal"]["amount_fen"] == 1_00
    till.heal(behaviour)
    return till


def cured(till: Till, posted: list[int]) -> None:
    """The next sale takes the first one back before it is sold; `posted`: what the merchant keeps of each posting."""
    assert till.sell(2_00)["status"] == "done"
    assert till.do("settle")["status"] == "done"
    till.check()
    assert till.posted() == posted


def cause_at_terminal(till: Till) -> str:
    (ended,) = till.seen("terminal", "operation", phase="end", op="sale")
    return str(ended["outcome"]["cause"])


@pytest.mark.parametrize(("protocol", "cause"), [("mispos-a", "register_silent"), ("mispos-b", "no_connection")])
def test_no_network(protocol: str, cause: str) -> None:
    """Dialect B tells the terminal, dialect A has no word for it; the serial line is fine in both."""
    till = failed_sale(protocol, "no_network")
    assert cause_at_terminal(till) == cause
    assert [link["reason"] for link in till.seen("register", "link", link="tunnel", what="closed")] == ["unreachable"]
    assert till.seen("host", "message") == []
    cured(till, [2_00])


@pytest.mark.parametrize("protocol", DIALECTS)
def test_cut_short(protocol: str) -> None:
    till = failed_sale(protocol, "truncates", octets=60)
    assert cause_at_terminal(till) == "bad_reply"
    assert any("needs" in noise["reason"] for noise in till.seen("terminal", "noise"))
    cured(till, [2_00])


@pytest.mark.parametrize("protocol", DIALECTS)
def test_what_is_not_longer_than_the_limit_is_not_cut(protocol: str) -> None:
    till = Till(protocol)
    till.cause("truncates")
    assert till.sell(1_00)["status"] == "done"


@pytest.mark.parametrize(("protocol", "cause"), [("mispos-a", "register_silent"), ("mispos-b", "no_answer")])
def test_wrong_length_prefix(protocol: str, cause: str) -> None:
    till = failed_sale(protocol, "wrong_prefix")
    assert cause_at_terminal(till) == cause
    (noise,) = till.seen("host", "noise")
    assert noise["reason"].startswith("Length 123"), "0x3033: the first two of four digits"
    cured(till, [2_00])


def test_another_random_number() -> None:
    till = failed_sale("mispos-a", "wrong_random")
    assert cause_at_terminal(till) == "wrong_random"
    assert any("random number" in noise["reason"] for noise in till.seen("terminal", "noise"))
    cured(till, [0, 2_00])


@pytest.mark.parametrize(("protocol", "reason"), [("mispos-a", "late"), ("mispos-b", "late")])
def test_a_reply_after_the_terminal_gave_up(protocol: str, reason: str) -> None:
    till = failed_sale(protocol, "late_reply", seconds=100)
    assert cause_at_terminal(till) == "register_silent"
    till.bench.advance(60_000_000)
    assert reason in [noise["reason"] for noise in till.seen("terminal", "noise")]
    cured(till, [0, 2_00])


@pytest.mark.parametrize("protocol", DIALECTS)
def test_a_late_reply_during_the_next_request_is_not_taken_for_its_answer(protocol: str) -> None:
    till = Till(protocol)
    till.cause("late_reply", seconds=80)
    assert till.sell(1_00)["status"] == "unknown"
    assert till.sell(2_00)["status"] in ("unknown", "no_answer"), "the reversal goes first, and its answer is late, too"
    till.heal("late_reply")
    till.bench.advance(300_000_000)
    assert till.sell(3_00)["status"] == "done"
    assert till.do("settle")["status"] == "done"
    till.check()


@pytest.mark.parametrize(
    ("args", "near"),
    [
        ({"behaviour": "no_netwrok"}, "no_network"),
        ({"behaviour": "no_network", "octets": 5}, "has no setting"),
        ({"behaviour": "truncates", "octets": 0}, "from 1 to 4096"),
        ({"behaviour": "late_reply", "seconds": "ten"}, "from 1 to 3600"),
        ({}, "behaviour"),
    ],
)
def test_a_cause_that_does_not_exist_is_refused_with_the_nearest(args: dict[str, Any], near: str) -> None:
    till = Till()
    with pytest.raises(AskRefused, match=near):
        till.bench.ask("register", "control", "cause", **args)


def test_both_prefixes_lead_to_a_host_that_wants_them() -> None:
    till = Till("mispos-a", ("mispos-a-asc",), host={"length_prefix": "digits"})
    assert till.sell(1_00)["status"] == "done"
    (first, *_) = till.seen("register", "bytes", link="tunnel", dir="out")
    octets = bytes.fromhex(first["hex"])
    assert int(octets[:4]) == len(octets) - 4
    till.do("settle")
    till.check()
    other = Till("mispos-a", host={"length_prefix": "digits"})
    assert other.sell(1_00)["status"] == "unknown", "a host that wants digits takes no binary length"


@pytest.mark.parametrize("protocol", DIALECTS)
@pytest.mark.parametrize("behaviour", ["no_network", "truncates", "wrong_prefix", "late_reply"])
def test_from_all_recordings_it_is_a_lost_request_or_reply(protocol: str, behaviour: str) -> None:
    """The catalogue has no row for a register program; what it does to the terminal is row F5."""
    settings = {"truncates": {"octets": 60}}.get(behaviour, {})
    till = failed_sale(protocol, behaviour, **settings)
    till.bench.advance(60_000_000)
    assert till.sell(2_00)["status"] == "done"
    first = diagnose(till.bench.events()).ranking[0]
    assert (first.cause.row, first.level) == ("F5", 3)


@pytest.mark.parametrize("protocol", DIALECTS)
def test_nothing_is_wrong_with_a_sound_till(protocol: str) -> None:
    till = Till(protocol)
    assert till.sell(1_00)["status"] == "done"
    assert diagnose(till.bench.events()).ranking == ()
