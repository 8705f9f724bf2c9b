"""The evidence code: short enough for paper, read back to the last character, and true to its record."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bench_check.checks import CHECKS
from harness.bench_check.model import ACTORS
from harness.bench_check.record.codes import CODES
from harness.bench_check.record.document import fingerprint
from harness.bench_check.record.evidence import READ_MAX, TEXT_MAX, Evidence, evidence_of, matches, parse_evidence
from harness.bench_check.record.explained import compared, explained
from protocols.errors import ScenarioError
from protocols.text import Lang

from .records import FACTS, failed_record, good_record, worst_record

LARGEST_SYMBOL = 14
"""Version 14 holds 362 octets at level M (ISO/IEC 18004:2015, table 7): 73 modules."""
DIGEST = "0123456789abcdef"


def test_the_code_says_what_the_record_says() -> None:
    record = failed_record()
    assert evidence_of(record).text == (
        "POSRIG1 id=20261122T022741Z-7f3a sn=N900-2026A17 tid=10000001 mid=104110154110001 "
        f"t=2026-11-22T10:32+08:00 v=F s=3 x=noise f=error_rate:14 n=technician h={fingerprint(record)}"
    )


def test_each_check_has_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = ("check_00", "renamed", "check_09", "check_39", "gone")
    monkeypatch.setattr("harness.bench_check.record.evidence.CODES", codes)
    assert evidence_of(failed_record()).verdicts == "P-FN"


def test_every_check_has_a_place_and_none_has_two() -> None:
    assert {check.id for check in CHECKS} <= set(CODES), "append the new check to CODES"
    assert len(set(CODES)) == len(CODES)


@pytest.mark.parametrize("count", [1, 40, 90])
def test_a_code_fits_however_much_failed(count: int) -> None:
    facts = {**FACTS, "sn": "序列号" * 20, "tid": "&" * 50, "mid": "x" * 300}
    evidence = evidence_of(worst_record(count, facts=facts))
    text = evidence.text
    assert len(text) <= TEXT_MAX and text.isascii()
    assert int(segno.make(text, error="m", micro=False, boost_error=False).version) <= LARGEST_SYMBOL
    assert parse_evidence(text) == evidence


def test_what_does_not_fit_is_counted() -> None:
    record = worst_record(40)
    evidence = evidence_of(record)
    assert evidence.more_faults > 0
    assert len(evidence.faults) + evidence.more_faults == len({one["fault"]["id"] for one in record["checks"]})


def test_figures_beyond_their_limits_come_first() -> None:
    record = good_record()
    for at, (id_, good) in enumerate([("a", True), ("b", False), ("c", True)]):
        record["checks"][at]["figures"] = [{"id": id_, "value": at + 0.5, "good": good}]
    assert [id_ for id_, _ in evidence_of(record).figures][:3] == ["b", "a", "c"]


WORDS = st.text(st.characters(codec="utf-8"), max_size=12).map(str.strip)
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(lambda value: float(f"{value:.6g}") + 0.0)
EVIDENCE = st.builds(
    Evidence,
    WORDS,
    WORDS,
    WORDS,
    WORDS,
    st.just("") | st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M}" if at.year > 999 else ""),
    st.sampled_from("PFI"),
    st.integers(0, 999),
    st.from_regex("([PFN-]{0,20}[PFN])?", fullmatch=True),
    st.lists(NAMES, max_size=3).map(tuple),
    st.integers(0, 999),
    st.lists(st.tuples(NAMES, NUMBERS), max_size=3).map(tuple),
    st.integers(0, 999),
    st.sampled_from(["", *ACTORS]),
    st.text("0123456789abcdef", min_size=16, max_size=16),
)


@settings(max_examples=60)
@given(EVIDENCE)
def test_whatever_is_said_is_read_back(evidence: Evidence) -> None:
    assert len(evidence.text) <= READ_MAX, "the strategy makes nothing that is not read"
    assert parse_evidence(evidence.text) == evidence
    assert parse_evidence(evidence.text.replace(" ", "\r\n")) == evidence  # as mail programs break lines


@settings(max_examples=60)
@given(st.text(max_size=60) | st.text(max_size=40).map(lambda rest: f"POSRIG1 v=F h={DIGEST} {rest}"))
def test_anything_else_is_refused_or_means_itself(text: str) -> None:
    try:
        evidence = parse_evidence(text)
    except ScenarioError:
        return
    assert parse_evidence(evidence.text) == evidence


GOOD = f"POSRIG1 sn=A1 v=F s=1 h={DIGEST}"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "POSRIG1"),
        ("POSRIG2 v=F", "POSRIG1"),
        (f"POSRIG1 h={DIGEST}", "v"),
        ("POSRIG1 v=F", "h"),
        (GOOD.replace("v=F", "v=X"), "v"),
        (GOOD.replace("s=1", "s=01"), "s"),
        (GOOD.replace("s=1", "s=\u0661"), "s"),
        (GOOD.replace("abcdef", "abcde"), "h"),
        (GOOD + " c=PF-", "c"),
        (GOOD + " c=PXF", "c"),
        (GOOD + " sn=A2", "sn"),
        (GOOD + " zz=1", "zz"),
        (GOOD + " n=nobody", "n"),
        (GOOD + " t=2026-13-22T10:32", "t"),
        (GOOD + " t=2026-11-22T10:32:05", "t"),
        (GOOD + " f=a:x", "f"),
        (GOOD + " f=a:inf", "f"),
        (GOOD + " f=a:1.50", "f"),
        (GOOD + " x=a,,b", "x"),
        (GOOD + " x=a,+0", "x"),
        (GOOD + " tid=%4", "tid"),
        (GOOD + " tid=%FF", "tid"),
        (GOOD + " tid=", "tid"),
        (GOOD + " word", "word"),
        (GOOD + " " * READ_MAX, "end"),
    ],
)
def test_a_wrong_code_is_refused_at_its_place(text: str, place: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_evidence(text)
    assert f"wrong at {place}:" in caught.value.what.en
    assert f"位置 {place}：" in caught.value.what.zh


# A code and a record -------------------------------------------------------------------------------------------------


def test_a_record_matches_its_own_code() -> None:
    record = worst_record()
    assert matches(parse_evidence(evidence_of(record).text), record) == []
    assert compared(evidence_of(record), record, "en")[0]


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    record = copy.deepcopy(failed_record())
    at: Any = record
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return record


@pytest.mark.parametrize(
    ("path", "value", "names"),
    [
        (("facts", "sn"), "N900-OTHER", ["serial number", "fingerprint of the record"]),
        (("conclusion", "whole"), "passed", ["result", "fingerprint of the record"]),
        (("checks", 9, "figures", 0, "value"), 0.1, ["figures", "fingerprint of the record"]),
        (("technician",), "李四", ["fingerprint of the record"]),
    ],
)
def test_a_record_that_was_changed_is_found_out(path: tuple[Any, ...], value: Any, names: list[str]) -> None:
    differences = matches(evidence_of(failed_record()), changed(path, value))
    assert [one.en.partition(":")[0] for one in differences] == names


def test_a_check_that_differs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.bench_check.record.evidence.CODES", ("check_08", "check_09", "check_10"))
    differences = matches(evidence_of(failed_record()), changed(("checks", 9, "verdict"), "pass"))
    assert differences[0].en == "software version of the terminal: the code says fail, the file pass"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_code_is_explained_in_words(lang: Lang) -> None:
    lines = list(explained(evidence_of(failed_record()), lang))
    told = "\n".join(lines)
    assert {"zh": "不通过", "en": "failed"}[lang] in told
    assert {"zh": "技术员", "en": "technician"}[lang] in told
    assert "N900-2026A17" in told and "error_rate = 14" in told
    assert not re.search(r"[{}]", told)
    assert bool(re.search("[一-鿿]", told)) == (lang == "zh")


def test_a_code_of_a_newer_program_is_explained_as_far_as_it_is_known() -> None:
    evidence = parse_evidence(f"POSRIG1 v=F c={'P' * 900} h={DIGEST}"[:READ_MAX])
    assert "not known to this program" in list(explained(evidence, "en"))[-2]
    newer = parse_evidence(f"POSRIG1 v=F x=ghost h={DIGEST}")
    assert "use a newer one" in "\n".join(explained(newer, "en"))
