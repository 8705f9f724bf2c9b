"""What is kept of what a person does, what is asked on the keypad, and what is seen, without a screen."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.world import load_cards
from harness.console.screen.entry import Entry, typed_fields
from harness.console.screen.faces import FAINT_DOT, slip_lines
from harness.console.screen.recording import Recording
from harness.console.screen.saving import World, text_of
from harness.console.screen.view import View
from harness.scenarios.model import Case, Operate
from harness.terminal.arguments import OPERATION_TAKES
from harness.terminal.texts import ENTER_PIN
from harness.trace import Event

WORLD = World("cup", "countertop", ("ready",))
AMOUNT_DIGITS = 12
"""F4 has no more."""
KEYS = st.lists(st.sampled_from([*"0123456789", "00", "000", "CLEAR"]), max_size=40)


def event(kind: str, data: dict[str, Any], *seen_by: str) -> Event:
    return Event(1, 0, "terminal", kind, data, seen_by or ("terminal", "register"))


def begin(op: str, **args: Any) -> Event:
    return event("operation", {"phase": "begin", "op": op, "args": args})


def end(status: str = "done", **outcome: Any) -> Event:
    return event("operation", {"phase": "end", "op": "sale", "outcome": {"status": status, **outcome}})


def show(tape: Recording, *ways: str, pulled: bool = False) -> None:
    """The debit card is presented, and the terminal takes it."""
    for way in ways:
        tape.present("debit", way, pulled)
        tape.see(event("card", {"what": "presented", "how": way, "pan": ""}))


def recorded(tape: Recording, world: World = WORLD) -> dict[str, Any]:
    """The case of the file."""
    (case,) = tomllib.loads(text_of("my shop-1", tape, world))["case"]
    assert isinstance(case, dict)
    return case


# the keypad


@given(KEYS)
def test_what_is_typed_is_what_is_asked_for(keys: list[str]) -> None:
    entry, digits = Entry("sale", ("amount_fen",)), ""
    for key in keys:
        assert entry.press(key) == ""
        digits = "" if key == "CLEAR" else digits + key if len(digits + key) <= AMOUNT_DIGITS else digits
        assert Decimal(entry.shown) == Decimal(digits or "0") / 100
    if int(digits or "0"):
        assert entry.press("ENTER") == "done"
        assert entry.args() == {"amount_fen": int(digits)}
    else:
        assert entry.press("ENTER") == "", "nothing is no amount"
        assert entry.press("CANCEL") == "cancelled"


def test_a_trace_number_stands_there_until_another_is_typed() -> None:
    entry = Entry("void", ("stan",), {"stan": "000031"})
    assert entry.shown == "000031"
    assert Entry("void", ("stan",), {"stan": "000031"}).press("ENTER") == "done"
    entry.press("7")
    assert entry.press("ENTER") == "done"
    assert entry.args() == {"stan": "7"}


def test_the_amount_of_a_void_follows_from_its_original() -> None:
    assert typed_fields("void", OPERATION_TAKES["void"].names) == ("stan",)
    assert typed_fields("sale", OPERATION_TAKES["sale"].names) == ("amount_fen",)
    assert typed_fields("refund", OPERATION_TAKES["refund"].names)[0] == "amount_fen"
    assert typed_fields("operator_sign_on", OPERATION_TAKES["operator_sign_on"].names) == ()


# the recording


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (["1", "2", "3", "4", "5", "6", "ENTER"], {}),
        (["9", "CLEAR", "1", "2", "3", "4", "5", "6", "ENTER"], {}),
        (["6", "5", "4", "3", "ENTER"], {"pin": "0000"}),
        (["6", "5", "4", "3", "ENTER", "1", "2", "3", "4", "5", "6", "ENTER"], {"pin": "0000 123456"}),
        (["ENTER"], {"keys": "ENTER"}),
        (["1", "CANCEL"], {"keys": "CANCEL"}),
    ],
)
def test_a_pin_is_the_cards_own_or_is_not_kept(typed: list[str], kept: dict[str, str]) -> None:
    tape = Recording(load_cards())
    tape.operate("sale")
    tape.see(begin("sale", amount_fen=500))
    show(tape, "insert")
    for key in typed:
        tape.press(key, "pin")
    tape.see(end())
    (step,) = recorded(tape)["step"]
    assert {name: step[name] for name in ("pin", "keys") if name in step} == kept
    assert (step["do"], step["op"], step["card"], step["args"]) == ("operate", "sale", "debit", {"amount_fen": 500})


def test_a_password_is_not_kept() -> None:
    tape = Recording(load_cards())
    tape.operate("operator_sign_on")
    tape.see(begin("operator_sign_on"))
    for key, asks in (("01", ""), ("ENTER", ""), ("9", "password"), ("8", "password"), ("ENTER", "password")):
        tape.press(key, asks)
    tape.see(end("refused", cause="wrong_password"))
    (step,) = recorded(tape)["step"]
    assert step["keys"] == "01 ENTER 00 ENTER"
    assert step["expect"] == {"status": "refused", "cause": "wrong_password"}


def test_what_fails_meanwhile_stands_before_the_operation_and_what_mends_behind() -> None:
    tape = Recording(load_cards())
    tape.operate("sale")
    tape.see(begin("sale", amount_fen=500))
    tape.cable(2_000_000, plugged=False)
    tape.cause(3_000_000, "paper_out", {"after_lines": 0})
    tape.maintain(4_000_000, "load_paper", {})
    tape.see(end("declined", code="51"))
    case = recorded(tape)
    assert [step["do"] for step in case["step"]] == ["cause", "cause", "operate", "control"]
    assert case["step"][2]["expect"] == {"status": "declined", "code": "51"}
    assert [(step["do"], step["path"]) for step in case["remedy"]] == [("heal", "register")]


def test_what_the_register_ordered_is_the_registers_step_and_what_the_terminal_does_itself_is_none() -> None:
    tape = Recording(load_cards())
    tape.see(begin("sale", amount_fen=500))
    show(tape, "insert", pulled=True)
    tape.see(end("cancelled", cause="card_removed"))
    tape.see(event("operation", {"phase": "begin", "op": "settle", "args": {}, "by": "terminal"}))
    tape.see(event("operation", {"phase": "end", "op": "settle", "outcome": {"status": "done"}}))
    (step,) = recorded(tape)["step"]
    assert (step["do"], step["op"], step["pulled"]) == ("register", "sale", True)


@pytest.mark.parametrize(
    ("sent", "presented", "at"),
    [(False, False, "begin"), (False, True, "card_read"), (True, True, "after_send")],
)
def test_a_power_cut_meanwhile_is_planned_where_it_came(sent: bool, presented: bool, at: str) -> None:
    tape = Recording(load_cards())
    tape.operate("sale")
    tape.see(begin("sale", amount_fen=500))
    if presented:
        show(tape, "insert")
    if sent:
        tape.see(event("message", {"dir": "out", "mti": "0200"}))
    tape.power(1, on=False)
    case = recorded(tape)
    assert [step["do"] for step in case["step"]] == ["cause", "operate", "crash"]
    assert case["step"][0]["settings"] == {"at": at, "op": "sale"}
    assert "expect" not in case["step"][1]
    assert [step["do"] for step in case["remedy"]] == ["restart"]


def test_a_terminal_that_is_off_is_switched_on_for_the_proof() -> None:
    tape = Recording(load_cards())
    tape.maintain(0, "switch_off", {})
    case = recorded(tape, World("cup", "countertop", ("ready",), off=True))
    assert [step["args"] for step in case["remedy"]] == [{"act": "switch_on"}]


def test_the_terminal_is_signed_in_again_for_the_proof() -> None:
    tape = Recording(load_cards())
    tape.operate("settle")
    tape.see(begin("settle"))
    tape.see(end())
    case = recorded(tape, World("cup", "countertop", ("ready",), "must_sign_in"))
    assert [step["op"] for step in case["remedy"]] == ["sign_in"]


# what is seen


def test_a_bad_glass_shows_what_can_be_seen_of_it() -> None:
    view = View()
    view.see(event("display", {"zh": "请输入密码", "en": "Please enter the PIN"}))
    assert view.glass is not None
    assert view.glass.en == "Please enter the PIN"
    view.see(event("display", {"zh": "余额 12", "en": "Balance 12"}, "terminal"))
    assert view.glass is None
    detail = {"zh": "▒▒ 67", "en": "▒▒▒ 67"}
    view.see(event("part", {"part": "display", "what": "garbled", "ok": False, "detail": detail}, "register"))
    assert view.glass.zh == "▒▒ 67"


def test_it_knows_what_the_terminal_waits_for() -> None:
    view = View()
    asked = []
    for zh, en in ((ENTER_PIN.zh, ENTER_PIN.en), ("正在拨号…", "Connecting ...")):
        view.see(event("display", {"zh": zh, "en": en}))
        asked.append(view.asks)
    assert asked == ["pin", ""]


def test_faint_paper_looks_faint_and_what_cannot_be_read_is_not_shown() -> None:
    view = View()
    slip = {"stan": "000031", "copy": "merchant", "lines": [{"zh": "金额 12.34", "en": "Amount 12.34"}]}
    view.see(event("slip", slip))
    assert "12.34" in slip_lines(view.slips[-1], "en").plain
    view.see(event("image", {"stan": "000031", "copy": "merchant", "contrast_percent": 30, "legible": True}))
    assert view.slips[-1].faint
    assert "12.34" in slip_lines(view.slips[-1], "en").plain
    view.see(event("image", {"stan": "000031", "copy": "merchant", "contrast_percent": 8, "legible": False}))
    assert "12.34" not in slip_lines(view.slips[-1], "en").plain
    assert FAINT_DOT in slip_lines(view.slips[-1], "en").plain


def test_only_the_terminal_beside_which_one_stands_is_seen() -> None:
    view = View()
    view.see(Event(1, 0, "host", "display", {"zh": "主机", "en": "Host"}, ("register",)))
    assert view.glass is None
    assert not view.happened


@pytest.mark.parametrize(("ways", "kept"), [(["insert"], None), (["key"], "key"), (["tap", "insert"], "tap insert")])
def test_the_way_a_card_is_presented_is_kept_where_it_is_not_its_habit(ways: list[str], kept: str | None) -> None:
    tape = Recording(load_cards())
    tape.operate("sale")
    tape.see(begin("sale", amount_fen=500))
    show(tape, *ways)
    tape.present("credit", "insert")  # held for the next operation
    tape.see(end())
    case = Case.model_validate(recorded(tape))
    (step,) = case.step
    assert isinstance(step, Operate)
    assert (step.card, step.how) == ("debit", kept)
