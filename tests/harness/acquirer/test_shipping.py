"""Parcels, activation codes that expire on the way, lost and damaged devices: rows B1 to B3 and A5's dispatch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from harness.machine import DAY_US, HOUR_US
from protocols.unionpay.activation import State
from tests.harness.acquirer.test_onboarding import SN, activate, apply, progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness.acquirer.conftest import Bench, Pos

OTHER_SN = "00000302CT100-0002"


def approved(bench: Bench) -> str:
    application = apply(bench)
    bench.wait(24 * HOUR_US)  # the promised times of the three stages: 4, 8 and 12 hours
    assert progress(bench, application)["state"] == "approved"
    return application


def track(bench: Bench, application: str) -> dict[str, Any]:
    return bench.ask("portal", "track", parcel=progress(bench, application)["parcel"])


def test_a_parcel_passes_its_stops_and_comes_when_promised(bench: Bench) -> None:
    application = approved(bench)
    sent_us = bench.now
    places = []
    for hours in (0, 12, 36, 48):  # 0, 25, 75 and 100 per cent of two days
        bench.wait(sent_us + hours * HOUR_US - bench.now)
        told = track(bench, application)
        places.append(told["place"]["en"])
        assert (told["due_us"], told["late"]) == (sent_us + 48 * HOUR_US, False)
        assert told["expected_us"] == (None if hours == 48 else told["due_us"])
        assert told["state"] == ("delivered" if hours == 48 else "in_transit")
    assert len(set(places)) == 4
    assert [event["what"] for event in track(bench, application)["events"]] == ["sent", "passed", "passed", "delivered"]
    assert bench.restarted().state.parcels == bench.host.state.parcels


@given(st.integers(min_value=0, max_value=60), st.integers(min_value=0, max_value=20 * 24))
def test_a_parcel_that_is_held_waits_where_it_is(before_h: int, held_h: int) -> None:
    from tests.harness.acquirer.conftest import Bench

    bench = Bench.made()
    application = approved(bench)
    sent_us = bench.now
    bench.wait(before_h * HOUR_US)
    there = track(bench, application)
    bench.ask("control", "cause", behaviour="parcel_held", parcel=there["parcel"])
    bench.wait(held_h * HOUR_US)
    told = track(bench, application)
    if there["state"] == "delivered":
        assert told["state"] == "delivered"
        return
    assert (told["state"], told["place"]) == ("held", there["place"])
    assert told["late"] == (bench.now > sent_us + 48 * HOUR_US)
    bench.ask("control", "heal", behaviour="parcel_held")
    healed_us, passed = bench.now, len(told["events"])
    bench.wait(48 * HOUR_US)
    assert all(event["at_us"] >= healed_us for event in track(bench, application)["events"][passed:])
    assert track(bench, application)["state"] == "delivered"
    times = [event["at_us"] for event in track(bench, application)["events"]]
    assert times == sorted(times)


def test_an_expired_code_tells_its_date_and_takes_no_try(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    application = approved(bench)
    code = progress(bench, application)["activation_code"]
    bench.ask("portal", "bind", application=application, sn=SN)
    bench.wait(7 * DAY_US)
    for _ in range(7):  # more often than there are tries
        answered, state = activate(bench, make_pos, code)
        # The run begins 2026-03-02 08:00; approved a day later, valid for seven days.
        assert (answered, state.state, state.valid_until) == ("58", State.CODE_EXPIRED, "202603100800")
        assert state.tries_left == 5
    assert progress(bench, application)["code_expired"] is True
    renewed = bench.ask("portal", "renew_code", application=application)["activation_code"]
    assert activate(bench, make_pos, code)[1].state == State.CODE_WRONG
    assert activate(bench, make_pos, renewed)[0] == "00"
    bench.wait(30 * DAY_US)
    assert progress(bench, application)["code_expired"] is False  # it was used


def test_a_lost_parcel_revokes_the_device_that_was_packed(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    application = approved(bench)
    bench.ask("control", "pack", application=application, sn=SN)
    told = progress(bench, application)
    answered, state = activate(bench, make_pos, told["activation_code"])
    assert (answered, state.state) == ("97", State.IN_TRANSIT)
    bench.ask("control", "parcel_lost", parcel=told["parcel"])
    answered, state = activate(bench, make_pos, told["activation_code"])
    assert (answered, state.state) == ("97", State.LOST)
    assert not bench.answer("control", "issue_tmk", sn=SN).ok
    status = bench.ask("portal", "status", sn=SN)
    assert (status["status"], status["parcel"]["state"]) == ("lost", "lost")
    bench.wait(10 * DAY_US)
    assert track(bench, application)["state"] == "lost"


def test_a_replacement_has_the_same_numbers_and_another_device(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    application = approved(bench)
    bench.ask("control", "pack", application=application, sn=SN)
    before = progress(bench, application)
    bench.ask("control", "parcel_lost", parcel=before["parcel"])
    another = bench.ask("portal", "replacement", application=application, reason="lost")
    assert another["parcel"] != before["parcel"]
    bench.ask("control", "pack", application=application, sn=OTHER_SN)
    bench.wait(2 * DAY_US)
    after = progress(bench, application)
    assert (after["mid"], after["tid"], after["sn"]) == (before["mid"], before["tid"], OTHER_SN)
    assert bench.ask("portal", "track", sn=OTHER_SN)["state"] == "delivered"
    assert activate(bench, make_pos, before["activation_code"], OTHER_SN)[1].state == State.CODE_WRONG
    assert activate(bench, make_pos, after["activation_code"], OTHER_SN)[0] == "00"
    assert activate(bench, make_pos, after["activation_code"], SN)[1].state == State.LOST
    bound = [t for t in bench.host.state.terminals.values() if t.application == application]
    assert [t.sn for t in bound] == [OTHER_SN]
    assert bench.restarted().state.terminals == bench.host.state.terminals


def test_damage_is_marked_in_the_delivery_record(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    application = approved(bench)
    bench.ask("control", "pack", application=application, sn=SN)
    early = bench.answer("portal", "report_damage", sn=SN, part="printer")
    assert (early.ok, early.value["cause"]) == (False, "wrong_state")
    bench.wait(2 * DAY_US)
    for _ in range(3):
        bench.ask("portal", "report_damage", sn=SN, part="printer")
    told = bench.ask("portal", "track", sn=SN)
    assert (told["state"], told["events"][-1]["part"], len(told["events"])) == ("damaged", "printer", 5)
    bench.ask("portal", "replacement", application=application, reason="damaged")
    assert bench.ask("portal", "status", sn=SN)["status"] == "returned"
    code = progress(bench, application)["activation_code"]
    assert activate(bench, make_pos, code)[1].state == State.UNBOUND


def test_a_device_that_is_not_lost_is_not_replaced_as_lost(bench: Bench) -> None:
    application = approved(bench)
    causes = {"lost": "not_reported", "stolen": "not_reported", "damaged": "not_bound", "old": "bad_argument"}
    for reason, cause in causes.items():
        answer = bench.answer("portal", "replacement", application=application, reason=reason)
        assert (answer.ok, answer.value["cause"]) == (False, cause)


def test_the_merchant_binds_what_came_and_it_has_a_delivery_record(bench: Bench) -> None:
    application = approved(bench)
    bench.wait(2 * DAY_US)
    bench.ask("portal", "bind", application=application, sn=SN)
    assert bench.ask("portal", "track", sn=SN)["parcel"] == progress(bench, application)["parcel"]


def test_a_queued_dispatch_and_a_queued_activation(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    bench.ask("control", "cause", behaviour="backlog", queue="dispatch", per_day=1, ahead=2)
    application = approved(bench)
    bench.ask("control", "pack", application=application, sn=SN)
    told = progress(bench, application)
    assert (told["parcel"], told["queue"]["team"]) == ("", "dispatch")
    answered, state = activate(bench, make_pos, told["activation_code"])
    # Two others were ahead from the beginning of the day; one of them has been taken up since.
    assert (answered, state.state, state.stage, state.item_codes) == ("09", State.QUEUED, "dispatch", ("position:2",))
    bench.wait(2 * DAY_US)
    assert progress(bench, application)["shipping"]["sn"] == SN
    bench.wait(2 * DAY_US)
    bench.ask("control", "cause", behaviour="backlog", queue="activation", per_day=1, ahead=1)
    for _ in range(2):
        answered, state = activate(bench, make_pos, told["activation_code"])
        assert (answered, state.state, state.stage, state.item_codes) == (
            "09",
            State.QUEUED,
            "activation",
            ("position:2",),
        )
    assert bench.answer("control", "issue_tmk", sn=SN).value["cause"] == "queued"
    bench.wait(2 * DAY_US)
    assert activate(bench, make_pos, told["activation_code"])[0] == "00"


def test_a_wrong_code_does_not_queue(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    application = approved(bench)
    bench.ask("portal", "bind", application=application, sn=SN)
    bench.ask("control", "cause", behaviour="backlog", queue="activation")
    assert activate(bench, make_pos, "1")[1].state == State.CODE_WRONG
    assert progress(bench, application)["queue"] is None


def test_nothing_is_sent_while_the_deposit_is_not_paid(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    application = apply(bench)
    bench.wait(23 * HOUR_US)
    bench.ask("control", "cause", behaviour="backlog", queue="dispatch", per_day=1)
    bench.wait(HOUR_US)
    mid = progress(bench, application)["mid"]
    case = bench.ask("control", "hold", kind="deposit_unpaid", subject=f"merchant:{mid}")["case"]
    bench.ask("control", "heal", behaviour="backlog")
    bench.wait(DAY_US)
    told = progress(bench, application)
    assert (told["parcel"], told["queue"]["position"], told["queue"]["expected_us"]) == ("", None, None)
    bench.ask("control", "release", case=case)
    bench.wait(0)
    assert progress(bench, application)["shipping"]["state"] == "in_transit"
