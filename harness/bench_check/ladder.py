"""The ladder that a terminal climbs once before it takes its first payment, and where it stands.

Every source tells a part of it: what it proves, what it finds missing, and what stands in the way.  Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from protocols.text import Lang, Text

from .faults.answers import BY_STATE, host_fault
from .faults.outcomes import fault_of
from .reader.words import filled

Standing = Literal["done", "missing", "unknown"]
STEPS: Mapping[str, Text] = {
    "self_tested": Text("通电自检", "power and self-test"),
    "connected": Text("联网", "network"),
    "activated": Text("激活", "activation"),
    "master_key": Text("主密钥", "master key"),
    "signed_in": Text("签到", "sign-in"),
    "parameters": Text("参数", "parameters"),
    "aids": Text("IC 卡参数", "chip-card parameters"),
    "public_keys": Text("公钥", "public keys"),
    "software": Text("软件版本获认可", "software accepted"),
    "released": Text("收单机构放行", "released by the acquirer"),
}
"""In their order.  Sources: the life cycle of posrig's terminal (CardInfoLink and Chanjet documents, PAX and Topwise
terminals); `released`: the provider holds nothing against merchant, terminal or model."""
ORDER = tuple(STEPS)
DOWNLOADED = ("parameters", "aids", "public_keys")
STANDINGS: Mapping[Standing, Text] = {
    "done": Text("已完成", "done"),
    "missing": Text("未完成", "missing"),
    "unknown": Text("不清楚", "not known"),
}

_REACHED: Mapping[str, str] = {
    "unboxed": "",
    "self_tested": "self_tested",
    "connected": "connected",
    "activated": "activated",
    "keyed": "master_key",
    "must_sign_in": "master_key",
    "signed_off": "master_key",
}
"""The last step that a life-cycle state proves; every other state is behind a sign-in."""
_NEXT_FAULT: Mapping[str, str] = {
    "self_tested": "self_test_missing",
    "connected": "not_connected",
    "activated": "not_activated",
    "master_key": "key_missing",
    "signed_in": "not_signed_in",
    "parameters": "no_parameters",
    "aids": "no_aids",
    "public_keys": "no_public_keys",
}
"""What is wrong where a step is missing and nothing more is known."""
_STEP_OF_FAULT: Mapping[str, str] = {
    **{fault: step for step, fault in _NEXT_FAULT.items()},
    **dict.fromkeys(("host_unreachable", "host_silent"), "connected"),
    **dict.fromkeys(("tampered", "key_wrong", "key_lost"), "master_key"),
    **dict.fromkeys(("old_software", "vulnerable_software"), "software"),
    **dict.fromkeys(
        ("suspended", "merchant_refused", "terminal_refused", "model_suspended", "licence", "service_ended"), "released"
    ),
    **dict.fromkeys(
        ("not_registered", "not_bound", "withdrawn", "merchant_closed", "not_opened", "no_application"), "activated"
    ),
}
"""Which step is missing behind a fault of a sign-in; the sign-in itself for all others."""
BEHIND = ("software", "released")
"""Steps of the provider's, which stop a sign-in although all before it is done."""
PROVES_NOTHING = frozenset(("not_activated", "tampered"))
"""Faults for which a terminal refuses first of all, whatever else is missing."""
REASON_UNKNOWN = frozenset(
    (
        "not_activated", "not_signed_in", "merchant_refused", "terminal_refused", "not_registered", "not_bound",
        "withdrawn", "merchant_closed", "not_opened", "suspended", "host_refused", "host_busy", "sign_in_failed",
        "old_software", "no_application",
    )
)  # fmt: skip
"""Faults that name a step and not why: whoever knows the provider's reason says it better."""
DASH = Text("未说明", "not told")
STANDING = Text("{name}：{steps}", "{name}: {steps}")
CASE, NO_CASE = "case", Text("未知", "not known")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way: a fault of the table, the step that it keeps from being done, and what fills the fault's
    placeholders."""

    fault: str
    step: str
    values: Mapping[str, Text] = field(default_factory=dict)


@dataclass(slots=True)
class Ladder:
    """Where the terminal stands, from what was seen so far."""

    steps: dict[str, Standing] = field(default_factory=lambda: dict.fromkeys(ORDER, "unknown"))
    obstacle: Obstacle | None = None

    @property
    def first_missing(self) -> str | None:
        """The first step that is not done, as far as anybody knows; None: none is known to be missing."""
        return next((step for step in ORDER if self.steps[step] == "missing"), None)

    def reach(self, step: str) -> None:
        """`step` is done, and so is every step before it."""
        for one in ORDER[: ORDER.index(step) + 1]:
            self.steps[one] = "done"

    def lack(self, obstacle: Obstacle) -> None:
        """Its step is missing.  Who knows the reason replaces who knows the step alone; else the first witness
        counts."""
        self.steps[obstacle.step] = "missing"
        known = self.obstacle
        if known is None or _says_more(obstacle.fault, known.fault):
            self.obstacle = obstacle

    def told(self) -> dict[str, Standing]:
        """For the record."""
        return dict(self.steps)


def _says_more(fault: str, known: str) -> bool:
    return known == "not_activated" or (known in REASON_UNKNOWN and fault not in REASON_UNKNOWN)


def climb_by_outcome(ladder: Ladder, outcome: Mapping[str, Any]) -> None:
    """What a sign-in, or an activation, tells."""
    if outcome.get("cause") == "not_in_protocol":
        return
    if outcome["status"] == "done":
        ladder.reach("signed_in" if outcome["op"] == "sign_in" else "activated")
        return
    obstacle = obstacle_of(outcome)
    if outcome["status"] == "declined" or obstacle.fault in _STEP_OF_FAULT:
        _reach_before(ladder, obstacle)
    if obstacle.step in BEHIND:
        ladder.steps["signed_in"] = "missing"
    ladder.lack(obstacle)


def _reach_before(ladder: Ladder, obstacle: Obstacle) -> None:
    """The terminal asks for one step after the other, and only one with its keys is refused for other reasons."""
    at = ORDER.index("signed_in" if obstacle.step in BEHIND else obstacle.step)
    if at and obstacle.fault not in PROVES_NOTHING:
        ladder.reach(ORDER[at - 1])


def obstacle_of(outcome: Mapping[str, Any]) -> Obstacle:
    """Why a sign-in or an activation was not done."""
    detail = outcome.get("detail") or {}
    if detail.get("state"):
        return _of_activation(detail)
    fault = host_fault(outcome) or fault_of(outcome) or "sign_in_failed"
    if fault == "not_signed_in":  # a sign-in that wants one itself: the terminal cannot use the keys that it has
        fault = "key_missing" if outcome["status"] == "refused" else "sign_in_failed"
    return Obstacle(fault, _STEP_OF_FAULT.get(fault, "signed_in"), values_of(outcome))


def values_of(outcome: Mapping[str, Any]) -> dict[str, Text]:
    """What fills the placeholders of the faults that an Outcome means."""
    from protocols.unionpay.responses import RESPONSES

    code, words = str(outcome.get("code") or ""), outcome.get("text") or {}
    said = Text(str(words.get("zh") or "-")[:60], str(words.get("en") or "-")[:60])
    meaning = RESPONSES[code].meaning if code in RESPONSES else said
    shown = code or str(outcome.get("cause") or "-")
    return {"code": Text(shown, shown), "meaning": meaning, "reason": said, "what": said, CASE: NO_CASE}


def _of_activation(detail: Mapping[str, Any]) -> Obstacle:
    """The state that an activation was told (posrig's own profile)."""
    fault = BY_STATE.get(str(detail["state"]), "not_activated")
    items = [str(item) for item in detail.get("items") or ()]
    queue = next((item.partition(":")[2] for item in items if item.startswith("position:")), "?")
    values = {
        "stage": stage_text(str(detail.get("stage") or "")),
        "age": minutes_text(detail.get("age_minutes")),
        "position": Text(queue, queue),
        "items": items_text(items),
        CASE: plain(detail.get("case")),
        "tries": plain(detail.get("tries_left")),
    }
    return Obstacle(fault, "activated", values)


def climb_by_status(ladder: Ladder, status: Mapping[str, Any]) -> None:
    """What the terminal's own status tells (`posrig terminal --control`)."""
    life_cycle = str(status.get("life_cycle") or "")
    if life_cycle == "tampered":
        ladder.lack(Obstacle("tampered", "master_key"))
        return
    if life_cycle == "suspended":
        ladder.reach("signed_in")
        ladder.lack(Obstacle("suspended", "released", {CASE: NO_CASE}))
    elif life_cycle in _REACHED:
        reached = _REACHED[life_cycle]
        following = ORDER[ORDER.index(reached) + 1] if reached else ORDER[0]
        if reached:
            ladder.reach(reached)
        if ladder.steps[following] != "done":
            ladder.lack(Obstacle(_NEXT_FAULT[following], following))
    elif life_cycle:
        ladder.reach("signed_in")
    if ladder.steps["signed_in"] != "done":
        return
    for step in DOWNLOADED:
        if step in (status.get("downloaded") or ()):
            ladder.steps[step] = "done"
        else:
            ladder.lack(Obstacle(_NEXT_FAULT[step], step))


PERSON: Mapping[str, str] = {
    "activate": "activated",
    "master_key": "master_key",
    "sign_in": "signed_in",
    "parameters": "parameters",
    "suspended": "released",
    "update": "software",
}
"""The step that a person's answer finds missing."""


def climb_by_person(ladder: Ladder, answer: str) -> None:
    """What a person reads on the screen of the terminal."""
    if answer == "ready":
        ladder.reach("public_keys")
        return
    step = PERSON.get(answer)
    if step is None:
        return
    ladder.reach("master_key" if step in BEHIND else ORDER[ORDER.index(step) - 1])
    faults = {"suspended": "suspended", "update": "old_software"}
    ladder.lack(Obstacle(faults.get(answer) or _NEXT_FAULT[step], step, {CASE: NO_CASE}))


# words


def plain(value: object) -> Text:
    """A value that is the same in both languages, `not told` for none."""
    told = str(value).strip()[:120] if value is not None else ""
    return Text(told, told) if told else DASH


def items_text(items: list[str]) -> Text:
    """Names of documents."""
    return Text("、".join(items)[:120], ", ".join(items)[:120]) if items else DASH


def minutes_text(minutes: object) -> Text:
    """An age in the unit that people would use."""
    if not isinstance(minutes, int) or isinstance(minutes, bool):
        return DASH
    for size, zh, en in ((1440, "天", "days"), (60, "小时", "hours")):
        if minutes >= 2 * size:
            return Text(f"{minutes // size} {zh}", f"{minutes // size} {en}")
    return Text(f"{minutes} 分钟", f"{minutes} minutes")


def stage_text(stage: str) -> Text:
    """A stage of the review by its name."""
    from protocols.unionpay.activation import Stage

    return Stage(stage).text if stage in tuple(Stage) else plain(stage)


def words_of(ladder: Ladder, *standings: Standing) -> Text:
    """`done: ...; not known: ...`, in one line; DASH where there is nothing to tell."""
    parts: list[Text] = []
    for standing in standings:
        steps = [STEPS[step] for step in ORDER if ladder.steps[step] == standing]
        if steps:
            told = Text("、".join(one.zh for one in steps), ", ".join(one.en for one in steps))
            parts.append(filled(STANDING, name=STANDINGS[standing], steps=told))
    return Text("；".join(one.zh for one in parts), "; ".join(one.en for one in parts)) if parts else DASH


def values_for(fault: str, values: Mapping[str, Text], lang: Lang) -> dict[str, str]:
    """What fills the placeholders of a fault, all of them and no others."""
    from string import Formatter

    from .faults import FAULTS

    one = FAULTS[fault]
    names = {name for text in (one.cause, one.action) for _, name, _, _ in Formatter().parse(text.zh) if name}
    return {name: values.get(name, DASH).in_(lang) for name in sorted(names)}
