"""The host's state in the shape that traces carry and judges read."""

from __future__ import annotations

from typing import Any

from .books import authorisations
from .books.applications import Application
from .money import chip_office
from .money.ledger import Posting
from .state import State, Terminal


def snapshot(state: State, now: int) -> dict[str, Any]:
    """`{postings, preauths, accounts, batches, unresolved, applications}`, and `cards` of issuers whose keys it has; no
    key, no PAN."""
    return {
        "postings": [_posting(posting) for posting in state.ledger.postings.values()],
        "preauths": authorisations.rows(state.authorisations, now),
        "accounts": dict(sorted(state.ledger.accounts.items())),
        "batches": [batch for terminal in state.terminals.values() for batch in _batches(state, terminal)],
        "unresolved": list(state.unresolved),
        "applications": [_application(application) for application in state.applications.values()],
        **({"cards": rows} if (rows := chip_office.rows(state)) else {}),
    }


def _posting(posting: Posting) -> dict[str, Any]:
    return {
        "stan": posting.stan,
        "tid": posting.tid,
        "mid": posting.mid,
        "batch": posting.batch,
        "date": posting.date,
        "kind": posting.operation,
        "amount_fen": posting.amount_fen,
        "net_fen": posting.net_fen,
        "reversed": posting.reversed,
        "voided": posting.voided,
        "rrn": posting.rrn,
    }


def _batches(state: State, terminal: Terminal) -> list[dict[str, Any]]:
    open_batches = {posting.batch for posting in state.ledger.of_terminal(terminal.mid, terminal.tid)}
    open_batches = (open_batches | {terminal.batch}) - terminal.settled.keys()
    rows = [(batch, True, settled.totals) for batch, settled in terminal.settled.items()]
    rows += [(b, False, state.ledger.totals(terminal.mid, terminal.tid, b)) for b in sorted(open_batches)]
    return [
        {
            "tid": terminal.tid,
            "batch": batch,
            "settled": settled,
            "debit_fen": totals[0],
            "debit_count": totals[1],
            "credit_fen": totals[2],
            "credit_count": totals[3],
        }
        for batch, settled, totals in rows
    ]


def _application(application: Application) -> dict[str, Any]:
    return {
        "application": application.number,
        "state": application.state,
        "mid": application.mid,
        "tid": application.tid,
        "sn": application.sn,
        "reason": application.reason,
    }
