"""`posrig run --bench FILE.toml`: the rows on a terminal that is there, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from protocols.text import Text

from ..bench.physical.bench import PhysicalBench
from ..bench.physical.prompts import Aborted, NotDone
from ..scenarios.answers import WrittenAnswers, read_answers
from ..scenarios.bench_file import read_bench
from ..scenarios.model import Scenario, Step
from ..scenarios.physical_run import NotHere, PhysicalRun
from .failing import NOT_AS_IT_MUST_BE, OK
from .prompting import ConsolePrompter
from .rows import Done, Row, broken_row, salvaged, status_of_run

Prompting = WrittenAnswers | ConsolePrompter
NOT_REACHED = Text("运行已中止，没有轮到", "the run was aborted before it came to it")


class Device:
    """The device of a bench file, and whoever answers for it: `answers`, a file, or the console."""

    def __init__(self, path: Path, answers: Path | None) -> None:
        file = read_bench(path)
        self.name: str = str(path)
        self._prompter: Prompting | None = None
        if answers is not None:
            self._prompter = read_answers(answers)
        elif file.person.there:
            self._prompter = ConsolePrompter(file.person.languages, file.person.limit_s)
        self._run = PhysicalRun(file, self._prompter)
        self._aborted = False

    def left(self, row: Row) -> Done | None:
        """A row of which nothing can be carried out here; None: something can."""
        plan = self._run.plan(row.scenario)
        if plan.scenario is not None:
            return None
        return Done(row, None, plan.why, OK, state="not_applicable", left=plan.left)

    def run(self, row: Row, seed: int, told: Callable[[Step | None, str, int], None]) -> Done:
        """Run what can be of a row.  After an abort the others are not begun."""
        plan = self._run.plan(row.scenario)
        if self._aborted:
            return Done(row, None, NOT_REACHED, NOT_AS_IT_MUST_BE, state="not_done", left=plan.left)
        scenario = plan.scenario
        assert scenario is not None
        if self._prompter is not None:
            self._prompter.row = scenario.id
        opened: list[PhysicalBench] = []

        def tell(step: Step | None, place: str) -> None:
            told(step, place, opened[0].now_us - opened[0].began_us if opened else 0)

        done = self._played(row, scenario, seed, tell, opened)
        return replace(done, left=plan.left)

    def status(self, done: Sequence[Done]) -> int:
        """The gravest of all rows; a run in which nothing could be carried out is no success either."""
        some = any(one.state == "ran" for one in done)
        return status_of_run(done) or (OK if some else NOT_AS_IT_MUST_BE)

    def _played(
        self,
        row: Row,
        scenario: Scenario,
        seed: int,
        tell: Callable[[Step | None, str], None],
        opened: list[PhysicalBench],
    ) -> Done:
        try:
            result = self._run.run(scenario, seed, tell, opened.append)
        except (NotDone, Aborted) as error:
            self._aborted = isinstance(error, Aborted)
            return Done(row, None, error.what, NOT_AS_IT_MUST_BE, salvaged(opened), state="not_done")
        except NotHere as error:
            text = Text(f"{error.what.zh}。{error.cure.zh}", f"{error.what.en}. {error.cure.en}")
            return Done(row, None, text, OK, salvaged(opened), state="not_applicable")
        except Exception as error:  # noqa: BLE001  as `rows.run_row`: one row that broke is not the end of the run
            return broken_row(row, error, opened)
        return Done(row, result, status=OK if result.ok else NOT_AS_IT_MUST_BE)
