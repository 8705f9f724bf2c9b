"""The record as JSON: complete, without secrets, read again or refused by its place."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bench_check.conclusion import Conclusion
from harness.bench_check.model import Finding, failed, passed
from harness.bench_check.record.clean import CHARACTERS_MAX, clean_json, clean_line
from harness.bench_check.record.document import OCTETS_MAX, canonical, fingerprint, from_document, read_document
from harness.bench_check.record.shape import SHAPE, check_shape
from protocols.errors import ScenarioError
from protocols.text import Text

from .records import FACTS, FINE, checks_of, failed_record, good_record, record_of, worst_record

TEST_CARD = "6212142000000000012"
"""The card of UnionPay's worked PIN example."""
VISA = "4111111111111111"
"""The number that every payment guide prints."""
KEY = "0123456789ABCDEFFEDCBA9876543210"


def test_a_record_has_the_documented_shape_and_survives_the_file() -> None:
    for record in (good_record(), failed_record(), worst_record()):
        again = json.loads(json.dumps(record))
        assert from_document(again) == record
        assert fingerprint(again) == fingerprint(record)


def test_the_record_says_what_was_found() -> None:
    record = failed_record()
    check = record["checks"][9]
    assert (check["verdict"], check["fault"]["id"], check["fault"]["actor"]) == ("fail", "noise", "technician")
    assert check["figures"][0] == {
        "id": "error_rate", "name": {"zh": "差错率", "en": "error rate"}, "value": 14.0, "unit": "%", "low": None,
        "high": 1.0, "good": False,
    }  # fmt: skip
    assert record["facts"] == FACTS
    assert record["started"] == "2026-11-22T10:27:41+08:00"
    assert len(record["support"]["zh"]) == len(record["support"]["en"]) > 5


def test_the_fingerprint_is_sha_256_of_sorted_json() -> None:
    record = {"b": "幸福", "a": [1, 2.5, None]}
    assert canonical(record) == '{"a":[1,2.5,null],"b":"幸福"}'.encode()
    assert fingerprint(record) == hashlib.sha256('{"a":[1,2.5,null],"b":"幸福"}'.encode()).hexdigest()[:16]


def test_only_listed_facts_are_kept() -> None:
    record = good_record(facts={**FACTS, "activation_code": "88887777", "portal": {"token": "t0p", "case": "A-17"}})
    assert "activation_code" not in record["facts"]
    assert record["facts"]["portal"] == {"case": "A-17"}


@pytest.mark.parametrize("secret", [TEST_CARD, VISA, "4111 1111 1111 1111", f"{VISA}=2912101123400001", KEY])
def test_no_secret_gets_in_wherever_it_stands(secret: str) -> None:
    checks = checks_of(3)
    told = Text(f"看到 {secret}", f"saw {secret}")
    findings = [
        passed(checks[0].id, told, note=secret, inner={"deep": [secret]}),
        failed(checks[1].id, "check_broken", told, values={"what": secret}),
        Finding(checks[2].id, "not_possible", told),
    ]
    facts = {**FACTS, "model": secret, "portal": {"said": secret}, "merchant": secret}
    record = record_of(
        findings, Conclusion("failed", 3, warnings=(told,), next=told, actor="technician"), checks, facts
    )
    everything = canonical(record).decode()
    assert secret not in everything
    assert "411111" in everything or "621214" in everything or secret == KEY


def test_numbers_that_are_long_themselves_stay_whole() -> None:
    """A merchant number has fifteen digits, and one in ten of them a card's check digit."""
    facts = {**FACTS, "sn": "00000304800000011223", "mid": "102331000000022"}
    assert good_record(facts=facts)["facts"] == facts


@pytest.mark.parametrize("hostile", ["\u202egnihton", "a\x00b\x1b[2J", "\ufeffx", "\ud800y", "l\u2028m"])
def test_nothing_that_turns_a_line_around_gets_in(hostile: str) -> None:
    line = clean_line(hostile)
    assert line.isprintable() and line.encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=60)
@given(JSON)
def test_whatever_a_check_tells_becomes_strict_json(value: Any) -> None:
    cleaned = clean_json(value)
    assert json.loads(json.dumps(cleaned, allow_nan=False).encode()) == cleaned
    assert clean_json(cleaned) == cleaned


def test_texts_have_a_limit() -> None:
    assert len(clean_line("x" * 10_000)) == CHARACTERS_MAX


def test_a_finding_that_forgot_a_value_still_makes_a_record() -> None:
    checks = checks_of(1)
    record = record_of([failed(checks[0].id, "check_broken", FINE)], Conclusion("failed", 3), checks)
    assert "{" not in record["checks"][0]["fault"]["cause"]["en"]


# Read again ----------------------------------------------------------------------------------------------------------


def every_place(value: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """All keys and positions that the shape names."""
    found: list[tuple[str | int, ...]] = []
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict) and place not in (("facts",), *((("checks", at, "detail")) for at in range(99))):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for key, one in inner:
        found += [(*place, key), *every_place(one, (*place, key))]
    return found


def test_every_wrong_value_is_found_at_its_place() -> None:
    record = json.loads(json.dumps(failed_record()))
    record["checks"] = record["checks"][8:10]
    places = every_place(record)
    assert len(places) > 100
    for place in places:
        broken = copy.deepcopy(record)
        at: Any = broken
        for key in place[:-1]:
            at = at[key]
        at[place[-1]] = ["wrong"] if not isinstance(at[place[-1]], list) else "wrong"
        with pytest.raises(ScenarioError) as caught:
            check_shape(broken)
        spelled = "".join(f"[{key}]" if isinstance(key, int) else f"/{key}" for key in place).lstrip("/")
        assert spelled in caught.value.what.en


@pytest.mark.parametrize("key", list(SHAPE))
def test_every_missing_key_is_named(key: str) -> None:
    record = {name: value for name, value in good_record().items() if name != key}
    with pytest.raises(ScenarioError, match=f"{key} is missing"):
        check_shape(record)


NO_RECORDS = {
    "empty": b"",
    "torn": b"{",
    "list": b"[]",
    "null": b"null",
    "no text": b"\xff\xfe",
    "deep": b"[" * 100_000,
    "newer": b'{"schema": "posrig-bench-check/2"}',
    "long": b" " * (OCTETS_MAX + 1),
}


@pytest.mark.parametrize("content", NO_RECORDS.values(), ids=NO_RECORDS)
def test_a_file_that_is_no_record_is_told_as_that(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(ScenarioError, match="no record of a check"):
        read_document(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no record of a check"):
        read_document(tmp_path / "none.json")


def test_a_record_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(good_record()).encode())  # as an editor of Windows saves it
    assert read_document(path) == good_record()


def test_earlier_visits_are_compared_and_damaged_ones_left_out() -> None:
    earlier = {**json.loads(json.dumps(good_record())), "id": "20261020T010203Z-0001"}
    record = failed_record(fault="printer_no_paper", earlier=[{"schema": "other"}, earlier])
    assert [one["en"].partition(":")[0] for one in record["changes"]] == ["New fault"]
    check_shape(json.loads(json.dumps(record)))
