"""The way from a terminal to the card that is presented at it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.links import messages, tcp
from harness.links.port import Handler, Port

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
"""Where the client library finds its pcscd; read once per process."""
INSERTION_S = 5.0
"""A card that was put into a virtual reader is seen within half a second."""


@dataclass(frozen=True, slots=True)
class CardWay:
    """`address`: of the emulated cards, "" for a physical card, which comes by itself.  `readers`: through which reader
    of PC/SC, by the way in which the card is presented ("": any way): its name, part of it or its serial number; none:
    the card is reached directly.  `socket`: of which pcscd, "" for the system's.
    """

    address: str = ""
    readers: Mapping[str, str] = field(default_factory=dict)
    socket: str = ""

    async def dial(self, wanted: str, handler: Handler, dial_s: float) -> None:
        """Have the card `wanted` ("NAME/HOW") put in; `handler` hears `opened` and its ATR, or `closed`."""
        if not self.readers:
            await messages.dial(self.address, wanted, handler, dial_s)
            return
        from harness.links import pcsc  # pyscard is loaded only where a reader is used

        if self.socket:
            os.environ[SOCKET_VARIABLE] = self.socket
        how = wanted.rpartition("/")[2]
        reader = self.readers.get(how, self.readers.get("", ""))
        if not self.address:
            await pcsc.dial(reader, how, _Told(handler), dial_s)
            return
        hand = _Hand(handler)
        await tcp.dial(self.address, messages.Messages(hand, wanted), dial_s)
        if await hand.has_put_in():
            await pcsc.dial(reader, how, hand.card, INSERTION_S)


class _Told:
    """Says how the card was presented, which the reader's name tells: its peer is "READER/HOW"."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def opened(self, port: Port, peer: str) -> None:
        from harness.links.pcsc.readers import is_contactless

        self._handler.opened(port, f"{peer}/{'tap' if is_contactless(peer) else 'insert'}")

    def received(self, data: bytes) -> None:
        self._handler.received(data)

    def finished(self) -> bool:
        return self._handler.finished()

    def closed(self, reason: str) -> None:
        self._handler.closed(reason)


class _Hand:
    """Holds the card in the reader as long as the terminal has it: the connection to whoever put it there."""

    def __init__(self, handler: Handler) -> None:
        self.card: Handler = _Held(handler, self)
        self._handler = handler
        self._port: Port | None = None
        self._settled = asyncio.Event()

    async def has_put_in(self) -> bool:
        """Whether the card is in the reader, once that is known: another terminal's may have to come out first."""
        await self._settled.wait()
        return self._port is not None

    def let_go(self) -> None:
        """The card is taken out."""
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def opened(self, port: Port, peer: str) -> None:
        self._port = port

    def received(self, data: bytes) -> None:
        """Whoever holds the card says that it is in."""
        self._settled.set()

    def finished(self) -> bool:
        return False

    def closed(self, reason: str) -> None:
        """The card was pulled out, which the reader tells, or it never was in it."""
        if not self._settled.is_set():
            self._handler.closed(reason)
        self._port = None
        self._settled.set()


class _Held:
    """Lets go of the card when the terminal does."""

    def __init__(self, handler: Handler, hand: _Hand) -> None:
        self._handler = handler
        self._hand = hand

    def opened(self, port: Port, peer: str) -> None:
        self._handler.opened(_Letting(port, self._hand), peer)

    def received(self, data: bytes) -> None:
        self._handler.received(data)

    def finished(self) -> bool:
        return self._handler.finished()

    def closed(self, reason: str) -> None:
        self._hand.let_go()
        self._handler.closed(reason)


class _Letting:
    """The reader's port; `close` takes the card out, too."""

    def __init__(self, port: Port, hand: _Hand) -> None:
        self._port = port
        self._hand = hand

    @property
    def octets_in(self) -> int:
        return self._port.octets_in

    @property
    def octets_out(self) -> int:
        return self._port.octets_out

    @property
    def settling(self) -> bool:
        return getattr(self._port, "settling", False)

    def send(self, data: bytes) -> bool:
        return self._port.send(data)

    def close(self, reason: str = "local") -> None:
        self._hand.let_go()
        self._port.close(reason)

    def pause(self) -> None:
        self._port.pause()

    def resume(self) -> None:
        self._port.resume()
