"""What a person did at the screen, as the steps of a scenario.

Steps of a scenario wait for their answer; what is done while an operation is under way therefore stands before it where
it makes something fail, and behind it where it mends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from protocols.text import Text

from ...card.behaviours import BEHAVIOURS
from ...driver.driver import TAKES
from ...machine import Json
from ...terminal.faults import FAULTS
from ...terminal.hardware.maintain import ACTS
from ...terminal.hardware.processor import POWER_CUT
from ...terminal.person import HELD_MAX
from ...terminal.settings import Card
from ...terminal.texts import OPERATIONS
from ...trace import Event

STEPS_MAX = 500
"""A scenario beyond this is a day's work and no case; later steps are not kept."""
NAMED = ("stan", "batch", "rrn")
"""Parts of an outcome that later steps may name; in another run they are others."""
UNPLUGGED = "unplug:stream=upstream,times=100"
"""Away until it is healed; the register finds out when it says something."""
OPERATED = Text("{what}", "{what}")
POWER = Text("断电", "The power is cut")
POWER_BACK = Text("恢复供电", "The power is back")
CABLE_OUT = Text("收银机的线拔出", "The register's cable is pulled out")
CABLE_IN = Text("收银机的线插回", "The register's cable is plugged in again")
CARD = "card"
HOST_LINE = Text("去主机的线路：{what}", "The line to the host: {what}")
SERVICED = Text("送修", "In the workshop")


@dataclass(eq=False)
class Step:
    """One step as its TOML keys, and when it was done."""

    at_us: int
    table: dict[str, Json]
    outcome: Mapping[str, Json] = field(default_factory=dict)


@dataclass(repr=False)
class _Typing:
    """What was done at the keypad and with cards while an operation ran; there are PINs in it, so nothing shows it."""

    card: str = ""
    ways: list[str] = field(default_factory=list)
    pulled: bool = False
    misread: int = 0
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    secret: bool = False
    buffer: str = ""
    sent: bool = False


