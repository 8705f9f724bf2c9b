"""The process body of `posrig card serve`: an emulated card in a virtual reader, for any PC/SC program."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shlex
import threading
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from harness.card.card import Card as Cards
from harness.card.files import load_chip
from harness.card.profile import Chip
from harness.card.settings import CardSettings
from harness.links import vpcd
from harness.machine import Json, Machine
from harness.stores.memory import MemoryStore
from protocols.emv.atr import contact_atr, parse_atr
from protocols.errors import LinkError, LocalError, PosrigError, ScenarioError
from protocols.text import Lang, Text

from .card_way import SOCKET_VARIABLE
from .fleet import CARD
from .host_process import open_store
from .in_reader import InReader
from .pcscd import Pcscd
from .process import Interfaces, announce, run_process, tell, tell_error
from .shell import RealShell

VPCD = "127.0.0.1:35963"
"""Where the first slot of the system's virtual reader listens (vsmartcard-vpcd as Debian ships it)."""
DIAL_S = 5.0
NOTICED_S = 3.0
"""A reader looks for its card every 0.4 s."""
PLACES = {"insert": 0, "tap": 1}
"""Which reader of a service of our own, by the way in which the card is presented."""
LINE_MAX = 1000

NO_READER = Text("{address} 没有虚拟读卡器（{reason}）", "there is no virtual reader at {address} ({reason})")
NO_READER_CURE = Text(
    "sudo apt-get install pcscd vsmartcard-vpcd 后重启 pcscd（其端口 35963、35964 可能恰被对外连接占用，重启即可）；"
    "或用 --private 自带一个 pcscd",
    "sudo apt-get install pcscd vsmartcard-vpcd and start pcscd anew (a connection that goes out may have held its "
    "ports "
    "35963 and 35964: start it again then); or take --private, a pcscd of posrig's own",
)
NOT_NOTICED = Text(
    "{address} 的读卡器没有理会这张卡：里面已有另一张，或 pcscd 没有运行",
    "the reader at {address} takes no notice of the card: another one is in it, or pcscd does not run",
)
IN_ALREADY = Text("{card} 已在读卡器里", "{card} is in the reader already")
IN_ALREADY_CURE = Text("先 pull，再放入", "pull takes it out")
OUT = Text("卡已取出（{reason}）；insert 再插入", "the card is out ({reason}); insert puts it in again")
IN = Text("{card} 已放入读卡器（{how}）", "{card} is in the reader ({how})")
COMMANDS = Text(
    "可用：insert [卡]、tap [卡]、pull、cause 故障[:设置=值,...]、heal [故障]、status、quit",
    "There are: insert [CARD], tap [CARD], pull, cause FAULT[:SETTING=VALUE,...], heal [FAULT], status, quit",
)
FAULT_CURE = Text(
    "写法如 pulled_during:command=GENERATE AC；posrig card list 列出故障",
    "Write it as pulled_during:command=GENERATE AC; posrig card list shows them",
)
NO_COMMAND = Text("没有命令 {name}", "there is no command {name}")


@dataclass(frozen=True, slots=True)
class CardStart:
    """What `posrig card serve` is asked for.  `vpcd`: "host:port" of a virtual reader, "" for a pcscd of our own."""

    card: str
    how: str = "insert"
    vpcd: str = VPCD
    t: int | None = 0
    """The protocol that a contact card offers, 0 or 1; None: as its file says."""
    faults: tuple[str, ...] = ()
    state: Path | None = None
    seed: int | str | None = None


def run_card(start: CardStart, interfaces: Interfaces) -> int:
    """Serve until SIGTERM, SIGINT or `quit`; the exit status."""

    async def prepare(stack: AsyncExitStack) -> tuple[RealShell, str]:
        store = MemoryStore() if start.state is None else open_store(str(start.state), CARD)
        purse = _Purse(start.seed, start.t)

        def factory() -> Machine:
            return Cards(purse.settings)

        tap = interfaces.tap()
        if tap is not None:
            stack.callback(tap.close)
        shell = RealShell(factory(), store, interfaces.clock(), tap=tap, limits=interfaces.limits, factory=factory)
        stack.push_async_callback(shell.close)
        shell.start()
        hand = _Hand(shell, purse, interfaces.lang)
        hand.card = purse.take(start.card)
        for spec in start.faults:
            await hand.cause(spec)
        slots = hand.slots = await _slots(start, stack)
        await hand.put_in(start.how)
        stack.callback(hand.pull)
        _listen_to_person(hand, stack)
        return shell, f"ready on {slots[start.how]}"

    return run_process(prepare, interfaces)


class _Purse:
    """The cards that may be put in, each with an ATR that offers the protocol `t`; None: as its file says."""

    def __init__(self, seed: int | str | None, t: int | None) -> None:
        self._t = t
        self._own: dict[str, Chip] = {}
        rng = random.Random(f"{seed}/{CARD}" if seed is not None else None)
        self.settings: CardSettings = CardSettings(rng, self._own)

    def take(self, name: str) -> str:
        """The card of this name, or of a file whose path ends in .toml: what it is called here.  Raises ScenarioError
        for a card that there is not."""
        chip = self.settings.chip(name) or load_chip(name)
        called = chip.name if name.endswith(".toml") else name
        if self._t is not None and "insert" in chip.atr and parse_atr(chip.atr["insert"]).protocols[0] != self._t:
            chip = replace(chip, atr={**chip.atr, "insert": contact_atr(self._t)})
        self._own[called] = chip
        return called


