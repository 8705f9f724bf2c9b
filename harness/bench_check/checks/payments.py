"""One test sale, its void, and the settlement: at our own host, or where the technician allowed it.

Nothing here starts unasked.  With `--local-host` the terminal must have signed in there during this visit, or not a
cent moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from protocols.text import Text

from ..faults.answers import host_fault
from ..faults.outcomes import fault_of
from ..ladder import values_for, values_of
from ..model import Check, Figure, Finding, Question, failed, not_possible, passed
from ..reader.words import filled
from ..trial import SAME, SOLD, UNKNOWN, VOIDED, Trial, yuan
from ..visit import Visit
from .activation import status_of
from .asking_terminal import ask_terminal, attend, can_ask, session
from .routing import IS_SETTLED, LOCAL_TERMINAL, MAY_SET, SET_BY_HAND, reach_local_host, route_back
from .signing_in import OPERATE_S, has_cable, sign_in_anew

if TYPE_CHECKING:
    from harness.machine import Json

    from ..local_host import LocalHost

SALE, VOID, SETTLEMENT = "test_sale", "test_void", "settlement"
NET_BEFORE = "local_net_fen"
"""Fact: what this terminal's payments at our own host moved together before the test sale."""
LOCAL_FEN = 1
"""What is sold at a host of our own where no amount is named."""
YES_NO = {"yes": Text("是", "yes"), "no": Text("否", "no")}
MAY_SELL = Question(
    "payments.test_sale",
    Text(
        "现在做一笔测试消费并立即撤销，可以吗？请准备好测试卡",
        "May a test sale be made now, and taken back at once? Have the test card ready.",
    ),
    YES_NO,
)
LEFT_OPEN = Question(
    "payments.left_open",
    Text(
        "上次检查在这台终端上留下测试消费 {yuan} 元（流水号 {stan}），可能还在账上。现在撤销它吗？",
        "An earlier check of this terminal left a test sale of {yuan} yuan (trace number {stan}) that may be booked. "
        "Take it back now?",
    ),
    {"yes": Text("撤销", "take it back"), "cleared": Text("已处理好", "it is cleared up already")},
)
MAY_SETTLE = Question(
    "payments.settle",
    Text("现在做批结算，会结束当前批次，可以吗？", "May the batch be settled now? It ends the open batch."),
    YES_NO,
)
NOT_ASKED = Text("没有要求做（--test-sale 0.01，或 --local-host）", "not asked for (--test-sale 0.01, or --local-host)")
NOT_ASKED_TO_SETTLE = Text("没有要求做（--settle）", "not asked for (--settle)")
REFUSED = Text("没有人同意", "nobody agreed to it")
NO_CABLE = Text("没有连上终端", "the terminal is not connected")
NO_SETTLEMENT = Text("终端的收银接口不能批结算", "this register interface has no settlement")
NO_VOID = Text(
    "终端的收银接口不能撤销，所以不做测试消费",
    "a payment cannot be taken back over this register interface, so none is made",
)
CANCELLED = Text("没有出示卡或已取消，没有入账", "no card was presented, or it was cancelled; nothing was booked")
SOLD_FOUND = Text(
    "消费 {yuan} 元成功（流水号 {stan}），已撤销", "sold {yuan} yuan (trace number {stan}) and took it back"
)
RECOVERED = Text(
    "上次中断的检查留下一笔测试消费 {yuan} 元（流水号 {stan}），现已撤销",
    "an interrupted check had left a test sale of {yuan} yuan (trace number {stan}); it is taken back now",
)
LEFT = Text(
    "消费 {yuan} 元成功（流水号 {stan}）；撤销见下一项", "sold {yuan} yuan (trace number {stan}); the void is told next"
)
NOTHING_SOLD = Text("没有测试消费可撤销", "there is no test sale to take back")
TAKEN_BACK = Text("{yuan} 元已撤销（流水号 {stan}）", "{yuan} yuan taken back (trace number {stan})")
LEDGER = Text("{found}；主机账上为零", "{found}; nothing is left in the host's books")
IN_DOUBT = Text("测试消费还没有查清，先不结算", "the test sale is in doubt, so the batch is left open")
SETTLED = Text("批次 {batch} 已结算，终端已重新签到", "batch {batch} is settled, and the terminal signed in again")
SETTLED_ONLY = Text(
    "批次 {batch} 已结算，收款前须重新签到", "batch {batch} is settled; sign in before the next payment"
)
NOT_SETTLED = Text("终端说已结算，主机账上批次 {batch} 没有结算", "by the host's books batch {batch} is not settled")
REVERSING = Text(
    "请再出示一次测试卡（查余额，不扣款），让终端把没有结果的测试消费冲回",
    "Present the test card once more (balance only, nothing is charged), so that the terminal takes the sale back",
)
SETTLING = Text("正在批结算……", "Settling the batch ...")
STILL_MOVES = Text("流水号 {stan} 还动了 {yuan} 元", "trace number {stan} still moves {yuan} yuan")
BOOKED_TIMES = Text("流水号 {stan} 入账 {count} 次", "trace number {stan} is booked {count} times")
SALE_TIME = Text("测试消费用时（含出示卡）", "time of the test sale (with presenting the card)")


