"""The ways to the host: their order, what each dial asks for, and that nothing that was sent goes out twice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from harness.machine import TLS_REASONS, Ask, Close, Closed, Connect, Note, Opened, Send, Tls, Wake
from harness.terminal.desk import Desk
from harness.terminal.outcome import DIAL_FAILURES
from harness.terminal.settings import Config, Identity, TerminalSettings
from harness.terminal.terminal import Terminal
from harness.terminal.texts import CAUSES, LINK_REASONS
from harness.terminal.ways import ways
from protocols.mispos.results import LOCAL_BY_CAUSE

STANDARD = Config()
IDENTITY = Identity("52010009", "898520154110004", bytes(range(16)), "Test")
TRIES = 3
"""Dials of one address before the next one (PAX, Topwise: three)."""


def settings(config: Config = STANDARD, **more: Any) -> TerminalSettings:
    return TerminalSettings(Random(1), identity=IDENTITY, config=config, host_address="a.test:1", **more)


class Dialling:
    """A terminal whose dials are answered by hand."""

    def __init__(self, config: Config = STANDARD, **more: Any) -> None:
        self.terminal = Terminal(settings(config, **more))
        self.terminal.start([], 0)
        self.effects = self.terminal.handle(Ask("person", "operate", {"op": "sign_in"}, 1), 0)

    def dialled(self) -> Connect:
        return [effect for effect in self.effects if isinstance(effect, Connect)][-1]

    def fails(self, reason: str) -> None:
        self.effects = self.terminal.handle(Closed(self.dialled().link, reason), 0)

    def opens(self) -> list[Send]:
        self.effects = self.terminal.handle(Opened(self.dialled().link), 0)
        return [effect for effect in self.effects if isinstance(effect, Send)]

    def cause(self) -> str:
        return str(self.notes("operation")[-1]["outcome"]["cause"])

    def notes(self, kind: str) -> list[Mapping[str, Any]]:
        return [effect.data for effect in self.effects if isinstance(effect, Note) and effect.kind == kind]


def test_the_address_then_the_second_one_then_the_second_line() -> None:
    desk = Desk(settings(Config(backup_address="b.test:2", backup_line=True)))
    assert (
        ways(desk) == [("host", "a.test:1")] * TRIES + [("host", "b.test:2")] * TRIES + [("backup", "b.test:2")] * TRIES
    )
    assert ways(Desk(settings())) == [("host", "a.test:1")] * TRIES
    assert ways(Desk(settings(Config(host_address="c.test:3", backup_line=True))))[-1] == ("backup", "c.test:3")


def test_each_way_is_dialled_until_one_opens_and_then_no_other() -> None:
    line = Dialling(Config(backup_line=True))
    for number in range(2 * TRIES - 1):
        assert line.dialled().link == ("host" if number < TRIES else "backup")
        line.fails("refused")
    (sent,) = line.opens()
    assert sent.link == "backup"
    line.effects = line.terminal.handle(Closed("backup", "reset"), 0)
    assert not [effect for effect in line.effects if isinstance(effect, Connect)], "it has left: nobody sends it again"
    assert line.cause() == "connection_lost"


@pytest.mark.parametrize("reason", DIAL_FAILURES)
def test_each_reason_has_its_cause_its_words_and_its_result_at_the_register(reason: str) -> None:
    line = Dialling()
    for _ in range(TRIES):
        line.fails(reason)
    cause = line.cause()
    assert cause == DIAL_FAILURES[reason]
    shown = [data["zh"] for data in line.notes("display")]
    assert LINK_REASONS[reason].zh in shown and CAUSES[cause].zh in shown
    assert LOCAL_BY_CAUSE[cause].status == "no_answer"


def test_every_reason_of_tls_is_told_apart() -> None:
    assert set(TLS_REASONS) <= set(DIAL_FAILURES)
    causes = [DIAL_FAILURES[reason] for reason in TLS_REASONS]
    assert len({LOCAL_BY_CAUSE[cause].code for cause in causes}) == len(causes) == 6


def test_the_first_way_is_the_one_that_is_named() -> None:
    line = Dialling(Config(backup_line=True))
    for number in range(2 * TRIES):
        line.fails("no-line" if number < TRIES else "refused")
    assert line.cause() == "no_line"


def test_a_dial_by_tls_says_whom_it_trusts_for_which_name_and_at_what_time() -> None:
    asked = Dialling(Config(apn="pay", dns="192.0.2.9"), tls=True).dialled()
    settings_ = settings()
    assert asked.tls == Tls("test-ca", "a.test", settings_.epoch)
    assert (asked.apn, asked.dns) == ("pay", "192.0.2.9")
    named = Dialling(Config(ca="ours", server_name="b.test", own_certificate="own"), tls=True).dialled()
    assert named.tls == Tls("ours", "b.test", settings_.epoch, "own")
    assert Dialling().dialled().tls is None
    broken = Dialling(tls=True, faults=frozenset(("clock_reset",))).dialled()
    assert broken.tls is not None and broken.tls.clock.year == 2000


def test_a_dial_that_nobody_answers_is_given_up_and_hung_up() -> None:
    line = Dialling()
    due = line.terminal.deadline
    assert due == 10_000_000, "the connection time-out of the dialect"
    line.effects = line.terminal.handle(Wake(), due)
    assert [type(e) for e in line.effects if isinstance(e, Close | Connect)] == [Close, Connect]


def test_the_page_has_the_words_of_the_code() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "terminal.md").read_text(encoding="utf-8")
    for reason, cause in DIAL_FAILURES.items():
        if reason not in ("reset", "eof"):
            assert f"| `{cause}` | {LINK_REASONS[reason].zh} |" in page, reason
