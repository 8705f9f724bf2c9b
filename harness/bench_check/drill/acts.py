"""What a trainee may do at the counter, and what it costs him in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from harness.acquirer.hold_kinds import HOLD_KINDS
from harness.bench.base import AskRefused
from harness.bench.till import load_checks
from harness.machine import Json
from protocols.errors import LocalError
from protocols.text import Text

from ..asking import AnswerFile, GoodFaith, Nobody
from ..checks.look_questions import SCALE
from ..conclusion import conclude
from ..faults import FAULTS
from ..model import Check, Finding
from ..reader.words import filled
from ..runner import run_checks
from ..screen import PLAIN_MARKS, Screenful, figure_words, stop_words
from ..visit import Visit
from . import words

if TYPE_CHECKING:
    from .course import Course

PROOF_FEN = 1
"""0.01: what is sold to see whether it works."""
RATES = ("9600-8N1", "19200-8N1", "38400-8N1", "57600-8N1", "115200-8N1")
"""What the computer's end of the cable is set to, one after the other."""
KEYS = "1 2 3 4 5 6 7 8 9 0 ENTER CANCEL CLEAR"
"""In the order in which a keypad test asks for them."""
MINUTE = "%Y-%m-%d %H:%M"
SHOWN_MAX = 3
"""Lines of the display, the newest last."""
LINES_MAX = 6
"""Of a slip."""


@dataclass(frozen=True, slots=True)
class Act:
    """`seconds`: what it takes at a counter, by a virtual clock; posrig's choice, rounded to a quarter of a minute."""

    seconds: int
    do: Callable[[Course], None]


def look(course: Course) -> None:
    """The display, then casing, cables and socket."""
    shown = [event for event in course.events if event.kind == "display"]
    readable = [event for event in shown if "register" in event.seen_by]
    dark = shown and (not readable or readable[-1].seq < shown[-1].seq)
    if not dark:
        course.say(words.CLOCK_SHOWN.format(time=course.counter.terminal_time.strftime(MINUTE)))
    if dark:
        course.say(words.DISPLAY_BAD)
    elif not shown:
        state = str(course.counter.ask("terminal", "control", "status")["life_cycle"])
        course.say(filled(words.DISPLAY, words=next(text for states, text in words.IDLE.items() if state in states)))
    else:
        for event in readable[-SHOWN_MAX:]:
            course.say(filled(words.DISPLAY, words=_text(event.data)))
    course.say(course.lesson.outside.text if course.lesson.outside else words.OUTSIDE_GOOD)


def paper(course: Course) -> None:
    """The last slip, as it lies there."""
    slips = [event for event in course.events if event.kind == "slip"]
    if not slips:
        course.say(words.NO_SLIP)
        return
    slip = slips[-1].data
    if slip.get("complete") is False:
        course.say(words.SLIP_CUT)
    images = [event for event in course.events if event.kind == "image" and event.data.get("stan") == slip.get("stan")]
    if images and not images[-1].data["legible"]:
        course.say(words.SLIP_FAINT)
        return
    lines = " / ".join(line.strip() for line in map(_line, slip.get("lines") or ()) if line.strip())
    course.say(filled(words.SLIP, lines=lines or f"{slip.get('kind')} {slip.get('stan')}"))


def ask_merchant(course: Course) -> None:
    """He knows more than he says at first, or nothing more."""
    more = course.lesson.more
    course.say(filled(words.SAYS, words=more.text) if more else words.NOTHING_MORE)


def operate(op: str, **args: Json) -> Callable[[Course], None]:
    """An operation at the terminal's menu."""

    def do(course: Course) -> None:
        course.say(filled(words.OUTCOME, words=outcome_words(operated(course, op, **args))))

    return do


def operated(course: Course, op: str, **args: Json) -> Mapping[str, Json]:
    """The Outcome of an operation at the terminal, or of its refusal."""
    try:
        return course.counter.ask("terminal", "person", "operate", op=op, **args)
    except AskRefused as refused:
        return {"status": "refused", "code": "", "text": {"zh": refused.what.zh, "en": refused.what.en}}
    except LocalError as error:
        return {"status": "refused", "code": "", "text": {"zh": error.what.zh, "en": error.what.en}}


