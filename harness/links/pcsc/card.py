"""A card in a reader, for callers that wait for each answer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from protocols.emv.apdu import Response, parse_command
from protocols.emv.t0 import Exchange
from protocols.errors import DecodeError, PosrigError

from .api import LEAVE, RESET, T0, T1, UNPOWER, Context
from .troubles import CardLinkError

LIMIT_S = 10.0
"""Longest wait for an answer: a card that asks for time to sign has it, one that hangs is given up."""
SETTLE_MS = 1000
"""A card that is pulled out in the middle of a command shows as damage first; the service sees within 0.4 s that it is
gone (pcscd asks readers that tell nothing by themselves so often)."""
STATUS_WORD_OCTETS = 2
BOTH = T0 | T1

T = TypeVar("T")


class PoweredCard:
    """A connected card.  Every call blocks, for ever with a card that hangs: one thread owns it, its calls are bounded
    by others.  Raises CardLinkError."""

    def __init__(self, reader: str, *, shared: bool = False, protocols: int = BOTH) -> None:
        self.reader = reader
        self.settling: bool = False
        """Waits to see what an error was."""
        self._context = Context()
        try:
            self._handle = self._context.connect(reader, shared=shared, protocols=protocols)
            try:
                self.atr: bytes = self._handle.atr()
            except CardLinkError:
                self._handle.disconnect(LEAVE)
                raise
        except CardLinkError:
            self._context.close()
            raise

    @property
    def protocol(self) -> int:
        """T0 or T1."""
        return self._handle.protocol

    def exchange(self, command: bytes) -> bytes:
        """A C-APDU and its R-APDU; with T=0 there may be several commands for it (61xx, 6Cxx).

        Raises DecodeError or EncodeError, before anything is sent, for a command that is none.
        """
        whole = self.protocol != T0
        exchange = Exchange(parse_command(command), whole)
        tpdu = command if whole else exchange.tpdu
        while True:
            answer = self._transmit(tpdu)
            try:
                after = exchange.take(answer)
            except DecodeError as error:
                raise CardLinkError("card-error") from error
            if isinstance(after, Response):
                return after.build()
            tpdu = after

    def reset(self, cold: bool) -> bytes:
        """Reset it; the new ATR."""
        try:
            self._handle.reconnect(UNPOWER if cold else RESET)
            self.atr = self._handle.atr()
        except CardLinkError as error:
            raise self._settled(error) from error
        return self.atr

    def check(self) -> None:
        """Raises CardLinkError when card or reader are gone."""
        self._look(self._context.states((self.reader,))[0].seen, 0)

    def close(self) -> None:
        """Power it off and let it go."""
        self._handle.disconnect(UNPOWER)
        self._context.close()

    def _transmit(self, tpdu: bytes) -> bytes:
        try:
            answer = self._handle.transmit(tpdu)
        except CardLinkError as error:
            raise self._settled(error) from error
        if len(answer) < STATUS_WORD_OCTETS:
            raise self._settled(CardLinkError("card-error"))
        return answer

    def _settled(self, error: CardLinkError) -> CardLinkError:
        """What it was: a card that left looks like one that answers nonsense, until the service has noticed."""
        if error.trouble not in ("card-error", "mute"):
            return error
        self.settling = True
        try:
            self._look(self._context.states((self.reader,))[0].seen, SETTLE_MS)
        except CardLinkError as found:
            return found
        return error

    def _look(self, seen: int, wait_ms: int) -> None:
        state = self._context.changes({self.reader: seen}, 0)[0]
        if state.present and wait_ms:
            state = self._context.changes({self.reader: seen}, wait_ms)[0]
        if state.gone:
            raise CardLinkError("no-reader")
        if not state.present:
            raise CardLinkError("removed")


class Card:
    """A connected card; every call ends in time.

    A card that hangs is given up with CardLinkError "no-answer".  What stays behind then is a thread that waits in the
    PC/SC library and holds the reader (others are refused with "in-use"), until the card is pulled out or answers; it
    does not keep the process from ending.
    """

    def __init__(self, reader: str, *, shared: bool = False, protocols: int = BOTH, limit_s: float = LIMIT_S) -> None:
        """Power up the card in the reader of this exact name, cold.  `shared`: other programs may use it as well.
        `limit_s`: for each answer.  Raises CardLinkError."""
        self.limit_s = limit_s
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._card: PoweredCard | None = None
        self._over = False
        self._thread = threading.Thread(target=self._serve, name="posrig-card", daemon=True)
        self._thread.start()
        try:
            self.atr: bytes = self._do(lambda: self._connect(reader, shared, protocols))
        except PosrigError:
            self.close()
            raise

    @property
    def protocol(self) -> int:
        """0 or 1: the T in use."""
        return 0 if self._powered.protocol == T0 else 1

    def transmit(self, command: bytes) -> bytes:
        """A C-APDU (4 octets and up) and its whole R-APDU.

        Raises CardLinkError; DecodeError or EncodeError where `command` is none.
        """
        return self._do(lambda: self._powered.exchange(command))

    def reset(self, *, cold: bool) -> bytes:
        """The ATR after a cold or a warm reset.  Raises CardLinkError."""
        self.atr = self._do(lambda: self._powered.reset(cold))
        return self.atr

    def close(self) -> None:
        """Power the card off.  May be called twice."""
        if not self._over:
            self._over = True
            self._work.put(None)
            self._thread.join(self.limit_s)

    def __enter__(self) -> Card:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _powered(self) -> PoweredCard:
        assert self._card is not None
        return self._card

    def _connect(self, reader: str, shared: bool, protocols: int) -> bytes:
        self._card = PoweredCard(reader, shared=shared, protocols=protocols)
        return self._card.atr

    def _do(self, call: Callable[[], T]) -> T:
        if self._over:
            raise CardLinkError("removed")
        done: Future[T] = Future()

        def work() -> None:
            try:
                done.set_result(call())
            except Exception as error:  # noqa: BLE001 - it is raised where the caller waits
                done.set_exception(error)

        self._work.put(work)
        try:
            return done.result(self.limit_s)
        except TimeoutError:
            self._over = True
            self._work.put(None)
            raise no_answer(self.limit_s) from None

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()
        if self._card is not None:
            self._card.close()


def no_answer(limit_s: float) -> CardLinkError:
    """The error of a card that hangs."""
    return CardLinkError("no-answer", limit_s=f"{limit_s:g}")
