"""One line for each check, live while it runs, in colour."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text as RichText

from protocols.text import Lang, Text

from .asking import Asker
from .model import GROUPS, Answer, Check, Finding, Question
from .screen import MARKS, Screenful, figure_words, stop_words, todo

STYLES = {"pass": "green", "fail": "bold red", "not_possible": "dim"}
TITLE_COLUMNS = 22


class LiveScreen(Screenful):
    """As `PlainScreen`, with what is under way at the bottom."""

    def __init__(self, lang: Lang, out: TextIO) -> None:
        self._lang: Lang = lang
        self._console = Console(file=out, markup=False, highlight=False, emoji=False)
        self._group = ""
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._title = ""

    def begin(self, check: Check) -> None:
        if check.group != self._group:
            self._group = check.group
            self._console.print()
            self._console.print(GROUPS[check.group].in_(self._lang), style="bold cyan")
        self._title = check.title.in_(self._lang)
        self._start("")

    def tell(self, text: Text) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=f"{self._title}  {text.in_(self._lang)}")

    def end(self, check: Check, finding: Finding) -> None:
        self._stop()
        style = STYLES[finding.verdict]
        line = RichText(f"  {MARKS[finding.verdict]} ", style)
        line.append(_padded(check.title.in_(self._lang)), "bold")
        found = RichText(finding.found.in_(self._lang), "" if finding.verdict == "pass" else style)
        row = Table.grid(pad_edge=False)  # what takes several lines stays beside the title
        row.add_column(width=line.cell_len, no_wrap=True)
        row.add_column(overflow="fold")
        row.add_row(line, found)
        self._console.print(row)
        for one in finding.figures:
            self._put(f"      {figure_words(one, self._lang)}", "dim" if one.good else "red")
        for text in todo(finding, self._lang):
            self._put(f"      {text}", "yellow")

    def stop(self, check: Check, left: int) -> None:
        self.line("")
        self.line(stop_words(check, left, self._lang), "bold yellow")

    def line(self, text: str, style: str = "") -> None:
        self._stop()
        self._put(text, style)

    def _put(self, text: str, style: str) -> None:
        """A line that is indented stays so when it takes several; any other one is broken by the console itself, so
        that it can be copied whole."""
        indent = len(text) - len(text.lstrip(" "))
        if indent:
            self._console.print(Padding(RichText(text.lstrip(" "), style), (0, 0, 0, indent), expand=False))
        else:
            self._console.print(RichText(text, style), soft_wrap=True)

    def asking(self, asker: Asker) -> Asker:
        """`asker`, while whose questions nothing moves."""
        return _Quiet(self, asker)

    def pause(self) -> None:
        """Nothing moves from now on."""
        self._stop()

    def go_on(self) -> None:
        """The check that was under way goes on."""
        if self._title:
            self._start("")

    def close(self) -> None:
        self._stop()

    def _start(self, text: str) -> None:
        self._stop()
        columns = (TextColumn(" "), SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._progress = Progress(*columns, console=self._console, transient=True)
        self._task = self._progress.add_task(f"{self._title}{text}", total=None)
        self._progress.start()

    def _stop(self) -> None:
        progress, self._progress, self._task = self._progress, None, None
        if progress is not None:
            progress.stop()


class _Quiet:
    def __init__(self, screen: LiveScreen, asker: Asker) -> None:
        self._screen = screen
        self.further = asker

    def ask(self, question: Question) -> Answer:
        self._screen.pause()
        try:
            return self.further.ask(question)
        finally:
            self._screen.go_on()


def _padded(title: str) -> str:
    from rich.cells import cell_len

    return title + " " * max(2, TITLE_COLUMNS - cell_len(title))
