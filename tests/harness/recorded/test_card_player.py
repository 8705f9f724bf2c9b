"""The card of a recorded sale against a live terminal, and against whoever asks something else."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.machine import Closed, Opened, Received, Send, Wake
from harness.recordings.card_player import REFUSAL, CardPlayer
from harness.recordings.reader import Reader
from harness.recordings.script import Part, script_of
from harness.recordings.sessions import sessions_of
from harness.recordings.units import units_of

from . import chips, shop

READER = Reader()
ATR = bytes.fromhex("3BE000008131FE45EB")
"""Of the shipped test card (PBOC 3.0 allows it: T=1, no special speeds)."""


@cache
def script(how: str = "insert") -> list[Part]:
    return script_of(sessions_of(chips.recorded(how=how).events), "card", "card", READER, False)


@cache
def pairs() -> list[tuple[bytes, bytes]]:
    """Command and answer, as the terminal's own trace has them."""
    said = [unit.raw for unit in units_of(chips.session(chips.recorded()))]
    assert said[0] == ATR
    return list(zip(said[1::2], said[2::2], strict=True))


def player(**more: Any) -> CardPlayer:
    return CardPlayer(script(), READER, **more)


def inserted() -> CardPlayer:
    card = player(fast=True)
    assert card.start([], 0) == []
    assert card.handle(Opened("c1"), 0) == [Send("c1", ATR)]
    return card


def answer(card: CardPlayer, command: bytes, now: int = 1) -> bytes | None:
    sent = [effect for effect in card.handle(Received("c1", command), now) if isinstance(effect, Send)]
    assert len(sent) <= 1
    return sent[0].data if sent else None


def test_the_same_terminal_hears_the_same_card() -> None:
    """The same seed: the same commands, so that terminal and host believe the recorded card to the last octet."""
    card = player()
    bench = chips.bench(lambda: card)
    assert chips.sell(bench)["status"] == "done"
    trace = bench.finish()
    assert {line.verdict for line in card.lines} == {"said", "same"}
    assert not any(line.unchecked for line in card.lines)
    told = [event.data for event in trace.events if event.kind == "chip" and event.data["what"] == "arqc"]
    assert told and told == [e.data for e in chips.recorded().events if e.kind == "chip" and e.data["what"] == "arqc"]


def test_every_command_of_the_recording_gets_its_answer() -> None:
    card = inserted()
    assert [answer(card, command) for command, _ in pairs()] == [reply for _, reply in pairs()]
    card.handle(Closed("c1", "eof"), 2)
    assert card.over and card.ok


def test_another_random_number_lies_in_the_nature_of_a_run() -> None:
    """INTERNAL AUTHENTICATE with another unpredictable number (9F37, EMV Book 3 table 33)."""
    card = inserted()
    for command, reply in pairs():
        other = command[:5] + bytes(octet ^ 0xFF for octet in command[5:9]) + command[9:]
        if command[1] == 0x88:
            assert answer(card, other) == reply
            break
        assert answer(card, command) == reply
    heard, said = card.lines[-2:]
    assert heard.verdict == "natural" and [one.place for one in heard.differences] == ["9F37"]
    assert said.unchecked


def test_another_amount_is_refused_and_named() -> None:
    card = inserted()
    for command, reply in pairs():
        if command[1] == 0xAE:  # GENERATE AC: CDOL1 begins with 9F02, six octets
            assert answer(card, command[:5] + bytes.fromhex("000000999999") + command[11:]) == REFUSAL
            break
        assert answer(card, command) == reply
    heard, said = card.lines[-2:]
    assert heard.verdict == "different"
    (named,) = heard.differences
    assert (named.place, named.old, named.new) == ("9F02", f"{shop.AMOUNT_FEN:012d}", "000000999999")
    assert said.found is not None and said.found.raw == REFUSAL == bytes.fromhex("6985")
    card.handle(Closed("c1", "eof"), 2)
    assert card.over and not card.ok
    assert "missing" in {line.verdict for line in card.lines}


def test_what_nobody_asked_is_refused() -> None:
    card = inserted()
    assert answer(card, bytes.fromhex("80CA9F1700")) == REFUSAL
    assert [line.verdict for line in card.lines[-2:]] == ["extra", "said"]


def test_what_was_asked_before_may_be_asked_again() -> None:
    card = inserted()
    (select, first), (record, second), *_ = pairs()
    assert [answer(card, one) for one in (select, record, select)] == [first, second, first]
    assert [line.verdict for line in card.lines if not line.out] == ["same", "same", "extra"]


def test_a_reader_may_power_the_card_up_several_times_before_anybody_asks() -> None:
    card = inserted()
    card.handle(Closed("c1", "reset"), 1)
    assert card.handle(Opened("c2"), 2) == [Send("c2", ATR)]
    assert [line.kind for line in card.lines] == ["ATR"]


def test_the_recorded_pace() -> None:
    """The card of a recording that was slow is slow again, and no answer is lost."""
    trace = chips.recorded()
    late = [
        event if event.party != "card" else type(event)(**{**_fields(event), "t_us": event.t_us + 250_000 * event.seq})
        for event in trace.events
    ]
    parts = script_of(sessions_of(late), "card", "card", READER, False)
    card = CardPlayer(parts, READER)
    card.handle(Opened("c1"), 0)
    command, reply = pairs()[0]
    assert card.handle(Received("c1", command), 10) == []
    assert card.deadline is not None and card.deadline >= 250_000
    assert card.handle(Wake(), card.deadline) == [Send("c1", reply)]


def _fields(event: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in type(event).__dataclass_fields__}


def test_nobody_comes() -> None:
    card = player(wait_us=5)
    card.start([], 0)
    assert card.deadline == 5
    card.handle(Wake(), 5)
    assert card.over and not card.ok
    assert sum(line.verdict == "missing" for line in card.lines) == len(pairs()) + 1


def test_a_card_that_was_held_to_the_reader_is_known_by_its_atr() -> None:
    assert not player().tapped
    assert CardPlayer(script("tap"), READER).tapped


@given(st.lists(st.one_of(st.integers(0, 40), st.binary(max_size=20)), max_size=12))
def test_whatever_is_asked_has_one_answer_and_the_recorded_one_where_there_is_one(asked: list[int | bytes]) -> None:
    card = inserted()
    known = dict(pairs())
    twice = {command for command, _ in pairs() if [one for one, _ in pairs()].count(command) > 1}
    for one in asked:
        command = pairs()[one % len(pairs())][0] if isinstance(one, int) else one
        got = answer(card, command)
        if command not in twice:
            assert got == known.get(command, REFUSAL)
    now = 1
    while not card.over:
        assert card.deadline is not None
        now = max(now, card.deadline)
        card.handle(Wake(), now)
