"""`posrig decode`: formats against published messages, exit status, and what it does not load."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.cli import main

VECTORS = json.loads(
    (Path(__file__).parents[2] / "protocols" / "vectors" / "unionpay.json").read_text(encoding="utf-8")
)
BY_ID: dict[str, dict[str, Any]] = {entry["id"]: entry for entry in VECTORS}
BILL_PAY = BY_ID["moehuster-bill-pay-resp"]
BROKEN = [entry for entry in VECTORS if not entry["parses"] and len(entry["hex"]) % 2 == 0]
ODD = [entry for entry in VECTORS if len(entry["hex"]) % 2]
HEAVY = ("sqlalchemy", "aiohttp", "jinja2", "pydantic", "hypothesis", "asyncio")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSRIG_LANG", "en")


def posrig(*arguments: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["decode", *arguments], input=given)


def test_json_holds_what_the_source_published() -> None:
    result = posrig("--json", BILL_PAY["hex"])
    assert result.exit_code == 0
    shown = json.loads(result.stdout)
    assert list(shown) == ["framing", "dialect", "assumed", "mti", "tpdu", "header", "bitmap", "fields", "meanings"]
    published = {number: value.removeprefix("hex:") for number, value in BILL_PAY["fields"].items()}
    published.pop("2")  # the source shows it with its pad: 20 digits instead of 19
    assert {number: shown["fields"][number] for number in published} == published
    assert shown["fields"]["2"] == "6212142000000000012"
    assert (shown["framing"], shown["mti"], shown["tpdu"]) == ("tcp", "0210", "6000000581")


def test_the_table_has_every_field_with_both_names() -> None:
    result = posrig(BILL_PAY["hex"])
    assert result.exit_code == 0
    for text in ("bill payment", "缴费", "应答码 / response code", "160311909096", "assumed"):
        assert text in result.stdout
    numbers = [line.split()[0] for line in result.stdout.splitlines() if line[:2].strip().isdigit()]
    assert numbers == sorted(BILL_PAY["fields"], key=int)


@pytest.mark.parametrize("how", ["spaces", "lines", "lower case", "arguments", "standard input"])
def test_white_space_and_case_do_not_matter(how: str) -> None:
    text = BILL_PAY["hex"]
    pairs = [text[at : at + 2] for at in range(0, len(text), 2)]
    match how:
        case "spaces":
            result = posrig("--json", " ".join(pairs))
        case "lines":
            result = posrig("--json", "\n".join(pairs))
        case "lower case":
            result = posrig("--json", text.lower())
        case "arguments":
            result = posrig("--json", *pairs)
        case _:
            result = posrig("--json", "-", given="\t".join(pairs) + "\n")
    assert (result.exit_code, result.stdout) == (0, posrig("--json", text).stdout)


@pytest.mark.parametrize("entry", BROKEN, ids=lambda entry: entry["id"])
def test_a_bad_message_names_path_offset_and_octets(entry: dict[str, Any]) -> None:
    plain, as_json = posrig(entry["hex"]), posrig("--json", entry["hex"])
    assert (plain.exit_code, as_json.exit_code) == (1, 1)
    error = json.loads(as_json.stdout)["error"]
    assert list(error) == ["path", "offset", "bytes", "reason"]
    assert error["bytes"] in entry["hex"].upper()
    assert f"{error['path']}, octet {error['offset']}: " in plain.stderr
    assert plain.stdout == ""


def test_the_first_bad_octet_stands_in_brackets() -> None:
    # The length prefix is right, and so are TPDU and header; the MTI's first nibble is no digit.
    result = posrig("--framing", "tcp", "0017 6000000000 603100000000 A800 0000000000000000 0000")
    assert result.exit_code == 1
    assert "octet 13" in result.stderr
    assert "00 17 60 00 00 00 00 60 31 00 00 00 00 [A8] 00" in result.stderr


@pytest.mark.parametrize("entry", ODD, ids=lambda entry: entry["id"])
def test_a_published_message_with_half_an_octet_is_no_hex(entry: dict[str, Any]) -> None:
    result = posrig(entry["hex"])
    assert result.exit_code == 2
    assert "odd number" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "given", "says"),
    [
        (("0800", "00zz"), None, "'z' (character 8) is no hex digit"),
        (("0x0800",), None, "'x'"),
        (("-",), b"\xff\xfe", "is no hex digit"),
        (("-",), "０８００", "is no hex digit"),
        (("-",), "0" * 1_000_001, "more than 1000000"),
        ((), None, "HEX|- is missing"),
        (("--framing", "tcpp", "00"), None, "--framing: there is no 'tcpp', the nearest is tcp"),
        (("--dialect", "cupp", "00"), None, "the nearest is cup"),
        (("--protocol", "iso", "00"), None, "--protocol"),
        (("--jsn", "00"), None, "The nearest is --json"),
    ],
)
def test_what_is_not_hex_or_no_option_is_usage(arguments: tuple[str, ...], given: str | None, says: str) -> None:
    result = posrig(*arguments, given=given)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""


def test_nothing_at_all_is_a_bad_message() -> None:
    assert posrig("-", given="\n").exit_code == 1


def test_errors_come_in_the_chosen_language() -> None:
    result = posrig("--lang", "zh", "0")
    assert "是奇数" in result.stderr
    assert "odd" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        (["--help"], ("construct", "cryptography")),
        (["decode", "--help"], ()),
        (["decode", BILL_PAY["hex"]], ()),
        (["--version"], ()),
    ],
)
def test_small_commands_do_not_load_large_libraries(arguments: list[str], more: tuple[str, ...]) -> None:
    code = (
        "import sys; from harness.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    assert "harness" in loaded
    assert loaded.isdisjoint(HEAVY + more), sorted(loaded & {*HEAVY, *more})
