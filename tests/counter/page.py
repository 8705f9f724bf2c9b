"""The printed page in a real browser: one sheet of A4 however much failed, nothing cut off, the code read from paper.

Needs a browser, poppler and zbar (`tests/counter/install`), so it is no part of `pytest` alone.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from harness.bench_check.checks import CHECKS
from harness.bench_check.record import pdf
from harness.bench_check.record.document import read_document
from harness.bench_check.record.evidence import evidence_of, matches, parse_evidence
from harness.bench_check.record.files import write_record
from harness.bench_check.record.page import page_of
from protocols.text import Lang
from tests.harness.bench_check.records import FACTS, failed_record, good_record, worst_record

PROGRAMS = ("pdfinfo", "pdftoppm", "zbarimg")
A4_POINTS = (595, 842)
"""ISO 216, in 1/72 inch, rounded."""
PHOTOGRAPH_DPI, PRINT_DPI = 150, 300
"""What a telephone makes of the whole sheet at arm's length, and what an office printer puts on paper."""
LIMIT_S = 60.0
MEASURE = """<script>
const told = [...document.querySelectorAll('.sheet, .checks, .columns, .support, header, .next, .code')].map(one =>
  ({part: one.className || one.tagName, needs: one.scrollHeight, has: one.clientHeight,
    wide: one.scrollWidth, width: one.clientWidth}));
document.body.innerHTML = '<pre>' + JSON.stringify(told) + '</pre>';
</script>"""

RECORDS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "good": good_record,
    "failed": failed_record,
    "each check failed": lambda: worst_record(len(CHECKS)),
    "worst": worst_record,
    "long names": lambda: worst_record(len(CHECKS), facts={**FACTS, "merchant": "幸福路便利店" * 30, "sn": "W" * 90}),
}


@pytest.fixture(scope="session", autouse=True)
def programs() -> None:
    """What is missing is a failure and no skip: who calls these tests means them."""
    if pdf.find_browser() is None or not all(map(shutil.which, PROGRAMS)):
        pytest.fail("run tests/counter/install")


@pytest.fixture(params=["zh", "en"])
def lang(request: pytest.FixtureRequest) -> Lang:
    chosen: Lang = request.param
    return chosen


@pytest.fixture(params=list(RECORDS))
def record(request: pytest.FixtureRequest) -> dict[str, Any]:
    return with_history(RECORDS[request.param]())


def with_history(record: dict[str, Any]) -> dict[str, Any]:
    """As after several visits: as many changes and curves as a page shows."""
    words = {"zh": "误码率变差，本次 4 %", "en": "error rate: worse, now 4 %"}
    trend = {
        "id": "error_rate", "name": {"zh": "差错率", "en": "error rate"}, "unit": "%", "values": [0.2, 0.3, 1.4, 4.0],
        "low": None, "high": 1.0, "direction": "worse", "words": words,
    }  # fmt: skip
    return {**record, "changes": [words] * 8, "trends": [trend] * 8}


def test_one_sheet_and_the_code_on_it(record: dict[str, Any], lang: Lang, tmp_path: Path) -> None:
    written = write_record(record, tmp_path, lang, pdf=True)
    assert written.pdf and written.json and written.notes == ()
    told = run("pdfinfo", str(written.pdf))
    size = re.search(r"Page size:\s+([\d.]+) x ([\d.]+) pts", told)
    assert re.search(r"^Pages:\s+1$", told, re.MULTILINE)
    assert size and (round(float(size[1])), round(float(size[2]))) == A4_POINTS
    code = evidence_of(record)
    assert read_codes(written.pdf, PRINT_DPI, "-mono") == [code.text]
    seen = read_codes(written.pdf, PHOTOGRAPH_DPI, "-gray")
    assert seen == [code.text]
    assert matches(parse_evidence(seen[0]), read_document(written.json)) == []


def test_nothing_is_cut_off(record: dict[str, Any], lang: Lang, tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    html = page_of(record, lang).replace("</main>", f"</main>{MEASURE}")
    page.write_text(html, encoding="utf-8")
    dom = dumped(page, tmp_path / "profile")
    found = re.search(r"<pre>(.*?)</pre>", dom)
    assert found
    parts = {one["part"]: one for one in json.loads(unescape(found[1]))}
    assert {"sheet", "checks", "columns", "support", "code"} <= set(parts)
    for part, one in parts.items():
        assert one["needs"] <= one["has"] + 1, part
        assert one["wide"] <= one["width"] + 1, part


def read_codes(printed: Path, dpi: int, kind: str) -> list[str]:
    """What a reader of codes sees on the printed sheet."""
    picture = printed.with_name(f"{dpi}{kind}")
    run("pdftoppm", "-r", str(dpi), kind, "-singlefile", str(printed), str(picture))
    made = next(printed.parent.glob(f"{picture.name}.p?m"))
    return run("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(made)).splitlines()


def dumped(page: Path, profile: Path) -> str:
    """The document as the browser has it once its scripts have run."""
    browser = pdf.find_browser()
    assert browser
    command = pdf._command(browser, page, profile / "unused", profile)
    options = [one for one in command[1:] if not one.startswith("--print-to-pdf")]
    return run(browser, "--dump-dom", "--window-size=1000,1400", *options)


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode()
