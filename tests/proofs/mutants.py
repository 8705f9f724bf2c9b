"""Bugs that are put in on purpose: a proof that does not find them proves nothing.

Two of the terminal's stand in public terminal sources (`harness.terminal.faults`); the host's are what acquirers get
wrong: answer before the commit, lose the last commit, book a repetition, forget that a reversal came first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.acquirer.host import Host
from harness.bench.world import host_settings
from harness.machine import Effect, Event, Persist, Record
from harness.stores.memory import MemoryStore

from .shop import Different


class AnswersFirst(Host):
    """Sends before it persists."""

    def handle(self, event: Event, now: int) -> list[Effect]:
        effects = super().handle(event, now)
        return sorted(effects, key=lambda effect: isinstance(effect, Persist))


class BooksAgain(Host):
    """No dedupe: what it booked and answered gets a key that no repetition finds."""

    def handle(self, event: Event, now: int) -> list[Effect]:
        effects = super().handle(event, now)
        ledger = self.state.ledger
        self.state.answers.clear()
        for key in [key for key in ledger.postings if "#" not in key]:
            posting = ledger.postings.pop(key)
            posting.key = f"{key}#{len(ledger.postings)}"
            ledger.postings[posting.key] = posting
            ledger.latest.update({name: posting.key for name, held in ledger.latest.items() if held == key})
            for keys in ledger.by_terminal.values():
                keys[:] = [posting.key if held == key else held for held in keys]
        return effects


class ForgetsReversals(Host):
    """No tombstone: a sale that comes after its reversal is booked."""

    def handle(self, event: Event, now: int) -> list[Effect]:
        effects = super().handle(event, now)
        self.state.tombstones.clear()
        return effects


class LosesLastCommit(MemoryStore):
    """A disk that says "written" with the last commit still in its cache, until the next one comes."""

    def __init__(self) -> None:
        super().__init__()
        self._sure = 0
        self._starts = 0

    def append(self, records: Sequence[Record]) -> None:
        self._sure = len(self._lines)
        super().append(records)

    def load(self) -> list[Record]:
        if self._starts:
            del self._lines[self._sure :]
        self._starts += 1
        return super().load()


def host_of(kind: type[Host]) -> Different:
    return Different(host=lambda: kind(host_settings("cup", 7)))


MUTANTS: Mapping[str, Different] = {
    "reversal_after_send": Different(faults=frozenset(("reversal_after_send",))),
    "give_up_silently": Different(faults=frozenset(("give_up_silently",))),
    "slip_before_commit": Different(faults=frozenset(("slip_before_commit",))),
    "the host answers before the commit": host_of(AnswersFirst),
    "the host books a repetition": host_of(BooksAgain),
    "the host forgets a reversal": host_of(ForgetsReversals),
    "the host's disk loses the last commit": Different(store=LosesLastCommit),
}
