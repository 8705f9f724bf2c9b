"""A list, visits and a technician for the tests of rounds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.bench_check.model import Answer, Question
from harness.bench_check.options import Wish
from harness.bench_check.rounds.progress import Progress, open_round, skipped
from harness.bench_check.rounds.terminals import RoundEntry, parse_list
from harness.bench_check.settings import Settings
from harness.stores.rounds import RoundStore

from .records import failed_record

LIST = """序列号,商户,地址,终端号,商户号,联系人,电话,期限
N1,甲店,东街1号,10000001,M1,张三,13800000000,2026-11-20
N2,乙店,西街2号,10000002,M2,李四,,2026-12-01
N3,丙店,,,,,,
"""
NOON = "2026-11-22T12:00:00+08:00"


def opened(root: Path, text: str = LIST, name: str = "巡检.csv") -> Progress:
    return open_round(RoundStore(root), parse_list(text.encode(), name), root / name)


def result(status: str, at: str = NOON, due: str = "") -> dict[str, Any]:
    return {**skipped(RoundEntry(1, "N1", due=due), "", at, "张工"), "status": status}


class Says:
    """A technician with answers ready, who stops when they are used up."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.usual: list[str] = []

    def ask(self, question: Question) -> Answer:
        self.usual.append(question.usual)
        return (self._answers.pop(0),) if self._answers else None


class Visits:
    """Visits that end as told, by serial number at the cable."""

    def __init__(self, *found: tuple[str, Mapping[str, Any]]) -> None:
        self._found = list(found)
        self.meant: list[str | None] = []

    def __call__(self, entry: RoundEntry | None) -> Mapping[str, Any]:
        self.meant.append(entry.sn if entry else None)
        sn, document = self._found.pop(0)
        number = len(self.meant)
        return {**document, "id": f"20261122T02320{number}Z-0000", "facts": {"sn": sn} if sn else {}}


def a_wish(root: Path, text: str = LIST, **extra: Any) -> Wish:
    path = root / "巡检.csv"
    path.write_text(text, encoding="utf-8")
    settings = Settings(lang="en", technician="张工")
    return Wish("round", settings, data=root / "data", subject=str(path), extra=extra)


def statuses(wish: Wish) -> list[str]:
    store = RoundStore(Path(str(wish.data)))
    progress = open_round(store, parse_list(Path(wish.subject).read_bytes(), "巡检.csv"), Path(wish.subject))
    return [progress.status(one) for one in progress.entries]


def terminal_failed() -> dict[str, Any]:
    document = failed_record()
    return {**document, "conclusion": {**document["conclusion"], "status": 1}}
