"""Battery, power cuts, crashes, the watchdog, restarts and slowness of one terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.machine import HOUR_US, MINUTE_US, Received, Wake
from harness.terminal.hardware.power import CRASHES_MAX, FULL, charge_after
from harness.terminal.hardware.processor import IDLE, POINTS, SLOW_MAX_US
from harness.terminal.settings import Profile

from .scripted import Bench, PowerCut, ready_settings

TEN_HOURS = 10 * HOUR_US
PORTABLE = Profile(name="portable", battery_us=TEN_HOURS)
DOCUMENTED = ("low", "stop", "empty")
"""A warning, no new sale, off: the order in which the documents have it."""
STRIKES = ("power_cut", "crash", "hang")
CAUSES = {"power_cut": "power_fail", "crash": "crash", "hang": "watchdog"}
BOOKED = ("at_print",)
NOT_BEGUN = (IDLE, "begin", "card_read", "before_send")
ELAPSED = st.integers(0, 30 * HOUR_US)


def on_battery() -> Bench:
    bench = Bench(ready_settings(profile=PORTABLE))
    bench.get_ready()
    maintain(bench, "unplug")
    return bench


def maintain(bench: Bench, act: str, **args: Any) -> Mapping[str, Any]:
    answer = bench.ask("control", "maintain", act=act, **args)
    assert answer.ok, answer.value
    return answer.value


def cause(bench: Bench, behaviour: str, **values: Any) -> None:
    assert bench.ask("control", "cause", behaviour=behaviour, **values).ok


def pass_time(bench: Bench, us: int) -> None:
    """As a shell does: every deadline in between is kept."""
    end = bench.now + us
    while (due := bench.terminal.deadline) is not None and due <= end:
        bench.now = max(bench.now, due)
        bench.carry(bench.terminal.handle(Wake(), bench.now))
    bench.now = end


def status(bench: Bench) -> Mapping[str, Any]:
    return bench.ask("control", "status").value


def noted(bench: Bench, kind: str) -> list[Mapping[str, Any]]:
    return [note.data for note in bench.notes if note.kind == kind]


def levels(bench: Bench) -> list[str]:
    return [data["what"] for data in noted(bench, "part") if data["part"] == "battery" and data["what"] in DOCUMENTED]


# the battery's arithmetic


@given(st.integers(0, TEN_HOURS), ELAPSED, ELAPSED, st.booleans(), st.booleans())
def test_two_spans_are_one_long_span(charge: int, first: int, second: int, plugged: bool, off: bool) -> None:
    def after(start: int, elapsed: int) -> int:
        return charge_after(start, elapsed, TEN_HOURS, TEN_HOURS, plugged=plugged, off=off)

    assert after(after(charge, first), second) == after(charge, first + second)


@given(st.integers(FULL, 2 * TEN_HOURS), st.integers(-HOUR_US, 30 * HOUR_US), st.booleans(), st.booleans())
def test_a_charge_stays_between_nothing_and_full(charge: int, elapsed: int, plugged: bool, off: bool) -> None:
    found = charge_after(charge, elapsed, TEN_HOURS, 3 * HOUR_US, plugged=plugged, off=off)
    assert 0 <= found <= TEN_HOURS


def test_three_hours_fill_it_and_ten_empty_it() -> None:
    assert charge_after(0, 3 * HOUR_US, TEN_HOURS, 3 * HOUR_US, plugged=True, off=True) == TEN_HOURS
    assert charge_after(TEN_HOURS, TEN_HOURS - 1, TEN_HOURS, 3 * HOUR_US, plugged=False, off=False) == 1
    assert charge_after(FULL, TEN_HOURS, TEN_HOURS, 3 * HOUR_US, plugged=False, off=True) == TEN_HOURS


# the battery in use


def test_it_warns_then_stops_then_goes_off_and_keeps_its_batch() -> None:
    bench = on_battery()
    assert bench.sell()["status"] == "done"
    pass_time(bench, 8 * HOUR_US)
    assert levels(bench) == ["low"]
    assert bench.sell()["status"] == "done"  # only a warning
    pass_time(bench, HOUR_US)
    assert levels(bench) == ["low", "stop"]
    sent = len(bench.sent)
    assert (bench.sell()["status"], bench.sell()["cause"]) == ("refused", "battery_low")
    assert len(bench.sent) == sent
    assert bench.do("settle")["status"] == "done"  # what is begun may be brought to its end
    pass_time(bench, HOUR_US)
    assert levels(bench) == list(DOCUMENTED)
    assert [line["what"] for line in noted(bench, "audit")][-3:] == [f"battery_{level}" for level in DOCUMENTED]
    assert bench.do("sale", amount_fen=1)["cause"] == "no_reaction"
    assert not bench.ask("control", "maintain", act="switch_on").ok  # there is nothing to run on
    maintain(bench, "plug_in")
    maintain(bench, "switch_on")
    assert noted(bench, "boot")[-1]["reset_cause"] == "battery_empty"
    assert len(bench.snapshot["entries"]) == 2
    assert bench.do("sign_in")["status"] == "done"
    assert bench.sell()["status"] == "done"


def test_a_sale_in_flight_is_finished_below_the_limit() -> None:
    bench = on_battery()
    pass_time(bench, 9 * HOUR_US - 10 * MINUTE_US)  # still above ten percent
    assert levels(bench) == ["low"]
    cause(bench, "battery_worn", drop_percent=5)
    assert bench.sell()["status"] == "done"
    assert levels(bench) == ["low", "stop"]
    assert bench.sell()["cause"] == "battery_low"


def test_on_external_power_it_fills_and_warns_of_nothing() -> None:
    bench = on_battery()
    pass_time(bench, 9 * HOUR_US)
    maintain(bench, "plug_in")
    assert bench.sell()["status"] == "done"  # however low it still is
    pass_time(bench, 3 * HOUR_US)
    assert status(bench)["battery"] == 100
    pass_time(bench, 100 * HOUR_US)
    assert levels(bench) == ["low", "stop"]


def test_each_exchange_takes_its_share() -> None:
    bench = on_battery()
    before = bench.terminal.desk.state.device.power.charge_us
    bench.sell()
    after = bench.terminal.desk.state.device.power.charge_us
    assert before - after == PORTABLE.battery_exchange_us


def test_a_battery_that_breaks_down_leaves_the_reversal_and_a_new_one_sends_it_first() -> None:
    bench = on_battery()
    cause(bench, "battery_worn", percent=50, drop_percent=100)
    outcome = bench.sell(500)
    assert (outcome["status"], outcome["cause"]) == ("unknown", "interrupted")
    maintain(bench, "replace_part", part="battery")
    assert status(bench)["battery"] == 100
    maintain(bench, "switch_on")
    assert status(bench)["reset_cause"] == "battery_empty"
    assert bench.sell(600)["status"] == "done"
    assert bench.sent[-3:] == ["0200", "0400", "0200"]
    assert list(bench.host.ledger.values())[-2:] == [0, 600]


def test_a_power_cut_with_a_good_battery_is_no_empty_one() -> None:
    """D8 and D3: its contact springs open, and the record says that it was full."""
    bench = on_battery()
    cause(bench, "power_cut", at="after_send", op="sale")
    assert bench.sell(500)["status"] == "unknown"
    start = noted(bench, "boot")[-1]
    assert (start["reset_cause"], start["pending_reversal"]["amount_fen"]) == ("power_fail", 500)
    assert start["battery"] > 90 and levels(bench) == []
    assert bench.sell(600)["status"] == "done"
    assert bench.sent[-3:] == ["0200", "0400", "0200"]


def test_a_terminal_without_battery_has_nothing_to_unplug() -> None:
    bench = Bench()
    assert not bench.ask("control", "maintain", act="unplug").ok
    assert status(bench)["battery"] is None
    assert bench.terminal.deadline is None


def test_switched_off_it_swallows_everything_until_it_is_switched_on() -> None:
    bench = Bench()
    bench.get_ready()
    maintain(bench, "switch_off")
    assert not bench.ask("control", "maintain", act="switch_off").ok
    boots = len(noted(bench, "boot"))
    bench.carry(bench.terminal.handle(Received("register", b"\x02\x00\x01"), bench.now))
    assert bench.terminal.deadline is None
    assert bench.ask("person", "present", card="debit", how="insert").ok
    assert bench.do("local_status")["cause"] == "no_reaction"
    bench.boot()  # power comes and goes: it is still switched off
    assert status(bench)["off"] == "switched_off"
    assert len(noted(bench, "boot")) == boots
    maintain(bench, "switch_on")
    assert noted(bench, "boot")[-1]["reset_cause"] == "power_on"
    assert bench.sell()["status"] == "done"


# interruptions


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(STRIKES), st.sampled_from(tuple(POINTS))), min_size=1, max_size=3),
    st.sampled_from(("swipe", "insert")),
)
def test_wherever_it_is_interrupted_no_sale_is_lost_or_doubled(strikes: list[tuple[str, str]], how: str) -> None:
    bench = Bench()
    bench.get_ready()
    sold = 0
    for number, (what, at) in enumerate(strikes, start=1):
        booked = len(bench.snapshot["entries"])
        cause(bench, what, at=at)
        outcome = bench.sell(100 * number, how)
        pass_time(bench, MINUTE_US)  # a watchdog that has to bite
        assert noted(bench, "boot")[-1]["reset_cause"] == CAUSES[what]
        own = len(bench.snapshot["entries"]) - booked
        assert outcome["status"] == "done" or own == (at in BOOKED)
        sold += 100 * number * own
    assert bench.sell(7)["status"] == "done"
    assert sum(bench.host.ledger.values()) == sold + 7
    assert sum(entry["amount_fen"] for entry in bench.snapshot["entries"]) == sold + 7
    assert bench.snapshot["pending_reversal"] is None
    slips = [note.data["stan"] for note in bench.slips()]
    assert sorted(slips) == sorted(entry["stan"] for entry in bench.snapshot["entries"])


@pytest.mark.parametrize("at", ["before_commit", "at_print"])
def test_the_power_fails_between_any_two_effects_of_a_sale_that_crashes(at: str) -> None:
    """Also between the crash and its own record, and at the start after it."""

    def crashing(cut_after: int | None) -> Bench:
        bench = Bench()
        bench.get_ready()
        cause(bench, "crash", at=at)
        bench.ask("person", "present", card="debit", how="swipe", pin="123456")
        bench.cut_after = cut_after
        return bench

    whole = crashing(None)
    before = len(whole.log)
    whole.do("sale", amount_fen=500)
    for cut in range(len(whole.log) - before):
        bench = crashing(cut)
        with pytest.raises(PowerCut):
            bench.do("sale", amount_fen=500)
        bench.boot()
        if bench.sell(7)["status"] != "done":  # a crash that was not recorded yet was still to come
            assert bench.sell(8)["status"] == "done"
        kept = {key: fen for key, fen in bench.host.ledger.items() if fen}
        assert kept == {(e["batch"], e["stan"]): e["amount_fen"] for e in bench.snapshot["entries"]}
        assert bench.snapshot["pending_reversal"] is None


@pytest.mark.parametrize("at", [point for point in POINTS if point != IDLE])
def test_a_crash_is_logged_and_a_power_cut_is_not(at: str) -> None:
    bench = Bench()
    bench.get_ready()
    cause(bench, "crash", at=at)
    bench.sell()
    (line,) = status(bench)["crashes"]
    assert (line["op"], line["where"], line["cause"]) == ("sale", at, "crash")
    cause(bench, "power_cut", at=at)
    bench.sell()
    assert len(status(bench)["crashes"]) == 1
    assert status(bench)["reset_cause"] == "power_fail"


def test_what_crashes_again_and_again_ends_with_another_software_and_the_log_is_bounded() -> None:
    bench = Bench()
    bench.get_ready()
    cause(bench, "crash", at="card_read", times=0)
    for _ in range(CRASHES_MAX + 5):
        assert bench.sell()["cause"] == "interrupted"
    assert len(bench.terminal.desk.state.device.power.crashes) == CRASHES_MAX
    bench.do("restart")
    assert bench.sell()["cause"] == "interrupted"
    assert bench.do("update_software")["status"] == "done"
    bench.do("sign_in")
    assert bench.sell()["status"] == "done"


def test_a_hung_terminal_reacts_to_nobody_until_the_watchdog_bites() -> None:
    bench = Bench()
    bench.get_ready()
    cause(bench, "hang", at=IDLE)
    assert bench.do("sale", amount_fen=1)["cause"] == "no_reaction"
    assert bench.terminal.deadline == bench.now + bench.settings.profile.watchdog_us
    pass_time(bench, bench.settings.profile.watchdog_us)
    assert noted(bench, "boot")[-1]["reset_cause"] == "watchdog"
    assert bench.sell()["status"] == "done"


def test_strange_points_are_refused() -> None:
    bench = Bench()
    assert not bench.ask("control", "cause", behaviour="crash", at="noon").ok
    assert not bench.ask("control", "cause", behaviour="crash").ok


def test_a_restart_keeps_the_session_and_says_so() -> None:
    bench = Bench()
    bench.get_ready()
    assert bench.do("restart")["status"] == "done"
    assert noted(bench, "boot")[-1]["reset_cause"] == "restart"
    bench.boot()
    assert noted(bench, "boot")[-1]["reset_cause"] == "power_fail"  # the record is used up
    assert bench.sell()["status"] == "done"


def test_every_question_is_answered_whatever_happens() -> None:
    bench = Bench()
    cause(bench, "crash", at="begin")
    bench.ask("control", "inject_tmk", components=["11" * 16, "22" * 16], kcv="")  # would wait for ever
    assert noted(bench, "boot")[-1]["reset_cause"] == "crash"


# slowness


def own_time_us(bench: Bench) -> int:
    assert bench.sell()["status"] == "done"
    return int(status(bench)["own_time_us"])


def test_it_slows_down_with_uptime_until_it_is_restarted() -> None:
    bench = Bench()
    bench.get_ready()
    cause(bench, "slows", per_hour_us=100_000)
    assert own_time_us(bench) == 0
    pass_time(bench, 10 * HOUR_US)
    assert own_time_us(bench) // 1_000 == 2_000  # a second before it sends, a second before it shows the reply
    pass_time(bench, 1_000 * HOUR_US)
    assert own_time_us(bench) == 2 * SLOW_MAX_US
    bench.do("restart")
    assert own_time_us(bench) == 0


def test_it_slows_down_with_its_log_until_what_is_settled_is_cleared() -> None:
    bench = Bench()
    bench.get_ready()
    cause(bench, "slows", per_sale_us=10_000)
    times = [own_time_us(bench) for _ in range(3)]
    assert times == [10_000, 30_000, 50_000]  # this sale's entry is there when its reply is shown
    assert bench.do("clear_log")["cleared"] == 0  # nothing is settled yet
    bench.do("settle")
    assert bench.do("clear_log")["cleared"] == 3
    assert status(bench)["log_entries"] == 0
    bench.do("sign_in")
    assert own_time_us(bench) == 10_000
    assert len(bench.snapshot["entries"]) == 4  # the bench's own record of the run


# what whoever waited is told of it --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "status"), [("card_read", "no_answer"), ("after_send", "unknown"), ("at_print", "unknown")]
)
def test_nobody_is_told_that_nothing_happened_when_it_may_have(at: str, status: str) -> None:
    """A sale that was booked before the crash is none to be made again."""
    bench = Bench()
    bench.get_ready()
    cause(bench, "crash", at=at)
    outcome = bench.sell(500)
    assert (outcome["status"], outcome["cause"]) == (status, "interrupted")
    assert outcome["amount_fen"] == (None if status == "no_answer" else 500)


def test_an_interrupted_advice_is_unknown_as_long_as_it_is_pending() -> None:
    bench = Bench()
    bench.get_ready()
    cause(bench, "crash", at="after_send")
    bench.ask("person", "present", card="debit", how="swipe")
    outcome = bench.do("completion_advice", auth="654321", date="1121", amount_fen=500)
    assert (outcome["status"], outcome["amount_fen"]) == ("unknown", 500)


def test_what_was_pending_before_is_not_told_of_the_operation_that_was_interrupted() -> None:
    bench = Bench()
    bench.get_ready()
    bench.host.change = lambda request, reply: None if request.mti in ("0200", "0400") else reply
    bench.sell(800)
    cause(bench, "crash", at="card_read")
    outcome = bench.sell(55)
    assert (outcome["status"], outcome["stan"], outcome["amount_fen"]) == ("no_answer", None, None)