def outcome_words(outcome: Mapping[str, Json]) -> Text:
    """What an Outcome says to people."""
    amount: Any = outcome.get("amount_fen")
    if outcome["status"] == "done":
        if not amount:
            return words.DONE
        return words.DONE_SALE.format(amount=f"{amount / 100:.2f}", stan=outcome.get("stan") or "-")
    text, code = _text(outcome.get("text") or {}), str(outcome.get("code") or "")
    if code in ("", "00"):
        return text
    return filled(Text("{text}{code}", "{text}{code}"), text=text, code=words.CODE.format(code=code))


def last(course: Course) -> None:
    """What the terminal did last, and what it still has to do."""
    operate("last")(course)
    pending: Any = course.counter.ask("terminal", "control", "status")["pending_reversal"]
    if pending:
        course.say(words.PENDING.format(amount=f"{pending['amount_fen'] / 100:.2f}", stan=pending["stan"]))


def keypad_test(course: Course) -> None:
    """Each key that the terminal asks for is pressed."""
    course.counter.ask("terminal", "person", "press", keys=KEYS)
    operate("keypad_test")(course)


def restart(course: Course) -> None:
    """Off and on again."""
    course.counter.restart_terminal()
    course.say(words.RESTARTED)
    look(course)


def replug(course: Course) -> None:
    """Out and in again: a plug that does not hold will fall out again."""
    course.counter.set_cable_in(True)
    if course.lesson.loose_octets:
        course.counter.loosen(course.lesson.loose_octets)
    course.say(words.REPLUGGED)


def rate(course: Course) -> None:
    """The computer's end of the cable at another speed."""
    if not course.serial:
        course.say(words.NO_SERIAL)
        return
    course.rate = RATES[(RATES.index(course.rate) + 1) % len(RATES)]
    course.counter.set_register_line(course.rate)
    course.say(filled(words.RATE_NOW, line=course.rate))


def portal(course: Course) -> None:
    """What the provider tells a technician."""
    for line in _portal_lines(course):
        course.say(filled(words.PORTAL_STATUS, words=line))


def _portal_lines(course: Course) -> list[Text]:
    try:
        status = course.counter.ask("host", "portal", "status", sn=course.stage.variables["sn"])
    except AskRefused as refused:
        return [Text(str(refused.value["error"]["zh"]), str(refused.value["error"]["en"])), *_application(course)]
    lines = _application(course)
    update: Any = status.get("update") or {}
    if update.get("required"):
        lines.append(words.PORTAL_UPDATE.format(wanted=update["wanted"]))
    terminals: Any = status["terminals"]
    for row in terminals:
        for hold in row["holds"]:
            kind = HOLD_KINDS[hold["kind"]].text if hold["kind"] in HOLD_KINDS else Text(hold["kind"], hold["kind"])
            lines.append(filled(words.PORTAL_HOLD, kind=kind, case=hold["case"]))
        if not row["activated"]:
            lines.append(words.PORTAL_INACTIVE)
    if not terminals:
        lines.append(words.PORTAL_UNBOUND)
    return lines or [words.PORTAL_FINE]


def _application(course: Course) -> list[Text]:
    """The merchant's application, while it is not through."""
    number = course.stage.variables.get("application")
    if number is None:
        return []
    found = course.counter.ask("host", "portal", "progress", application=number)
    state = str(found["state"])
    if state == "approved":
        return [words.CODE_LOCKED] if found.get("tries_left") == 0 else []
    known = words.APPLICATION_STATES.get(state, Text(state, state))
    return [filled(words.PORTAL_APPLICATION, number=str(number), state=known)]


def hint(course: Course) -> None:
    """The next hint, as long as there is one."""
    if course.hints < len(course.lesson.hint):
        course.say(filled(words.HINT, words=course.lesson.hint[course.hints].text))
        course.hints += 1
    else:
        course.say(words.NO_MORE_HINTS)


