"""A person at the screen, with keyboard and mouse; terminal and host are real."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from harness.console.rows import rows_named, run_row
from harness.console.screen.dialogs import Choose
from harness.console.screen.faces import MARKS
from harness.scenarios.load import read_scenario

from .stand import Stand, standing


def test_a_sale_by_keyboard_is_booked_and_its_pin_is_seen_nowhere() -> None:
    async def test(at: Stand) -> None:
        assert at.app.hands.card == "debit"
        await at.sell("5", "i")
        await at.until(lambda: at.view.asks == "pin")
        await at.press(*"123456")
        await at.until(lambda: at.view.typed == "******")
        await at.press("enter")
        await at.sold()
        assert await at.booked() == [5]
        assert any("0.05" in line.en for line in at.view.slips[-1].lines)
        assert at.app.hands.in_slot
        await at.press("x")
        await at.until(lambda: not at.app.hands.in_slot)
        assert [event.data["what"] for event in at.of("card")] == ["presented", "removed"]
        shown = "".join(text.en + text.zh for _, text, _ in at.view.happened)
        assert "123456" not in shown
        assert "123456" not in at.trace.text()

    standing(test)


def test_the_same_by_mouse_alone() -> None:
    async def test(at: Stand) -> None:
        for name in ("key-1", "key-CLEAR", "key-5", "key-ENTER"):
            await at.pilot.click(f"#{name}")
        await at.until(lambda: at.view.asks == "card")
        await at.pilot.click("#way-tap")
        await at.sold()
        assert await at.booked() == [5]
        await at.pilot.click("#hints", offset=(2, 0))
        await at.until(lambda: isinstance(at.app.screen, Choose))

    standing(test, lang="zh")


def test_paper_that_runs_out_is_seen_and_a_new_roll_brings_the_slip() -> None:
    async def test(at: Stand) -> None:
        await at.choose("b", "paper_out")
        await at.fill("3")  # instead of the 0 that stands there, which is selected
        await at.until(lambda: "paper_out" in at.live.wrong)
        await at.sell()
        await at.sold()
        assert not at.view.slips[-1].complete
        assert len(at.view.slips[-1].lines) == 3
        assert at.view.lamp("paper") == "bad"
        await at.choose("n", "load_paper")
        await at.until(lambda: at.view.lamp("paper") == "on")
        assert at.live.wrong == frozenset()
        await at.choose("m", "reprint")
        await at.until(lambda: at.app.entry is not None)
        await at.press("enter")
        await at.until(lambda: at.view.last.get("op") == "reprint")
        assert at.view.slips[-1].complete
        assert at.view.slips[-1].copy == "reprint"
        assert await at.booked() == [5]

    standing(test)


def test_a_power_cut_in_the_middle_of_a_sale_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async def test(at: Stand) -> None:
        await at.choose("h", "drop:stream=downstream,frame=1,times=100")
        await at.sell()
        await at.until(lambda: at.sent() == ["0200"])
        await at.press("p")
        await at.until(lambda: at.view.dark)
        assert not at.view.op
        await at.press("7")
        await at.until(lambda: "no power" in at.view.happened[-1][1].en)
        assert at.app.entry is None
        await at.press("p")
        await at.until(lambda: at.of("boot")[-1].data["reset_cause"] == "power_fail")
        assert at.of("boot")[-1].data["pending_reversal"]["amount_fen"] == 5
        await at.choose("h", "")
        await at.sell("7")
        await at.sold()
        assert at.sent() == ["0200", "0400", "0200"]
        assert await at.booked() == [7]
        await saved_and_run(at, tmp_path, "D8")

    standing(test)


def test_a_line_that_is_down_shows_and_is_good_again_by_a_key() -> None:
    async def test(at: Stand) -> None:
        await at.choose("h", "dial_no_line:times=100")
        await at.sell()
        await at.sold("unknown")
        assert at.view.last["cause"] == "no_line"
        assert at.view.lamp("line") == "bad"
        await at.choose("h", "")
        await at.sell("7")
        await at.sold()
        assert at.view.lamp("line") == "off"
        assert await at.booked() == [7]

    standing(test)


def test_what_is_still_wrong_at_the_end_is_mended_in_the_saved_scenario(tmp_path: Path) -> None:
    async def test(at: Stand) -> None:
        await at.press("r")
        await at.until(lambda: not at.live.register)
        await at.choose("b", "clock_reset")
        await at.until(lambda: "clock_reset" in at.live.wrong)
        await at.sell()
        await at.sold()
        stan = at.view.last["stan"]
        await at.choose("m", "void")
        await at.until(lambda: at.app.entry is not None)
        assert at.app.entry is not None
        assert at.app.entry.shown == stan
        await at.press("enter")
        await at.until(lambda: at.view.last.get("op") == "void")
        text = await saved_and_run(at, tmp_path, None)
        assert 'save = { stan_3 = "stan" }' in text
        assert "${stan_3}" in text
        assert stan not in text

    standing(test)


async def saved_and_run(at: Stand, tmp_path: Path, row: str | None) -> str:
    """Save with the keyboard; the file is well written and its run is as it must be."""
    path = tmp_path / "recorded.toml"
    await at.press("S")
    await at.until(lambda: isinstance(at.app.focused, Input))
    at.app.screen.query_one("#field-file", Input).value = str(path)
    await at.press("enter")
    await at.until(lambda: "saved" in at.view.happened[-1][1].en)
    assert at.view.happened[-1][2], at.view.happened[-1][1].en
    scenario = read_scenario(path)
    assert scenario.diagnosis == row
    done = run_row(rows_named([str(path)])[0], "simulated", 7, lambda step, place, at_us: None)
    assert done.result is not None
    assert done.result.failures == ()
    return path.read_text(encoding="utf-8")


SHOWN = {"zh": ("功能", "退出", "确认", "防拆"), "en": ("menu", "quit", "ENTER", "tamper")}


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
def test_everything_fits_in_both_languages(size: tuple[int, int]) -> None:
    async def test(at: Stand) -> None:
        width, height = size
        keys = [f"key-{key}" for key in ("1", "ENTER", "000")] + [f"way-{way}" for way in ("insert", "pull")]
        for lang in ("en", "zh"):
            assert at.app.hands.lang == lang
            for name in ("title", "lamps", "glass", "paper", "low", "hints", *keys):
                region = at.app.query_one(f"#{name}").region
                assert region.area > 0, name
                assert region.right <= width, name
                assert region.bottom <= height, name
            drawn = at.app.export_screenshot()
            assert [text for text in SHOWN[lang] if text not in drawn] == []
            await at.press("l")
            await at.pilot.pause()

    standing(test, size)


def test_lamps_are_told_apart_without_colour() -> None:
    assert len({mark for mark, _ in MARKS.values()}) == len(MARKS)


def test_a_chip_that_is_pulled_out_and_good_again_by_the_cards_own_menu(tmp_path: Path) -> None:
    async def pick(at: Stand, *names: str) -> None:
        """A row in each of the dialogs that follow each other."""
        for name in names:
            await at.until(partial(_offers, at, name))
            at.app.screen.query_one(OptionList).highlighted = [row.id for row in _rows(at)].index(name)
            await at.press("enter")
        await at.until(lambda: not isinstance(at.app.screen, Choose))

    async def test(at: Stand) -> None:
        await at.press("c")
        await pick(at, "debit", "chip", "pulled_before")
        await at.until(lambda: "before it takes a command" in at.view.happened[-1][1].en)
        await at.sell(how="i")
        await at.until(lambda: at.of("apdu") and not at.view.op)
        assert len(at.of("apdu")) == 1 and await at.booked() == []
        await at.press("c")
        await pick(at, "debit", "chip", "pulled_before")
        await at.until(lambda: "take back" in at.view.happened[-1][1].en)
        await at.sell()
        await at.sold()
        assert len(at.of("apdu")) > 1 and await at.booked() == [5]
        text = await saved_and_run(at, tmp_path, None)
        assert 'card = "chip"' in text and text.count('behaviour = "pulled_before"') == 2

    standing(test, chip=True)


def _offers(at: Stand, name: str) -> bool:
    return name in [row.id for row in _rows(at)]


def _rows(at: Stand) -> list[Option]:
    lists = at.app.screen.query(OptionList) if isinstance(at.app.screen, Choose) else ()
    return [option for one in lists for option in one.options]
