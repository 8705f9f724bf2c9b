"""The merchant's own pause (商户申请暂停): sales stop at his request, and go on at his request.

What has been sold can still be settled; a pause is a hold like any other, with the number of the request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from protocols.text import Text

from .. import holds
from ..asks import Args, Refused, Value, text_of
from ..books.holds import Hold
from ..turn import Turn

PAUSED = "paused"


def _find(turn: Turn, args: Args) -> tuple[str, Hold | None]:
    mid = text_of(turn, args, "mid")
    if mid not in turn.state.merchants:
        raise Refused("merchant_unknown", Text(f"没有商户 {mid}", f"there is no merchant {mid}"))
    found = holds.in_force(turn, (f"merchant:{mid}",))
    return mid, next((one for one in found if one.kind == PAUSED), None)


def pause(turn: Turn, args: Args) -> Value:
    """`{mid, reason} -> {mid, state, request, case}`; a second request changes nothing.  Raises Refused."""
    mid, there = _find(turn, args)
    if there is None:
        request = f"Q{len(turn.state.holds.all) + 1:06d}"
        reason = text_of(turn, args, "reason", "")
        there = holds.hold(turn, PAUSED, f"merchant:{mid}", request=request, reason=reason)
    return {"mid": mid, "state": PAUSED, "request": there.facts["request"], "case": there.case}


def unpause(turn: Turn, args: Args) -> Value:
    """`{mid} -> {mid, state}`: sales go on at once.  Raises Refused where nothing is paused."""
    mid, there = _find(turn, args)
    if there is None:
        raise Refused("not_paused", Text("该商户未申请暂停", "this merchant asked for no pause"))
    holds.release(turn, there.case, "the merchant's request")
    return {"mid": mid, "state": "open"}


PORTAL: Mapping[str, Callable[[Turn, Args], Value]] = {"pause": pause, "unpause": unpause}
