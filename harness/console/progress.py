"""What a person watches while scenarios run: each step in words, as it happens, and a table at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.status import Status
from rich.table import Table

from protocols.text import Lang, Text

from ..judges.impact import impact
from ..reports.words import moment
from .failing import USAGE
from .rows import Done, counted, left_of, pair_commands, replay_command

if TYPE_CHECKING:
    from ..scenarios.model import Scenario, Step, Words

PLAIN_WIDTH = 120
"""Columns where standard output is no terminal."""
PLAIN_PARTS = 10
"""Where standard output is no terminal, a table that takes minutes says so many times where it is."""
PAIRS_SHOWN_MAX = 5
FAILURES_SHOWN_MAX = 12
"""Per row on the screen; the result file and the report have all of them."""

HEAD = Text("posrig {program}，种子 {seed}，测试台 {bench}", "posrig {program}, seed {seed}, bench {bench}")
GOOD = Text("符合", "as it must be")
BAD = Text("不符", "not as it must be")
BROKE = Text("出错", "broken")
BAD_SCENARIO = Text("场景有误", "bad scenario")
EXPECTED = Text("{found}（应为 {expected}）", "{found} (expected {expected})")
NO_FAULT = Text("无故障", "no fault")
MORE = Text("另有 {count} 条", "{count} more")
REPLAY = Text("重跑", "run it again")
IMPACT = Text("影响", "impact")
COLUMNS = (
    Text("编号", "id"),
    Text("场景", "scenario"),
    Text("结果", "result"),
    Text("诊断", "diagnosis"),
    Text("经历时间", "until"),
    Text("实用时间", "took"),
)
LEFT = {
    "not_applicable": Text("不适用", "not applicable"),
    "not_done": Text("未做", "not done"),
}
COUNTS = Text(
    "符合 {passed}，不符 {failed}，不适用 {not_applicable}，未做 {not_done}",
    "{passed} as they must be, {failed} not, {not_applicable} not applicable, {not_done} not done",
)
SUMMARY = Text("{good} / {total} 符合", "{good} of {total} as they must be")


class Progress:
    """Lines on standard output; where that is a terminal, in colour and with what is under way at the bottom."""

    def __init__(self, lang: Lang, console: Console | None = None) -> None:
        self.lang: Lang = lang
        self._live = console is None and sys.stdout.isatty()
        width = None if self._live else PLAIN_WIDTH
        self.console: Console = console or Console(
            file=sys.stdout, width=width, markup=False, highlight=False, emoji=False
        )
        self._status: Status | None = None
        self._titles: dict[str, str] = {}

    def begin(self, program: str, seed: int, bench: str) -> None:
        """The seed comes first: whatever happens after this line can be had again."""
        self.console.print(HEAD.format(program=program, seed=seed, bench=bench).in_(self.lang), style="bold")

    def begin_row(self, scenario: Scenario) -> None:
        self.console.print()
        self.console.print(f"{scenario.id}  {self._words(scenario.title)}", style="bold cyan")
        several = len(scenario.case) > 1
        self._titles = {case.name: self._words(case.title) for case in scenario.case if several}
        if self._live:
            self._status = self.console.status("", spinner="dots")
            self._status.start()

    def step(self, step: Step | None, place: str, at_us: int) -> None:
        """One step, told before it happens."""
        case_title = self._titles.pop(place.partition(",")[0], None)
        if case_title is not None:
            self.console.print(f"  {case_title}", style="cyan")
        if step is not None and step.note is not None:
            self.console.print(f"  {self._clock(at_us)}  {self._words(step.note)}")
        if self._status is not None:
            self._status.update(place)
        elif step is None and _is_milestone(place):
            self.console.print(f"    {place}")
            self.console.file.flush()

    def end_row(self, one: Done, bench: str, seed: int) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
        lost = impact(one.result.trace.events).text if one.result else None
        if lost is not None:
            self.console.print(f"  {IMPACT.in_(self.lang)}: {lost.in_(self.lang)}")
        for note in left_of(one):
            self.console.print(f"  {note.in_(self.lang)}", style="yellow")
        if one.state != "ran":
            why = f": {one.error.in_(self.lang)}" if one.error is not None else ""
            self.console.print(f"  {self._verdict(one)}{why}", style="yellow")
            return
        if one.ok:
            found = self._found(one.result.diagnosis if one.result else None)
            self.console.print(f"  {self._verdict(one)}: {COLUMNS[3].in_(self.lang)} {found}", style="green")
            return
        self.console.print(f"  {self._verdict(one)}", style="bold red")
        if one.error is not None:
            self.console.print(f"    {one.error.in_(self.lang)}", style="red")
        failures = one.result.failures if one.result else ()
        for line in failures[:FAILURES_SHOWN_MAX]:
            self.console.print(f"    {line.in_(self.lang)}", style="red")
        if len(failures) > FAILURES_SHOWN_MAX:
            self.console.print("    " + MORE.format(count=len(failures) - FAILURES_SHOWN_MAX).in_(self.lang))
        commands = [*pair_commands(one, bench, seed)[:PAIRS_SHOWN_MAX], replay_command(one.row, bench, seed)]
        for command in commands:
            self.console.print(f"    {REPLAY.in_(self.lang)}: {command}", soft_wrap=True)

    def summary(self, done: Sequence[Done]) -> None:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False)
        for number, column in enumerate(COLUMNS):
            table.add_column(column.in_(self.lang), justify="right" if number > 3 else "left")
        for one in done:
            result = one.result
            table.add_row(
                one.row.scenario.id,
                self._words(one.row.scenario.title),
                self._verdict(one),
                self._compared(result.diagnosis, result.expected) if result else "-",
                self._clock(round(result.virtual_seconds * 1_000_000)) if result else "-",
                f"{result.wall_seconds:.2f} s" if result else "-",
                style="yellow" if one.state != "ran" else "" if one.ok else "red",
            )
        self.console.print()
        self.console.print(table)
        counts = counted(done)
        good, left = counts["passed"], counts["not_applicable"] + counts["not_done"]
        text = COUNTS.format(**counts) if left else SUMMARY.format(good=good, total=len(done))
        fine = good and good + counts["not_applicable"] == len(done)
        self.console.print(text.in_(self.lang), style="bold green" if fine else "bold red")

    def stop(self) -> None:
        """Leave the terminal as it was, whatever happened."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _words(self, words: Words) -> str:
        return words.zh if self.lang == "zh" else words.en

    def _verdict(self, one: Done) -> str:
        if one.state in LEFT:
            return LEFT[one.state].in_(self.lang)
        broke = BAD_SCENARIO if one.status == USAGE else BROKE
        return (GOOD if one.ok else BAD if one.result else broke).in_(self.lang)

    def _found(self, row: str | None) -> str:
        return row or NO_FAULT.in_(self.lang)

    def _compared(self, row: str | None, expected: str | None) -> str:
        if row == expected:
            return self._found(row)
        return EXPECTED.in_(self.lang).format(found=self._found(row), expected=self._found(expected))

    def _clock(self, at_us: int) -> str:
        return moment(at_us).in_(self.lang)


def _is_milestone(place: str) -> bool:
    """`137/680 sale > settle`: the first, the last, and some in between; any other place is one."""
    number, slash, rest = place.partition("/")
    count = rest.partition(" ")[0]
    if not (slash and number.isdecimal() and count.isdecimal()):
        return True
    every = max(1, int(count) // PLAIN_PARTS)
    return int(number) in (1, int(count)) or int(number) % every == 0
