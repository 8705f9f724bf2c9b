"""The card's end of vsmartcard's virtual reader (vpcd, a driver of pcscd): whoever connects is a card that is put in.

Each message stands behind its length (`messages`).  One octet is an order of the reader: 00 power off, 01 power on, 02
reset, 04 tell the ATR; anything longer is a command, which the card answers.  Only 04 and commands have answers.  The
reader asks for the ATR every 0.4 s, to see whether the card is there: that is answered here and no handler hears of it.

What the reader makes of a card is decided by its ATR alone: a card that offers T=0 first gets TPDUs, and its handler
whole commands all the same.  An Le behind the data, which T=0 has no place for, is taken off, as readers do that take
whole short APDUs (CCID's short APDU level): programs written with one send it, the `emv` tool of PyPI and openemv's
emv-tool among them, and vpcd passes it on.
"""

from __future__ import annotations

import asyncio
import socket

from protocols.emv.apdu import HEADER_OCTETS, parse_response
from protocols.emv.atr import parse_atr
from protocols.emv.status_words import WRONG_LENGTH
from protocols.emv.t0 import CardSide
from protocols.errors import DecodeError

from .messages import LENGTH_OCTETS, MESSAGE_OCTETS_MAX, framed
from .port import Handler
from .tcp import reason_of, split_address

POWER_OFF, POWER_ON, RESET, TELL_ATR = 0x00, 0x01, 0x02, 0x04
ATR_S = 0.2
"""So long a card may take for its ATR; EMV gives it 40,000 clock cycles, which is ten milliseconds."""
NO_ATR = bytes(40)
"""Longer than an ATR can be: the reader sees a card that is there and mute."""
_TD, _PROTOCOL, _T1 = 0x80, 0x0F, 0x01
_INTERFACE_CHARACTERS = (0x10, 0x20, 0x40)


async def insert(address: str, handler: Handler, peer: str, timeout_s: float) -> None:
    """Put a card into the virtual reader at `address` ("host:port"); `handler` hears `opened`, or `closed` with the
    reason why not.

    `opened` comes when the card is put in, and again with each reset and power-up behind that; what the handler sends
    first is its ATR.  Then one `received` is a command, and one `send` its answer.  `close` pulls the card out, and the
    handler hears `closed` when the reader has ended.  A reader takes one card: a second one waits and hears nothing.
    """
    host, port = split_address(address)
    try:
        async with asyncio.timeout(timeout_s):
            await asyncio.get_running_loop().create_connection(lambda: Inserted(handler, peer), host, port)
    except OSError as error:
        handler.closed(reason_of(error))


def speaks_t0(atr: bytes) -> bool:
    """Whether a reader sends TPDUs to a card with this ATR: T=0 is its first protocol.  A contactless card's ATR, which
    its reader makes up, names T=0 as well, and such a card takes whole commands; what is no ATR says nothing."""
    try:
        told = parse_atr(atr)
    except DecodeError:
        return False
    return told.protocols[0] == 0 and not told.contactless


def _without_le(message: bytes) -> bytes:
    lc = message[HEADER_OCTETS] if len(message) > HEADER_OCTETS else 0
    return message[:-1] if lc and len(message) == HEADER_OCTETS + 1 + lc + 1 else message


