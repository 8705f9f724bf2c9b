"""Symptoms of the people at a terminal: what they mistype or hold wrongly, who was not entitled, who never came, and
what was done to the device."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from protocols.text import Text
from protocols.unionpay.activation import State

from ...machine import DAY_US
from ...trace import Event
from ..story import Story, field_of
from ..symptom import Symptom, both_ends
from .cards import is_the_cards
from .case import same_parts
from .review import activation_says

SIGN_ON = "operator_sign_on"
READER_TEST = "reader_test"
SIGN_ON_FAILED = ("wrong_operator", "wrong_password", "locked_out")
UNENTITLED = ("no_operator", "idle_locked", "no_right")
PULLED = ("card_removed", "card_removed_early")
"""While the host was asked, which is reversed, and while the chip was read."""
REFUSED_BY_CARD = ("card_rejected", "card_failed")
"""The same reason of a reversal, and nobody pulled the card out."""
REVERSAL_CARD = "96"
"""F39 of a reversal: the chip card was gone before the transaction was complete."""
WRONG_PIN, PIN_TRIES_USED = "55", "75"
TESTED_BY_HAND = ("magnetic_reader", "chip_reader", "keypad")
HAND_TESTS = ("read_test", "keypad_test")
LEFT_ALONE_US = 2 * DAY_US
"""A terminal in use is signed in and settled every day; so long without either, nobody looks after it (posrig's
choice)."""


def _causes(story: Story, *causes: str) -> list[int]:
    return [e.seq for e, o in story.outcomes() if o.get("cause") in causes]


def _sign_on_failed(story: Story) -> list[int]:
    return [e.seq for e, o in story.outcomes() if o.get("op") == SIGN_ON and o.get("cause") in SIGN_ON_FAILED]


def _amount_taken_back(story: Story) -> list[int]:
    return _causes(story, "amount_not_confirmed")


def _pulled_again(story: Story) -> list[int]:
    """Not once: that happens to everybody.  Both terminal and register tell how a sale of the register ended."""
    reversals = (x for x in both_ends(story) if str(x.request.data["mti"]) == "0400")
    told = [x.request.seq for x in reversals if field_of(x.request, 39) == REVERSAL_CARD]
    ended = [e for e, o in story.outcomes() if o.get("cause") in PULLED]
    refused = sum(o.get("cause") in REFUSED_BY_CARD and e.party != "register" for e, o in story.outcomes())
    times = max([len(told) - refused, *Counter(e.party for e in ended).values()])
    return [e.seq for e in ended] + told if times > 1 else []


def _held_wrongly(story: Story) -> list[Event]:
    """Cards that could not be read; whoever tests a reader knows how a card is held."""
    found: list[Event] = []
    testing: set[str] = set()
    for event in story.events:
        if event.kind == "operation" and event.data.get("op") == READER_TEST:
            (testing.add if event.data.get("phase") == "begin" else testing.discard)(event.party)
        elif event.kind == "card" and event.data.get("what") == "misread" and event.party not in testing:
            found.append(event)
    return found


def _misread(story: Story) -> list[int]:
    """Not once: that happens to everybody.  A chip that no reader reads is the card's own fault."""
    held = [e.seq for e in story.once(_held_wrongly)]
    ended = ((e, o) for e, o in story.outcomes() if o.get("cause") == "card_misread")
    # the register's own terminal is the first one
    wrong = [e.seq for e, _ in ended if not is_the_cards(story, e.party.replace("register", "terminal"))]
    return (held if len(held) > 1 else []) + wrong


def _pin_again_and_again(story: Story) -> list[int]:
    """75, or 55 to two requests in a row: one wrong PIN happens to everybody."""
    found, before = [], ""
    for exchange in both_ends(story):
        if exchange.reply is None or exchange.code not in (WRONG_PIN, PIN_TRIES_USED):
            before = exchange.code
            continue
        if exchange.code == PIN_TRIES_USED or before == WRONG_PIN:
            found.append(exchange.reply.seq)
        before = exchange.code
    codes = [e.seq for e, o in story.outcomes() if o.get("code") == PIN_TRIES_USED]
    return found + codes


def _mistakes_by_part(story: Story) -> list[tuple[str, list[int]]]:
    """What went wrong, by the part that would be to blame if it was not the person."""
    swiped = [e.seq for e in story.once(_held_wrongly) if e.data.get("how") == "swipe"]
    inserted = [e.seq for e in story.once(_held_wrongly) if e.data.get("how") == "insert"]
    typed = activation_says(State.CODE_WRONG, State.LOCKED)(story) + _sign_on_failed(story)
    typed += _amount_taken_back(story) + _pin_again_and_again(story)
    return [("keypad", typed), ("magnetic_reader", swiped), ("chip_reader", inserted + _pulled_again(story))]


def _part_tested(ok: bool) -> Callable[[Story], list[int]]:
    """The part that a mistake could be blamed on passes its test afterwards, or fails it.

    A self-test that passes says nothing of what the part cannot know of itself: how well a reader reads, which
    key was meant.
    """

    def find(story: Story) -> list[int]:
        found = []
        tests = [e for e in story.of("self_test") if e.data.get("ok") is ok]
        tests = [e for e in tests if not ok or e.data.get("part") not in TESTED_BY_HAND]
        tests += [e for e in story.of("part") if e.data.get("what") in HAND_TESTS and e.data.get("ok") is ok]
        for part, mistakes in _mistakes_by_part(story):
            found += [e.seq for e in tests if mistakes and e.data.get("part") == part and e.seq > mistakes[0]]
        return found

    return find


