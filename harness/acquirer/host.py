"""The acquirer host as a machine: frames in, frames out; asks of portal and control; every change a record.

One turn: octets -> frame -> request -> checks (`checks.CHECKS`) -> handler (`HANDLERS`) -> reply.  Effects leave in
the order notes, `Persist`, `Send`, so that nothing is answered before it is durable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from harness.arguments import Takes
from harness.machine import (
    Answer,
    Ask,
    Close,
    Closed,
    Effect,
    Event,
    Json,
    Note,
    Opened,
    Persist,
    Received,
    Record,
    Send,
    Wake,
)
from protocols.errors import PosrigError
from protocols.framing import Frame, HostFramer, Noise
from protocols.text import Text
from protocols.unionpay.decode import wire_text
from protocols.unionpay.dialect import Dialect
from protocols.unionpay.fields import field_table
from protocols.unionpay.header import Requirement
from protocols.unionpay.message import Message, codec_for
from protocols.unionpay.responses import is_approval

from . import agenda, behaviours
from .arguments import CONTROL_TAKES, PORTAL_TAKES
from .asks import Refused, check_names
from .checks import decided_before, first_refusal
from .control import CONTROL
from .money import chip_reports, financial, settlement
from .oversight import compliance, losses, lots, notices, quality, upgrades, versions
from .portal import PORTAL
from .replies import Outcome, build_reply, code_of, in_words, refuse
from .settings import HostSettings
from .state import State, apply
from .terminals import activating, downloads, key_download, lists, sessions, software
from .turn import Turn
from .wire import Request, read

DIALECTS_MAX = 64
"""Field tables that are kept, one per dialect."""

Handler = Callable[[Turn, Request], Outcome]

HANDLERS: Mapping[str, Handler] = {
    "activation": activating.activate,
    "sign_in": sessions.sign_in,
    "sign_off": sessions.sign_off,
    "echo": sessions.echo,
    "status_upload": lots.uploaded,
    "script_result": chip_reports.script_notice,
    "e_signature": sessions.accept,
    "e_signature_0920": sessions.accept,
    "parameters": downloads.download,
    "parameters_end": downloads.download,
    "capk_list": downloads.download,
    "capk_download": downloads.download,
    "capk_end": downloads.download,
    "aid_list": downloads.download,
    "aid_download": downloads.download,
    "aid_end": downloads.download,
    "contactless_parameters": lists.contactless,
    "contactless_parameters_end": sessions.accept,
    "bin_blacklist": lists.bins,
    "bin_blacklist_end": sessions.accept,
    "qps_bin_b": lists.bins,
    "qps_bin_b_end": sessions.accept,
    "qps_bin_c": lists.bins,
    "qps_bin_c_end": sessions.accept,
    "tmk_rsa_key": key_download.rsa_key,
    "tmk_download": key_download.tmk,
    "tmk_activate": key_download.activate,
    "software_block": software.block,
    "software_end": software.ended,
    "reversal": financial.reversal,
    "settlement": settlement.settle,
}
"""By kind; every other financial kind goes to `financial`, every other 0320 to `settlement.upload`, the rest is
refused 40.
"""


@dataclass
class Link:
    """One connection.  Bounded: the framer holds at most one frame."""

    framer: HostFramer = field(default_factory=HostFramer)
    peer: str = ""
    dialect: str = ""
    heard_us: int = 0


class Host:
    """The simulated provider."""

    name = "host"

    def __init__(self, settings: HostSettings) -> None:
        self.settings = settings
        self.state: State = State()
        self._links: dict[str, Link] = {}
        self._shift_us = 0
        self._held: list[tuple[int, str, bytes, Note]] = []
        self._idle_check_us: int | None = None
        self._next_due_us: int | None = None

    @property
    def deadline(self) -> int | None:
        """When the next connection has been silent for too long, a review stage or a parcel is due, or an answer
        was held.
        """
        times = [held[0] for held in self._held]
        times += [due for due in (self._idle_check_us, self._next_due_us) if due is not None]
        return min(times, default=None)

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        """Rebuild from `records`; at the very first start the host names itself."""
        self.state = State()
        self._links.clear()
        self._held.clear()
        self._idle_check_us = None
        for record in records:
            apply(self.state, record)
        turn = Turn(self.state, self.settings, now)
        if not self.state.epoch:
            turn.record("host", salt=turn.draw("salt", 16).hex(), epoch=self.settings.epoch.isoformat())
        passed = self.settings.epoch - datetime.fromisoformat(self.state.epoch)
        self._shift_us = int(passed.total_seconds() * 1_000_000)
        data = {"reset_cause": "restart" if records else "first", "records": len(records), "pending_reversal": None}
        turn.note("boot", data)
        self._look_ahead()
        return self._finish(turn, [])

    def handle(self, event: Event, now: int) -> list[Effect]:
        """One turn."""
        turn = Turn(self.state, self.settings, now, self._shift_us)
        effects: list[Effect] = []
        # What was due before this event happened before it, also when the shell is late with its Wake.
        if self._next_due_us is not None and self._next_due_us <= now:
            agenda.advance(turn)
        self._release(now, effects)
        match event:
            case Opened(link=link, peer=peer):
                self._opened(turn, link, peer, now, effects)
            case Received(link=link, data=data):
                self._received(turn, link, data, now, effects)
            case Closed(link=link):
                self._links.pop(link, None)
            case Wake():
                self._close_idle(now, effects)
            case Ask():
                effects.append(_answer(turn, event))
        return self._finish(turn, effects)

    def _look_ahead(self) -> None:
        """Only records change what is due, so it is not looked for at every turn."""
        due = agenda.next_due_us(self.state)
        self._next_due_us = None if due is None else due - self._shift_us

    def _finish(self, turn: Turn, effects: list[Effect]) -> list[Effect]:
        if not turn.records:
            return [*turn.notes, *effects]
        self._look_ahead()
        return [*turn.notes, Persist(tuple(turn.records)), *effects]

    def _opened(self, turn: Turn, link: str, peer: str, now: int, effects: list[Effect]) -> None:
        if len(self._links) >= self.settings.limits.links or notices.is_closed(turn):
            effects.append(Close(link))
            return
        framer = HostFramer(prefix=self.settings.length_prefix)
        self._links[link] = Link(framer, peer=peer, heard_us=now)
        if self._idle_check_us is None:
            self._idle_check_us = now + self.settings.limits.links_idle_us

    def _close_idle(self, now: int, effects: list[Effect]) -> None:
        """One look at all connections per idle time, not one at every turn."""
        if self._idle_check_us is None or now < self._idle_check_us:
            return
        limit = self.settings.limits.links_idle_us
        for name in [name for name, link in self._links.items() if now - link.heard_us >= limit]:
            del self._links[name]
            effects.append(Close(name))
        self._idle_check_us = min((link.heard_us + limit for link in self._links.values()), default=None)

    def _release(self, now: int, effects: list[Effect]) -> None:
        """Answers that were held back long enough; those of connections that are gone are dropped."""
        ready = [held for held in self._held if held[0] <= now]
        self._held = [held for held in self._held if held[0] > now]
        for _, link, data, told in ready:
            effects += [told, Send(link, data)] if link in self._links else []

    def _received(self, turn: Turn, name: str, data: bytes, now: int, effects: list[Effect]) -> None:
        link = self._links.get(name)
        if link is None:
            return
        link.heard_us = now
        for item in link.framer.feed(data):
            if isinstance(item, Frame):
                self._frame(turn, name, link, item.payload, effects)
            elif isinstance(item, Noise):
                turn.note("noise", {"link": name, "hex": item.data.hex().upper(), "reason": item.reason.en})
                if item.fatal:
                    self._links.pop(name, None)
                    effects.append(Close(name))
                    return

    def _dialects(self, link: Link) -> list[Dialect]:
        """Those in use, the likeliest first."""
        names = [link.dialect, self.settings.default_dialect]
        names += sorted({terminal.dialect for terminal in self.state.terminals.values()})
        return [self.settings.dialects[name] for name in dict.fromkeys(names) if name in self.settings.dialects]

    def _frame(self, turn: Turn, name: str, link: Link, payload: bytes, effects: list[Effect]) -> None:
        turn.begin_request()
        request = read(payload, self.state, self._dialects(link))
        if request is None or int(request.message.mti[2]) % 2:
            turn.note("noise", {"link": name, "hex": payload.hex().upper(), "reason": "no request of any dialect"})
            if request is None:
                self._links.pop(name, None)
                effects.append(Close(name))
            return
        link.dialect = request.dialect.name
        turn.notes.append(_message_note(name, "in", request, request.message, request.mac))
        compliance.hear(turn, request)
        losses.note_contact(turn, request, link.peer)
        outcome = decide(turn, request)
        upgrades.adjust(turn, request, outcome)
        versions.adjust(turn, request, outcome)
        _remark(turn, request, outcome)
        outcome.code = code_of(request, outcome.code)
        turn.note("decision", _decision(request, outcome))
        _remember_refusal(turn, request, outcome)
        if behaviours.takes(turn, "sign_in_required", request) is not None:
            outcome.requirement = Requirement.SIGN_IN
        try:
            form = upgrades.reply_form(turn, request)
            reply = behaviours.spoil(turn, request, build_reply(turn, form, outcome))
            data = link.framer.frame(codec_for(form.dialect).build(reply))
        except PosrigError as error:  # a reply that cannot be built is our own fault; the peer sees a closed connection
            turn.note("noise", {"link": name, "hex": "", "reason": f"no reply could be built: {error}"})
            self._links.pop(name, None)
            effects.append(Close(name))
            return
        took_us = self._answer(turn, name, request, reply, data, effects)
        quality.served(turn, request, outcome, took_us)

    def _answer(
        self, turn: Turn, name: str, request: Request, reply: Message, data: bytes, effects: list[Effect]
    ) -> int | None:
        """Send the reply, unless a behaviour holds it back, doubles it or loses it.

        How long it took, None when none was sent.
        """
        if behaviours.takes(turn, "no_answer", request) is not None:
            return None
        mac = "good" if 64 in reply.fields else "absent"
        told = _message_note(name, "out", request, reply, mac)
        late = behaviours.takes(turn, "answer_late", request)
        if late is not None and len(self._held) < self.settings.limits.held_answers:
            due = turn.now - turn.shift_us + int(late["delay_us"])
            self._held.append((due, name, data, told))
            return int(late["delay_us"])
        turn.notes.append(told)
        effects.append(Send(name, data))
        if behaviours.takes(turn, "duplicate_answer", request) is not None:
            effects.append(Send(name, data))
        return 0


ASKS: Mapping[str, Mapping[str, Callable[[Turn, Mapping[str, Json]], dict[str, Json]]]] = {
    "portal": PORTAL,
    "control": CONTROL,
}
TAKES: Mapping[str, Mapping[str, Takes]] = {"portal": PORTAL_TAKES, "control": CONTROL_TAKES}


def _answer(turn: Turn, ask: Ask) -> Answer:
    handler = ASKS.get(ask.who, {}).get(ask.name)
    if handler is None:
        known = ", ".join(ASKS.get(ask.who, {}))
        error = {"zh": f"未知请求 {ask.name}；可用: {known}", "en": f"unknown request {ask.name}; known: {known}"}
        return Answer(ask.ticket, {"cause": "unknown_request", "error": error}, ok=False)
    value: dict[str, Json]
    ok = True
    try:
        check_names(TAKES[ask.who][ask.name], ask.args)
        value = handler(turn, ask.args)
    except Refused as refused:
        value, ok = {"cause": refused.cause, "error": {"zh": refused.text.zh, "en": refused.text.en}}, False
    if ask.who == "portal":
        turn.note("portal", {"action": ask.name, "request": dict(ask.args), "answer": value}, ("register", "host"))
    return Answer(ask.ticket, value, ok)


def decide(turn: Turn, request: Request) -> Outcome:
    """Checks, then the handler of the kind."""
    refusal = first_refusal(turn, request)
    if refusal is not None:
        return Outcome(refusal.code, refusal.cause, refusal.text, refusal.check)
    kind = request.kind
    assert kind is not None
    declined = None if decided_before(turn, request) else behaviours.takes(turn, "decline", request)
    if declined is not None:
        return Outcome(str(declined["code"]), "declined", Text("主机拒绝", "the host declines"), "behaviour")
    handler = HANDLERS.get(kind.name)
    if handler is None and kind.family == "financial":
        handler = financial.financial
    if handler is None and kind.family == "settlement":
        handler = settlement.upload
    if handler is None:
        return refuse("40", "function_unsupported", "function", "不支持该功能", "the function is not supported")
    return handler(turn, request)


def _remark(turn: Turn, request: Request, outcome: Outcome) -> None:
    """An approval says in words what is announced."""
    words = compliance.remark(turn, request) if is_approval(outcome.code) and not outcome.without_f39 else ""
    if words:
        outcome.fields |= in_words(request, words)


def _remember_refusal(turn: Turn, request: Request, outcome: Outcome) -> None:
    """For the portal's status query; a success of the same terminal clears it."""
    if request.terminal is None:
        return
    turn.state.refusals.pop(request.terminal.key, None)
    if not is_approval(outcome.code):
        turn.state.refusals[request.terminal.key] = _decision(request, outcome)


_table = lru_cache(maxsize=DIALECTS_MAX)(field_table)


def _message_note(link: str, direction: str, request: Request, message: Message, mac: str) -> Note:
    table = _table(request.dialect)
    fields = {str(number): wire_text(table[number], message) for number in message.fields}
    data: dict[str, Json] = {"link": link, "dir": direction, "mti": message.mti, "kind": request.name}
    data |= {"fields": fields, "mac": mac}
    if message.header is not None and int(message.header.requirement):
        data["requirement"] = int(message.header.requirement)
    return Note("message", data, ("host",))


def _decision(request: Request, outcome: Outcome) -> dict[str, object]:
    return {
        "kind": request.name,
        "check": outcome.check,
        "code": "" if outcome.without_f39 else outcome.code,
        "cause": outcome.cause,
        "detail": {"zh": outcome.text.zh, "en": outcome.text.en} if outcome.text else None,
        "stan": request.text(11),
        "tid": request.text(41),
        **({"facts": outcome.facts} if outcome.facts else {}),
    }
