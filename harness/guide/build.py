"""Builds the guide: run every scenario, make the pages, look up every link, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from protocols.errors import PosrigError
from protocols.text import Text

from .folder import check_ours, write_files
from .links import dead_links
from .pages import LANGS, content_of, site
from .runs import Runs, run_all
from .search import search_entries

DEAD = Text("指南中有 {count} 个失效链接：{some}", "{count} links of the guide lead nowhere: {some}")
DEAD_CURE = Text("这是 posrig 的缺陷，请报告", "This is a bug of posrig's; please report it")
NAMED_MAX = 5


@dataclass(frozen=True, slots=True)
class Built:
    """`page`: where to begin to read.  `pages`: how many there are in each language.  `failures`: of which so many
    describe a failure."""

    page: Path
    pages: int
    failures: int


def build(folder: Path, ids: Sequence[str] = (), jobs: int | None = None) -> Built:
    """Write the guide into `folder`, about the scenarios `ids`, all for none.  The same tree gives the same octets.

    Raises LocalError for a folder that is not ours or cannot be written, PosrigError when a scenario does not run as
    it says, or a link leads nowhere; nothing is written then.
    """
    check_ours(folder)
    runs = run_all(ids, jobs)
    files = files_of(runs)
    write_files(folder, files)
    pages = sum(name.startswith(f"{LANGS[0]}/") for name in files)
    return Built(folder / "index.html", pages, len(runs.rows))


def files_of(runs: Runs) -> dict[str, str]:
    """Path to text of every file.  Raises PosrigError when a link leads nowhere."""
    content = content_of(runs)
    files = site(content)
    searched = {f"{lang}/index.html": [entry[1] for entry in search_entries(content, lang)] for lang in LANGS}
    dead = dead_links(files, searched)
    if dead:
        raise PosrigError(DEAD.format(count=len(dead), some=", ".join(dead[:NAMED_MAX])), DEAD_CURE)
    return files
