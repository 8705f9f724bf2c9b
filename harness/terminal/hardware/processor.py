"""The processor: watchdog, crashes, what a long uptime does, and the points at which any of that may strike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from protocols.text import Text

from ...machine import HOUR_US, SECOND_US, Json, Record
from ..wants import Pause, Step
from .defect import Act, Defect

if TYPE_CHECKING:
    from ..desk import Desk

PART = "processor"
"""Where these defects stand; no part that somebody could exchange, so `parts.PARTS` does not have it."""
IDLE = "idle"
POINTS: Mapping[str, Text] = {
    IDLE: Text("空闲时", "while idle"),
    "begin": Text("操作开始时", "as an operation begins"),
    "card_read": Text("读卡与输密之后", "after card and PIN"),
    "before_send": Text("冲正已登记、发送之前", "the reversal is written, nothing is sent"),
    "after_send": Text("请求发出之后", "a request has left"),
    "before_commit": Text("应答已到、记账之前", "the reply is there, nothing is booked"),
    "at_print": Text("记账之后、打印之前", "booked, nothing is printed"),
}
"""Where the program can be interrupted, in the order of a sale.  Power cuts between any two effects are the bench's."""
POWER_CUT, CRASH, HANG = "power_cut", "crash", "hang"
WATCHDOG = "watchdog"
SLOW_MAX_US = 30 * SECOND_US
"""However long it runs: slower than this nobody would wait for (posrig's choice)."""


class Interruption(Exception):
    """The program does not go on from here.  `what`: power_cut, crash, hang, battery_empty.  `at`: one of POINTS."""

    def __init__(self, what: str, at: str) -> None:
        super().__init__(f"{what} {at}".strip())
        self.what = what
        self.at = at


def reach(desk: Desk, at: str) -> None:
    """The program is at this point.  Raises Interruption where that was caused."""
    if not desk.operation and at != IDLE:
        return  # what happens at the start belongs to no operation: it would strike again at each start
    for what in (POWER_CUT, CRASH, HANG):
        settings = desk.state.device.defect(PART, what)
        if settings is None or settings["at"] != at or settings["op"] not in ("", desk.operation):
            continue
        left = 0 if at == IDLE else int(settings["times"]) - 1
        if left != -1:  # 0 times: again and again, until the software is installed anew
            now = {"kind": "defect", "part": PART, "what": what, "on": left > 0}
            desk.save({**now, "settings": {**settings, "times": left}} if left else now)
        raise Interruption(what, at)


def crash_record(desk: Desk, cause: str, at: str) -> Record:
    """A line of the crash log: when, in which operation, where, what ended it, and after which uptime."""
    item = {"at_us": desk.now, "op": desk.operation, "where": at, "cause": cause, "uptime_us": uptime_us(desk)}
    return {"kind": "crash", "item": item}


def reinstalled(desk: Desk) -> list[Record]:
    """The records that end what is wrong with the installed software; an update saves them with the version."""
    bad = desk.state.device.part(PART).defects
    return [{"kind": "defect", "part": PART, "what": what, "on": False} for what in (CRASH, HANG) if what in bad]


# uptime


def uptime_us(desk: Desk) -> int:
    """Since the last start."""
    return max(0, desk.now - desk.up_since_us)


def log_entries(desk: Desk) -> int:
    """Entries in the log of this device: of all accounts and batches, less what was cleared."""
    return max(0, sum(len(account.entries) for account in desk.state.accounts) - desk.state.device.power.cleared)


def settled_entries(desk: Desk) -> int:
    """Of those, what is settled: it can be cleared."""
    settled = sum(entry.settled for account in desk.state.accounts for entry in account.entries)
    return max(0, settled - desk.state.device.power.cleared)


def delay_us(desk: Desk) -> int:
    """What the terminal takes longer for its own work, before it sends and before it shows a reply."""
    slows = desk.state.device.defect(PART, "slows")
    if slows is None:
        return 0
    grown = int(slows["per_hour_us"]) * uptime_us(desk) // HOUR_US + int(slows["per_sale_us"]) * log_entries(desk)
    return min(grown, SLOW_MAX_US)


def own_time(desk: Desk) -> Step[None]:
    """The people wait for the terminal itself; it measures how long."""
    us, begun_us = delay_us(desk), desk.now
    if us:
        yield Pause(us)
    desk.own_time_us += desk.now - begun_us


_AT: Mapping[str, Json] = {"at": None, "op": "", "times": 1}
_POINTS = {"at": tuple(POINTS)}
DEFECTS: Mapping[str, Defect] = {
    POWER_CUT: Defect(
        PART, Text("在指定时刻断电，随即恢复", "The power fails at a point, and is back"), False, _AT, one_of=_POINTS
    ),
    CRASH: Defect(PART, Text("应用在指定时刻崩溃", "The application crashes at a point"), False, _AT, one_of=_POINTS),
    HANG: Defect(
        PART,
        Text("应用在指定时刻死机，由看门狗复位", "It hangs at a point, until the watchdog bites"),
        False,
        _AT,
        one_of=_POINTS,
    ),
    "slows": Defect(
        PART,
        Text("开机越久、流水越多就越慢", "It slows down with uptime and with the entries of its log"),
        False,
        {"per_hour_us": 0, "per_sale_us": 0},
    ),
}
ACTS: Mapping[str, Act] = {}
