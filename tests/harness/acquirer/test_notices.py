"""Announcements: what they say in advance, what they stop and for how long, and who goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.machine import DAY_US, HOUR_US, Close, Opened, Wake

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocols.unionpay.message import Message
    from tests.harness.acquirer.conftest import Bench, Pos

SUBJECT = "merchant:898520154110004"


def told(reply: Message) -> str:
    """F56 in words."""
    return (reply.octets(56) or b"").decode("gbk")


def test_maintenance_is_announced_stops_everything_and_ends_by_itself(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "announce", kind="maintenance", from_us=DAY_US, until_us=DAY_US + 2 * HOUR_US)
    (known,) = bench.ask("portal", "notices")["notices"]
    assert (known["stage"], known["from_us"], known["until_us"]) == ("announced", DAY_US, DAY_US + 2 * HOUR_US)
    assert told(pos.sign_in()) == "系统维护 03-03 08:00至03-03 10:00"
    assert pos.sale(100).text(39) == "00"
    bench.now = DAY_US
    assert pos.sale(200).text(39) == "96"
    assert pos.ask("0820", {60: f"00{pos.batch}301"}).text(39) == "96"
    (held,) = bench.ask("portal", "status", mid=pos.mid)["terminals"][0]["holds"]
    assert (held["kind"], held["until_us"]) == ("maintenance", DAY_US + 2 * HOUR_US)
    bench.now += 2 * HOUR_US
    bench.feed(Wake())
    bench.feed(Opened("c1"))
    assert pos.sale(200).text(39) == "00"
    assert bench.ask("portal", "notices")["notices"][0]["stage"] == "over"
    assert [p.amount_fen for p in bench.host.state.ledger.postings.values()] == [100, 200]


def test_a_closed_window_takes_no_connection(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "announce", kind="maintenance", until_us=HOUR_US, facts={"closed": True})
    assert bench.feed(Opened("c2"))[-1] == Close("c2")
    bench.now = HOUR_US
    assert not [e for e in bench.feed(Opened("c3")) if isinstance(e, Close)]


def test_an_activation_is_stopped_by_what_stops_everybody(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "announce", kind="cut_over", until_us=HOUR_US)
    other = type(pos)(bench, tid="", mid="")
    reply = other.ask("0800", {11: "000001", 59: b"A2000", 60: "00000000101"})
    assert reply.text(39) == "90"


def test_end_of_service_settlement_stays_open_until_the_cut_off(bench: Bench, pos: Pos) -> None:
    assert pos.sale(300).text(39) == "00"
    sold = pos.sale_fields(400)
    bench.ask("control", "announce", kind="end_of_service", from_us=DAY_US, cut_off_us=3 * DAY_US, subject=SUBJECT)
    bench.now = DAY_US
    assert pos.sale(500).text(39) == "58"
    assert pos.reverse(sold).text(39) == "25"
    assert (pos.settle((300, 1)).text(48) or "")[30] == "1"
    bench.now = 3 * DAY_US
    assert pos.ask("0820", {60: f"00{pos.batch}301"}).text(39) == "58"
    notice = bench.ask("portal", "notices", mid=pos.mid)["notices"][0]
    assert (notice["stage"], notice["until_us"]) == ("cut_off", None)


def test_only_the_subject_is_stopped(make_bench: Callable[..., Bench], make_pos: Callable[..., Pos]) -> None:
    bench = make_bench()
    bench.ask("control", "provision", **two_models())
    one, other = (make_pos(bench, tid=tid, mid="898520154110005") for tid in ("52020001", "52020002"))
    for pos in (one, other):
        assert pos.sign_in().text(39) == "00"
    bench.ask("control", "announce", kind="model_suspended", subject="model:CT-100", facts={"reason": "recall"})
    assert (one.sale(100).text(39), other.sale(100).text(39)) == ("58", "00")
    number = bench.ask("portal", "notices", sn="SN100")["notices"][0]["notice"]
    assert bench.ask("portal", "notices", sn="SN200")["notices"] == []
    bench.ask("control", "call_off", notice=number)
    assert one.sale(100).text(39) == "00"


def two_models() -> dict[str, object]:
    rows = [("52020001", "SN100", "CT-100"), ("52020002", "SN200", "CT-200")]
    tmk = "159D86C7C1F779EA29F77A6858E0DA2A"
    terminals = [{"tid": t, "sn": sn, "tmk": tmk, "test_key": True, "model": model} for t, sn, model in rows]
    return {"merchant": [{"mid": "898520154110005", "name": "两种机型", "terminal": terminals}]}


def test_licence_of_the_institution(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "announce", kind="licence", from_us=DAY_US, facts={"reason": "expired"})
    assert pos.sale(100).text(39) == "00"
    bench.now = DAY_US
    assert pos.sale(100).text(39) == "31"
    held = bench.ask("portal", "status", mid=pos.mid)["terminals"][0]["holds"][0]
    assert (held["kind"], held["subject"], held["reason"]) == ("licence", "institution:48020000", "expired")


def test_two_windows_that_overlap_end_with_the_second(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "announce", kind="maintenance", until_us=2 * HOUR_US)
    bench.ask("control", "announce", kind="maintenance", from_us=HOUR_US, until_us=3 * HOUR_US)
    for hour, code in ((1, "96"), (2, "96"), (3, "00")):
        bench.now = hour * HOUR_US
        assert pos.sale(100 + hour).text(39) == code, hour


def test_a_host_that_was_down_makes_up_for_it(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "announce", kind="maintenance", from_us=HOUR_US, until_us=2 * HOUR_US)
    bench.now = 90 * 60 * 1_000_000
    bench.host = bench.restarted()
    bench.feed(Opened("c1"))
    assert pos.sale(100).text(39) == "96"
    bench.now = 5 * HOUR_US
    bench.host = bench.restarted()
    bench.feed(Opened("c1"))
    assert pos.sale(100).text(39) == "00"


@pytest.mark.parametrize(
    ("args", "cause"),
    [
        ({"kind": "strike"}, "bad_argument"),
        ({"kind": "maintenance"}, "bad_argument"),
        ({"kind": "maintenance", "from_us": 5, "until_us": 5}, "bad_argument"),
        ({"kind": "licence", "from_us": -1}, "bad_argument"),
        ({"kind": "licence", "facts": {"colour": "red"}}, "bad_argument"),
        ({"kind": "rule", "facts": {"requires": "beauty"}}, "bad_argument"),
    ],
)
def test_what_is_no_announcement(bench: Bench, args: dict[str, object], cause: str) -> None:
    answer = bench.answer("control", "announce", **args)
    assert (answer.ok, answer.value["cause"]) == (False, cause)
    assert bench.ask("portal", "notices")["notices"] == []


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), min_size=1, max_size=6))
def test_refused_in_a_window_and_only_there(windows: list[tuple[int, int]]) -> None:
    """Against a plain reading of the announced windows, hour by hour."""
    from tests.harness.acquirer.conftest import Bench, Pos

    bench = Bench.made()
    pos = Pos(bench)
    pos.sign_in()
    for begin, hours in windows:
        bench.ask(
            "control", "announce", kind="maintenance", from_us=begin * HOUR_US, until_us=(begin + hours) * HOUR_US
        )
    for hour in range(28):
        bench.now = hour * HOUR_US
        inside = any(begin <= hour < begin + hours for begin, hours in windows)
        code = pos.ask("0820", {60: f"00{pos.batch}301"}).text(39)
        assert code == ("96" if inside else "00"), hour
        if hour % 9 == 8:
            bench.host = bench.restarted()
            bench.feed(Opened("c1"))
