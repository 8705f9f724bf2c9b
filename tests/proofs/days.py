"""What may be going on in a shop when the power fails: how each begins, and the operation itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from harness.links.plan import FaultPlan
from harness.machine import DAY_US, HOUR_US

from .shop import MID, PIN, SOUND, Different, NotRight, Shop

CUTS_MAX = 400
"""More effects than any of these operations has; beyond it an operation never ends."""
PARTIES = ("terminal", "host")
AGAIN_US = 3_000_000
"""Power that comes back by itself, while the other party may still be waiting."""


@dataclass(frozen=True)
class Day:
    """`before` makes what the operation needs; `act` is where the power fails.

    `unresolved`: the totals may differ at the end, by what the host then lists as unresolved.
    """

    before: Callable[[Shop], object]
    act: Callable[[Shop], object]
    unresolved: bool = False


def nothing(shop: Shop) -> None:
    return None


def two_sales(shop: Shop) -> None:
    shop.sell(500, "stripe", "swipe")
    shop.sell(600)


def lose_a_reply(shop: Shop) -> None:
    """A sale that the host books and the terminal never hears of; its reversal is pending."""
    shop.bench.set_faults("host", FaultPlan.from_specs(["drop:stream=downstream,frame=1"]))
    outcome = shop.sell(800)
    assert outcome["status"] == "unknown"
    shop.bench.set_faults("host", None)


def give_to_people(shop: Shop) -> None:
    """A reversal that nobody answers is handed to people, beside two good sales: the totals will differ."""
    two_sales(shop)
    lose_a_reply(shop)
    outcome = shop.operate("mark_unresolved", password="12345678")
    assert outcome is not None and outcome["status"] == "done"


def deposit(shop: Shop) -> None:
    """A pre-authorisation that stands."""
    outcome = shop.hold(1000)
    assert outcome is not None and outcome["status"] == "done"


def check_out(shop: Shop) -> None:
    """A pre-authorisation that was completed."""
    deposit(shop)
    outcome = shop.operate("completion", stan=last_stan(shop, "preauth"), amount_fen=1100)
    assert outcome is not None and outcome["status"] == "done"


def complete(shop: Shop) -> object:
    return shop.operate("completion", stan=last_stan(shop, "preauth"), amount_fen=1100)


def late_hold(shop: Shop) -> None:
    """A pre-authorisation whose reply comes after the terminal gave up waiting."""
    shop.bench.set_faults("host", FaultPlan.from_specs(["delay:stream=downstream,frame=1,delay=65000"]))
    shop.hold(1000)


def late_advice(shop: Shop) -> None:
    """An advice whose reply comes after the terminal gave up waiting."""
    shop.bench.set_faults("host", FaultPlan.from_specs(["delay:stream=downstream,frame=1,delay=65000"]))
    shop.operate("completion_advice", stan=last_stan(shop, "preauth"), amount_fen=900)


def sell_with_late(stream: str) -> Callable[[Shop], object]:
    """A sale of which the frame in `stream` comes after the terminal gave up waiting."""

    def act(shop: Shop) -> None:
        shop.bench.set_faults("host", FaultPlan.from_specs([f"delay:stream={stream},frame=1,delay=65000"]))
        shop.sell(1234)

    return act


def to_settle_by_itself(shop: Shop) -> None:
    two_sales(shop)
    outcome = shop.operate("parameter_menu", auto_settle_us=DAY_US)
    assert outcome is not None and outcome["status"] == "done"


def nobody_there(shop: Shop) -> None:
    """A day and two hours: the terminal settles when its time has come, and tries again an hour later."""
    shop.bench.advance(DAY_US + 2 * HOUR_US)


def hold_in_between(shop: Shop) -> None:
    """The provider stops the merchant while the terminal waits for the answer to a sale, and lets it go again."""
    shop.bench.set_faults("host", FaultPlan.from_specs(["delay:stream=downstream,frame=1,delay=65000"]))
    shop.sell(800)
    case = shop.provider("hold", kind="suspended", subject=f"merchant:{MID}")["case"]
    shop.sell(900)
    shop.provider("release", case=case)


def last_stan(shop: Shop, op: str = "sale") -> str:
    return str(next(outcome["stan"] for outcome in reversed(shop.asked) if outcome["op"] == op))


DAYS: Mapping[str, Day] = {
    "sale, swiped": Day(nothing, lambda shop: shop.sell(1234, "stripe", "swipe")),
    "sale, chip": Day(nothing, lambda shop: shop.sell(1234)),
    "sale, tapped without PIN": Day(nothing, lambda shop: shop.sell(1234, "tap", "tap")),
    "sale, wrong PIN first": Day(nothing, lambda shop: shop.sell(1234, pin="000000", then=PIN)),
    "sale, request late": Day(nothing, sell_with_late("upstream")),
    "sale, reply late": Day(nothing, sell_with_late("downstream")),
    "void": Day(two_sales, lambda shop: shop.operate("void", stan=last_stan(shop))),
    "refund": Day(
        two_sales, lambda shop: shop.operate("refund", stan=last_stan(shop), amount_fen=200), unresolved=True
    ),
    "pre-authorisation": Day(nothing, lambda shop: shop.hold(1000)),
    "pre-authorisation, reply late": Day(nothing, late_hold),
    "pre-authorisation void": Day(deposit, lambda shop: shop.operate("preauth_void", stan=last_stan(shop, "preauth"))),
    "completion": Day(deposit, complete),
    "completion advice": Day(
        deposit,
        lambda shop: shop.operate("completion_advice", stan=last_stan(shop, "preauth"), amount_fen=900),
    ),
    "completion advice, reply late": Day(deposit, late_advice),
    "completion void": Day(check_out, lambda shop: shop.operate("completion_void", stan=last_stan(shop, "completion"))),
    "reversal": Day(lose_a_reply, lambda shop: shop.operate("reversal")),
    "reversal before a sale": Day(lose_a_reply, lambda shop: shop.sell(1234)),
    "sign-in": Day(two_sales, lambda shop: shop.operate("sign_in")),
    "settlement": Day(two_sales, lambda shop: shop.operate("settle")),
    "settlement by itself": Day(to_settle_by_itself, nobody_there),
    "hold in between": Day(two_sales, hold_in_between),
    "settlement, totals differ": Day(give_to_people, lambda shop: shop.operate("settle"), unresolved=True),
}
LONG = ("settlement", "settlement by itself", "hold in between", "settlement, totals differ")
"""Kinds whose cuts, one by one, take so long that `tests/realtime/long_days.py` makes them."""


@dataclass(frozen=True)
class Cut:
    """The power of `party` fails before its effect number `at` (from 0, counted from the operation's beginning).

    `back_us`: it comes back by itself so much later; None: when the operation is over.
    """

    party: str
    at: int
    back_us: int | None = None


def begun(day: Day, different: Different = SOUND) -> Shop:
    """A shop at the point where the operation begins."""
    shop = Shop(different)
    day.before(shop)
    return shop


def effects(day: Day, different: Different = SOUND) -> Mapping[str, int]:
    """How many effects each party has in the operation when nothing fails."""
    shop = begun(day, different)
    before = {party: shop.engine.effects_of(party) for party in PARTIES}
    day.act(shop)
    shop.bench.settle()
    return {party: shop.engine.effects_of(party) - before[party] for party in PARTIES}


def survive(day: Day, cuts: tuple[Cut, ...], different: Different = SOUND) -> Shop:
    """The operation with power cuts, then the rest of the day.  Raises NotRight."""
    shop = begun(day, different)
    for cut in cuts:
        shop.engine.crash_after(cut.party, shop.engine.effects_of(cut.party) + cut.at, cut.back_us)
    day.act(shop)
    shop.close()
    shop.check()
    if not day.unresolved and not all(shop.balanced()):
        raise NotRight(f"a batch settled unbalanced: {shop.balanced()}")
    return shop


def single_cuts(day: Day, different: Different = SOUND) -> Iterator[Cut]:
    """Every effect of both parties, with the power gone until later and gone for a moment."""
    for party, count in effects(day, different).items():
        if count >= CUTS_MAX:
            raise NotRight(f"{party} does not come to an end")
        for at in range(count):
            cut = Cut(party, at)
            yield cut
            yield replace(cut, back_us=AGAIN_US)
