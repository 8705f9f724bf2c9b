"""A fault in the words of what was found: the placeholders of its cause and action filled."""

from __future__ import annotations

from protocols.text import Text

from ..model import Finding
from . import FAULTS

UNKNOWN = "…"
"""Stands where a finding did not say what its fault's words ask for: what is wrong is told all the same."""


class _Values(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return UNKNOWN


def told_cause(finding: Finding) -> Text:
    """What is wrong, of a failed finding."""
    return _filled(FAULTS[finding.fault].cause, finding)


def told_action(finding: Finding) -> Text:
    """What to do about it."""
    return _filled(FAULTS[finding.fault].action, finding)


def _filled(phrase: Text, finding: Finding) -> Text:
    values = _Values(finding.values)
    return Text(phrase.zh.format_map(values), phrase.en.format_map(values))
