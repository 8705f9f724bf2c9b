"""Tests of printer, display and keypad in which somebody takes part: what these parts cannot know of themselves.

`read` in the order names the bench's own eye, which looks and answers instead of a person: "paper" at the print,
"glass" at the display.  What it answers goes through the keypad like what anybody types.
"""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

from ...machine import Json
from ..desk import Desk
from ..hardware import display, keypad, printer
from ..outcome import Outcome, done, outcome, refused
from ..slips import test_lines
from ..texts import CAUSES
from ..wants import GaveUp, Keys, Order, Prompt, Step

CODE_DIGITS = 4

PRINT_GOOD = Text("字迹清楚请按确认，否则按取消", "Press ENTER if the print can be read, else CANCEL")
READ_CODE = Text("请键入屏上的四位数字：{code}", "Key in the four digits shown: {code}")
PRESS_KEY = Text("请按 {key} 键", "Press the key {key}")
PASSED = Text("测试合格", "The test is passed")
KEY_FINDINGS: Mapping[str, Text] = {
    keypad.MISSING: Text("无反应 {keys}", "no reaction {keys}"),
    keypad.REPEATED: Text("粘连 {keys}", "sticks {keys}"),
    keypad.OTHER: Text("错位 {keys}", "swapped {keys}"),
}


def print_test(desk: Desk, order: Order) -> Step[Outcome]:
    """A test page; whoever looks at it presses ENTER when he can read it, else CANCEL."""
    if not desk.profile.has_printer:
        return refused(order.op, "no_printer")
    page: dict[str, Json] = {"kind": "test", "tid": desk.state.tid, "stan": "", "batch": "", "amount_fen": 0}
    run = printer.put_out(desk, {**page, "rrn": "", "copy": "test"}, test_lines())
    desk.save(*run.records)
    if not run.whole:
        return refused(order.op, "printer_fault")
    seen = "ENTER" if run.look.legible else "CANCEL"
    told: Keys | GaveUp = yield Prompt("keys", PRINT_GOOD, keyed=_by_eye(desk, order, "paper", seen))
    if isinstance(told, GaveUp) and told.why != "cancelled":
        return outcome(order.op, "cancelled", told.why)
    good = isinstance(told, Keys)
    desk.note("part", {"part": printer.PRINTER, "what": "print_test", "ok": good}, shown=True)
    return done(order.op, text=PASSED) if good else {**refused(order.op, "faint_print"), "parts": [printer.PRINTER]}


def display_test(desk: Desk, order: Order) -> Step[Outcome]:
    """A code on the display, which is keyed back as it is read.

    What was keyed may differ because of the glass or because of the keys: after a good keypad test it is the display.
    """
    code = f"{desk.settings.rng.randrange(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    shown = READ_CODE.format(code=code)
    digits = "".join(char for char in display.glass(desk, shown)["zh"] if char.isdigit())
    told: Keys | GaveUp = yield Prompt("keys", shown, keyed=_by_eye(desk, order, "glass", f"{digits} ENTER"))
    if isinstance(told, GaveUp):
        return outcome(order.op, "cancelled", told.why)
    good = told.typed == code
    desk.note("part", {"part": display.DISPLAY, "what": "display_test", "ok": good}, shown=True)
    return done(order.op, text=PASSED) if good else refused(order.op, "code_differs")


def _by_eye(desk: Desk, order: Order, what: str, keys: str) -> str:
    """What is pressed by itself: by the bench's eye where the order names it, and by an attendant."""
    return keys if order.args.get("read") == what or desk.settings.attendant else ""


def keypad_test(desk: Desk, order: Order) -> Step[Outcome]:
    """Every key is asked for in the order of `keypad.KEYS` and pressed once; the Outcome names those that are not good.

    The order is fixed, so that it can be done with a blank display, too.
    """
    found: dict[str, list[str]] = {}
    heard = False
    for key in keypad.KEYS:
        arrived: Keys | GaveUp = yield Prompt(
            "key", PRESS_KEY.format(key=key), keyed=key if desk.settings.attendant else ""
        )
        typed = arrived.typed if isinstance(arrived, Keys) else ""
        heard = heard or bool(typed)
        wrong = keypad.finding(key, typed)
        if wrong:
            found.setdefault(wrong, []).append(key)
    if not heard:  # nobody was there, or no key works at all: the own test tells that
        return outcome(order.op, "cancelled", "card_timeout")
    for wrong, keys in found.items():
        told: dict[str, Json] = {"part": keypad.KEYPAD, "what": wrong, "ok": False, "detail": " ".join(keys)}
        desk.note("part", {**told, "count": len(keys)}, shown=True)
    desk.note("part", {"part": keypad.KEYPAD, "what": "keypad_test", "ok": not found}, shown=True)
    if not found:
        return done(order.op, text=PASSED)
    words = [KEY_FINDINGS[wrong].format(keys=" ".join(keys)) for wrong, keys in found.items()]
    said = CAUSES["keypad_bad"]
    text = Text(f"{said.zh}：{'；'.join(w.zh for w in words)}", f"{said.en}: {'; '.join(w.en for w in words)}")
    return {
        **refused(order.op, "keypad_bad"),
        "text": {"zh": text.zh, "en": text.en},
        "parts": [keypad.KEYPAD],
        "detail": {name: " ".join(keys) for name, keys in found.items()},
    }
