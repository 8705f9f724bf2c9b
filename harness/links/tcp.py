"""TCP on asyncio: dial, listen, and the reasons for which a connection ends or never comes about."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import struct
import sys
from collections.abc import Callable

from protocols.errors import LinkError, LocalError
from protocols.text import Text

from .port import WRITE_BUFFER_OCTETS, Handler

ADDRESSES_TRIED = 4
"""A name may have many addresses; a terminal tries a few within its one time-out."""
BACKLOG = 1024
"""A thousand terminals may dial in the same instant, after a power cut of a shopping street."""
HAND_OVER_TURNS = 3
"""Turns of the loop between accepting a connection and telling its protocol."""
NEVER_A_NAME = ".invalid"
"""Under this domain no name exists, and no name server is to be asked (RFC 6761 section 6.4)."""
UNREACHABLE = "127.255.255.255:8583"
"""The broadcast address of the loopback: Linux says at once that TCP cannot reach it; nothing leaves the machine."""
UNRESOLVED = f"host{NEVER_A_NAME}:8583"
QUEUE_FILLERS = 4
"""A queue of length 0 takes one connection, on some systems two or three."""
REUSE = sys.platform != "win32"
"""Take an address again at once after its last user has ended.  Windows lets it be taken while it is in use, too."""
LINGER_ZERO = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
LINGER_S = 5.0
"""How long a closed connection may take to hand over what was queued to a peer that reads slowly."""


class TcpPort(asyncio.Protocol):
    """One connection, dialled for `handler`, or accepted: then `accept` says who is told, None when there is no room.

    It is asked only when the connection stands: of many that come in at once each is counted before the next.
    """

    def __init__(self, handler: Handler | None, accept: Callable[[], Handler | None] | None = None) -> None:
        self.octets_in: int = 0
        self.octets_out: int = 0
        self._handler = handler
        self._accept = accept
        self._transport: asyncio.Transport | None = None
        self._reason: str | None = None
        self._stopped = False
        self._congested = False

    # called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._accept is not None:
            self._handler = self._accept()
        if self._handler is None:  # no room: the peer sees a reset at once instead of a silence
            self._send_reset()
            transport.abort()
            return
        transport.set_write_buffer_limits(high=WRITE_BUFFER_OCTETS // 4)
        self._handler.opened(self, _shown(transport.get_extra_info("peername")))

    def data_received(self, data: bytes) -> None:
        self.octets_in += len(data)
        if self._handler is not None and self._reason is None:
            self._handler.received(data)

    def eof_received(self) -> bool:
        return self._handler is not None and self._reason is None and self._handler.finished()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._handler is not None:
            handler, self._handler = self._handler, None
            handler.closed(self._reason or ("eof" if exc is None else reason_of(exc)))

    def pause_writing(self) -> None:
        """The peer does not read: stop reading its requests, so that our answers cannot pile up."""
        self._congested = True
        self._read_or_not()

    def resume_writing(self) -> None:
        self._congested = False
        self._read_or_not()

    # called by the shell

    def send(self, data: bytes) -> bool:
        if self._transport is None or self._reason is not None:
            return False
        if self._transport.get_write_buffer_size() + len(data) > WRITE_BUFFER_OCTETS:
            self._reason = "gone"
            self._transport.abort()
            return False
        self._transport.write(data)
        self.octets_out += len(data)
        return True

    def close(self, reason: str = "local") -> None:
        if self._transport is not None and self._reason is None:
            self._reason = reason
            self._transport.close()
            asyncio.get_running_loop().call_later(LINGER_S, self._transport.abort)

    def abort(self, reason: str = "local") -> None:
        """Close with a reset, dropping what is queued: how a fault plan cuts a connection."""
        if self._transport is not None and self._reason is None:
            self._reason = reason
            self._send_reset()
            self._transport.abort()

    def pause(self) -> None:
        self._stopped = True
        self._read_or_not()

    def resume(self) -> None:
        self._stopped = False
        self._read_or_not()

    def _read_or_not(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._stopped or self._congested:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _send_reset(self) -> None:
        assert self._transport is not None
        sock = self._transport.get_extra_info("socket")
        if sock is not None:  # lingering for zero seconds turns the close into a reset
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)


async def dial(address: str, handler: Handler, timeout_s: float) -> None:
    """Connect to `address` ("host:port"); `handler` hears `opened`, or `closed` with the reason why not."""
    try:
        host, port = split_address(address)
        async with asyncio.timeout(timeout_s):
            await _connect_any(host, port, handler)
    except LocalError:  # what a terminal names to its register may be no address
        handler.closed("name-not-found")
    except (OSError, UnicodeError) as error:  # UnicodeError: a name that IDNA cannot encode
        handler.closed(reason_of(error))


async def _connect_any(host: str, port: int, handler: Handler) -> None:
    loop = asyncio.get_running_loop()
    if host.lower().rstrip(".").endswith(NEVER_A_NAME):
        raise socket.gaierror(socket.EAI_NONAME, "no such name")
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for last, (family, _, _, _, place) in enumerate(found[:ADDRESSES_TRIED], 1 - min(len(found), ADDRESSES_TRIED)):
        try:
            await loop.create_connection(lambda: TcpPort(handler), str(place[0]), port, family=family)
        except OSError:
            if last == 0:
                raise
        else:
            return


async def listen(address: str, accept: Callable[[], Handler | None]) -> tuple[asyncio.Server, str]:
    """Listen on `address`, port 0 for any; `accept` gives the handler of each new connection, or None when there is
    no room.

    Returns the server and the address that it got.  Raises `LinkError` when the address cannot be had.
    """
    host, port = split_address(address)
    try:
        server = await asyncio.get_running_loop().create_server(
            lambda: TcpPort(None, accept), host, port, backlog=BACKLOG, reuse_address=REUSE
        )
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise LinkError(
            Text(zh=f"无法在 {address} 监听：{why}", en=f"cannot listen on {address}: {why}"),
            Text(
                zh="请换一个端口（0 表示任意），或结束占用它的程序",
                en="Choose another port (0 is any), or end what holds it",
            ),
        ) from error
    return server, address_of(server)


class ClosedPort:
    """A port of this machine that is taken and where nobody listens: dialling it is refused."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.address: str = _shown(self._socket.getsockname())

    def close(self) -> None:
        """Give it back."""
        self._socket.close()


