"""The guide's pages: everything has its entry, in both languages, every link leads somewhere, and nothing is markup
that was meant as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import pytest

from harness.diagnosis.causes import CAUSES
from harness.diagnosis.symptoms import SYMPTOMS
from harness.fixtures import fixtures_dir
from harness.guide.build import files_of
from harness.guide.links import dead_links
from harness.guide.runs import Runs, run_all
from harness.guide.spoken import SPOKEN
from harness.quirks import quirk_names
from harness.scenarios.load import probe_names
from protocols.errors import PosrigError
from protocols.mispos.dialect_b.tags import TAGS
from protocols.mispos.results import LOCAL_RESULTS
from protocols.registers import REGISTER_PROTOCOLS
from protocols.text import Lang
from protocols.unionpay.fields import STANDARD
from protocols.unionpay.kinds import KINDS
from protocols.unionpay.responses import RESPONSES

HOSTILE = "<script>alert(1)</script>\"'&"
ROWS = ("A1", "F5", "H3")
OWN = "X_OWN"
"""A scenario of somebody's own, whose title is markup."""


def own_scenario(folder: Path, expected: str = "unknown") -> Path:
    """F5's second case under another id, with a title that must be escaped wherever it appears."""
    text = (fixtures_dir() / "scenarios" / "F5.toml").read_text(encoding="utf-8")
    head, _, cases = text.partition("# 1 -")
    second = "[[case]]" + cases.split("# 2 -")[1].split("# 3 -")[0].partition("[[case]]")[2]
    told = json.dumps(HOSTILE)
    head = re.sub(r"(?m)^title = .*$", lambda _: f"title = {{ zh = {told}, en = {told} }}", head)
    head = head.replace('id = "F5"', f'id = "{OWN}"')
    path = folder / "own.toml"
    path.write_text(head + second.replace('status = "unknown"', f'status = "{expected}"'), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return run_all([*ROWS, str(own_scenario(tmp_path_factory.mktemp("own")))], jobs=1)


@pytest.fixture(scope="module")
def files(runs: Runs) -> dict[str, str]:
    return files_of(runs)


class Page(HTMLParser):
    """What a browser makes of a page: ids, links, scripts, text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.scripts = 0
        self.lang = ""
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values[name] for name in ("href", "src") if name in values]
        self.scripts += tag == "script"
        self.lang = values["lang"] if tag == "html" else self.lang

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


@pytest.fixture(scope="module")
def pages(files: dict[str, str]) -> dict[str, Page]:
    return {name: Page(text) for name, text in files.items() if name.endswith(".html")}


def resolved(page: str, link: str) -> tuple[str, str]:
    """(path of the file, fragment) of a link as it stands on a page."""
    parts = urlsplit(link)
    steps: list[str] = []
    for step in (PurePosixPath(page).parent / unquote(parts.path)).parts if parts.path else PurePosixPath(page).parts:
        steps = steps[:-1] if step == ".." else [*steps, step]
    return "/".join(steps), unquote(parts.fragment)


def test_every_link_of_every_page_leads_to_a_place(files: dict[str, str], pages: dict[str, Page]) -> None:
    count = 0
    for name, page in pages.items():
        for link in page.links:
            if link.startswith("data:"):
                continue
            path, fragment = resolved(name, link)
            assert path in files, f"{name}: {link}"
            assert not fragment or fragment in pages[path].ids, f"{name}: {link}"
            count += 1
        assert len(page.ids) == len(set(page.ids)), name
    assert count > 1_000


def test_both_languages_have_the_same_pages_and_lead_to_each_other(pages: dict[str, Page]) -> None:
    names = {lang: {n.removeprefix(f"{lang}/") for n in pages if n.startswith(f"{lang}/")} for lang in ("zh", "en")}
    assert names["zh"] == names["en"] and {f"failures/{row}.html" for row in (*ROWS, OWN)} <= names["zh"]
    for name in names["zh"]:
        for lang, other, code in (("zh", "en", "zh-CN"), ("en", "zh", "en")):
            page = pages[f"{lang}/{name}"]
            assert page.lang == code
            assert f"{other}/{name}" in [resolved(f"{lang}/{name}", link)[0] for link in page.links]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_everything_of_the_tables_has_its_entry(pages: dict[str, Page], lang: Lang) -> None:
    codes, messages, fields, register, diagnosis = (
        pages[f"{lang}/{name}.html"] for name in ("codes", "messages", "fields", "register", "diagnosis")
    )
    assert {f"c-{code}" for code in RESPONSES} <= set(codes.ids)
    assert len([one for one in messages.ids if one.startswith("k-")]) == len(KINDS)
    assert {kind.title.in_(lang) for kind in KINDS} <= set(messages.words)
    assert {f"f-{spec.number}" for spec in STANDARD} <= set(fields.ids)
    assert {f"r-{code}" for code in LOCAL_RESULTS} <= set(register.ids)
    assert {f"{tag:04X}" for tag in TAGS} <= set(register.words)
    assert {f"p-{name}" for name in REGISTER_PROTOCOLS} <= set(register.ids)
    assert {*quirk_names(), "05 01", "E4", "DF06", "0810"} <= set(register.words)  # of every protocol, and profiles
    assert {f"s-{symptom.id}" for symptom in SYMPTOMS} <= set(diagnosis.ids)
    assert {f"probe-{name}" for name in probe_names()} | {f"rung-{n}" for n in range(1, 12)} <= set(diagnosis.ids)


def test_a_page_tells_what_the_failure_looks_like(pages: dict[str, Page]) -> None:
    """After the catalogue: A1 is answered D6 with the stage while an application that came later is decided; of F5 the
    request that is lost never comes to the host, and the reversal is answered 25."""
    review, lost = (" ".join(pages[f"en/failures/{row}.html"].words) for row in ("A1", "F5"))
    assert "Under review: Documents" in review and "0810 activation · F39 D6" in review
    assert "0200 sale · lost" in lost and "Outcome unknown, a reversal is pending" in lost
    assert "posrig run F5" in lost and "the operator" in lost
    links = pages["en/failures/A1.html"].links
    assert "../codes.html#c-D6" in links and "../diagnosis.html#probe-query_progress" in links
    assert "../diagnosis.html#rung-9" in links
    codes = pages["zh/codes.html"]
    assert "failures/H3.html" in codes.links, "a code leads to the failures in which it is seen"


def test_words_are_never_markup(files: dict[str, str], pages: dict[str, Page]) -> None:
    for name, text in files.items():
        assert "<script>alert" not in text or name.startswith("assets/search-"), name
    for name, page in pages.items():
        assert page.scripts == (1 if name == "index.html" else 2), name
    page = pages[f"en/failures/{OWN}.html"]
    assert any(HOSTILE in words for words in page.words), "it is shown as it is written"


def entries(files: dict[str, str], lang: str) -> Iterator[list[str]]:
    text = files[f"assets/search-{lang}.js"]
    yield from json.loads(text.removeprefix("window.posrigIndex = ").removesuffix(";\n"))


def test_the_search_index_finds_rows_codes_and_words_of_the_screen(
    files: dict[str, str], pages: dict[str, Page]
) -> None:
    for lang, words in (("zh", "审核中"), ("en", "Under review")):
        found = list(entries(files, lang))
        titles = [title for title, _, _ in found]
        for row in ROWS:
            assert any(title.startswith(f"{row} ") for title in titles)
        assert any(address == "failures/A1.html" and words in text for _, address, text in found)
        assert {"codes.html#c-77", "register.html#r-L10", "fields.html#f-60"} <= {address for _, address, _ in found}
        for _, address, _ in found:
            path, fragment = resolved(f"{lang}/index.html", address)
            assert not fragment or fragment in pages[path].ids
    assert not any(re.search("[\u4e00-\u9fff]", title) for title, _, _ in entries(files, "en"))


def test_every_failure_is_found_by_what_people_call_it() -> None:
    assert set(SPOKEN) == {cause.row for cause in CAUSES}
    assert [row for row, text in SPOKEN.items() if text.zh.isascii() or not text.en.isascii()] == []


def test_the_same_tree_gives_the_same_octets(runs: Runs, files: dict[str, str]) -> None:
    again = run_all(["A1"], jobs=1)
    assert [run.trace.events for run in again.all] == [run.trace.events for run in runs.all[:2]]
    assert files_of(runs) == files


def test_nothing_is_told_of_a_scenario_that_is_not_as_it_says(tmp_path: Path) -> None:
    path = own_scenario(tmp_path, expected="done")
    with pytest.raises(PosrigError) as told:
        run_all([str(path)], jobs=1)
    assert str(path) in told.value.what.zh and str(path) in told.value.cure.en


def test_a_dead_link_a_missing_place_and_a_place_twice_are_found() -> None:
    site = {
        "zh/a.html": '<a href="b.html#x">1</a><a href="b.html#y">2</a><a href="../en/c.html">3</a><a href="#z">4</a>',
        "zh/b.html": '<p id="x">5</p><p id="x">6</p><a href="https://a.org/">7</a><script src="../g.js"></script>',
        "g.js": "",
    }
    assert dead_links(site) == [
        "zh/a.html: b.html#y",
        "zh/a.html: ../en/c.html",
        "zh/a.html: #z",
        "zh/b.html: #x twice",
    ]
    assert dead_links({"a.html": ""}, {"a.html": ["a.html", "b.html#1"]}) == ["a.html: b.html#1"]


def test_every_cause_of_the_diagnosis_may_be_named_without_a_page(pages: dict[str, Page]) -> None:
    """A guide about a few rows names others, too; they are words there, and no links."""
    links = {link for page in pages.values() for link in page.links if "failures/" in link}
    assert {PurePosixPath(link).stem for link in links} == {*ROWS, OWN} and len(CAUSES) > len(ROWS)
