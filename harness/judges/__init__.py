"""What must hold over a whole trace: money, order, settlement, secrecy.  Judges read the trace and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..trace import Event
from .accounts import judge_accounts
from .money import judge_money
from .secrecy import judge_secrecy
from .sequence import judge_sequence
from .settlement import judge_settlement
from .verdict import Verdict
from .views import all_under, alone, by_account, by_side, parties

__all__ = ["Verdict", "judge"]


PER_HOST = ("I3", "C1")
"""What one host's books alone tell; everything else is about a terminal and what the hosts know of it."""


def judge(events: Sequence[Event], test_pans: Collection[str] = ()) -> list[Verdict]:
    """All verdicts over `events`, in a fixed order: I1 I2 I3 C1 I4 I5 I8 I6 I7, I10 where an account was named, I9.

    With several terminals, hosts or merchant accounts each verdict is over all of them, and a wrong one names whose it
    is.
    """
    terminals, hosts = parties(events, "terminal"), parties(events, "host")
    views = {view: seen for name in terminals for view, seen in by_account(events, name, hosts).items()}
    if len(views) == len(hosts) == 1:
        return [*_of_one_terminal(events), *judge_secrecy(events, test_pans)]
    by_terminal = {name: _of_one_terminal(seen) for name, seen in views.items()}
    by_host = {name: {v.judge: v for v in judge_money(alone(events, name))} for name in hosts}
    verdicts = [
        all_under({name: said[one.judge] for name, said in by_host.items()})
        if one.judge in PER_HOST
        else all_under({name: said[at] for name, said in by_terminal.items()})
        for at, one in enumerate(by_terminal["terminal"])
    ]
    chosen = {name: said[0] for name in terminals if (said := judge_accounts(views[name]))}
    verdicts += [all_under(chosen)] if chosen else []
    return [*verdicts, *judge_secrecy(by_side(events), test_pans)]


def _of_one_terminal(events: Sequence[Event]) -> list[Verdict]:
    return [*judge_money(events), *judge_sequence(events), *judge_settlement(events)]
