"""A driver on a real port, asked from an ordinary thread, against a terminal that is asked in turn what it booked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.bench.base import AskRefused, BenchBroken
from harness.bench.fleet import RegisterSpec
from harness.bench.register import Cable, Register, open_register
from harness.bench.standing import USUAL, StandingTerminal
from protocols.errors import LinkError

QUICK: Mapping[str, Any] = {"away_timeout_us": 200_000}
SOON_S = 0.02
"""How often the tests look for a port that has vanished."""


@pytest.fixture(scope="module")
def terminal() -> Iterator[StandingTerminal]:
    """One for all tests here; nobody presents a card by himself."""
    with StandingTerminal(replace(USUAL, card="")) as standing:
        yield standing


@pytest.fixture
def register(terminal: StandingTerminal) -> Iterator[Register]:
    with open_register(Cable(terminal.port, more=QUICK)) as opened:
        yield opened


def present(terminal: StandingTerminal) -> None:
    terminal.ask("person", "present", card="debit", how="insert", pin="123456")


def booked(terminal: StandingTerminal) -> list[int]:
    """The amounts of the open batch, as the terminal has them."""
    entries = terminal.ask("control", "snapshot")["entries"]
    return [entry["amount_fen"] for entry in entries]


def test_a_sale_is_booked_with_the_amount_that_was_asked_for(terminal: StandingTerminal, register: Register) -> None:
    before = booked(terminal)
    pending = register.begin("sale", amount_fen=12_34)
    assert pending.wait(0.05) is None, "nobody has presented a card"
    present(terminal)
    outcome = pending.wait(10)
    assert outcome is not None and (outcome["status"], outcome["amount_fen"]) == ("done", 12_34)
    assert booked(terminal) == [*before, 12_34]
    assert register.do("last")["stan"] == outcome["stan"]
    assert {"operation", "message", "bytes"} <= {event.kind for event in register.events}


def test_what_a_person_ends_is_cancelled_and_nothing_is_booked(terminal: StandingTerminal, register: Register) -> None:
    before = booked(terminal)
    pending = register.begin("sale", amount_fen=1_00)
    assert pending.wait(0.05) is None
    assert register.abort()["status"] == "done"
    outcome = pending.wait(10)
    assert outcome is not None and outcome["status"] == "cancelled"
    assert booked(terminal) == before
    refused = register.abort()
    assert (refused["status"], refused["cause"]) == ("refused", "nothing_to_abort")


def test_wrong_arguments_are_told_before_anything_is_sent(register: Register) -> None:
    before = len(register.events)
    with pytest.raises(AskRefused, match="amount_fen"):
        register.do("sale", amount=100)
    with pytest.raises(AskRefused, match="no operation sail"):
        register.do("sail")
    assert [event.kind for event in register.events[before:] if event.kind in ("bytes", "message")] == []


def test_two_registers_never_use_the_same_order_number(terminal: StandingTerminal) -> None:
    """A terminal answers an order that it knows with the stored result: a till that is started anew must not sell
    nothing at the price of another sale."""
    before = booked(terminal)
    orders = []
    for _ in range(3):
        with open_register(Cable(terminal.port, more=QUICK)) as fresh:
            pending = fresh.begin("sale", amount_fen=2_00)
            present(terminal)
            outcome = pending.wait(10)
            assert outcome is not None and outcome["status"] == "done"
            orders.append(pending.args["order"])
    assert len(set(orders)) == 3
    assert booked(terminal) == [*before, 2_00, 2_00, 2_00]


def test_a_cable_that_is_pulled_mid_sale_and_put_back_sells_once(terminal: StandingTerminal, tmp_path: Path) -> None:
    """The same device comes back under another name, as the link that the system keeps for it says."""
    stable = tmp_path / "usb-terminal"
    stable.symlink_to(terminal.port)
    before = booked(terminal)
    with open_register(Cable(str(stable), more={**QUICK, "away_timeout_us": 20_000_000}, reopen_s=SOON_S)) as register:
        pending = register.begin("sale", amount_fen=3_00)
        assert pending.wait(0.05) is None
        terminal.pull_cable()
        stable.unlink()
        assert pending.wait(0.05) is None and not register.attached
        held = os.open("/dev/ptmx", os.O_RDWR)  # takes the name that has become free
        terminal.plug_cable()
        os.close(held)
        stable.symlink_to(terminal.port)
        while not register.attached:
            assert pending.wait(0.01) is None
        present(terminal)
        outcome = pending.wait(20)
    assert outcome is not None and outcome["status"] == "done"
    assert booked(terminal) == [*before, 3_00]


def test_a_cable_that_stays_out_leaves_the_outcome_unknown_and_the_newest_result_tells(
    terminal: StandingTerminal, tmp_path: Path
) -> None:
    stable = tmp_path / "usb-terminal"
    stable.symlink_to(terminal.port)
    before = booked(terminal)
    with open_register(Cable(str(stable), more=QUICK, reopen_s=SOON_S)) as register:
        pending = register.begin("sale", amount_fen=4_00)
        assert pending.wait(0.05) is None
        terminal.pull_cable()
        stable.unlink()
        lost = pending.wait(10)
        assert lost is not None and (lost["status"], lost["cause"]) == ("unknown", "port_gone")
        present(terminal)
        terminal.plug_cable()
        stable.symlink_to(terminal.port)
        while not register.attached:
            assert pending.wait(0.01) is not None
        found = register.learn(pending)
    assert booked(terminal) == [*before, 4_00]
    assert (found.last["amount_fen"], found.verdict) == (4_00, "same"), found


def test_a_register_by_tcp_dials_again_when_the_terminal_hung_up() -> None:
    with StandingTerminal(replace(USUAL, serial="", tcp="127.0.0.1:0")) as standing:
        cable = Cable(standing.port, RegisterSpec(transport="tcp"), reopen_s=SOON_S)
        with open_register(cable) as register:
            assert register.do("sale", amount_fen=5_00)["status"] == "done"
            standing.drop_register()
            outcome = register.do("sale", amount_fen=6_00)
            assert outcome["status"] == "done"
        assert booked(standing) == [5_00, 6_00]


def test_a_session_whose_loop_is_kept_busy_by_a_flood_is_closed_all_the_same(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.bench.register.CLOSE_S", 0.0)
    register.close()
    register.close()


def test_a_port_that_cannot_be_opened_is_told_and_leaves_nothing_behind() -> None:
    with pytest.raises(LinkError, match="/dev/no-such-port"):
        open_register(Cable("/dev/no-such-port"))
    with pytest.raises(LinkError, match="refused"):
        open_register(Cable("tcp:127.0.0.1:1"))


def test_an_operation_of_a_closed_session_ends_as_one_of_a_broken_bench(terminal: StandingTerminal) -> None:
    with open_register(Cable(terminal.port, more=QUICK)) as register:
        pending = register.begin("sale", amount_fen=1_00)
        assert pending.wait(0.05) is None
        register.close()
        with pytest.raises(BenchBroken):
            pending.wait(5)
    terminal.ask("person", "press", keys="CANCEL")
