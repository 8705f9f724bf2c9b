"""The people at the terminal: what they do is held until the terminal asks for it."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import NamedTuple

from ..machine import SECOND_US, Ask, Json, Note
from .desk import Desk
from .hardware import keypad, readers
from .texts import ENTER_PIN, INSERT_INSTEAD, PIN_WRONG, SWIPE_INSTEAD
from .wants import CardRead, GaveUp, Keys, Prompt

HELD_MAX = 64
"""Acts that wait.  More than a person does ahead; a script that goes on beyond that is told so."""
HOWS = ("swipe", "insert", "tap", "scan", "key")
KEY_WAIT_US = 3 * SECOND_US
"""So long a keypad test waits for one key."""
TOLD_TO = {SWIPE_INSTEAD: "swipe", INSERT_INSTEAD: "insert"}
"""How an attendant presents a card where the terminal says so."""
ENTER, CANCEL, CLEAR = "ENTER", "CANCEL", "CLEAR"

Given = CardRead | Keys | GaveUp


class Pressed(NamedTuple):
    """Digits in a row, or one other key.  `secret`: a PIN, which no event shows whatever it is typed into."""

    token: str
    secret: bool = False


class Person:
    """Acts and the prompt that waits for one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._cards: deque[CardRead] = deque()
        self._asked = False
        """The operation under way has asked somebody for something."""
        self._keys: deque[Pressed] = deque()
        """What is pressed next, and (`_arrived`) what arrived of it and was not taken yet."""
        self._arrived: deque[Pressed] = deque()
        self._typed = ""
        self._pressed = False
        """In a keypad test: the key that was asked for was pressed."""
        self._prompt: Prompt | None = None
        self._by_attendant = False
        """The card in the reader is the attendant's."""
        self.deadline: int | None = None

    def act(self, ask: Ask) -> tuple[dict[str, Json], bool]:
        """Hold `present {card, how, pin?, pulled?, misread?}`, `press {keys, more?}` or carry out `remove`.

        Returns the answer, and whether the request was legal.

        `keys`: blank-separated; digits stand for themselves, and ENTER, CANCEL, CLEAR; digits at the end get an
        ENTER behind them, unless `more` is still to come.  `pin` is typed when it is asked for.
        """
        if len(self._cards) + len(self._keys) >= HELD_MAX:
            return _illegal("动作太多", "too many acts are held"), False
        match ask.name:
            case "present":
                card, how = str(ask.args.get("card", "")), str(ask.args.get("how", "insert"))
                if how not in HOWS:
                    return _illegal(f"how 应为 {'、'.join(HOWS)}", f"how must be one of {', '.join(HOWS)}"), False
                if not str(ask.args.get("pin", "0")).isdigit():
                    return _illegal("pin 只能是数字", "pin takes digits only"), False
                pulled, misread = (ask.args.get(name) is True for name in ("pulled", "misread"))
                self._cards.append(CardRead(card, how, pulled, misread))
                if "pin" in ask.args:
                    self._keys += [Pressed(str(ask.args["pin"]), True), Pressed(ENTER)]
            case "press":
                tokens = str(ask.args.get("keys", "")).split()
                if not tokens or not all(t.isdigit() or t in (ENTER, CANCEL, CLEAR) for t in tokens):
                    return _illegal(
                        "keys 应为数字、ENTER、CANCEL、CLEAR", "keys are digits, ENTER, CANCEL or CLEAR"
                    ), False
                ends = tokens[-1].isdigit() and ask.args.get("more") is not True
                self._keys += map(Pressed, [*tokens, ENTER] if ends else tokens)
            case "remove":
                self._desk.note("card", {"what": "removed", "how": "", "pan": ""}, shown=True)
        return {"held": len(self._cards) + len(self._keys)}, True

    @property
    def asked_for_card(self) -> bool:
        """The terminal waits for a card."""
        return self._prompt is not None and self._prompt.what == "card"

    def lay(self, read: CardRead) -> None:
        """A card came into a real reader."""
        self._cards.append(read)

    def ask_for(self, prompt: Prompt) -> None:
        """The terminal wants a card or keys."""
        self._prompt, self._asked = prompt, True
        self._typed = ""
        self._pressed = False
        self._desk.show(prompt.text)
        wait_us = KEY_WAIT_US if prompt.what == "key" else self._desk.profile.prompt_timeout_us
        self.deadline = self._desk.now + wait_us
        if prompt.keyed and not self._keys:
            self._keys += map(Pressed, prompt.keyed.split())
        self._attend(prompt)

    def _attend(self, prompt: Prompt) -> None:
        """The attendant, where the settings name one, does what nobody else has done ahead: presents the card, types
        that card's PIN, and takes the first of several."""
        card = self._desk.settings.cards.get(self._desk.settings.attendant)
        if prompt.what == "card":
            self._by_attendant = card is not None and not self._cards and not self._keys
            if card is not None and self._by_attendant:
                self._cards.append(CardRead(card.name, TOLD_TO.get(prompt.text, card.how)))
        elif card is not None and self._by_attendant and not self._keys and prompt.text in (ENTER_PIN, PIN_WRONG):
            self._keys += [Pressed(card.pin, True), Pressed(ENTER)] if card.pin else [Pressed(ENTER)]
        elif card is not None and self._by_attendant and not self._keys and prompt.choice:
            self._keys.append(Pressed(ENTER))

    def given(self) -> Given | None:
        """What answers the prompt, if it was done by now."""
        prompt = self._prompt
        if prompt is None:
            return None
        if self.deadline is not None and self._desk.now >= self.deadline:
            return self._close(Keys("") if prompt.what == "key" else GaveUp("card_timeout"))
        while prompt.what == "card" and self._cards:
            read = self._cards.popleft()
            if not readers.notices(self._desk, read.how):
                unnoticed = {"what": "unnoticed", "how": read.how, "pan": ""}
                self._desk.effects.append(Note("card", unnoticed, ("register",)))  # whoever stands there sees it
                continue
            read = replace(read, misread=bool(readers.read(self._desk, read.how, read.misread)))
            card = self._desk.settings.cards.get(read.card)
            pan = card.pan if card and not read.misread else ""
            what = "misread" if read.misread else "presented"
            self._desk.note("card", {"what": what, "how": read.how, "pan": pan}, shown=True)
            return self._close(read)
        return self._key_test() if prompt.what == "key" else self._typed_in(prompt)

    def cancel(self) -> GaveUp | None:
        """The prompt that waits ends as if CANCEL had been pressed; None when none waits."""
        if self._prompt is None:
            return None
        self._close(Keys(""))
        return GaveUp("cancelled")

    def _key_test(self) -> Given | None:
        """One press, whatever arrives of it; nothing: the terminal waits until the time is over."""
        if not self._keys or self._pressed:
            return None
        self._pressed = True
        arrived = keypad.typed(self._desk, self._keys.popleft().token)
        for token in arrived:
            self._desk.note("key", {"keys": token}, shown=True)
        return self._close(Keys(" ".join(arrived))) if arrived else None

    def _typed_in(self, prompt: Prompt) -> Given | None:
        while self._keys or self._arrived:
            if not self._arrived:
                if prompt.what == "card" and self._keys[0].token != CANCEL:
                    return None  # typed ahead: kept for the prompt that it is meant for
                pressed = self._keys.popleft()
                secret = pressed.secret or prompt.secret
                self._arrived += (Pressed(token, secret) for token in keypad.typed(self._desk, pressed.token))
                continue
            token, secret = self._arrived.popleft()
            shown = "*" * len(token) if (secret or prompt.secret) and token.isdigit() else token
            self._desk.note("key", {"keys": shown}, shown=True)
            if token == CANCEL:
                return self._close(GaveUp("cancelled"))
            if prompt.what == "card":
                continue  # no key but CANCEL does anything while a card is asked for
            if token == ENTER:
                return self._close(Keys(self._typed))
            self._typed = "" if token == CLEAR else self._typed + token
        return None

    def _close(self, given: Given) -> Given:
        self._prompt = None
        self._typed = ""
        self.deadline = None
        return given

    def forget(self, at_keypad: bool) -> None:
        """The operation is over: what was typed ahead for it is void; a card that lies ready stays.  One that was not
        begun `at_keypad` and asked for nobody leaves what people have ready (a register signs in before it sells)."""
        if self._asked or at_keypad:
            self._keys.clear()
        self._prompt, self._asked = None, False
        self.deadline = None
        self._arrived.clear()


def _illegal(zh: str, en: str) -> dict[str, Json]:
    return {"error": {"zh": zh, "en": en}}
