"""The books in the terminal: payments that are not settled, one that is in doubt, a settlement that was not finished.

The cable of most protocols tells little of it (a full batch or a pending reversal shows in the refusal of the next
payment), so a control interface is asked, or a person who knows what the terminal said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from protocols.text import Text

from ..device_facts import PENDING, control, local_status
from ..faults.outcomes import OF_THE_BATCH, fault_of
from ..model import Check, Figure, Finding, Question, failed, not_possible, passed
from ..visit import Visit
from .asking_terminal import ask_terminal, can_ask
from .signing_in import SIGN_IN, has_cable

if TYPE_CHECKING:
    from harness.machine import Json

ID = "batch"
LIMIT = "batch_limit"
"""In the settings file's `expected`: how many payments a batch takes."""
SHOWN = Question(
    "batch.shown",
    Text("近来收款时，终端显示过下面哪些？", "Which of these has the terminal shown lately when a payment was begun?"),
    {
        "pending_reversal": Text("冲正未完成、上笔交易未知", "a reversal is pending, last payment unknown"),
        "unresolved_payment": Text("有交易要人工查清（差错单）", "payments to be cleared up by people (error slip)"),
        "settlement_unfinished": Text("结算未完成、批上送未完成", "settlement or batch upload not finished"),
        "batch_full": Text("请先结算、交易笔数已满", "settle first, the batch is full"),
    },
    several=True,
    where=Text("屏幕提示，或交易查询菜单", "on its screen, or in its list of payments"),
)
"""The gravest first; each choice is the fault that it means."""
NOBODY = Text("终端没有说，也没有人回答", "the terminal does not tell, and nobody answered")
CLEAR = Text("没有未完成的交易，批次未满", "no payment is in doubt, and the batch is not full")
OPEN = Text("未结算笔数", "payments not settled")
IN_DOUBT = Text("流水号 {stan}，金额 {yuan} 元", "trace number {stan}, {yuan} yuan")
BY_PEOPLE = Text("{count} 笔：流水号 {stans}", "{count}: trace numbers {stans}")
TERMINAL_SAYS = Text("终端报告：{text}", "the terminal says: {text}")
STANS_SHOWN = 5


def check_batch(visit: Visit) -> Finding:
    """Control interface, cable, then a person."""
    local = local_status(visit)
    if local is not None:
        return _told(visit, local)
    for outcome in _outcomes(visit):
        fault = fault_of(outcome)
        if fault in set(OF_THE_BATCH.values()):
            return failed(ID, fault, _says(outcome))
    said = visit.ask(SHOWN)
    if said is None:
        return not_possible(ID, NOBODY)
    fault = next((one for one in SHOWN.choices if one in said), None)
    return passed(ID, CLEAR) if fault is None else failed(ID, fault, SHOWN.choices[fault])


def _told(visit: Visit, local: Mapping[str, Json]) -> Finding:
    """What the terminal knows of its books."""
    limit = visit.settings.expected.get(LIMIT)
    high = float(limit) if isinstance(limit, int | float) else None
    figure = Figure("open_entries", OPEN, int(local.get("open_entries") or 0), high=high)
    pending = local.get("pending_reversal")
    if pending:
        return failed(ID, "pending_reversal", _of(pending), figure, detail={"pending": dict(pending)})
    unresolved = (control(visit, "snapshot") or {}).get("unresolved") or []
    if unresolved:
        stans = ", ".join(str(one.get("stan")) for one in unresolved[:STANS_SHOWN])
        words = BY_PEOPLE.format(count=len(unresolved), stans=stans)
        return failed(ID, "unresolved_payment", words, figure)
    if visit.facts.get(PENDING):
        return failed(ID, "reversal_delivered", _of(visit.facts[PENDING]), figure)
    if local.get("settling"):
        return failed(ID, "settlement_unfinished", SHOWN.choices["settlement_unfinished"], figure)
    if local.get("life_cycle") == "must_settle" or not figure.good:
        return failed(ID, "batch_full", SHOWN.choices["batch_full"], figure)
    return passed(ID, CLEAR, figure)


def _outcomes(visit: Visit) -> list[Mapping[str, Any]]:
    """What the terminal has said, and says when it is asked how it is and how its last payment ended."""
    told = [visit.facts[SIGN_IN]] if visit.facts.get(SIGN_IN) else []
    if has_cable(visit):
        told += [ask_terminal(visit, op) for op in ("status", "last") if can_ask(visit, op)]
    return told


def _of(pending: Mapping[str, Json]) -> Text:
    yuan = f"{int(pending.get('amount_fen') or 0) / 100:.2f}"
    return IN_DOUBT.format(stan=str(pending.get("stan")), yuan=yuan)


def _says(outcome: Mapping[str, Any]) -> Text:
    text = outcome["text"]
    return Text(TERMINAL_SAYS.zh.format(text=text["zh"]), TERMINAL_SAYS.en.format(text=text["en"]))


BATCH = Check(
    ID,
    "books",
    Text("批次与未完交易", "batch and payments in doubt"),
    Text("未结算笔数、未完成的冲正与结算", "payments not settled, reversals and settlements not finished"),
    check_batch,
    questions=(SHOWN,),
)
