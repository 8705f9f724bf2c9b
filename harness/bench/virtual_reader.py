"""Readers and a card for programs under test: a pcscd of one's own, and an emulated chip card in it, from the same
process."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from typing import Any, Literal

from harness.card.card import Card as Cards
from harness.card.files import load_chip
from harness.card.settings import CardSettings
from harness.clock import RealClock
from harness.links import vpcd
from harness.links.pcsc.readers import await_card
from harness.machine import Json
from harness.stores.memory import MemoryStore
from protocols.errors import LinkError, LocalError
from protocols.text import Text

from .background import LoopThread
from .base import AskRefused
from .card_way import SOCKET_VARIABLE
from .closing import Closing
from .fleet import CARD
from .in_reader import InReader
from .pcscd import Pcscd
from .shell import RealShell

How = Literal["insert", "tap"]
SEEN_S = 5.0
"""A virtual reader is looked at every 0.4 s."""

OTHER_SERVICE = Text(
    "本进程已用过另一个 PC/SC 服务，其库只在首次使用时读取 PCSCLITE_CSOCK_NAME",
    "this process has used another PC/SC service already, and the library reads PCSCLITE_CSOCK_NAME at its first use "
    "only",
)
OTHER_SERVICE_CURE = Text(
    "让别的测试在首次使用 PC/SC 之前请求 posrig_reader，或在另一个进程中使用",
    "Ask for posrig_reader before anything else uses PC/SC, or use it in a process of its own",
)
NOT_SEEN = Text("读卡器没有看到卡片的变化", "the reader did not see the card come or go")
NOT_SEEN_CURE = Text("检查 pcscd 是否还在运行", "See whether pcscd still runs")


class VirtualReader(Closing):
    """A contact reader and a contactless one, and the cards that are put into them, as long as it is open.

    This process's PC/SC library is pointed at them, and so are the processes that it starts, by their environment.
    Raises LinkError where pcscd or vsmartcard-vpcd is missing.
    """

    def __init__(self, seed: int | str = 1) -> None:
        self._service = Pcscd()
        self._inside: InReader | None = None
        self._loop = LoopThread("posrig-cards")
        self._rng = random.Random(f"{seed}/{CARD}")
        os.environ[SOCKET_VARIABLE] = self._service.socket
        self._shell = self._loop.call(self._make_shell)

    @property
    def socket(self) -> str:
        """What `PCSCLITE_CSOCK_NAME` is for other processes."""
        return self._service.socket

    @property
    def contact(self) -> str:
        """The contact reader's name."""
        return self._service.slots[0].name

    @property
    def contactless(self) -> str:
        """The contactless reader's name."""
        return self._service.slots[1].name

    def insert(self, card: str = "debit", how: How = "insert") -> str:
        """Put `card` (a name of `posrig card list`, or the path of a card's file) into the contact reader, or hold it
        against the contactless one (`tap`); wait until it is seen.  The reader's name.

        A card that is in leaves first.  Raises ScenarioError for a card that there is not.
        """
        load_chip(card)
        self.pull()
        slot = self._service.slots[0 if how == "insert" else 1]
        inside = self._inside = InReader(self._shell.accept)
        self._loop.wait_for(vpcd.insert(slot.address, inside, f"{card}/{how}", SEEN_S))
        self._await(slot.name, present=True)
        return slot.name

    def pull(self) -> None:
        """Take the card out, where one is in, and wait until that is seen."""
        if self._inside is not None:
            self._loop.call(self._inside.pull)
            self._inside = None
        for slot in self._service.slots:
            self._await(slot.name, present=False)

    def cause(self, behaviour: str, **settings: Json) -> None:
        """Make something wrong with all cards (docs/cards.md).  Raises AskRefused."""
        self._ask("cause", {"behaviour": behaviour, **settings})

    def heal(self, behaviour: str = "") -> None:
        """End it; "": everything."""
        self._ask("heal", {"behaviour": behaviour} if behaviour else {})

    def status(self, card: str = "debit") -> Mapping[str, Json]:
        """What the card counts: atc, pin_tries, blocked, insertions ..."""
        return self._ask("status", {"card": card})

    def stop_service(self) -> None:
        """The PC/SC service is gone from now on, as after a crash."""
        self._service.kill()

    def close(self) -> None:
        """End everything."""
        if self._loop.closed:
            return
        try:
            self._loop.wait_for(self._shell.close())
        finally:
            self._loop.close()
            self._service.close()
            os.environ.pop(SOCKET_VARIABLE, None)

    def _make_shell(self) -> RealShell:
        settings = CardSettings(self._rng)
        shell = RealShell(Cards(settings), MemoryStore(), RealClock(), factory=lambda: Cards(settings))
        shell.start()
        return shell

    def _ask(self, name: str, args: Mapping[str, Any]) -> Mapping[str, Json]:
        answer = self._loop.wait_for(self._shell.ask("control", name, args))
        if not answer.ok:
            raise AskRefused(CARD, name, answer.value)
        return answer.value

    def _await(self, reader: str, present: bool) -> None:
        try:
            seen = await_card((reader,), present, SEEN_S)
        except LinkError as error:
            if self._service.running:
                raise LocalError(OTHER_SERVICE, OTHER_SERVICE_CURE) from error
            raise
        if not seen:
            raise LinkError(NOT_SEEN, NOT_SEEN_CURE)
