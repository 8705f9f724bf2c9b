"""The pages of the guide as text: every page in both languages under the same name, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

from protocols.text import Lang, Text
from protocols.unionpay.responses import CATEGORIES, RESPONSES

from ..acquirer.hold_kinds import HOLD_KINDS
from ..diagnosis.causes import CAUSES
from ..diagnosis.probes import probe_text
from ..diagnosis.symptoms import SYMPTOMS
from ..fixtures import fixtures_dir, read_toml
from ..reports import page_words, words
from ..reports.course import ROLES
from ..reports.items import items_of
from ..reports.page_environment import page_environment
from ..scenarios.load import load_probe, probe_names
from . import codes, guide_words, registers, states, tables
from .failures import FailureView
from .graph import draw
from .looks import ordinary
from .runs import Runs
from .search import index_text, search_entries

LANGS: tuple[Lang, ...] = ("zh", "en")
OTHER: Mapping[Lang, Lang] = {"zh": "en", "en": "zh"}


@dataclass(frozen=True, slots=True)
class Page:
    """`name`: its path below the language's folder.  `section`: the page of the menu that it belongs to."""

    name: str
    template: str
    title: Text
    section: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the menu."""

    name: str
    short: Text
    lead: Text


HOME = "index.html"
"""All failures by family, and where everything else is."""
SECTIONS = (
    Section(HOME, guide_words.FAILURES, guide_words.FAILURES_LEAD),
    Section("codes.html", guide_words.CODES, guide_words.CODES_LEAD),
    Section("messages.html", guide_words.MESSAGES, guide_words.MESSAGES_LEAD),
    Section("fields.html", guide_words.FIELDS, guide_words.FIELDS_LEAD),
    Section("register.html", guide_words.REGISTER, guide_words.REGISTER_LEAD),
    Section("states.html", guide_words.STATES, guide_words.STATES_LEAD),
    Section("diagnosis.html", guide_words.DIAGNOSIS, guide_words.DIAGNOSIS_LEAD),
)


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that the pages tell, made once for both languages."""

    views: tuple[FailureView, ...]
    codes: list[codes.CodeRow]
    kinds: dict[str, list[tables.KindRow]]
    results: list[Any]
    graphs: list[Any]

    @property
    def titles(self) -> dict[str, Text]:
        """Rows that have a page."""
        return {view.id: view.scenario.title.text for view in self.views}


def content_of(runs: Runs) -> Content:
    """From the runs and the tables."""
    healthy = ordinary(items_of(runs.life.trace.events))
    return Content(
        tuple(FailureView(run, healthy) for run in runs.rows),
        codes.code_rows(runs),
        tables.kinds(runs),
        tables.register_results(runs),
        states.graphs(runs),
    )


def site(content: Content) -> dict[str, str]:
    """Path below the guide's folder to the text of the file."""
    files = {"index.html": _environment("zh").get_template("choose.html.j2").render(g=guide_words)}
    for name in ("guide.css", "guide.js"):
        files[f"assets/{name}"] = _environment("zh").get_template(f"{name}.j2").render()
    for lang in LANGS:
        files[f"assets/search-{lang}.js"] = index_text(search_entries(content, lang))
        for page in _pages(content):
            files[f"{lang}/{page.name}"] = _rendered(page, content, lang)
    return files


def _rendered(page: Page, content: Content, lang: Lang) -> str:
    base = "../" * page.name.count("/")
    template = _environment(lang).get_template(page.template)
    return template.render(
        page=page,
        lang=lang,
        base=base,
        root=base + "../",
        sections=SECTIONS,
        titles=content.titles,
        codes=RESPONSES,
        probes=_probe_texts(),
        g=guide_words,
        w=page_words,
        parties=words.PARTIES,
        roles=ROLES,
        **page.values,
    )