def bench_check(course: Course) -> None:
    """The bench check as it runs at a real counter; what a person is asked is answered by the lesson."""
    counter = course.counter
    settings = replace(
        course.settings,
        port=counter.port,
        protocol=counter.spoken.protocol,
        transport=counter.spoken.transport,
        quirks=(),
        baud=None,
        service=counter.service,
        token_file=counter.token_file,
        portal=counter.portal,
        host=counter.host,
        tls=False,
        local_host=None,
        test_sale_fen=0,
        settle=False,
        reader="",
        with_reader=False,
        sn="",
        expected=course.lesson.expected,
        only=course.settings.only,
        repeats=min(course.settings.repeats, REPEATS_MAX),
    )
    shown = (counter.terminal_time.strftime(f"{MINUTE}:%S"),)
    receipt = {"application": str(course.stage.variables["application"])} if course.in_box else {}
    told = {**counter_answers(), "clock.time": shown, **course.lesson.answers}
    asker = AnswerFile(told, course.name, GoodFaith(Nobody()))
    screen = _Shown(course)
    visit = Visit(settings, asker, screen.tell, facts=receipt)
    with visit.stack:
        run_checks(visit, course.checks, screen)
    screen.sum_up()
    if course.level == 1:
        course.conclusion(conclude(visit, course.checks))


REPEATS_MAX = 20
"""How often the cable is asked in a drill: enough to see noise, and no waiting."""


@cache
def counter_answers() -> dict[str, tuple[str, ...]]:
    """What the person at every counter has measured: each figure well within its limits, today."""
    found: dict[str, tuple[str, ...]] = {}
    for item in load_checks():
        if item.unit:
            least, most = item.low or 0, item.high
            found[f"look.{item.id}"] = (f"{(least * 2 if most is None else (least + most) / 2) / SCALE:g}",)
    return found


class _Shown(Screenful):
    """The findings as the level lets a trainee see them: 1 with cause and next action, 2 without, 3 the marks alone."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._verdicts: list[str] = []

    def end(self, check: Check, finding: Finding) -> None:
        self._verdicts.append(finding.verdict)
        mark = PLAIN_MARKS[finding.verdict]
        if self._course.level == 3:
            self._course.say(filled(words.FINDING_MARK, mark=mark, title=check.title))
            return
        self._course.say(filled(words.FINDING, mark=mark, title=check.title, found=finding.found))
        for figure in finding.figures:
            self._course.say(Text(f"     {figure_words(figure, 'zh')}", f"     {figure_words(figure, 'en')}"))
        if self._course.level == 1 and finding.verdict == "fail":
            fault = FAULTS[finding.fault]
            self._course.say(filled(Text("     {what}", "     {what}"), what=fault.cause.format(**finding.values)))

    def stop(self, check: Check, left: int) -> None:
        self._verdicts += ["not_possible"] * left
        self._course.say(Text(stop_words(check, left, "zh"), stop_words(check, left, "en")))

    def sum_up(self) -> None:
        counts = {name: self._verdicts.count(name) for name in ("pass", "fail", "not_possible")}
        self._course.say(
            words.CHECKED.format(passed=counts["pass"], failed=counts["fail"], others=counts["not_possible"])
        )


def _text(data: Mapping[str, Any]) -> Text:
    return Text(str(data.get("zh") or "-"), str(data.get("en") or "-"))


def _line(line: Any) -> str:
    if isinstance(line, Mapping):
        return str(line.get("zh") or line.get("text") or "")
    return str(line)


ACTS: Mapping[str, Act] = {
    "look": Act(15, look),
    "paper": Act(15, paper),
    "ask_merchant": Act(30, ask_merchant),
    "bench_check": Act(120, bench_check),
    "sign_in": Act(30, operate("sign_in")),
    "sale": Act(45, operate("sale", amount_fen=PROOF_FEN)),
    "last": Act(30, last),
    "self_test": Act(30, operate("self_test")),
    "keypad_test": Act(45, keypad_test),
    "restart": Act(60, restart),
    "replug": Act(15, replug),
    "rate": Act(30, rate),
    "portal": Act(30, portal),
    "hint": Act(0, hint),
}
"""By the name that answer files use."""
