"""Money that a visit left booked is not forgotten because the next one begins anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.bench_check.asking import GoodFaith, Nobody
from harness.bench_check.checks import routing
from harness.bench_check.checks.payments import check_sale, check_settlement, check_void
from harness.bench_check.conclusion import conclude
from harness.bench_check.left_behind import left_open, left_open_at
from harness.bench_check.local_host import LocalHost
from harness.bench_check.screen import Screenful
from harness.stores.visits import VisitStore
from tests.harness.bench_check.counter import Person, visit_of

from .test_ladder import MID, TID
from .test_payments import SAME, YES, Counter, counter, interrupted, words

SOLD = {"state": "sold", "amount_fen": 250, "stan": "000123", "order": "261122155000ab12"}
HERE = {"sn": "N1", "tid": TID, "mid": MID}
AGES_AGO, LATER = "2026-01-01T10:00:00+08:00", "2026-01-02T10:00:00+08:00"
LEFT = {"payments.left_open": ("yes",), **SAME}


def left(store: VisitStore, started: str, **facts: Any) -> str:
    """A visit that was killed; its id."""
    log = store.begin({"started": started})
    log.append("fact", facts)
    log.close()
    return log.id


def test_a_sale_of_a_visit_that_nobody_goes_on_with_is_told_however_long_ago(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    left(store, AGES_AGO, **HERE, test_sale=SOLD)
    left(store, LATER, sn="N2", test_sale={"state": "voided", "amount_fen": 250, "stan": "000124"})
    assert store.interrupted() == []  # too long ago to be offered
    (one,) = left_open(store)
    for said in (one.words.zh, one.words.en):
        assert "2.50" in said and "000123" in said and "N1" in said and said.startswith("!!")


def test_the_next_visit_to_the_terminal_takes_it_over_and_no_other(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    old = left(store, AGES_AGO, **HERE, test_sale=SOLD)
    assert left_open_at(store, HERE, "") == SOLD
    assert left_open_at(store, {"tid": TID, "mid": MID}, "") == SOLD  # its serial number is not known this time
    assert left_open_at(store, {**HERE, "sn": "N2"}, "") is None
    assert left_open_at(store, {}, "") is left_open_at(store, HERE, old) is None
    left(store, LATER, **HERE, test_sale={**SOLD, "state": "voided"})
    assert left_open_at(store, HERE, "") is None and left_open(store) == []


def test_a_finished_record_hands_on_what_it_left_and_nothing_that_it_masks(tmp_path: Path) -> None:
    store = VisitStore(tmp_path)
    log = store.begin({"started": AGES_AGO})
    facts = {**HERE, "sn": "N2", "test_sale": {**SOLD, "order": "****", "at": HERE}}
    log.finish({"id": log.id, "started": AGES_AGO, "facts": facts})
    assert left_open_at(store, {**HERE, "sn": "N2"}, "") is None  # the record of another terminal that was at the cable
    log = store.begin({"started": LATER})
    log.finish({"id": log.id, "started": LATER, "facts": {**facts, **HERE}})
    found = left_open_at(store, HERE, "")
    assert found is not None and found["stan"] == "000123" and "order" not in found


@pytest.mark.parametrize("protocol", ["mispos-b", "zvt"])
def test_a_visit_begun_anew_takes_back_what_the_killed_one_sold(tmp_path: Path, protocol: str) -> None:
    with counter(tmp_path, protocol) as at:
        assert sold_and_killed(at)
        sale, at.facts = at.facts["test_sale"], {}
        with at.visit(Person(LEFT), local_host=None) as visit:
            visit.left_open = lambda: sale
            findings = [check_sale(visit), check_void(visit)]
        assert [one.verdict for one in findings] == ["pass", "pass"]
        assert at.moved() == 0 and [row["kind"] for row in at.postings()] == ["sale", "void"]


def test_what_nobody_answers_for_stays_open_and_loud_and_what_is_cleared_up_is_left_alone(tmp_path: Path) -> None:
    with counter(tmp_path) as at:
        assert sold_and_killed(at)
        sale, at.facts = at.facts["test_sale"], {}
        with at.visit(Person({}), local_host=None) as visit:
            visit.left_open = lambda: sale
            assert check_sale(visit).fault == "void_failed" and at.moved() == 1
        at.facts = {}
        with at.visit(Person({"payments.left_open": ("cleared",)}), local_host=None) as visit:
            visit.left_open = lambda: sale
            assert check_sale(visit).verdict == "not_possible" and at.moved() == 1


def sold_and_killed(at: Counter) -> bool:
    """A visit that is killed as soon as the sale is durable."""
    for after in range(1, 20):
        at.facts = {}
        if at.moved() == 0:
            interrupted(at, after)
        if at.moved() == 1 and at.facts["test_sale"]["state"] == "sold":
            return True
        with at.visit(Person(SAME)) as visit:
            check_sale(visit)
    return False


def test_a_sale_of_somebody_else_is_not_voided_at_a_terminal_that_nobody_knows_to_be_the_one(tmp_path: Path) -> None:
    """Another terminal stands there after the interruption, and tells nothing of itself: its payment has the trace
    number of ours."""
    with counter(tmp_path) as at:
        with at.visit() as visit:
            stan = visit.register().do("sale", amount_fen=1)["stan"]
        at.facts = {"test_sale": {"state": "sold", "amount_fen": 1, "stan": stan, "order": "other"}}
        for person in (Person({}), Person({"payments.same_terminal": ("no",)})):
            with at.visit(person) as visit:
                assert [check_sale(visit).fault, check_void(visit).fault] == ["void_failed"] * 2
        at.facts["test_sale"]["at"] = {"sn": "N9", "tid": "1", "mid": "2"}
        with at.visit(Person({**SAME, **YES})) as visit:
            visit.facts |= HERE
            visit.recognised = True
            assert check_sale(visit).fault == "void_failed"
        assert at.moved() == 1 and len(at.postings()) == 1


@pytest.mark.parametrize("protocol", ["mispos-b", "zvt"])
def test_a_payment_of_the_merchant_behind_the_interruption_hides_nothing(tmp_path: Path, protocol: str) -> None:
    """Killed while the sale was made; the terminal's newest payment is now another one: ours may still be booked, and
    the other one is not taken for it."""
    with counter(tmp_path, protocol) as at:
        with at.visit() as visit:
            before = visit.register().do("sale", amount_fen=1)["stan"]
            visit.register().do("sale", amount_fen=1)  # ours, whose answer nobody has seen
            visit.register().do("sale", amount_fen=1)
        sale = {"state": "begun", "amount_fen": 1, "order": "ours", "before": before}
        at.facts = {"test_sale": sale if protocol == "mispos-b" else {**sale, "order": ""}}
        with at.visit(Person({})) as visit:
            visit.recognised = True
            finding = check_sale(visit)
        assert finding.fault == "sale_in_doubt", words(finding)
        assert at.moved() == 3 and at.facts["test_sale"]["state"] == "unknown"


def test_a_terminal_that_still_points_at_our_host_is_told_at_the_end() -> None:
    visit = visit_of(facts={"host_address_before": "pos.example.com:5000"})
    (said,) = conclude(visit, []).warnings
    assert "pos.example.com:5000" in said.zh and "pos.example.com:5000" in said.en


def test_the_address_is_set_back_whatever_check_was_cut_off(tmp_path: Path) -> None:
    """Killed behind the test sale, or nobody agrees this time: no check of payments has the way back before it."""
    from harness.bench_check.checks.routing import lead_back
    from harness.bench_check.model import passed
    from protocols.text import Text

    with counter(tmp_path) as at:
        at.facts = {"host_address_before": at.host.address}
        with at.visit(Person({})) as visit:
            visit.findings["port"] = passed("port", Text("COM5", "COM5"))
            assert visit.register().do("set_communication", address="127.0.0.1:9")["status"] == "done"
            check_sale(visit)
            lead_back(visit)
            assert visit.register().do("status")["address"] == at.host.address
        assert at.facts["host_address_before"] == ""


def test_whoever_breaks_it_off_is_told_what_may_be_booked() -> None:
    from harness.bench_check.visiting import _tell_what_it_leaves

    class Lines(Screenful):
        def __init__(self) -> None:
            self.lines: list[str] = []

        def line(self, text: str, style: str = "") -> None:
            self.lines.append(text)

    screen = Lines()
    visit = visit_of(facts={**HERE, "test_sale": SOLD, "host_address_by_hand": True}, lang="en")
    _tell_what_it_leaves(visit, screen, "x", AGES_AGO)
    assert "2.50" in screen.lines[0] and "000123" in screen.lines[0] and "host address" in screen.lines[1]


def test_behind_an_interruption_our_host_is_elsewhere_and_the_real_one_is_not_forgotten(tmp_path: Path) -> None:
    """The terminal points at an address where nobody listens any more; what it is set back to is its own host's."""
    real = "127.0.0.1:9"
    with counter(tmp_path) as at:
        at.facts = {"host_address_before": real}
        assert sold_and_killed(at)
        first, at.facts["host_address_before"] = at.host.address, real
        at.host.close()
        with LocalHost(tmp_path / "shop.toml", "127.0.0.1:0", tmp_path / "books") as at.host:
            assert at.host.address != first
            with at.visit(Person({**SAME, "payments.set_address": ("yes",)})) as visit:
                findings = [check_sale(visit), check_void(visit)]
                assert [one.verdict for one in findings] == ["pass", "pass"], [words(one) for one in findings]
                assert visit.register().do("status")["address"] == real
            assert at.moved() == 0 and [row["kind"] for row in at.postings()] == ["sale", "void"]


