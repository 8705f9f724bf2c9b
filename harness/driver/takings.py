"""The emergency plan at the register: takings without a card (备用资金管理), which the cashier takes in cash or by QR
code while cards cannot be taken, kept durably and reconciled with what was counted once the terminal works again; and
the record of its drills (演练), with whoever is responsible.

Sources: the documents' advice to have a fallback for payments, responsible persons and drills; the form is posrig's
choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from protocols.text import Text

from ..arguments import Takes, takes
from ..machine import Json, Record

MEANS = ("cash", "qr")
DIFFERENCE = "difference"
"""The cause of a reconciliation's outcome when it differs from what was counted."""
TAKINGS_TAKES: Mapping[str, Takes] = {
    "takings": takes("amount_fen means"),
    "reconcile": takes("", "cash_fen qr_fen"),
    "drill": takes("responsible means"),
}
TAKINGS = tuple(TAKINGS_TAKES)
"""Operations that the register carries out by itself; nothing leaves it."""
OPEN_MAX = 100_000
"""Takings between two reconciliations: more than a year of an outage."""
AMOUNT_MAX_FEN = 10**12 - 1
DRILLS_MAX = 1_000
"""Two a month for forty years."""
RESPONSIBLE_MAX = 10
NAME_MAX = 60
AGREED = Text("备用收款已核对", "Takings reconciled")
DIFFERS = Text("备用收款与清点不符", "Takings differ from what was counted")
TAKEN = Text("备用收款已登记", "Takings recorded")
DRILLED = Text("应急演练已登记", "Drill recorded")


@dataclass(slots=True)
class Takings:
    """`unsettled`: what was taken since the last reconciliation; `closed`: the reconciliations, `drills`: the
    exercises, the newest last."""

    unsettled: list[dict[str, Json]] = field(default_factory=list)
    closed: list[dict[str, Json]] = field(default_factory=list)
    drills: list[dict[str, Json]] = field(default_factory=list)

    def apply(self, record: Record) -> None:
        """Fold one record."""
        data = {key: value for key, value in record.items() if key != "kind"}
        if record["kind"] == "takings":
            self.unsettled.append(data)
        elif record["kind"] == "drill":
            self.drills.append(data)
        else:
            self.closed.append(data)
            self.unsettled = []

    def sum_fen(self, means: str) -> int:
        """What was taken by one means."""
        return sum(int(one["amount_fen"]) for one in self.unsettled if one["means"] == means)


def rebuilt(records: Sequence[Record]) -> Takings:
    """The takings of a register that starts again."""
    takings = Takings()
    for record in records:
        takings.apply(record)
    return takings


def _fen(args: Mapping[str, Json], name: str, lowest: int, standard: int | None = None) -> int:
    value = args.get(name, standard)
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= AMOUNT_MAX_FEN:
        raise ValueError(f"{name} {value!r} is not within {lowest} to {AMOUNT_MAX_FEN}")
    return value


def carry_out(op: str, args: Mapping[str, Json], takings: Takings, now: int) -> tuple[Record, dict[str, Json]]:
    """The record of `takings {amount_fen, means: cash | qr}`, `reconcile {cash_fen, qr_fen}` (what was counted) or
    `drill {responsible: [names], means: [what was practised]}`, and its Outcome.

    A reconciliation that differs is `done` with the cause `difference`: the takings are closed with it.  Raises
    ValueError for bad arguments.
    """
    outcome: dict[str, Json] = {"op": op, "status": "done", "code": None, "cause": None, "stan": None, "batch": None}
    if op == "takings":
        amount, means = _fen(args, "amount_fen", 1), args.get("means")
        if means not in MEANS:
            raise ValueError(f"means {means!r} is none of {', '.join(MEANS)}")
        if len(takings.unsettled) >= OPEN_MAX:
            raise ValueError(f"there are {OPEN_MAX} takings already: reconcile them first")
        taken: Record = {"kind": "takings", "amount_fen": amount, "means": means, "at_us": now}
        return taken, {**outcome, "amount_fen": amount, "rrn": None, "text": _words(TAKEN)}
    if op == "drill":
        held = _drill(args, takings, now)
        return held, {
            **outcome,
            "amount_fen": None,
            "rrn": None,
            "drills": len(takings.drills) + 1,
            "text": _words(DRILLED),
        }
    sums = {f"{means}_fen": takings.sum_fen(means) for means in MEANS}
    counted = {name: _fen(args, name, 0, sums[name]) for name in sums}
    difference = sum(counted.values()) - sum(sums.values())
    agrees = counted == sums
    summed: dict[str, Json] = {**sums, "difference_fen": difference}
    closed: Record = {"kind": "reconciled", "count": len(takings.unsettled), **summed, "at_us": now}
    outcome |= {"cause": None if agrees else DIFFERENCE, "amount_fen": sum(sums.values()), "rrn": None}
    return closed, {**outcome, "text": _words(AGREED if agrees else DIFFERS), **summed}


def _drill(args: Mapping[str, Json], takings: Takings, now: int) -> Record:
    names, means = args.get("responsible"), args.get("means")
    if not isinstance(names, list | tuple) or not 1 <= len(names) <= RESPONSIBLE_MAX:
        raise ValueError(f"responsible must be 1 to {RESPONSIBLE_MAX} names")
    if not all(isinstance(name, str) and 0 < len(name.strip()) <= NAME_MAX for name in names):
        raise ValueError(f"a name in responsible has 1 to {NAME_MAX} characters")
    if not isinstance(means, list | tuple) or not means or not all(one in MEANS for one in means):
        raise ValueError(f"means {means!r} must be some of {', '.join(MEANS)}")
    if len(takings.drills) >= DRILLS_MAX:
        raise ValueError(f"there are {DRILLS_MAX} drills already")
    return {"kind": "drill", "responsible": list(names), "means": list(dict.fromkeys(means)), "at_us": now}


def _words(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
