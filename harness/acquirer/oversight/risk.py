"""Risk control (风控): rules that look at a merchant's sales, and the holds that they lead to.

A host starts with no rule in force: a load test with one card is no fraud.  What is counted are the merchant's postings
in the window, without reversed ones, and none from before the end of an earlier hold by the same kind of rule: that
was examined.  Each hold carries the rule, its limit, the count or the amount, and the trace numbers that fired it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from statistics import median_low
from typing import Any

from protocols.text import Text

from .. import holds
from ..asks import Args, Refused, Value, bad_argument, items_of, text_of
from ..money.ledger import Posting
from ..replies import Outcome
from ..turn import Turn
from ..wire import Request
from .risk_rules import BEFORE, HOLD_OF, RiskRule

WINDOW_POSTINGS_MAX = 10_000
"""No rule looks at more postings than the newest so many."""
EVIDENCE_MAX = 50
"""So many trace numbers stand in a hold; a rule with a higher limit shows the newest."""
HABIT_SALES_MIN = 5
"""A merchant with fewer sales has no habit yet (posrig's choice)."""
EVIDENCE_WANTED = ("vouchers",)
"""What a merchant hands in for a higher limit: vouchers of the sale (合同、小票、发票)."""
SETTLEMENT_CARD = "settlement_card"
"""Key of a merchant's particulars: the number of the card that his takings go to."""
ACTIONS = ("decline", "hold")


def rules_in_force(turn: Turn) -> Iterator[RiskRule]:
    """In the order in which they were put in force."""
    for name, changes in turn.state.risk.in_force.items():
        yield replace(turn.settings.risk_rules[name], **changes)


def before(turn: Turn, request: Request) -> Outcome | None:
    """What a rule says against a sale that nothing else speaks against; None: nothing."""
    for rule in rules_in_force(turn):
        facts = _objection(turn, rule, request) if rule.kind in BEFORE else None
        if facts is None:
            continue
        if rule.action == "hold":
            facts["case"] = _hold(turn, rule, request.text(42), facts)
        text = Text(f"{rule.title.zh} {rule.id}", f"{rule.title.en}, rule {rule.id}")
        return Outcome(rule.code, HOLD_OF[rule.kind], text, "risk", facts={"rule": rule.id, **facts})
    return None


def after(turn: Turn, posting: Posting) -> None:
    """Hold the merchant when what was just booked is over the limit of a rule.

    A completion is refused by no rule, for what was held has to be paid (posrig's choice); it counts all the same.
    """
    for rule in rules_in_force(turn):
        completed = bool(posting.preauth) and rule.kind == "frequency" and rule.action == "hold"
        if rule.kind in BEFORE and not completed:
            continue
        found = [p for p in window(turn, rule, posting.mid) if _counts(turn, rule, p, posting)]
        if len(found) > rule.limit and posting in found:
            _hold(turn, rule, posting.mid, {"limit": rule.limit, "count": len(found), "sales": _evidence(found)})


def window(turn: Turn, rule: RiskRule, mid: str) -> list[Posting]:
    """The merchant's postings that the rule looks at, the newest first."""
    ended_us = turn.state.holds.ended_us.get(f"{HOLD_OF[rule.kind]} merchant:{mid}", -1)
    found = []
    keys = turn.state.ledger.by_merchant.get(mid, ())
    for key in islice(reversed(keys), WINDOW_POSTINGS_MAX):
        posting = turn.state.ledger.postings[key]
        if posting.at_us <= max(turn.now - rule.window_us, ended_us):
            break
        if not posting.reversed:
            found.append(posting)
    return found


def _objection(turn: Turn, rule: RiskRule, request: Request) -> dict[str, Any] | None:
    """What is over the limit; None when nothing is."""
    mid, amount, stan = request.text(42), int(request.text(4)), request.text(11)
    if rule.kind == "frequency":
        found = [p for p in window(turn, rule, mid) if p.side == "debit"]
        over = len(found) >= rule.limit
        return {"limit": rule.limit, "count": len(found) + 1, "sales": [stan, *_evidence(found)]} if over else None
    if amount <= turn.state.risk.accepted_fen.get(mid, 0):
        return None
    limit = rule.limit
    if rule.kind == "habit":
        usual = [p.amount_fen for p in window(turn, rule, mid) if p.side == "debit"]
        if len(usual) < HABIT_SALES_MIN:
            return None
        limit *= median_low(usual)
    return {"limit_fen": limit, "amount_fen": amount, "sales": [stan]} if amount > limit else None


def _counts(turn: Turn, rule: RiskRule, one: Posting, latest: Posting) -> bool:
    if rule.kind == "round_trip":
        return one.operation == "refund"
    if rule.kind == "frequency":
        return one.side == "debit"
    own = _own_card(turn, one) if rule.kind == "self_swipe" else latest.card
    return one.side == "debit" and bool(own) and one.card == own


def _own_card(turn: Turn, posting: Posting) -> str:
    """The card that the merchant's takings go to (结算卡), as the application named it; empty when it named none."""
    terminal = turn.state.terminal(posting.mid, posting.tid)
    application = turn.state.applications.get(terminal.application) if terminal else None
    return str(application.merchant.get(SETTLEMENT_CARD, "")) if application else ""


def without_pan(turn: Turn, merchant: Mapping[str, Any]) -> dict[str, Any]:
    """A merchant's particulars as they are kept: the number of his settlement card is replaced by its keyed hash."""
    card = merchant.get(SETTLEMENT_CARD)
    return {**merchant, SETTLEMENT_CARD: turn.card_hash(card)} if isinstance(card, str) else dict(merchant)


def _evidence(found: list[Posting]) -> list[str]:
    return [posting.stan for posting in found[:EVIDENCE_MAX]]


def _hold(turn: Turn, rule: RiskRule, mid: str, facts: Mapping[str, Any]) -> str:
    title = {"zh": rule.title.zh, "en": rule.title.en}
    return holds.hold(turn, HOLD_OF[rule.kind], f"merchant:{mid}", rule=rule.id, title=title, **facts).case


def set_rules(turn: Turn, args: Args) -> Value:
    """`{rules: {ID: {limit, window_us, action}}}`: these rules are in force from now on, and no others.

    What is left out is as shipped.  Raises Refused.
    """
    given = args.get("rules")
    known = turn.settings.risk_rules
    if not isinstance(given, Mapping) or not all(isinstance(row, Mapping) for row in given.values()):
        raise bad_argument("rules", "应为规则表", "must be a table of rules")
    for name, row in given.items():
        if name not in known:
            raise bad_argument(
                "rules", f"没有 {name}；可用: {', '.join(known)}", f"no {name}; known: {', '.join(known)}"
            )
        for key, value in row.items():
            fits = value in ACTIONS if key == "action" else type(value) is int and value >= 0
            if key not in ("limit", "window_us", "action") or not fits:
                raise bad_argument(f"{name}.{key}", "可用: limit、window_us、action", "use limit, window_us, action")
    turn.record("risk_rules", rules={name: dict(row) for name, row in given.items()})
    return {"rules": list(given)}


def raise_limit(turn: Turn, args: Args) -> Value:
    """`{mid, amount_fen, items} -> {state, items}`: sales up to this amount, against evidence (提额).

    With the evidence it is granted at once (posrig's choice), else the missing items are named.  Raises Refused.
    """
    mid, fen = text_of(turn, args, "mid"), args.get("amount_fen")
    if mid not in turn.state.merchants:
        raise Refused("merchant_unknown", Text(f"没有商户 {mid}", f"there is no merchant {mid}"))
    if type(fen) is not int or not 0 < fen <= turn.settings.limits.sale_fen:
        raise bad_argument("amount_fen", "应为正整数（分）", "must be a positive integer of fen")
    missing = [item for item in EVIDENCE_WANTED if item not in items_of(turn, args, "items", ())]
    if missing:
        return {"mid": mid, "state": "incomplete", "items": missing}
    turn.record("risk_accepted", mid=mid, amount_fen=fen)
    return {"mid": mid, "state": "granted", "items": []}
