"""The page: self-contained, safe whatever a merchant is called, and reckoned to fit on one sheet."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from harness.bench_check.model import VERDICTS
from harness.bench_check.record import layout
from harness.bench_check.record.evidence import evidence_of
from harness.bench_check.record.page import page_of
from protocols.text import Lang

from .records import FACTS, failed_record, good_record, worst_record

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)> & {{ 7*7 }} \u202egnp.exe'
LOADING = ("src", "href", "srcset", "action", "data", "poster", "background")
"""Attributes by which a page loads or leads elsewhere."""


class Page(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.styles = ""
        self._in = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._in = tag

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "style":
            self.styles += data
        else:
            self.text += data


@pytest.fixture(scope="module", params=["zh", "en"])
def lang(request: pytest.FixtureRequest) -> Lang:
    chosen: Lang = request.param
    return chosen


def test_the_page_needs_nothing_but_itself(lang: Lang) -> None:
    page = Page(page_of(worst_record(), lang))
    assert not {"script", "link", "img", "iframe", "object", "base"} & set(page.tags)
    assert all(value.startswith("#") for name, value in page.attributes if name in LOADING)
    assert "url(" not in page.styles and "@import" not in page.styles
    assert "http:" not in page.styles and "https:" not in page.styles


def test_the_page_says_what_the_record_says(lang: Lang) -> None:
    record = failed_record()
    page = Page(page_of(record, lang))
    told = " ".join(page.text.split()).lower()
    for check in record["checks"]:
        assert check["title"][lang].lower() in told
    fault = record["checks"][9]["fault"]
    for words in (fault["cause"][lang], fault["action"][lang], record["checks"][9]["found"][lang]):
        assert words.lower() in told
    for line in record["support"][lang]:
        assert " ".join(line.lower().split()) in told
    for fact in FACTS.values():
        assert fact.lower() in told
    assert {"zh": "不通过", "en": "failed"}[lang] in told
    assert record["id"].lower() in told and evidence_of(record).digest in told


def test_a_mark_has_a_shape_for_each_verdict() -> None:
    """On a black and white printer red and green are the same."""
    html = page_of(good_record(), "en")
    shapes = dict(re.findall(r'<symbol id="m-(\w+)"[^>]*>(.*?)</symbol>', html))
    assert set(shapes) == set(VERDICTS) and len(set(shapes.values())) == len(VERDICTS)


def test_no_name_breaks_out_of_its_place(lang: Lang) -> None:
    facts = dict.fromkeys(FACTS, HOSTILE)
    page, usual = (Page(page_of(failed_record(facts=one), lang)) for one in (facts, FACTS))
    assert set(page.tags) == set(usual.tags)
    assert {name for name, _ in page.attributes} == {name for name, _ in usual.attributes}
    assert "<script>alert(1)</script>" in page.text  # as text, for people to see
    assert "{{ 7*7 }}" in page.text and "\u202e" not in page.text


def test_the_same_record_gives_the_same_page(lang: Lang) -> None:
    assert page_of(worst_record(), lang) == page_of(worst_record(), lang)


def test_the_more_there_is_to_say_the_smaller_the_type(lang: Lang) -> None:
    sizes = [_points(page_of(record, lang)) for record in (good_record(), worst_record(8), worst_record())]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > sizes[-1] >= layout.LEVELS[-1].points


def test_curves_lead_to_the_last_value() -> None:
    record = good_record()
    record["trends"] = [
        {
            "id": "error_rate", "name": {"zh": "差错率", "en": "error rate"}, "unit": "%", "values": [0.0, 5.0, 10.0],
            "low": None, "high": 5.0, "direction": "worse", "words": {"zh": "变差", "en": "worse"},
        }
    ]  # fmt: skip
    html = page_of(record, "en")
    assert '<polyline points="0.0,22.0 50.0,12.0 100.0,2.0"/>' in html  # 24 units high, 2 free above and below
    assert 'y1="12.0" y2="12.0" class="limit"' in html
    assert "<figcaption>Error rate</figcaption>" in html and "<small><b>10 %</b> worse</small>" in html


def test_curves_of_one_value_or_all_the_same_do_no_harm() -> None:
    record = good_record()
    trend = {"name": {"zh": "x", "en": "x"}, "unit": "", "low": None, "high": None, "direction": "few"}
    words = {"zh": "x", "en": "x"}
    record["trends"] = [{**trend, "id": "a", "values": [1.0], "words": words}]
    record["trends"] += [{**trend, "id": "b", "values": [3.0, 3.0], "words": words}]
    assert "<polyline" not in page_of(record, "en")


def test_type_that_is_half_as_large_takes_half_the_lines() -> None:
    level = layout.Level(8.0)
    em_mm = 8.0 * 25.4 / 72
    assert layout.lines_of("字" * 30, 31 * em_mm * layout.SLACK, level) == 1
    assert layout.lines_of("字" * 60, 31 * em_mm * layout.SLACK, level) == 2
    assert layout.lines_of("字" * 600, 31 * em_mm, level, most=3) == 3
    assert layout.lines_of("", 50, level) == 1


def _points(html: str) -> float:
    found = re.search(r"font: ([\d.]+)pt/", html)
    assert found
    return float(found[1])
