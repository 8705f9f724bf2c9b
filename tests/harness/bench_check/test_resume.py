"""A visit that was interrupted goes on where it stopped: what stands, what is made again, and what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from harness.bench_check.asking import Nobody
from harness.bench_check.checks.payments import PAYMENTS
from harness.bench_check.model import Check, Figure, Finding, failed, not_possible, passed
from harness.bench_check.resume import NOT_KEPT, begun_with, offers, restore
from harness.bench_check.runner import run_checks
from harness.bench_check.screen import Screenful
from harness.bench_check.settings import Settings
from harness.bench_check.visit import Visit
from harness.stores.visits import VisitLog, VisitStore
from harness.trace import Event
from protocols.errors import LinkError
from protocols.text import Text

STARTED, NOON = "2026-11-22T10:32:05+08:00", "2026-11-22T12:00:00+08:00"
FOUND = Text("好", "fine")
ENDS, GOES_ON = "unplugged", "check_broken"
"""Faults of the table: one behind which nothing can be trusted, and one that is not like that."""


class PowerCut(BaseException):
    """The battery is empty: nothing of the program runs on."""


class Session:
    """A session at the cable, as far as a visit looks at it."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def say(self, what: str) -> None:
        seq = len(self.events) + 1
        self.events.append(Event(seq, seq * 1000, "register", "outcome", {"cause": what}, ("register", "bench")))


def a_visit(settings: Settings | None = None) -> Visit:
    return Visit(settings or Settings(), Nobody(), lambda text: None)


def check(id_: str, run: Any) -> Check:
    return Check(id_, "bench", Text(f"检查{id_}", f"check {id_}"), FOUND, run)


def good(id_: str) -> Check:
    return check(id_, lambda visit: passed(id_, FOUND))


def cut_at(id_: str) -> Check:
    def run(visit: Visit) -> Finding:
        raise PowerCut

    return check(id_, run)


def begin(store: VisitStore, settings: Settings | None = None) -> tuple[Visit, VisitLog]:
    visit = a_visit(settings)
    log = store.begin({"started": STARTED, **begun_with(visit.settings)})
    visit.keep = log.append
    return visit, log


def until_the_cut(store: VisitStore, checks: Sequence[Check], settings: Settings | None = None) -> None:
    visit, log = begin(store, settings)
    try:
        run_checks(visit, checks, Screenful())
    except PowerCut:
        pass
    log.close()


def resumed(store: VisitStore, settings: Settings | None = None) -> tuple[Visit, VisitLog]:
    visit = a_visit(settings)
    log = store.reopen(store.interrupted(NOON)[0].id)
    assert restore(visit, log) == STARTED
    visit.keep = log.append
    return visit, log


def test_what_was_found_stands_and_the_check_under_way_is_made_again(tmp_path: Path) -> None:
    made: list[str] = []

    def counted(id_: str) -> Check:
        def run(visit: Visit) -> Finding:
            made.append(id_)
            return failed(id_, GOES_ON, FOUND, Figure("n", FOUND, 1.5, "ms", high=2), values={"what": "x"})

        return check(id_, run)

    store = VisitStore(tmp_path)
    until_the_cut(store, [counted("a"), counted("b"), cut_at("c"), good("d")])
    visit, log = resumed(store)
    assert list(visit.findings) == ["a", "b"]
    assert visit.findings["a"] == failed(
        "a", GOES_ON, FOUND, Figure("n", FOUND, 1.5, "ms", high=2), values={"what": "x"}
    )
    run_checks(visit, [counted("a"), counted("b"), counted("c"), good("d")], Screenful())
    assert made == ["a", "b", "c"]
    assert list(visit.findings) == ["a", "b", "c", "d"]
    log.close()


def test_facts_survive_the_check_that_learned_them(tmp_path: Path) -> None:
    def sells(visit: Visit) -> Finding:
        visit.learn(test_sale={"order": "7", "state": "begun", "amount_fen": 1})
        raise PowerCut

    store = VisitStore(tmp_path)
    until_the_cut(store, [good("a"), check("sale", sells)])
    visit, log = resumed(store)
    assert visit.facts["test_sale"] == {"order": "7", "state": "begun", "amount_fen": 1}
    log.close()


def test_what_ended_the_visit_and_all_behind_it_is_made_again(tmp_path: Path) -> None:
    def unplugged(visit: Visit) -> Finding:
        visit.note("part", part="cable", state="out")
        raise LinkError(FOUND, FOUND)

    store = VisitStore(tmp_path)
    until_the_cut(store, [good("a"), check("b", unplugged), good("c"), good("d")])
    visit, log = resumed(store)
    assert list(visit.findings) == ["a"]
    assert visit.noted == [], "the cable is in again, and nothing says otherwise"
    run_checks(visit, [good("a"), good("b"), good("c"), good("d")], Screenful())
    assert [one.verdict for one in visit.findings.values()] == ["pass"] * 4
    log.close()


