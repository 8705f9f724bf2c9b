"""What a person at the screen does: operates, presents a card, breaks and mends, pulls, cuts, waits.

Every act goes to the terminal or its bench and into the recording.  What cannot be done is said among the happenings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from protocols.errors import LocalError
from protocols.text import Lang, Text

from ...bench.live import LiveTerminal
from ...bench.process import STORAGE_FAULT
from ...card.behaviours import BEHAVIOURS
from ...machine import Json
from ...scenarios.values import microseconds
from ...terminal.arguments import OPERATION_TAKES
from ...terminal.faults import FAULTS
from ...terminal.flows import FLOWS
from ...terminal.hardware.defects import DEFECTS
from ...terminal.hardware.maintain import ACTS
from ...terminal.hardware.parts import PARTS
from ...terminal.texts import OPERATIONS
from . import words
from .entry import Entry, typed_fields
from .recording import Recording
from .view import View

SERVICE = "service"
USUAL_CARD = "debit"
"""What whoever sits down holds, as with `posrig terminal --ready`."""
HEAL = "heal "
"""Before the name of a behaviour: taken back by the bench's hand."""
LISTS = frozenset(("components",))
"""Arguments that are lists, typed with blanks between."""


class Asker(Protocol):
    """Who asks the person: the screen."""

    async def choose(self, title: Text, rows: Sequence[tuple[str, str]]) -> str | None: ...

    async def fill(self, title: Text, fields: Mapping[str, tuple[str, str]]) -> dict[str, str] | None: ...

    async def type_in(self, entry: Entry) -> dict[str, Json] | None: ...


