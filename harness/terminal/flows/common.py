"""What all flows do with a request and its reply."""

from __future__ import annotations

from protocols.text import Text
from protocols.unionpay.message import Message, Value
from protocols.unionpay.responses import is_approval

from ...machine import Record
from .. import requests
from ..desk import Desk
from ..outcome import Outcome, declined, no_answer
from ..wants import Answered, Exchange, NoReply, Reply, Step

SIGN_IN_AGAIN = "77"
ACQUIRER_WORDS = slice(43, 63)
"""Of F63: behind the organisation (3) and the issuer's and UnionPay's words (20 each) stand the acquirer's."""
REQUIREMENT_SIGN_IN = 3
SERVED = (1, 2, 4, 5, 6, 7, 9, 11, 12)
"""Header requirements that this terminal can serve; 8 (rates) and the undefined ones are ignored, as PAX does."""


def side_effects(desk: Desk, message: Message) -> tuple[list[Record], list[str]]:
    """What any reply brings besides its result: the host's words, the clock, a header requirement, the end of the
    session."""
    _show_words(desk, message)
    records: list[Record] = []
    events: list[str] = []
    time, date = message.text(12), message.text(13)
    if time and date and (time, date) != (desk.state.time, desk.state.date):
        records.append({"kind": "clock", "time": time, "date": date})
    requirement = int(message.header.requirement) if message.header else 0
    again = requirement == REQUIREMENT_SIGN_IN or message.text(39) == SIGN_IN_AGAIN
    if again and desk.state.signed_in:
        records.append({"kind": "session", "signed_in": False})
        events.append("sign_in_required")
    if requirement in SERVED and requirement not in desk.state.requirements:
        records.append({"kind": "requirement", "code": requirement})
    return records, events


def _show_words(desk: Desk, message: Message) -> None:
    """What the host says in words stands on the display as it came: the announcement in an approval, and the words of
    a refusal where the dialect has them, for a code alone tells nobody which case number to ask for."""
    if desk.dialect.refusal_text == "f63.2":
        octets = (message.octets(63) or b"")[ACQUIRER_WORDS]
    else:
        octets = message.octets(56) or b""
    words = octets.decode("gbk", "replace").strip()
    if words and words.isprintable():
        desk.show(Text(words, words))


def ask(
    desk: Desk, name: str, extra: dict[int, Value] | None = None, *, stan: bool = True, net: str = ""
) -> Step[Answered]:
    """A management or settlement request, and what its reply brings besides its result.

    `stan` False leaves F11 out, but the counter moves on all the same (PAX).  `net` overrides 60.3.
    """
    kind = requests.named(desk, name)
    number, moved = desk.next_stan()
    fields = requests.head(desk, kind, number if stan else "")
    if net:
        fields |= requests.coded(desk, kind, net_code=net)
    desk.save(moved)
    answered: Answered = yield Exchange(requests.message(kind, fields | (extra or {})), kind)
    if isinstance(answered, Reply):
        records, events = side_effects(desk, answered.message)
        desk.save(*records, events=events)
    return answered


def failure(op: str, answered: Answered) -> Outcome | None:
    """The Outcome of anything but an approval; None for an approval."""
    if isinstance(answered, NoReply):
        return no_answer(op, answered)
    return None if is_approval(answered.code) else declined(op, answered.code)