def check_sale(visit: Visit) -> Finding:
    """Sell a small amount and void it at once; what an interrupted visit left behind is taken back first."""
    trial = Trial(visit)
    if not has_cable(visit):
        return not_possible(SALE, NO_CABLE)
    _take_over(visit, trial)
    if trial.is_open:
        _clear_up(visit, trial)
        if trial.is_open:
            return _open(visit, trial, SALE)
    if trial.state == VOIDED:
        return _back_home(visit, passed(SALE, _worded(RECOVERED, trial), **trial.fact))
    amount_fen = visit.settings.test_sale_fen or (LOCAL_FEN if visit.settings.local_host is not None else 0)
    if not amount_fen:
        return not_possible(SALE, NOT_ASKED)
    if not (can_ask(visit, "sale") and can_ask(visit, "void")):
        return not_possible(SALE, NO_VOID)
    answer = visit.ask(MAY_SELL)
    if list(answer or ()) != ["yes"]:
        return not_possible(SALE, REFUSED)
    why = reach_local_host(visit)
    if why is not None:
        return _back_home(visit, not_possible(SALE, why))
    return _back_home(visit, _sold(visit, trial, amount_fen))


def _take_over(visit: Visit, trial: Trial) -> None:
    """What another visit to this terminal left open; whoever stands here knows whether it is cleared up by now."""
    sale = None if trial.state else visit.left_open()
    if sale is None:
        return
    trial.adopt(sale)
    words = filled(LEFT_OPEN.words, yuan=_fen(trial), stan=_stan(trial))
    said = visit.ask(replace(LEFT_OPEN, words=words))
    if said is not None and list(said) == ["cleared"]:
        trial.settled_by_people()
    elif said is not None:
        visit.recognised = True


def _sold(visit: Visit, trial: Trial, amount_fen: int) -> Finding:
    from harness.clock import monotonic_s

    host = visit.local_host()
    if host is not None:
        visit.learn(**{NET_BEFORE: sum(row.net_fen for row in host.booked(*_at_host(visit)))})
    begun_s = monotonic_s()
    outcome = trial.sell(amount_fen)
    figure = Figure("sale_time", SALE_TIME, round(monotonic_s() - begun_s, 1), "s")
    _clear_up(visit, trial)
    if trial.state == UNKNOWN or (trial.state == SOLD and not _reported_later(visit)):
        return _open(visit, trial, SALE, figure)
    if trial.state not in (SOLD, VOIDED):
        return _not_sold(visit, outcome, figure)
    booked = int(trial.fact.get("booked_fen") or amount_fen)
    if booked != amount_fen:
        values = {"booked": yuan(booked), "yuan": yuan(amount_fen)}
        return failed(SALE, "other_amount", _worded(SOLD_FOUND, trial), figure, values=values, detail=trial.fact)
    return passed(SALE, _worded(SOLD_FOUND if trial.state == VOIDED else LEFT, trial), figure, **trial.fact)


def _clear_up(visit: Visit, trial: Trial) -> None:
    """Learn what is not known, and take back what is booked; nothing at a terminal that may be another one."""
    if trial.is_open and not trial.is_here():
        return
    elsewhere = trial.is_open and trial.fact.get("local") and not visit.sold_here
    if elsewhere and (visit.local_host() is None or reach_local_host(visit) is not None):
        return  # sold at our own host, which may have another address now; no other host is to hear of it
    if trial.is_open:
        trial.recover()
    trial.take_back()
    if trial.state == SOLD:  # a void that was refused for want of a session is not refused behind a sign-in
        sign_in_anew(visit)
        trial.take_back()
    if trial.owed:
        _have_reversed(visit, trial)


def _have_reversed(visit: Visit, trial: Trial) -> None:
    """A terminal delivers a reversal that it owes before its next transaction: one that moves no money."""
    from harness.bench.control_client import ControlError

    answered = False
    try:
        service = visit.service()
        if service is not None:
            service.ask("person", "operate", {"op": "send_reversal"}, OPERATE_S)
        elif can_ask(visit, "balance"):
            visit.tell(REVERSING)
            answered = ask_terminal(visit, "balance")["status"] in ("done", "declined")
    except ControlError:
        pass
    if answered or _nothing_left(visit):
        trial.reversed()


