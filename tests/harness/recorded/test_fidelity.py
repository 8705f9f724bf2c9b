"""Two recordings side by side: equal ones differ in nothing, and what was changed is always told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.recordings import fidelity
from harness.recordings.fidelity import Fidelity, compare
from harness.trace import Event, Header, Trace

from . import shop

OTHER_SEED = 11


def told(found: Fidelity) -> set[tuple[str, str]]:
    return {(one.way, one.why.en if one.why else "") for one in found.findings}


def changed(events: Sequence[Event], header: Header | None = None) -> Trace:
    trace = shop.recorded()
    numbered = [replace(event, seq=number) for number, event in enumerate(events, 1)]
    return Trace.of(header or trace.header, numbered)


@cache
def octets() -> list[int]:
    """Where in the recording octets went."""
    return [n for n, event in enumerate(shop.recorded().events) if event.kind == "bytes"]


def test_a_recording_is_itself() -> None:
    found = compare(shop.recorded(), shop.recorded())
    assert found.ok and not found.findings
    assert found.compared == found.same > 0


def test_nothing_to_compare_is_no_pass() -> None:
    assert not compare(Trace(), Trace()).ok
    assert not compare(shop.recorded(), Trace()).ok


def test_another_seed_and_other_keys_are_explained() -> None:
    """The terminal signed in once more: another trace number, other keys, another time; the same sale."""
    bench = shop.shop(again=True)
    assert shop.sell(bench)["status"] == "done"
    bench.advance(1_000_000)
    found = compare(shop.recorded(), bench.finish())
    assert found.ok and found.same < found.compared
    reasons = {why for _, why in told(found)}
    assert any("trace" in why for why in reasons) and any("keys" in why for why in reasons)


def test_another_amount_is_listed_wherever_it_stands() -> None:
    bench = shop.shop()
    shop.sell(bench, shop.AMOUNT_FEN + 100)
    bench.advance(1_000_000)
    found = compare(shop.recorded(), bench.finish())
    assert not found.ok
    listed = {one.what.en for one in found.findings if one.why is None}
    assert any(" 4: 000000001234 -> 000000001334" in what for what in listed)
    assert any(" 9F02: 000000001234 -> 000000001334" in what for what in listed)


def renamed(events: Sequence[Event], old: str, new: str) -> list[Event]:
    """Another terminal number in all messages, in whatever spelling (characters)."""
    spelled = old.encode().hex().upper(), new.encode().hex().upper()
    return [
        replace(event, data={**event.data, "hex": event.data["hex"].replace(*spelled)})
        if event.kind == "bytes"
        else event
        for event in events
    ]


def test_another_device_has_other_numbers_everywhere() -> None:
    """The LRC of the register's frames is kept right by a number with the same XOR."""
    other = shop.TID[::-1]
    found = compare(shop.recorded(), changed(renamed(shop.recorded().events, shop.TID, other)))
    assert found.ok
    assert {why for _, why in told(found)} == {
        "the device and its merchant have other numbers, and the same ones everywhere"
    }


def test_another_number_in_one_place_is_listed() -> None:
    other = shop.TID[::-1]
    for at in octets():
        events = list(shop.recorded().events)
        one = renamed(events[at : at + 1], shop.TID, other)
        if one[0] != events[at]:
            found = compare(shop.recorded(), changed([*events[:at], *one, *events[at + 1 :]]))
            assert not found.ok


def test_a_party_that_recorded_nothing_is_not_judged() -> None:
    """A device on the bench: what it said stands at the register and at the host."""
    events = [event for event in shop.recorded().events if event.party != "terminal"]
    found = compare(shop.recorded(), changed(events))
    assert found.ok and found.unheard == ("terminal/host", "terminal/register") and found.compared > 0


@settings(max_examples=40)
@given(st.data())
def test_a_message_that_is_missing_is_listed(data: st.DataObject) -> None:
    events = list(shop.recorded().events)
    del events[data.draw(st.sampled_from(octets()))]
    for pair in ((shop.recorded(), changed(events)), (changed(events), shop.recorded())):
        found = compare(*pair)
        assert not found.ok and ("order", "") in told(found)


@pytest.mark.parametrize("window", [2, 30])
def test_long_conversations_are_aligned_window_by_window(window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message less, somewhere: all others keep their counterparts, however far the window reaches."""
    monkeypatch.setattr(fidelity, "WINDOW_ITEMS", window)
    whole = shop.opened()[2]
    assert compare(whole, whole).ok
    said = [n for n, event in enumerate(whole.events) if event.kind == "bytes" and event.party == "terminal"]
    for at in said[:: len(said) // 3]:
        found = compare(whole, Trace.of(whole.header, [*whole.events[:at], *whole.events[at + 1 :]]))
        orders = [one for one in found.findings if one.way == "order"]
        assert found.listed >= 1 and orders
        if window >= 30:  # a shorter one cuts what is the same anew at each message, and may take neighbours along
            assert len(orders) <= 3 and found.compared >= compare(whole, whole).compared - 3


@settings(max_examples=40)
@given(st.data())
def test_messages_that_changed_places_are_listed(data: st.DataObject) -> None:
    """Two things said on one link of one party, the octets of each in the place of the other."""
    events = list(shop.recorded().events)
    one = data.draw(st.sampled_from(octets()))
    key = (events[one].party, events[one].data["link"])
    others = [n for n in octets() if (events[n].party, events[n].data["link"]) == key]
    other = data.draw(st.sampled_from([n for n in others if events[n].data != events[one].data]))
    events[one], events[other] = (
        replace(events[one], data=events[other].data),
        replace(events[other], data=events[one].data),
    )
    assert not compare(shop.recorded(), changed(events)).ok


@settings(max_examples=60)
@given(st.data())
def test_an_octet_that_changed_is_told(data: st.DataObject) -> None:
    """Listed, or explained where it stands in what lies in the nature of a run; never passed over."""
    events = list(shop.recorded().events)
    at = data.draw(st.sampled_from(octets()))
    raw = bytearray.fromhex(events[at].data["hex"])
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    events[at] = replace(events[at], data={**events[at].data, "hex": raw.hex().upper()})
    found = compare(shop.recorded(), changed(events))
    assert found.explained + found.listed > 0
    assert found.findings


@settings(max_examples=30)
@given(st.integers(1, 10), st.integers(4_000_000, 100_000_000))
def test_a_wait_that_is_longer_is_listed_even_in_real_time(place: int, longer_us: int) -> None:
    at = octets()[place]
    events = list(shop.recorded().events)
    later = [replace(event, t_us=event.t_us + longer_us) if n >= at else event for n, event in enumerate(events)]
    real = replace(shop.recorded().header, bench="emulated")
    found = compare(shop.recorded(), changed(later, real))
    assert ("timing", "") in told(found)
