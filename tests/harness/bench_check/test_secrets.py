"""Card numbers that somebody typed: not in the journal of a visit under way, and not hidden behind other numbers.

The numbers are the schemes' published test numbers; their check digits are right, those of the others are not.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench_check.discreet import discreet, plain_json, plain_number
from harness.bench_check.model import Check, failed
from harness.bench_check.resume import begun_with
from harness.bench_check.runner import run_checks
from harness.bench_check.screen import PlainScreen
from harness.bench_check.settings import Settings
from harness.bench_check.visiting import _keeper
from harness.stores.visits import VisitStore
from protocols.text import Text

from .counter import visit_of

VISA, MASTERCARD, AMEX = "4111111111111111", "5555555555554444", "378282246310005"
STARTED = "2026-11-22T10:00:00+08:00"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("A0 4111 1111 1111 1111", "A0 4111 11** **** 1111"),
        ("4111 1111 1111 1111 12/28", "4111 11** **** 1111 12/28"),
        ("4111-1111-1111-1111 5555 5555 5555 4444", "4111-11**-****-1111 5555 55** **** 4444"),
        ("３７８２８２２４６３１０００５", "378282*****0005"),
        ("4111\u30001111\u30001111\u30001111", "411111******1111"),
        ("010 8888 8888 ext 12", "010 8888 8888 ext 12"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
    ],
)
def test_a_card_number_beside_other_numbers_and_in_wide_digits_is_hidden(said: str, shown: str) -> None:
    assert plain_number(said) == discreet(said) == shown


@given(
    st.lists(st.text("0123456789", min_size=1, max_size=8), max_size=3),
    st.sampled_from([VISA, MASTERCARD]),
    st.lists(st.text("0123456789", min_size=1, max_size=8), max_size=3),
)
def test_wherever_it_stands(before: list[str], pan: str, behind: list[str]) -> None:
    grouped = [pan[at : at + 4] for at in range(0, 16, 4)]
    assert " ".join(grouped) not in plain_number(" ".join([*before, *grouped, *behind]))


def test_the_journal_of_a_visit_holds_no_card_number_and_the_whole_order(tmp_path: Path) -> None:
    order = VISA  # an order number of digits alone may look like a card's
    store = VisitStore(tmp_path / "data")
    log = store.begin({"started": STARTED, **begun_with(Settings(technician=f"Wang {AMEX}", merchant=VISA))})
    keep = _keeper(log)
    keep("fact", {"software_version": MASTERCARD, "test_sale": {"state": "sold", "order": order, "stan": "000001"}})
    keep("finding", {"check": "clock", "found": {"zh": VISA, "en": f"it says {VISA}"}, "detail": {"said": [AMEX]}})
    *told, fact, finding = log.records()
    log.close()
    assert not any(pan in str([*told, fact["data"]["software_version"], finding]) for pan in (VISA, MASTERCARD, AMEX))
    assert fact["data"]["test_sale"]["order"] == order


def test_the_screen_shows_no_card_number_that_a_terminal_tells() -> None:
    text, title = Text(f"终端说 {VISA}", f"it says {VISA}"), Text("一项", "one")
    told = Check("x", "bench", title, title, lambda visit: failed("x", "check_broken", text, values={"what": VISA}))
    out = io.StringIO()
    run_checks(visit_of(), [told], PlainScreen("en", out))
    assert VISA not in out.getvalue() and "411111******1111" in out.getvalue()


def test_what_is_no_text_stays_as_it_is() -> None:
    assert plain_json({"a": [1, 2.5, None, True, {"b": VISA}]}) == {
        "a": [1, 2.5, None, True, {"b": "411111******1111"}]
    }


@pytest.mark.skipif(os.name != "posix", reason="Windows has no modes: the user's own folder is private there")
def test_nobody_else_on_a_shared_computer_reads_which_terminals_were_visited(tmp_path: Path) -> None:
    store = VisitStore(tmp_path / "posrig" / "bench-check")
    store.begin({"started": STARTED}).close()
    assert store.root.stat().st_mode & 0o777 == 0o700