def _pages(content: Content) -> Iterator[Page]:
    families = _families(content.views)
    more: dict[str, dict[str, Any]] = {
        HOME: {"families": families},
        "codes.html": {
            "codes_list": content.codes,
            "categories": CATEGORIES,
            "checks": codes.checks(),
            "holds": HOLD_KINDS,
        },
        "messages.html": {"kinds": content.kinds},
        "fields.html": {
            "fields": tables.fields_of_cup(),
            "formats": tables.FORMATS,
            "variable": tables.VARIABLE,
            "positional": tables.positional(),
            "valued": tables.valued(),
            "activations": tables.activations(),
            "dialects": tables.dialects(),
        },
        "register.html": {
            "overview": registers.overview(),
            "groups": registers.groups(),
            "results": content.results,
            "statuses": words.STATUSES,
        },
        "states.html": {"graphs": content.graphs},
        "diagnosis.html": {"symptoms": _symptoms(), "probe_list": _probes(), "ladder": _ladder()},
    }
    for section in SECTIONS:
        yield Page(section.name, f"{section.name}.j2", section.short, section.name, more[section.name])
    for number, view in enumerate(content.views):
        before = content.views[number - 1] if number else None
        after = content.views[number + 1] if number + 1 < len(content.views) else None
        title = Text(f"{view.id} {view.scenario.title.zh}", f"{view.id} {view.scenario.title.en}")
        values = {"view": view, "before": before, "after": after}
        yield Page(f"failures/{view.id}.html", "failure.html.j2", title, HOME, values)


def _families(views: Sequence[FailureView]) -> list[tuple[Text, list[FailureView]]]:
    grouped: dict[Text, list[FailureView]] = {}
    for view in views:
        grouped.setdefault(view.family, []).append(view)
    return list(grouped.items())


def _symptoms() -> list[tuple[Any, list[tuple[str, int]]]]:
    return [
        (one, [(cause.row, cause.speaks[one.id]) for cause in CAUSES if one.id in cause.speaks]) for one in SYMPTOMS
    ]


@lru_cache(maxsize=1)
def _probe_texts() -> Mapping[str, Text]:
    return {name: probe_text(name) for name in probe_names()}


def _probes() -> list[tuple[str, Text, list[Text], list[str]]]:
    """(name, words, steps that have words, rows that ask for it)."""
    found = []
    for name in probe_names():
        steps = [step.note.text for step in load_probe(name).step if step.note]
        found.append((name, probe_text(name), steps, [cause.row for cause in CAUSES if name in cause.tests]))
    return found


def _ladder() -> list[tuple[str, Text, Text, list[str]]]:
    """(anchor, number, words, rows whose remedy it is)."""
    data = read_toml(fixtures_dir() / "ladder.toml")
    rungs = [
        (str(rung["number"]), words.same(str(rung["number"])), Text(rung["zh"], rung["en"]), _rows_of(rung["number"]))
        for rung in data["rung"]
    ]

    def outside(key: str, name: Text) -> tuple[str, Text, Text, list[str]]:
        return key, name, Text(data[key]["zh"], data[key]["en"]), []

    before = outside("before", guide_words.BEFORE)
    behind = [outside("meanwhile", guide_words.MEANWHILE), outside("after", guide_words.AFTER)]
    return [before, *rungs, *behind]


def _rows_of(rung: int) -> list[str]:
    return [cause.row for cause in CAUSES if rung in cause.rungs]


# The environment ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _environment(lang: Lang) -> Environment:
    """Pages of one language; diagrams and courses are drawn by the report's own templates."""
    env = page_environment("harness.guide", "harness.reports")
    filters: dict[str, Callable[..., Any]] = {
        "t": partial(_in, lang),
        "draw": lambda graph: draw(graph, lang),
        "named": lambda graph: (graph.id, graph.title),
        "section_of": lambda key, table: (key, table[key]),
    }
    env.filters.update(filters)
    env.globals.update(COLON=words.COLON, SEMICOLON=words.SEMICOLON, COMMA=words.COMMA)
    return env


def _in(lang: Lang, text: Text | Mapping[str, str] | str | None) -> Markup:
    """The phrase in the page's language, escaped."""
    if isinstance(text, str):
        return escape(text)
    shown = text if isinstance(text, Text) else words.of_json(text)
    return Markup("") if shown is None else escape(shown.in_(lang))