class Inserted(asyncio.Protocol):
    """One card in a reader; a `Port` for its handler."""

    def __init__(self, handler: Handler, peer: str) -> None:
        self.octets_in: int = 0
        self.octets_out: int = 0
        self.warm: bool = False
        """The newest power-up was a reset of a card that had power."""
        self.noticed: bool = False
        """The reader has said something; to a second card it does not."""
        self._handler = handler
        self._peer = peer
        self._transport: asyncio.Transport | None = None
        self._reason: str | None = None
        self._pending = b""
        self._atr: bytes | None = None
        self._patience: asyncio.TimerHandle | None = None
        """While the reader waits for the ATR."""
        self._mute = False
        """It was waited for, and did not come."""
        self._asked = False
        """The reader waits for an answer to a command."""
        self._powered = True
        """Putting a card in is its first power-up; the reader's own order for it comes later."""
        self._first_order = True
        self._tpdus = CardSide()

    # called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._acknowledge_at_once()
        self._power_up()

    def data_received(self, data: bytes) -> None:
        self._acknowledge_at_once()
        self._pending += data
        while self._reason is None and len(self._pending) >= LENGTH_OCTETS:
            end = LENGTH_OCTETS + int.from_bytes(self._pending[:LENGTH_OCTETS], "big")
            if len(self._pending) < end:
                return
            message, self._pending = self._pending[LENGTH_OCTETS:end], self._pending[end:]
            if len(message) == 1:
                self._ordered(message[0])
            elif message:
                self._commanded(message)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._forget_waiting()
        self._handler.closed(self._reason or ("eof" if exc is None else reason_of(exc)))

    # called by the handler

    def send(self, data: bytes) -> bool:
        """The ATR after `opened`, else the answer to the command; False when nothing is wanted."""
        if self._transport is None or self._reason is not None or len(data) > MESSAGE_OCTETS_MAX:
            return False
        if self._atr is None:
            self._atr = data
            self.octets_out += len(data)
            if self._patience is not None:
                self._tell_atr()
            return True
        if not self._asked:
            return False
        self._asked = False
        self.octets_out += len(data)
        self._transport.write(framed(self._as_tpdu(data)))
        return True

    def close(self, reason: str = "local") -> None:
        """Pull the card out."""
        if self._transport is not None and self._reason is None:
            self._reason = reason
            self._forget_waiting()
            self._transport.close()

    def pause(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    # the reader's orders

    def _ordered(self, order: int) -> None:
        first, self._first_order = self._first_order, self._first_order and order == TELL_ATR
        self.noticed = True
        if order == POWER_OFF:
            self._powered = False
        elif order == RESET or (order == POWER_ON and not (first and self._powered)):
            self.warm = order == RESET and self._powered
            self._power_up()
        elif order == TELL_ATR:
            self._wait_for_atr()

    def _power_up(self) -> None:
        self._powered = True
        self._atr = None
        self._mute = self._asked = False
        self._tpdus.reset()
        self._handler.opened(self, self._peer)

    def _wait_for_atr(self) -> None:
        if self._atr is not None or self._mute:
            self._tell_atr()
        else:
            self._patience = asyncio.get_running_loop().call_later(ATR_S, self._tell_atr)

    def _tell_atr(self) -> None:
        self._forget_waiting()
        self._mute = self._atr is None
        if self._transport is not None:
            self._transport.write(framed(NO_ATR if self._atr is None else self._atr))

    def _forget_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _commanded(self, message: bytes) -> None:
        if len(message) < HEADER_OCTETS:
            self._answer(WRONG_LENGTH.to_bytes(2, "big"))
            return
        if self._t0:
            taken = self._tpdus.take(_without_le(message))
            if isinstance(taken, bytes):
                self._answer(taken)
                return
            message = taken.build()
        self._asked = True
        self.octets_in += len(message)
        self._handler.received(message)

    @property
    def _t0(self) -> bool:
        return self._atr is not None and speaks_t0(self._atr)

    def _as_tpdu(self, answer: bytes) -> bytes:
        """An answer that is none is passed on as it is: a faulty card."""
        if not self._t0:
            return answer
        try:
            return self._tpdus.give(parse_response(answer))
        except DecodeError:
            return answer

    def _answer(self, octets: bytes) -> None:
        assert self._transport is not None
        self._transport.write(framed(octets))

    def _acknowledge_at_once(self) -> None:
        """The reader writes a length and then its message, and between them waits for our acknowledgement, which Linux
        would delay by 40 ms; it forgets this after each read."""
        assert self._transport is not None
        sock = self._transport.get_extra_info("socket")
        if sock is not None and hasattr(socket, "TCP_QUICKACK"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
