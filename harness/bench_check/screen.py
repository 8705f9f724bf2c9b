"""What the technician sees: a line for each check, then what it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from protocols.text import Lang, Text

from .asking import Asker
from .faults import FAULTS
from .faults.told import told_action, told_cause
from .model import ACTORS, GROUPS, VERDICTS, Check, Figure, Finding

if TYPE_CHECKING:
    from .conclusion import Conclusion

MARKS = {"pass": "✓", "fail": "✗", "not_possible": "–"}
PLAIN_MARKS = {"pass": "OK", "fail": "!!", "not_possible": "--"}
RETRY = {True: Text("之后可重试", "then try again"), False: Text("处理好之前不要重试", "do not try again before")}
TODO = Text("处理（{actor}，{retry}）：{action}", "To do ({actor}, {retry}): {action}")
STOPPED = Text(
    "检查在“{title}”处停止：此故障不排除，后面 {left} 项查了也不可信，未做",
    "Stopped at “{title}”: until this is put right the other {left} checks could not be trusted, and are not made",
)
AT_LEAST, AT_MOST = Text("不低于 {n}", "at least {n}"), Text("不高于 {n}", "at most {n}")
EXACTLY = Text("应为 {n}", "should be {n}")
WHOLES = {
    "passed": Text("结论：通过", "Result: passed"),
    "failed": Text("结论：不通过", "Result: failed"),
    "incomplete": Text("结论：检查不完整，不能算通过", "Result: incomplete, which does not count as passed"),
}
WHOLE_STYLES = {"passed": "bold green", "failed": "bold red", "incomplete": "bold yellow"}
CAUSES = Text("可能的原因", "Likely causes")
TIED = Text("可能的原因（前 {count} 项还分不清）", "Likely causes (the first {count} cannot be told apart yet)")
MISSING = Text("还缺的检查", "What was not checked")
WARNING = "!!"
BECAUSE = Text("依据：{what}", "because: {what}")
NEXT_TEST = Text("要分清：{what}", "to tell them apart: {what}")
NEXT = Text("下一步（{actor}）：{what}", "Next ({actor}): {what}")
SUPPORT = Text("报给客服的信息（可复制）", "For the support line (ready to copy)")
RULE = "-" * 60


class Screenful:
    """What every screen can do; nothing of it is shown by itself."""

    def begin(self, check: Check) -> None:
        """A check begins."""

    def tell(self, text: Text) -> None:
        """What goes on within it."""

    def end(self, check: Check, finding: Finding) -> None:
        """It has ended."""

    def stop(self, check: Check, left: int) -> None:
        """`left` checks are not made, because of what `check` found."""

    def line(self, text: str, style: str = "") -> None:
        """A line besides the checks'; `style` where there are colours."""

    def asking(self, asker: Asker) -> Asker:
        """`asker`, as it asks beside this screen."""
        return asker

    def close(self) -> None:
        """Nothing more comes."""


class PlainScreen(Screenful):
    """Lines for any console, log file or pipe."""

    def __init__(self, lang: Lang, out: TextIO) -> None:
        self._lang: Lang = lang
        self._out = out
        self._group = ""

    def begin(self, check: Check) -> None:
        if check.group != self._group:
            self._group = check.group
            self.line(f"[{GROUPS[check.group].in_(self._lang)}]")

    def end(self, check: Check, finding: Finding) -> None:
        mark = PLAIN_MARKS[finding.verdict]
        verdict = VERDICTS[finding.verdict].in_(self._lang)
        self.line(f"  {mark} {check.title.in_(self._lang)}: {verdict} - {finding.found.in_(self._lang)}")
        for one in finding.figures:
            self.line(f"       {figure_words(one, self._lang)}")
        for text in todo(finding, self._lang):
            self.line(f"       {text}")

    def stop(self, check: Check, left: int) -> None:
        self.line(stop_words(check, left, self._lang))

    def line(self, text: str, style: str = "") -> None:
        self._out.write(f"{text}\n")
        self._out.flush()


def stop_words(check: Check, left: int, lang: Lang) -> str:
    """Where the check ended, and how many checks were not made."""
    return STOPPED.in_(lang).format(title=check.title.in_(lang), left=left)


def figure_words(figure: Figure, lang: Lang) -> str:
    """`answers, slowest 5 %: 40 ms (at most 200 ms)`."""
    unit = f" {figure.unit}" if figure.unit else ""
    said = f"{figure.name.in_(lang)}: {figure.value:g}{unit}"
    limits = []
    if figure.low is not None and figure.low == figure.high:
        return f"{said} ({EXACTLY.in_(lang).format(n=f'{figure.low:g}{unit}')})"
    if figure.low is not None:
        limits.append(AT_LEAST.in_(lang).format(n=f"{figure.low:g}{unit}"))
    if figure.high is not None:
        limits.append(AT_MOST.in_(lang).format(n=f"{figure.high:g}{unit}"))
    return f"{said} ({', '.join(limits)})" if limits else said


def todo(finding: Finding, lang: Lang) -> list[str]:
    """Cause and next action of a failed check."""
    if finding.verdict != "fail":
        return []
    fault = FAULTS[finding.fault]
    actor, retry = ACTORS[fault.actor].in_(lang), RETRY[fault.retry].in_(lang)
    cause, action = told_cause(finding), told_action(finding)
    return [cause.in_(lang), TODO.in_(lang).format(actor=actor, retry=retry, action=action.in_(lang))]


def show_conclusion(screen: Screenful, conclusion: Conclusion, support: Sequence[str], lang: Lang) -> None:
    """The whole, its causes, what comes next and what to tell the support line."""
    screen.line("")
    screen.line(WHOLES[conclusion.whole].in_(lang), WHOLE_STYLES[conclusion.whole])
    for warning in conclusion.warnings:
        screen.line(f"{WARNING} {warning.in_(lang)}", "bold red")
    if conclusion.missing:
        screen.line(MISSING.in_(lang))
    for missing in conclusion.missing:
        screen.line(f"  - {missing.in_(lang)}")
    if conclusion.causes:
        screen.line((TIED.format(count=conclusion.tied) if conclusion.tied else CAUSES).in_(lang))
    told: tuple[Sequence[Text], Sequence[Text]] = ((), ())
    for number, cause in enumerate(conclusion.causes, 1):
        actor, retry = ACTORS[cause.actor].in_(lang), RETRY[cause.retry].in_(lang)
        row = f"[{cause.row}] " if cause.row else ""
        screen.line(f"  {number}. {row}{cause.title.in_(lang)}", "bold")
        for found in () if cause.because == told[0] else cause.because:  # causes that are a tie have one reason
            screen.line("     " + BECAUSE.in_(lang).format(what=found.in_(lang)))
        screen.line("     " + TODO.in_(lang).format(actor=actor, retry=retry, action=cause.action.in_(lang)))
        for rung in () if cause.rungs == told[1] else cause.rungs:
            screen.line(f"       - {rung.in_(lang)}")
        told = cause.because, cause.rungs
    if conclusion.next_test is not None:
        screen.line("  " + NEXT_TEST.in_(lang).format(what=conclusion.next_test.in_(lang)))
    if conclusion.next is not None and conclusion.actor is not None:
        actor = ACTORS[conclusion.actor].in_(lang)
        screen.line(NEXT.in_(lang).format(actor=actor, what=conclusion.next.in_(lang)), "bold")
    if support:
        screen.line("")
        screen.line(SUPPORT.in_(lang))
        for text in (RULE, *support, RULE):
            screen.line(text)