def _unentitled(story: Story) -> list[int]:
    """Refused for want of an operator or of his right, and nobody has just mistyped a password: nobody even tried."""
    found, failed = [], False
    for event, outcome in story.outcomes():
        if outcome.get("op") == SIGN_ON:
            failed = outcome.get("status") != "done"
        elif outcome.get("cause") in UNENTITLED and not failed:
            found.append(event.seq)
    return found


def _audited(story: Story) -> list[int]:
    return [e.seq for e in story.of("audit") if e.data.get("what") == "refused" and e.data.get("cause") in UNENTITLED]


def _tampered(story: Story) -> list[int]:
    states = [
        e.seq for e in story.of("state") if e.data.get("machine") == "life_cycle" and e.data.get("to") == "tampered"
    ]
    return states + _causes(story, "tampered")


def _tamper_record(story: Story) -> list[int]:
    return [e.seq for e in story.of("local_status") if e.data.get("life_cycle") == "tampered" and e.data.get("tamper")]


def _idle_reported(story: Story) -> list[int]:
    return [e.seq for e, answer in story.portal("idle") if answer.get("terminals")]


def _silent_since(story: Story) -> list[int]:
    """Of a terminal on the idle report nothing was heard or seen since: it may as well be dead."""
    last: dict[str, int] = {}
    for event in story.events:
        fields = event.data.get("fields")
        tid = fields.get("41") if isinstance(fields, Mapping) else event.data.get("tid")
        if tid:
            last[str(tid)] = event.seq
    return [
        e.seq
        for e, answer in story.portal("idle")
        if any(last.get(str(one.get("tid")), 0) < e.seq for one in answer.get("terminals", ()))
    ]


def _left_alone(story: Story) -> list[int]:
    """The terminal answers and says itself that nobody signed it in, or settled it, for days in which it was running:
    one that was dead could not be looked after."""
    found = []
    for event in story.of("local_status"):
        told = event.data
        waits = told.get("session") == "signed_off" or bool(told.get("open_entries"))
        age_us = int(told.get("session_age_us", 0))
        if waits and told.get("tid") and min(age_us, int(told.get("uptime_us", age_us))) >= LEFT_ALONE_US:
            found.append(event.seq)
    return found


def _by_itself(story: Story) -> list[int]:
    begun: Iterable[int] = (e.seq for e in story.of("operation") if e.data.get("by") == "terminal")
    return list(begun)


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "activation_code_wrong",
        Text("激活码错误，或错误次数用尽而锁定", "The activation code is wrong, or locked after too many wrong ones"),
        activation_says(State.CODE_WRONG, State.LOCKED),
    ),
    Symptom(
        "sign_on_failed",
        Text("操作员号或密码错误", "A wrong operator number or password"),
        _sign_on_failed,
    ),
    Symptom(
        "amount_taken_back",
        Text("确认金额时按了取消", "The amount was cancelled when it had to be confirmed"),
        _amount_taken_back,
    ),
    Symptom(
        "card_pulled",
        Text("卡片一再过早拔出（冲正原因 96）", "The card was taken out too early, again (reversal with reason 96)"),
        _pulled_again,
    ),
    Symptom("card_misread", Text("卡片读不出", "A card could not be read"), _misread),
    Symptom(
        "pin_again_and_again",
        Text("密码连续输错（55），或次数用尽（75）", "Wrong PIN again and again (55), or no try left (75)"),
        _pin_again_and_again,
    ),
    Symptom(
        "part_is_good",
        Text(
            "相关部件随后自检正常：属操作问题", "The part concerned passes its self-test afterwards: it was the person"
        ),
        _part_tested(True),
    ),
    Symptom(
        "part_is_bad",
        Text("相关部件随后自检失败：不是操作问题", "The part concerned fails its self-test afterwards: not the person"),
        _part_tested(False),
    ),
    Symptom(
        "unentitled",
        Text(
            "无操作员、键盘已锁或无权限而被拒，此前无人试过密码",
            "Refused: no operator, locked, or no right; no password was tried",
        ),
        _unentitled,
    ),
    Symptom("audited", Text("审计日志记有越权操作", "The audit log names an operation without the right"), _audited),
    Symptom(
        "tampered", Text("终端已触发自毁，拒绝一切交易", "The terminal is tampered and refuses everything"), _tampered
    ),
    Symptom(
        "tamper_record",
        Text(
            "本机状态中有自毁记录（时间与原因）", "The terminal's own status holds a tamper record with time and cause"
        ),
        _tamper_record,
    ),
    Symptom(
        "same_parts",
        Text("防拆开关断开，而各部件编号未变", "The tamper switch is open, and no part was changed"),
        same_parts,
    ),
    Symptom(
        "idle_reported",
        Text("服务商的闲置报表列出该终端", "The provider's idle report names the terminal"),
        _idle_reported,
    ),
    Symptom(
        "silent_since",
        Text("闲置报表之后该终端再无动静", "Nothing was heard of it since the idle report"),
        _silent_since,
    ),
    Symptom(
        "left_alone",
        Text("本机状态：数日未签到或未结算", "Its own status: not signed in, or not settled, for days"),
        _left_alone,
    ),
    Symptom(
        "by_itself",
        Text("到期后终端自动结算或签退", "The terminal settled or signed off by itself at its limit"),
        _by_itself,
    ),
)
