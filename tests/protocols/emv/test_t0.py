"""T=0 at both ends: whatever a whole-message card answers arrives unchanged, in bounded rounds, each command once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.emv.apdu import Command, Response
from protocols.emv.t0 import MAX_ROUNDS, CardSide, Exchange, command_tpdu
from protocols.errors import DecodeError, EncodeError

SELECT = Command(0x00, 0xA4, 0x04, 0x00, b"2PAY.SYS.DDF01", 256)
READ = Command(0x00, 0xB2, 0x01, 0x0C, b"", 256)
VERIFY = Command(0x00, 0x20, 0x00, 0x80, bytes.fromhex("241234FFFFFFFFFF"))


def run(command: Command, take: Callable[[bytes], bytes]) -> tuple[Response, list[bytes]]:
    """The exchange over a line that hands each TPDU to `take`: its outcome, and what was sent."""
    exchange = Exchange(command)
    outcome: bytes | Response = exchange.tpdu
    sent = []
    while isinstance(outcome, bytes):
        sent.append(outcome)
        outcome = exchange.take(take(outcome))
    return outcome, sent


class Line:
    """A card that knows whole APDUs, behind the card's half."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer
        self.asked: list[Command] = []
        self.side = CardSide()

    def take(self, tpdu: bytes) -> bytes:
        todo = self.side.take(tpdu)
        if isinstance(todo, bytes):
            return todo
        self.asked.append(todo)
        return self.side.give(self.answer)


class Endless:
    """A card that always has more."""

    def __init__(self, piece: bytes) -> None:
        self.piece, self.rounds = piece, 0

    def take(self, tpdu: bytes) -> bytes:
        self.rounds += 1
        return self.piece + b"\x61\x00"


@pytest.mark.parametrize(
    ("command", "tpdu"),
    [
        (Command(0x12, 0x34, 0x56, 0x78), "1234567800"),
        (READ, "00B2010C00"),
        (Command(0x00, 0xB2, 0x01, 0x0C, b"", 28), "00B2010C1C"),
        (VERIFY, "0020008008241234FFFFFFFFFF"),
        (SELECT, "00A404000E325041592E5359532E4444463031"),
        (Command(0x00, 0xB0, 0x00, 0x00, b"", 1000), "00B0000000"),
    ],
)
def test_the_first_tpdu(command: Command, tpdu: str) -> None:
    assert command_tpdu(command) == bytes.fromhex(tpdu)


def test_more_than_t0_carries_is_refused() -> None:
    with pytest.raises(EncodeError, match="TPDU/Lc"):
        Exchange(Command(0, 0xC2, 0, 0, bytes(256)))


@settings(max_examples=60)
@given(
    st.sampled_from([SELECT, READ, Command(0x80, 0xA8, 0, 0, b"\x83\x00", 256)]),
    st.binary(max_size=700),
    st.sampled_from([0x9000, 0x6A82, 0x6985]),
)
def test_what_the_card_answers_arrives_and_it_is_asked_once(command: Command, data: bytes, sw: int) -> None:
    line = Line(Response(data, sw))
    outcome, _ = run(command, line.take)
    assert outcome == line.answer
    assert len(line.asked) == 1
    assert (line.asked[0].header, line.asked[0].data) == (command.header, command.data)


@given(st.binary(min_size=1, max_size=250), st.sampled_from([0x6283, 0x6300, 0x63C1, 0x9401]))
@settings(max_examples=30)
def test_data_behind_a_warning_arrive_with_it(data: bytes, sw: int) -> None:
    line = Line(Response(data, sw))
    outcome, sent = run(SELECT, line.take)
    assert outcome == line.answer
    assert [tpdu.hex().upper() for tpdu in sent[1:]] == ["00C0000000", f"00C00000{len(data):02X}"]


@pytest.mark.parametrize("sw", [0x6283, 0x63C2, 0x9000, 0x6A82])
def test_a_status_word_alone(sw: int) -> None:
    assert run(VERIFY, Line(Response(b"", sw)).take) == (Response(b"", sw), [command_tpdu(VERIFY)])


def test_a_warning_without_data_stays_what_it_is() -> None:
    answers = iter([b"\x62\x83", b"\x6f\x00"])
    assert run(SELECT, lambda _: next(answers))[0] == Response(b"", 0x6283)


def test_6c_is_followed_once() -> None:
    outcome, sent = run(READ, lambda _: b"\x6c\x10")
    assert outcome == Response(b"", 0x6C10)
    assert [tpdu.hex().upper() for tpdu in sent] == ["00B2010C00", "00B2010C10"]


def test_a_card_that_never_ends_is_ended() -> None:
    for piece in (b"", bytes(256)):
        card = Endless(piece)
        with pytest.raises(DecodeError, match="never ends"):
            run(READ, card.take)
        assert card.rounds <= MAX_ROUNDS


@pytest.mark.parametrize("octets", [b"", b"\xa4"])
def test_no_status_word_at_all_is_an_error(octets: bytes) -> None:
    with pytest.raises(DecodeError):
        Exchange(READ).take(octets)


def test_whole_apdus_go_as_they_are() -> None:
    exchange = Exchange(SELECT, whole=True)
    assert exchange.tpdu == SELECT.build()
    assert exchange.take(b"\x62\x83") == Response(b"", 0x6283)
    again = Exchange(READ, whole=True)
    assert again.take(b"\x6c\x10") == bytes.fromhex("00B2010C10")
    assert again.take(b"\x6f\x00\x90\x00") == Response(b"\x6f\x00", 0x9000)


def test_the_card_refuses_what_t0_does_not_allow() -> None:
    side = CardSide()
    assert side.take(SELECT.build()) == b"\x67\x00", "case 4 with its Le"
    with pytest.raises(DecodeError):
        side.take(b"\x00\xa4")
    four = side.take(bytes.fromhex("00840000"))
    assert four == Command(0x00, 0x84, 0x00, 0x00, b"", 256)


def test_the_card_answers_the_right_length_only() -> None:
    line = Line(Response(bytes(8), 0x9000))
    assert line.take(bytes.fromhex("0084000010")) == b"\x6c\x08"
    assert line.take(bytes.fromhex("0084000004")) == b"\x6c\x08"
    assert line.take(bytes.fromhex("0084000008")) == bytes(8) + b"\x90\x00"
    assert len(line.asked) == 1


def test_another_command_forgets_what_waited() -> None:
    line = Line(Response(b"first", 0x9000))
    assert line.take(command_tpdu(SELECT)) == b"\x61\x05"
    assert line.take(command_tpdu(VERIFY)) == b"\x61\x05"
    line.side.reset()
    line.take(bytes.fromhex("00C0000005"))
    assert line.asked[-1].ins == 0xC0, "nothing waits: the card itself is asked"


@settings(max_examples=80)
@given(st.lists(st.binary(min_size=4, max_size=12), max_size=6))
def test_no_tpdu_breaks_the_card(tpdus: list[bytes]) -> None:
    line = Line(Response(bytes(3), 0x9000))
    for tpdu in tpdus:
        assert len(line.take(tpdu)) >= 2
