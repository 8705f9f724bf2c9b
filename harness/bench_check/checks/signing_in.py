"""The sign-in, made once in a visit: network, activation and keys read its one outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from protocols.text import Text

from ..visit import Visit
from .asking_terminal import ask_terminal, can_ask

if TYPE_CHECKING:
    from harness.machine import Json

SIGN_IN, SIGN_IN_S = "sign_in", "sign_in_s"
"""Facts: the Outcome, and how long it took."""
OPERATE_S = 120.0
"""A terminal tries three times for half a minute at most before it gives up on its host (posrig's choice)."""
SIGNING_IN = Text("请终端向主机签到……", "Asking the terminal to sign in at its host ...")


def has_cable(visit: Visit) -> bool:
    """Whether an earlier check found out where the terminal is and what it speaks."""
    return "port" in visit.facts and "protocol" in visit.facts


def sign_in(visit: Visit) -> Mapping[str, Json] | None:
    """The Outcome of this visit's sign-in; the first who asks makes it, at the cable, or by the control interface where
    the protocol has no sign-in.  None: there is no way to ask for one.

    Raises TerminalLost as `ask_terminal`, ControlError.
    """
    known: Mapping[str, Json] | None = visit.facts.get(SIGN_IN)
    return known if known is not None else sign_in_anew(visit)


def sign_in_anew(visit: Visit) -> Mapping[str, Json] | None:
    """As `sign_in`, whatever an earlier one came to."""
    from harness.clock import monotonic_s

    begun_s = monotonic_s()
    outcome = _made(visit)
    if outcome is not None:
        visit.learn(**{SIGN_IN: dict(outcome), SIGN_IN_S: round(monotonic_s() - begun_s, 1)})
    return outcome


def _made(visit: Visit) -> Mapping[str, Json] | None:
    if has_cable(visit) and can_ask(visit, "sign_in"):
        visit.tell(SIGNING_IN)
        return ask_terminal(visit, "sign_in")
    service = visit.service()
    if service is None:
        return None
    visit.tell(SIGNING_IN)
    legal, outcome = service.ask("person", "operate", {"op": "sign_in"}, OPERATE_S)
    return outcome if legal else None
