"""A recording becomes a scenario file that was tried: what the diagnosis says of it stands in the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from protocols.errors import LocalError, ScenarioError
from protocols.text import Text

from ...machine import SECOND_US, Json
from .recording import NAMED, Recording, Step
from .words import NO_FAULT, NOTHING_DONE

SEED = 1
"""That of `posrig run` without --seed."""
CURE = Text("换一个文件名，或移走原文件", "Take another file name, or move the file away")
DO_SOMETHING = Text("先做一些事，例如一笔消费", "Do something first, such as a sale")
THERE = Text("{path} 已经存在", "{path} is there already")
NOT_TOML = Text("{path} 应以 .toml 结尾", "{path} must end in .toml")
KEYLESS = ("tampered", "unboxed", "self_tested")
"""States after an opened case, which the workshop leads out of."""
SIGN_IN_AGAIN = ("must_sign_in", "signed_off", "suspended")
TITLE = Text("在终端上所做的操作", "what was done at the terminal")
HEAD = (
    "# 由 posrig terminal --screen 记录；诊断一行是试运行得出的。写法见 docs/scenarios.md。",
    "# Recorded by posrig terminal --screen; the line `diagnosis` is what its run came to.  docs/scenarios.md tells",
    "# how such a file is written.",
)


@dataclass(frozen=True, slots=True)
class World:
    """What the terminal at the screen is: its dialect and profile, the step lists that bring a bench there, where
    it stands now, and what is still wrong with it."""

    dialect: str
    profile: str
    use: tuple[str, ...]
    life_cycle: str = ""
    wrong: frozenset[str] = frozenset()
    card: str = ""
    """Where its chip cards are, as `[setup] card` has it."""
    off: bool = False
    """Somebody switched it off, or its battery is empty."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What was written, the row that the diagnosis names, and what was otherwise when it ran."""

    path: Path
    diagnosis: str | None
    failures: tuple[Text, ...]

    @property
    def row(self) -> Text:
        """The diagnosis in words."""
        return Text(self.diagnosis, self.diagnosis) if self.diagnosis else NO_FAULT


def save(path: Path, recording: Recording, world: World) -> Saved:
    """Write `path`, run it in a simulated bench, and write it again with the diagnosis that came out.

    Takes a second or two and may run in another thread.  Raises LocalError when there is nothing to save or the file
    cannot be written; an existing file is left alone.
    """
    if path.suffix != ".toml":
        raise LocalError(NOT_TOML.format(path=path), CURE)
    if not recording.steps:
        raise LocalError(NOTHING_DONE, DO_SOMETHING)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text_of(path.stem, recording, world))
    except FileExistsError:
        raise LocalError(THERE.format(path=path), CURE) from None
    except OSError as error:
        why = error.strerror or error
        raise LocalError(Text(f"写不了 {path}：{why}", f"{path} cannot be written: {why}"), CURE) from error
    found, _ = _run(path)
    path.write_text(text_of(path.stem, recording, world, found), encoding="utf-8")
    again, failures = _run(path)
    if again == found and failures:  # what was done mended it before the remedy: only the end is compared
        path.write_text(text_of(path.stem, recording, world, found, harmless=True), encoding="utf-8")
        _, fewer = _run(path)
        if len(fewer) < len(failures):
            return Saved(path, found, fewer)
        path.write_text(text_of(path.stem, recording, world, found), encoding="utf-8")
    return Saved(path, found, failures)


def _run(path: Path) -> tuple[str | None, tuple[Text, ...]]:
    from ..rows import rows_named, run_row

    done = run_row(rows_named([str(path)])[0], "simulated", SEED, lambda step, place, at_us: None)
    if done.result is None:
        raise ScenarioError(done.error or NOTHING_DONE, CURE)
    return done.result.diagnosis, done.result.failures


def text_of(name: str, recording: Recording, world: World, diagnosis: str | None = None, harmless: bool = False) -> str:
    """The file: one case with what was done, and as its remedy the end of whatever is still wrong."""
    row = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_") or "SCREEN"
    words = _value({"zh": TITLE.zh, "en": TITLE.en})
    lines = [*HEAD, f"id = {_value(row if row[0].isalpha() else f'S_{row}')}"]
    lines += [f"{key} = {words}" for key in ("title", "cause", "seen", "cure")]
    lines += [f"diagnosis = {_value(diagnosis)}"] if diagnosis else []
    setup: dict[str, Json] = {"use": list(world.use), "dialect": world.dialect, "profile": world.profile}
    setup |= {"card": world.card} if world.card else {}
    lines += ["", "[setup]", *(f"{key} = {_value(value)}" for key, value in setup.items())]
    lines += ["", "[[case]]", 'name = "recorded"', f"title = {words}", *(["harmless = true"] if harmless else [])]
    for step in _with_names(recording.steps):
        lines += ["", f"# {_clock(step.at_us - recording.steps[0].at_us)}", "[[case.step]]", *_keys(step.table)]
    for table in _remedy(recording, world):
        lines += ["", "[[case.remedy]]", *_keys(table)]
    return "\n".join(lines) + "\n"


def _remedy(recording: Recording, world: World) -> Iterable[Mapping[str, Json]]:
    yield from recording.ends(world.wrong)
    if world.off:
        yield {"do": "control", "party": "terminal", "name": "maintain", "args": {"act": "switch_on"}}
    if world.life_cycle in KEYLESS:
        yield from ({"do": "use", "steps": steps} for steps in ("ladder_07_repair", "sign_in"))
    elif world.life_cycle == "suspended":
        yield {"do": "heal", "party": "terminal", "behaviour": "suspend"}
    if world.life_cycle in SIGN_IN_AGAIN:
        yield {"do": "operate", "op": "sign_in", "expect": {"status": "done"}}


def _with_names(steps: Sequence[Step]) -> list[Step]:
    """The steps; where one names a part of an earlier outcome, it is saved there under a name and named here."""
    known: dict[tuple[str, str], int] = {}
    done: list[Step] = []
    for number, step in enumerate(steps, 1):
        table = dict(step.table)
        args = dict(table.get("args") or {})
        for key in NAMED:
            at = known.get((key, str(args.get(key, ""))))
            if at is not None:
                done[at - 1].table.setdefault("save", {})[f"{key}_{at}"] = key
                args[key] = f"${{{key}_{at}}}"
        if args:
            table["args"] = args
        known |= {(key, str(step.outcome[key])): number for key in NAMED if step.outcome.get(key)}
        done.append(Step(step.at_us, table, step.outcome))
    return done


def _clock(us: int) -> str:
    seconds = max(0, us) // SECOND_US
    return f"+{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _keys(table: Mapping[str, Json]) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in table.items()]


def _value(value: Json) -> str:
    """A TOML value: text, number, truth, list, inline table."""
    if isinstance(value, Mapping):
        pairs = (
            f"{key if key.isidentifier() and key.isascii() else json.dumps(key)} = {_value(item)}"
            for key, item in value.items()
        )
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
