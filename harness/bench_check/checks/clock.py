"""The terminal's clock against this computer's.

Slips carry the terminal's time, certificates are judged by it, and a reset clock says that its battery is empty.  No
register protocol tells the time, so a person reads it off.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from protocols.text import Text

from ..device_facts import now
from ..model import Check, Figure, Finding, Question, failed, not_possible, passed
from ..visit import Visit
from .device_report import device_report

ID = "clock"
OFFSET_S_MAX = 120
"""A terminal takes its host's time at each sign-in, a minute is all that its display tells, and reading and typing it
takes another one (posrig's choice)."""
DAY_S = 86_400
TIME = re.compile(
    r"(?:(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?[ T]+)?(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?", re.ASCII
)

SHOWN = Question(
    "clock.time",
    Text(
        "终端现在显示几点（时:分，最好带年-月-日）？",
        "What time does the terminal show (HH:MM, better with year-month-day before)?",
    ),
    where=Text("待机画面，或菜单里的日期时间", "its idle screen, or date and time in the menu"),
)
REPORTED = Text("自检报告时钟故障", "the self-test reports the clock bad")
DOUBTFUL = Text("电脑的时间不可信，无法比较", "this computer's own clock cannot be trusted, nothing to compare with")
NOBODY = Text("没有人看终端的时间", "nobody read the terminal's clock")
NO_TIME = Text("看不懂时间 {said}", "{said} is no time")
RIGHT = Text("时间正确", "its time is right")
WRONG = Text("终端 {shown}，电脑 {here}", "the terminal has {shown}, this computer {here}")
OFFSET = Text("与电脑相差", "difference from this computer")


def check_clock(visit: Visit) -> Finding:
    """Ask what the terminal shows and compare."""
    report = device_report(visit)
    if report is not None and "clock" in report["bad"]:
        return failed(ID, "clock_broken", REPORTED)
    computer = visit.findings.get("computer")
    if computer is not None and computer.fault == "computer_clock":
        return not_possible(ID, DOUBTFUL)
    said = visit.ask(SHOWN)
    if said is None or not said:
        return not_possible(ID, NOBODY)
    here = now()
    offset_s = offset_of(said[0], here)
    if offset_s is None:
        return not_possible(ID, NO_TIME.format(said=repr(said[0])))
    visit.learn(terminal_time=said[0])
    figure = Figure("clock_offset", OFFSET, offset_s, "s", low=-OFFSET_S_MAX, high=OFFSET_S_MAX)
    if figure.good:
        return passed(ID, RIGHT, figure)
    words = WRONG.format(shown=said[0], here=here.strftime("%Y-%m-%d %H:%M"))
    return failed(ID, "clock_wrong", words, figure, values={"offset": words_of(offset_s)})


def offset_of(said: str, here: datetime) -> int | None:
    """How far a clock that shows `said` is ahead of `here`, in seconds; None for what is no time.

    Without a date the nearest day is meant.  Without seconds the clock may show any second of that minute, and the one
    that is nearest counts: nothing worse than what is sure is told.
    """
    found = TIME.fullmatch(said.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = (None if part is None else int(part) for part in found.groups())
    try:
        on = here if year is None else datetime(year, month or 0, day or 0, tzinfo=UTC)
        shown = datetime(on.year, on.month, on.day, hour or 0, minute or 0, second or 0, tzinfo=UTC)
    except ValueError:
        return None
    whole = here.replace(microsecond=0)
    ahead_s = int((shown - whole) / timedelta(seconds=1))
    if year is None:
        ahead_s = (ahead_s + DAY_S // 2) % DAY_S - DAY_S // 2
    if second is None:
        ahead_s = max(ahead_s, min(0, ahead_s + 59))
    return ahead_s


def words_of(offset_s: int) -> str:
    """A difference as people read it in any language: `+00:03:20`, `-9000 d`."""
    sign, seconds = "-" if offset_s < 0 else "+", abs(offset_s)
    if seconds >= DAY_S:
        return f"{sign}{seconds // DAY_S} d"
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


CLOCK = Check(
    ID,
    "device",
    Text("时钟", "clock"),
    Text("终端的日期时间与电脑比较，允许差 2 分钟", "its date and time against this computer's, within 2 minutes"),
    check_clock,
    required=False,
    questions=(SHOWN,),
)
