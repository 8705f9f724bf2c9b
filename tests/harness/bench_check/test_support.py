"""What the support line is told: what they ask for, in few lines; and nothing secret wherever it may have got in.

Expected: card numbers by ISO/IEC 7812-1 (made here), shown at most as first six and last four (PCI DSS); the field's
terms; the limits that the module states.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.bench_check.asking import Nobody
from harness.bench_check.checks import CHECKS
from harness.bench_check.conclusion import conclude
from harness.bench_check.discreet import discreet, discreet_json, plain_number
from harness.bench_check.faults import FAULTS
from harness.bench_check.model import Check, failed, not_possible, passed
from harness.bench_check.record.document import FACTS, document_of
from harness.bench_check.record.evidence import evidence_of
from harness.bench_check.settings import Settings
from harness.bench_check.support import LINE_CHARS_MAX, LINES_MAX, support_lines
from harness.bench_check.visit import Visit
from protocols.text import Lang, Text

STARTED, ENDED = "2026-11-22T10:32:05+08:00", "2026-11-22T10:35:40+08:00"
MID, TID, SN = "104110070110814", "10000001", "N900A0017"
LANGS: tuple[Lang, ...] = ("zh", "en")


def check(id_: str, group: str) -> Check:
    title = Text(f"检查{id_}", f"check {id_}")
    return Check(id_, group, title, title, lambda visit: passed(id_, title))


SOME = tuple(check(f"{group}_{n}", group) for group in ("bench", "device", "network", "books") for n in range(3))


def document(checks: tuple[Check, ...] = SOME, **changes: Any) -> dict[str, Any]:
    """A record in which the device failed at a sign-in that the host declined."""
    facts: dict[str, Any] = {"mid": MID, "tid": TID, "sn": SN, "model": "N900", "software_version": "2.1.0"}
    facts |= {"protocol": "mispos-b", "line": "9600-8N1", "port": "COM5"}
    settings = Settings(technician=changes.pop("technician", "王工"), merchant=changes.pop("merchant", "小店"))
    visit = Visit(settings, Nobody(), lambda text: None, facts={**facts, **changes.pop("facts", {})})
    found = Text(changes.pop("found", "没有纸"), changes.pop("found_en", "no paper"))
    visit.findings = {one.id: passed(one.id, Text("好", "fine")) for one in checks}
    values = {"what": changes.pop("value", "x")}
    detail = changes.pop("detail", {"outcome": {"code": "97", "cause": "unknown_terminal", "stan": "000017"}})
    for one in (one for one in checks if one.group == "device"):
        visit.findings[one.id] = failed(one.id, "check_broken", found, values=values, detail=detail)
    visit.findings[checks[-1].id] = not_possible(checks[-1].id, found)
    return document_of(visit, checks, conclude(visit, checks), visit_id="V-1", started=STARTED, ended=ENDED)


def test_it_tells_the_same_time_as_the_page_and_its_code() -> None:
    assert "Checked: 2026-11-22 10:35" in "\n".join(support_lines(document(), "en"))


@pytest.mark.parametrize("lang", LANGS)
def test_it_has_what_they_ask_for(lang: Lang) -> None:
    told = "\n".join(support_lines(document(), lang))
    for asked in (MID, TID, SN, "N900", "2.1.0", "2026-11-22 10:35", "97", "000017", "COM5", "9600-8N1", "V-1", "王工"):
        assert asked in told, asked
    assert {"zh": "应答码 97", "en": "response code 97"}[lang] in told


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("many", [1, 40])
def test_it_is_short(lang: Lang, many: int) -> None:
    checks = tuple(check(f"{group}_{n}", group) for n in range(many) for group in ("device", "network", "books"))
    lines = support_lines(document(checks, found="长" * 500, found_en="long" * 200), lang)
    assert len(lines) <= LINES_MAX
    assert max(map(len, lines)) <= LINE_CHARS_MAX
    assert not any("\n" in line for line in lines)
    assert "V-1" in lines[-1], "whatever is cut, the record can be found"


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_known_is_said_as_that(lang: Lang) -> None:
    visit = Visit(Settings(), Nobody(), lambda text: None)
    bare = document_of(visit, CHECKS, conclude(visit, CHECKS), visit_id="V-2", started=STARTED, ended=ENDED)
    told = support_lines(bare, lang)
    assert {"zh": "未知", "en": "not known"}[lang] in told[0]


def test_it_is_in_one_language() -> None:
    for line in support_lines(document(technician="Wang", merchant="Shop"), "en"):
        assert not any("\u4e00" <= char <= "\u9fff" for char in line), line


# What somebody may have typed, or a terminal may have said: made by the rules, not taken from any list.


def luhn(body: str) -> str:
    doubled = [int(one) * (2 - at % 2) for at, one in enumerate(reversed(body))]
    return body + str(-sum(one // 10 + one % 10 for one in doubled) % 10)


PREFIXES = ("62", "4", "51", "55", "2221", "35", "6011")
DIGITS = st.text("0123456789", min_size=15, max_size=15)
PANS = st.one_of(
    st.builds(lambda begin, rest: luhn((begin + rest)[:15]), st.sampled_from(PREFIXES), DIGITS),
    st.builds(lambda rest: luhn(f"34{rest[:12]}"), DIGITS),
)
LONG_PANS = st.builds(lambda rest: luhn(f"62{rest}"), st.text("0123456789", min_size=16, max_size=16))
KEYS = st.builds(lambda octets: f"A{octets.hex().upper()[1:-1]}7", st.binary(min_size=8, max_size=24))
SECRETS = st.one_of(
    PANS,
    LONG_PANS,
    KEYS,
    PANS.map(lambda pan: f"{pan}D30121010000000000"),
    PANS.map(lambda pan: f"{pan}=30121010000000000"),
    PANS.map(lambda pan: " ".join(pan[at : at + 4] for at in range(0, len(pan), 4))),
    PANS.map(lambda pan: f"卡号{pan}。"),
)
"""Numbers, tracks in both spellings, grouped as they are embossed, keys in hexadecimal."""


def bare(text: str) -> str:
    return "".join(one for one in text if one.isalnum() and one.isascii())


def hidden(secret: str, said: str) -> bool:
    """Neither the secret nor more of its digits than may be shown."""
    core = bare(secret)
    parts = [core[at : at + 11] for at in range(len(core) - 10)]
    return not any(part in bare(said) for part in parts)


@given(SECRETS)
def test_no_secret_is_in_a_discreet_text(secret: str) -> None:
    assert hidden(secret, discreet(secret))
    assert hidden(secret, discreet(f"got {secret}, sorry"))
    assert hidden(secret, json.dumps(discreet_json({"a": [{"b": secret}]})))


@given(PANS)
def test_of_a_card_number_the_ends_may_be_told(pan: str) -> None:
    assert discreet(pan) == plain_number(pan) == f"{pan[:6]}{'*' * (len(pan) - 10)}{pan[-4:]}"
    assert discreet_json(int(pan)) == discreet(pan)


@pytest.mark.parametrize("plain", [MID, TID, SN, "000017", "20261122103205", "COM5", "9600-8N1", "2026-11-22 10:32:05"])
def test_what_is_no_secret_stays(plain: str) -> None:
    assert discreet(plain) == plain_number(plain) == plain


NUMBERED = ("sn", "tid", "mid")
"""What stands there may be as long as a key, and is on a label or in the contract; a card number is not."""


@settings(max_examples=60, deadline=None)
@given(SECRETS, st.sampled_from([*FACTS, "technician", "merchant", "found", "value", "detail"]))
def test_no_secret_gets_into_record_support_or_code(secret: str, place: str) -> None:
    """Wherever it was typed, or came from."""
    assume(place not in NUMBERED or bare(secret).isdecimal())
    changes: dict[str, Any] = {"facts": {place: secret}} if place in FACTS else {place: secret}
    if place == "detail":
        changes = {"detail": {"outcome": {"stan": secret, "code": secret}, "more": [secret]}}
    if place == "found":
        changes["found_en"] = secret
    record = document(**changes)
    for lang in LANGS:
        assert hidden(secret, "\n".join(support_lines(record, lang)))
    assert hidden(secret, json.dumps(record, ensure_ascii=False))
    assert hidden(secret, evidence_of(record).text)


def test_the_fault_of_these_tests_is_there() -> None:
    assert "{what}" in FAULTS["check_broken"].cause.en
