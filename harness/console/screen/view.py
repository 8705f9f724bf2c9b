"""What a person at the terminal sees, folded from its trace events."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from protocols.text import Text

from ...machine import Json
from ...reports.items import NOTES
from ...reports.words import joined, kind_title, of_json
from ...terminal.texts import (
    ENTER_OPERATOR_PASSWORD,
    ENTER_PASSWORD,
    ENTER_PIN,
    PIN_WRONG,
    PRESENT_CARD,
    SWIPE_AGAIN,
    SWIPE_INSTEAD,
)
from ...trace import Event

SLIPS_MAX = 30
"""What hangs out of the printer; the oldest is torn off."""
HAPPENED_MAX = 300
FAINT_PERCENT = 50
"""Below this contrast a slip is drawn faint."""

Lamp = Literal["off", "on", "busy", "warn", "bad"]
Asks = Literal["", "card", "pin", "password"]
_ASKS: Mapping[str, Asks] = {
    PRESENT_CARD.zh: "card",
    SWIPE_AGAIN.zh: "card",
    SWIPE_INSTEAD.zh: "card",
    ENTER_PIN.zh: "pin",
    PIN_WRONG.zh: "pin",
    ENTER_PASSWORD.zh: "password",
    ENTER_OPERATOR_PASSWORD.zh: "password",
}


@dataclass(frozen=True, slots=True)
class Slip:
    """One piece of paper.  `contrast_percent` None: nobody has measured it."""

    stan: str
    copy: str
    lines: tuple[Text, ...]
    complete: bool = True
    contrast_percent: int | None = None
    legible: bool = True

    @property
    def faint(self) -> bool:
        """Hard to read, or not at all."""
        return not self.legible or (self.contrast_percent is not None and self.contrast_percent < FAINT_PERCENT)


@dataclass
class View:
    """`see` folds one event of `party`; everything else is what there is to draw."""

    party: str = "terminal"
    glass: Text | None = None
    """What stands on the display, None for nothing that can be seen."""
    typed: str = ""
    """What was keyed since, as the terminal shows it: a PIN as `*`."""
    asks: Asks = ""
    """What the terminal waits for, as far as its display says so."""
    op: str = ""
    """The operation that is under way."""
    last: Mapping[str, Json] = field(default_factory=dict)
    """The outcome of the last operation."""
    life_cycle: str = ""
    dark: bool = False
    """Nothing is lit, for there is no power."""
    lamps: dict[str, Lamp] = field(default_factory=lambda: {"power": "on", "paper": "on", "battery": "on"})
    battery_percent: int | None = None
    slips: deque[Slip] = field(default_factory=lambda: deque(maxlen=SLIPS_MAX))
    happened: deque[tuple[int, Text, bool]] = field(default_factory=lambda: deque(maxlen=HAPPENED_MAX))
    """Time, what, whether it went well."""
    told: int = 0
    """How much has happened altogether."""
    tests: dict[str, bool] = field(default_factory=dict)
    """What the last self-test said of each part."""
    numbers: dict[str, str] = field(default_factory=dict)
    """The number of each part, as far as it was seen."""

    def see(self, event: Event) -> None:
        """What is seen of one event."""
        if event.party != self.party:
            return
        match event.kind:
            case "display":
                self._display(event)
            case "key":
                self._key(str(event.data.get("keys", "")))
            case "slip":
                self._slip(event.data)
            case "image":
                self._image(event.data)
            case "operation":
                self._operation(event.data)
            case "link":
                self._link(event.data)
            case "state":
                self._state(event.data)
            case "part" | "self_test":
                self._part(event)
            case "boot":
                self.glass, self.op, self.typed, self.asks = None, "", "", ""
                self.lamps.pop("line", None)
        self._tell(event)

    def lamp(self, name: str) -> Lamp:
        """How a lamp looks."""
        return "off" if self.dark else self.lamps.get(name, "off")

    def say(self, at_us: int, what: Text, good: bool = True) -> None:
        """Something that the bench has to say."""
        self.happened.append((at_us, what, good))
        self.told += 1

    def power(self, on: bool) -> None:
        """Without power nothing is lit; what was known of paper and battery is still so when it is back."""
        self.glass, self.op, self.typed, self.asks = None, "", "", ""
        self.dark = not on
        self.lamps["power"] = "on" if on else "off"
        self.lamps |= dict.fromkeys(("line", "field"), "off")

    def _display(self, event: Event) -> None:
        self.typed = ""
        self.asks = _ASKS.get(str(event.data.get("zh")), "")
        self.glass = of_json(event.data) if "register" in event.seen_by else None
        self.lamps["field"] = "on" if self.asks == "card" else "off"

    def _key(self, keys: str) -> None:
        if keys in ("ENTER", "CANCEL", "CLEAR"):
            self.typed = ""
        else:
            self.typed += keys

    def _slip(self, data: Mapping[str, Json]) -> None:
        lines = tuple(of_json(line) or Text("-", "-") for line in data.get("lines", ()))
        whole = data.get("complete") is not False
        self.slips.append(Slip(str(data.get("stan") or ""), str(data.get("copy") or ""), lines, whole))

    def _image(self, data: Mapping[str, Json]) -> None:
        if self.slips and self.slips[-1].stan == str(data.get("stan") or ""):
            percent, legible = data.get("contrast_percent"), data.get("legible") is not False
            self.slips[-1] = replace(self.slips[-1], contrast_percent=percent, legible=legible)

    def _operation(self, data: Mapping[str, Json]) -> None:
        if data.get("phase") == "begin":
            self.op = str(data.get("op"))
        else:
            self.op, self.asks, self.last = "", "", data.get("outcome") or {}
            self.lamps["field"] = "off"

    def _link(self, data: Mapping[str, Json]) -> None:
        lamp = {"host": "line", "backup": "line", "register": "cable"}.get(str(data.get("link")))
        if lamp is None:
            return
        match data.get("what"):
            case "dial":
                self.lamps[lamp] = "busy"
            case "open":
                self.lamps[lamp] = "on"
            case "closed":
                ended = data.get("reason") in ("local", "eof") and lamp == "line"
                self.lamps[lamp] = "off" if ended else "bad"

    def _state(self, data: Mapping[str, Json]) -> None:
        if data.get("machine") == "life_cycle":
            self.life_cycle = str(data.get("to"))
            self.lamps["tamper"] = "bad" if self.life_cycle == "tampered" else "off"

    def _part(self, event: Event) -> None:
        part, good = str(event.data.get("part")), event.data.get("ok") is not False
        if part == "display" and "detail" in event.data:  # a bad glass: what can be seen of what was written
            self.glass = of_json(event.data["detail"])
        if event.data.get("id"):
            self.numbers[part] = str(event.data["id"])
        if event.kind == "self_test":
            self.tests[part] = good
        percent = event.data.get("percent")
        if part == "battery":
            self.battery_percent = percent if isinstance(percent, int) else self.battery_percent
            self.lamps["battery"] = "on" if good else "bad"
        elif part == "printer":
            low = event.data.get("what") == "paper_low"
            self.lamps["paper"] = "warn" if low else "on" if good else "bad"

    def _tell(self, event: Event) -> None:
        if event.kind == "message":
            if event.data.get("mti"):
                self.say(event.t_us, _message(event.data))
            return
        unseen = event.kind == "key" or (event.kind == "display" and "register" not in event.seen_by)
        make = None if unseen else NOTES.get(event.kind)
        item = None if make is None else make(event)
        if item is not None:
            self.say(event.t_us, joined(item.label, item.sub) if item.sub else item.label, item.good)


def _message(data: Mapping[str, Json]) -> Text:
    arrow = "→" if data.get("dir") == "out" else "←"
    mti, fields = str(data["mti"]), data.get("fields") or {}
    code = f"F39 {fields['39']}" if fields.get("39") else None
    return joined(arrow, mti, kind_title(str(data.get("kind", "")), mti), code, by=" ")
