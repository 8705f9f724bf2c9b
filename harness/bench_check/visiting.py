"""One visit from its first question to its record."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from harness.clock import wall_stamp
from protocols.text import Text

from .asking import AnswerFile, Asker, GoodFaith, Nobody, read_answers
from .display import is_rich
from .model import Question
from .screen import PlainScreen, Screenful, show_conclusion
from .visit import Visit

if TYPE_CHECKING:
    from harness.stores.visits import VisitLog, VisitStore

    from .options import Wish

SALE = "test_sale"
"""The fact that holds the test sale."""
GO_ON = Question(
    "resume",
    Text("有一次中断的检查，是否继续？", "A check was interrupted: go on with it?"),
    {"yes": Text("继续", "go on"), "no": Text("重新开始", "begin anew")},
)
OFFER = Text("中断的检查：{what}", "Interrupted: {what}")
WRITTEN = Text("记录：{path}", "Record: {path}")


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a visit: its record, and the exit status."""

    document: Mapping[str, Any]
    status: int


def make_visit(wish: Wish, about: Mapping[str, Any] | None = None) -> Made:
    """Make one visit; `about` are facts that are known beforehand (a round's entry).  Raises PosrigError."""
    from .resume import begun_with, restore

    out = sys.stderr if wish.json_to == "-" else sys.stdout
    screen = screen_of(wish, out)
    asker = screen.asking(asker_of(wish, out))
    store = store_of(wish)
    log = _interrupted(wish, store, screen, asker)
    visit = Visit(wish.settings, asker, screen.tell, earlier_of=store.visits, known_sn=store.known_sn)
    started = wall_stamp()
    if log is None:
        log = store.begin({"started": started, **begun_with(wish.settings)})
        visit.keep = _keeper(log)
        visit.learn(**{**_said_beforehand(wish), **(about or {})})
        _tell_what_is_open(wish, store, screen, log.id)
    else:
        started = restore(visit, log)
        visit.keep = _keeper(log)
    visit.facts["data_folder"] = str(store.root)
    visit.left_open = lambda: _left_open_at(store, visit, log.id)
    try:
        with visit.stack:
            return _carried_out(wish, visit, log, screen, started)
    except KeyboardInterrupt:
        _tell_what_it_leaves(visit, screen, log.id, started)
        raise
    finally:
        screen.close()
        log.close()


def _keeper(log: VisitLog) -> Callable[[str, Mapping[str, Any]], None]:
    """What makes durable: card numbers that somebody typed are not.  The trace is masked as it is recorded; the test
    sale's own numbers stay whole, for they find it again."""
    from harness.stores.visits import TRACE

    from .discreet import plain_json

    def keep(kind: str, data: Mapping[str, Any]) -> None:
        if kind != TRACE:
            data = {name: value if name == SALE else plain_json(value) for name, value in data.items()}
        log.append(kind, data)

    return keep


def _tell_what_is_open(wish: Wish, store: VisitStore, screen: Screenful, but: str) -> None:
    """Money that interrupted visits may have left booked, before anything else: this visit does not go on with them."""
    from .left_behind import TOLD_MAX, left_open

    for one in left_open(store, but)[:TOLD_MAX]:
        screen.line(one.words.in_(wish.settings.lang), "bold red")


def _left_open_at(store: VisitStore, visit: Visit, but: str) -> Mapping[str, Any] | None:
    from .left_behind import left_open_at

    return left_open_at(store, visit.facts, but)


def _tell_what_it_leaves(visit: Visit, screen: Screenful, visit_id: str, started: str) -> None:
    """Ctrl-C: whoever goes away now must know what may be booked, and where the terminal points."""
    from .checks.routing import still_to_do
    from .left_behind import left_by

    lang, sale, to_do = visit.settings.lang, left_by(visit_id, started, visit.facts), still_to_do(visit)
    if sale is not None and sale.is_open:
        screen.line(sale.words.in_(lang), "bold red")
    if to_do is not None:
        screen.line(f"!! {to_do.in_(lang)}", "bold red")


def _said_beforehand(wish: Wish) -> dict[str, Any]:
    """What `--sn` says is true until the terminal says otherwise, even where nothing of it is reached."""
    from .checks.identity import clean_sn

    sn = clean_sn(wish.settings.sn)
    return {"sn": sn} if sn else {}


def _carried_out(wish: Wish, visit: Visit, log: VisitLog, screen: Screenful, started: str) -> Made:
    from .checks import CHECKS
    from .checks.routing import lead_back
    from .conclusion import conclude
    from .record.document import document_of
    from .runner import run_checks
    from .support import support_lines

    try:
        visit.local_host()  # what keeps it from serving is told before anything is asked
    except ImportError:  # no ciphers on this computer: each check that needs the host says so, the others are made
        pass
    run_checks(visit, CHECKS, screen)
    lead_back(visit)
    conclusion = conclude(visit, CHECKS)
    ended = wall_stamp()
    document = document_of(visit, CHECKS, conclusion, visit_id=log.id, started=started, ended=ended)
    log.finish(document)
    lang = wish.settings.lang
    show_conclusion(screen, conclusion, support_lines(document, lang), lang)
    keep_record(wish, document, screen)
    return Made(document, conclusion.status)


def keep_record(wish: Wish, document: Mapping[str, Any], screen: Screenful) -> None:
    """The page, the PDF and the JSON that were asked for.  What cannot be written is told and fails nothing."""
    from .record.files import put_json, write_record

    lang = wish.settings.lang
    if not wish.no_record:
        written = write_record(document, wish.record, lang, pdf=wish.pdf)
        for path in written.paths:
            screen.line(WRITTEN.in_(lang).format(path=path))
        for note in written.notes:
            screen.line(note.in_(lang))
    if wish.json_to:
        problem = put_json(document, wish.json_to)
        if problem is not None:
            screen.line(problem.in_(lang))


def _interrupted(wish: Wish, store: VisitStore, screen: Screenful, asker: Asker) -> VisitLog | None:
    """The journal of an interrupted visit that is gone on with."""
    if wish.resume is False:
        return None
    from .resume import offers

    found = offers(store, wish.settings)
    for note in store.notes:
        screen.line(note.in_(wish.settings.lang))
    for offer in found:
        screen.line(OFFER.in_(wish.settings.lang).format(what=offer.words.in_(wish.settings.lang)))
        if wish.resume or asker.ask(GO_ON) == ("yes",):
            return store.reopen(offer.id)
    return None


def asker_of(wish: Wish, out: TextIO) -> Asker:
    """Who answers: the file, then good faith, then whoever sits at the console.  Raises ScenarioError."""
    asker: Asker = Nobody()
    if not wish.yes and sys.stdin.isatty():
        from .console import ConsoleAsker

        asker = ConsoleAsker(wish.settings.lang, out)
    if wish.yes:
        asker = GoodFaith(asker)
    return asker if wish.answers is None else AnswerFile(read_answers(wish.answers), str(wish.answers), asker)


def screen_of(wish: Wish, out: TextIO) -> Screenful:
    """The richest that the console takes."""
    if wish.plain or not is_rich(out):
        return PlainScreen(wish.settings.lang, out)
    from .live_screen import LiveScreen

    return LiveScreen(wish.settings.lang, out)


def store_of(wish: Wish) -> VisitStore:
    """Where history and interrupted visits are kept.  Raises StoreError."""
    from harness.stores.visits import VisitStore

    from .options import data_folder

    return VisitStore(data_folder(wish.data))
