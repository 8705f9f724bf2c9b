"""The register of companies (工商登记), and the re-check of merchants that are live already (复审).

A review and a re-check ask the same: is every item there, and do licence number and name agree with the register?  A
licence that the register does not hold is not judged.  A live merchant that fails is put on hold with the items named;
once he has supplied them all, the provider looks again within `service.RECHECK_US`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from protocols.text import Text

from .. import holds
from ..asks import Args, Refused, Value, items_of, text_of
from ..state import State
from ..turn import Turn
from .applications import of_merchant, particulars
from .service import RECHECK_US

DISAGREES = Text("执照号与名称和工商登记不符", "licence number and name disagree with the register of companies")
COMPANIES_MAX = 10_000
NAMED_BY_LICENCE = ["licence"]
"""The item at fault where licence and name disagree."""


def company(turn: Turn, args: Args) -> Value:
    """`{licence, name}`: the register holds, from now on, that this licence was issued to this name."""
    licence, name = text_of(turn, args, "licence"), text_of(turn, args, "name")
    if len(turn.state.companies.names) >= COMPANIES_MAX:
        raise Refused("too_many_companies", Text("登记的公司过多", "too many companies are registered"))
    turn.record("company", licence=licence, name=name)
    return {"licence": licence, "name": name}


def disputed(turn: Turn, merchant: Mapping[str, Any]) -> list[str]:
    """The items that are not true: the licence where it was issued to another name."""
    issued_to = turn.state.companies.names.get(str(merchant.get("licence", "")))
    return list(NAMED_BY_LICENCE) if issued_to not in (None, merchant.get("name")) else []


def recheck(turn: Turn, args: Args) -> Value:
    """`{mid, lapsed: [item, ...]}`: the provider looks at a live merchant again, whose `lapsed` items count no more.

    `{mid, passed, missing, disputed}`.  Raises Refused.
    """
    mid = text_of(turn, args, "mid")
    if mid not in turn.state.merchants:
        raise Refused("merchant_unknown", Text(f"没有商户 {mid}", f"there is no merchant {mid}"))
    lapsed = items_of(turn, args, "lapsed", ())
    application = of_merchant(turn, mid)
    if application is not None:
        kept = [item for item in application.items if item not in lapsed]
        turn.record("application_changed", application=application.number, items=kept)
    return _judge(turn, mid, lapsed)


def _judge(turn: Turn, mid: str, lapsed: list[str]) -> Value:
    application = of_merchant(turn, mid)
    missing, untrue = lapsed, disputed(turn, {"name": turn.state.merchants[mid].name})
    if application is not None:
        missing = [item for item in (*turn.settings.required_items, *lapsed) if item not in application.items]
        missing, untrue = list(dict.fromkeys(missing)), disputed(turn, application.merchant)
    _hold(turn, "incomplete", mid, missing)
    _hold(turn, "false_documents", mid, untrue)
    if missing or untrue:
        turn.record("recheck", mid=mid, missing=missing, disputed=untrue)
    else:
        turn.record("recheck_passed", mid=mid)
    return {"mid": mid, "passed": not missing and not untrue, "missing": missing, "disputed": untrue}


def _hold(turn: Turn, kind: str, mid: str, items: list[str]) -> None:
    if items:
        holds.hold(turn, kind, f"merchant:{mid}", stage="recheck", items=items)
        return
    for one in holds.in_force(turn, (f"merchant:{mid}",)):
        if one.kind == kind:
            holds.release(turn, one.case, "recheck_passed")


def supply(turn: Turn, mid: str, args: Args) -> Value:
    """`{mid, items, merchant}`: a live merchant hands in what the re-check wants, and true particulars.  Raises
    Refused.
    """
    now = turn.state.companies.rechecks.get(mid)
    if now is None:
        raise Refused("nothing_wanted", Text("没有待补资料", "nothing is wanted of this merchant"))
    given = items_of(turn, args, "items", ())
    merchant = particulars(turn, args, need_name=False)
    application = of_merchant(turn, mid)
    if application is not None:
        items = list(dict.fromkeys([*application.items, *(item for item in given if item in now.missing)]))
        new = {"items": items, "merchant": {**application.merchant, **merchant}}
        turn.record("application_changed", application=application.number, **new)
    missing = [item for item in now.missing if item not in given]
    untrue = [item for item in now.disputed if item not in given]
    due_us = None if missing or untrue else turn.now + RECHECK_US
    turn.record("recheck", mid=mid, missing=missing, disputed=untrue, due_us=due_us)
    return {"mid": mid, "missing": missing, "disputed": untrue, "looked_at_by_us": turn.told(due_us)}


def next_due_us(state: State) -> int | None:
    """When the provider next looks at something that was supplied."""
    times = [one.due_us for one in state.companies.rechecks.values()]
    return min((time for time in times if time is not None), default=None)


def advance(turn: Turn) -> None:
    """Look at everything that was supplied and is due."""
    for one in list(turn.state.companies.rechecks.values()):
        if one.due_us is not None and one.due_us <= turn.now:
            _judge(turn, one.mid, [])


CONTROL: Mapping[str, Callable[[Turn, Args], Value]] = {"company": company, "recheck": recheck}
