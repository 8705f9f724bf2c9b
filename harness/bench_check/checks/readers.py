"""Card readers: the technician's own with a test card, and the terminal's with the same card.

The terminal's is looked at without moving money: the reader test of a control interface, a balance enquiry where the
protocol has one and somebody agrees, else a person at the terminal's own menu.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from protocols.text import Text

from ..device_facts import earlier_details, is_answer, operate
from ..faults.outcomes import fault_of
from ..model import Check, Figure, Finding, Question, failed, not_possible, passed
from ..visit import Visit
from .asking_terminal import ask_terminal, can_ask
from .device_report import CONTROL, PARTS, READERS, device_report
from .signing_in import has_cable

if TYPE_CHECKING:
    from harness.links.pcsc import ReaderInfo
    from harness.machine import Json

    from ..reader.report import Line, Report

HERE, TERMINAL = "reader_here", "reader_terminal"
READS_HERE, READS_TERMINAL = 20, 50
"""As many as a technician waits for; 50 reads without an error prove an error rate below 8 % (Wilson, 95 %)."""
ANSWER_S, CARD_S, TEST_S = 5.0, 20.0, 150.0
ERRORS_PERCENT_MAX = 2.0
"""Of the terminal's reader: the limit of its own reader test (posrig's choice), held against the lower bound of the
error rate at 95 %, so that one bad read is no verdict."""
CLEAN, DIRTY = "clean", "dirty"
STATE = "state"
"""In the detail of a finding: what the next visit compares with."""

NOT_WANTED = Text("没有要求查技术员的读卡器", "the technician's own reader was not asked for")
WAITING = Text("请把测试卡放到自己的读卡器上……", "Put the test card into your own reader ...")
READ_HERE = Text("读卡器与测试卡正常：{reader}", "reader and test card are good: {reader}")
ERRORS_HERE = Text("读卡出错率（自己的读卡器）", "read errors (own reader)")
P95_HERE = Text("应答最慢的 5 %（自己的读卡器）", "answers, slowest 5 % (own reader)")
TESTING = Text("终端正在测试读卡器……", "The terminal tests its card readers ...")
SHOW_CARD = Text(
    "请在终端上插入测试卡，需要时输密码（不扣款）",
    "Insert the test card at the terminal, type its PIN if asked (no money moves)",
)
AT_LEAST = Text("{name}出错率，至少", "{name}: read errors, at least")
ALL_READ = Text("各读卡部件都能读测试卡", "every reader reads the test card")
CARD_READ = Text("终端读到了测试卡", "the terminal read the test card")
BAD_READERS = Text("读不好：{names}", "does not read well: {names}")
DEAD_READERS = Text("完全读不出：{names}", "reads nothing at all: {names}")
AFTER_CLEANING = Text("上次已要求清洁，仍读不好", "cleaning was asked for at the last visit, and it is no better")
NO_CARD = Text("终端在等卡，没有人插卡", "the terminal waited for a card, and none was put in")
NOBODY = Text("没有人用测试卡试", "nobody tried a test card")

BALANCE = Question(
    "reader.balance",
    Text(
        "现在让终端查测试卡余额，看它读不读得出（不扣款），可以吗？",
        "Ask the terminal for the test card's balance now, to see whether it reads (no money moves)?",
    ),
    {"yes": Text("可以，卡已备好", "yes, the card is at hand"), "no": Text("不做", "no")},
)
REACTED = Question(
    "reader.reacted",
    Text("刚才插卡时，终端有反应吗？", "Did the terminal react when the card was put in?"),
    {
        "yes": Text("有，或者没有插卡", "yes, or no card was put in"),
        "no": Text("插了卡，没反应", "the card was in, and it did not react"),
    },
)
TRIED = Question(
    "reader.test",
    Text(
        "请在终端上用测试卡试读（插卡、挥卡、刷卡），结果如何？",
        "Try the test card at the terminal (insert, tap, swipe). What happens?",
    ),
    {
        "good": Text("一次就读出", "it is read at the first try"),
        "misreads": Text("要试几次才读出", "only after several tries"),
        "fallback": Text("芯片读不出，刷磁条可以", "the chip is not read, the stripe is"),
        "mute": Text("没有反应", "it does not react"),
    },
    where=Text(
        "自检菜单里的读卡测试，或“余额查询”到提示输密码后取消",
        "card test in the service menu, or “balance”, cancelled when it asks for the PIN",
    ),
)
FAULT_SAID: Mapping[str, str] = {"misreads": "reader_dirty", "fallback": "reader_fallback", "mute": "reader_mute"}


# the technician's own


def check_here(visit: Visit) -> Finding:
    """The technician's own reader with the test card in it."""
    if not visit.settings.with_reader:
        return not_possible(HERE, NOT_WANTED)
    from harness.links.pcsc import CardLinkError

    try:
        reader = _chosen(visit)
    except CardLinkError as error:
        if visit.settings.reader:
            values = {"what": error.what.in_(visit.settings.lang)}
            return failed(HERE, "own_reader_missing", error.what, values=values)
        return not_possible(HERE, error.what)
    from ..reader.run import Wanted, check_reader

    report = check_reader(reader, Wanted(READS_HERE, limit_s=ANSWER_S), lambda line: visit.tell(line.found), visit.tell)
    return _judged_here(visit, reader, report)


