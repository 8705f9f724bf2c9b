"""Keypad and display: what arrives, what is seen, and the tests in which somebody takes part.

Expected: the catalogue's rows D4 and D5.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.terminal.hardware import display, keypad
from harness.terminal.person import KEY_WAIT_US
from protocols.unionpay import pin

from .scripted import CARD, PIK, Bench, ready_settings

ALL_KEYS = " ".join(keypad.KEYS)
DIGITS = st.text("0123456789", min_size=1, max_size=12)


def ready(**changes: Any) -> Bench:
    bench = Bench(ready_settings(**changes))
    bench.get_ready()
    return bench


def cause(bench: Bench, behaviour: str, **settings: Any) -> None:
    assert bench.ask("control", "cause", behaviour=behaviour, **settings).ok


def press(bench: Bench, keys: str) -> None:
    assert bench.ask("person", "press", keys=keys).ok


def try_keys(bench: Bench) -> Any:
    press(bench, ALL_KEYS)
    return bench.do("keypad_test")


def typed(bench: Bench) -> str:
    """What stands on the confirmation for an amount that is typed."""
    return next(text for text in reversed(bench.shown()) if text.startswith("金额 "))


def pin_sent(bench: Bench) -> str:
    """The PIN in the last request, deciphered with the working key."""
    request = next(m for m in reversed(bench.host.seen) if m.mti == "0200")
    block = request.octets(52)
    assert block is not None
    return pin.decrypt(block, CARD.pan, PIK)


def test_a_good_keypad_passes() -> None:
    bench = ready()
    assert try_keys(bench)["status"] == "done"
    asked = [text for text in bench.shown() if text.startswith("请按 ")]
    assert asked == [f"请按 {key} 键" for key in keypad.KEYS]


@pytest.mark.parametrize(
    ("behaviour", "named", "found"),
    [
        ("key_dead", "3 ENTER", {"key_missing": "3 ENTER"}),
        ("key_repeats", "7", {"key_repeated": "7"}),
        ("keys_swapped", "1 2", {"key_swapped": "1 2"}),
        ("keys_swapped", "0 CANCEL", {"key_swapped": "0 CANCEL"}),
    ],
)
def test_the_keypad_test_names_the_keys_and_the_self_test_does_not(
    behaviour: str, named: str, found: dict[str, str]
) -> None:
    bench = ready()
    cause(bench, behaviour, keys=named)
    assert bench.do("self_test")["status"] == "done"
    before = bench.now
    result = try_keys(bench)
    assert (result["status"], result["cause"], result["detail"]) == ("refused", "keypad_bad", found)
    assert all(key in result["text"]["zh"] for key in named.split())
    assert bench.now - before == (len(named.split()) * KEY_WAIT_US if behaviour == "key_dead" else 0)
    assert bench.ask("control", "maintain", act="replace_part", part="keypad").ok
    assert try_keys(bench)["status"] == "done"


def test_a_keypad_test_that_nobody_attends_says_nothing() -> None:
    bench = ready()
    assert (bench.do("keypad_test")["status"], bench.do("keypad_test")["cause"]) == ("cancelled", "card_timeout")
    assert not [note for note in bench.notes if note.kind == "part" and note.data["part"] == "keypad"]


@pytest.mark.parametrize(
    ("behaviour", "named", "shown", "arrived"),
    [
        ("key_repeats", "4", "445.00", "44500 ENTER"),
        ("key_dead", "5", "4.00", "400 ENTER"),
        ("keys_swapped", "4 7", "75.00", "7500 ENTER"),
    ],
)
def test_a_wrong_amount_is_seen_before_it_is_sent(behaviour: str, named: str, shown: str, arrived: str) -> None:
    bench = ready()
    bench.ask("control", "settings", confirm_amount=True)
    cause(bench, behaviour, keys=named)
    sent = len(bench.host.seen)
    press(bench, "4500 ENTER CANCEL")
    assert bench.do("sale")["cause"] == "amount_not_confirmed"
    assert typed(bench) == f"金额 {shown} 元，确认请按确认键"
    assert len(bench.host.seen) == sent
    assert " ".join(note.data["keys"] for note in bench.notes if note.kind == "key") == f"{arrived} CANCEL"


def test_an_amount_that_is_typed_is_sold() -> None:
    bench = ready()
    press(bench, "1234 ENTER")
    bench.ask("person", "present", card="debit", how="swipe", pin="123456")
    assert bench.do("sale")["amount_fen"] == 1234
    press(bench, "9" * 60)
    assert bench.do("sale")["cause"] == "bad_request"
    press(bench, "CANCEL")
    assert bench.do("sale")["cause"] == "cancelled"


def test_a_pin_arrives_as_the_keys_are_and_nothing_shows_its_digits() -> None:
    bench = ready()
    cause(bench, "keys_swapped", keys="1 2")
    bench.sell()
    assert pin_sent(bench) == "213456"
    assert [note.data["keys"] for note in bench.notes if note.kind == "key"] == ["******", "ENTER"]
    shown = [str(note.data) for note in bench.notes if note.kind != "message"]
    assert not any("123456" in text or "213456" in text for text in shown if "PIN" not in text and "lines" not in text)


def test_a_key_that_ends_the_entry_ends_it_where_it_arrives() -> None:
    """3 stands where ENTER does: what is typed behind it belongs to the next question."""
    bench = ready()
    bench.ask("control", "settings", confirm_amount=True)
    cause(bench, "keys_swapped", keys="3 ENTER")
    press(bench, "1234 CANCEL")
    assert bench.do("sale")["cause"] == "amount_not_confirmed"
    assert typed(bench).startswith("金额 0.12 元")


PAIRS = st.lists(st.sampled_from(keypad.DIGITS), unique=True, max_size=10).filter(lambda keys: len(keys) % 2 == 0)


@given(DIGITS, PAIRS, st.sets(st.sampled_from(keypad.DIGITS)), st.sets(st.sampled_from(keypad.DIGITS)))
@settings(max_examples=50)
def test_what_arrives_is_what_was_pressed_but_for_the_keys_that_are_named(
    pressed: str, swapped: list[str], dead: set[str], repeats: set[str]
) -> None:
    bench = Bench()
    for behaviour, named in (("keys_swapped", swapped), ("key_dead", sorted(dead)), ("key_repeats", sorted(repeats))):
        if named:
            cause(bench, behaviour, keys=" ".join(named))
    meant = dict(zip(swapped[::2], swapped[1::2], strict=True))
    meant |= {second: first for first, second in meant.items()}
    expected = "".join(meant.get(key, key) * (2 if key in repeats else 1) for key in pressed if key not in dead)
    assert "".join(keypad.typed(bench.terminal.desk, pressed)) == expected
    assert keypad.typed(bench.terminal.desk, "ENTER") == ["ENTER"]
    good = [keypad.finding(key, " ".join(keypad.typed(bench.terminal.desk, key))) == "" for key in keypad.DIGITS]
    assert good == [key not in dead | repeats | set(swapped) for key in keypad.DIGITS]


@given(st.text(max_size=30))
def test_a_garbled_glass_shows_every_digit_wrongly_and_nothing_else_at_all(line: str) -> None:
    seen = display.garbled(line)
    assert len(seen) == len(line)
    for was, now in zip(line, seen, strict=True):
        if was in "0123456789":
            assert now in "0123456789" and now != was
        else:
            assert now == (was if was.isspace() else display.NO_GLYPH)


@pytest.mark.parametrize(("behaviour", "seen"), [("display_blank", "blank"), ("display_garbled", "garbled")])
def test_a_bad_display_is_found_by_the_code_that_is_read_back(behaviour: str, seen: str) -> None:
    bench = ready()
    assert bench.do("display_test", read="glass")["status"] == "done"
    cause(bench, behaviour)
    assert bench.do("self_test")["status"] == "done", "the controller takes what is written"
    assert bench.sell()["status"] == "done"
    glass = [note for note in bench.notes if note.kind == "part" and note.data["what"] == seen]
    written = [note for note in bench.notes if note.kind == "display"][-len(glass) :]
    assert {note.seen_by for note in glass} == {("register",)}, "the terminal does not know its glass"
    assert {note.seen_by for note in written} == {("terminal",)}
    assert [note.data["detail"] for note in glass] == [
        {"zh": display.garbled(n.data["zh"]), "en": display.garbled(n.data["en"])}
        if seen == "garbled"
        else {"zh": "", "en": ""}
        for n in written
    ]
    assert try_keys(bench)["status"] == "done", "the keys are asked for in a fixed order"
    assert bench.do("display_test", read="glass")["cause"] == "code_differs"
    assert bench.ask("control", "maintain", act="replace_part", part="display").ok
    assert bench.do("display_test", read="glass")["status"] == "done"


def test_a_bad_key_makes_the_code_differ_on_a_good_display() -> None:
    bench = ready()
    cause(bench, "key_dead", keys="0 1 2 3 4 5 6 7 8 9")
    assert bench.do("display_test", read="glass")["cause"] == "code_differs"
    assert try_keys(bench)["detail"]["key_missing"].split() == sorted(keypad.DIGITS, key=keypad.KEYS.index)


def test_an_attendant_reads_presses_and_judges_by_himself() -> None:
    bench = ready(attendant="debit")
    assert [bench.do(op)["status"] for op in ("print_test", "display_test", "keypad_test")] == ["done"] * 3
    cause(bench, "display_blank")
    cause(bench, "ribbon_worn")
    assert [bench.do(op)["cause"] for op in ("print_test", "display_test")] == ["faint_print", "code_differs"]


def test_a_pin_that_meets_another_question_is_not_shown_either() -> None:
    """The amount's ENTER does not arrive, so that the PIN is typed into the amount."""
    bench = ready()
    cause(bench, "key_dead", keys="ENTER")
    press(bench, "1234")
    bench.ask("person", "present", card="debit", how="swipe", pin="908172")
    assert bench.do("sale")["cause"] == "card_timeout"
    shown = [note.data["keys"] for note in bench.notes if note.kind == "key"]
    assert shown == ["1234", "******"]


def test_a_cancel_that_arrives_as_another_key_cancels_no_card() -> None:
    bench = ready()
    cause(bench, "keys_swapped", keys="CANCEL ENTER")
    press(bench, "CANCEL")
    assert bench.do("sale", amount_fen=100)["cause"] == "card_timeout"
    assert [note.data["keys"] for note in bench.notes if note.kind == "key"] == ["ENTER"]
