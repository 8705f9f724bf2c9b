"""F39 against the lists of Chanjet POS V2.0 (appendix D), its institution interface, PAX and Topwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.unionpay.responses import CATEGORIES, RESPONSES, is_approval, response

# Category: codes.
PUBLISHED = {
    "A": "00 10 11 A2 A4 A5 A6",
    "B": "09 13 14 42 99 A0 A3 A7",
    "C": "01 02 03 05 12 15 19 20 21 22 23 25 30 31 39 40 44 45 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 "
    "75 79 89 90 91 92 93 94 95 96 A1 C0 C1 C2 D5 D6 D7 46 81 82 83 M1 M2 M3 M4 M5 E1 E2 E3 E4 E5 E6 E7 RS RF",
    "D": "04 07 33 34 35 36 37 38 41 43 77 97",
    "E": "06 98",
}


@pytest.mark.parametrize(("category", "code"), [(c, code) for c, codes in PUBLISHED.items() for code in codes.split()])
def test_published_categories(category: str, code: str) -> None:
    assert response(code).category == category
    assert is_approval(code) is (category == "A")


def test_ranges_of_the_institution_interface() -> None:
    digits = "0123456789ABCDEF"
    for code in [f"C{n}" for n in digits[:12]] + [f"Z{n}" for n in digits[:12]]:
        assert code in RESPONSES, code
        assert response(code).category in "BCD"


@pytest.mark.parametrize(
    ("code", "display"),
    [
        ("00", "交易成功"),
        ("77", "请向网络中心签到"),
        ("97", "终端未登记，请联系收单行"),
        ("99", "校验错，请重新签到"),
        ("A0", "校验错，请重新签到"),
        ("03", "商户未登记"),
        ("04", "没收卡，请联系收单行"),
        ("58", "终端无效"),
        ("45", "请使用芯片卡"),
        ("B1", "交易失败"),
    ],
)
def test_what_the_terminal_shows(code: str, display: str) -> None:
    assert response(code).display.zh == display


@given(st.text(max_size=3))
def test_an_unknown_code_is_declined(code: str) -> None:
    answer = response(code)
    if code not in RESPONSES:
        assert (answer.category, answer.display.zh, answer.display.en) == ("C", "交易失败", "Transaction failed")
        assert not is_approval(code)
    assert answer.code == code


def test_local_codes_are_never_on_the_wire() -> None:
    local = {code for code, row in RESPONSES.items() if not row.on_wire}
    assert local == {"E1", "E2", "E3", "E4", "E5", "E6", "E7", "RS", "RF"}


def test_every_row_is_in_both_languages_and_no_source_has_b1() -> None:
    assert set(CATEGORIES) == set("ABCDE")
    assert not any(code.startswith("B") for code in RESPONSES)
    for code, row in RESPONSES.items():
        assert code == row.code
        assert len(code) == 2
        for text in (row.meaning, row.action, row.display):
            assert not any("\u4e00" <= character <= "\u9fff" for character in text.en), code
            assert any("\u4e00" <= character <= "\u9fff" for character in text.zh), code
