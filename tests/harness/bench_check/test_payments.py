"""The test sale: never twice, never lost, whatever comes between.

The terminal is an emulated one, the host that of `--local-host`, whose ledger has the last word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.bench.fleet import RegisterSpec
from harness.bench.standing import StandingTerminal
from harness.bench.terminal_start import Start
from harness.bench_check.asking import Asker, Nobody
from harness.bench_check.checks.payments import check_sale, check_settlement, check_void
from harness.bench_check.local_host import LocalHost
from harness.bench_check.model import Finding
from harness.bench_check.settings import Settings
from harness.bench_check.trial import OPEN, Trial, yuan
from harness.bench_check.visit import Visit

from .counter import Person, fault_words
from .test_ladder import MID, SHOP, TID

YES = {f"payments.{one}": ("yes",) for one in ("test_sale", "settle", "set_address", "batch_settled")}
SAME = {"payments.same_terminal": ("yes",), "payments.batch_settled": ("yes",)}


class Killed(Exception):
    """The battery died."""


class Counter:
    """A terminal, the host of this computer, and visits to them."""

    def __init__(self, folder: Path, terminal: StandingTerminal, host: LocalHost, protocol: str) -> None:
        self.folder, self.terminal, self.host, self.protocol = folder, terminal, host, protocol
        self.facts: dict[str, Any] = {}
        """What is durable."""

    @contextmanager
    def visit(self, person: Asker | None = None, **settings: Any) -> Iterator[Visit]:
        given = {"local_host": self.folder / "shop.toml", "data": self.folder, **settings}
        asker = Person(YES) if person is None else person
        visit = Visit(Settings(**given), asker, lambda text: None, dict(self.facts))
        visit.facts |= {"port": self.terminal.port, "protocol": self.protocol, "line": "", "transport": "serial"}
        visit._local_host = self.host
        visit.keep = self.kept
        with visit.stack:
            yield visit

    def kept(self, kind: str, data: Mapping[str, Any]) -> None:
        if kind == "fact":
            self.facts.update(data)

    def moved(self) -> int:
        """What all postings of the terminal still move together, in fen."""
        return sum(row["net_fen"] for row in self.postings())

    def postings(self) -> list[Mapping[str, Any]]:
        rows = self.host.ask("control", "snapshot")["postings"]
        return [row for row in rows if (row["tid"], row["mid"]) == (TID, MID)]


@contextmanager
def counter(folder: Path, protocol: str = "mispos-b", **start: Any) -> Iterator[Counter]:
    shop = folder / "shop.toml"
    shop.write_text(SHOP, encoding="utf-8")
    with LocalHost(shop, "127.0.0.1:0", folder / "books") as host:
        given = {"host": host.address, "terminal_file": shop, "ready": True, "card": "debit", **start}
        if not given["ready"]:
            given["at"] = "keyed"
        with StandingTerminal(Start(serial="", tcp="127.0.0.1:0", register=RegisterSpec(protocol), **given)) as one:
            yield Counter(folder, one, host, protocol)


def words(finding: Finding) -> str:
    return finding.found.en if not finding.fault else fault_words(finding).en


# all well


@pytest.mark.parametrize("protocol", ["mispos-b", "zvt"])
def test_a_sale_is_made_taken_back_and_settled(tmp_path: Path, protocol: str) -> None:
    with counter(tmp_path, protocol) as at, at.visit(settle=True) as visit:
        for check in (check_sale, check_void, check_settlement):
            finding = check(visit)
            assert finding.verdict == "pass", words(finding)
        kinds = [(row["kind"], row["amount_fen"]) for row in at.postings()]
        assert kinds == [("sale", 1), ("void", 1)] and at.moved() == 0
        assert visit.facts["test_sale"]["state"] == "voided"
        settled = [row for row in at.host.batches(TID) if row["settled"]]
        assert [(row["debit_fen"], row["credit_fen"]) for row in settled] == [(1, 1)]


def test_nothing_is_sold_unasked(tmp_path: Path) -> None:
    with counter(tmp_path) as at:
        with at.visit(local_host=None) as visit:
            assert check_sale(visit).verdict == "not_possible"
        with at.visit(Person({"payments.test_sale": ("no",)})) as visit:
            assert check_sale(visit).verdict == check_void(visit).verdict == "not_possible"
        with at.visit(Person({}), settle=True) as visit:  # nobody answers
            assert check_sale(visit).verdict == check_settlement(visit).verdict == "not_possible"
        assert at.postings() == [] and "test_sale" not in at.facts


def test_nothing_is_sold_over_an_interface_that_takes_nothing_back(tmp_path: Path) -> None:
    with counter(tmp_path, "concert") as at, at.visit() as visit:
        assert check_sale(visit).verdict == "not_possible"
        assert at.postings() == []


def test_no_money_moves_at_a_host_that_is_not_ours(tmp_path: Path) -> None:
    """The terminal has another host, and nobody sets it to ours."""
    (tmp_path / "other").mkdir()
    with counter(tmp_path / "other") as other:
        (tmp_path / "shop.toml").write_text(SHOP, encoding="utf-8")
        with LocalHost(tmp_path / "shop.toml", "127.0.0.1:0", tmp_path / "books") as ours:
            at = Counter(tmp_path, other.terminal, ours, "mispos-b")
            with at.visit(Person({"payments.test_sale": ("yes",), **SAME})) as visit:
                finding = check_sale(visit)
            assert finding.verdict == "not_possible" and ours.address in finding.found.zh
            assert at.postings() == other.postings() == []


def test_a_terminal_is_set_to_our_host_and_back(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with counter(tmp_path / "other") as other:
        (tmp_path / "shop.toml").write_text(SHOP, encoding="utf-8")
        with LocalHost(tmp_path / "shop.toml", "127.0.0.1:0", tmp_path / "books") as ours:
            at = Counter(tmp_path, other.terminal, ours, "mispos-b")
            with at.visit() as visit:
                address = other.host.address
                assert visit.register().do("set_communication", address=address)["status"] == "done"
                assert check_sale(visit).verdict == "pass"
                assert visit.register().do("status")["address"] == address
                assert visit.facts["host_address_before"] == ""
            assert [row["kind"] for row in at.postings()] == ["sale", "void"] and other.postings() == []


def test_a_card_that_is_not_presented_sells_nothing(tmp_path: Path) -> None:
    with counter(tmp_path, card="") as at, at.visit() as visit:
        at.terminal.ask("person", "press", keys="CANCEL")
        finding = check_sale(visit)
        assert finding.verdict == "not_possible" and "nothing was booked" in finding.found.en
        assert at.postings() == [] and visit.facts["test_sale"]["state"] == "none"


@pytest.mark.parametrize(
    ("kind", "fault"), [("suspended", "merchant_refused"), ("model_suspended", "terminal_refused")]
)
def test_a_refusal_by_the_host_is_told_as_what_it_is(tmp_path: Path, kind: str, fault: str) -> None:
    subject = "model:CT-100" if kind.startswith("model") else f"merchant:{MID}"
    with counter(tmp_path) as at, at.visit() as visit:
        at.host.ask("control", "hold", kind=kind, subject=subject, facts={})
        finding = check_sale(visit)
        assert (finding.verdict, finding.fault) == ("fail", fault)
        assert at.moved() == 0 and not Trial(visit).is_open


# what comes between


def interrupted(at: Counter, after: int, **settings: Any) -> bool:
    """A visit that dies when its `after`-th fact has become durable; whether it did."""
    left = after

    def keep(kind: str, data: Mapping[str, Any]) -> None:
        nonlocal left
        at.kept(kind, data)
        left -= 1
        if left == 0:
            raise Killed

    try:
        with at.visit(**settings) as visit:
            visit.keep = keep
            check_sale(visit)
            check_void(visit)
    except Killed:
        return True
    return False


@pytest.mark.parametrize("protocol", ["mispos-b", "zvt"])
def test_a_battery_that_dies_at_any_point_leaves_no_money_behind(tmp_path: Path, protocol: str) -> None:
    """After every durable fact in turn: the next visit finds what was sold, and takes it back once."""
    with counter(tmp_path, protocol) as at:
        if protocol == "zvt":  # it has no number of ours, and no word for "nothing yet"
            assert not interrupted(at, 0)
        for after in range(1, 40):
            at.facts, before = {}, len(at.postings())
            killed = interrupted(at, after)
            sold = len([row for row in at.postings()[before:] if row["kind"] == "sale"])
            with at.visit(Person({"payments.test_sale": ("no",), **SAME})) as visit:
                findings = [check_sale(visit), check_void(visit)]
            assert "fail" not in [finding.verdict for finding in findings], [words(finding) for finding in findings]
            fresh = at.postings()[before:]
            assert at.moved() == 0 and len([row for row in fresh if row["kind"] == "sale"]) == sold <= 1
            assert sold == len([row for row in fresh if row["kind"] == "void"])
            assert at.facts.get("test_sale", {}).get("state") not in OPEN
            if not killed:
                break
        else:
            raise AssertionError("the visit never came to its end")
        assert after > 4


def test_what_nobody_can_know_is_told_as_in_doubt(tmp_path: Path) -> None:
    """ZVT carries no number of ours; a terminal without any payment answers as one that can repeat none."""
    with counter(tmp_path, "zvt") as at:
        assert interrupted(at, 5)
        assert at.facts["test_sale"]["state"] == "begun" and at.postings() == []
        with at.visit() as visit:
            findings = [check_sale(visit), check_void(visit)]
        assert [finding.fault for finding in findings] == ["sale_in_doubt", "sale_in_doubt"]
        assert at.postings() == []  # and above all nothing is sold again


def test_a_void_that_fails_is_the_loudest_of_all(tmp_path: Path) -> None:
    with counter(tmp_path) as at, at.visit() as visit:
        at.host.ask("control", "cause", behaviour="decline", kinds=["void"], code="96", count=9)
        findings = [check_sale(visit), check_void(visit)]
        assert [finding.fault for finding in findings] == ["", "void_failed"]
        said = fault_words(findings[1])
        stan = visit.facts["test_sale"]["stan"]
        assert "0.01" in said.zh and stan in said.zh and "0.01" in said.en and stan in said.en
        assert at.moved() == 1 and visit.facts["test_sale"]["state"] == "sold"
        at.host.ask("control", "heal", behaviour="decline")
        assert check_void(visit).verdict == "pass" and at.moved() == 0  # the next visit gets it back


def test_the_sale_tells_of_the_void_where_nobody_else_will(tmp_path: Path) -> None:
    with counter(tmp_path) as at, at.visit(skip=("test_void",)) as visit:
        at.host.ask("control", "cause", behaviour="decline", kinds=["void"], code="96", count=9)
        assert check_sale(visit).fault == "void_failed"


def test_an_amount_is_written_as_people_write_it() -> None:
    assert [yuan(fen) for fen in (1, 10, 100, 123_456)] == ["0.01", "0.10", "1.00", "1234.56"]


def test_nobody_is_asked_where_there_is_no_terminal() -> None:
    visit = Visit(Settings(test_sale_fen=1), Nobody(), lambda text: None)
    assert check_sale(visit).verdict == check_void(visit).verdict == check_settlement(visit).verdict == "not_possible"