class Recording:
    """`cards`: the test cards; whoever types another PIN than a card's own typed a wrong one, and what it was is not
    kept."""

    def __init__(self, cards: Mapping[str, Card], party: str = "terminal") -> None:
        self.steps: list[Step] = []
        self.open: dict[str, dict[str, Json]] = {}
        """What is wrong by the bench's hand, with the step that ends it."""
        self._cards = cards
        self._party = party
        self._asked = ""
        self._running: Step | None = None
        self._last = Step(0, {})
        self._held: deque[tuple[str, str, bool, bool]] = deque(maxlen=HELD_MAX)
        self._typing = _Typing()

    # what people do

    def operate(self, op: str) -> None:
        """Somebody at the keypad is about to begin that."""
        self._asked = op

    def present(self, card: str, how: str, pulled: bool = False, misread: bool = False) -> None:
        """A card, in one of the ways; it is held until the terminal asks for it."""
        self._held.append((card, how, pulled, misread))

    def _taken(self) -> None:
        """The terminal took, or did not notice, the card that was held first."""
        if self._held:
            card, how, pulled, misread = self._held.popleft()
            typing = self._typing
            typing.card, typing.pulled = card, pulled or typing.pulled
            typing.ways.append(how)
            typing.misread += misread

    def press(self, key: str, asks: str) -> None:
        """One key; `asks`: what the terminal waited for."""
        typing = self._typing
        typing.secret = typing.secret or asks in ("pin", "password")
        if key == "CLEAR":
            typing.buffer = ""
        elif key == "CANCEL":
            typing.before = [*typing.before, key]
        elif key == "ENTER":
            (typing.after if asks == "pin" else typing.before).append(self._kept(typing.buffer, asks))
            typing.buffer = ""
        else:
            typing.buffer += key

    def _kept(self, typed: str, asks: str) -> str:
        """What is saved of what was typed: a PIN that is none of the card's by zeros, which are wrong, too."""
        if asks == "pin":
            card = self._cards.get(self._typing.card)
            return typed if not typed or (card is not None and typed == card.pin) else "0" * len(typed)
        if asks == "password":
            return f"{'0' * len(typed)} ENTER"
        return f"{typed} ENTER".strip()

    # what the bench's hand does

    def cause(self, at_us: int, behaviour: str, settings: Mapping[str, Json]) -> None:
        """Something of the terminal breaks."""
        wrong = {"do": "cause", "party": self._party, "behaviour": behaviour}
        end = {"do": "heal", "party": self._party, "behaviour": behaviour}
        self._breaks(at_us, behaviour, {**wrong, **({"settings": dict(settings)} if settings else {})}, end)
        self._noted(FAULTS[behaviour].text)

    def heal(self, at_us: int, behaviour: str) -> None:
        """It is as if it had never been."""
        self._mends(
            at_us, behaviour, {"do": "heal", "party": self._party, "behaviour": behaviour}, FAULTS[behaviour].text
        )

    def chip(self, at_us: int, card: str, behaviour: str, on: bool) -> None:
        """Something is wrong with a chip card, or is not any more."""
        end = {"do": "heal", "party": CARD, "behaviour": behaviour}
        if on:
            wrong = {"do": "cause", "party": CARD, "behaviour": behaviour, "settings": {"card": card}}
            self._breaks(at_us, f"{CARD} {behaviour}", wrong, end)
            self._noted(BEHAVIOURS[behaviour].text)
        else:
            self._mends(at_us, f"{CARD} {behaviour}", end, BEHAVIOURS[behaviour].text)

    def maintain(self, at_us: int, act: str, args: Mapping[str, Json]) -> None:
        """Somebody's hands at the device."""
        step = {"do": "control", "party": self._party, "name": "maintain", "args": {"act": act, **args}}
        self._mends(at_us, "", step, ACTS[act].text)

    def service(self, at_us: int) -> None:
        """The workshop had it."""
        self._mends(at_us, "", {"do": "control", "party": self._party, "name": "service"}, SERVICED)

    def ends(self, wrong: Collection[str]) -> list[dict[str, Json]]:
        """The steps that end what is still wrong; `wrong`: the behaviours that are on.

        The power comes first, for without it nothing else can be mended.
        """
        still = [what for what in self.open if what not in FAULTS or what in wrong]
        return [self.open[what] for what in sorted(still, key=lambda what: what != "power")]

    def line(self, at_us: int, faults: tuple[str, ...], told: Text) -> None:
        """The line to the host."""
        if faults:
            self._breaks(at_us, "host", {"do": "cause", "link": list(faults)}, {"do": "heal"})
            self._noted(words_of(HOST_LINE, told))
        else:
            self._mends(at_us, "host", {"do": "heal"}, words_of(HOST_LINE, told))

    def cable(self, at_us: int, plugged: bool) -> None:
        """The register's cable."""
        path = {"path": "register"}
        if plugged:
            self._mends(at_us, "register", {"do": "heal", **path}, CABLE_IN)
        else:
            self._breaks(at_us, "register", {"do": "cause", **path, "link": [UNPLUGGED]}, {"do": "heal", **path})
            self._noted(CABLE_OUT)

    def power(self, at_us: int, on: bool) -> None:
        """The power is cut, or comes back."""
        if on:
            self._mends(at_us, "power", {"do": "restart", "party": self._party}, POWER_BACK)
            return
        interrupted = self._running
        if interrupted is not None:  # a scenario's operation waits for its answer: the cut is planned before it
            at = "after_send" if self._typing.sent else "card_read" if self._typing.card else "begin"
            settings = {"at": at, "op": interrupted.table["op"]}
            cut = {"do": "cause", "party": self._party, "behaviour": POWER_CUT, "settings": settings}
            self._add(Step(at_us, cut), before=True)
            self._noted(POWER)
            self._end({})
        self._held.clear()
        self._breaks(at_us, "power", {"do": "crash", "party": self._party}, {"do": "restart", "party": self._party})
        self._noted(POWER)

    def wait(self, at_us: int, time: str) -> None:
        """Time was passed."""
        self._add(Step(at_us, {"do": "wait", "time": time}))

    # what is seen

    def see(self, event: Event) -> None:
        """An event of the trace: operations begin and end, a request leaves."""
        if event.party != self._party:
            return
        if event.kind == "operation" and event.data.get("by") != "terminal":
            if event.data.get("phase") == "begin":
                self._begin(event.t_us, str(event.data.get("op")), event.data.get("args") or {})
            elif self._running is not None:
                self._end(event.data.get("outcome") or {})
        elif event.kind == "card" and event.data.get("what") != "removed":
            self._taken()
        elif event.kind == "message" and event.data.get("dir") == "out" and event.data.get("mti"):
            self._typing.sent = True

    def _begin(self, at_us: int, op: str, args: Mapping[str, Json]) -> None:
        person, self._asked = op == self._asked, ""
        takes = TAKES.get(op)
        if not person and takes is not None:
            args = {name: value for name, value in args.items() if name in takes.names}
        step = Step(at_us, {"do": "operate" if person or takes is None else "register", "op": op})
        if args:
            step.table["args"] = dict(args)
        self._add(step)
        self._running, self._typing.sent = step, False
        self._noted(words_of(OPERATED, OPERATIONS.get(op, Text(op, op))))

    def _end(self, outcome: Mapping[str, Json]) -> None:
        step, typing = self._running, self._typing
        self._running, self._typing = None, _Typing()
        if step is None:
            return
        step.outcome = outcome
        step.table |= _people(typing, self._cards)
        if outcome:
            told = {"status": outcome.get("status"), "cause": outcome.get("cause")}
            if outcome.get("status") == "declined":
                told["code"] = outcome.get("code")
            step.table["expect"] = {name: value for name, value in told.items() if value}

    # steps

    def _breaks(self, at_us: int, what: str, step: dict[str, Json], end: dict[str, Json]) -> None:
        self.open[what] = end
        self._add(Step(at_us, step), before=True)

    def _mends(self, at_us: int, what: str, step: dict[str, Json], note: Text) -> None:
        self.open.pop(what, None)
        self._add(Step(at_us, step))
        self._noted(note)

    def _add(self, step: Step, before: bool = False) -> None:
        self._last = step
        if len(self.steps) >= STEPS_MAX:
            return
        if before and self._running is not None and self._running in self.steps:
            self.steps.insert(self.steps.index(self._running), step)
        else:
            self.steps.append(step)

    def _noted(self, note: Text) -> None:
        self._last.table["note"] = {"zh": note.zh, "en": note.en}


def _people(typing: _Typing, cards: Mapping[str, Card]) -> dict[str, Json]:
    """The keys of a step that say what people did while it ran."""
    found: dict[str, Json] = {}
    card = cards.get(typing.card)
    if card is not None:
        found["card"] = typing.card
        if typing.ways != [card.how]:
            found["how"] = " ".join(typing.ways[-1:] if typing.misread else typing.ways)
        if typing.pulled:
            found["pulled"] = True
        if typing.misread:
            found["misread"] = typing.misread
        if typing.after and typing.after != [card.pin]:
            pins = [pin for pin in typing.after if pin]
            if pins:
                found["pin"] = " ".join(pins)
            else:
                typing.before.append("ENTER")  # no PIN at all
    if typing.before:
        found["keys"] = " ".join(typing.before)
    return found


def words_of(pattern: Text, what: Text) -> Text:
    """`pattern` with `{what}` filled in each half."""
    return Text(pattern.zh.format(what=what.zh), pattern.en.format(what=what.en))
