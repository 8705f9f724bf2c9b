"""Risk rules against a brute-force model, their evidence, and what ends their holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median_low
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness.acquirer.hold_kinds import HOLD_KINDS
from harness.acquirer.oversight.risk_rules import HOLD_OF, shipped_rules
from harness.machine import DAY_US, HOUR_US, MINUTE_US
from protocols.unionpay.responses import response

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocols.unionpay.message import Message
    from tests.harness.acquirer.conftest import Bench, Pos

PANS = ("6225880000000019", "6222020000000000018", "6212142000000000020")


def put_in_force(bench: Bench, **rules: dict[str, Any]) -> None:
    assert bench.ask("control", "risk_rules", rules=rules) == {"rules": list(rules)}


def sale(pos: Pos, amount: int, pan: str = PANS[0]) -> Message:
    return pos.ask("0200", pos.sale_fields(amount, pan=pan), mac=True)


def refund(pos: Pos, original: Message, amount: int, pan: str = PANS[0]) -> str | None:
    fields = pos.sale_fields(amount, pan=pan) | {3: "200000", 37: original.text(37) or "", 60: f"25{pos.batch}00050"}
    fields[61] = f"{pos.batch}{original.text(11)}{original.text(13)}"
    return pos.ask("0220", fields, mac=True).text(39)


def the_hold(bench: Bench, pos: Pos) -> dict[str, Any]:
    (terminal, _) = bench.ask("portal", "status", mid=pos.mid)["terminals"]
    (hold,) = terminal["holds"]
    return dict(hold)


def test_no_rule_is_in_force_at_first(bench: Bench, pos: Pos) -> None:
    assert {sale(pos, 900_000).text(39) for _ in range(12)} == {"00"}


def test_every_rule_leads_to_a_hold_that_there_is_and_answers_a_code_that_there_is() -> None:
    for rule in shipped_rules().values():
        assert HOLD_OF[rule.kind] in HOLD_KINDS
        assert rule.title.zh and rule.title.en
        assert (rule.code == "") == (rule.kind in ("same_card", "self_swipe", "round_trip"))
        if rule.code:
            assert response(rule.code).meaning.en


def test_an_amount_over_the_limit_is_61_and_books_nothing(bench: Bench, pos: Pos) -> None:
    put_in_force(bench, R101={"limit": 20_000})
    assert sale(pos, 20_000).text(39) == "00"
    assert sale(pos, 20_001).text(39) == "61"
    assert len(bench.ask("control", "snapshot")["postings"]) == 1
    (terminal, _) = bench.ask("portal", "status", mid=pos.mid)["terminals"]
    told = terminal["last_refusal"]
    assert (told["cause"], told["facts"]["rule"], told["facts"]["limit_fen"]) == ("risk_amount", "R101", 20_000)
    assert terminal["holds"] == [], "this sale only"
    assert sale(pos, 100).text(39) == "00"


def test_a_preauthorisation_is_no_way_round_the_limit(bench: Bench, pos: Pos) -> None:
    put_in_force(bench, R101={"limit": 20_000})
    for amount, code in ((20_000, "00"), (20_001, "61")):
        fields = pos.sale_fields(amount, pan=PANS[0]) | {3: "030000", 25: "06", 60: f"10{pos.batch}0005"}
        assert pos.ask("0100", fields, mac=True).text(39) == code


def test_a_limit_is_raised_against_evidence_and_not_without(bench: Bench, pos: Pos) -> None:
    put_in_force(bench, R101={"limit": 20_000})
    asked = bench.ask("portal", "raise_limit", mid=pos.mid, amount_fen=50_000)
    assert (asked["state"], asked["items"]) == ("incomplete", ["vouchers"])
    assert sale(pos, 50_000).text(39) == "61"
    assert bench.ask("portal", "raise_limit", mid=pos.mid, amount_fen=50_000, items=["vouchers"])["state"] == "granted"
    assert sale(pos, 50_000).text(39) == "00"
    assert sale(pos, 50_001).text(39) == "61"


def test_self_swipe_knows_the_card_that_the_application_named(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    merchant = {"name": "m", "settlement_card": PANS[1]}
    number = bench.ask("portal", "apply", merchant=merchant, model="", items=["licence", "identity", "account"])
    application = bench.ask("control", "review", application=number["application"], decision="approve")
    progress = bench.ask("portal", "progress", application=application["application"])
    assert not any(PANS[1] in str(record) for record in bench.records), "no card number is kept"
    # the same terminal as another test's would be long to activate: it is provisioned live, with its application
    key = f"{progress['mid']}/{progress['tid']}"
    tmk = "159D86C7C1F779EA29F77A6858E0DA2A"
    bench.host.state.terminals[key].status = "open"
    bench.host.state.terminals[key].activated = True
    bench.host.state.terminals[key].tmk = tmk
    pos = make_pos(bench, mid=progress["mid"], tid=progress["tid"])
    assert pos.sign_in().text(39) == "00"
    put_in_force(bench, R302={})
    assert sale(pos, 500, PANS[0]).text(39) == "00"
    own = sale(pos, 500, PANS[1])
    assert own.text(39) == "00", "it is booked: the rule looks at what was booked"
    assert sale(pos, 500, PANS[0]).text(39) == "03"
    (terminal,) = bench.ask("portal", "status", mid=pos.mid)["terminals"]
    (hold,) = terminal["holds"]
    assert (hold["rule"], hold["limit"], hold["count"], hold["sales"]) == ("R302", 0, 1, [own.text(11)])


def test_settlement_and_reversals_stay_open_under_a_hold(bench: Bench, pos: Pos) -> None:
    fields = pos.sale_fields(700)
    pos.ask("0200", fields, mac=True)
    bench.ask("control", "hold", kind="risk_check", subject=f"merchant:{pos.mid}", facts={"check": "K1"})
    assert pos.sale(100).text(39) == "03"
    assert pos.reverse(fields).text(39) == "00"
    assert pos.settle((0, 0)).text(39) in (None, "00")
    assert bench.ask("control", "snapshot")["batches"][0]["settled"] is True


@pytest.mark.parametrize(
    "rules",
    [
        {"R999": {}},
        {"R101": {"limit": -1}},
        {"R101": {"limit": True}},
        {"R101": {"kind": 1}},
        {"R101": {"action": "x"}},
        1,
    ],
)
def test_rules_that_are_none(bench: Bench, rules: Any) -> None:
    answer = bench.answer("control", "risk_rules", rules=rules)
    assert not answer.ok
    assert answer.value["cause"] == "bad_argument"


RULES: dict[str, dict[str, Any]] = {
    "R101": {"limit": 700},
    "R102": {"limit": 2, "window_us": 2 * HOUR_US},
    "R201": {"limit": 2, "window_us": HOUR_US},
    "R301": {"limit": 1, "window_us": HOUR_US},
    "R303": {"limit": 1, "window_us": 2 * HOUR_US},
}
Step = tuple[str, int, int, int]
SALE: Step = ("sale", 0, 5, 0)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("sale", "sale", "sale", "refund", "reverse", "release")),
        st.integers(0, 90),  # minutes since the last one
        st.integers(1, 1_000),  # fen
        st.integers(0, 2),  # card, or which sale
    ),
    max_size=16,
)


@dataclass
class Brute:
    """What a rule should do, by looking at everything that ever happened each time."""

    rule: str
    action: str
    events: list[dict[str, Any]] = field(default_factory=list)
    held: bool = False
    released_us: int = -1

    def window(self, now: int) -> list[dict[str, Any]]:
        since = max(now - RULES[self.rule].get("window_us", 0), self.released_us)
        return [e for e in self.events if e["at"] > since and not e["reversed"]]

    def sale(self, now: int, fen: int, card: int) -> str:
        if self.held:
            return "03"
        limit = RULES[self.rule]["limit"]
        sales = [e for e in self.window(now) if e["op"] == "sale"]
        usual = [e["fen"] for e in sales]
        over = {
            "R101": fen > limit,
            "R102": len(usual) >= 5 and fen > limit * median_low(usual or [0]),
            "R201": len(sales) + 1 > limit,
        }.get(self.rule, False)
        if over:
            self.held = self.action == "hold"
            return "65" if self.rule == "R201" else "61"
        self.events.append({"op": "sale", "at": now, "fen": fen, "card": card, "reversed": False})
        same = [e for e in self.window(now) if e["op"] == "sale" and e["card"] == card]
        self.held = self.rule == "R301" and len(same) > limit
        return "00"

    def refunded(self, now: int) -> None:
        self.events.append({"op": "refund", "at": now, "fen": 1, "card": -1, "reversed": False})
        trips = [e for e in self.window(now) if e["op"] == "refund"]
        self.held = self.rule == "R303" and len(trips) > RULES["R303"]["limit"]


@given(st.sampled_from(sorted(RULES)), st.sampled_from(("hold", "decline")), STEPS)
@example("R301", "hold", [("sale", 0, 5, 1), ("sale", 60, 5, 1), ("sale", 0, 5, 1), ("release", 0, 1, 0), SALE])
@example("R301", "hold", [SALE, ("reverse", 0, 1, 0), SALE, SALE, SALE])
@example("R201", "decline", [SALE, ("reverse", 0, 1, 0), SALE, SALE, SALE])
@example("R102", "hold", [SALE] * 5 + [("sale", 1, 11, 0), ("sale", 1, 10, 0)])
@example("R102", "decline", [SALE] * 5 + [("sale", 1, 10, 0), ("sale", 1, 11, 0)])
@example("R303", "hold", [SALE, ("refund", 1, 1, 0), SALE, ("refund", 119, 1, 1), SALE])
@example("R303", "hold", [SALE, ("refund", 1, 1, 0), SALE, ("refund", 120, 1, 1), SALE])
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_windows_are_those_of_brute_force(
    make_bench: Callable[..., Bench], make_pos: Callable[..., Pos], rule: str, action: str, steps: list[Step]
) -> None:
    bench = make_bench()
    pos = make_pos(bench)
    pos.sign_in()
    if rule in ("R301", "R303"):
        action = "hold"
    put_in_force(bench, **{rule: RULES[rule] | {"action": action}})
    brute, sales = Brute(rule, action), []
    for op, minutes, fen, pick in steps:
        bench.now += minutes * MINUTE_US
        if op == "sale":
            fields = pos.sale_fields(fen, pan=PANS[pick])
            reply = pos.ask("0200", fields, mac=True)
            assert reply.text(39) == brute.sale(bench.now, fen, pick)
            if reply.text(39) == "00":
                sales.append((fields, reply, brute.events[-1], pick))
        elif op == "refund" and sales:
            _, reply, event, card = sales[pick % len(sales)]
            code = refund(pos, reply, 1, PANS[card])
            assert (code == "03") == brute.held
            if code == "00":
                brute.refunded(bench.now)
        elif op == "reverse" and sales:
            fields, _, event, _ = sales[-1]
            event["reversed"] = event["reversed"] or pos.reverse(fields).text(39) == "00"
        elif op == "release" and brute.held:
            bench.ask("control", "release", case=the_hold(bench, pos)["case"])
            brute.held, brute.released_us = False, bench.now
    assert bench.restarted().state == bench.host.state, "what is counted survives a restart"


def test_the_evidence_is_the_sales_that_fired_it(bench: Bench, pos: Pos) -> None:
    put_in_force(bench, R301={"limit": 2})
    sale(pos, 100, PANS[1])
    fired = [sale(pos, 200, PANS[0]).text(11) for _ in range(3)]
    hold = the_hold(bench, pos)
    assert (hold["kind"], hold["rule"], hold["limit"], hold["count"]) == ("risk_fraud", "R301", 2, 3)
    assert sorted(hold["sales"]) == fired
    assert hold["title"]["zh"] and hold["case"]


def test_the_window_ends_with_time(bench: Bench, pos: Pos) -> None:
    put_in_force(bench, R201={"limit": 1, "action": "decline"})
    assert [sale(pos, 10).text(39) for _ in range(2)] == ["00", "65"]
    bench.now += HOUR_US
    assert sale(pos, 10).text(39) == "00"
    bench.now += DAY_US
    assert sale(pos, 10).text(39) == "00"
