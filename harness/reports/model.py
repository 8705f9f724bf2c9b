"""What a report is made of.  The face that ran the scenarios fills it in; reports know no scenario and no machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from protocols.text import Text

from ..machine import Json
from ..trace import Trace
from .coverage import Coverage


@dataclass(frozen=True, slots=True)
class RowReport:
    """One scenario as it went.

    `expected`: the row that the diagnosis had to name first, None for "no fault".  `diagnosis`: `Diagnosis.json()`,
    None when there was none to make.  `verdicts`: `Verdict.json()` of each judge, in the order to show.  `failures`:
    sentences about what was not as it must be.  `wall_seconds` is shown for benches in real time only, so that
    two reports of the same simulated run are the same octets.  `id` becomes a file name.
    """

    id: str
    title: Text
    ok: bool
    expected: str | None
    diagnosis: Mapping[str, Json] | None
    failures: tuple[Text, ...]
    verdicts: tuple[Mapping[str, Json], ...]
    virtual_seconds: float
    wall_seconds: float
    cause: Text
    seen: Text
    cure: Text
    replay: str
    trace: Trace = field(repr=False)
    impact: Text | None = None
    """What it cost the merchant (`judges.impact`), None for nothing."""
    broken: bool = False
    """The run broke off; `failures` tells why, and the trace holds what there is."""
    state: str = "ran"
    """`not_applicable`: the bench cannot cause it; `not_done`: a person skipped it; `failures` tells why."""
    notes: tuple[Text, ...] = ()
    """What of it was left out, and what nobody could look at."""

    @property
    def found(self) -> str | None:
        """The row that the diagnosis named first, None for no fault."""
        first = (self.diagnosis or {}).get("first")
        return None if first is None else str(first)


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run.  `program`: version of posrig; `bench`: "simulated", "emulated" or "physical"."""

    program: str
    seed: int
    bench: str
    rows: tuple[RowReport, ...]
    coverage: Coverage | None = None
    """What these rows have tried, of all there is."""

    guide: Mapping[str, str] = field(default_factory=dict)
    """Row to the address of its page in the guide, `{lang}` in it standing for the language; rows without a page are
    not in it."""

    @property
    def ok_count(self) -> int:
        return sum(row.ok for row in self.rows if row.state == "ran")

    @property
    def left_count(self) -> int:
        """Rows that the bench cannot cause: neither good nor bad."""
        return sum(row.state == "not_applicable" for row in self.rows)
