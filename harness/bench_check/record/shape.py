"""The shape of a record: every key, and what stands there.

A record is read again months later, from another computer, perhaps after somebody opened it in an editor.  So what is
wrong with it is told by its place, and nothing that prints or compares has to look for missing keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from protocols.errors import ScenarioError
from protocols.text import Text

from ..model import ACTORS, GROUPS, Verdict

SCHEMA = "posrig-bench-check/1"
LIST_MAX = 1_000
"""Items of one list of a record that is read."""

Form = Any
"""A type; None and a form: either; a set: one of these; a list of one form: as many as LIST_MAX of it; a mapping: a
table with these keys and no fewer (further keys are left alone, so that newer records are read by older programs)."""

BOTH: Form = {"zh": str, "en": str}
NUMBER: Form = (int, float)
ACTOR: Form = frozenset(ACTORS)
SHAPE: Mapping[str, Form] = {
    "schema": frozenset((SCHEMA,)),
    "program": str,
    "id": str,
    "started": str,
    "ended": str,
    "lang": frozenset(("zh", "en")),
    "technician": str,
    "merchant": str,
    "facts": dict,
    "checks": [
        {
            "id": str,
            "group": frozenset(GROUPS),
            "title": BOTH,
            "does": BOTH,
            "required": bool,
            "verdict": frozenset(get_args(Verdict)),
            "found": BOTH,
            "figures": [
                {
                    "id": str,
                    "name": BOTH,
                    "value": (*NUMBER, str),
                    "unit": str,
                    "low": (*NUMBER, None),
                    "high": (*NUMBER, None),
                    "good": bool,
                }
            ],
            "fault": (
                None,
                {
                    "id": str,
                    "cause": BOTH,
                    "actor": ACTOR,
                    "retry": bool,
                    "action": BOTH,
                    "blame": frozenset(("terminal", "bench")),
                    "rows": [str],
                },
            ),
            "detail": dict,
        }
    ],
    "conclusion": {
        "whole": frozenset(("passed", "failed", "incomplete")),
        "status": int,
        "warnings": [BOTH],
        "causes": [
            {
                "row": str,
                "title": BOTH,
                "because": [BOTH],
                "actor": ACTOR,
                "action": BOTH,
                "retry": bool,
                "rungs": [BOTH],
            }
        ],
        "tied": int,
        "next_test": (None, BOTH),
        "next": (None, BOTH),
        "actor": (None, ACTOR),
        "missing": [BOTH],
    },
    "changes": [BOTH],
    "trends": [
        {
            "id": str,
            "name": BOTH,
            "unit": str,
            "values": [NUMBER],
            "low": (*NUMBER, None),
            "high": (*NUMBER, None),
            "direction": str,
            "words": BOTH,
        }
    ],
    "support": {"zh": [str], "en": [str]},
}

MISSING = Text("缺少 {place}", "{place} is missing")
WRONG = Text("{place} 的值 {value} 不对", "{place} has the value {value}, which it cannot have")
TOO_MANY = Text("{place} 超过 {most} 项", "{place} has more than {most} items")
CURE = Text(
    "记录可能被改动或损坏；请用原来的文件", "The record may have been changed or damaged: use the original file"
)
SHOWN_MAX = 40


def check_shape(data: object) -> dict[str, Any]:
    """`data`, a record.  Raises ScenarioError that names the first place where it is none, as `checks[3]/verdict`."""
    _walk(data, SHAPE, "")
    assert isinstance(data, dict)
    return data


def _walk(value: object, form: Form, place: str) -> None:
    match form:
        case tuple():
            if not _one_of(value, form, place):
                raise _wrong(value, place)
        case frozenset():
            if not isinstance(value, str) or value not in form:
                raise _wrong(value, place)
        case list():
            if not isinstance(value, list):
                raise _wrong(value, place)
            if len(value) > LIST_MAX:
                raise ScenarioError(TOO_MANY.format(place=place, most=LIST_MAX), CURE)
            for at, one in enumerate(value):
                _walk(one, form[0], f"{place}[{at}]")
        case type():
            if not isinstance(value, form) or (isinstance(value, bool) and form is not bool):
                raise _wrong(value, place)
        case _:
            if not isinstance(value, dict):
                raise _wrong(value, place)
            for key, inner in form.items():
                inside = f"{place}/{key}" if place else key
                if key not in value:
                    raise ScenarioError(MISSING.format(place=inside), CURE)
                _walk(value[key], inner, inside)


def _one_of(value: object, forms: tuple[Form, ...], place: str) -> bool:
    """Whether a plain type or None fits; a table or a set of words, of which there is one at most, is walked."""
    for form in forms:
        if form is None:
            if value is None:
                return True
        elif isinstance(form, type):
            if isinstance(value, form) and not isinstance(value, bool):
                return True
        elif value is not None:
            _walk(value, form, place)
            return True
    return False


def _wrong(value: object, place: str) -> ScenarioError:
    shown = repr(value)
    shown = shown if len(shown) <= SHOWN_MAX else shown[:SHOWN_MAX] + "…"
    return ScenarioError(WRONG.format(place=place or "{}", value=shown), CURE)
