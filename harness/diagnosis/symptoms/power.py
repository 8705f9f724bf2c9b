"""Power, battery, resets, and how long the terminal takes itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from protocols.text import Text

from ...machine import SECOND_US, side_of
from ...spoken import PROTOCOL
from ...trace import Event
from ..story import Story
from ..symptom import Symptom

TERMINAL = "terminal"
LOW_LEVELS = ("low", "stop", "empty")
EMPTY = "battery_empty"
POWER_FAIL = "power_fail"
CRASHED = ("crash", "watchdog")
WRONG_PIN = "55"
OWN_SLOW_US = SECOND_US
"""A terminal answers its keys and shows a reply within tenths of a second; so much more than at other times is felt."""


def _starts(story: Story, *causes: str) -> list[int]:
    """Starts for one of these causes: from the terminal's own recording, or from the status that it shows.

    A recording that begins with the start says nothing of what was before: the device may have stood on a shelf.
    """
    told = [e for e in story.events if e.data.get("what") != PROTOCOL]  # that is said before anything happens
    first = {party: next((e.seq for e in told if e.party == party), 0) for party in story.terminals}
    boots = [
        e.seq for e in story.of("boot", "terminal") if e.data.get("reset_cause") in causes and e.seq > first[e.party]
    ]
    return boots + [e.seq for e in story.of("local_status") if e.data.get("reset_cause") in causes]


# battery


def _warned(story: Story) -> list[int]:
    """A warning that nobody has heeded: plugging it in is all that it asks for."""
    warned: dict[str, list[int]] = {}
    for event in story.of("part"):
        if event.data.get("part") == "battery" and event.data.get("what") in LOW_LEVELS:
            warned.setdefault(event.party, []).append(event.seq)
        elif event.data.get("part") == "battery" and event.data.get("what") == "external_power":
            warned.pop(event.party, None)
    return [seq for seqs in warned.values() for seq in seqs]


def _stopped(story: Story) -> list[int]:
    """The battery has stopped the terminal: no new transaction, or switched off."""
    refused = [e.seq for e, outcome in story.outcomes() if outcome.get("cause") == "battery_low"]
    below = [e.seq for e in story.of("part") if e.data.get("part") == "battery" and e.data.get("what") == "empty"]
    return refused + below + _starts(story, EMPTY)


# resets


def _power_failed(story: Story) -> list[int]:
    return _starts(story, POWER_FAIL)


def _crashed(story: Story) -> list[int]:
    return _starts(story, *CRASHED)


def _crash_log(story: Story) -> list[int]:
    return [e.seq for e in story.of("local_status") if e.data.get("crashes")]


def _broken_off(story: Story) -> list[int]:
    """An operation that began, and before it ended the terminal started or began another one, or the register gave up
    waiting: whoever stands there has seen it go dark.

    A recording that is over before the operation is says nothing: the terminal may be waiting for its customer.
    """
    under_way: dict[str, int] = {}
    broken: list[int] = []
    for event in story.events:
        phase = event.data.get("phase") if event.kind == "operation" else None
        at_terminal = side_of(event.party) == TERMINAL
        starts = at_terminal and (event.kind == "boot" or phase == "begin")
        gone = event.party if starts else TERMINAL if phase == "end" and _waited_in_vain(event) else ""
        if gone in under_way:
            broken.append(under_way.pop(gone))
        if at_terminal and phase == "begin":
            under_way[event.party] = event.seq
        elif at_terminal and phase == "end":
            under_way.pop(event.party, None)
    return broken


def _waited_in_vain(end: Event) -> bool:
    """The register waits for longer than any operation takes."""
    outcome = end.data.get("outcome")
    return isinstance(outcome, Mapping) and outcome.get("cause") == "register_timeout"


# how long it takes itself


def _own_times(story: Story, party: str) -> Iterator[tuple[Event, str, int]]:
    """Of each operation with a card or keys: its end, its name, and how long the terminal took for its own work, in
    microseconds: from the last card or key to what it shows or sends next, and from the last reply to the end.

    Whoever does not see messages knows of the first part only.  Of an operation that waited for people to the end
    (a wrong PIN after which they went away, a card that was not noticed) nobody knows which part of the time was its.
    """
    op = ""
    acted: int | None = None
    replied: int | None = None
    own_us: int | None = None
    for event in story.events:
        if event.party != party:
            continue
        if event.kind == "operation" and event.data.get("phase") == "begin":
            op, acted, replied, own_us = str(event.data.get("op")), None, None, None
        elif event.kind == "operation" and own_us is not None and not _waited_for_people(event):
            yield event, op, own_us + (event.t_us - replied if replied is not None else 0)
            own_us = None
        elif event.kind in ("card", "key"):
            acted, replied, own_us = event.t_us, None, None
        elif event.kind == "display" or (event.kind == "message" and event.data.get("mti")):
            if acted is not None:
                own_us = event.t_us - acted
                acted = None
            if event.kind == "message" and event.data.get("kind") != "unmatched":
                replied = event.t_us if event.data.get("dir") == "in" else None


def _waited_for_people(end: Event) -> bool:
    outcome = end.data.get("outcome")
    told = outcome if isinstance(outcome, Mapping) else {}
    return told.get("code") == WRONG_PIN or told.get("status") == "cancelled"


def _own_time_grew(story: Story) -> list[int]:
    """The same terminal once took much less for the same operation; line, host and people have no part in it."""
    found = []
    for party in story.terminals:
        least: dict[str, int] = {}
        for event, op, us in _own_times(story, party):
            if us - least.setdefault(op, us) > OWN_SLOW_US:
                found.append(event.seq)
            least[op] = min(least[op], us)
    return found


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom("battery_warned", Text("终端提示电量低", "The terminal warns that its battery is low"), _warned),
    Symptom(
        "battery_stopped",
        Text("因电量不足停止交易或关机", "The battery stopped it: no new sale, or switched off"),
        _stopped,
    ),
    Symptom(
        "broken_off",
        Text("终端在操作中途中断，没有结果", "The terminal broke off in the middle of an operation, without a result"),
        _broken_off,
    ),
    Symptom("power_failed", Text("启动原因：掉电", "Reset cause: the power failed"), _power_failed),
    Symptom("crashed", Text("启动原因：程序崩溃或看门狗复位", "Reset cause: a crash, or the watchdog"), _crashed),
    Symptom("crash_logged", Text("崩溃日志有记录", "The crash log has entries"), _crash_log),
    Symptom(
        "own_time_grew",
        Text(
            "终端自身变慢：按键到发出、应答到显示的时间增长",
            "The terminal itself got slower: key to sending, reply to display",
        ),
        _own_time_grew,
    ),
)
