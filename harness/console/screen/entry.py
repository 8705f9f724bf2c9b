"""What is typed on the keypad before an operation begins: the amount of a sale, the trace number of a void."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from protocols.text import Text

from ...machine import Json
from .words import FIELDS

DIGITS_MAX = 12
End = Literal["", "done", "cancelled"]


def typed_fields(op: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of an operation's arguments that the keypad asks for, the amount first.

    An amount that follows from the original is not asked for.
    """
    if op in ("void", "reversal", "send_reversal", "completion_void", "preauth_void"):
        names = tuple(name for name in names if name != "amount_fen")
    if op == "operator_sign_on":  # the terminal asks for these itself
        return ()
    return tuple(sorted((name for name in names if name in FIELDS), key=lambda name: name != "amount_fen"))


@dataclass
class Entry:
    """The arguments of `op`, one after the other.  `presets`: what stands in a field until something is typed."""

    op: str
    fields: tuple[str, ...]
    presets: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    typed: str = ""

    @property
    def name(self) -> str:
        """The field that is typed now."""
        return self.fields[len(self.given)]

    @property
    def prompt(self) -> Text:
        """What is asked for."""
        return FIELDS[self.name]

    @property
    def shown(self) -> str:
        """What stands in the field; an amount in yuan."""
        digits = self.typed or self.presets.get(self.name, "")
        if self.name != "amount_fen":
            return digits
        fen = int(digits or "0")
        return f"{fen // 100}.{fen % 100:02d}"

    def press(self, key: str) -> End:
        """One key: a digit, ENTER, CLEAR or CANCEL."""
        if key == "CANCEL":
            return "cancelled"
        if key == "CLEAR":
            self.typed = ""
            self.presets.pop(self.name, None)
        elif key == "ENTER":
            if self.name == "amount_fen" and not int(self.typed or "0"):
                return ""
            self.given[self.name] = self.typed or self.presets.get(self.name, "")
            self.typed = ""
            return "done" if len(self.given) == len(self.fields) else ""
        elif len(self.typed) + len(key) <= DIGITS_MAX:
            self.typed += key
        return ""

    def args(self) -> dict[str, Json]:
        """The arguments; fields that were left empty are none."""
        return {name: int(value) if name == "amount_fen" else value for name, value in self.given.items() if value}
