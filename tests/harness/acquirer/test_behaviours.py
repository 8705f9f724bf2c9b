"""Every named misbehaviour does what its name says, as often as it was asked to, and stops when healed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.acquirer.behaviours import BEHAVIOURS
from harness.machine import SECOND_US, Received, Send, Wake
from protocols.framing import Frame, TcpFramer
from protocols.unionpay import mac as macs
from protocols.unionpay.message import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness.acquirer.conftest import Bench, Pos


def sends(bench: Bench, frame: bytes) -> list[bytes]:
    return [e.data for e in bench.feed(Received("c1", frame)) if isinstance(e, Send)]


def sale(pos: Pos) -> bytes:
    return pos.frame("0200", pos.sale_fields(100), mac=True)


def parsed(pos: Pos, data: bytes) -> tuple[str, str, bool]:
    """F11, F39, and whether F64 is right."""
    (item,) = TcpFramer().feed(data)
    assert isinstance(item, Frame)
    codec = codec_for(pos.dialect)
    reply = codec.parse(item.payload)
    assert pos.keys is not None
    good = macs.verify(pos.dialect.mac_form, pos.keys.mak, codec.mac_input(item.payload), reply.octets(64) or b"")
    return reply.text(11) or "", reply.text(39) or "", good


def test_no_answer_but_booked(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "cause", behaviour="no_answer", kinds=["sale"], count=1)
    assert sends(bench, sale(pos)) == []
    assert len(bench.host.state.ledger.postings) == 1
    assert len(sends(bench, sale(pos))) == 1


def test_late(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "cause", behaviour="answer_late", delay_us=61 * SECOND_US)
    assert sends(bench, sale(pos)) == []
    bench.ask("control", "heal", behaviour="answer_late")
    assert bench.host.deadline == 61 * SECOND_US
    bench.now = 61 * SECOND_US
    (late,) = [e for e in bench.feed(Wake()) if isinstance(e, Send)]
    assert parsed(pos, late.data) == ("000002", "00", True)


def test_wrong_mac_stale_trace_and_twice(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "cause", behaviour="wrong_mac", count=1)
    assert parsed(pos, sends(bench, sale(pos))[0]) == ("000002", "00", False)
    bench.ask("control", "cause", behaviour="stale_trace", count=1)
    stan, code, _ = parsed(pos, sends(bench, sale(pos))[0])
    assert (stan, code) == ("000002", "00")
    bench.ask("control", "cause", behaviour="duplicate_answer", tid=pos.tid)
    first, second = sends(bench, sale(pos))
    assert first == second
    bench.ask("control", "heal")
    assert parsed(pos, sends(bench, sale(pos))[0]) == ("000005", "00", True)


def test_decline_books_nothing(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "cause", behaviour="decline", code="05", kinds=["sale"])
    assert pos.sale(100).text(39) == "05"
    assert bench.host.state.ledger.postings == {}


def test_sign_in_required(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "cause", behaviour="sign_in_required")
    header = pos.sale(100).header
    assert header is not None
    assert header.requirement == 3


@pytest.mark.parametrize(
    "args",
    [
        {"behaviour": "nonsense"},
        {"behaviour": "decline"},
        {"behaviour": "no_answer", "counts": 1},
        {"behaviour": "no_answer", "count": "1"},
        {"behaviour": "no_answer", "count": True},
        {"behaviour": "answer_late", "delay_us": -1},
        {},
    ],
)
def test_a_bad_request_is_refused_in_words(bench: Bench, args: dict[str, object]) -> None:
    answer = bench.answer("control", "cause", **args)
    assert not answer.ok
    assert set(answer.value["error"]) == {"zh", "en"}
    assert bench.host.state.behaviours == {}


def test_behaviours_survive_a_restart(bench: Bench) -> None:
    given = {int: 1, str: "05", list: ["block_application"]}
    for name, row in BEHAVIOURS.items():
        settings = {key: "review" if key == "queue" else given[row.settings[key]] for key in row.required}
        bench.ask("control", "cause", behaviour=name, **settings)
    assert bench.restarted().state.behaviours == bench.host.state.behaviours
    assert set(bench.restarted().state.behaviours) == set(BEHAVIOURS)


def test_unknown_asks_are_refused(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    for who in ("portal", "control", "person"):
        assert not bench.answer(who, "nonsense").ok
