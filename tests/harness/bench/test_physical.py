"""What a physical bench is made of: what hands may do, what passes on a line, what is seen, what belongs to a row."""

from __future__ import annotations

import io
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.background import LoopThread
from harness.bench.physical.bench import since
from harness.bench.physical.eyes import Eyes
from harness.bench.physical.hands import PersonHands
from harness.bench.physical.prompts import ABORT, DONE, SKIP, Aborted, NotDone, Prompt
from harness.bench.physical.safety import DESTRUCTIVE, KNOWN, forbidden
from harness.bench.physical.tap import LineTap
from harness.console.prompting import ConsolePrompter
from harness.driver.operations import OPERATIONS
from harness.fixtures import load_dialect
from harness.links.tcp import SilentPort
from harness.scenarios.answers import Answer, Answers, WrittenAnswers
from harness.terminal.hardware.maintain import ACTS
from harness.trace import Event
from protocols.errors import LinkError, ScenarioError
from protocols.framing import TcpFramer
from protocols.text import Text
from protocols.unionpay.header import Header, Tpdu
from protocols.unionpay.message import Message, codec_for

Json = Any

# Destructive


def test_every_destructive_operation_is_off_until_it_is_allowed() -> None:
    """Whatever the driver calls destructive is in the table; nothing in it goes by itself."""
    assert {op for op, operation in OPERATIONS.items() if operation.destructive} <= set(DESTRUCTIVE)
    for name in DESTRUCTIVE:
        assert forbidden(name, (), ()) is not None
        assert forbidden(name, (), (name,)) is None
        assert forbidden(name, (name,), (name,)) is not None  # never is stronger


@given(st.sampled_from(KNOWN), st.sets(st.sampled_from(KNOWN)))
def test_never_means_never(name: str, never: set[str]) -> None:
    assert forbidden(name, (name, *never), tuple(DESTRUCTIVE)) is not None


@pytest.mark.parametrize(("name", "same"), [("inject_tmk", "load_master_key"), ("batch_upload", "settle")])
def test_another_name_is_no_way_round(name: str, same: str) -> None:
    assert forbidden(name, (same,), (name, same)) is not None
    assert forbidden(name, (), (same,)) is None


# Hands


class Says:
    """A person who says the same to everything."""

    def __init__(self, said: str) -> None:
        self.said = said
        self.asked: list[Prompt] = []

    def ask(self, prompt: Prompt) -> str:
        self.asked.append(prompt)
        return self.said if self.said in prompt.choices else SKIP


def test_a_person_is_asked_in_both_languages_and_can_skip_and_abort() -> None:
    says = Says(DONE)
    hands = PersonHands(says, "SN1")
    hands.ask("person", "present", {"card": "debit", "how": "insert", "pin": "123456"})
    hands.ask("control", "cause", {"behaviour": "paper_out", "after_lines": 4})
    for act in ACTS:
        hands.ask("control", "maintain", {"act": act})
    hands.pull(True)
    hands.power(False)
    hands.deliver()
    assert len(says.asked) == 5 + len(ACTS)
    for prompt in says.asked:
        assert prompt.words.zh != prompt.words.en
        assert {SKIP, ABORT} <= set(prompt.choices)
    assert "123456" in says.asked[0].words.en  # a test card's: whoever presents it has to type it
    with pytest.raises(NotDone):
        PersonHands(Says(SKIP), "SN1").pull(True)
    with pytest.raises(Aborted):
        PersonHands(Says(ABORT), "SN1").ask("person", "operate", {"op": "connect"})


def test_an_operation_ends_as_the_person_says_and_nothing_else_is_known_of_it() -> None:
    assert PersonHands(Says("declined"), "SN1").ask("person", "operate", {"op": "activate", "code": "1"}) == {
        "op": "activate",
        "status": "declined",
    }


@pytest.mark.parametrize("name", ["snapshot", "settings", "inject_tmk"])
def test_hands_cannot_reach_inside(name: str) -> None:
    with pytest.raises(ScenarioError):
        PersonHands(Says(DONE), "SN1").ask("control", name, {})
    with pytest.raises(ScenarioError):
        PersonHands(Says(DONE), "SN1").ask("control", "cause", {"behaviour": "clock_reset"})


def test_answers_of_a_file() -> None:
    answers = WrittenAnswers(
        Answers(otherwise="done", answer=(Answer(ask="act.", row="D2", answer="skip"), Answer(ask="card", answer="no")))
    )
    act, card = Prompt("act.load_paper", Text("装纸", "paper")), Prompt("card", Text("卡", "card"))
    assert (answers.ask(act), answers.ask(card)) == ("done", SKIP)  # "no" is no answer to it
    answers.row = "D2"
    assert answers.ask(act) == "skip"


