"""From the command to the screen and back."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

from protocols.errors import LocalError, PosrigError
from protocols.text import Lang, Text

from ...bench.live import LiveTerminal, open_live
from ...bench.process import BROKEN, OK, Interfaces, serve, status_of_start, tell_error
from ...bench.terminal_start import Start
from . import words
from .saving import World
from .tap import ScreenTap
from .view import View


class Problems(logging.Handler):
    """What would stand on standard error stands among the happenings: the screen owns the console."""

    def __init__(self, view: View) -> None:
        super().__init__(logging.WARNING)
        self._view = view

    def emit(self, record: logging.LogRecord) -> None:
        """One line of the log, without its traceback."""
        said = record.getMessage()
        self._view.say(0, Text(said, said), False)


def run_screen(start: Start, interfaces: Interfaces, lang: Lang) -> int:
    """Run until somebody quits; the exit status is that of `posrig terminal`.

    Without a host, a terminal file and a state it is ready to sell, against a host of its own.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise LocalError(words.NO_TERMINAL, words.NO_TERMINAL_CURE)
    if not (start.host or start.terminal_file or start.at):
        start = replace(start, ready=True)
    try:
        return asyncio.run(_run(start, interfaces, lang))
    except PosrigError as error:
        tell_error(error, interfaces.lang)
        return status_of_start(error)


def world_of(start: Start, live: LiveTerminal) -> World:
    """What a saved scenario needs of a bench to be where this terminal began."""
    use = ("ready",) if start.needs_session else ("boarded",)
    return World(live.dialect, start.profile, use, card="chip" if live.chips is not None else "")


async def _run(start: Start, interfaces: Interfaces, lang: Lang) -> int:
    from .app import TerminalScreen

    view = View()
    log = logging.getLogger("posrig")
    problems = Problems(view)
    async with AsyncExitStack() as stack:
        file = interfaces.tap()
        if file is not None:
            stack.callback(file.close)
        tap = ScreenTap(file)
        tap.watch(view.see)
        live = await open_live(start, interfaces, tap, stack)
        await serve(live.shell, interfaces, stack)
        tap.unwatch(view.see)
        if live.profile.host_link == "register":
            view.say(live.now_us, words.TETHERED.format(port=live.register), good=False)
        log.addHandler(problems)
        log.propagate = False
        stack.callback(log.removeHandler, problems)
        app = TerminalScreen(live, view, tap, world_of(start, live), lang)
        with suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, app.exit, 0)
        await app.run_async()
        return BROKEN if live.shell.failure is not None or live.shell.bugs or app.return_code else OK