class Hands:
    """`asker` asks for what an act needs; `lang` is that of whoever stands there."""

    def __init__(self, live: LiveTerminal, view: View, tape: Recording, asker: Asker, lang: Lang) -> None:
        self.live = live
        self.view = view
        self.tape = tape
        self.lang: Lang = lang
        self.card: str = USUAL_CARD if USUAL_CARD in live.cards else next(iter(live.cards))
        self.in_slot: bool = False
        self._asker = asker
        self._chip_faults: dict[str, set[str]] = {}
        """What is wrong with the chip of which card."""

    @property
    def broken(self) -> dict[str, Text]:
        """What is wrong by the bench's hand."""
        wrong = self.live.wrong
        return {name: fault.text for name, fault in FAULTS.items() if name in wrong}

    def wrong(self) -> list[str]:
        """What is wrong by the bench's hand, in words, and a storage that really failed."""
        lines = [self._in(text) for spec, text in words.LINES if spec in self.live.faults]
        cable = [] if self.live.register else [self._in(words.PULLED_OUT)]
        storage = [] if self.live.shell.failure is None else [self._in(STORAGE_FAULT)]
        return [*storage, *lines, *cable, *(self._in(text) for text in self.broken.values())]

    def _in(self, text: Text) -> str:
        return text.in_(self.lang)

    # the terminal's menu

    async def menu(self) -> None:
        """Choose an operation, then what it needs."""
        lacking = {"sale", "void", "refund", "balance", "preauth"} - set(self.live.profile.transactions)
        rows = [(op, self._in(OPERATIONS[op])) for op in FLOWS if op not in lacking]
        op = await self._asker.choose(words.FUNCTIONS, rows)
        if op is not None:
            await self.begin(op)

    def entry(self, op: str, typed: str = "") -> Entry | None:
        """What the keypad asks for before `op`, None where it asks for nothing.  `typed`: what began it."""
        keyed = typed_fields(op, OPERATION_TAKES[op].names)
        last = str(self.view.last.get("stan") or "")
        return Entry(op, keyed, {"stan": last} if last else {}, typed=typed) if keyed else None

    async def begin(self, op: str, entry: Entry | None = None) -> None:
        """Ask for the arguments of `op`, on the keypad or beside it, and run it.  `entry`: what is typed already."""
        entry = entry or self.entry(op)
        names = [name for name in OPERATION_TAKES[op].names if name != "account"]
        given: dict[str, Json] | None = {}
        if entry is not None:
            given = await self._asker.type_in(entry)
        elif names and op != "operator_sign_on":  # the terminal asks for those itself
            told = await self._asker.fill(OPERATIONS[op], {name: (name, "") for name in names})
            given = (
                None if told is None else {k: v.split() if k in LISTS else value_of(v) for k, v in told.items() if v}
            )
        if given is not None:
            self.live.check_power()
            self.tape.operate(op)
            await self.ask("person", "operate", {"op": op, **given})

    async def ask(self, who: str, name: str, args: Mapping[str, Json]) -> bool:
        """Ask the terminal; whether it did so.  A refusal is said."""
        answer = await self.live.ask(who, name, args)
        if not answer.ok:
            told = answer.value.get("error") or {}
            self.say(words.REFUSED, Text(str(told.get("zh") or "-"), str(told.get("en") or "-")))
        return answer.ok

    def say(self, pattern: Text, why: Text, good: bool = False) -> None:
        """Among the happenings."""
        told = Text(pattern.zh.format(why=why.zh), pattern.en.format(why=why.en))
        self.view.say(self.live.now_us, told, good)

    # keys and cards

    async def press(self, key: str) -> None:
        """One key of the keypad."""
        self.tape.press(key, self.view.asks)
        await self.ask("person", "press", {"keys": key, "more": True})

    async def present(self, how: str, pulled: bool = False, misread: bool = False) -> None:
        """The card in the hand.  One that is in the slot comes out first."""
        if how not in self.live.profile.reads:
            self.say(words.REFUSED, words.NO_READER)
            return
        if self.in_slot:
            await self.pull()
        self.tape.present(self.card, how, pulled, misread)
        held = {"card": self.card, "how": how, "pulled": pulled, "misread": misread}
        if await self.ask("person", "present", held):
            self.in_slot = how == "insert" and not pulled

    async def pull(self) -> None:
        """The card comes out of the slot."""
        if self.in_slot:
            self.in_slot = False
            await self.ask("person", "remove", {})

    def pin(self, card: str) -> str:
        """The PIN of a test card, in words; "" where none is asked for."""
        own = self.live.cards[card].pin
        return self._in(words.PIN).format(pin=own) if own else ""

    async def choose_card(self) -> None:
        """Another test card, then how it is presented."""
        rows = [(name, f"{name}  {card.pan}  {self.pin(name)}") for name, card in self.live.cards.items()]
        card = await self._asker.choose(words.CARDS, rows)
        if card is None:
            return
        await self.pull()
        self.card = card
        ways = [(how, self._in(text)) for how, text in words.HOWS.items() if how in self.live.profile.reads]
        ways += [("pulled", self._in(words.PULLED)), ("misread", self._in(words.MISREAD))]
        ways += [("chip", self._in(words.CHIP))] if self.live.chips is not None else []
        how = await self._asker.choose(words.ACT_WITH_CARD, ways)
        if how == "chip":
            await self.break_chip()
        elif how in ("pulled", "misread"):
            await self.present("insert" if how == "pulled" else "swipe", how == "pulled", how == "misread")
        elif how is not None:
            await self.present(how)

    async def break_chip(self) -> None:
        """Something is wrong with the chip of the card in the hand, or is not any more."""
        wrong = self._chip_faults.setdefault(self.card, set())
        rows = [(n, f"{'● ' if n in wrong else ''}{self._in(one.text)}  {n}") for n, one in BEHAVIOURS.items()]
        name = await self._asker.choose(words.CHIP_FAULTS, rows)
        chips = self.live.chips
        if name is None or chips is None:
            return
        on = name not in wrong
        await chips.ask("control", "cause" if on else "heal", {"behaviour": name, "card": self.card})
        (wrong.add if on else wrong.discard)(name)
        self.tape.chip(self.live.now_us, self.card, name, on)
        what = BEHAVIOURS[name].text
        self.say(Text("{why}", "{why}"), what if on else _of(words.HEALED, what), good=not on)

    # what breaks and is mended

    async def break_part(self) -> None:
        """One of the terminal's behaviours begins."""
        wrong = self.live.wrong
        lacking = set(PARTS) - set(self.live.profile.parts)
        names = [name for name, defect in DEFECTS.items() if defect.part not in lacking]
        names += [name for name in FAULTS if name not in DEFECTS]
        rows = [(n, f"{'● ' if n in wrong else ''}{self._in(FAULTS[n].text)}  {n}") for n in names]
        name = await self._asker.choose(words.BREAK, rows)
        if name is None:
            return
        told = await self._filled(
            {key: shown(value) for key, value in FAULTS[name].settings.items()}, self._choices(name)
        )
        if told is None:
            return
        settings = {key: value_of(value) for key, value in told.items() if value}
        if await self.ask("control", "cause", {"behaviour": name, **settings}):
            self.tape.cause(self.live.now_us, name, settings)

    async def mend(self) -> None:
        """An act of somebody's hands, the workshop, or the bench takes back what it did."""
        rows = [(HEAL + name, self._in(_of(words.HEALED, text))) for name, text in self.broken.items()]
        rows += [(act, f"{self._in(one.text)}  {act}") for act, one in ACTS.items()]
        rows.append((SERVICE, self._in(words.SERVICE)))
        what = await self._asker.choose(words.MEND, rows)
        if what is None:
            return
        if what.startswith(HEAL):
            name = what.removeprefix(HEAL)
            if await self.ask("control", "heal", {"behaviour": name}):
                self.tape.heal(self.live.now_us, name)
        elif what == SERVICE:
            if await self.ask("control", SERVICE, {}):
                self.tape.service(self.live.now_us)
        else:
            await self._act(what)

    async def _act(self, act: str) -> None:
        told = await self._filled(dict.fromkeys(ACTS[act].takes.names, ""))
        if told is None:
            return
        args = {key: value_of(value) for key, value in told.items() if value}
        if await self.ask("control", "maintain", {"act": act, **args}):
            self.tape.maintain(self.live.now_us, act, args)

    def _choices(self, behaviour: str) -> Mapping[str, Sequence[str]]:
        """The values that a setting can have, where they are few."""
        defect = DEFECTS.get(behaviour)
        return {} if defect is None else {"part": defect.among or self.live.profile.parts, **defect.one_of}

    async def _filled(
        self, fields: Mapping[str, str], choices: Mapping[str, Sequence[str]] | None = None
    ) -> dict[str, str] | None:
        """What is given for the fields; nothing is asked where there are none."""
        if not fields:
            return {}
        labels = {name: self._label(name, (choices or {}).get(name, ())) for name in fields}
        return await self._asker.fill(words.SETTINGS, {name: (labels[name], preset) for name, preset in fields.items()})

    def _label(self, name: str, choices: Sequence[str]) -> str:
        label = f"{name}  {self._in(words.LABELS[name])}" if name in words.LABELS else name
        return f"{label} ({', '.join(choices)})" if choices else label

    # lines, power, time

    async def line(self) -> None:
        """The line to the host fails in a way, or is good again."""
        rows = [("", self._in(words.GOOD_LINE))] if self.live.faults else []
        rows += [(spec, self._in(text)) for spec, text in words.LINES]
        spec = await self._asker.choose(words.LINE, rows)
        if spec is not None:
            self.live.set_line((spec,) if spec else ())
            told = dict(words.LINES).get(spec, words.GOOD_LINE)
            self.tape.line(self.live.now_us, self.live.faults, told)
            self.say(Text("{why}", "{why}"), told, good=not spec)

    def cable(self) -> None:
        """The register's cable: out, or in again."""
        plugged = not self.live.register
        if plugged:
            self.live.plug_cable()
        else:
            self.live.pull_cable()
        self.tape.cable(self.live.now_us, plugged)

    async def power(self) -> None:
        """The power: cut, or back."""
        on = not self.live.on
        if on:
            self.view.power(True)
            self.tape.power(self.live.now_us, True)
            await self.live.restore_power()
        else:
            self.live.cut_power()
            self.tape.power(self.live.now_us, False)
            self.view.power(False)

    async def wait(self) -> None:
        """Time passes."""
        time = await self._asker.choose(words.WAIT, [(time, self._in(text)) for time, text in words.WAITS])
        if time is not None:
            self.tape.wait(self.live.now_us, time)
            self.live.pass_time(microseconds(time))

    async def ask_file(self) -> Path | None:
        """Where to save."""
        if not self.tape.steps:
            raise LocalError(words.NOTHING_DONE, words.NOTHING_DONE)
        told = await self._asker.fill(words.SAVE, {"file": (self._in(words.FILE), "recorded.toml")})
        if told is not None and not told["file"]:
            raise LocalError(words.NO_NAME, words.NO_NAME)
        return None if told is None else Path(told["file"])


def value_of(text: str) -> Json:
    """What was typed: a whole number, true or false, else the text itself."""
    if text.lstrip("-").isdecimal() and text.isascii():
        return int(text)
    return {"true": True, "false": False}.get(text, text)


def shown(value: Json) -> str:
    """A setting as it is typed; "" for one that must be given."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _of(pattern: Text, what: Text) -> Text:
    return Text(pattern.zh.format(what=what.zh), pattern.en.format(what=what.en))
