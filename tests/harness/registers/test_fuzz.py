"""Whatever comes over the cable, in any pieces and at any time, neither end of the small protocols fails."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.driver.driver import Driver
from harness.driver.settings import DriverSettings
from harness.machine import Ask, Closed, Opened, Received, Wake
from protocols.concert import message as concert
from protocols.concert.message import ConcertAnswer, ConcertRequest
from protocols.transbank import message as transbank
from protocols.transbank.commands import ANSWERS, REQUESTS
from tests.harness.terminal.cable import CableEnd

texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=12)
small = st.sampled_from(["", "0", "1", "00", "26", "1500", "A1", "000030", "x" * 30])


def framed(command: str, fields: list[str]) -> bytes:
    kept = tuple(field.replace("|", "") for field in fields)
    return transbank.framer().frame(transbank.build(transbank.TransbankMessage(command, kept)))


transbank_frames = st.builds(
    framed, st.sampled_from(sorted({*REQUESTS, *ANSWERS, "9999"})), st.lists(small | texts, max_size=20)
)
amounts = st.sampled_from(["00000000", "00001250", "99999999"])
concert_frames = st.builds(
    lambda text: concert.framer().frame(concert.build(text)),
    st.builds(
        ConcertRequest, amounts, answer=st.sampled_from("01"), mode=st.sampled_from("1CU"), type=st.sampled_from("0124")
    )
    | st.builds(ConcertAnswer, st.sampled_from("079"), amounts, report=st.sampled_from(["", " " * 55])),
)
controls = st.sampled_from([b"\x05", b"\x06", b"\x15", b"\x04", b"\x05\x06", b"\x06\x04"])
events = {
    "transbank": st.lists(transbank_frames | controls | st.binary(max_size=8) | st.none(), max_size=12),
    "concert": st.lists(concert_frames | controls | st.binary(max_size=8) | st.none(), max_size=12),
}
PROTOCOLS = tuple(events)
TURNS_MAX = 400
"""More than any operation takes; a machine that always has something due would never end."""


@cache
def ready(protocol: str) -> list[Any]:
    """What a terminal that may sell has made durable."""
    end = CableEnd(protocol)
    end.bench.get_ready()
    return end.bench.records


@pytest.mark.parametrize("protocol", PROTOCOLS)
@settings(max_examples=25)
@given(st.data())
def test_the_terminal(protocol: str, data: st.DataObject) -> None:
    end = CableEnd(protocol)
    end.bench.records = list(ready(protocol))
    end.bench.boot()
    for event in data.draw(events[protocol]):
        if event is not None:
            end.send(event)
        elif end.bench.terminal.deadline is not None:
            end.wait()
    for _ in range(TURNS_MAX):
        if end.bench.terminal.deadline is None:
            break
        end.wait()
    assert end.bench.terminal.deadline is None
    snapshot = end.bench.snapshot
    assert len(snapshot["receipts"]) == len(
        [entry for entry in snapshot["entries"] if entry["kind"] in ("sale", "void")]
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
@settings(max_examples=25)
@given(st.data())
def test_the_register(protocol: str, data: st.DataObject) -> None:
    driver, now, asked = Driver(DriverSettings(protocol=protocol)), 0, 0
    driver.start([], 0)
    for event in data.draw(events[protocol]):
        now += data.draw(st.integers(0, 2_000_000))
        if data.draw(st.booleans()):
            asked += 1
            op = data.draw(st.sampled_from(["sale", "status", "last"]))
            driver.handle(Ask("person", op, {"amount_fen": 1500} if op == "sale" else {}, asked), now)
        match event:
            case None:
                driver.handle(Closed("terminal", "gone"), now)
                driver.handle(Opened("terminal"), now + 1)
            case octets:
                driver.handle(Received("terminal", octets), now)
    for _ in range(TURNS_MAX):
        if driver.deadline is None:
            break
        now = max(now, driver.deadline)
        driver.handle(Wake(), now)
    assert driver.deadline is None
    (done,) = (driver.handle(Ask("person", "takings", {"amount_fen": 1, "means": "cash"}, asked + 1), now),)
    assert done
