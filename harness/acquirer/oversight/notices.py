"""Announcements: maintenance, the daily cut-over, the end of a service, what is no longer allowed from a day on.

An announcement is made in advance and takes effect by itself when its time has come, by a hold; it ends by itself where
an end is foreseen.  The portal shows all of them, a sign-in hands out the next one that concerns the terminal.

    announced -> in_force -> cut_off (of an end of service) -> over

Source of kinds: the documents' notices of maintenance (系统公告 in advance), end of service (官方停用通知), suspended
models and licences; the times of a notice are the provider's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from protocols.text import Text

from .. import holds
from ..asks import Args, Refused, Value, bad_argument, text_of
from ..books.notices import Notice
from ..state import State
from ..turn import Turn

OPEN_MAX = 1_000
"""Announcements that are not over.  More is a bench that never ends any."""
WORDS_MAX = 100
"""Characters of a fact."""


@dataclass(frozen=True)
class NoticeKind:
    """`hold`: the hold that it puts when it comes into force, "" for none; `after`: the one at its cut-off.

    `facts`: what may be said besides the times, with the type or the values that are allowed.  `has_end`: it is a
    window, whose end must be named.
    """

    text: Text
    hold: str = ""
    after: str = ""
    facts: Mapping[str, type | tuple[str, ...]] = field(default_factory=dict)
    has_end: bool = False


NOTICE_KINDS: Mapping[str, NoticeKind] = {
    "maintenance": NoticeKind(
        Text("系统维护", "system maintenance"), "maintenance", facts={"closed": bool}, has_end=True
    ),
    "cut_over": NoticeKind(Text("日切", "daily cut-over"), "cut_over", has_end=True),
    "end_of_service": NoticeKind(
        Text("停止服务", "end of service"), "end_of_service", "service_closed", facts={"reason": str}
    ),
    "model_suspended": NoticeKind(Text("机型暂停使用", "model suspended"), "model_suspended", facts={"reason": str}),
    "licence": NoticeKind(Text("支付牌照到期", "end of the payment licence"), "licence", facts={"reason": str}),
    "rule": NoticeKind(
        Text("新规则生效", "a new rule"),
        facts={"rule": str, "requires": ("algorithm", "key_length", "field"), "value": str},
    ),
    "upgrade": NoticeKind(Text("主机升级", "host upgrade"), facts={"version": str}),
}
"""Every kind.  `closed`: during the window connections are closed at once instead of being answered."""


def announce(turn: Turn, args: Args) -> Notice:
    """`{kind, subject, from_us, until_us, cut_off_us, facts}`: make it known now.  Raises Refused.

    `subject` as in `holds`, by default `all` and, for a licence, the institution itself.  `from_us` is now by default.
    """
    name = text_of(turn, args, "kind")
    kind = NOTICE_KINDS.get(name)
    if kind is None:
        raise bad_argument("kind", f"可用: {', '.join(NOTICE_KINDS)}", f"known kinds: {', '.join(NOTICE_KINDS)}")
    facts = args.get("facts", {})
    if not isinstance(facts, dict) or not all(_fits(value, kind.facts.get(key)) for key, value in facts.items()):
        known = ", ".join(kind.facts) or "-"
        raise bad_argument("facts", f"可用: {known}", f"known facts: {known}")
    if len(turn.state.notices.live) >= OPEN_MAX:
        raise Refused("too_many_notices", Text("公告过多", "too many announcements are open"))
    own = f"institution:{turn.settings.acquirer_id}"
    from_us = time_of(turn, args, "from_us")
    until_us, cut_off_us = time_of(turn, args, "until_us"), time_of(turn, args, "cut_off_us")
    begins = turn.now if from_us is None else from_us
    if kind.has_end and until_us is None:
        raise bad_argument("until_us", "须给出结束时间", "the end must be named")
    if any(time is not None and time <= begins for time in (until_us, cut_off_us)):
        raise bad_argument("until_us", "结束须晚于开始", "the end must come after the beginning")
    number = f"N{turn.state.notices.count + 1:06d}"
    turn.record(
        "notice",
        number=number,
        kind_of_notice=name,
        subject=text_of(turn, args, "subject", own if name == "licence" else "all"),
        announced_us=turn.now,
        from_us=begins,
        until_us=until_us,
        cut_off_us=cut_off_us,
        facts=dict(facts),
    )
    turn.changed("notice", number, "", "announced", name)
    found = turn.state.notices.live[number]
    advance(turn)
    return found


def _fits(value: object, wanted: type | tuple[str, ...] | None) -> bool:
    if wanted is None or (isinstance(value, str) and len(value) > WORDS_MAX):
        return False
    return value in wanted if isinstance(wanted, tuple) else isinstance(value, wanted)


def time_of(turn: Turn, args: Args, name: str) -> int | None:
    value = args.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise bad_argument(name, "应为微秒时间", "must be a time in microseconds")
    return value + turn.shift_us


def call_off(turn: Turn, args: Args) -> str:
    """`{notice}`: it is over at once, and so is what it had put on hold.  Raises Refused."""
    number = text_of(turn, args, "notice")
    if number not in turn.state.notices.live:
        raise Refused("no_notice", Text(f"没有有效公告 {number}", f"no announcement {number} is open"))
    _end(turn, turn.state.notices.live[number], "called_off")
    return number


def _due_us(one: Notice) -> int | None:
    """When its next stage comes, None for never."""
    if one.stage == "announced":
        return one.from_us
    times = [one.until_us, one.cut_off_us if one.stage == "in_force" else None]
    return min((time for time in times if time is not None), default=None)


def next_due_us(state: State) -> int | None:
    """When the first announcement comes into force, to its cut-off or to its end."""
    times = (_due_us(one) for one in state.notices.live.values())
    return min((time for time in times if time is not None), default=None)


def advance(turn: Turn) -> None:
    """Every stage whose time has come."""
    for one in list(turn.state.notices.live.values()):
        due = _due_us(one)
        while due is not None and due <= turn.now and one.stage != "over":
            _next_stage(turn, one, due)
            due = _due_us(one)


def _next_stage(turn: Turn, one: Notice, due: int) -> None:
    if one.stage != "announced" and due == one.until_us:
        _end(turn, one, "time")
        return
    kind = NOTICE_KINDS[one.kind]
    stage = "in_force" if one.stage == "announced" else "cut_off"
    hold = kind.hold if stage == "in_force" else kind.after
    facts: dict[str, Any] = {"until_us": one.until_us, "cut_off_us": one.cut_off_us, **one.facts, "notice": one.number}
    case = holds.hold(turn, hold, one.subject, "", **facts).case if hold else ""
    turn.changed("notice", one.number, one.stage, stage, one.kind)
    turn.record("notice_stage", number=one.number, stage=stage, case=case)


def _end(turn: Turn, one: Notice, why: str) -> None:
    turn.changed("notice", one.number, one.stage, "over", why)
    turn.record("notice_over", number=one.number, at_us=turn.now if why == "called_off" else one.until_us)
    needed = {case for other in turn.state.notices.live.values() for case in other.cases}
    for case in one.cases:
        if case not in needed:
            holds.release(turn, case, f"{one.number} {why}")


def is_closed(turn: Turn) -> bool:
    """Whether connections are closed at once for the time being."""
    return any(one.kind == "maintenance" and one.facts.get("closed") for one in holds.in_force(turn, ("all",)))


def concerning(turn: Turn, subjects: Collection[str]) -> list[Notice]:
    """Announcements that are not over and concern one of `subjects`, those that come first being first."""
    found = [one for one in turn.state.notices.live.values() if one.subject in subjects]
    return sorted(found, key=lambda one: (one.from_us, one.number))


def words(turn: Turn, one: Notice) -> str:
    """One line, as a terminal shows it: what, from when to when."""
    kind = NOTICE_KINDS[one.kind]
    named = str(one.facts.get("rule") or one.facts.get("version") or "")
    line = f"{kind.text.zh} {_when(turn, one.from_us)}起"
    if one.until_us is not None:
        line = f"{kind.text.zh} {_when(turn, one.from_us)}至{_when(turn, one.until_us)}"
    return f"{line} {named}".strip()


def _when(turn: Turn, time_us: int) -> str:
    return (datetime.fromisoformat(turn.state.epoch) + timedelta(microseconds=time_us)).strftime("%m-%d %H:%M")


def shown(turn: Turn, one: Notice) -> Value:
    """As the portal shows it; times as this run counts them."""
    text = NOTICE_KINDS[one.kind].text
    told: dict[str, Any] = {
        "notice": one.number,
        "kind": one.kind,
        "subject": one.subject,
        "text": {"zh": text.zh, "en": text.en},
        "stage": one.stage,
        "announced_us": turn.told(one.announced_us),
        "from_us": turn.told(one.from_us),
        "until_us": turn.told(one.until_us),
        "cut_off_us": turn.told(one.cut_off_us),
    }
    return {**told, **one.facts}


def portal(turn: Turn, args: Args) -> Value:
    """`{sn | mid}`, or nothing for what concerns everybody: `{notices: [...], host_version}`, the newest last."""
    subjects = {"all", f"institution:{turn.settings.acquirer_id}"}
    asked = {name: text_of(turn, args, name) for name in ("sn", "mid") if name in args}
    for terminal in turn.state.terminals.values():
        if terminal.sn == asked.get("sn") or terminal.mid == asked.get("mid"):
            subjects.update(holds.subjects_of(turn, terminal))
    book = turn.state.notices
    found = [one for one in (*book.over, *book.live.values()) if one.subject in subjects]
    found.sort(key=lambda one: one.number)
    return {"notices": [shown(turn, one) for one in found], "host_version": turn.state.upgrades.version}


def control_announce(turn: Turn, args: Args) -> Value:
    """`announce` for the bench: `{notice, cases}`."""
    one = announce(turn, args)
    return {"notice": one.number, "stage": one.stage, "cases": list(one.cases)}


PORTAL = {"notices": portal}
CONTROL: Mapping[str, Callable[[Turn, Args], Value]] = {
    "announce": control_announce,
    "call_off": lambda turn, args: {"notice": call_off(turn, args)},
}
