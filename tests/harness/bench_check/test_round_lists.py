"""Lists of rounds as people make them, with Excel or without, in China or elsewhere."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bench_check.rounds.handover import guarded
from harness.bench_check.rounds.terminals import ENTRIES_MAX, RoundEntry, date_of, parse_list
from protocols.errors import ScenarioError

from .round_parts import LIST


def entries(text: str) -> tuple[RoundEntry, ...]:
    return parse_list(text.encode(), "round.csv").entries


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_list_is_read_however_it_was_saved(code: str, separator: str, end: str) -> None:
    octets = LIST.replace(",", separator).replace("\n", end).encode(code)
    first, second, third = parse_list(octets, "round.csv").entries
    assert first == RoundEntry(
        1, "N1", "甲店", "东街1号", "10000001", "M1", "张三", "13800000000", "2026-11-20", "", ""
    )
    assert (second.key, third.key, third.due) == ("sn N2", "sn N3", "")


@pytest.mark.parametrize(
    "header",
    [
        "sn,merchant,tid", "Serial Number;Merchant Name;Terminal ID", "S/N\tShop\tTID", "机身号,商户名称,终端编号",
        '"Serial No. *","Merchant (name)","TID"', "序列号（SN）,商户,终端号", "sep=;\nSN;商户;终端号",
    ],
)  # fmt: skip
def test_columns_are_known_by_the_names_that_people_give_them(header: str) -> None:
    line = header.splitlines()[-1]
    separator = next(one for one in ";\t," if one in line)
    (one,) = entries(f"{header}\nN1{separator}甲店{separator}7\n")
    assert (one.sn, one.merchant, one.tid) == ("N1", "甲店", "7")


def test_quotes_blank_lines_and_unknown_columns() -> None:
    found = parse_list(b'sn,colour,address\n\nN1,red,"1, ""Main"" St\nback door"\n,,\nN2,blue,x\n', "r.csv")
    assert [(one.number, one.address) for one in found.entries] == [(1, '1, "Main" St back door'), (2, "x")]
    assert "colour" in found.notes[0].en


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sn,tid\nN1,1\nN1,2\n", "line 3, column 1 (sn): N1 was on line 2 already"),
        ("tid,mid\n1,M\n1,M\n", "line 3, column 1 (tid): 1 was on line 2 already"),
        ('sn,note\nN1,"a\nb"\nN1,\n', "line 4, column 1 (sn): N1 was on line 2 already"),
        ("商户,序列号\n甲,8.98E+14\n", "line 2, column 2 (序列号): 8.98E+14 is a number that Excel has rounded"),
        ("sn,due\nN1,3/4/26\n", "line 2, column 2 (due): '3/4/26' is no date"),
        ("sn,due\nN1,2026-02-30\n", "line 2, column 2 (due): '2026-02-30' is no date"),
        ("sn,merchant\n,甲\n", "line 2: there is neither a serial number nor a terminal number"),
        ("merchant,address\n甲,x\n", "no column has serial numbers"),
        ("sn,序列号\nN1,N1\n", "line 1, column 2 (序列号): two columns are Serial number"),
        ("sn\n", "it has no terminal"),
        ("", "no column has serial numbers"),
        ('sn,note\nN1,"a\n', "line 2: the quotes are wrong"),
        (f"sn,note\nN1,{'x' * 201}\n", "line 2, column 2 (note): it has more than 200 characters"),
        ("sn\n" + "".join(f"N{n}\n" for n in range(ENTRIES_MAX + 1)), f"more than {ENTRIES_MAX} terminals"),
    ],
)
def test_what_is_wrong_with_a_list_is_told_by_its_place(text: str, words: str) -> None:
    with pytest.raises(ScenarioError) as told:
        entries(text)
    assert words in told.value.what.en


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "Excel workbook"),
        (b"sn\n\xff\xff\xff\n", "neither UTF-8 nor GBK"),
        (b"sn\nN\x001\n", "neither UTF-8 nor GBK"),
        (b"x" * (4 * 1024 * 1024 + 1), "more than 4194304 octets"),
    ],
)
def test_what_is_no_list_is_told(octets: bytes, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        parse_list(octets, "round.csv")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-30", "2026-11-30"), ("2026/1/5", "2026-01-05"), ("2026年11月3日", "2026-11-03"),
        ("20261103", "2026-11-03"), ("2026.1.5", "2026-01-05"), ("2026-11-30 00:00:00", "2026-11-30"),
        ("30/11/2026", None), ("2026-13-01", None), ("soon", None),
    ],
)  # fmt: skip
def test_dates(said: str, meant: str | None) -> None:
    assert date_of(said) == meant


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: ("sn,due\n" + text).encode()))
def test_any_octets_are_a_list_or_an_error_with_words(octets: bytes) -> None:
    try:
        found = parse_list(octets, "round.csv").entries
    except ScenarioError:
        return
    assert len({one.key for one in found}) == len(found)


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20).filter(
    lambda cell: not cell.startswith("'")
)
"""An apostrophe at the beginning is what a spreadsheet needs."""


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.text('NX0123456789=+-@;,"终', min_size=1, max_size=20), CELLS),
        min_size=1,
        max_size=5,
        unique_by=lambda one: one[0],
    )
)
def test_what_is_exported_is_read_again(rows: list[tuple[str, str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["sn", "note"], *([guarded(one) for one in row] for row in rows)])
    text = out.getvalue()
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in csv.reader(io.StringIO(text)) for cell in row)
    found = parse_list(text.encode("utf-8-sig"), "round.csv").entries
    assert [(one.sn, one.note) for one in found] == rows
