"""Card readers: fallback, what a broken one shows, wear that is counted, dirt, and the reader test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.terminal.hardware.bounds import rate_permille, wilson_permille
from harness.terminal.hardware.readers import wear_permille
from harness.terminal.settings import Card, Profile
from protocols.unionpay.dialect import CUP

from .scripted import Bench, Host, ready_settings

CHIP = Card("chip", "6222020000000000018", "3006", "001", "6222020000000000018D30062010000000000", asks_pin=False)
STRIPE = Card("stripe", "6225880000000019", "3012", "", "6225880000000019D30121010000000000", asks_pin=False)
PROFILE = Profile()


def ready(profile: Profile = PROFILE, mode: Any = "02", **settings: Any) -> Bench:
    dialect = replace(CUP, fallback_mode=mode)
    cards = {card.name: card for card in (CHIP, STRIPE)}
    bench = Bench(ready_settings(profile=profile, dialect=dialect, cards=cards, **settings), Host(dialect))
    bench.get_ready()
    return bench


def sell(bench: Bench, card: str, *ways: str) -> Any:
    for how in ways:
        bench.ask("person", "present", card=card, how=how)
    return bench.do("sale", amount_fen=100)


def told(bench: Bench) -> tuple[str, str]:
    """F22, and 60.4 with 60.5, of the last request."""
    request = bench.host.seen[-1]
    return str(request.get(22)), str(request.get(60))[11:13]


def parts(bench: Bench, **where: object) -> list[Any]:
    notes = [note.data for note in bench.notes if note.kind == "part"]
    return [data for data in notes if where.items() <= data.items()]


def uses(bench: Bench, part: str) -> int:
    return bench.terminal.desk.state.device.part(part).uses


@pytest.mark.parametrize("mode", ["02", "80", "90"])
def test_after_a_chip_that_failed_the_stripe_stands_in(mode: str) -> None:
    bench = ready(mode=mode)
    bench.ask("control", "cause", behaviour="chip_power_up_fails")
    assert sell(bench, "chip", "insert", "swipe")["status"] == "done"
    assert told(bench) == (f"{mode}2", "51")
    assert bench.host.seen[-1].get(55) is None
    assert bench.host.seen[-1].get(35) == CHIP.track2
    assert sell(bench, "chip", "insert", "swipe")["status"] == "done"
    assert told(bench) == (f"{mode}2", "52")
    bench.ask("control", "heal", behaviour="chip_power_up_fails")
    sell(bench, "chip", "insert")
    assert told(bench) == ("052", "50")
    bench.ask("control", "cause", behaviour="chip_power_up_fails")
    sell(bench, "chip", "insert", "swipe")
    assert told(bench) == (f"{mode}2", "51"), "the chip of the transaction before was good"


def test_what_is_remembered_of_the_chip_outlives_a_power_cut() -> None:
    bench = ready()
    bench.ask("control", "cause", behaviour="chip_power_up_fails")
    sell(bench, "chip", "insert", "swipe")
    bench.boot()
    sell(bench, "chip", "insert", "swipe")
    assert told(bench) == ("022", "52")


def test_the_reversal_of_a_fallback_says_how_the_card_was_read() -> None:
    bench = ready(mode="90")
    bench.ask("control", "cause", behaviour="chip_power_up_fails")
    bench.host.change = lambda request, reply: None if request.mti == "0200" else reply
    assert sell(bench, "chip", "insert", "swipe")["status"] == "unknown"
    bench.do("reversal")
    assert bench.host.seen[-1].mti == "0400"
    assert told(bench) == ("902", "51")


def test_a_card_with_a_chip_is_not_swiped_first() -> None:
    bench = ready()
    before = len(bench.host.seen)
    result = sell(bench, "chip", "swipe")
    assert (result["status"], result["cause"]) == ("refused", "use_chip")
    assert len(bench.host.seen) == before
    assert sell(bench, "stripe", "swipe")["status"] == "done"
    assert told(bench) == ("022", "50")


def test_a_misread_stripe_opens_no_way_around_the_chip() -> None:
    bench = ready()
    bench.ask("person", "present", card="chip", how="swipe", misread=True)
    bench.ask("person", "present", card="chip", how="swipe")
    assert bench.do("sale", amount_fen=100)["cause"] == "use_chip"


def test_without_a_chip_reader_every_card_is_swiped() -> None:
    bench = ready(replace(PROFILE, reads=("swipe", "key")))
    assert sell(bench, "chip", "swipe")["status"] == "done"
    assert told(bench) == ("022", "20")


def test_an_attendant_swipes_when_the_terminal_says_so() -> None:
    bench = ready(attendant="chip")
    bench.ask("control", "cause", behaviour="chip_power_up_fails")
    assert bench.do("sale", amount_fen=100)["status"] == "done"
    assert told(bench)[1] == "51"


def test_a_mute_reader_does_not_notice_a_card_and_its_self_test_says_so() -> None:
    bench = ready()
    bench.ask("control", "cause", behaviour="reader_mute", part="chip_reader")
    bench.ask("person", "present", card="chip", how="insert")
    assert bench.do("sale", amount_fen=100)["cause"] == "card_timeout"
    (unnoticed,) = [n for n in bench.notes if n.kind == "card" and n.data["what"] == "unnoticed"]
    assert unnoticed.seen_by == ("register",)
    assert not parts(bench, part="chip_reader")
    assert bench.do("self_test")["parts"] == ["chip_reader"]


@pytest.mark.parametrize("behaviour", ["chip_power_up_fails", "stripe_unreadable"])
def test_a_self_test_without_a_card_knows_nothing_of_reading(behaviour: str) -> None:
    bench = ready()
    bench.ask("control", "cause", behaviour=behaviour)
    assert bench.do("self_test")["status"] == "done"
    assert bench.do("reader_test")["cause"] == "reader_failed"


def test_wear_is_counted_read_by_read_and_shows_beyond_the_rated_life() -> None:
    """No hand of the bench here: sixty insertions of a reader that is rated for thirty."""
    life, insertions = 30, 60
    bench = ready(replace(PROFILE, chip_life=life))
    for _ in range(insertions):
        sell(bench, "chip", "insert", "swipe")
        bench.terminal.person._cards.clear()
    reads = parts(bench, part="chip_reader")
    assert uses(bench, "chip_reader") == insertions
    assert [data["count"] for data in reads] == list(range(1, insertions + 1))
    assert all(data["ok"] for data in reads[:life])
    assert not all(data["ok"] for data in reads[life:])
    bench.boot()
    assert uses(bench, "chip_reader") == insertions


def test_no_sale_writes_more_often_because_its_read_is_counted() -> None:
    """The count goes with what is saved anyway."""
    bench = ready()
    before = len([effect for effect in bench.log if type(effect).__name__ == "Persist"])
    sell(bench, "chip", "insert")
    saved = [effect for effect in bench.log if type(effect).__name__ == "Persist"][before:]
    keyed = ready()
    at = len([effect for effect in keyed.log if type(effect).__name__ == "Persist"])
    sell(keyed, "chip", "key")
    assert len(saved) == len([effect for effect in keyed.log if type(effect).__name__ == "Persist"][at:])


def test_a_read_of_a_cancelled_sale_is_counted_too() -> None:
    bench = ready()
    assert sell(bench, "chip", "insert")["status"] == "done"
    bench.ask("person", "present", card="nobody's", how="insert")
    assert bench.do("sale", amount_fen=100)["cause"] == "unknown_card"
    assert uses(bench, "chip_reader") == 2


def test_the_same_reader_fails_at_the_same_reads() -> None:
    def worn() -> Bench:
        bench = ready()
        bench.ask("control", "cause", behaviour="worn", part="chip_reader", uses=150_000)
        return bench

    once, again = worn(), worn()
    first = [once.do("reader_test", interface="insert", reads=50)["reading"]["insert"] for _ in range(3)]
    second = []
    for _ in range(3):
        second.append(again.do("reader_test", interface="insert", reads=50)["reading"]["insert"])
        again.boot()
    assert first == second
    assert len({result["errors"] for result in first}) > 1, "not the same fifty reads each time"


def test_reader_test_tells_rate_and_bounds_and_wears() -> None:
    bench = ready()
    good = bench.do("reader_test", interface="insert", reads=20)
    assert good["reading"] == {
        "insert": {
            "part": "chip_reader",
            "ok": True,
            "reads": 20,
            "errors": 0,
            "permille": 0,
            "low_permille": 0,
            "high_permille": 162,  # 0 of 20: 16.11 % (Newcombe 1998)
        }
    }
    assert uses(bench, "chip_reader") == 20
    bench.ask("control", "cause", behaviour="worn", part="chip_reader", uses=150_000)
    bad = bench.do("reader_test", interface="insert", reads=1000)
    assert (bad["status"], bad["cause"]) == ("refused", "reader_failed")
    assert 450 <= bad["reading"]["insert"]["permille"] <= 550
    assert set(bench.do("reader_test")["reading"]) == {"swipe", "insert", "tap"}
    assert "IC 卡读卡器：读卡 20 次，出错 0 次（0.0 % 至 16.2 %）" in bench.shown()


@pytest.mark.parametrize("args", [{"reads": 0}, {"reads": 1001}, {"reads": True}, {"reads": "9"}, {"interface": "key"}])
def test_reader_test_takes_no_nonsense(args: dict[str, Any]) -> None:
    assert ready().do("reader_test", **args)["cause"] == "bad_request"


@pytest.mark.parametrize(
    "settings",
    [
        {"behaviour": "reader_mute", "part": "printer"},
        {"behaviour": "reader_mute"},
        {"behaviour": "worn", "part": "contactless_reader", "uses": 5},
        {"behaviour": "worn", "part": "chip_reader", "uses": "many"},
        {"behaviour": "dirt", "cleanable": "no"},
        {"behaviour": "field_off", "part": "chip_reader"},
    ],
)
def test_a_defect_of_the_wrong_part_or_form_is_refused(settings: dict[str, Any]) -> None:
    assert not ready().ask("control", "cause", **settings).ok


@pytest.mark.parametrize("cleanable", [True, False])
def test_dirt_reaches_both_slots_and_the_keypad_at_once_and_cleaning_ends_it(cleanable: bool) -> None:
    bench = ready()
    assert bench.do("reader_test")["status"] == "done"
    bench.ask("control", "cause", behaviour="dirt", cleanable=cleanable)
    bad = bench.do("reader_test")["reading"]
    assert [how for how, result in bad.items() if not result["ok"]] == ["swipe", "insert"]
    bench.ask("control", "maintain", act="clean")
    assert (bench.do("reader_test")["status"] == "done") == cleanable
    assert bool(bench.terminal.desk.state.device.defect("keypad", "dirt")) != cleanable
    assert [n.data for n in bench.notes if n.kind == "maintenance"] == [{"act": "clean", "args": {}}]


def test_wear_does_not_end_by_cleaning_or_service_only_with_another_part() -> None:
    bench = ready()
    bench.ask("control", "cause", behaviour="worn", part="magnetic_reader", uses=450_000)
    for name, args in (("maintain", {"act": "clean"}), ("service", {})):
        bench.ask("control", name, **args)
        assert bench.do("reader_test", interface="swipe")["cause"] == "reader_failed"
    bench.ask("control", "maintain", act="replace_part", part="magnetic_reader")
    assert bench.do("reader_test", interface="swipe")["reading"]["swipe"]["errors"] == 0


@pytest.mark.parametrize(
    ("errors", "tries", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (1, 29, 0.0061, 0.1718)]
)
def test_bounds_are_those_of_the_published_examples(errors: int, tries: int, low: float, high: float) -> None:
    """Newcombe 1998, table I, method 3, to four places; ours are rounded outwards to three."""
    found = wilson_permille(errors, tries)
    assert found[0] <= low * 1000 <= found[0] + 1
    assert found[1] - 1 <= high * 1000 <= found[1]


@given(st.data())
def test_bounds_hold_the_rate_and_mirror_each_other(data: st.DataObject) -> None:
    tries = data.draw(st.integers(1, 5000))
    errors = data.draw(st.integers(0, tries))
    low, high = wilson_permille(errors, tries)
    assert 0 <= low <= rate_permille(errors, tries) <= high <= 1000
    assert wilson_permille(tries - errors, tries) == (1000 - high, 1000 - low)
    assert wilson_permille(0, 0) == (0, 1000)


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**6))
def test_wear_never_goes_back(uses_then: int, more: int, rated: int) -> None:
    then, now = wear_permille(uses_then, rated), wear_permille(uses_then + more, rated)
    assert 0 <= then <= now <= 1000
    assert now == 0 or uses_then + more > rated > 0
