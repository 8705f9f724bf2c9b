"""Replies: which fields a reply carries for each kind of request, and the few that the host itself fills.

The echoed fields are those of real replies (bitmaps of a host simulator and of captured dumps: sign-in
003800010AC00014, sale 703E02810ED08213, reversal 703A02810AD08211, settlement 003A000008C18010, downloads
001800000AC00014, IC batch 503802010AC00010). An echoed field that the request does not have stays away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.machine import Json
from protocols.errors import DecodeError
from protocols.text import Text
from protocols.tlv import Tlv, build_tlv, find_tlv, parse_tlv
from protocols.unionpay.header import Requirement
from protocols.unionpay.kinds import requires_mac
from protocols.unionpay.message import Message, Value
from protocols.unionpay.private.f60 import CODE_IN_F3
from protocols.unionpay.responses import is_approval

from .turn import Turn
from .wire import BRINGS_KEYS, Request, envelope, sign

MONEY_ECHO = (2, 3, 4, 11, 14, 23, 25, 41, 42, 49, 60)
BALANCE_ECHO = (2, 3, 11, 23, 25, 41, 42, 49, 60)
REVERSAL_ECHO = (2, 3, 4, 11, 23, 25, 41, 42, 49, 60)
BATCH_ECHO = (2, 4, 11, 23, 41, 42, 48, 60)
SETTLEMENT_ECHO = (11, 41, 42, 48, 49, 60)
PLAIN_ECHO = (11, 41, 42, 60)
WITHOUT_REFERENCE = frozenset({"echo", "activation"})
"""Replies without F37; every other one has a reference that people can quote."""

TAG_ATC = 0x9F36
TEXT_OCTETS = 60
"""F56 and the remark of F63.2 are printed on a slip line or two."""


@dataclass
class Outcome:
    """What a handler decided.  `fields` are the host's own fields; `answered` empty: F39 is left out (0510).

    `code` is F39, `cause` the stable identifier, `text` the reason in words, `facts` what fired it, for the host's log
    and the portal; `stored`: this answer comes from the store.
    """

    code: str = "00"
    cause: str = ""
    text: Text | None = None
    check: str = ""
    fields: dict[int, Value] = field(default_factory=dict)
    facts: dict[str, Json] = field(default_factory=dict)
    without_f39: bool = False
    requirement: Requirement = Requirement.NONE
    stored: bool = False
    mak: str = ""


def refuse(code: str, cause: str, check: str, zh: str, en: str) -> Outcome:
    """An outcome that declines."""
    return Outcome(code, cause, Text(zh, en), check)


WITHOUT_INSTITUTION_CODES = {"C1": "58", "C2": "03", "D6": "03"}


def code_of(request: Request, code: str) -> str:
    """F39 as the dialect has it: some acquirers know no C1 (terminal), C2 (merchant) and D6 (not opened yet)."""
    return code if request.dialect.institution_codes else WITHOUT_INSTITUTION_CODES.get(code, code)


def clock_fields(turn: Turn) -> dict[int, Value]:
    """F12 and F13: the host's local time, from which terminals set their clock."""
    return {12: turn.clock.strftime("%H%M%S"), 13: turn.clock.strftime("%m%d")}


def settlement_date(turn: Turn) -> str:
    """F15."""
    return turn.business_date.strftime("%m%d")


def reference(turn: Turn, lasting: bool = True) -> str:
    """F37: time of day and the count of records before this request, unique per settlement day.

    Not `lasting`: of an answer that leaves no record; it never equals the reference of one that does.
    """
    count = 2 * turn.first_sequence + (0 if lasting else 1)
    return f"{turn.clock.strftime('%H%M%S')}{count % 1_000_000:06d}"


def stamp(turn: Turn, request: Request, outcome: Outcome) -> dict[int, Value]:
    """What an answer that is stored must say the same when it is given again: clock, day, reference, reason."""
    fields = clock_fields(turn) | {37: reference(turn)} | _reason_fields(request, outcome)
    return fields if request.name == "balance" else fields | {15: settlement_date(turn)}


