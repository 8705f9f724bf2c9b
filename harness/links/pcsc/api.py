"""PC/SC as pyscard gives it, with our errors instead of return codes.  Every call blocks; none has a time-out of its
own but `Context.changes`.  pyscard's classes (monitors, services, connections with finalizers) are not used.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from .troubles import CardLinkError, error_of

PLUG_AND_PLAY = "\\\\?PnP?\\Notification"
"""The name under which PC/SC tells of readers that come and go."""
LIBRARY = "libpcsclite.so.1"

_STATE_CHANGED, _UNKNOWN, _UNAVAILABLE, _EMPTY, _PRESENT = 0x02, 0x04, 0x08, 0x10, 0x20
_EXCLUSIVE, _IN_USE, _MUTE = 0x80, 0x100, 0x200
_FLAGS = 0xFFFF
NO_READERS, TIMED_OUT = 0x8010002E, 0x8010000A
T0, T1 = 1, 2
"""The bits of protocols, as `Context.connect` takes them and `Handle.protocol` is one."""
RESET, UNPOWER, LEAVE = "reset", "unpower", "leave"
"""What becomes of the card: warm reset, cold reset or power off, nothing."""


@cache
def scard() -> Any:
    """pyscard's functions.  Raises CardLinkError: the extra or the system's library is missing."""
    try:
        module = import_module("smartcard.scard")  # it has no types, and may be missing where types are checked
    except ImportError as error:
        raise CardLinkError("no-extra") from error
    if sys.platform.startswith("linux"):  # pyscard writes to standard output and says that there is no service
        try:
            ctypes.CDLL(LIBRARY)
        except OSError as error:
            raise CardLinkError("no-library") from error
    return module


@dataclass(frozen=True, slots=True)
class State:
    """What a reader is like: `atr` of the card in it, b"" for none.  `seen` is for `Context.changes`."""

    reader: str
    atr: bytes
    seen: int

    @property
    def present(self) -> bool:
        return bool(self.seen & _PRESENT)

    @property
    def mute(self) -> bool:
        return bool(self.seen & _MUTE)

    @property
    def in_use(self) -> bool:
        """Another program has the card, alone or with others."""
        return bool(self.seen & (_IN_USE | _EXCLUSIVE))

    @property
    def gone(self) -> bool:
        """The reader was unplugged."""
        return bool(self.seen & (_UNKNOWN | _UNAVAILABLE))


class Context:
    """A connection to the service; one thread uses it.  Raises CardLinkError when there is none."""

    def __init__(self) -> None:
        self._scard = scard()
        self._context = self._checked(*self._scard.SCardEstablishContext(self._scard.SCARD_SCOPE_USER))

    def readers(self) -> tuple[str, ...]:
        """Their names, as the service orders them."""
        code, names = self._scard.SCardListReaders(self._context, [])
        if code & 0xFFFFFFFF == NO_READERS:
            return ()
        self._check(code)
        return tuple(names)

    def states(self, names: tuple[str, ...]) -> tuple[State, ...]:
        """How the readers are now."""
        return self.changes(dict.fromkeys(names, 0), 0)

    def changes(self, seen: Mapping[str, int], wait_ms: int) -> tuple[State, ...]:
        """Wait until a reader differs from what was `seen` of it (0: nothing), at most `wait_ms`; how all are then.

        The name `PLUG_AND_PLAY` waits for readers that come and go.
        """
        if not seen:
            return ()
        code, told = self._scard.SCardGetStatusChange(self._context, wait_ms, list(seen.items()))
        if code & 0xFFFFFFFF != TIMED_OUT:
            self._check(code)
        return tuple(State(name, bytes(atr), flags & ~_STATE_CHANGED) for name, flags, atr in told)

    def connect(self, reader: str, *, shared: bool = False, protocols: int = T0 | T1) -> Handle:
        """Power up the card in `reader`.  `protocols` 0 reaches the reader alone, with or without a card."""
        share = self._scard.SCARD_SHARE_SHARED if shared else self._scard.SCARD_SHARE_EXCLUSIVE
        if not protocols:
            share = self._scard.SCARD_SHARE_DIRECT
        code, handle, protocol = self._scard.SCardConnect(self._context, reader, share, protocols)
        self._check(code)
        return Handle(self._scard, handle, protocol, share, protocols)

    def close(self) -> None:
        """Give it back; what it is connected to is let go."""
        self._scard.SCardReleaseContext(self._context)

    def _checked(self, code: int, value: Any) -> Any:
        self._check(code)
        return value

    @staticmethod
    def _check(code: int) -> None:
        if code:
            raise error_of(code)


class Handle:
    """A card in a reader, connected."""

    def __init__(self, scard: Any, handle: Any, protocol: int, share: int, protocols: int) -> None:
        self.protocol: int = protocol
        """T0 or T1."""
        self._scard = scard
        self._handle = handle
        self._share = share
        self._protocols = protocols

    def atr(self) -> bytes:
        """What the card answered to its last reset."""
        code, _reader, _state, _protocol, atr = self._scard.SCardStatus(self._handle)
        if code:
            raise error_of(code)
        return bytes(atr)

    def transmit(self, octets: bytes) -> bytes:
        """One TPDU (T=0) or APDU (T=1) and what came back, which may be nothing."""
        way = self._scard.SCARD_PCI_T0 if self.protocol == T0 else self._scard.SCARD_PCI_T1
        code, answer = self._scard.SCardTransmit(self._handle, way, list(octets))
        if code:
            raise error_of(code)
        return bytes(answer)

    def reconnect(self, what: str) -> None:
        """Reset the card: `RESET` warm, `UNPOWER` cold, `LEAVE` not at all."""
        code, protocol = self._scard.SCardReconnect(self._handle, self._share, self._protocols, self._action(what))
        if code:
            raise error_of(code)
        self.protocol = protocol

    def attribute(self, name: str) -> bytes:
        """An attribute of the reader by pyscard's name, without its closing 00; b"" where it has none."""
        code, value = self._scard.SCardGetAttrib(self._handle, getattr(self._scard, name))
        return b"" if code else bytes(value).rstrip(b"\x00")

    def disconnect(self, what: str) -> None:
        """Let go of the card; fails in silence where it is gone."""
        self._scard.SCardDisconnect(self._handle, self._action(what))

    def _action(self, what: str) -> int:
        actions = {
            RESET: self._scard.SCARD_RESET_CARD,
            UNPOWER: self._scard.SCARD_UNPOWER_CARD,
            LEAVE: self._scard.SCARD_LEAVE_CARD,
        }
        return int(actions[what])