def _nothing_left(visit: Visit) -> bool:
    """Whether it is proved that nothing is booked: by our own host's ledger, or by the terminal's own status."""
    host = visit.local_host()
    if host is not None and NET_BEFORE in visit.facts:
        return _moved(visit, host) == 0
    status = status_of(visit)
    return status is not None and "pending_reversal" in status and status["pending_reversal"] is None


def _moved(visit: Visit, host: LocalHost) -> int:
    """What this terminal's payments at our own host move more than before the test sale, in fen."""
    return sum(row.net_fen for row in host.booked(*_at_host(visit))) - int(visit.facts.get(NET_BEFORE) or 0)


def _reported_later(visit: Visit) -> bool:
    """Whether the check of the void will be made, and so tells that it failed."""
    only, skip = visit.settings.only, visit.settings.skip
    wanted = not only or VOID in only or VOID_CHECK.group in only
    return wanted and VOID not in skip and VOID_CHECK.group not in skip


def _not_sold(visit: Visit, outcome: Mapping[str, Json], figure: Figure) -> Finding:
    """Nothing was booked: refused, declined, cancelled."""
    told = values_of(outcome)
    if outcome["status"] == "cancelled":
        return not_possible(SALE, filled(Text("{why}（{what}）", "{why} ({what})"), why=CANCELLED, what=told["what"]))
    fault = fault_of(outcome) or host_fault(outcome) or "sale_failed"
    if fault == "pending_reversal":  # delivered by now
        fault = "host_silent"
    values = values_for(fault, told, visit.settings.lang)
    return failed(SALE, fault, told["what"], figure, values=values, detail={"outcome": dict(outcome)})


def _open(visit: Visit, trial: Trial, check: str, *figures: Figure) -> Finding:
    """Money may still be booked."""
    fault = "void_in_doubt" if trial.fact.get("in_doubt") else "void_failed"
    fault = fault if trial.state == SOLD else "pending_reversal" if trial.owed else "sale_in_doubt"
    words = {"yuan": Text(_fen(trial), _fen(trial)), "stan": _stan(trial), "reason": _reason(trial)}
    found = filled(LEFT, **words) if trial.state == SOLD else UNCLEAR
    return failed(
        check, fault, found, *figures, values=values_for(fault, words, visit.settings.lang), detail=dict(trial.fact)
    )


UNCLEAR = Text("测试消费的结果还不清楚", "how the test sale ended is not known")
NO_STAN = Text("未知", "not known")


def _reason(trial: Trial) -> Text:
    """Why the void was not made, in the terminal's words."""
    words = trial.fact.get("reason") or {}
    return Text(str(words["zh"]), str(words["en"])) if words.get("zh") and words.get("en") else UNCLEAR_REASON


UNCLEAR_REASON = Text("没有得到结果", "no result came")


def _stan(trial: Trial) -> Text:
    stan = str(trial.fact.get("stan") or "")
    return Text(stan, stan) if stan else NO_STAN


def _fen(trial: Trial) -> str:
    return yuan(int(trial.fact.get("booked_fen") or trial.fact.get("amount_fen") or 0))


def _worded(phrase: Text, trial: Trial) -> Text:
    return filled(phrase, yuan=_fen(trial), stan=_stan(trial))


# the void


def check_void(visit: Visit) -> Finding:
    """How the void ended, and what terminal and host have in their books now."""
    trial = Trial(visit)
    if trial.is_open and has_cable(visit):
        _clear_up(visit, trial)
    if trial.is_open:
        return _open(visit, trial, VOID)
    if trial.state != VOIDED:
        return not_possible(VOID, NOTHING_SOLD)
    found, host = _worded(TAKEN_BACK, trial), visit.local_host()
    if host is None or NET_BEFORE not in visit.facts:  # the books from before the sale are another visit's
        return passed(VOID, found, **trial.fact)
    wrong = _wrong_in_books(visit, host, trial)
    if wrong is not None:
        return failed(VOID, "books_differ", wrong, values={"what": wrong.in_(visit.settings.lang)}, detail=trial.fact)
    return passed(VOID, filled(LEDGER, found=found), **trial.fact)


def _wrong_in_books(visit: Visit, host: LocalHost, trial: Trial) -> Text | None:
    """What is wrong in the books of our own host: the sale is there once and taken back, and all of this terminal's
    payments move as much as before it; None: nothing."""
    stan, own = str(trial.fact.get("stan") or ""), host.booked(*_at_host(visit))
    sales = [row for row in own if row.stan == stan and row.kind == "sale"]
    if len(sales) != 1:
        return BOOKED_TIMES.format(stan=stan, count=len(sales))
    moves = _moved(visit, host)
    if moves or not sales[0].taken_back:
        return STILL_MOVES.format(stan=stan, yuan=yuan(abs(moves)))
    return next((verdict.what for verdict in host.verdicts() if verdict.ok is False), None)