@pytest.mark.parametrize(
    ("typed", "said"),
    [("\n", "done"), ("SKIP\n", "skip"), ("x\nabort\n", "abort"), ("dec\n", "declined"), ("", "skip")],
)
def test_the_console_takes_a_choice_or_how_it_begins(typed: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    prompt = Prompt("operate.connect", Text("联网", "connect"), ("done", "declined", "refused", "skip", "abort"))
    stdin = _Later(typed)
    assert ConsolePrompter(("zh", "en"), 2, stdin).ask(prompt) == said
    shown = capsys.readouterr()
    assert shown.out == ""  # standard output is for results
    assert "联网" in shown.err and "connect" in shown.err


def test_nobody_is_waited_for_when_standard_input_has_ended(capsys: pytest.CaptureFixture[str]) -> None:
    prompter, prompt = ConsolePrompter(("en",), 3600, io.StringIO()), Prompt("card", Text("卡", "card"))
    assert [prompter.ask(prompt) for _ in range(3)] == [SKIP] * 3  # an hour each, were it waited for
    assert capsys.readouterr().err.count("nobody can be asked") == 3


class _Later(io.StringIO):
    """Standard input, typed after the question: each line a moment after the one before."""

    def __next__(self) -> str:  # type: ignore[override]  # typeshed has it give octets
        from harness.clock import sleep_s

        sleep_s(0.02)
        return super().__next__()


# What is seen


def test_the_line_shows_the_messages_of_a_terminal() -> None:
    """A request in two pieces, then what no host sends; of a MAC nothing is said, for nobody here has the key."""
    noted: list[tuple[str, Mapping[str, Json]]] = []
    tap = LineTap("cup", lambda kind, data: noted.append((kind, data)))
    fields = {11: "000123", 41: "52010009", 42: "898520154110004", 60: "00000001301"}
    request = TcpFramer().frame(
        codec_for(load_dialect("cup")).build(Message("0820", fields, Tpdu("60", "0003", "0000"), Header()))
    )
    tap.opened(1)
    tap.passed(1, "upstream", request[:9])
    tap.passed(1, "upstream", request[9:])
    tap.passed(1, "downstream", TcpFramer().frame(bytes(30)))
    tap.closed(1, "local")
    assert [kind for kind, _ in noted] == ["link", "bytes", "bytes", "message", "bytes", "noise", "link"]
    message = noted[3][1]
    assert {key: message[key] for key in ("link", "dir", "mti")} == {"link": "host", "dir": "out", "mti": "0820"}
    assert {int(number): value for number, value in message["fields"].items()} == fields
    assert "mac" not in message


def test_only_what_is_shown_is_seen(tmp_path: Path) -> None:
    path, seen = tmp_path / "trace", list[tuple[str, Mapping[str, Json]]]()
    before = Event(1, 0, "terminal", "display", {"zh": "旧", "en": "old"}, ("terminal", "register"))
    path.write_text(before.line() + "\n", encoding="utf-8")
    loop = LoopThread("test-eyes")
    try:
        eyes = loop.call(Eyes, path, lambda kind, data: seen.append((kind, data)))
        shown = Event(2, 1, "terminal", "display", {"zh": "新", "en": "new"}, ("terminal", "register"))
        inside = Event(3, 1, "terminal", "state", {"to": "ready"}, ("terminal",))
        text = "".join(event.line() + "\n" for event in (shown, inside))
        with path.open("a", encoding="utf-8") as file:
            file.write(text[:40])
            file.flush()
            loop.call(eyes.look)
            file.write(text[40:])
            file.flush()
            loop.call(eyes.look)
        loop.call(eyes.close)
    finally:
        loop.close()
    assert seen == [("display", {"zh": "新", "en": "new"})]


entries = st.lists(st.fixed_dictionaries({"stan": st.integers(1, 5), "amount_fen": st.integers(1, 3)}), max_size=5)


@given(entries, entries)
def test_what_a_device_did_before_belongs_to_no_row(before: list[Json], later: list[Json]) -> None:
    """Nothing that is new is lost, and nothing that was there is counted."""
    old = {"mid": "M", "tid": "T", "entries": before, "accounts": []}
    now = {"mid": "M", "tid": "T", "entries": [*before, *later], "accounts": []}
    found = since(now, old)["entries"]
    assert found == [one for one in later if one not in before]
    other = {"mid": "N", "tid": "U", "entries": later, "accounts": [{**old, "number": 0}]}
    assert since(other, old) == {**other, "accounts": []}


def test_nobody_answers_at_a_silent_port() -> None:
    """Not refused, and not open: the dialler hears nothing."""
    port = SilentPort("127.0.0.1:0")
    try:
        with socket.socket() as one:
            one.settimeout(0.2)
            with pytest.raises(TimeoutError):
                one.connect(port.name)
        with pytest.raises(LinkError):
            SilentPort(f"{port.name[0]}:{port.name[1]}")
    finally:
        port.close()
