"""C1: every ordered pair of the 17 operations, and every shortest illegal sequence, against one data table.

The table (`fixtures/order/NAME-pairs.csv`, `NAME-sequences.csv`) says what must happen and where that is written;
neither terminal nor host reads it.  Each pair starts in the state that the shortest legal path to its first operation
reaches.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from protocols.errors import ScenarioError
from protocols.text import Text

from ..diagnosis import Diagnosis, diagnose
from ..fixtures import fixtures_dir, nearest, read_toml
from ..trace import Event
from . import model
from .steps import Stage

Json = Any
LOSES = "!"
"""Behind an operation of a path: its reply is lost on purpose."""
LOST_REPLY = "drop:stream=downstream,frame=1"
TOTALS_ONLY = "drop:stream=downstream,frame=2"
AMOUNT_FEN = 4_200
CARD = "stripe"
"""A card without a chip: a chip would want the AIDs that a path may not have reached."""
WRONG_ORDER = "C1"
"""The row that the diagnosis must name for an illegal order."""
CELLS_SUFFIX = "-pairs.csv"
NEAR_SHOWN_MAX = 60

NO_TABLE = Text("没有顺序表 {name}；最接近的是 {near}", "There is no table of orders {name}; the nearest is {near}")
NO_TABLE_CURE = Text("可用：{known}", "There are: {known}")
NO_CELL = Text("顺序表中没有 {name}；最接近的是 {near}", "The table of orders has no {name}; the nearest is {near}")
NO_CELL_CURE = Text(
    '写 17 个操作中的两个，如 --pair "sale void"；操作：{known}',
    'Name two of the 17 operations, as in --pair "sale void"; operations: {known}',
)
WRONG_OUTCOME = Text("应为 {wanted}，实为 {found}", "expected {wanted}, found {found}")
NOT_REACHED = Text("到不了起始状态：{what}", "the state to start in was not reached: {what}")
CURE_FAILED = Text("补救无效：{what}", "the cure does not help: {what}")
BOOKS_CHANGED = Text("被拒的操作改动了账务", "a refused operation changed the books")
WRONG_DIAGNOSIS = Text("诊断应为 {wanted}，实为 {named}", "the diagnosis should be {wanted} and is {named}")
FRAME_LEFT = Text("终端拒绝，却仍有报文发出", "the terminal refused and yet a frame left it")


@dataclass(frozen=True, slots=True)
class Cell:
    """What must happen when `ops` are carried out in order and the last one is judged.

    `status`, `cause`, `code` are those of the last operation's Outcome ("" where it has none).  `cure`: the operations
    after which the refused one succeeds, none where nothing cures it.  `source`: where this is written.
    """

    ops: tuple[str, ...]
    gate: bool
    status: str
    cause: str
    code: str
    cure: tuple[str, ...]
    source: str

    @property
    def legal(self) -> bool:
        return self.status == "done"

    @property
    def name(self) -> str:
        return " > ".join(self.ops) + ("" if self.gate else ", gate off")

    @property
    def refused_by(self) -> str:
        """ "terminal", "host", or "" where nobody refuses."""
        unusable = self.status == "declined" and self.code == "00"  # the host approves what the terminal cannot use
        return "terminal" if unusable else {"refused": "terminal", "declined": "host"}.get(self.status, "")


def tables() -> tuple[str, ...]:
    """Names of the tables that are shipped."""
    paths = (fixtures_dir() / "order").glob(f"*{CELLS_SUFFIX}")
    return tuple(sorted(path.name.removesuffix(CELLS_SUFFIX) for path in paths))


@cache
def load_cells(table: str) -> tuple[Cell, ...]:
    """All cells of a table: the pairs (with and without the terminal's gate), then the sequences.

    Raises ScenarioError for a table that does not exist.
    """
    if table not in tables():
        what = NO_TABLE.format(name=table, near=nearest(table, list(tables())))
        raise ScenarioError(what, NO_TABLE_CURE.format(known=", ".join(tables())))
    folder = fixtures_dir() / "order"
    cells = [cell for part in ("pairs", "sequences") for cell in _rows(folder / f"{table}-{part}.csv")]
    return tuple(cells)


def _rows(path: Path) -> Iterable[Cell]:
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            ops = tuple(row["operations"].split())
            cure = () if row["cure"] == "-" else tuple(row["cure"].split())
            yield Cell(ops, row["gate"] == "on", row["status"], row["cause"], row["code"], cure, row["source"])


def cell_named(table: str, ops: str, gate: bool) -> Cell:
    """The cell of `ops` (names with blanks or `>` between them).  Raises ScenarioError that names the nearest."""
    wanted = tuple(ops.replace(">", " ").split())
    cells = [cell for cell in load_cells(table) if cell.gate == gate]
    for cell in cells:
        if cell.ops == wanted:
            return cell
    near = nearest(" ".join(wanted), [" ".join(cell.ops) for cell in cells if len(cell.ops) == 2])
    what = NO_CELL.format(name=repr(" ".join(wanted)), near=near[:NEAR_SHOWN_MAX])
    raise ScenarioError(what, NO_CELL_CURE.format(known=", ".join(paths(table))))


@cache
def paths(table: str) -> Mapping[str, tuple[str, ...]]:
    """The shortest legal path to each operation, from a terminal that is bound and still in its box."""
    data = read_toml(fixtures_dir() / "order" / f"{table}-paths.toml")
    return {op: tuple(path) for op, path in data["path"].items()}


class Player:
    """Carries out operations by name on one stage and remembers what they refer to (the last sale)."""

    def __init__(self, stage: Stage, sale: Mapping[str, Json] | None = None) -> None:
        self._stage = stage
        self._sale: Mapping[str, Json] = sale or {}

    def on(self, stage: Stage) -> Player:
        """The same person in a fork of the world."""
        return Player(stage, self._sale)

    def perform(self, op: str) -> Mapping[str, Json]:
        """One operation; the answer is its Outcome (the portal's answer is put into that form)."""
        outcome = self._stage.answer_to(self._step(op))
        if op == "unbind":
            outcome = {"status": "refused" if outcome.get("refused") else "done", **outcome}
        if op == "sale" and outcome.get("status") in ("done", "unknown"):
            self._sale = outcome
        return outcome

    def prepare(self, path: Iterable[str]) -> list[str]:
        """Carry out a path; what did not succeed is returned.

        `sale!` is a sale whose reply is lost; `settle!` a settlement of which only the totals are answered.
        """
        failed = []
        for op in path:
            lost = op.endswith(LOSES)
            name = op.removesuffix(LOSES)
            if lost:
                fault = LOST_REPLY if name == "sale" else TOTALS_ONLY
                self._stage.answer_to(model.Cause(do="cause", path="host", link=(f"{fault},times=40",)))
            outcome = self.perform(name)
            if lost:
                self._stage.answer_to(model.Heal(do="heal", path="host"))
            if (outcome.get("status") == "done") == lost:
                failed.append(f"{op}: {outcome.get('status')} {outcome.get('cause')}")
        return failed

    def _step(self, op: str) -> model.AnyStep:
        match op:
            case "unbind":
                return model.Portal(do="portal", action="unbind", args={"sn": "${sn}"})
            case "load_master_key":
                return model.Operate(do="operate", op=op, args={"components": "${components}", "kcv": "${kcv}"})
            case "activate":
                return model.Operate(do="operate", op=op, args={"code": "${code}"})
            case "sale":
                return model.Operate(do="operate", op=op, args={"amount_fen": AMOUNT_FEN}, card=CARD)
            case "void":
                return model.Operate(do="operate", op=op, args={"stan": self._original, "amount_fen": AMOUNT_FEN})
            case "refund":
                args = {"amount_fen": AMOUNT_FEN, "stan": self._original, "rrn": str(self._sale.get("rrn") or "")}
                return model.Operate(do="operate", op=op, args=args, card=CARD)
        return model.Operate(do="operate", op=op)

    @property
    def _original(self) -> int:
        return int(self._sale.get("stan") or 1)


def play_order(stage: Stage, step: model.Order) -> Mapping[str, Json]:
    """Play every cell of the table, each in a world of its own, and answer with the counts.

    With `stage.sparing` (real processes) the legal pairs and one illegal pair per refusal cause are played.
    """
    cells = cells_to_play(step.table, stage.sparing)
    path_to = paths(step.table)
    number = wrong = 0
    with stage.elsewhere() as boarded:
        for _, group in groupby(cells, key=lambda cell: (len(cell.ops), cell.ops[:-1])):
            alike = tuple(group)
            with boarded.forked() as reached:
                player, not_reached = reach(reached, alike[0], path_to)
                for cell in alike:
                    number += 1
                    stage.told(None, f"{number}/{len(cells)} {cell.name}")
                    with reached.forked() as own:
                        found, problems = judge_last(own, player.on(own), cell)
                        events = _joined(reached.bench.events(), own.bench.events())
                    problems += [*not_reached, *wrong_diagnosis(diagnose(events), cell, path_to)]
                    wrong += bool(problems)
                    stage.failures += [Text(f"{cell.name}：{p.zh}", f"{cell.name}: {p.en}") for p in problems]
                    stage.bench.note("pair", cell_data(step.table, cell, found, problems))
    return {"played": len(cells), "wrong": wrong}


def _joined(before: Sequence[Event], after: Sequence[Event]) -> list[Event]:
    """The course of a fork and of the world that it left, numbered as one.

    The machines of a fork come up from their records, and its cable is plugged in, which nobody there saw: those starts
    belong to no course.
    """
    starts: dict[tuple[str, str], int] = {}
    for event in after:
        if event.kind == "boot" or "port" in event.data:
            starts.setdefault((event.party, event.kind), event.seq)
    course = (event for event in after if event.seq not in starts.values())
    return [*before, *(replace(event, seq=event.seq + len(before)) for event in course)]


def cell_data(table: str, cell: Cell, found: Found, problems: Sequence[Text]) -> dict[str, Json]:
    """What the trace holds of a cell: what must happen and where that is written, what happened, what was wrong."""
    keys = ("status", "cause", "code")
    return {
        "table": table,
        "ops": list(cell.ops),
        "gate": cell.gate,
        "legal": cell.legal,
        "refused_by": cell.refused_by,
        "expected": dict(zip(keys, (cell.status, cell.cause, cell.code), strict=True)),
        "found": dict(zip(keys, found, strict=True)),
        "source": cell.source,
        "problems": [{"zh": problem.zh, "en": problem.en} for problem in problems],
    }


def cells_to_play(table: str, sparing: bool) -> tuple[Cell, ...]:
    """The cells to play: all, or the legal pairs and one illegal pair per refusal."""
    cells = load_cells(table)
    if not sparing:
        return cells
    pairs = [cell for cell in cells if len(cell.ops) == 2]
    refusals: dict[tuple[str, str, bool], Cell] = {}
    for cell in pairs:
        if not cell.legal:
            refusals.setdefault((cell.cause, cell.code, cell.gate), cell)
    legal = [cell for cell in pairs if cell.legal and cell.gate]
    return (*legal, *refusals.values())


Found = tuple[str, str, str]
"""Status, cause and code of the last operation, "" where it has none."""


def play_cell(stage: Stage, cell: Cell, path_to: Mapping[str, tuple[str, ...]]) -> tuple[Found, list[Text]]:
    """Play one cell on `stage`, whose terminal is bound and in its box; what was found, and what was wrong."""
    player, not_reached = reach(stage, cell, path_to)
    found, problems = judge_last(stage, player, cell)
    return found, [*not_reached, *problems]


def reach(stage: Stage, cell: Cell, path_to: Mapping[str, tuple[str, ...]]) -> tuple[Player, list[Text]]:
    """Bring the terminal to where the last operation of `cell` is judged; what did not succeed on the way."""
    player = Player(stage)
    leading = cell.ops[:-1]
    failed = player.prepare((*path_to[leading[0]], *leading) if len(cell.ops) == 2 else leading)
    return player, [NOT_REACHED.format(what=line) for line in failed]


def judge_last(stage: Stage, player: Player, cell: Cell) -> tuple[Found, list[Text]]:
    """Carry out the last operation of `cell`; what was found, and what was wrong."""
    last = cell.ops[-1]
    problems: list[Text] = []
    if not cell.gate:
        stage.bench.ask("terminal", "control", "settings", gate=False)
    before = _standing(stage)
    frames = _frames(stage)
    outcome = player.perform(last)
    found: Found = (str(outcome.get("status") or ""), str(outcome.get("cause") or ""), str(outcome.get("code") or ""))
    if found[:2] != (cell.status, cell.cause) or (found[2] != cell.code and not cell.legal):
        wanted = (cell.status, cell.cause, cell.code)
        problems.append(WRONG_OUTCOME.format(wanted=_said(wanted), found=_said(found)))
    if not cell.legal and _standing(stage) != before:
        problems.append(BOOKS_CHANGED)
    if cell.status == "refused" and _frames(stage) != frames:
        problems.append(FRAME_LEFT)
    if cell.cure and not problems:
        problems += [CURE_FAILED.format(what=line) for line in player.prepare((*cell.cure, last))]
    return found, problems


def wrong_diagnosis(found: Diagnosis, cell: Cell, path_to: Mapping[str, tuple[str, ...]]) -> list[Text]:
    """What is wrong with a diagnosis of the cell's events: an illegal order must be named first, a legal one never.

    Where the path loses a message on purpose, that is a cause too: the wrong order must then be among the causes.
    """
    rows = [candidate.cause.row for candidate in found.ranking]
    lossy = any(op.endswith(LOSES) for op in path_to[cell.ops[0]])
    is_right = (WRONG_ORDER in rows) != cell.legal if lossy else found.first == (None if cell.legal else WRONG_ORDER)
    return (
        []
        if is_right
        else [WRONG_DIAGNOSIS.format(wanted="-" if cell.legal else WRONG_ORDER, named=", ".join(rows) or "-")]
    )


def _said(outcome: Found) -> str:
    return " ".join(part for part in outcome if part) or "-"


def _standing(stage: Stage) -> Json:
    """What a refused operation must leave as it was: the ledger, the batch, the life cycle."""
    snapshots = stage.bench.snapshot()
    status = stage.bench.ask("terminal", "control", "status")
    terminal, host = snapshots["terminal"], snapshots["host"]
    return host["postings"], host["accounts"], terminal["entries"], terminal["receipts"], status["life_cycle"]


def _frames(stage: Stage) -> int:
    events = stage.bench.events()
    return sum(e.kind == "message" and e.party == "terminal" and e.data["dir"] == "out" for e in events)
