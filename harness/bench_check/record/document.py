"""The record of a visit as JSON, schema `posrig-bench-check/1`: what is kept, handed on, printed and compared.

Every text stands in both languages as `{zh, en}`, so that a record of one technician is read by another; `SHAPE` of
`shape` lists every key.  The same visit gives the same record, octet for octet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protocols.errors import ScenarioError
from protocols.text import Text

from ..faults import FAULTS
from ..model import Check, Figure, Finding
from .clean import clean_facts, clean_json, clean_line, clean_text
from .shape import SCHEMA, check_shape

if TYPE_CHECKING:
    from ..conclusion import Conclusion, NamedCause
    from ..visit import Visit

FACTS = (
    "sn", "tid", "mid", "model", "merchant", "software_version", "batch", "terminal_time", "life_cycle",
    "first_missing", "stage_texts", "port", "protocol", "line", "transport", "cable_device", "parts", "portal",
    "host_reached", "sign_in", "test_sale",
)  # fmt: skip
"""Facts that a record holds; any other stays in the visit."""
OCTETS_MAX = 4 * 1024 * 1024
"""Of a record file that is read again."""
NO_RECORD = Text("{path} 不是检测记录：{why}", "{path} is no record of a check: {why}")
NO_RECORD_CURE = Text("请选 bench-check 写出的 .json 记录文件", "Choose a .json record file that bench-check wrote")
NO_FILE = Text("没有这个文件", "there is no such file")
NO_JSON = Text("内容不是 JSON", "what it holds is no JSON")
TOO_LONG = Text("文件太大（超过 {octets} 字节）", "the file is too long (more than {octets} octets)")
UNKNOWN_VALUE = "…"
"""Stands where a finding did not say what its fault's words ask for."""


def document_of(
    visit: Visit, checks: Sequence[Check], conclusion: Conclusion, *, visit_id: str, started: str, ended: str
) -> dict[str, Any]:
    """The record.  `started`, `ended`: ISO 8601 with an offset (`harness.clock.wall_stamp`).  Checks that were never
    reached are not in it."""
    from harness.trace import program_version

    from ..history import since

    facts = visit.facts
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "program": program_version(),
        "id": visit_id,
        "started": started,
        "ended": ended,
        "lang": visit.settings.lang,
        "technician": clean_line(visit.settings.technician),
        "merchant": clean_line(visit.settings.merchant or facts.get("merchant") or ""),
        "facts": clean_facts({name: facts[name] for name in FACTS if name in facts}),
        "checks": [_check(check, visit.findings[check.id]) for check in checks if check.id in visit.findings],
        "conclusion": _conclusion(conclusion),
    }
    document |= since(document, visit.earlier)
    document["support"] = _support(document)
    return document


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one spelling of a record that its fingerprint is taken of: keys sorted, no white space, UTF-8 (after
    RFC 8785, with Python's spelling of numbers)."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def fingerprint(document: Mapping[str, Any]) -> str:
    """First 16 hexadecimal digits of the SHA-256 of `canonical`: enough to tell one record from another and to see a
    change; no signature, as whoever can write a record can also print its code."""
    return hashlib.sha256(canonical(document)).hexdigest()[:16]


def from_document(data: object) -> dict[str, Any]:
    """A record that was read, once it is sure to be one.  Raises ScenarioError that names the place."""
    return check_shape(data)


def read_document(path: Path) -> dict[str, Any]:
    """The record in a file.  Raises ScenarioError where there is none."""
    try:
        with path.open("rb") as file:
            octets = file.read(OCTETS_MAX + 1)
    except FileNotFoundError as error:
        raise _no_record(path, NO_FILE) from error
    except OSError as error:
        raise _no_record(path, Text(str(error), str(error))) from error
    if len(octets) > OCTETS_MAX:
        raise _no_record(path, TOO_LONG.format(octets=OCTETS_MAX))
    try:
        data = json.loads(octets.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _no_record(path, NO_JSON) from error
    try:
        return from_document(data)
    except ScenarioError as error:
        raise _no_record(path, error.what) from error


def _no_record(path: Path, why: Text) -> ScenarioError:
    return ScenarioError(
        Text(NO_RECORD.zh.format(path=path, why=why.zh), NO_RECORD.en.format(path=path, why=why.en)), NO_RECORD_CURE
    )


def _check(check: Check, finding: Finding) -> dict[str, Any]:
    return {
        "id": check.id,
        "group": check.group,
        "title": clean_text(check.title),
        "does": clean_text(check.does),
        "required": check.required,
        "verdict": finding.verdict,
        "found": clean_text(finding.found),
        "figures": [_figure(one) for one in finding.figures],
        "fault": _fault(finding),
        "detail": clean_json(dict(finding.detail)),
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "id": figure.id,
        "name": clean_text(figure.name),
        "value": clean_json(figure.value),
        "unit": figure.unit,
        "low": clean_json(figure.low),
        "high": clean_json(figure.high),
        "good": figure.good,
    }


def _fault(finding: Finding) -> dict[str, Any] | None:
    if finding.verdict != "fail":
        return None
    fault = FAULTS[finding.fault]
    values = _Values(finding.values)
    return {
        "id": fault.id,
        "cause": clean_text(_filled(fault.cause, values)),
        "actor": fault.actor,
        "retry": fault.retry,
        "action": clean_text(_filled(fault.action, values)),
        "blame": fault.blame,
        "rows": list(fault.rows),
    }


class _Values(dict[str, str]):
    """A record is written even where a finding forgot a value."""

    def __missing__(self, key: str) -> str:
        return UNKNOWN_VALUE


def _filled(phrase: Text, values: _Values) -> Text:
    return Text(phrase.zh.format_map(values), phrase.en.format_map(values))


def _conclusion(conclusion: Conclusion) -> dict[str, Any]:
    def or_none(text: Text | None) -> dict[str, str] | None:
        return None if text is None else clean_text(text)

    return {
        "whole": conclusion.whole,
        "status": conclusion.status,
        "warnings": [clean_text(one) for one in conclusion.warnings],
        "causes": [_cause(one) for one in conclusion.causes],
        "tied": conclusion.tied,
        "next_test": or_none(conclusion.next_test),
        "next": or_none(conclusion.next),
        "actor": conclusion.actor,
        "missing": [clean_text(one) for one in conclusion.missing],
    }


def _cause(cause: NamedCause) -> dict[str, Any]:
    return {
        "row": cause.row,
        "title": clean_text(cause.title),
        "because": [clean_text(one) for one in cause.because],
        "actor": cause.actor,
        "action": clean_text(cause.action),
        "retry": cause.retry,
        "rungs": [clean_text(one) for one in cause.rungs],
    }


def _support(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """What to tell the support line, a line each."""
    from ..support import support_lines

    return {"zh": support_lines(document, "zh"), "en": support_lines(document, "en")}
