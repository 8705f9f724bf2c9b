"""A terminal that its register reaches by TCP: dialled, and dialled again when the connection breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from harness.links import tcp
from harness.links.port import Port
from protocols.errors import LinkError
from protocols.text import Text

from .conversation import Conversation
from .shell import RealShell

NOT_REACHED = Text("连不上终端 {address}（{why}）", "the terminal at {address} cannot be reached ({why})")
NOT_REACHED_CURE = Text(
    "请检查终端的地址与端口，以及它是否已设为 TCP 连接收银机",
    "Check the terminal's address and port, and that it is set up to reach its register by TCP",
)


async def open_tcp_wire(shell: RealShell, link: str, address: str, redial_s: float) -> None:
    """Wire `link` to the terminal that listens at `address`.  Raises `LinkError` when it cannot be reached now; a
    connection that breaks later is dialled again, every `redial_s`."""
    reason = await _TcpWire(shell, link, address, redial_s).dial()
    if reason:
        raise LinkError(NOT_REACHED.format(address=address, why=reason), NOT_REACHED_CURE)


class _TcpWire:
    """Dials, and dials again."""

    def __init__(self, shell: RealShell, link: str, address: str, redial_s: float) -> None:
        self._shell = shell
        self._link = link
        self._address = address
        self._redial_s = redial_s
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None

    async def dial(self) -> str:
        """Why there is no connection, "" when there is."""
        attempt = _Dialled(self._shell, self._link, self._lost)
        await tcp.dial(self._address, attempt, self._shell.limits.dial_s)
        return attempt.failed

    def _lost(self) -> None:
        self._loop.call_later(self._redial_s, self._begin)

    def _begin(self) -> None:
        if not self._shell.ending:
            self._task = self._loop.create_task(self._again())

    async def _again(self) -> None:
        if await self.dial():
            self._lost()


class _Dialled(Conversation):
    """One attempt; the machine hears of it when it has succeeded.  `failed`: the reason for which it has not."""

    def __init__(self, shell: RealShell, link: str, lost: Callable[[], object]) -> None:
        super().__init__(shell, link, link)
        self.failed: str = ""
        self._lost = lost
        self._stood = False

    def opened(self, port: Port, peer: str) -> None:
        self._stood = True
        super().opened(port, peer)

    def closed(self, reason: str) -> None:
        if not self._stood:
            self.failed = reason
            return
        super().closed(reason)
        self._lost()  # also where the machine has broken it, for it cannot tell any more where a frame begins
