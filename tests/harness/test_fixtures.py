"""Dialect files: what is shipped loads, and every slip of the pen is named with file, key and the nearest right one."""

from __future__ import annotations

from typing import Any

import pytest

from harness.fixtures import dialect_from, dialect_names, fixtures_dir, load_dialect
from protocols.errors import ScenarioError
from protocols.unionpay import Dialect


def test_the_six_dialects() -> None:
    assert dialect_names() == ["cup", "chanjet", "cup-cbc", "no-60-3", "sm4", "stx-ascii"]
    for name in dialect_names():
        assert load_dialect(name).name == name
        assert hash(load_dialect(name))
    assert (fixtures_dir() / "dialects" / "cup.toml").is_file()


def test_what_sets_the_dialects_apart() -> None:
    cbc = load_dialect("cup-cbc")
    assert (cbc.mac_form, cbc.f48_form, cbc.track_pad, cbc.tpdu_swap) == ("cbc", "ans", "F", True)
    assert cbc.extra_balance_codes == ("300000",)
    stx = load_dialect("stx-ascii")
    assert (stx.has_header, stx.f60_form, stx.f22_align) == (False, "ans", "right")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"mac_from": "ecb"}, ["x.toml", "mac_from", "mac_form"]),
        ({"mac_form": "ebc"}, ["x.toml", "mac_form", "ebc", "ecb"]),
        ({"key_layouts": ["pik16-mak8"]}, ["key_layouts", "pik16-mak8z"]),
        ({"key_layouts": "pik16-mak8z"}, ["key_layouts", "list"]),
        ({"has_header": 1}, ["has_header", "bool"]),
        ({"t1_us": True}, ["t1_us", "int"]),
        ({"t1_us": 0}, ["t1_us", "int"]),
        ({"sn_field": "59"}, ["sn_field", "46 | 47 | 57 | 59"]),
        ({"sn_field": 57.0}, ["sn_field", "46 | 47 | 57 | 59"]),
    ],
)
def test_slips_are_named(data: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        dialect_from(data, "x.toml")
    for word in words:
        assert word in str(caught.value)


def test_an_unknown_dialect_names_the_nearest() -> None:
    with pytest.raises(ScenarioError) as caught:
        load_dialect("cup-cbd")
    assert "cup-cbc" in str(caught.value)


def test_lists_become_tuples() -> None:
    assert dialect_from({"name": "mine", "reversal_accepted": ["00"]}, "x.toml") == Dialect(
        name="mine", reversal_accepted=("00",)
    )
