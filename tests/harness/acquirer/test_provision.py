"""Provisioning files: taken whole or refused whole, with line and key, and never a key in the text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.acquirer.provision import parse_provision
from protocols.errors import ScenarioError

from .conftest import MID, PROVISION, Bench

TMK = "159D86C7C1F779EA29F77A6858E0DA2A"
GOOD = f"""\
[[merchant]]
mid = "898520154110004"
name = "Test merchant"

[[merchant.terminal]]
tid = "52010009"
sn = "SN0001"
dialect = "cup-cbc"
tmk = "{TMK}"
test_key = true

[[merchant.terminal]]
tid = "52010010"
sn = "SN0002"
# Two components of a published example (Ajsgn/Java8583): A891 and DF29 are their check values.
tmk = ["0123456789ABCDEF0123456789ABCDEF", "FEDCBA9876543210FEDCBA9876543210"]
test_key = true
"""


def test_a_good_file() -> None:
    provision = parse_provision(GOOD, "good.toml")
    assert dict(provision.merchants) == {"898520154110004": "Test merchant"}
    one, two = provision.terminals
    assert (one.tid, one.dialect, one.tmk) == ("52010009", "cup-cbc", TMK)
    assert (two.dialect, two.tmk) == ("cup", "FF" * 16)
    assert TMK not in repr(provision)


# D5D44FF720683D0D is DES of eight zero octets under eight octets 01 (NIST); 3DES with both halves equal is DES.
NIST_KEY, NIST_KCV = "01" * 16, "8CA64DE9C1B123A7"


@pytest.mark.parametrize("length", [4, 6, 8, 16])
def test_kcv_is_compared_as_a_prefix(length: int) -> None:
    text = GOOD.replace(TMK, NIST_KEY).replace("test_key = true", f'kcv = "{NIST_KCV[:length]}"\ntest_key = true', 1)
    assert parse_provision(text, "good.toml").terminals[0].tmk == NIST_KEY


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('tid = "52010009"', 'tdi = "52010009"', 6, "tid"),
        ('tid = "52010009"', 'tid = "5201"', 6, "8 printable"),
        ('tid = "52010010"', 'tid = "52010009"', 13, "twice"),
        ('sn = "SN0002"', 'sn = "SN0001"', 14, "twice"),
        ('mid = "898520154110004"', 'mid = "1"', 2, "15 printable"),
        ('dialect = "cup-cbc"', 'dialect = "cup-cbs"', 8, "cup-cbc"),
        (f'tmk = "{TMK}"', f'tmk = "{TMK[:-1]}"', 9, "hex digits"),
        (f'tmk = "{TMK}"', f'tmk = ["{TMK}"]', 9, "hex digits"),
        (f'tmk = "{TMK}"', f'tmk = ["{TMK}", "{TMK[:16]}"]', 9, "hex digits"),
        (f'tmk = "{TMK}"', f'tmk = "{TMK}"\nkcv = "0000"', 10, "does not belong"),
        (f'tmk = "{TMK}"', f'tmk = "{TMK}"\nkcv = "000"', 10, "4 to 16"),
        ("test_key = true", "test_key = false", 10, "test_key"),
        ("test_key = true", 'test_key = "true"', 10, "test_key"),
        ('name = "Test merchant"', "", 1, "name"),
        ("[[merchant]]", "[[merchants]]", 1, "merchant"),
    ],
)
def test_a_bad_file_names_file_line_and_key(old: str, new: str, line: int, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_provision(GOOD.replace(old, new, 1), "bad.toml")
    said = str(caught.value)
    assert f"bad.toml, line {line}" in said
    assert says in said
    assert TMK[:15] not in said + caught.value.what.zh + repr(caught.value)


def test_broken_toml_names_the_file() -> None:
    with pytest.raises(ScenarioError, match=r"bad\.toml"):
        parse_provision("[[merchant", "bad.toml")


def test_a_new_name_opens_no_closed_merchant(bench: Bench) -> None:
    bench.ask("control", "merchant", mid=MID, status="closed", reason="注销")
    (merchant,) = PROVISION["merchant"]
    bench.ask("control", "provision", merchant=[{**merchant, "name": "新名"}])
    shown = bench.ask("portal", "status", mid=MID)
    assert (shown["name"], shown["status"], shown["reason"]) == ("新名", "closed", "注销")


def test_the_example_of_the_documentation_is_right() -> None:
    """Its check value is what OpenSSL makes of eight zero octets under the key (des-ede, ECB): 6C07214E98591B88."""
    page = (Path(__file__).parents[3] / "docs" / "host.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (terminal,) = parse_provision(example, "host.md").terminals
    assert (terminal.sn, terminal.model, terminal.tmk) == ("SN00000001", "CT-100", TMK)
