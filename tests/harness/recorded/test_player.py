"""One side of a recorded sale against the live other sides, and against peers that do not keep to it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.machine import HOUR_US, Closed, Connect, Opened, Received, Send, Wake
from harness.recordings.player import LINGER_US, Player
from harness.recordings.reader import Reader
from harness.recordings.script import Hear, Part, Say, script_of
from harness.recordings.sessions import sessions_of
from harness.terminal.register import SIDES
from harness.trace import Trace
from protocols.errors import RemoteError, ScenarioError

from . import shop
from .shop import AMOUNT_FEN

READER = Reader()


@cache
def script() -> list[Part]:
    """What the terminal says and hears on its register's line."""
    return script_of(sessions_of(shop.recorded().events), "terminal", "register", READER, True)


def as_terminal(fast: bool) -> Player:
    return Player("terminal", script(), READER, cable=True, fast=fast)


def wait_out(player: Player, now: int) -> None:
    """Nothing more comes."""
    while not player.over:
        assert player.deadline is not None
        now = max(now, player.deadline)
        player.handle(Wake(), now)


def verdicts(player: Player) -> list[str]:
    return [line.verdict for line in player.lines]


def test_a_played_register_sells_at_a_live_terminal() -> None:
    player = shop.player("register", "register", joined=True)
    bench = shop.shop(register=player)
    shop.present(bench)
    bench.advance(60_000_000)
    assert player.ok
    assert [(line.out, line.kind) for line in player.lines] == [
        (True, "sale"),
        (False, "ACK"),
        (False, "sale"),
        (True, "ACK"),
    ]
    postings = bench.snapshot()["host"]["postings"]
    assert [posting["amount_fen"] for posting in postings] == [AMOUNT_FEN]


PROTOCOLS = sorted(SIDES)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_played_register_in_every_protocol(protocol: str) -> None:
    player = shop.player("register", "register", shop.recorded(protocol), joined=True)
    bench = shop.shop(protocol=protocol, register=player)
    shop.present(bench)
    bench.advance(60_000_000)
    assert player.ok, [line for line in player.lines if line.verdict not in ("said", "same")]
    assert [posting["amount_fen"] for posting in bench.snapshot()["host"]["postings"]] == [AMOUNT_FEN]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_played_terminal_in_every_protocol(protocol: str) -> None:
    player = shop.player("terminal", "register", shop.recorded(protocol), joined=True)
    bench = shop.shop(protocol=protocol, terminal=player)
    assert bench.ask("register", "person", "sale", amount_fen=AMOUNT_FEN)["status"] == "done"
    bench.advance(10_000_000)
    assert player.ok, [line for line in player.lines if line.verdict not in ("said", "same")]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_played_terminal_answers_an_order_that_comes_later(protocol: str) -> None:
    """Order numbers, tickets and random numbers are others an hour later; the live register takes the answer as its
    own, because what it repeats of the order is taken from the live one."""
    player = shop.player("terminal", "register", shop.recorded(protocol), joined=True, wait_us=2 * HOUR_US)
    bench = shop.shop(protocol=protocol, terminal=player)
    bench.advance(HOUR_US)
    assert bench.ask("register", "person", "sale", amount_fen=AMOUNT_FEN)["status"] == "done"
    bench.advance(10_000_000)
    assert player.ok, [line for line in player.lines if line.verdict not in ("said", "same")]


def test_a_played_host_approves_the_sale_that_it_approved() -> None:
    player = shop.player("host", "host")
    bench = shop.shop(host=player)
    assert shop.sell(bench)["status"] == "done"
    bench.advance(1_000_000)
    assert player.ok
    assert set(verdicts(player)) == {"said", "same"}


def test_a_played_terminal_gives_a_live_register_its_result() -> None:
    player = shop.player("terminal", "register", joined=True)
    bench = shop.shop(terminal=player)
    outcome = bench.ask("register", "person", "sale", amount_fen=AMOUNT_FEN)
    assert outcome["status"] == "done"
    bench.advance(1_000_000)
    assert player.ok


