"""The causes of the catalogue as they look from the counter: who of the five acts, and when its turn comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from .model import Actor, Fault

Stage = Literal["bench", "safety", "cable", "device", "network", "activation", "provider", "money", "record"]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""Of several faults the one that comes first here is put right first: without a sound bench nothing is known, nobody
works at a device that is a danger or was opened, and what lies behind a fault cannot be judged before it is gone.  What
only the record lacks comes last.  (posrig's choice, after the order of the recovery ladder.)"""

_ACTORS: Mapping[Actor, str] = {
    "merchant": "A2 A3 A4 A6 A7 C2 C4 C5 D2 D3 D8 D12 E4 G4 G5 G7 H3 H4 H5 H6 H7 H8 H10 H11 I1 I3 I4",
    "technician": "C1 D9 D10 D14 E1 E2 E3 E5 F1 F2 F3 F4 F5",
    "acquirer": "A1 A5 B1 B2 B3 D11 E6 E7 G1 G2 G3 G6 H1 H2 H9 H12 I2",
    "bank": "",
    "repair_shop": "C3 D1 D4 D5 D6 D7 D13",
}
ROW_ACTORS: Mapping[str, Actor] = {row: actor for actor, rows in _ACTORS.items() for row in rows.split()}
"""The catalogue names more people than there are at the counter.  The operator's work is the merchant's, or the
technician's where it takes menus and service passwords; the carrier and the network operator are asked by the acquirer
and by the technician; the provider's service is the repair shop.  None is the bank's: what is wrong with a customer's
card is no row."""

OUTSIDE_ACTORS: Mapping[str, Actor] = {"card_alone": "bank", "test_card_worn": "technician"}
"""Symptoms that are causes by themselves and not the terminal's."""

_FAMILIES: Mapping[str, Stage] = {
    "A": "provider",
    "B": "provider",
    "C": "activation",
    "D": "device",
    "E": "activation",
    "F": "network",
    "G": "provider",
    "H": "provider",
    "I": "provider",
}
_ROWS: Mapping[str, Stage] = {
    "C3": "safety",
    "D3": "safety",
    "D6": "safety",
    "D10": "record",
    "D13": "safety",
    "D9": "cable",
    "E2": "device",
    "E6": "money",
    "G3": "network",
    "H11": "network",
}
_GROUPS: Mapping[str, Stage] = {
    "bench": "cable",
    "look": "safety",
    "device": "device",
    "network": "network",
    "activation": "activation",
    "books": "money",
}


_FAULTS: Mapping[str, Stage] = {
    **dict.fromkeys(("damaged_adapter", "damaged_outlet", "supply_wrong"), "safety"),
    "visual_missing": "record",
}
"""Faults whose rows, or whose check, say too little: what may burn or shock, and what was merely not looked at."""


def stage_of_row(row: str) -> Stage:
    """When a row's turn comes."""
    return _ROWS.get(row) or _FAMILIES[row[0]]


def of_the_record(fault: Fault) -> bool:
    """Whether it says nothing against the terminal: something was merely not looked at, not measured, or too long
    ago."""
    stages = {_FAULTS[fault.id]} if fault.id in _FAULTS else {stage_of_row(row) for row in fault.rows}
    return stages == {"record"}


def stage_of(fault: Fault, group: str) -> Stage:
    """When a fault's turn comes; `group` of the check that found it decides where its rows do not agree."""
    if fault.blame == "bench":
        return "bench"
    if fault.id in _FAULTS:
        return _FAULTS[fault.id]
    stages: set[Stage] = {stage_of_row(row) for row in fault.rows}
    return stages.pop() if len(stages) == 1 and group != "books" else _GROUPS[group]