def test_an_interruption_after_an_interruption_keeps_both_parts(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    ends = check("b", lambda visit: failed("b", ENDS, FOUND))
    until_the_cut(store, [good("a"), ends, good("c"), cut_at("d")])
    visit, log = resumed(store)
    with pytest.raises(PowerCut):
        run_checks(visit, [good("a"), good("b"), good("c"), cut_at("d")], Screenful())
    log.close()
    visit, log = resumed(store)
    assert {one.check: one.verdict for one in visit.findings.values()} == {"a": "pass", "b": "pass", "c": "pass"}
    log.close()


def test_what_nobody_asked_for_then_may_be_asked_for_now(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    until_the_cut(store, [good("a"), good("b"), cut_at("c")], Settings(skip=("a",)))
    visit, log = resumed(store)
    assert list(visit.findings) == ["b"]
    log.close()


def test_a_check_that_was_not_possible_for_its_own_reason_stands(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    until_the_cut(store, [check("a", lambda visit: not_possible("a", FOUND)), cut_at("b")])
    visit, log = resumed(store)
    assert visit.findings["a"] == not_possible("a", FOUND)
    log.close()


@pytest.mark.parametrize("first", ["port", "identity"])
def test_port_and_terminal_are_looked_at_again_and_keep_their_place(tmp_path: Path, first: str) -> None:
    store = VisitStore(tmp_path)
    until_the_cut(store, [good(first), good("b"), cut_at("c")])
    visit, log = resumed(store)
    assert list(visit.findings) == ["b"]
    run_checks(visit, [good(first), good("b"), good("c")], Screenful())
    assert list(visit.findings) == [first, "b", "c"]
    log.close()


def test_the_cables_trace_and_what_was_noted_are_there_for_the_diagnosis(tmp_path: Path) -> None:
    store, sessions = VisitStore(tmp_path), [Session(), Session()]
    visit, log = begin(store)

    def speaks(what: str, at: int) -> Any:
        def run(visit: Visit) -> Finding:
            session: Any = sessions[at]
            if session not in visit._taps:
                visit._taps.append(session)
            session.say(what)
            visit.note("part", part=what)
            return passed(what, FOUND)

        return run

    run_checks(visit, [check("a", speaks("a", 0)), check("b", speaks("b", 1)), check("c", speaks("c", 0))], Screenful())
    before = visit.events
    log.close()
    again, log = resumed(store)
    assert [event.data for event in again.events if event.kind == "outcome"] == [{"cause": one} for one in "abc"]
    assert sorted(map(repr, (e.data for e in again.events))) == sorted(map(repr, (e.data for e in before)))
    log.close()


def test_a_trace_without_end_is_kept_up_to_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.bench_check.visit.TRACE_EVENTS_MAX", 3)
    kept: list[int] = []
    visit, session = a_visit(), Session()
    visit.keep = lambda kind, data: kept.append(len(data["events"]))
    tap: Any = session
    visit._taps.append(tap)
    for _ in range(3):
        session.say("x")
        session.say("y")
        visit.keep_trace()
    assert kept == [2, 1]


def test_what_is_no_json_does_not_end_the_visit(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    log = store.begin({"started": STARTED})
    log.append("fact", {"path": Path("x"), "text": FOUND, "nan": float("nan"), "good": 1})
    assert log.records()[1]["data"] == {"path": "x", "text": "好 / fine", "nan": "NaN", "good": 1}
    log.close()


def test_a_finding_of_another_version_is_made_again(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    _, log = begin(store)
    log.append("finding", {"check": "a", "words": "of a later version"})
    log.append("finding", {"check": "b", "verdict": "fail", "found": {"zh": "x", "en": "x"}, "figures": [],
                           "fault": "a_fault_that_is_no_more", "values": {}, "detail": {}})  # fmt: skip
    log.close()
    visit, log = resumed(store)
    assert visit.findings == {}
    log.close()


def test_settings_come_back_where_the_command_line_says_nothing_and_money_is_allowed_anew(tmp_path: Path) -> None:
    first = Settings(
        port="COM5", baud=9600, quirks=("a", "b"), token_file=Path("t"), technician="张工", with_reader=False,
        test_sale_fen=1, settle=True, local_host=Path("p.toml"), expected={"baud": 9600},
    )  # fmt: skip
    store = VisitStore(tmp_path)
    _, log = begin(store, first)
    log.close()
    visit, log = resumed(store, Settings(technician="李工", lang="zh"))
    assert visit.settings == replace(first, technician="李工", lang="zh", test_sale_fen=0, settle=False)
    log.close()


def test_what_lets_money_move_is_not_handed_on() -> None:
    assert {one.name for one in fields(Settings)} >= NOT_KEPT
    assert begun_with(Settings(lang="zh", test_sale_fen=1)) == {}


def test_an_offer_says_which_terminal_when_and_how_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.bench_check.checks.CHECKS", [good(one) for one in "abcdef"])
    store = VisitStore(tmp_path)
    visit, log = begin(store)
    visit.learn(sn="N1234")
    run_checks(visit, [good("a"), good("b")], Screenful())
    log.close()
    (offer,) = offers(store, Settings(), NOON)
    assert (offer.sn, offer.done, offer.total) == ("N1234", 2, 6)
    assert offer.words == Text(
        "序列号 N1234，10:32 开始，已完成 2/6 项", "serial number N1234, begun 10:32, 2 of 6 checks done"
    )


@pytest.mark.parametrize(
    ("settings", "offered"),
    [
        (Settings(), True),
        (Settings(sn="N1"), True),
        (Settings(sn="N2"), False),
        (Settings(port="COM5"), True),
        (Settings(port="COM6"), False),
    ],
)
def test_only_what_may_be_meant_is_offered(tmp_path: Path, settings: Settings, offered: bool) -> None:
    store = VisitStore(tmp_path)
    _, log = begin(store, Settings(sn="N1", port="COM5"))
    log.close()
    assert bool(offers(store, settings, NOON)) is offered


def test_at_another_terminal_no_money_is_moved_and_the_open_sale_stays_open(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    visit, log = begin(store)
    visit.learn(sn="N1", port="p", protocol="zvt", test_sale={"state": "sold", "amount_fen": 1})
    log.close()
    visit, log = resumed(store)
    other = check("identity", lambda visit: failed("identity", "other_device", FOUND))
    run_checks(visit, [other, *PAYMENTS], Screenful())
    assert {visit.findings[one.id].detail.get("barred") for one in PAYMENTS} == {"needed"}
    assert visit.facts["test_sale"]["state"] == "sold"
    log.close()
