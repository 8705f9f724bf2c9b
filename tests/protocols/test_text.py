"""A phrase in both languages is a value."""

from __future__ import annotations

import copy
import pickle

import pytest

from protocols.text import Text


def test_it_is_compared_hashed_and_copied_as_a_value() -> None:
    phrase = Text("端口 {port}", "port {port}")
    assert phrase == Text("端口 {port}", "port {port}") and len({phrase, Text("端口 {port}", "port {port}")}) == 1
    assert phrase != Text("端口 {port}", "the port {port}") and phrase != ("端口 {port}", "port {port}")
    assert pickle.loads(pickle.dumps(phrase)) == copy.deepcopy(phrase) == phrase
    assert phrase.format(port="COM5") == Text("端口 COM5", "port COM5")
    assert eval(repr(phrase)) == phrase


@pytest.mark.parametrize(("zh", "en"), [("", "port"), ("端口", ""), (" ", "port"), ("端口", "\n")])
def test_no_half_may_be_empty(zh: str, en: str) -> None:
    with pytest.raises(ValueError, match="both languages"):
        Text(zh, en)
