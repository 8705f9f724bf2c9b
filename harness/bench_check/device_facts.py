"""What the control interface of a terminal tells of the device, and what earlier visits wrote down of it.

A control interface belongs to an emulated terminal or to a stand that has one: it carries out what a person would do at
the device's own menu, and says what a person would read there.  Without one every function gives None.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from protocols.errors import LinkError
from protocols.text import Text

from .model import Answer
from .visit import Visit

if TYPE_CHECKING:
    from harness.machine import Json

OPERATE_S = 60.0
"""No item of the menu that needs neither host nor people takes longer (posrig's choice)."""
VISITS_MAX = 20
"""Earlier visits that are looked through."""
PENDING = "pending_reversal"
"""The fact {stan, batch, amount_fen}: the reversal that was pending when the terminal was first looked at.  The sign-in
of a later check delivers it."""
DEAF = "service_deaf"
"""The fact that the control interface was named and does not answer: it is not asked again in this visit."""
IS_DEAF = Text("控制接口没有应答，改为询问人员", "The control interface does not answer: a person is asked instead")


def operate(visit: Visit, op: str, patience_s: float = OPERATE_S, **args: Json) -> Mapping[str, Json] | None:
    """The Outcome of an item of the terminal's own menu (`posrig terminal`'s operations), noted for the diagnosis as
    whoever stands there sees it.  None: there is no control interface, or it does not know the item."""
    ok, outcome = _asked(visit, "person", "operate", {"op": op, **args}, patience_s)
    if not ok or outcome.get("op") != op:
        return None
    visit.note("operation", phase="end", op=op, outcome=dict(outcome))
    return outcome


def control(visit: Visit, name: str, **args: Json) -> Mapping[str, Json] | None:
    """The answer of a request of the control interface, None as `operate`."""
    ok, answer = _asked(visit, "control", name, args)
    return answer if ok else None


def press_keys(visit: Visit, keys: str) -> bool:
    """Press keys at the emulated keypad, each held until the terminal asks for it; whether that could be done."""
    return _asked(visit, "person", "press", {"keys": keys})[0]


def local_status(visit: Visit) -> Mapping[str, Json] | None:
    """What the terminal knows of itself (本机状态), noted for the diagnosis; None as `operate`."""
    outcome = operate(visit, "local_status")
    if outcome is None or not isinstance(outcome.get("local"), Mapping):
        return None
    local: Mapping[str, Json] = outcome["local"]
    visit.note("local_status", **local)
    if local.get("pending_reversal") and PENDING not in visit.facts:
        visit.learn(**{PENDING: local["pending_reversal"]})
    return local


def _asked(
    visit: Visit, who: str, name: str, args: Mapping[str, Json], patience_s: float = OPERATE_S
) -> tuple[bool, Mapping[str, Json]]:
    if visit.facts.get(DEAF):
        return False, {}
    service = visit.service()
    if service is None:
        return False, {}
    try:
        return service.ask(who, name, args, patience_s)
    except LinkError:  # it spares people the looking; without it they look
        visit.learn(**{DEAF: True})
        visit.tell(IS_DEAF)
        return False, {}


def earlier_details(visit: Visit, check: str) -> Iterator[Mapping[str, Any]]:
    """The `detail` of a check's finding at earlier visits to this terminal, the newest first."""
    for document in list(visit.earlier)[:VISITS_MAX]:
        for one in document.get("checks", ()):
            if one.get("id") == check and isinstance(one.get("detail"), Mapping):
                yield one["detail"]


def is_answer(answer: Answer, wanted: str) -> bool:
    """Whether one choice, and that one, was taken."""
    return answer is not None and list(answer) == [wanted]


def now() -> datetime:
    """The laptop's local date and time; the zone it bears means nothing, as what is compared with it is local, too."""
    from harness.clock import wall_date

    return datetime(*wall_date(), tzinfo=UTC)


def today() -> date:
    """The laptop's date."""
    return now().date()
