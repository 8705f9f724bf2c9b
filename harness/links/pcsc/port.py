"""A card in a reader as a link: the ATR comes first, then one `send` is one C-APDU and one `received` its R-APDU."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from harness.clock import monotonic_s
from protocols.emv.apdu import parse_command
from protocols.errors import DecodeError, PosrigError

from ..port import Handler
from .api import Context
from .card import LIMIT_S, PoweredCard
from .readers import choose, readers
from .troubles import CardLinkError

BUSY_S = 1.0
"""A reader that is in use may still be in the hands of our own last session, so long."""
LOOK_MS = 250
"""How often a card that says nothing is looked for, and a wait for one may be ended."""

log: logging.Logger = logging.getLogger("posrig.links")


async def dial(wanted: str, how: str, handler: Handler, wait_s: float, limit_s: float = LIMIT_S) -> None:
    """Wait at most `wait_s` for a card in the reader that `wanted` and `how` name (`readers.choose`), and power it up;
    `handler` hears `opened` and its ATR, or `closed` with one of `harness.machine.CARD_REASONS`.

    A card that does not answer a command within `limit_s` is given up ("timeout"); what is left of it then stands at
    `card.Card`.  `close` powers the card off.  Cancelling it before the card is there ends the wait.
    """
    port = _CardPort(wanted, how, handler, wait_s, limit_s)
    try:
        await port.settled
    except asyncio.CancelledError:
        port.close()
        raise


class _CardPort:
    """`Port` of one card: a thread of its own does what blocks, and tells the loop."""

    def __init__(self, wanted: str, how: str, handler: Handler, wait_s: float, limit_s: float) -> None:
        self.octets_in: int = 0
        self.octets_out: int = 0
        self._loop = asyncio.get_running_loop()
        self.settled: asyncio.Future[None] = self._loop.create_future()
        """Done when the card is there, or will not come."""
        self._handler = handler
        self._limit_s = limit_s
        self._open = True
        self._card: PoweredCard | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._commands: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._paused: list[bytes] | None = None
        threading.Thread(target=self._serve, args=(wanted, how, wait_s), name="posrig-card-link", daemon=True).start()

    @property
    def settling(self) -> bool:
        """The reader has answered, and it is not known yet whether the card failed or left: the handler hears of it."""
        return self._open and self._card is not None and self._card.settling

    # called by the shell, in the loop's thread

    def send(self, data: bytes) -> bool:
        """False for what is no command, which no card must see: a single octet would hang a virtual reader."""
        try:
            parse_command(data)
        except DecodeError:
            return False
        if not self._open or self._patience is not None:
            return False
        self.octets_out += len(data)
        self._patience = self._loop.call_later(self._limit_s, self._hangs)
        self._commands.put(data)
        return True

    def close(self, reason: str = "local") -> None:
        """Power the card off."""
        if not self._open:
            return
        self._open = False
        self._forget_patience()
        self._commands.put(None)
        self._settle()
        self._loop.call_soon(self._handler.closed, reason)

    def pause(self) -> None:
        self._paused = [] if self._paused is None else self._paused

    def resume(self) -> None:
        held, self._paused = self._paused or [], None
        for answer in held:
            self._handler.received(answer)

    def _hangs(self) -> None:
        log.info("a card has not answered for %g s; its thread waits on until it is pulled out", self._limit_s)
        self.close("timeout")

    # told by the thread, in the loop's thread

    def _opened(self, name: str, atr: bytes) -> None:
        if not self._open:
            return
        self._handler.opened(self, name)
        self._settle()
        self._received(atr)

    def _received(self, answer: bytes) -> None:
        if not self._open:
            return
        self._forget_patience()
        self.octets_in += len(answer)
        if self._paused is None:
            self._handler.received(answer)
        else:
            self._paused.append(answer)  # one at most: the next command waits for it

    def _lost(self, error: PosrigError) -> None:
        if self._open:
            log.info("card: %s", error)
        self.close(getattr(error, "reason", "card-error"))

    def _settle(self) -> None:
        if not self.settled.done():
            self.settled.set_result(None)

    def _forget_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    # the thread

    def _serve(self, wanted: str, how: str, wait_s: float) -> None:
        card: PoweredCard | None = None
        try:
            card = self._await_card(choose(readers(), wanted, how).name, monotonic_s() + wait_s)
            self._card = card
            if card is not None:
                self._tell(self._opened, card.reader, card.atr)
                self._serve_commands(card)
        except PosrigError as error:
            self._tell(self._lost, error)
        finally:
            if card is not None:
                card.close()

    def _await_card(self, reader: str, end_s: float) -> PoweredCard | None:
        """None when nobody wants it any more.  Raises CardLinkError."""
        context = Context()
        busy_end_s = monotonic_s() + BUSY_S
        try:
            while self._open:
                state = context.states((reader,))[0]
                if state.gone:
                    raise CardLinkError("no-reader")
                if state.present:
                    with _waits_again(busy=monotonic_s() < busy_end_s):
                        return PoweredCard(reader)
                elif monotonic_s() >= end_s:
                    raise CardLinkError("no-card")
                context.changes({reader: state.seen}, LOOK_MS)
        finally:
            context.close()
        return None

    def _serve_commands(self, card: PoweredCard) -> None:
        while self._open:
            try:
                command = self._commands.get(timeout=LOOK_MS / 1000)
            except queue.Empty:
                card.check()
                continue
            if command is None:
                return
            self._tell(self._received, card.exchange(command))

    def _tell(self, call: Callable[..., None], *arguments: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:  # the loop has ended; nobody is left to hear
            self._open = False


@contextmanager
def _waits_again(busy: bool) -> Iterator[None]:
    """A card that left again while it was powered up is waited for once more; one that is in use as long as that may be
    our own last session with it (`busy`), which ends in a thread of its own."""
    try:
        yield
    except CardLinkError as error:
        if error.trouble not in ("no-card", "removed", *(("in-use",) if busy else ())):
            raise