async def _slots(start: CardStart, stack: AsyncExitStack) -> dict[str, str]:
    """Where a card is put in, by the way in which it is presented."""
    if start.vpcd:
        return dict.fromkeys(PLACES, start.vpcd)
    service = await asyncio.to_thread(Pcscd)
    stack.callback(service.close)
    announce(f"export {SOCKET_VARIABLE}={shlex.quote(service.socket)}")
    return {how: service.slots[number].address for how, number in PLACES.items()}


class _Hand:
    """Whoever puts the card in and pulls it out."""

    def __init__(self, shell: RealShell, purse: _Purse, lang: Lang | None) -> None:
        self.card: str = ""
        """The one that is in, or was last."""
        self.slots: Mapping[str, str] = {}
        """Where a card is put in, by the way in which it is presented."""
        self._shell = shell
        self._purse = purse
        self._lang: Lang | None = lang
        self._inside = InReader(shell.accept)
        self._watch: asyncio.Task[None] | None = None

    async def put_in(self, how: str, card: str = "") -> None:
        """Raises LinkError when there is no reader, LocalError when a card is in it."""
        if self._inside.inside:
            raise LocalError(IN_ALREADY.format(card=self.card), IN_ALREADY_CURE)
        self.card = self._purse.take(card) if card else self.card
        address = self.slots[how]
        self._inside = InReader(self._shell.accept, lambda reason: self.say(OUT.format(reason=reason)))
        await vpcd.insert(address, self._inside, f"{self.card}/{how}", DIAL_S)
        if not self._inside.inside:
            raise LinkError(NO_READER.format(address=address, reason=self._inside.refused), NO_READER_CURE)
        self.say(IN.format(card=self.card, how=how))
        self._watch = asyncio.get_running_loop().create_task(self._notice(self._inside, address))

    async def _notice(self, card: InReader, address: str) -> None:
        await asyncio.sleep(NOTICED_S)
        if card.inside and not card.noticed:
            self.say(NOT_NOTICED.format(address=address))

    def pull(self) -> None:
        """Out, where it is in."""
        if self._watch is not None:
            self._watch.cancel()
        self._inside.pull()

    async def cause(self, spec: str) -> None:
        """Raises ScenarioError for a fault that there is not, or settings that it does not take."""
        name, settings = fault_of(spec)
        answer = await self._shell.ask("control", "cause", {"behaviour": name, "card": self.card, **settings})
        if not answer.ok:
            error = answer.value["error"]
            raise ScenarioError(Text(error["zh"], error["en"]), FAULT_CURE)

    async def obey(self, line: str) -> None:
        """One line of standard input."""
        name, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        try:
            if name in PLACES:
                await self.put_in(name, rest)
            elif name == "pull":
                self.pull()
            elif name == "cause" and rest:
                await self.cause(rest)
            elif name == "heal":
                asked = {"behaviour": rest} if rest else {}
                await self._shell.ask("control", "heal", {"card": self.card, **asked})
            elif name == "status":
                told = await self._shell.ask("control", "status", {"card": self.card})
                tell(" ".join(f"{key}={value}" for key, value in told.value.items()))
            elif name == "quit":
                self._shell.stop()
            elif name:
                raise LocalError(NO_COMMAND.format(name=line.strip()[:40]), COMMANDS)
        except PosrigError as error:
            tell_error(error, self._lang)

    def say(self, text: Text) -> None:
        """To standard error: standard output belongs to what programs read."""
        tell(text.in_(self._lang) if self._lang else str(text))


def fault_of(spec: str) -> tuple[str, dict[str, Json]]:
    """ "NAME" or "NAME:KEY=VALUE,..." -> (name, settings)."""
    name, _, rest = (part.strip() for part in spec.partition(":"))
    pairs = (part.partition("=") for part in rest.split(",") if part.strip())
    return name, {key.strip(): _value(value.strip()) for key, _, value in pairs}


def _value(text: str) -> Json:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else text


def _listen_to_person(hand: _Hand, stack: AsyncExitStack) -> None:
    """Lines of standard input are orders, one after the other; where it has ended nobody gives any."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    async def obey() -> None:
        while True:
            await hand.obey(await lines.get())

    def read() -> None:
        pending = b""
        while piece := _read_stdin():
            *whole, pending = (pending + piece)[-LINE_MAX:].split(b"\n")
            for line in whole:
                with contextlib.suppress(RuntimeError):  # the loop has ended
                    loop.call_soon_threadsafe(lines.put_nowait, line.decode(errors="replace"))

    task = loop.create_task(obey())
    stack.callback(task.cancel)
    threading.Thread(target=read, name="posrig-card-orders", daemon=True).start()


def _read_stdin() -> bytes:
    """Without Python's buffer, whose lock a waiting thread would hold when the process ends."""
    try:
        return os.read(0, LINE_MAX)
    except OSError:
        return b""