def test_another_amount_is_not_as_recorded() -> None:
    player = shop.player("terminal", "register", joined=True)
    bench = shop.shop(terminal=player)
    bench.ask("register", "person", "sale", amount_fen=AMOUNT_FEN + 1)
    bench.advance(1_000_000)
    assert player.over and not player.ok
    (line,) = (line for line in player.lines if line.verdict == "different")
    assert [(one.place, one.old, one.new) for one in line.differences if one.why is None] == [
        ("9F02", "000000001234", "000000001235")
    ]


def test_an_answer_takes_what_it_repeats_from_the_live_request() -> None:
    """The terminal has other trace numbers and keys: the reply is its own, but no MAC of the recording is good any
    more, and the transcript says so."""
    player = shop.player("host", "host")
    bench = shop.shop(again=True, host=player)
    assert shop.sell(bench)["status"] == "unknown"
    bench.advance(1_000_000)
    request, reply = player.lines
    assert (request.verdict, reply.verdict) == ("natural", "said")
    assert {one.place for one in request.differences} >= {"11", "64"}
    assert reply.followed and reply.unchecked
    messages = [event.data for event in bench.events() if event.kind == "message" and event.party == "terminal"]
    sale, answer = (one for one in messages if one["mti"] in ("0200", "0210"))
    assert answer["fields"]["11"] == sale["fields"]["11"] != _first_stan()
    assert answer["mac"] == "bad"


def _first_stan() -> str:
    messages = (event.data for event in shop.recorded().events if event.kind == "message")
    return next(str(one["fields"]["11"]) for one in messages if one["mti"] == "0200")


def test_a_peer_that_says_nothing_is_waited_for_and_no_longer() -> None:
    player = shop.player("register", "register", joined=True, fast=True, wait_us=2_000_000)
    player.start([], 0)
    sent = [effect for effect in player.handle(Opened("terminal"), 0) if isinstance(effect, Send)]
    assert len(sent) == 1
    player.handle(Received("terminal", b"\x02\x00"), 1_000_000)  # half a frame is no answer
    assert player.deadline == 2_000_000
    player.handle(Wake(), 2_000_000)
    assert verdicts(player) == ["said", "missing", "missing", "missing"]
    player.handle(Wake(), 2_000_000 + LINGER_US)
    assert player.over and not player.ok


def test_a_cable_that_comes_back_goes_on_where_it_was() -> None:
    """Between order and answer the plug is out for a while; what is to be said waits."""
    player = as_terminal(fast=True)
    (part,) = script()
    order, ack = (step.unit.raw for step in part.steps if isinstance(step, Hear))
    player.start([], 0)
    player.handle(Opened("register"), 0)
    player.handle(Closed("register", "gone"), 10)
    player.handle(Opened("register"), 1_000_000)
    said = player.handle(Received("register", order), 1_000_001)
    assert [effect for effect in said if isinstance(effect, Send)]
    player.handle(Closed("register", "gone"), 1_000_002)
    player.handle(Opened("register"), 1_000_003)
    player.handle(Received("register", ack), 1_000_004)
    wait_out(player, 1_000_004)
    assert player.ok


def test_a_cable_that_stays_out_is_waited_for_and_no_longer() -> None:
    player = as_terminal(fast=True)
    player.start([], 0)
    player.handle(Opened("register"), 0)
    player.handle(Closed("register", "gone"), 10)
    wait_out(player, 10)
    assert set(verdicts(player)) == {"missing"}


def test_nobody_comes() -> None:
    player = shop.player("host", "host", fast=True, wait_us=5_000_000)
    player.start([], 0)
    assert player.deadline == 5_000_000
    player.handle(Wake(), 5_000_000)
    assert player.over and not player.ok
    assert player.lines[0].kind == "nobody"


def test_a_dial_that_fails_ends_it() -> None:
    player = shop.player("terminal", "host", dials="host", fast=True)
    player.start([], 0)
    assert player.handle(Wake(), 0) == [Connect("host")]
    player.handle(Closed("host", "refused"), 10)
    assert player.over and not player.ok and player.lines[0].kind == "refused"


