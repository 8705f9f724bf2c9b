"""What is done with records that exist: the history, a page made again, a code read from paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .options import Wish


def history(wish: Wish) -> Iterator[str]:
    """The lines of `--history`; as JSON with `--json`.  Raises PosrigError."""
    from .history.view import history_json, history_lines
    from .record.files import put_json
    from .visiting import store_of

    store = store_of(wish)
    if wish.json_to:
        note = put_json(history_json(store, wish.subject), wish.json_to)
        yield from [note.in_(wish.settings.lang)] if note is not None else []
    else:
        yield from history_lines(store, wish.subject, wish.settings.lang)


def page(wish: Wish) -> Iterator[str]:
    """The page of a JSON record once more, beside it or in the folder of `--record`.  Raises ScenarioError."""
    from .record.document import read_document
    from .record.files import write_page

    path = Path(wish.subject)
    target = (wish.record or path.parent) / f"{path.stem}.html"
    written = write_page(read_document(path), target, wish.settings.lang, pdf=wish.pdf)
    yield from map(str, written.paths)
    yield from (note.in_(wish.settings.lang) for note in written.notes)


def evidence(wish: Wish) -> tuple[bool, list[str]]:
    """What a code says, and whether it is the code of the record named by `--page` (True where none is).

    Raises ScenarioError for what is no such code, and for a file that is no record."""
    from .record.document import read_document
    from .record.evidence import parse_evidence
    from .record.explained import compared, explained

    lang = wish.settings.lang
    read = parse_evidence(wish.subject)
    lines = list(explained(read, lang))
    if "page" not in wish.extra:
        return True, lines
    same, verdict = compared(read, read_document(Path(wish.extra["page"])), lang)
    return same, [*lines, *verdict]