def test_the_merchants_unsettled_payments_never_go_to_our_host(tmp_path: Path) -> None:
    """They would be settled there, and never where the merchant's money is."""
    with counter(tmp_path) as at:
        with at.visit() as visit:
            assert visit.register().do("sale", amount_fen=9_900)["status"] == "done"
        for person in (Person({**YES, "payments.batch_settled": ("no",)}), GoodFaith(Nobody())):
            with at.visit(person, settle=True) as visit:
                findings = [check_sale(visit), check_settlement(visit)]
            assert [one.verdict for one in findings] == ["not_possible"] * 2
            assert all("its own host first" in one.found.en for one in findings)
        assert at.moved() == 9_900 and at.host.batches(TID) == []


def test_a_terminal_that_tells_its_books_is_not_asked_about(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    entries = [{"stan": "000001"}, {"stan": "000002"}]
    told = {"open_entries": 1}
    monkeypatch.setattr(routing, "local_status", lambda visit: told)
    monkeypatch.setattr(routing, "control", lambda visit, name: {"entries": entries})
    with counter(tmp_path) as at:
        person = Person(YES)
        with at.visit(person) as visit:
            assert "holds 1 payments" in check_sale(visit).found.en and at.postings() == []
            told["open_entries"] = 0
            assert check_sale(visit).verdict == "pass"
        assert "payments.batch_settled" not in [one.id for one in person.asked]
        sold = at.postings()[0]["stan"]
        entries[1:], told["open_entries"] = [{"stan": sold}], 1  # that one is ours
        at.facts = {}
        with at.visit() as visit:
            visit.facts |= HERE
            assert check_sale(visit).verdict == "pass"
