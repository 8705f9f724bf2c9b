"""`bench-check --drill`: which lesson, at which level, and what is left of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from protocols.errors import LocalError
from protocols.text import Text

from ..asking import Asker
from ..model import Check, Question
from ..reader.words import filled
from ..settings import Settings
from . import words
from .score import LEVELS, passes

if TYPE_CHECKING:
    from harness.stores.drills import DrillScores

    from .course import Result
    from .lesson import Lesson

Say = Callable[[Text], None]
PASSED, NOT_PASSED, USAGE, BROKEN = 0, 1, 2, 3
ALL, SURPRISE = "all", "surprise"
SCORES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class DrillOptions:
    """`lesson`: its name or number, `all`, `surprise` (drawn by the seed), or "" to be asked.

    `store`: the folder of the scores, None to keep none.  `json_to`: a file for the result, `-` for standard output,
    "" for none.  `checks`: what the bench check of the drill looks at, None for all there are.
    """

    lesson: str = ""
    seed: int = 1
    level: int = 1
    scores: bool = False
    store: Path | None = None
    json_to: str = ""
    checks: Sequence[Check] | None = None


def run_drill(settings: Settings, options: DrillOptions, asker: Asker, out: TextIO) -> int:
    """Take a trainee (`settings.technician`) through the drill; the exit status: 0 passed (80 points or more, on
    average), 1 not, 3 where it is not possible here.  Raises ScenarioError and LocalError for bad usage (exit 2)."""

    def say(text: Text) -> None:
        out.write(f"{text.in_(settings.lang)}\n")
        out.flush()

    if options.level not in LEVELS:
        raise LocalError(words.BAD_LEVEL.format(said=options.level), words.BAD_LEVEL_CURE)
    try:
        if options.scores:
            return _show_scores(_store(options), options.json_to, say)
        results = _take(settings, options, asker, say)
    except ImportError as error:
        return _not_possible(error.name or str(error), out, settings)
    return _end(settings, options, results, say, out)


def _take(settings: Settings, options: DrillOptions, asker: Asker, say: Say) -> list[Result]:
    say(words.PREPARING)
    _ciphers()
    from .course import take_lesson
    from .lesson import lesson_named, lessons

    known = lessons()
    asked = options.lesson or _chosen(known, asker)
    names = _order(known, options.seed) if asked in (ALL, SURPRISE) else [lesson_named(asked)]
    names = names[:1] if asked == SURPRISE else names
    checks = _all_checks() if options.checks is None else options.checks
    return [take_lesson(name, known[name], options.level, options.seed, settings, checks, asker, say) for name in names]


def _all_checks() -> Sequence[Check]:
    from ..checks import CHECKS

    return CHECKS


def _ciphers() -> None:
    """Raises ImportError where the library of ciphers does not load: no terminal works without."""
    import cryptography.hazmat.primitives.ciphers  # noqa: F401 - whether it loads is all that is asked


def _chosen(known: dict[str, Lesson], asker: Asker) -> str:
    choices = {f"{lesson.number:02d}": lesson.title.text for lesson in known.values()} | {SURPRISE: words.SURPRISE}
    said = asker.ask(Question("drill.lesson", words.CHOOSE_LESSON, choices))
    return said[0] if said else SURPRISE


def _order(known: dict[str, Lesson], seed: int) -> list[str]:
    """All lessons in the order that the seed draws."""
    names = list(known)
    random.Random(f"{seed}/lessons").shuffle(names)
    return names


def _end(settings: Settings, options: DrillOptions, results: Sequence[Result], say: Say, out: TextIO) -> int:
    average = sum(result.points["total"] for result in results) / len(results)
    verdict = words.PASSED if passes(average) else words.NOT_PASSED
    trainee: Text | str = settings.technician or words.NAMELESS
    told = {"trainee": trainee, "count": len(results), "points": f"{average:g}", "verdict": verdict}
    say(filled(words.CERTIFICATE, **told, level=options.level, seed=options.seed))
    rows: list[dict[str, Any]] = [asdict(result) for result in results]
    whole = {"average": average, "passed": passes(average), "trainee": settings.technician, "lessons": rows}
    _put(whole, options.json_to, say)
    if options.store is not None:
        from harness.clock import wall_stamp

        at = wall_stamp()
        for row in rows:
            _store(options).append({"at": at, "trainee": settings.technician, **row})
    return PASSED if passes(average) else NOT_PASSED


def _store(options: DrillOptions) -> DrillScores:
    from harness.stores.drills import DrillScores

    if options.store is None:
        from platformdirs import user_data_path

        return DrillScores(user_data_path("posrig", appauthor=False))
    return DrillScores(options.store)


def _put(document: dict[str, Any], to: str, say: Say) -> None:
    """The result as JSON, where it is asked for."""
    if to:
        from ..record.files import put_json

        note = put_json(document, to)
        if note is not None:
            say(note)


def _show_scores(store: DrillScores, json_to: str, say: Say) -> int:
    rows = store.rows()
    _put({"scores": rows, "damaged": store.damaged}, json_to, say)
    if not rows:
        say(words.NO_SCORES)
    titles = _titles()
    for row in rows[-SCORES_SHOWN:]:
        points = int(row.get("points", {}).get("total", 0))
        told = {
            "at": str(row.get("at", ""))[:16],
            "trainee": row.get("trainee") or words.NAMELESS,
            "number": row.get("number", 0),
            "title": titles.get(str(row.get("lesson")), Text("-", "-")),
            "level": row.get("level", 0),
            "points": points,
            "verdict": words.PASSED if passes(points) else words.NOT_PASSED,
        }
        say(filled(words.SCORE_LINE, **told))
    if store.damaged:
        say(words.DAMAGED_SCORES.format(path=store.path, count=store.damaged))
    return PASSED


def _titles() -> dict[str, Text]:
    """Of the lessons, read without what an emulated terminal needs."""
    import tomllib

    from harness.fixtures import fixtures_dir

    paths = (fixtures_dir() / "drills").glob("*.toml")
    found = {path.stem: tomllib.loads(path.read_text(encoding="utf-8"))["title"] for path in paths}
    return {name: Text(title["zh"], title["en"]) for name, title in found.items()}


def _not_possible(what: str, out: TextIO, settings: Settings) -> int:
    for text in (words.NOT_POSSIBLE.format(what=what), words.NOT_POSSIBLE_CURE):
        out.write(f"{text.in_(settings.lang)}\n")
    return BROKEN
