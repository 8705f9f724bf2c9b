"""`bench-check --round FILE`: the list is shown, one terminal after the other is visited, and the results are kept.

A result belongs to the terminal that was at the cable, whatever was chosen.  Where the technician's own bench was at
fault nothing was found out about the terminal, so that it stays to be visited.  Unattended (`--yes`, or a file of
answers) one visit is made and no more: nobody is there to plug in the next terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from protocols.errors import ScenarioError
from protocols.text import Text

from ..asking import Asker
from ..model import Question
from . import round_words as words
from .progress import STATUSES, Progress, differs, open_round, reason_of, record, result_of, skipped
from .sheet import next_of, tally_of
from .terminals import RoundEntry, parse_list, read_list

if TYPE_CHECKING:
    from harness.stores.rounds import RoundStore
    from harness.stores.visits import VisitStore

    from ..options import Wish

VisitOne = Callable[["RoundEntry | None"], Mapping[str, Any]]
"""Makes one visit, to a terminal of the list or (None) to whatever is at the cable; returns its record."""
TRIES_MAX = 5
"""Wrong answers to the question which terminal is next."""
STOP, AT_CABLE = ("q", "quit", "exit", "stop", "结束"), "0"
SHOWN_DONE = 12
"""Lines of the list that are shown above the question."""
BROKEN = 3


@dataclass(slots=True)
class Round:
    """A round under way on this computer."""

    wish: Wish
    path: Path
    progress: Progress
    listed: bytes
    rounds: RoundStore
    store: VisitStore
    out: TextIO
    now: Callable[[], str]
    """The time, ISO 8601 with an offset."""

    def say(self, text: Text | str) -> None:
        """A line for the technician."""
        self.out.write((text if isinstance(text, str) else text.in_(self.wish.settings.lang)) + "\n")
        self.out.flush()

    def keep(self, entry: RoundEntry, result: Mapping[str, Any]) -> None:
        """A result, durable before it is told."""
        self.progress = record(self.rounds, self.progress, entry, result)

    def leave_out(self, said: str) -> None:
        """`3=closed`.  Raises ScenarioError."""
        entry, reason = reason_of(self.progress, said)
        self.keep(entry, skipped(entry, reason, self.now(), self.wish.settings.technician))
        self.say(words.LEFT_OUT.format(entry=label(entry), reason=reason))

    def visit(self, entry: RoundEntry | None, visit_one: VisitOne) -> int:
        """Make one visit and keep what came of it; returns its exit status."""
        document = visit_one(entry)
        status = int(document["conclusion"]["status"])
        facts = document["facts"]
        target = self._belongs_to(entry, facts)
        if status == BROKEN:
            self.say(words.BENCH)
        elif target is not None:
            self.keep(target, result_of(document, target))
            told = STATUSES[self.progress.status(target)]
            lang = self.wish.settings.lang
            self.say(words.RECORDED.in_(lang).format(entry=label(target), status=told.in_(lang)))
        return status

    def _belongs_to(self, meant: RoundEntry | None, facts: Mapping[str, Any]) -> RoundEntry | None:
        """The entry of the terminal that was at the cable.  Where another one was meant it is none: the visit found
        that out and judged no more."""
        if meant is not None and not differs(meant, facts):
            return meant
        if meant is not None and facts.get("sn") == meant.sn:  # the list said so, and the terminal says otherwise
            facts = {**facts, "sn": ""}
        seen = self.progress.seen(facts)
        name = label(seen) if seen is not None else str(facts.get("sn") or facts.get("tid") or "?")
        if meant is None:
            if seen is None:
                self.say(words.NOT_LISTED.format(seen=name))
            return seen
        self.say(words.NOT_OURS.format(seen=name, meant=label(meant)))
        if seen is not None:
            self.say(words.CHOOSE_IT.format(number=seen.number))
        return None

    def show(self) -> None:
        """How far it has come, and what is next."""
        lang = self.wish.settings.lang
        self.say(f"{self.progress.name}  {tally_of(self.progress, self.now(), lang)}")
        waiting = self.progress.next()
        if waiting is None:
            self.say(words.ALL_DONE)
            return
        at = self.progress.entries.index(waiting)
        for entry in self.progress.entries[at : at + SHOWN_DONE]:
            result = dict(self.progress.result(entry))
            overdue = f"  {words.OVERDUE.in_(lang)}" if self.progress.overdue(entry, self.now()) else ""
            told = f"{STATUSES[self.progress.status(entry)].in_(lang)}{overdue}  {next_of(result, lang)}"
            self.say(f"  {entry.number:>4}  {label(entry)}  {entry.address}  {entry.due}  {told}".rstrip())


def run_round(wish: Wish, visit_one: VisitOne | None = None, asker: Asker | None = None) -> int:
    """Carry out what `--round` and its options say; returns the worst exit status of the visits that were made.  Raises
    PosrigError."""
    from ..visiting import asker_of

    out = sys.stderr if wish.json_to == "-" else sys.stdout
    under_way = _opened(wish, out)
    visit_one = visit_one or (lambda entry: _visited(wish, entry))
    acted = _carried_out(under_way)
    status = 0
    if "entry" in wish.extra:
        status = under_way.visit(under_way.progress.find(str(wish.extra["entry"])), visit_one)
    elif not acted:
        status = _all(under_way, visit_one, asker or asker_of(wish, out), wish.yes or wish.answers is not None)
    if wish.json_to:
        from ..record.files import put_json

        note = put_json(round_json(under_way), wish.json_to)
        if note is not None:
            under_way.say(note)
    return status


def round_json(under_way: Round) -> dict[str, Any]:
    """The round for scripts: its state, and `count` by status."""
    return {**under_way.progress.json(), "count": under_way.progress.count(under_way.now())}


def _opened(wish: Wish, out: TextIO) -> Round:
    from harness.clock import wall_stamp
    from harness.stores.rounds import RoundStore

    from ..visiting import store_of

    path = Path(wish.subject)
    made = None
    if "import_from" in wish.extra and not path.exists():
        from .handover import list_of

        made = list_of(Path(wish.extra["import_from"]))
        parse_list(made, path.name)
        _write(path, made)
    listed = read_list(path)
    store = store_of(wish)
    rounds = RoundStore(store.root)
    under_way = Round(wish, path, open_round(rounds, listed, path), listed.octets, rounds, store, out, wall_stamp)
    if made is not None:
        under_way.say(words.LIST_MADE.format(path=path))
    for note in listed.notes:
        under_way.say(note)
    return under_way


def _carried_out(under_way: Round) -> bool:
    """Whether anything but visiting was asked for; it is done then: what is taken over first, what is written last."""
    wish, extra = under_way.wish, under_way.wish.extra
    if "import_from" in extra:
        from .handover import import_round

        found = import_round(Path(extra["import_from"]), under_way.progress, under_way.rounds, under_way.store)
        under_way.progress = found.progress
        under_way.say(words.IMPORTED.format(taken=found.taken, kept=found.kept, unknown=found.unknown))
    if "skip_entry" in extra:
        under_way.leave_out(str(extra["skip_entry"]))
    if "sheet" in extra:
        from .sheet import sheet_of

        folder = wish.record or under_way.path.parent
        path = folder / f"{under_way.progress.name}-sheet.html"
        _write(path, sheet_of(under_way.progress, under_way.now(), wish.settings.lang).encode())
        under_way.say(words.WRITTEN.format(path=path))
    if "export" in extra:
        from .handover import export_round

        path, now = Path(extra["export"]), under_way.now()
        export_round(path, under_way.progress, under_way.listed, under_way.store, now, wish.settings.lang)
        under_way.say(words.WRITTEN.format(path=path))
    return any(name in extra for name in ("import_from", "skip_entry", "sheet", "export"))


def _all(under_way: Round, visit_one: VisitOne, asker: Asker, unattended: bool) -> int:
    worst, after, tries = 0, 0, 0
    while tries < TRIES_MAX:
        under_way.show()
        waiting = under_way.progress.next(after)
        if waiting is None:
            return worst
        answer = asker.ask(which(waiting))
        said = answer[0].strip() if answer else ""
        if not said or said.lower() in STOP:
            return worst
        try:
            if "=" in said or "＝" in said:
                under_way.leave_out(said)
                continue
            entry = None if said == AT_CABLE else under_way.progress.find(said)
        except ScenarioError as error:
            under_way.say(error.what)
            tries += 1
            continue
        tries = 0
        worst = max(worst, under_way.visit(entry, visit_one))
        after = entry.number if entry is not None else after
        if unattended:
            return worst
    return worst


def which(waiting: RoundEntry) -> Question:
    """Which terminal is next; the one by the order of the list is what Enter gives."""
    return Question("round.next", words.ASK, usual=str(waiting.number))


def _visited(wish: Wish, entry: RoundEntry | None) -> Mapping[str, Any]:
    from ..visiting import make_visit

    about = {name: getattr(entry, name) for name in ("sn", "tid", "mid") if getattr(entry, name, "")}
    return make_visit(visit_wish(wish, entry), about).document


def visit_wish(wish: Wish, entry: RoundEntry | None) -> Wish:
    """What is asked of one visit: the list says which terminal and shop, the command line has the last word on the
    port."""
    settings = wish.settings
    if entry is not None:
        settings = replace(
            settings,
            sn=entry.sn or settings.sn,
            merchant=entry.merchant or settings.merchant,
            port=settings.port or entry.port,
        )
    return replace(wish, mode="visit", settings=settings, json_to="", subject="", extra={})


def label(entry: RoundEntry) -> str:
    """`N900-1 幸福路便利店`."""
    return f"{entry.name} {entry.merchant}".rstrip()


def _write(path: Path, content: bytes) -> None:
    from harness.stores.durable import replace_durably

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_durably(path, content)
    except OSError as error:
        raise ScenarioError(
            words.CANNOT_WRITE.format(path=path, why=error.strerror or error), words.OTHER_FOLDER
        ) from error
