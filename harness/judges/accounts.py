"""I10: what was asked for one merchant account moved in that account and in no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..machine import Json
from ..trace import Event
from .sequence import FINANCIAL
from .verdict import Verdict, failed, last_snapshot, passed


def judge_accounts(events: Sequence[Event]) -> list[Verdict]:
    """Verdict I10 over one terminal's events; nothing where nobody ever named an account."""
    mids = _mids(last_snapshot(events, "terminal") or {})
    asked: str | None = None
    named = False
    wrong: list[Event] = []
    for event in events:
        if event.party != "terminal":
            continue
        if event.kind == "operation":
            args: Mapping[str, Json] = event.data.get("args") or {}
            asked = mids.get(str(args.get("account"))) if event.data.get("phase") == "begin" else None
            named = named or asked is not None
        elif asked and _left(event) and str(event.data["fields"].get("42")) != asked:
            wrong.append(event)
    if not named:
        return []
    if not wrong:
        return [passed("I10", "每笔交易都在所选商户", "every transaction was in the account that was chosen")]
    stans = [str(event.data["fields"].get("11")) for event in wrong]
    text = ", ".join(stans)
    zh, en = f"交易不在所选商户：流水号 {text}", f"not in the account that was chosen: STAN {text}"
    return [failed("I10", zh, en, stans, [event.seq for event in wrong])]


def _left(event: Event) -> bool:
    return event.kind == "message" and event.data.get("mti") in FINANCIAL and event.data["dir"] == "out"


def _mids(terminal: Mapping[str, Json]) -> dict[str, str]:
    """What an order may call an account, a number of the menu or its MID, to the MID."""
    own = [{"number": 1, "mid": terminal.get("mid", "")}, *terminal.get("accounts", ())]
    return {str(name): str(one["mid"]) for one in own for name in (one["number"], one["mid"]) if one["mid"]}
