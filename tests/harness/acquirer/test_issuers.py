"""Issuers' files: who issued a PAN, and what a wrong file is told."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from harness.acquirer.money.findings import FINDINGS
from harness.acquirer.money.issuers import IssuerRules, issuer_of, issuers_from, load_issuers
from protocols.errors import ScenarioError

ROW: dict[str, Any] = {
    "bins": ["621214"],
    "scheme": "pboc-01",
    "dki": "01",
    "imk_ac": "00" * 16,
    "imk_smi": "11" * 16,
    "imk_smc": "22" * 16,
}


def file_of(rules: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    row = {key: value for key, value in (ROW | changes).items() if value is not None}
    return {"test_keys": True, "issuer": {"mine": row}, **({"rules": {"mine": rules}} if rules is not None else {})}


@pytest.mark.parametrize(
    ("pan", "name"),
    [
        ("6212142000000000012", "posrig"),
        ("6212148800000000019", "posrig-gm"),
        ("6228000100001117", "pboc-test"),
        ("6228000100001", "pboc-example"),
        ("6225880000000019", None),
        ("", None),
    ],
)
def test_the_longest_beginning_says_who_issued_a_card(pan: str, name: str | None) -> None:
    issuer = issuer_of(load_issuers("test"), pan)
    assert (issuer.name if issuer else None) == name


def test_a_published_card_has_keys_of_its_own() -> None:
    issuer = issuer_of(load_issuers("test"), "6228000100001117")
    assert issuer is not None
    assert issuer.card_keys("6228000100001117", "01").ac.hex() == "11223344006677881122334455007788"


def test_what_an_issuer_accepts_stands_in_the_file() -> None:
    (issuer,) = issuers_from(file_of({"no_pin_max_fen": 5, "fallback": False, "decline": ["new_card"]}), "x.toml")
    assert issuer.rules == IssuerRules(no_pin_max_fen=5, fallback=False, decline=("new_card",))


def test_the_documentation_has_right_rules_and_names_every_finding() -> None:
    page = (Path(__file__).parents[3] / "docs" / "host.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```\n(\[rules.*?)```", page, re.DOTALL)
    data = tomllib.loads(example)
    (issuer,) = issuers_from({**file_of(), "issuer": {"posrig": ROW}, **data}, "host.md")
    assert issuer.rules != IssuerRules()
    assert set(data["rules"]["posrig"]) == {item.name for item in fields(IssuerRules)}
    named = set(re.findall(r"[a-z_]{5,}", page[page.index("take names of bits") :]))
    assert set(FINDINGS) <= named


WRONG: list[tuple[dict[str, Any], str]] = [
    (file_of(bins=[]), "bins"),
    (file_of(bins=["62x"]), "bins"),
    (file_of(bins="621214"), "bins"),
    (file_of(scheme="pboc-02"), "pboc-01"),
    (file_of(dki="0102"), "dki"),
    (file_of(imk_ac="00" * 8), "imk_ac"),
    (file_of(imk_smi=None), "imk_smi"),
    (file_of(imk_mac="00" * 16), "imk_ac"),
    (file_of({"amount_max": 5}), "amount_max_fen"),
    (file_of({"wrong_max": -1}), "wrong_max"),
    (file_of({"wrong_max": True}), "wrong_max"),
    (file_of({"fallback": 1}), "fallback"),
    (file_of({"decline": ["new_cart"]}), "new_card"),
    ({**file_of(), "rules": {"your": {}}}, "mine"),
    ({**file_of(), "issuers": {}}, "issuer"),
    ({**file_of(), "test_keys": False}, "test_keys"),
    ({"test_keys": True, "issuer": {"mine": 7}}, "mine"),
]


@pytest.mark.parametrize(("data", "named"), WRONG)
def test_a_wrong_file_is_told_what_it_should_have(data: dict[str, Any], named: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        issuers_from(data, "mine.toml")
    assert "mine.toml" in caught.value.what.en and "mine.toml" in caught.value.what.zh
    assert named in caught.value.what.en
    assert "0000000000000000" not in str(caught.value), "a key stands in no message"


def test_an_unknown_name_is_told_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="test"):
        load_issuers("tset")
    own = tmp_path / "own.toml"
    own.write_text('test_keys = true\n[issuer.me]\nbins = ["9"]\nscheme = "visa-10"\ndki = "01"\n' + KEYS, "utf-8")
    assert [issuer.name for issuer in load_issuers(str(own))] == ["me"]


KEYS = "".join(f'{name} = "{"AB" * 16}"\n' for name in ("imk_ac", "imk_smi", "imk_smc"))