def _echo_of(request: Request) -> tuple[int, ...]:
    family = request.kind.family if request.kind else "management"
    name = request.name
    if name == "balance":
        return BALANCE_ECHO
    if family == "financial":
        # A profile whose F48 is text returns it; the settlement totals of the standard live in 0510 only.
        return (*MONEY_ECHO, 48) if request.dialect.f48_form == "ans" else MONEY_ECHO
    if family == "reversal":
        return REVERSAL_ECHO
    if name == "settlement":
        return SETTLEMENT_ECHO
    if family == "settlement":
        return BATCH_ECHO
    return PLAIN_ECHO


def _chip_reply(request: Request) -> dict[int, Value]:
    """F55 of the reply to a chip card: the ATC, as hosts without issuer keys send it."""
    value = request.message.octets(55)
    if value is None:
        return {}
    try:
        atc = find_tlv(parse_tlv(value, "F55"), TAG_ATC)
    except DecodeError:
        return {}
    return {55: build_tlv([Tlv(TAG_ATC, atc)])} if atc else {}


def _reason_fields(request: Request, outcome: Outcome) -> dict[int, Value]:
    """The refusal in words, in the field that the dialect has for it."""
    if outcome.text is None or outcome.stored or is_approval(outcome.code) or 56 in outcome.fields:
        return {}
    return in_words(request, outcome.text.zh)


def in_words(request: Request, text: str) -> dict[int, Value]:
    """What people are told, in the field that the dialect has for it; none in a dialect without one."""
    octets = text.encode("gbk", "replace")[:TEXT_OCTETS]
    if request.dialect.refusal_text == "f56":
        return {56: octets}
    if request.dialect.refusal_text == "f63.2":
        return {63: b"CUP" + b" " * 40 + octets[:20].ljust(20)}
    return {}


def build_reply(turn: Turn, request: Request, outcome: Outcome) -> Message:
    """The whole reply: echo, clock, F39, the host's fields, reason or MAC, envelope."""
    fields: dict[int, Value] = {}
    for number in _echo_of(request):
        value = request.message.get(number)
        if value is not None:
            fields[number] = value
    if request.text(3).startswith(CODE_IN_F3):
        fields[3] = request.text(3)
    fields.update(clock_fields(turn))
    family = request.kind.family if request.kind else ""
    if (family not in ("", "management") or request.name == "sign_in") and request.name != "settlement":
        fields[32] = turn.settings.acquirer_id
    if request.name not in WITHOUT_REFERENCE:
        fields[37] = reference(turn, lasting=turn.state.sequence > turn.first_sequence)
    if (family in ("financial", "reversal") and request.name != "balance") or request.name == "settlement":
        fields[15] = settlement_date(turn)
    approved = is_approval(outcome.code)
    if family in ("financial", "reversal") and approved:
        fields.update(_chip_reply(request))
    if not outcome.without_f39:
        fields[39] = outcome.code
    fields.update(outcome.fields)
    fields.update(_reason_fields(request, outcome))
    mti = request.message.mti
    reply = Message(
        f"{mti[:2]}{int(mti[2]) + 1}{mti[3]}", dict(sorted(fields.items())), None, None, _pads(request, fields)
    )
    reply = envelope(request, reply, outcome.requirement)
    mak = outcome.mak or (request.terminal.mak if request.terminal else "")
    if mak and approved and _wants_mac(request):
        reply = sign(request, reply, mak)
    return reply


def _pads(request: Request, fields: Mapping[int, Value]) -> dict[int, str]:
    return {n: pad for n, pad in request.message.pads.items() if fields.get(n) == request.message.get(n)}


def _wants_mac(request: Request) -> bool:
    if request.kind is None or request.name in BRINGS_KEYS:
        return False
    return request.message.get(64) is not None or requires_mac(request.kind, request.dialect)