class SilentPort:
    """`address` taken, and nobody ever answers a dial there: its queue of connections is full (Linux then drops what
    comes, so the dialler hears nothing until its own time-out).  Raises LinkError when the address cannot be had."""

    def __init__(self, address: str) -> None:
        host, port = split_address(address)
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self._fillers: list[socket.socket] = []
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, port))
            self.name: tuple[str, int] = self._socket.getsockname()[:2]
            self._socket.listen(0)
            for _ in range(QUEUE_FILLERS):
                filler = socket.socket(self._socket.family)
                self._fillers.append(filler)
                filler.setblocking(False)
                filler.connect_ex(self._socket.getsockname())
        except OSError as error:
            self.close()
            raise LinkError(
                Text(f"无法占用 {address}：{error.strerror}", f"cannot take {address}: {error.strerror}"),
                Text("请换一个端口", "Choose another port"),
            ) from error

    def close(self) -> None:
        """Give it back."""
        for one in (*self._fillers, self._socket):
            one.close()


async def stop_listening(server: asyncio.Server) -> None:
    """Close `server` without losing a connection half-way.

    A connection that asyncio has accepted but not yet handed over when its server closes is dropped with its socket
    open (CPython 3.11, `Server._attach`).  So nothing more is accepted first, and what was accepted is handed over.
    """
    loop = asyncio.get_running_loop()
    for sock in server.sockets:
        with contextlib.suppress(NotImplementedError):  # not to be had on Windows' event loop
            loop.remove_reader(sock.fileno())
    for _ in range(HAND_OVER_TURNS):
        await asyncio.sleep(0)
    server.close()


def address_of(server: asyncio.Server) -> str:
    """Where `server` listens."""
    return _shown(server.sockets[0].getsockname())


def split_address(address: str) -> tuple[str, int]:
    """ "host:port" or "[ipv6]:port" -> (host, port).  Raises `LocalError` when it is neither."""
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 0xFFFF:
        raise LocalError(
            Text(zh=f"{address!r} 不是 主机:端口", en=f"{address!r} is no HOST:PORT"),
            Text(zh="例如 127.0.0.1:8583，端口 0 表示任意", en="For example 127.0.0.1:8583; port 0 is any free one"),
        )
    return host, int(port)


def is_loopback(address: str) -> bool:
    """Whether "host:port" can be reached from this machine alone."""
    host, _ = split_address(address)
    return host in ("localhost", "::1") or host.startswith("127.")


def reason_of(error: BaseException) -> str:
    """The reason (`harness.machine.Closed`) that an operating system's error stands for."""
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return "name-not-found"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)):
        return "reset"
    if isinstance(error, OSError) and error.errno in (errno.EIO, errno.ENXIO, errno.ENODEV, errno.EBADF):
        return "gone"
    return "unreachable"


def _shown(name: object) -> str:
    if not isinstance(name, tuple):
        return ""
    host, port = name[0], name[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