def _chosen(visit: Visit) -> ReaderInfo:
    """The reader that is named, else the one with a card in it.  Raises CardLinkError."""
    from harness.links.pcsc import CardLinkError, readers
    from harness.links.pcsc.readers import await_card, suited_to

    suited = suited_to(readers(), visit.settings.reader)
    if not any(one.present for one in suited) and visit.settings.reader:
        visit.tell(WAITING)
        await_card([one.name for one in suited], True, CARD_S)
        suited = suited_to(readers(), visit.settings.reader)
    with_card = [one for one in suited if one.present]
    if not with_card:
        raise CardLinkError("no-card")
    return with_card[0]


def _judged_here(visit: Visit, reader: ReaderInfo, report: Report) -> Finding:
    figures = [figure for line in report.lines for figure in _figures_here(line)]
    bad = next((line for line in report.lines if line.verdict == "bad"), None)
    if bad is None:
        return passed(HERE, READ_HERE.format(reader=reader.name), *figures)
    if bad.id == "power":
        return failed(HERE, "own_reader_mute", bad.found, *figures)
    return failed(HERE, "own_reader_bad", bad.found, *figures, values={"what": bad.found.in_(visit.settings.lang)})


def _figures_here(line: Line) -> list[Figure]:
    if line.id != "selects" or line.timing is None:
        return []
    rate = line.timing.rate
    return [
        Figure("reader_errors", ERRORS_HERE, round(100 * rate.errors / max(1, rate.trials), 2), "%", high=0),
        Figure("reader_p95", P95_HERE, round(line.timing.p95_us / 1000, 1), "ms"),
    ]


# the terminal's


def check_terminal(visit: Visit) -> Finding:
    """The terminal's own readers with the test card."""
    finding = _by_control(visit) or _by_balance(visit) or _by_person(visit)
    before = next(earlier_details(visit, TERMINAL), {})
    if finding.fault == "reader_dirty" and before.get(STATE) == DIRTY:
        return Finding(TERMINAL, "fail", AFTER_CLEANING, finding.figures, "reader_worn", detail={STATE: DIRTY})
    return finding


