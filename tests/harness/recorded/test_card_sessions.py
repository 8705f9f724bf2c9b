"""What a recording knows of a card's conversation: exported, read part by part, compared."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.recordings.export import CARD_LINE, export
from harness.recordings.fidelity import compare
from harness.recordings.reader import Reader
from harness.recordings.sessions import sessions_of
from harness.recordings.units import spoken_in, units_of
from harness.trace import Event, Trace

from . import chips, shop
from .test_export import packets


def said(side: str = "terminal") -> list[tuple[str, str]]:
    """Kind of unit and its octets."""
    return [(unit.what, unit.raw.hex().upper()) for unit in units_of(chips.session(chips.recorded(), side))]


def test_both_ends_of_the_conversation_are_the_same() -> None:
    assert said() == said("card")
    assert said()[0] == ("atr", "3BE000008131FE45EB") and len(said()) > 20
    families = {(one.side, one.link): one.family for one in sessions_of(chips.recorded().events)}
    assert families["terminal", "card"] == families["card", "c1"] == "card"
    assert families["terminal", "host"] == "host" and families["terminal", "register"] == "register"


def test_each_message_part_by_part() -> None:
    session = chips.session(chips.recorded())
    reader = Reader()
    meanings = {one.kind: one for one in (reader.read(spoken_in(session), unit) for unit in units_of(session))}
    assert meanings["SELECT 1PAY.SYS.DDF01 9000"].parts["84"] == b"1PAY.SYS.DDF01".hex().upper()
    options = meanings["GET PROCESSING OPTIONS 9000"].parts  # format 80: AIP and AFL
    assert options["82"] == "3C00" and len(options["94"]) % 8 == 0
    asked = meanings["GENERATE AC 8000"].parts
    assert asked["9F02"] == f"{shop.AMOUNT_FEN:012d}" and asked["95"] == "0000048000"
    assert meanings["GENERATE AC 8000 9000"].parts["9F27"] == "80"
    title = meanings["GENERATE AC 8000"].title
    assert title is not None and title.zh == "生成应用密文"


def test_the_octets_that_are_exported_are_those_that_were_said() -> None:
    found = [data.hex().upper() for line, _, data in packets(export(chips.recorded().events, "cup", "en").octets)
             if line == CARD_LINE]  # fmt: skip
    assert found == [octets for _, octets in said()]
    octets = export(chips.recorded().events, "cup", "zh").octets
    assert "应用密文".encode() in octets and b"9F26" in octets


def changed(number: int, part: slice, value: bytes) -> Trace:
    """The recording with other octets in one message of the conversation, at both ends."""
    trace = chips.recorded()
    seqs = {units_of(chips.session(trace, side))[number].seq for side in ("terminal", "card")}

    def other(event: Event) -> Event:
        if event.seq not in seqs:
            return event
        octets = bytearray.fromhex(event.data["hex"])
        octets[part] = value
        return replace(event, data={**event.data, "hex": octets.hex().upper()})

    return Trace.of(trace.header, [other(event) for event in trace.events])


def at(kind: str) -> int:
    """Where in the conversation a message of that kind stands."""
    session, reader = chips.session(chips.recorded()), Reader()
    kinds = [reader.read(spoken_in(session), unit).kind for unit in units_of(session)]
    return kinds.index(kind)


@pytest.mark.parametrize(
    ("kind", "part", "why"),
    [
        ("INTERNAL AUTHENTICATE", slice(5, 6), "random"),
        ("INTERNAL AUTHENTICATE 9000", slice(20, 21), "signed"),
        ("GENERATE AC 8000 9000", slice(5, 6), "keys"),
        ("EXTERNAL AUTHENTICATE", slice(5, 6), "keys"),
    ],
)
def test_what_may_differ_from_run_to_run_is_explained(kind: str, part: slice, why: str) -> None:
    found = compare(chips.recorded(), changed(at(kind), part, b"\x55"))
    assert found.ok and found.explained == 2
    assert {why in str(one.why.en) for one in found.findings if one.why} == {True}


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("GENERATE AC 8000", slice(9, 10)),  # the amount
        ("GENERATE AC 8000 9000", slice(2, 3)),  # which cryptogram (9F27)
        ("GET PROCESSING OPTIONS 9000", slice(2, 3)),  # AIP
        ("SELECT 1PAY.SYS.DDF01 9000", slice(-1, None)),  # the status word
        ("ATR", slice(1, 2)),
    ],
)
def test_what_may_not_is_listed(kind: str, part: slice) -> None:
    found = compare(chips.recorded(), changed(at(kind), part, b"\x55"))
    assert not found.ok and found.listed >= 2


def test_a_command_that_only_one_of_them_has_is_listed() -> None:
    trace = chips.recorded()
    unit = units_of(chips.session(trace))[3]
    left = [event for event in trace.events if event.seq != unit.seq]
    assert not compare(trace, Trace.of(trace.header, left)).ok


@given(st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=40)), max_size=10))
def test_any_octets_make_a_conversation(messages: list[tuple[bool, bytes]]) -> None:
    """Whatever card and terminal said: it is read, exported and equal to itself, and no octet is lost."""
    trace = Trace()
    trace.append("terminal", "link", {"link": "card", "what": "open", "peer": "debit/insert"}, ("terminal",), 0)
    for number, (out, data) in enumerate(messages, 1):
        shown = {"link": "card", "dir": "out" if out else "in", "hex": data.hex().upper()}
        trace.append("terminal", "bytes", shown, ("terminal",), number)
    (session,) = sessions_of(trace.events)
    reader = Reader()
    units = units_of(session)
    assert all(reader.read(spoken_in(session), unit).parts for unit in units)
    assert [unit.length for unit in units] == [len(data) for _, data in messages]
    found = [data for line, _, data in packets(export(trace.events, "cup", "en").octets) if line == CARD_LINE]
    assert [len(data) for data in found] == [len(data) for _, data in messages]
    assert not compare(trace, trace).listed
