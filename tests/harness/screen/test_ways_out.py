"""What a person who does not know the screen needs: the customer's PIN, what a setting means, the way out."""

from __future__ import annotations

from textual.widgets import Input, Label, OptionList, RichLog, Static

from harness.console.screen import words
from harness.terminal.faults import FAULTS
from harness.terminal.hardware.maintain import ACTS

from .stand import Stand, standing


def test_whoever_plays_the_customer_is_told_the_pin_of_the_card() -> None:
    async def test(at: Stand) -> None:
        assert "PIN 123456" in str(at.app.query_one("#card", Static).content)
        await at.press("c")
        await at.until(lambda: isinstance(at.app.focused, OptionList))
        rows = at.app.screen.query_one(OptionList)
        assert "PIN 123456" in str(rows.get_option("debit").prompt)

    standing(test)


def test_each_setting_and_each_argument_of_a_hand_is_explained() -> None:
    asked = {name for fault in FAULTS.values() for name in fault.settings}
    asked |= {name for act in ACTS.values() for name in act.takes.names}
    assert asked == set(words.LABELS)

    async def test(at: Stand) -> None:
        await at.press("b")
        await at.until(lambda: isinstance(at.app.focused, OptionList))
        rows = at.app.screen.query_one(OptionList)
        rows.highlighted = rows.get_option_index("paper_out")
        await at.press("enter")
        await at.until(lambda: isinstance(at.app.focused, Input))
        assert "再印几行之后" in str(at.app.screen.query_one(Label).content)

    standing(test, lang="zh")


def test_one_key_does_not_drop_a_recording() -> None:
    async def test(at: Stand) -> None:
        await at.press("r")
        await at.until(lambda: at.app.tape.steps)
        await at.press("q")
        await at.until(lambda: "not saved" in at.view.happened[-1][1].en)
        assert at.app.is_running and at.app.return_value is None
        await at.press("q")
        await at.until(lambda: at.app.return_value == 0)

    standing(test)


def test_ctrl_c_ends_it_at_once() -> None:
    async def test(at: Stand) -> None:
        await at.press("r")
        await at.until(lambda: at.app.tape.steps)
        await at.press("ctrl+c")
        await at.until(lambda: at.app.return_value == 0)

    standing(test)


def test_no_file_name_is_said_to_save_nothing() -> None:
    async def test(at: Stand) -> None:
        await at.press("r")
        await at.until(lambda: at.app.tape.steps)
        await at.press("S")
        await at.fill("delete")  # what stands there is selected
        await at.until(lambda: "no file name" in at.view.happened[-1][1].en)

    standing(test)


def test_what_happened_breaks_its_lines_anew_in_a_wider_window() -> None:
    async def test(at: Stand) -> None:
        log = at.app.query_one("#happens", RichLog)
        await at.until(lambda: log.lines)
        narrow = len(log.lines)
        await at.pilot.resize_terminal(140, 45)
        await at.until(lambda: len(log.lines) < narrow)
        await at.until(lambda: log.is_vertical_scroll_end)

    standing(test)