def _by_control(visit: Visit) -> Finding | None:
    report = device_report(visit) if visit.settings.service else None
    if report is None or report["source"] != CONTROL:
        return None
    dead = [part for part in READERS if part in report["bad"]]
    if dead:  # it would not notice the card, and the test only wait for one
        return failed(TERMINAL, "reader_mute", _named(DEAD_READERS, dead))
    visit.tell(TESTING)
    outcome = operate(visit, "reader_test", TEST_S, reads=READS_TERMINAL)
    rows: list[Mapping[str, Json]] = list(((outcome or {}).get("reading") or {}).values())
    for row in rows:
        visit.note("part", what="read_test", **row)
    figures = [_figure(row) for row in rows]
    dead = [str(row["part"]) for row in rows if row["errors"] == row["reads"]]
    if dead:
        return failed(TERMINAL, "reader_mute", _named(DEAD_READERS, dead), *figures)
    bad = [str(row["part"]) for row in rows if not row["ok"]]
    if bad:
        return failed(TERMINAL, "reader_dirty", _named(BAD_READERS, bad), *figures, detail={STATE: DIRTY})
    return passed(TERMINAL, ALL_READ, *figures, state=CLEAN) if rows else None


def _figure(row: Mapping[str, Json]) -> Figure:
    part = str(row["part"])
    name = PARTS[part]
    title = Text(AT_LEAST.zh.format(name=name.zh), AT_LEAST.en.format(name=name.en))
    return Figure(f"read_errors_{part}", title, int(row["low_permille"]) / 10, "%", high=ERRORS_PERCENT_MAX)


def _by_balance(visit: Visit) -> Finding | None:
    """A balance enquiry; None where it says nothing of the reader."""
    if not has_cable(visit) or not can_ask(visit, "balance") or not is_answer(visit.ask(BALANCE), "yes"):
        return None
    visit.tell(SHOW_CARD)
    outcome = ask_terminal(visit, "balance")
    fault = fault_of(outcome)
    if fault in ("reader_mute", "reader_dirty", "card_not_read"):
        return failed(TERMINAL, fault, Text(**outcome["text"]))
    if outcome["cause"] == "use_chip":
        return failed(TERMINAL, "reader_fallback", Text(**outcome["text"]))
    if outcome["status"] in ("done", "declined"):
        return passed(TERMINAL, CARD_READ, state=CLEAN)
    if outcome["cause"] != "card_timeout":
        return None
    if is_answer(visit.ask(REACTED), "no"):
        visit.note("card", what="unnoticed", how="insert", pan="")
        return failed(TERMINAL, "reader_mute", REACTED.choices["no"])
    return not_possible(TERMINAL, NO_CARD)


def _by_person(visit: Visit) -> Finding:
    said = visit.ask(TRIED)
    if said is None or not said:
        return not_possible(TERMINAL, NOBODY)
    found = TRIED.choices[said[0]]
    if said[0] == "good":
        return passed(TERMINAL, found, state=CLEAN)
    if said[0] == "mute":
        visit.note("card", what="unnoticed", how="insert", pan="")
    detail: dict[str, Any] = {STATE: DIRTY} if said[0] == "misreads" else {}
    return failed(TERMINAL, FAULT_SAID[said[0]], found, detail=detail)


def _named(pattern: Text, parts: Sequence[str]) -> Text:
    names = [PARTS[part] for part in parts]
    zh, en = "、".join(name.zh for name in names), ", ".join(name.en for name in names)
    return Text(pattern.zh.format(names=zh), pattern.en.format(names=en))


READER_CHECKS = (
    Check(
        HERE,
        "device",
        Text("自带读卡器", "own card reader"),
        Text(
            "用技术员自己的读卡器读测试卡，排除卡的问题",
            "reads the test card in the technician's own reader, to be sure of the card",
        ),
        check_here,
        required=False,
    ),
    Check(
        TERMINAL,
        "device",
        Text("终端读卡", "reading a card"),
        Text("让终端读测试卡，不扣款", "the terminal reads the test card; no money moves"),
        check_terminal,
        needs=("part.readers",),  # a slot that the self-test found dead lets fifty reads wait for a card
        questions=(BALANCE, REACTED, TRIED),
    ),
)
