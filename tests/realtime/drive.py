"""`posrig drive` as a person runs it, against a terminal that stands at a real pty: what is said, and how it exits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.bench.fleet import RegisterSpec
from harness.bench.register import Cable, open_register
from harness.bench.standing import USUAL, StandingTerminal
from harness.cli import main
from harness.console.driving.orders import Typed
from harness.console.driving.session import Result, Session, Tap
from harness.console.driving.show import HIDDEN, Screen
from harness.console.driving.texts import FIELDS
from harness.driver.speakers import SPEAKERS, operations_of
from harness.trace import read_trace

POSRIG = [sys.executable, "-c", "from harness.cli import main; main()"]
ENVIRONMENT = {**os.environ, "POSRIG_LANG": "en", "PYTHONUNBUFFERED": "1"}
KNOWN = ("--protocol", "mispos-b", "--baud", "9600")


@pytest.fixture(scope="module")
def terminal() -> Iterator[StandingTerminal]:
    with StandingTerminal() as standing:
        yield standing


@pytest.fixture(scope="module")
def deserted() -> Iterator[StandingTerminal]:
    """Nobody presents a card."""
    with StandingTerminal(replace(USUAL, card="")) as standing:
        yield standing


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSRIG_LANG", "en")


def drive(*words: str) -> int:
    """The command in this process; its exit status."""
    with pytest.raises(SystemExit) as ended:
        main.main(["drive", *words])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_a_terminal_is_found_driven_and_told_of(terminal: StandingTerminal, capsys: pytest.CaptureFixture[str]) -> None:
    assert drive("sale", "12.34", "last", "--port", terminal.port) == 0
    said, complained = capsys.readouterr()
    assert complained == ""
    head, *rest = said.splitlines()
    assert head == f"terminal at {terminal.port}, protocol mispos-b 9600-8N1"
    assert "sale 12.34  sale" in rest and "last  last result" in rest
    assert said.count("amount           12.34") == 2 and said.count("  done (") == 2


def test_json_is_one_line_for_each_operation(terminal: StandingTerminal, capsys: pytest.CaptureFixture[str]) -> None:
    assert drive("sale", "last", "--amount", "5", "--port", terminal.port, "--json", *KNOWN) == 0
    sale, last = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (sale["op"], sale["status"], sale["amount_fen"], sale["args"]) == ("sale", "done", 500, {"amount_fen": 500})
    assert (last["op"], last["stan"], last["of"]["op"]) == ("last", sale["stan"], None)


def test_what_the_terminal_refuses_ends_the_list_with_status_1_and_says_what_to_do(
    terminal: StandingTerminal, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drive("void", "999999", "settle", "--port", terminal.port, *KNOWN) == 1
    said = capsys.readouterr().out
    assert "refused by the terminal" in said and "next: " in said and "not carried out: settle" in said


def test_an_operation_that_the_protocol_lacks_names_those_that_it_has(
    terminal: StandingTerminal, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drive("self-test", "--port", terminal.port, "--lang", "zh", *KNOWN) == 1
    said = capsys.readouterr().out
    assert "未发送" in said and "mispos-b 有这些操作" in said and "sign-in" in said


def test_a_terminal_by_tcp_needs_no_protocol_either(capsys: pytest.CaptureFixture[str]) -> None:
    with StandingTerminal(replace(USUAL, serial="", tcp="127.0.0.1:0")) as standing:
        assert drive("sale", "1", "--port", standing.port) == 0
        assert capsys.readouterr().out.startswith(f"terminal at {standing.port}, protocol mispos-b\n")


@pytest.mark.parametrize("protocol", SPEAKERS)
def test_every_protocol_is_driven_by_the_same_words_and_what_it_tells_has_words(
    protocol: str, capsys: pytest.CaptureFixture[str]
) -> None:
    orders = ["identify", "sale", "12.34", *(["last"] if "last" in operations_of(protocol) else [])]
    with StandingTerminal(replace(USUAL, register=RegisterSpec(protocol))) as standing:
        reach = ("--port", standing.port, "--protocol", protocol, "--baud", "9600")
        assert drive(*orders, *reach, "--json") == 0
        told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [one["amount_fen"] for one in told[1:]] == [1234] * (len(told) - 1)
        shown = {name for one in told for name, value in one.items() if value not in (None, "", [], {})}
        assert shown <= {*FIELDS, *HIDDEN, "args", "took_ms"}
        assert drive("status", *reach, "--lang", "zh") == 0
        assert f"规程 {protocol} 9600-8N" in capsys.readouterr().out
        assert len(standing.ask("control", "snapshot")["entries"]) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("slae", "1"), "the nearest is sale"),
        (("sale",), "sale needs AMOUNT"),
        (("sale", "1", "--amount", "2", "--amount-fen", "3"), "not both"),
        (("sale", "--amount", "1,50"), "--amount"),
        (("last", "--quirk", "no-such"), "no-such"),
        (("last", "--protocol", "zwt"), "nearest is zvt"),
        (("last", "--line", "9N1", "--protocol", "mispos-b"), "9N1"),
    ],
)
def test_a_wrong_command_line_is_status_2_before_any_port_is_opened(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drive(*words, "--port", "/dev/no-such-port") == 2
    said, complained = capsys.readouterr()
    assert said == "" and told in complained


def test_a_port_that_is_not_there_is_status_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert drive("sale", "1", "--port", "/dev/no-such-port") == 3
    assert "/dev/no-such-port" in capsys.readouterr().err


def test_lines_from_standard_input_are_carried_out_one_by_one(terminal: StandingTerminal) -> None:
    typed = "sale 3.21\n\nnonsense\nhelp\nlast\nquit\nsale 9\n"
    ran = subprocess.run(
        [*POSRIG, "drive", "--port", terminal.port, "--json", *KNOWN],
        input=typed, capture_output=True, text=True, timeout=50, env=ENVIRONMENT, check=False,
    )  # fmt: skip
    sale, last = (json.loads(line) for line in ran.stdout.splitlines())
    assert sale["amount_fen"] == last["amount_fen"] == 321
    assert "there is no operation 'nonsense'" in ran.stderr and ran.returncode == 1


def test_a_trace_is_recorded_without_a_card_number(terminal: StandingTerminal, tmp_path: Path) -> None:
    path = tmp_path / "drive.trace.jsonl"
    assert drive("sale", "1.00", "--port", terminal.port, "--trace", str(path), *KNOWN) == 0
    trace = read_trace(path)
    assert trace.header.bench == "physical"
    assert {"link", "operation", "bytes", "message"} <= {event.kind for event in trace.events}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_aborts_at_the_terminal_and_waits_for_how_it_ends(
    deserted: StandingTerminal, number: signal.Signals
) -> None:
    with subprocess.Popen(
        [*POSRIG, "drive", "sale", "7.00", "--port", deserted.port, *KNOWN],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        lines = iter(running.stdout.readline, "")
        assert any(line.startswith("sale 7.00") for line in lines)
        running.send_signal(number)
        rest = "".join(lines)
        assert running.wait(30) == 1
    assert "the terminal is asked to abort" in rest and "cancelled (" in rest and "Nothing is booked" in rest
    assert deserted.ask("control", "snapshot")["entries"] == []


def test_a_second_ctrl_c_leaves_and_says_how_to_learn_the_outcome() -> None:
    with StandingTerminal(replace(USUAL, card="")) as deserted:
        left_twice(deserted)


def left_twice(deserted: StandingTerminal) -> None:
    port = deserted.port
    with subprocess.Popen(
        [*POSRIG, "drive", "sale", "7.00", "--port", deserted.port, *KNOWN],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        lines = iter(running.stdout.readline, "")
        assert any(line.startswith("sale 7.00") for line in lines)
        deserted.pull_cable()
        assert any("the port is gone" in line for line in lines)
        running.send_signal(signal.SIGINT)
        assert any("the terminal cannot be told" in line for line in lines)
        running.send_signal(signal.SIGINT)
        rest = "".join(lines)
        assert running.wait(30) == 1
    assert "outcome unknown" in rest and f"posrig drive --port {port} --protocol mispos-b last" in rest


class Ended:
    """Tells when the terminal has taken an order, and when an operation has ended."""

    def __init__(self) -> None:
        self.taken, self.ended = threading.Event(), threading.Event()

    def append(self, party: str, kind: str, data: Mapping[str, Any], seen_by: Sequence[str], t_us: int) -> None:
        if kind == "operation" and data["phase"] == "end":
            self.ended.set()
        elif kind == "bytes" and data["dir"] == "in":  # its ACK
            self.taken.set()


@pytest.mark.parametrize("learn", [True, False])
def test_a_lost_answer_is_asked_for_again_and_the_sale_is_known_to_be_done(
    learn: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The cable is out until the register has given up, and a card is presented meanwhile, if the register asks."""
    with StandingTerminal(replace(USUAL, card="")) as lonely:
        result = lost_sale(lonely, learn, tmp_path)
        entries = lonely.ask("control", "snapshot")["entries"]
    said = capsys.readouterr().out
    assert (result.outcome["status"], result.outcome["cause"]) == ("unknown", "port_gone")
    assert "the port is gone" in said and "outcome unknown" in said and "no such port" in said
    if learn:
        assert result.done and result.learned is not None and result.learned.last["amount_fen"] == 7_00
        assert "this very operation" in said and "do not repeat" not in said
        assert [entry["amount_fen"] for entry in entries] == [7_00]
    else:
        assert not result.done and "do not repeat it, ask first: posrig drive last" in said


