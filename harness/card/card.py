"""The cards of whoever stands there, as one machine: a card gets power, takes commands, and keeps what it must.

Links are readers: `Opened(link, "NAME/HOW")` puts a card in, or resets it; the first `Send` is the ATR, then each
`Received` is a C-APDU and each `Send` its R-APDU.  No ATR is a mute card, no R-APDU a hanging one, `Close` one that
was pulled out; an answer of one octet is what a failing contact leaves.  Who = "control": `cause`, `heal`
(`behaviours`), `status {card} -> {atc, last_online_atc, pin_tries, blocked, insertions, applications}`, `snapshot
{} -> {cards, behaviours}`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from protocols.emv.apdu import Command, parse_command
from protocols.emv.commands import instruction_of
from protocols.errors import DecodeError
from protocols.text import Text

from ..fixtures import nearest
from ..machine import (
    Answer,
    Ask,
    Close,
    Closed,
    Effect,
    Event,
    Json,
    Opened,
    Persist,
    Received,
    Record,
    Send,
    Wake,
)
from . import faults
from .behaviours import CONTROL_TAKES, settings_of
from .commands import carry_out
from .profile import Chip, How
from .session import WRONG_LENGTH, Session, Turn
from .settings import CardSettings
from .state import State, apply, rebuilt

LINKS_MAX = 64
"""Readers at once; a bench has as many as terminals."""

NO_CARD = Text("没有卡片 {name}；最接近的是 {near}", "there is no card {name}; the nearest is {near}")
NO_REQUEST = Text("没有 {name}，可用：{known}", "there is no {name}; use {known}")


@dataclass(slots=True)
class _Late:
    """An answer that is not out yet."""

    due_us: int
    link: str
    octets: bytes
    pulled: bool


class Card:
    """The machine."""

    name = "card"

    def __init__(self, settings: CardSettings) -> None:
        self.settings = settings
        self.state: State = State()
        self._sessions: dict[str, Session] = {}
        self._late: list[_Late] = []

    @property
    def deadline(self) -> int | None:
        return min((one.due_us for one in self._late), default=None)

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        """A card that gets power again knows what it kept, and nothing else."""
        self.state = rebuilt(records)
        self._sessions, self._late = {}, []
        return []

    def handle(self, event: Event, now: int) -> list[Effect]:
        match event:
            case Opened(link=link, peer=peer):
                return self._power_up(link, peer)
            case Received(link=link, data=data):
                return self._command(link, data, now)
            case Closed(link=link):
                self._gone(link)
            case Wake():
                return self._say_late(now)
            case Ask():
                return self._ask(event)
        return []

    # power

    def _power_up(self, link: str, peer: str) -> list[Effect]:
        name, _, way = peer.partition("/")
        chip = self.settings.chip(name)
        how: How = "tap" if way == "tap" else "insert"
        taken = any(chip is one.chip for other, one in self._sessions.items() if other != link)
        if chip is None or taken or (link not in self._sessions and len(self._sessions) >= LINKS_MAX):
            self._gone(link)
            return [Close(link)]
        before = self._sessions.get(link)
        reset = before is not None and before.chip is chip
        self._late = [one for one in self._late if one.link != link]
        session = self._sessions[link] = Session(chip, how, muted=before.muted if before and reset else False)
        turn = Turn(self.state, session, self.settings.rng)
        if not reset and how == "insert":
            turn.record("inserted", count=1)
        atr = self._atr(turn, reset)
        return [*turn.effects(), *([Send(link, atr)] if atr else [])]

    def _atr(self, turn: Turn, reset: bool) -> bytes:
        """What the card says when it gets power; nothing where it is mute."""
        session = turn.session
        if turn.strikes("mute") or (reset and turn.strikes("mute_on_reset")):
            session.muted = True
        if session.muted or faults.contact_fails(session.chip, turn.card, session, 0):
            session.muted = True
            return b""
        garbage = turn.behaviour("garbage_atr")
        return session.chip.atr[session.how] if garbage is None else bytes.fromhex(garbage["atr"])

    def _gone(self, link: str) -> None:
        self._sessions.pop(link, None)
        self._late = [one for one in self._late if one.link != link]

    # commands

    def _command(self, link: str, data: bytes, now: int) -> list[Effect]:
        session = self._sessions.get(link)
        if session is None or session.muted or session.hanging or any(one.link == link for one in self._late):
            return []  # who has not answered yet takes no other command
        turn = Turn(self.state, session, self.settings.rng)
        try:
            command = parse_command(data)
        except DecodeError:
            return [Send(link, WRONG_LENGTH.build())]
        code = instruction_of(command).code
        session.count += 1
        session.counts[code] += 1
        if faults.contact_fails(session.chip, turn.card, session, session.count):
            return [Send(link, faults.NO_ANSWER)]
        if faults.strikes(turn, "pulled_before", code) is not None:
            return self._pull(link)
        return self._struck(link, turn, command, code, now)

    def _struck(self, link: str, turn: Turn, command: Command, code: str, now: int) -> list[Effect]:
        refused = faults.strikes(turn, "wrong_status", code)
        octets = int(refused["sw"]).to_bytes(2, "big") if refused is not None else self._answer(turn, command, code)
        if faults.strikes(turn, "pulled_during", code) is not None:
            return [*turn.effects(), *self._pull(link)]
        if faults.strikes(turn, "hanging", code) is not None:
            turn.session.hanging = True
            return turn.effects()
        pulled = faults.strikes(turn, "pulled_after", code) is not None
        slow = faults.strikes(turn, "slow", code)
        if slow is not None:
            self._late.append(_Late(now + int(slow["us"]), link, octets, pulled))
            return turn.effects()
        return [*turn.effects(), Send(link, octets), *(self._pull(link) if pulled else [])]

    def _answer(self, turn: Turn, command: Command, code: str) -> bytes:
        answer = faults.with_wrong_certificate(turn, command, carry_out(turn, command))
        if faults.strikes(turn, "damaged_tlv", code) is not None:
            answer = faults.damaged(answer)
        return answer.build()

    def _pull(self, link: str) -> list[Effect]:
        self._gone(link)
        return [Close(link)]

    def _say_late(self, now: int) -> list[Effect]:
        due = [one for one in self._late if one.due_us <= now]
        self._late = [one for one in self._late if one.due_us > now]
        effects: list[Effect] = []
        for one in due:
            effects.append(Send(one.link, one.octets))
            if one.pulled:
                effects += self._pull(one.link)
        return effects

    # control

    def _ask(self, ask: Ask) -> list[Effect]:
        takes = CONTROL_TAKES.get(ask.name) if ask.who == "control" else None
        if takes is None:
            return [_refused(ask, NO_REQUEST.format(name=ask.name, known=", ".join(CONTROL_TAKES)))]
        wrong = takes.wrong(ask.args)
        if wrong is not None:
            return [_refused(ask, wrong[1])]
        name = str(ask.args.get("card", ""))
        chip = self.settings.chip(name) if name else None
        if name and chip is None:
            known = self.settings.names()
            return [_refused(ask, NO_CARD.format(name=repr(name[:40]), near=nearest(name[:40], known)))]
        card = chip.name if chip is not None else ""
        if ask.name == "cause":
            return self._cause(ask, card)
        if ask.name == "heal":
            return self._heal(ask, card)
        if chip is not None:
            return [Answer(ask.ticket, self._status(chip))]
        return [Answer(ask.ticket, self._snapshot())]

    def _cause(self, ask: Ask, card: str) -> list[Effect]:
        name = str(ask.args["behaviour"])
        given = {key: value for key, value in ask.args.items() if key not in ("behaviour", "card")}
        settings = settings_of(name, given)
        if isinstance(settings, Text):
            return [_refused(ask, settings)]
        if name == "worn":
            names = [card] if card else [one.chip.name for one in self._sessions.values()] or self.settings.names()
            records: list[Record] = [
                {"kind": "inserted", "card": one, "count": settings["insertions"]} for one in names
            ]
        else:
            records = [{"kind": "caused", "behaviour": name, "card": card, "settings": settings}]
        return [*self._kept(records), Answer(ask.ticket, {"behaviour": name, "card": card, "on": True})]

    def _heal(self, ask: Ask, card: str) -> list[Effect]:
        """One behaviour, or all; of one card, or of every card."""
        name = ask.args.get("behaviour")
        records: list[Record] = [
            {"kind": "healed", "behaviour": one, "card": of}
            for one, of in self.state.behaviours
            if name in (None, one) and (not card or of == card)
        ]
        return [*self._kept(records), Answer(ask.ticket, {"behaviour": name, "card": card, "on": False})]

    def _kept(self, records: list[Record]) -> list[Effect]:
        for record in records:
            apply(self.state, record)
        return [Persist(tuple(records))] if records else []

    def _status(self, chip: Chip) -> dict[str, Json]:
        turn = Turn(self.state, Session(chip, "insert"), self.settings.rng)
        applications = {}
        for one in chip.applications:
            state = turn.application(one)
            told = {"atc": state.atc, "last_online_atc": state.last_online_atc}
            applications[one.aid.hex().upper()] = {**told, "blocked": turn.application_blocked(one)}
        first = next(iter(applications.values()))
        blocked = "card" if turn.card_blocked else "application" if first["blocked"] else ""
        return {
            "card": chip.name,
            "atc": first["atc"],
            "last_online_atc": first["last_online_atc"],
            "pin_tries": turn.pin_tries,
            "blocked": blocked,
            "insertions": turn.card.insertions,
            "applications": applications,
        }

    def _snapshot(self) -> dict[str, Json]:
        chips = {name: self.settings.chip(name) for name in sorted(self.state.cards)}
        return {
            "cards": {name: self._status(chip) for name, chip in chips.items() if chip is not None},
            "behaviours": [
                {"behaviour": name, "card": card, **settings}
                for (name, card), settings in sorted(self.state.behaviours.items())
            ],
        }


def _refused(ask: Ask, why: Text) -> Answer:
    return Answer(ask.ticket, {"error": {"zh": why.zh, "en": why.en}}, ok=False)
