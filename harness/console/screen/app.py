"""The screen: the terminal's faces, and what keys and clicks do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Button, ContentSwitcher, RichLog, Static

from protocols.errors import PosrigError
from protocols.text import Lang, Text

from ...bench.live import NO_POWER, LiveTerminal
from ...machine import Json
from ...trace import Event
from . import faces, words
from .dialogs import Choose, Fill
from .entry import Entry
from .hands import Hands
from .recording import Recording
from .saving import World, save
from .style import CSS
from .tap import ScreenTap
from .view import View

DIGITS = "0123456789"
DEVICE_KEYS: Mapping[str, str] = {**{digit: digit for digit in DIGITS}, "enter": "ENTER", "escape": "CANCEL"}
WIDE_COLUMNS = 112
Face = TypeVar("Face", bound=Widget)


def _bindings() -> list[BindingType]:
    keys: list[BindingType] = [Binding(key, f"key('{name}')", show=False) for key, name in DEVICE_KEYS.items()]
    keys += [Binding(key, "key('CLEAR')", show=False) for key in ("backspace", "delete")]
    keys.append(Binding("ctrl+c", "leave", show=False))  # as everywhere: at once
    return [*keys, *(Binding(key, action, text.en, show=False) for action, key, text in words.HINTS)]


class TerminalScreen(App[int]):
    """`view` has seen everything so far; `tap` brings the rest.  Ends with the exit status of the process."""

    CSS: ClassVar[str] = CSS
    BINDINGS: ClassVar[list[BindingType]] = _bindings()
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    # textual declares it on instances, and only reads it
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-narrow"), (WIDE_COLUMNS, "-wide")]  # noqa: RUF012

    def __init__(self, live: LiveTerminal, view: View, tap: ScreenTap, world: World, lang: Lang) -> None:
        super().__init__()
        self.view: View = view
        self.tape: Recording = Recording(live.cards)
        self.hands: Hands = Hands(live, view, self.tape, self, lang)
        self._typing: tuple[Entry, asyncio.Future[dict[str, Json] | None]] | None = None
        self._live = live
        self._world = world
        self._told = self._kept = 0
        self._papers: tuple[object, ...] = ()
        self._drawing = self._mounted = False
        tap.watch(self._seen)

    def compose(self) -> ComposeResult:
        yield Static(id="title", markup=False)
        yield Static(id="lamps", markup=False)
        with Horizontal(id="body"):
            with Vertical(id="device"):
                yield Static(id="glass", markup=False)
                yield faces.Keypad(id="keypad")
                yield faces.Slots(id="slots")
                yield Static(id="standing", markup=False)
            with Container(id="side"):
                yield faces.Roll(id="paper", wrap=True, min_width=faces.SLIP_COLUMNS)
                with ContentSwitcher(initial="happens", id="low"):
                    yield faces.Happenings(self._broken_anew, id="happens", wrap=True, min_width=1, max_lines=300)
                    yield Static(id="parts", markup=False)
        yield Static(id="hints")

    def on_mount(self) -> None:
        """Everything that was seen before."""
        for widget in self.query("#paper, #happens"):
            widget.can_focus = False
        self._mounted = True
        self.speak()

    def on_resize(self) -> None:
        """The keys' line breaks elsewhere."""
        self._soon()

    def _broken_anew(self) -> None:
        if self._mounted:
            self.call_later(self.speak)

    # what is drawn

    def _seen(self, event: Event) -> None:
        self.view.see(event)
        self.tape.see(event)
        self._soon()

    def _soon(self) -> None:
        """Draw once for all that happens in one go."""
        if not self._drawing and self._mounted:
            self._drawing = True
            self.call_later(self._draw)

    def speak(self) -> None:
        """All words in the language of whoever stands there."""
        lang = self.hands.lang
        titles = {"glass": words.DEVICE, "slots": words.SLOTS, "paper": words.PAPER}
        for name, text in titles.items():
            self._face(f"#{name}", Widget).border_title = text.in_(lang)
        self._face("#keypad", faces.Keypad).speak(lang)
        self._face("#happens", RichLog).clear()
        self._told = self.view.told - len(self.view.happened)
        self._papers = ()
        self._draw()

    def _draw(self) -> None:
        self._drawing = False
        lang, view, live = self.hands.lang, self.view, self._live
        view.dark = not live.lit
        cable = live.register or words.PULLED_OUT.in_(lang)
        self._show("hints", faces.hints_markup(lang, self.size.width - 2))
        self._show("title", f"{words.TITLE.in_(lang)}  {live.profile.model}  {cable}")
        self._show("lamps", faces.lamps_line(view, live.profile.parts, lang))
        self._show("glass", faces.glass_lines(view, self.entry, lang))
        self._face("#slots", faces.Slots).speak(
            lang, self.hands.card, self.hands.pin(self.hands.card), self.hands.in_slot
        )
        self._show("parts", faces.parts_lines(view, live.profile.parts, lang))
        idle = live.lit and not view.op and self.entry is None
        self._show("standing", faces.standing_lines(len(self.tape.steps), self.hands.wrong(), idle, lang))
        low = self._face("#low", ContentSwitcher)
        low.border_title = (words.HAPPENS if low.current == "happens" else words.PARTS).in_(lang)
        self._draw_rolls(lang)

    def _draw_rolls(self, lang: Lang) -> None:
        """What only grows is not drawn anew, unless a slip turned out to look otherwise."""
        log = self._face("#happens", RichLog)
        new = min(self.view.told - self._told, len(self.view.happened))
        for at_us, text, good in list(self.view.happened)[len(self.view.happened) - new :]:
            log.write(faces.happened_line(at_us, text.in_(lang), good))
        self._told = self.view.told
        papers = (*self.view.slips, lang)
        if papers != self._papers:
            self._papers = papers
            self._face("#paper", faces.Roll).draw(self.view.slips, lang)

    def _face(self, selector: str, kind: type[Face]) -> Face:
        """A widget of the screen itself, also while a dialog lies on it."""
        return self.screen_stack[0].query_one(selector, kind)

    def _show(self, name: str, what: Any) -> None:
        self._face(f"#{name}", Static).update(what)

    # what keys and clicks do

    def _do(self, act: Coroutine[Any, Any, None]) -> None:
        """Carry an act out beside the screen; what cannot be done is said."""
        self.run_worker(self._guarded(act), exit_on_error=True)

    async def _guarded(self, act: Coroutine[Any, Any, None]) -> None:
        try:
            await act
        except PosrigError as error:
            self.hands.say(words.REFUSED, error.what)
        finally:
            self._soon()

    def action_key(self, key: str) -> None:
        """A key of the keypad."""
        if self.entry is not None:
            self._key_of_entry(key)
        elif not self._live.lit:
            self.hands.say(words.REFUSED, NO_POWER)
        elif self.view.op:
            self._do(self.hands.press(key))
        elif key in ("ENTER", "MENU"):
            self.action_menu()
        elif key.isdigit() and "sale" in self._live.profile.transactions:
            self._begin_sale(key.lstrip("0"))
        else:
            self.view.say(self._live.now_us, words.NO_OPERATION)
        self._soon()

    def _begin_sale(self, typed: str) -> None:
        entry = self.hands.entry("sale", typed)
        if entry is not None:
            self._open(entry)  # at once: the next key may be here before the act is
            self._do(self.hands.begin("sale", entry))

    @property
    def entry(self) -> Entry | None:
        """What the keypad is typing into besides the terminal."""
        return None if self._typing is None or self._typing[1].done() else self._typing[0]

    def _open(self, entry: Entry) -> None:
        self._entered(None)
        self._typing = entry, asyncio.get_running_loop().create_future()

    def _key_of_entry(self, key: str) -> None:
        entry = self.entry
        assert entry is not None
        end = entry.press(key)
        if end:
            self._entered(entry.args() if end == "done" else None)

    def _entered(self, args: dict[str, Json] | None) -> None:
        if self._typing is not None and not self._typing[1].done():
            self._typing[1].set_result(args)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The mouse on a key of the keypad or beside the slot."""
        kind, _, name = (event.button.id or "").partition("-")
        if kind == "key":
            self.action_key(name)
        elif name == "pull":
            self.action_pull()
        elif kind == "way":
            self.action_present(name)

    def action_menu(self) -> None:
        self._do(self.hands.menu())

    def action_card(self) -> None:
        self._do(self.hands.choose_card())

    def action_present(self, how: str) -> None:
        self._do(self.hands.present(how))

    def action_pull(self) -> None:
        self._do(self.hands.pull())

    def action_break_part(self) -> None:
        self._do(self.hands.break_part())

    def action_mend(self) -> None:
        self._do(self.hands.mend())

    def action_line(self) -> None:
        self._do(self.hands.line())

    def action_cable(self) -> None:
        self._do(_as_act(self.hands.cable))

    def action_power(self) -> None:
        self._entered(None)
        self._do(self.hands.power())

    def action_wait(self) -> None:
        self._do(self.hands.wait())

    def action_parts(self) -> None:
        """The parts instead of the happenings, and back."""
        low = self._face("#low", ContentSwitcher)
        low.current = "parts" if low.current == "happens" else "happens"
        self._face("#side", Container).set_class(low.current == "parts", "parts")
        self._soon()

    def action_language(self) -> None:
        self.hands.lang = "en" if self.hands.lang == "zh" else "zh"
        self.speak()

    def action_save(self) -> None:
        self._do(self._save())

    async def action_quit(self) -> None:
        """A recording that is not saved is not dropped by one key."""
        steps = len(self.tape.steps)
        if steps in (0, self._kept):
            self.exit(0)
            return
        self._kept = steps  # told once
        self.view.say(self._live.now_us, words.UNSAVED.format(count=steps), good=False)
        self._soon()

    def action_leave(self) -> None:
        self.exit(0)

    async def _save(self) -> None:
        path = await self.hands.ask_file()
        if path is None:
            return
        self.view.say(self._live.now_us, words.SAVING.format(path=path))
        self._soon()
        live = self._live
        stands = replace(self._world, life_cycle=self.view.life_cycle, wrong=live.wrong, off=live.on and not live.lit)
        steps = len(self.tape.steps)
        saved = await asyncio.to_thread(save, path, self.tape, stands)
        self._kept = steps
        if saved.failures:
            told = words.SAVED_DIFFERS.format(path=path, why="{why}")
            self.hands.say(told, saved.failures[0])
        else:
            row = saved.row
            told = Text(words.SAVED.zh.format(path=path, row=row.zh), words.SAVED.en.format(path=path, row=row.en))
            self.view.say(self._live.now_us, told)

    # who asks (`hands.Asker`)

    async def choose(self, title: Text, rows: Sequence[tuple[str, str]]) -> str | None:
        """A choice."""
        return await self.push_screen_wait(Choose(title.in_(self.hands.lang), rows))

    async def fill(self, title: Text, fields: Mapping[str, tuple[str, str]]) -> dict[str, str] | None:
        """Some values."""
        return await self.push_screen_wait(Fill(title.in_(self.hands.lang), fields))

    async def type_in(self, entry: Entry) -> dict[str, Json] | None:
        """On the keypad of the terminal itself."""
        if self._typing is None or self._typing[0] is not entry:
            self._open(entry)
        self._soon()
        assert self._typing is not None
        return await self._typing[1]


async def _as_act(call: Callable[[], None]) -> None:
    call()
