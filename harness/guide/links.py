"""Every link of the guide leads somewhere: each address, of pages and of the search index, is looked up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

_ATTRIBUTE = re.compile(r'\s(href|src|id)="([^"]*)"')
"""Our pages are escaped throughout, so that no text has a quotation mark in it; a parser takes ten times as long."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a page links to, and the places in it that can be linked to."""

    targets: list[str]
    ids: Counter[str]


def read(text: str) -> Read:
    """What one page holds."""
    found = [(name, unescape(value)) for name, value in _ATTRIBUTE.findall(text)]
    return Read(
        [value for name, value in found if name != "id"], Counter(value for name, value in found if name == "id")
    )


def dead_links(files: Mapping[str, str], addresses: Mapping[str, list[str]] | None = None) -> list[str]:
    """`page: address` of every link that leads nowhere, and `page: #id twice` of every place that is not one.

    `files`: path to text of the whole site.  `addresses`: further addresses by the page that they are relative to.
    """
    pages = {path: read(text) for path, text in files.items() if path.endswith(".html")}
    wrong = []
    for path, page in pages.items():
        wrong += [f"{path}: #{one} twice" for one in sorted(x for x, n in page.ids.items() if n > 1)]
        targets = [*page.targets, *(addresses or {}).get(path, ())]
        wrong += [f"{path}: {target}" for target in dict.fromkeys(targets) if not _leads(path, target, files, pages)]
    return wrong


def _leads(path: str, target: str, files: Mapping[str, str], pages: Mapping[str, Read]) -> bool:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return parts.scheme in ("https", "data")
    there = normpath(join(dirname(path), unquote(parts.path))) if parts.path else path
    if there not in files:
        return False
    return not parts.fragment or (there in pages and unquote(parts.fragment) in pages[there].ids)