def _at_host(visit: Visit) -> tuple[str, str]:
    """TID and MID of this terminal at our own host."""
    known = visit.facts.get(LOCAL_TERMINAL) or visit.facts
    return str(known.get("tid") or ""), str(known.get("mid") or "")


# the settlement


def check_settlement(visit: Visit) -> Finding:
    """Close the batch where that was asked for, and sign the terminal in again."""
    if not visit.settings.settle:
        return not_possible(SETTLEMENT, NOT_ASKED_TO_SETTLE)
    if not has_cable(visit):
        return not_possible(SETTLEMENT, NO_CABLE)
    if not can_ask(visit, "settle"):
        return not_possible(SETTLEMENT, NO_SETTLEMENT)
    trial = Trial(visit)
    if trial.is_open and not trial.owed:  # a reversal that is owed goes out before the totals
        return not_possible(SETTLEMENT, IN_DOUBT)
    answer = visit.ask(MAY_SETTLE)
    if list(answer or ()) != ["yes"]:
        return not_possible(SETTLEMENT, REFUSED)
    why = reach_local_host(visit)
    if why is not None:
        return _back_home(visit, not_possible(SETTLEMENT, why))
    visit.tell(SETTLING)
    before = _settled_there(visit)
    outcome = attend(visit, session(visit).begin("settle"))
    assert outcome is not None
    return _back_home(visit, _settled(visit, outcome, before))


def _settled_there(visit: Visit) -> int:
    """How many batches of this terminal our own host has settled."""
    host = visit.local_host()
    return 0 if host is None else len(host.batches(_at_host(visit)[0]))


def _settled(visit: Visit, outcome: Mapping[str, Any], before: int) -> Finding:
    told = values_of(outcome)
    if outcome["status"] == "unknown":
        return failed(SETTLEMENT, "settlement_in_doubt", told["what"])
    if outcome["status"] != "done":
        fault = fault_of(outcome) or host_fault(outcome) or "settlement_failed"
        return failed(SETTLEMENT, fault, told["what"], values=values_for(fault, told, visit.settings.lang))
    batch = str(outcome.get("batch") or visit.facts.get("batch") or "-")
    if visit.local_host() is not None and _settled_there(visit) <= before:
        found = NOT_SETTLED.format(batch=batch)
        return failed(SETTLEMENT, "books_differ", found, values={"what": found.in_(visit.settings.lang)})
    trial = Trial(visit)
    if trial.owed and (visit.local_host() is None or _nothing_left(visit)):
        trial.reversed()
    again = sign_in_anew(visit)
    done = again is not None and again["status"] == "done"
    return passed(SETTLEMENT, (SETTLED if done else SETTLED_ONLY).format(batch=batch), batch=batch)


def _back_home(visit: Visit, finding: Finding) -> Finding:
    """Once no more money is to move, the terminal gets its own host back."""
    last = SETTLEMENT if visit.settings.settle else SALE
    to_do = route_back(visit) if finding.check == last else None
    if to_do is None:
        return finding
    return replace(
        finding, found=filled(Text("{found}；{to_do}", "{found}; {to_do}"), found=finding.found, to_do=to_do)
    )


SALE_CHECK = Check(
    SALE,
    "books",
    Text("测试消费", "test sale"),
    Text(
        "做一笔小额消费并立即撤销，看刷卡、联机、打印是否都通",
        "sells a small amount and takes it back: card, host and slip",
    ),
    check_sale,
    needs=("identity", "activation"),
    required=False,
    questions=(MAY_SELL, LEFT_OPEN, SAME, IS_SETTLED, MAY_SET, SET_BY_HAND),
)
VOID_CHECK = Check(
    VOID,
    "books",
    Text("撤销", "void"),
    Text("核对撤销的结果，以及账上没有留下钱", "compares how the void ended, and that nothing is left in the books"),
    check_void,
    needs=("identity",),
    required=False,
)
SETTLEMENT_CHECK = Check(
    SETTLEMENT,
    "books",
    Text("批结算", "settlement"),
    Text("结束当前批次，与主机对账，再签到", "closes the open batch, compares it with the host and signs in again"),
    check_settlement,
    needs=("identity", "activation"),
    required=False,
    questions=(MAY_SETTLE,),
)
PAYMENTS = (SALE_CHECK, VOID_CHECK, SETTLEMENT_CHECK)
