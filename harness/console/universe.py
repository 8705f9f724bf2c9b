"""All that a run could try: which states, operations and faults there are, and what the documents say of the faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from protocols.text import Text

from ..acquirer.behaviours import BEHAVIOURS
from ..links.plan import KINDS
from ..machine import side_of
from ..reports import words
from ..reports.coverage import CERTIFICATE, POWER_CUT, Fault, Universe
from ..scenarios import model
from ..scenarios.load import load_scenario, scenario_ids
from ..terminal.faults import FAULTS
from ..terminal.flows import FLOWS
from ..terminal.gate import EVERYTHING
from ..terminal.lifecycle import STATES
from ..terminal.settings import Profile
from ..terminal.standing import open_operations

ONLINE = frozenset(FLOWS) & (EVERYTHING - {"load_master_key", "mark_unresolved", "update_software"})
"""Operations that speak to the host: only these can meet a fault of the line, or of the host."""
ANYTHING = frozenset(FLOWS)
BEFORE_ACTIVATION = frozenset(("activate",))
PROVIDER = ("review_held", "backlog", "parcel_held")
"""Behaviours of the host that end with the activation."""
ACCOUNTS = ("no_multi_merchant", "enabling_forgotten")
"""Behaviours of the host that concern transactions of a further account."""
SOLD = frozenset(("sale", "void", "refund", "preauth"))
SEEDED_BUGS = ("reversal_after_send", "give_up_silently", "slip_before_commit")
"""Not what goes wrong in the field, but what the judges must catch."""
POWER = Text("断电", "power cut")
CERTIFICATES = Text("主机证书", "host's certificate")


def universe() -> Universe:
    """The tables of the program and of its scenarios."""
    rows = _rows_by_fault()
    faults = {
        name: Fault(text, operations, tuple(rows.get(name, ())), sum(_named(row) for row in rows.get(name, ())))
        for name, text, operations in _faults(rows)
    }
    operations = {op: words.word(words.OPERATIONS, op) for op in FLOWS}
    return Universe(STATES, operations, open_operations(Profile()), faults)


def _faults(rows: Mapping[str, list[str]]) -> Iterator[tuple[str, Text, frozenset[str]]]:
    """Name, words, and the operations that each can meet."""
    for name in KINDS:
        if name != "noop":
            yield name, words.word(words.FAULTS, name), ONLINE
    yield CERTIFICATE, CERTIFICATES, ONLINE
    for name in BEHAVIOURS:
        met = BEFORE_ACTIVATION if name in PROVIDER else SOLD if name in ACCOUNTS else ONLINE
        yield name, words.word(words.BEHAVIOURS, name), met
    for name in FAULTS:
        if name not in SEEDED_BUGS:
            yield name, words.word(words.BEHAVIOURS, name), ANYTHING
    yield POWER_CUT, POWER, ANYTHING
    for row in rows:
        if row in scenario_ids():
            yield row, load_scenario(row).title.text, ONLINE


def _named(row: str) -> int:
    return len(load_scenario(row).documents)


def _rows_by_fault() -> dict[str, list[str]]:
    """Fault to the rows whose cases cause it; a row that people cause by what they do stands for itself."""
    found: dict[str, list[str]] = {}
    for row in scenario_ids():
        for case in load_scenario(row).case:
            for step in case.step:
                for name in _caused(row, step):
                    if row not in found.setdefault(name, []):
                        found[name].append(row)
    return found


def _caused(row: str, step: model.Step) -> Iterator[str]:
    if isinstance(step, model.Cause):
        yield from (str(spec).partition(":")[0] for spec in step.link)
        if step.certificate:
            yield CERTIFICATE
        if step.behaviour:
            yield step.behaviour
    elif isinstance(step, model.Crash):
        if any(side_of(party) == "terminal" for party in step.party):
            yield POWER_CUT
    elif step.mistake:
        yield row