def lost_sale(terminal: StandingTerminal, learn: bool, folder: Path) -> Result:
    stable, seen = folder / "usb-terminal", Ended()
    stable.symlink_to(terminal.port)

    def people() -> None:
        assert seen.taken.wait(10)
        terminal.pull_cable()
        stable.unlink()
        assert seen.ended.wait(10)
        if learn:
            terminal.ask("person", "present", card="debit", how="insert", pin="123456")
        terminal.plug_cable()
        stable.symlink_to(terminal.port)

    helper = threading.Thread(target=people, daemon=True)
    helper.start()
    tap = Tap(seen)
    cable = Cable(str(stable), more={"away_timeout_us": 200_000}, reopen_s=0.02)
    with open_register(cable, tap=tap) as register:
        session = Session(register, tap, Screen("en"), learn=learn, again="posrig drive")
        result = session.one(Typed("sale", {"amount_fen": 7_00}))
    helper.join(10)
    return result


def test_ctrl_c_that_comes_too_late_still_keeps_the_next_sale_from_being_sold(
    terminal: StandingTerminal, capsys: pytest.CaptureFixture[str]
) -> None:
    before = len(terminal.ask("control", "snapshot")["entries"])

    class Late:
        def append(self, party: str, kind: str, data: Mapping[str, Any], seen_by: Sequence[str], t_us: int) -> None:
            if kind == "operation" and data["phase"] == "end":
                os.kill(os.getpid(), signal.SIGINT)

    tap = Tap(Late())
    with open_register(Cable(terminal.port), tap=tap) as register:
        session = Session(register, tap, Screen("en"), learn=True, again="posrig drive")
        (result,) = session.run([Typed("sale", {"amount_fen": 1_00}), Typed("sale", {"amount_fen": 2_00})])
    assert result.done and result.stopped
    assert "not carried out: sale 2.00" in capsys.readouterr().out
    assert len(terminal.ask("control", "snapshot")["entries"]) == before + 1
