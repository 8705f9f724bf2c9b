"""Appeals (申诉): what a merchant does against a hold, stage by stage (`procedures`).

open --all stages' items--> decision --> granted (the hold ends)
  +-- a deadline passes --> missed (the hold stays, another appeal may begin)
  +-- the examiner refuses --> refused (the same)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from protocols.text import Text

from .. import holds
from ..asks import Args, Refused, Value, bad_argument, items_of, text_of
from ..books.appeals import Appeal
from ..books.holds import Hold
from ..hold_kinds import HOLD_KINDS
from ..state import State
from ..turn import Turn
from .procedures import ITEMS, PROCEDURES, Stage

APPEALS_MAX = 10
"""Appeals against one hold.  Whoever missed so many is to speak with the provider."""


def _stages(turn: Turn, one: Appeal) -> tuple[Stage, ...]:
    return PROCEDURES[turn.state.holds.all[one.case].kind]


def _shown(turn: Turn, one: Appeal) -> Value:
    stages = _stages(turn, one)
    stage = stages[one.stage]
    is_open = one.state == "open"
    missing = [item for item in stage.wants if item not in one.items] if is_open else []
    return {
        "appeal": one.number,
        "case": one.case,
        "state": one.state,
        "stage": stage.name if is_open else "",
        "text": {"zh": stage.text.zh, "en": stage.text.en},
        "stages": [each.name for each in stages],
        "items": missing,
        "words": [{"zh": ITEMS[item].zh, "en": ITEMS[item].en} for item in missing],
        "given": list(one.items),
        "due_us": turn.told(one.due_us) if is_open else None,
        "why": one.why,
    }


def _find(turn: Turn, args: Args) -> Appeal:
    number = text_of(turn, args, "appeal")
    found = turn.state.appeals.all.get(number)
    if found is None:
        raise Refused("no_appeal", Text(f"没有申诉 {number}", f"there is no appeal {number}"))
    return found


def appeal(turn: Turn, args: Args) -> Value:
    """`{case}`: begins an appeal; the answer says what is wanted and until when.  Raises Refused.

    One that is open already is shown as it stands.
    """
    case = text_of(turn, args, "case")
    hold = turn.state.holds.all.get(case)
    if hold is None or hold.released_us is not None:
        raise Refused("no_case", Text(f"没有生效的案件 {case}", f"there is no case {case} in force"))
    stages = PROCEDURES.get(hold.kind)
    if stages is None:
        kind = HOLD_KINDS[hold.kind].text
        raise Refused("not_appealable", Text(f"{kind.zh}: 不适用申诉", f"{kind.en}: no appeal against that"))
    number = turn.state.appeals.running.get(case)
    if number is None:
        if turn.state.appeals.count.get(case, 0) >= APPEALS_MAX:
            raise Refused(
                "too_many_appeals", Text("申诉次数过多，请联系客服", "too many appeals: speak with the provider")
            )
        number = f"S{len(turn.state.appeals.all) + 1:06d}"
        due = turn.now + stages[0].within_us
        turn.record("appeal", number=number, case=case, opened_us=turn.now, due_us=due)
        turn.changed("appeal", number, "", stages[0].name, case)
        _mark(turn, hold, stages[0].name)
    return _shown(turn, turn.state.appeals.all[number])


def _mark(turn: Turn, hold: Hold, stage: str) -> None:
    holds.hold(turn, hold.kind, hold.subject, stage=stage)


def material(turn: Turn, args: Args) -> Value:
    """`{appeal, items}`: the merchant hands in items, of this stage or of a later one.  Raises Refused."""
    one = _find(turn, args)
    if one.state != "open":
        raise Refused("closed", Text(f"申诉已结束: {one.state}", f"the appeal has ended: {one.state}"))
    stages = _stages(turn, one)
    wanted = [item for stage in stages for item in stage.wants]
    given = items_of(turn, args, "items", ())
    strange = [item for item in given if item not in wanted]
    if strange or not given:
        known = ", ".join(wanted)
        raise bad_argument("items", f"本案所需: {known}", f"wanted in this case: {known}")
    new = [item for item in given if item not in one.items]
    if new:
        turn.record("appeal_material", number=one.number, items=new)
    stage = one.stage
    while stages[stage].wants and set(stages[stage].wants) <= set(one.items):
        stage += 1
    if stage != one.stage:
        old = stages[one.stage].name
        turn.record("appeal_stage", number=one.number, stage=stage, due_us=turn.now + stages[stage].within_us)
        turn.changed("appeal", one.number, old, stages[stage].name, "material")
        _mark(turn, turn.state.holds.all[one.case], stages[stage].name)
    return _shown(turn, one)


def appeal_status(turn: Turn, args: Args) -> Value:
    """`{appeal}`: where it stands, and what is wanted by when.  Raises Refused."""
    return _shown(turn, _find(turn, args))


def next_due_us(state: State) -> int | None:
    """The next deadline or decision."""
    return min((state.appeals.all[number].due_us for number in state.appeals.running.values()), default=None)


def advance(turn: Turn) -> None:
    """Deadlines that passed close their appeals; decisions whose time has come grant theirs."""
    for number in tuple(turn.state.appeals.running.values()):
        one = turn.state.appeals.all[number]
        if one.due_us > turn.now:
            continue
        last = one.stage == len(_stages(turn, one)) - 1
        _end(turn, one, "granted" if last else "missed", "decided" if last else "deadline")


def decide(turn: Turn, args: Args) -> Value:
    """`{appeal, decision: grant | refuse, reason}`: an examiner decides at once.  Raises Refused."""
    one = _find(turn, args)
    decision = text_of(turn, args, "decision")
    if decision not in ("grant", "refuse"):
        raise bad_argument("decision", "应为 grant 或 refuse", "must be grant or refuse")
    if one.state == "open":
        _end(turn, one, "granted" if decision == "grant" else "refused", text_of(turn, args, "reason", ""))
    return _shown(turn, one)


def _end(turn: Turn, one: Appeal, state: str, why: str) -> None:
    hold = turn.state.holds.all[one.case]
    turn.changed("appeal", one.number, _stages(turn, one)[one.stage].name, state, why)
    turn.record("appeal_ended", number=one.number, state=state, why=why)
    if state != "granted" or hold.released_us is not None:
        return
    if "amount_fen" in hold.facts:  # the amount was examined: it is not questioned again
        mid = hold.subject.partition(":")[2]
        turn.record("risk_accepted", mid=mid, amount_fen=hold.facts["amount_fen"])
    holds.release(turn, one.case, "appeal granted")


PORTAL: Mapping[str, Callable[[Turn, Args], Value]] = {
    "appeal": appeal,
    "material": material,
    "appeal_status": appeal_status,
}
CONTROL: Mapping[str, Callable[[Turn, Args], Value]] = {"decide_appeal": decide}
