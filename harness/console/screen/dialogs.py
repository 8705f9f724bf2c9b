"""What is asked for beside the terminal: a choice, or some values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option


class Choose(ModalScreen[str | None]):
    """One of `rows` (its id and what it says); None when nobody chose."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "")]

    def __init__(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title = title
        self._rows = rows

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = self._title
            yield OptionList(*(Option(text, id=name) for name, text in self._rows), markup=False, compact=True)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Somebody chose."""
        if self.is_current:  # ENTER twice in a row chooses once
            self.dismiss(event.option_id)


class Fill(ModalScreen[dict[str, str] | None]):
    """Values for `fields` (name to label and what stands there at first); None when nobody gave them.

    ENTER goes to the next one, and at the last one closes the dialog.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "")]

    def __init__(self, title: str, fields: Mapping[str, tuple[str, str]]) -> None:
        super().__init__()
        self._title = title
        self._fields = fields

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False) as box:
            box.border_title = self._title
            for name, (label, preset) in self._fields.items():
                yield Label(label, markup=False)
                yield Input(preset, id=f"field-{name}", compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """ENTER in a field."""
        inputs = list(self.query(Input))
        if event.input is not inputs[-1]:
            inputs[inputs.index(event.input) + 1].focus()
            return
        if self.is_current:
            self.dismiss({name: one.value.strip() for name, one in zip(self._fields, inputs, strict=True)})