def test_what_was_hashed_cannot_be_said() -> None:
    sessions = sessions_of(shop.recorded().events)
    hidden = [
        replace(one, chunks=tuple(replace(chunk, octets=None) for chunk in one.chunks))
        for one in sessions
        if one.party == "host"
    ]
    with pytest.raises(RemoteError, match="hash only"):
        script_of(hidden, "host", "host", Reader(), False)


def test_nothing_to_play_names_what_there_is() -> None:
    trace = shop.opened()[2]
    with pytest.raises(ScenarioError, match="host/c1"):
        script_of(sessions_of(trace.events), "register", "register", Reader(), True)


@settings(max_examples=60)
@given(st.data())
def test_a_peer_that_keeps_to_the_recording_is_right_in_any_splitting(data: st.DataObject) -> None:
    """What the player hears comes in any pieces, at any time before the wait is over; it ends, and all is the same."""
    player = as_terminal(fast=data.draw(st.booleans()))
    (part,) = script()
    now = _talk(player, part, data)
    wait_out(player, now)
    assert player.ok


@settings(max_examples=60)
@given(st.data())
def test_a_changed_octet_of_the_peer_is_never_the_same(data: st.DataObject) -> None:
    player = as_terminal(fast=True)
    (part,) = script()
    hears = [n for n, step in enumerate(part.steps) if isinstance(step, Hear) and step.unit.what == "frame"]
    at = data.draw(st.sampled_from(hears))
    step = part.steps[at]
    place = data.draw(st.integers(0, len(step.unit.raw) - 1))
    change = data.draw(st.integers(1, 255))
    raw = bytes(octet ^ change if n == place else octet for n, octet in enumerate(step.unit.raw))
    player.start([], 0)
    player.handle(Opened("register"), 0)
    player.handle(Received("register", raw), 1)
    wait_out(player, 2)
    assert not player.ok


@settings(max_examples=60)
@given(st.lists(st.one_of(st.binary(max_size=40), st.just(None), st.integers(0, 70_000_000)), max_size=12))
def test_a_player_ends_whatever_the_peer_does(acts: list[bytes | int | None]) -> None:
    """Rubbish, silence, and a plug that is pulled and put back; it is over within the waits of its steps."""
    player = as_terminal(fast=False)
    now = 0
    player.start([], now)
    player.handle(Opened("register"), now)
    for act in acts:
        if act is None:
            player.handle(Closed("register", "gone"), now)
            player.handle(Opened("register"), now)
        elif isinstance(act, int):
            now += act
            player.handle(Wake(), now)
        else:
            player.handle(Received("register", act), now)
    wait_out(player, now)
    assert player.deadline is None
    assert len(player.lines) <= 50 and not any(line.recorded is None and line.found is None for line in player.lines)


def _talk(player: Player, part: Part, data: st.DataObject) -> int:
    now = 0
    player.start([], now)
    player.handle(Opened("register"), now)
    for step in part.steps:
        if isinstance(step, Say):
            while player.deadline is not None and not player.over and _unsaid(player, step):
                now = max(now, player.deadline)
                player.handle(Wake(), now)
            continue
        rest = step.unit.raw
        while rest:
            count = data.draw(st.integers(1, len(rest)))
            player.handle(Received("register", rest[:count]), now)
            rest = rest[count:]
    return now


def _unsaid(player: Player, step: Say) -> bool:
    return not any(line.out and line.recorded == step.unit for line in player.lines)


def test_the_same_trace_again_gives_the_same_transcript() -> None:
    assert _lines(shop.recorded()) == _lines(shop.recorded())


def _lines(trace: Trace) -> list[str]:
    player = shop.player("register", "register", trace, joined=True)
    bench = shop.shop(register=player)
    shop.present(bench)
    bench.advance(60_000_000)
    return [repr(line) for line in player.lines]
