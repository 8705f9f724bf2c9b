"""The printer: what comes out of it, what is due, and what the paper looks like.

Expected: the catalogue's row D2 (the sale is booked once, the receipt pending and reprintable, the reprint the same
lines marked as a copy, a worn ribbon found from the image and not from the status), and counts made by hand.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.terminal.hardware import printer, raster
from harness.terminal.hardware.device import Fitted
from harness.terminal.settings import Profile

from .scripted import Bench, PowerCut, ready_settings

SLIP_LINES = 10
FAULTS = {"paper_out": "load_paper", "paper_jam": "clear_jam", "printer_overheated": "cool_down"}


def ready(**changes: Any) -> Bench:
    bench = Bench(ready_settings(**changes))
    bench.get_ready()
    return bench


def cause(bench: Bench, behaviour: str, **settings: Any) -> None:
    assert bench.ask("control", "cause", behaviour=behaviour, **settings).ok


def mend(bench: Bench, act: str) -> Any:
    answer = bench.ask("control", "maintain", act=act)
    assert answer.ok, answer.value
    return answer.value


def images(bench: Bench) -> list[Any]:
    return [note.data for note in bench.notes if note.kind == "image"]


def parts(bench: Bench, what: str) -> list[Any]:
    return [note.data for note in bench.notes if note.kind == "part" and note.data["what"] == what]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("after_lines", [0, 4])
def test_a_slip_that_is_cut_is_booked_once_and_comes_again_as_a_copy(fault: str, after_lines: int) -> None:
    bench = ready()
    cause(bench, fault, after_lines=after_lines)
    sold = bench.sell(1234)
    assert sold["status"] == "done"
    assert sum(bench.host.ledger.values()) == 1234
    assert len(bench.snapshot["entries"]) == 1
    cut = [note.data for note in bench.slips()]
    assert [(len(one["lines"]), one["complete"]) for one in cut] == ([(4, False)] if after_lines else [])
    (told,) = parts(bench, fault)
    assert (told["ok"], told["count"]) == (False, after_lines)
    assert bench.do("reprint")["cause"] == "printer_fault", "it is still out"
    assert mend(bench, FAULTS[fault]) == {"printer": "ready", "due": [sold["stan"]]}
    assert bench.do("reprint")["stan"] == sold["stan"]
    copy = bench.slips()[-1].data
    assert "complete" not in copy and copy["copy"] == "reprint"
    assert bench.do("reprint")["status"] == "done"
    assert bench.slips()[-1].data == copy
    good = ready()
    good.sell(1234)
    assert good.slips()[-1].data["lines"][1:] == copy["lines"][1:], "all but the word for the copy"
    assert bench.do("local_status")["local"]["due_slips"] == []


def test_a_sale_goes_on_without_paper_and_says_so_unless_a_slip_is_required() -> None:
    bench = ready()
    cause(bench, "paper_out")
    bench.sell(100)
    assert bench.sell(200)["status"] == "done"
    assert bench.shown().count("打印机缺纸，请装纸") == 4, "before each sale, and behind it"
    assert "有 1 张单据未打印，请重打印" in bench.shown()
    bench.ask("control", "settings", printer_required=True)
    sent = len(bench.host.seen)
    assert (bench.sell(300)["status"], bench.do("sale", amount_fen=300)["cause"]) == ("refused", "printer_fault")
    assert len(bench.host.seen) == sent
    mend(bench, "load_paper")
    assert bench.sell(300)["status"] == "done"


def test_all_that_is_due_comes_with_one_reprint_the_settlement_report_too() -> None:
    bench = ready()
    cause(bench, "paper_jam")
    first, second = bench.sell(100)["stan"], bench.sell(200)["stan"]
    mend(bench, "clear_jam")
    bench.do("reprint")
    assert [(n.data["stan"], n.data["copy"]) for n in bench.slips()] == [(first, "reprint"), (second, "reprint")]
    cause(bench, "paper_jam")
    assert bench.do("settle")["status"] == "done"
    mend(bench, "clear_jam")
    bench.do("reprint")
    assert [(n.data["kind"], n.data["copy"]) for n in bench.slips()][-2:] == [
        ("sale", "reprint"),
        ("settlement", "reprint"),
    ]
    printed = len(bench.slips())
    bench.boot()
    assert len(bench.slips()) == printed, "nothing is due any more"


@pytest.mark.parametrize("restart", [False, True])
def test_a_settlement_leaves_a_slip_due(restart: bool) -> None:
    bench = ready()
    cause(bench, "paper_jam", after_lines=4)
    sold = bench.sell(1234)
    assert bench.do("settle")["status"] == "done"
    assert mend(bench, "clear_jam")["due"] == [sold["stan"]]
    if restart:
        bench.boot()
    else:
        bench.do("reprint")
    whole = [note.data for note in bench.slips() if note.data.get("complete", True)]
    assert sorted((slip["kind"], slip["copy"]) for slip in whole) == [("sale", "reprint"), ("settlement", "reprint")]
    assert bench.do("local_status")["local"]["due_slips"] == []


def test_a_power_cut_at_every_effect_of_a_sale_without_paper_loses_and_doubles_nothing() -> None:
    for after in range(60):
        bench = ready()
        cause(bench, "paper_out", after_lines=3)
        bench.cut_after = after
        try:
            bench.sell(1234)
        except PowerCut:
            bench.boot()
            mend(bench, "load_paper")
            bench.boot()
            assert bench.sell(77)["status"] == "done"
            whole = [n.data["stan"] for n in bench.slips() if n.data.get("complete") is not False]
            assert sorted(set(whole)) == sorted(e["stan"] for e in bench.snapshot["entries"])
            assert {k: v for k, v in bench.host.ledger.items() if v} == {
                (e["batch"], e["stan"]): e["amount_fen"] for e in bench.snapshot["entries"]
            }
            continue
        assert after > 10
        return
    raise AssertionError("the sale has no end")


def test_a_worn_ribbon_prints_with_status_good_and_is_seen_on_the_paper_alone() -> None:
    bench = ready()
    bench.sell(100)
    cause(bench, "ribbon_worn", ink_percent=8)
    assert bench.do("self_test")["status"] == "done"
    bench.sell(200)
    fresh, faint = images(bench)
    assert (fresh["legible"], fresh["contrast_percent"], fresh["blank_columns"]) == (True, 80, 0)
    assert (faint["legible"], faint["contrast_percent"]) == (False, 8)
    tested = bench.do("print_test", read="paper")
    assert (tested["status"], tested["cause"], tested["parts"]) == ("refused", "faint_print", ["printer"])
    mend(bench, "load_ribbon")
    assert bench.do("print_test", read="paper")["status"] == "done"
    assert images(bench)[-1]["contrast_percent"] == 80


def test_paper_and_ribbon_are_counted_in_lines() -> None:
    bench = ready(profile=Profile(paper_lines=25, paper_low_lines=5, ribbon_lines=20))
    for amount in (1, 2, 3):
        bench.sell(amount)
    assert [told["count"] for told in parts(bench, "paper_low")] == [25 - 2 * SLIP_LINES]
    assert [told["count"] for told in parts(bench, "paper_out")] == [25 - 2 * SLIP_LINES]
    contrasts = [image["contrast_percent"] for image in images(bench)]
    assert contrasts[1] < contrasts[0] < 80 and contrasts[2] < contrasts[1]
    assert 33 <= contrasts[2] <= 40, "behind 20 lines half of 80, and falling"
    mend(bench, "load_paper")
    assert bench.do("reprint")["status"] == "done"
    assert images(bench)[-1]["contrast_percent"] < contrasts[2], "paper is no ribbon"


def test_a_thermal_printer_has_no_ribbon_and_loses_columns() -> None:
    bench = ready(profile=Profile(print_method="thermal"))
    assert not bench.ask("control", "maintain", act="load_ribbon").ok
    cause(bench, "head_worn", columns=60)
    assert bench.do("print_test", read="paper")["cause"] == "faint_print"
    assert images(bench)[-1]["blank_columns"] == 60, "the test page inks every column"
    assert images(bench)[-1]["contrast_percent"] == 80
    assert bench.ask("control", "maintain", act="replace_part", part="printer").ok
    assert bench.do("print_test", read="paper")["status"] == "done"


def test_a_terminal_without_printer_prints_nothing() -> None:
    bench = ready(profile=Profile(has_printer=False))
    bench.sell(100)
    bench.do("settle")
    assert bench.slips() == []
    assert bench.do("print_test")["cause"] == "no_printer"


STOPS = st.dictionaries(st.sampled_from(printer.STOPS), st.integers(0, 40), max_size=4)


@given(STOPS, st.integers(0, 60), st.integers(0, 50))
def test_the_printer_stops_at_the_first_fault_and_never_earlier(
    stops: dict[str, int], used: int, paper_lines: int
) -> None:
    """Each fault counts its lines from the moment at which it began; the roll from the moment it was put in."""
    fitted = Fitted(uses=used)
    fitted.defects = {what: {"after_lines": after, "since_uses": 0} for what, after in stops.items()}
    left, why = printer.room(fitted, Profile(paper_lines=paper_lines))
    ends = [(max(0, after - used), what) for what, after in stops.items()]
    ends += [(max(0, paper_lines - used), "paper_out")] if paper_lines else []
    if not ends:
        assert (left, why) == (None, "")
    else:
        assert left == min(end for end, _ in ends)
        assert (left, why) in ends


@given(st.integers(0, 100), st.integers(0, (1 << raster.DOTS_ACROSS) - 1), st.text(max_size=40))
def test_the_measurement_is_that_of_the_dots(ink: int, dead: int, line: str) -> None:
    seen = raster.look([raster.printed(line, ink, dead)])
    inked = raster.columns_of(raster.dots_of(line))
    assert seen.blank_columns == (inked if ink == 0 else inked & dead).bit_count()
    assert seen.contrast_percent == (ink if raster.printed(line, ink, dead).dots else 0)
    assert raster.dots_of(line) < 1 << raster.DOTS_ACROSS * raster.LINE_ROWS


def test_a_line_has_room_for_32_characters_or_16_chinese_ones() -> None:
    assert raster.dots_of("8" * 33) == raster.dots_of("8" * 32)
    assert raster.dots_of("元" * 17) == raster.dots_of("元" * 16)
    assert raster.columns_of(raster.dots_of("1")) < 1 << raster.CELL_DOTS


@pytest.mark.parametrize("settings", [{"after_lines": -3}, {"after_lines": "x"}])
def test_a_setting_that_is_no_count_counts_nothing(settings: dict[str, Any]) -> None:
    fitted = Fitted(defects={"paper_jam": settings})
    assert printer.room(fitted, Profile()) == (0, "paper_jam")
