"""The shell for real links: drives one machine in an asyncio loop, with sockets, serial lines, store and real clock.

It feeds events, carries effects out in order (behind their durable records, see `gate`), and delivers `Wake` at the
machine's deadline. An exception inside a machine is a bug of ours: it is reported with its context and counted, the
connection concerned is closed, and the process goes on serving the others.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from harness.clock import RealClock
from harness.links import tcp
from harness.links.faults.base import Fault
from harness.links.tls import Handshakes, TlsServer
from harness.machine import (
    Answer,
    Ask,
    Close,
    Connect,
    Effect,
    Event,
    Json,
    Machine,
    Note,
    Opened,
    Persist,
    Restart,
    Send,
    Wake,
)
from harness.stores import Store
from harness.stores.group import GroupCommit
from harness.trace import Recorder

from .backpressure import Backpressure
from .conversation import Conversation, Limits, Traffic
from .dialling import Dialler, Dialling
from .gate import CommitGate
from .tickets import Tickets

if TYPE_CHECKING:
    from .wires import Socket

log: logging.Logger = logging.getLogger("posrig.shell")

WAKE_CHECK_S = 3600.0
"""Longest sleep of the deadline's timer; event loops refuse waits of many days."""
CLOSE_S = 1.0
"""How long the end of the process waits for peers to take their last octets."""


class RealShell:
    """Drives `machine` until `stop`.  All methods are called from the loop's thread.

    `name`: the party's name in the trace, "" for the machine's.  `factory` makes the machine that follows a `Restart`.
    """

    def __init__(
        self,
        machine: Machine,
        store: Store,
        clock: RealClock,
        *,
        tap: Recorder | None = None,
        limits: Limits | None = None,
        dialling: Dialling | None = None,
        name: str = "",
        factory: Callable[[], Machine] | None = None,
    ) -> None:
        self.machine: Machine = machine
        self._factory = factory
        self.off: bool = False
        self._asked: list[Ask] = []
        """What was asked while nobody was there."""
        self._wired: set[str] = set()
        self.name: str = name or machine.name
        self.clock = clock
        self.limits: Limits = limits or Limits()
        self.bugs: int = 0
        self.turns: int = 0
        self.failure: BaseException | None = None
        self.links: dict[str, Conversation] = {}
        self.socket: Socket | None = None
        """Where the register's plug goes in and comes out, for a terminal with a pty."""
        self.closing: set[Conversation] = set()
        self.traffic: dict[str, Traffic] = {}
        self.store = store
        self._tap = tap
        self._loop = asyncio.get_running_loop()
        self._group = GroupCommit(store, self._loop.call_soon_threadsafe)
        self._gate = CommitGate(self._group, self._carry_out, self._store_failed)
        self._numbers = itertools.count(1)
        self._tickets = Tickets(self.deliver, self.limits.tickets)
        self._dials: dict[str, asyncio.Task[None]] = {}
        self._handshakes = Handshakes()
        self._dialler = Dialler(dialling or Dialling(), self._handshakes, self.limits.dial_s)
        self._servers: list[asyncio.Server] = []
        self._timer: asyncio.TimerHandle | None = None
        self._armed: int | None = None
        self._backpressure = Backpressure(lambda: self._group.pending, self.limits.pending_turns, self.links)
        self._ended = asyncio.Event()
        self._housekeeping = self._loop.call_later(self._housekeeping_s(), self._keep_house)

    # driving

    def start(self) -> None:
        """Rebuild the machine from its records and carry out what it says.  What the machine raises passes
        through: a process whose machine cannot start must not look as if it had."""
        effects = self.machine.start(self.store.load(), self.clock.now_us())
        self.turns += 1
        self._gate.put(effects)
        self._arm()

    async def listen(self, address: str, link: str = "", tls: TlsServer | None = None) -> str:
        """Accept connections on `address`; returns the address with its port.  Raises `LinkError`, `LocalError`.

        With `link` there is one connection at a time, under that name: a register that is connected by TCP instead of
        a cable.  A newer one takes the place of the one before: registers dial for every command, faster than the end
        of the last connection is seen, and one that died never ends its connection.
        """
        accept = (lambda: self._accept_as(link)) if link else self.accept
        if link:
            self._wired.add(link)
        server, got = await tcp.listen(address, accept if tls is None else tls.accepting(accept, self._handshakes))
        self._servers.append(server)
        return got

    async def listen_anew(self, tls: TlsServer | None) -> None:
        """Go on at the same addresses with another certificate; connections that are open stay."""
        servers, self._servers = self._servers, []
        for server in servers:
            address = tcp.address_of(server)
            await tcp.stop_listening(server)
            await self.listen(address, tls=tls)

    def set_dial_faults(self, link: str, faults: Sequence[Fault]) -> None:
        """Which of the next dials on `link` fail."""
        self._dialler.set_faults(link, faults)

    def wire(self, link: str, device: str = "") -> Conversation:
        """The handler for a link (serial, pty) that is opened from outside, and is known again by its `device`."""
        self._wired.add(link)
        return Conversation(self, link, link, device)

    async def ask(self, who: str, name: str, args: Mapping[str, Json]) -> Answer:
        """Ask the machine and wait for its answer, or `TimeoutError`.  Raises `TooManyAsks`."""
        return await self._tickets.ask(who, name, args)

    def advance(self, us: int) -> None:
        """Move the clock on by `us` microseconds; a deadline that this passes comes at once."""
        self.clock.advance(us)
        self._arm(force=True)

    def status(self) -> dict[str, Json]:
        """Counters that tell whether anything is under way, and which dials will fail."""
        counted: dict[str, Traffic | Handshakes] = dict(self.traffic)
        if self._handshakes.octets_in or self._handshakes.octets_out:
            counted["handshakes"] = self._handshakes
        return {
            "party": self.name,
            "now_us": self.clock.now_us(),
            "deadline_us": self.machine.deadline,
            "turns": self.turns,
            "tickets": len(self._tickets),
            "dials": len(self._dials) - (self._handshakes.open if self._dials else 0),
            "settling": sum(link.settling for link in self.links.values()),
            "pending_commits": self._group.pending,
            "held_effects": self._gate.held,
            "bugs": self.bugs,
            "dial_faults": self._dialler.faults_left(),
            "links": {
                name: {"in": traffic.octets_in, "out": traffic.octets_out, "open": traffic.open}
                for name, traffic in counted.items()
            },
        }

    def stop(self) -> None:
        """Ask for an orderly end; may be called from a signal handler of the loop."""
        self._ended.set()

    @property
    def ending(self) -> bool:
        """Whether the end was asked for; then nothing is opened any more."""
        return self._ended.is_set()

    async def run(self) -> None:
        """Wait for `stop`, or for a store that fails."""
        await self._ended.wait()

    async def close(self) -> None:
        """Stop listening, write what is pending, close every link and the store."""
        self._ended.set()
        for server in self._servers:
            await tcp.stop_listening(server)
        for task in list(self._dials.values()):
            task.cancel()
        self._housekeeping.cancel()
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.to_thread(self._group.close)
        await asyncio.sleep(0)  # the last commit's callbacks release their effects
        self.let_go()
        self._tickets.give_up()
        end = self._loop.time() + CLOSE_S
        while self.closing and self._loop.time() < end:  # what was sent last may still be on its way to the system
            await asyncio.sleep(0.001)
        self.store.close()

    def let_go(self) -> None:
        """Close every link."""
        for conversation in list(self.links.values()):
            conversation.end()

    # turns

    def deliver(self, event: Event) -> None:
        """One turn of the machine."""
        if self.failure is not None or self.off:
            self._asked += [event] if isinstance(event, Ask) else []  # no more than there are tickets
            return
        self.turns += 1
        try:
            effects = self.machine.handle(event, self.clock.now_us())
        except Exception as error:  # noqa: BLE001 - one boundary, counted: a machine must not take the process down
            self._bug(event, error)
            return
        self.off = any(isinstance(effect, Restart) for effect in effects)
        self._gate.put(effects)
        self._arm()
        self._backpressure.look()

    def _bug(self, event: Event | None, error: Exception) -> None:
        """Report without the event's data, which may hold a card's number; the trace has it, masked."""
        self.bugs += 1
        link = getattr(event, "link", "")
        asked = f"{event.who} {event.name}" if isinstance(event, Ask) else ""
        what = f"{type(event).__name__ if event is not None else 'deadline'} {link}{asked}".strip()
        log.error("bug: machine %s raised on %s at %d us", self.machine.name, what, self.clock.now_us(), exc_info=error)
        if isinstance(event, Ask):
            told = {"error": {"zh": "内部错误，见标准错误输出", "en": "internal error, see stderr"}}
            self._tickets.answered(Answer(event.ticket, told, False))
        elif link in self.links:
            self.links[link].end("gone")

    def _arm(self, force: bool = False) -> None:
        try:
            deadline = None if self.off else self.machine.deadline
        except Exception as error:  # noqa: BLE001 - as in `_turn`
            self._bug(None, error)
            return
        if deadline == self._armed and not force and self._timer is not None:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._armed = deadline
        if deadline is not None:
            wait_s = max(0, deadline - self.clock.now_us()) / 1_000_000
            self._timer = self._loop.call_later(min(wait_s, WAKE_CHECK_S), self._wake)

    def _wake(self) -> None:
        self._timer = None
        if self._armed is not None and self.clock.now_us() >= self._armed:
            self.deliver(Wake())
        self._arm()

    # effects

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Send():
                self._send(effect)
            case Note():
                self.note(effect.kind, effect.data, effect.seen_by)
            case Answer():
                self._tickets.answered(effect)
            case Connect():
                self._dial(effect)
            case Close():
                if effect.link in self.links:
                    self.links[effect.link].end()
                elif effect.link in self._dials:
                    self._dials.pop(effect.link).cancel()
            case Persist():
                if effect.records:
                    self.note("persist", {"kinds": [str(record["kind"]) for record in effect.records]})
            case Restart():
                self._restart()

    def power_off(self) -> None:
        """The machine is gone, with all that is not on its way to the storage; open questions end: `CancelledError`."""
        self.off = True
        self._gate.drop()
        self._tickets.give_up()
        self._break_links()
        self._arm(force=True)

    async def power_on(self) -> None:
        """A new machine, which knows its records and nothing else."""
        while self._group.pending:
            await asyncio.sleep(0.001)
        self._begin_anew()

    def _restart(self) -> None:
        """Everything is durable by now, and nothing of the old machine is left to carry out."""
        self._break_links()
        self._begin_anew()

    def _break_links(self) -> None:
        for link in [link for link in self.links if link not in self._wired]:
            self.links[link].end()
        for link in list(self._dials):
            self._dials.pop(link).cancel()

    def _begin_anew(self) -> None:
        assert self._factory is not None, "a machine that starts again was given no factory"
        self.machine = self._factory()
        self.off = False
        self.start()
        for link in sorted(self._wired & self.links.keys()):
            self.deliver(Opened(link))
        asked, self._asked = self._asked, []
        for ask in asked:
            self.deliver(ask)

    def _send(self, effect: Send) -> None:
        conversation = self.links.get(effect.link)
        if conversation is None or not conversation.send(effect.data):
            self.note("link", {"link": effect.link, "what": "closed", "reason": "gone", "lost": len(effect.data)})

    def _dial(self, effect: Connect) -> None:
        under_tls: dict[str, Json] = {} if effect.tls is None else {"tls": True}
        self.note("link", {"link": effect.link, "what": "dial", "peer": effect.address, **under_tls})
        conversation = Conversation(self, effect.link, effect.link)
        if effect.link in self.links or effect.link in self._dials:
            self._loop.call_soon(conversation.closed, "refused")
        else:
            task = self._loop.create_task(self._dialler.dial(effect, conversation))
            self._dials[effect.link] = task
            task.add_done_callback(lambda _: self._dialled(effect.link, task))

    def _dialled(self, link: str, task: asyncio.Task[None]) -> None:
        if self._dials.get(link) is task:
            del self._dials[link]

    def dial_over(self, link: str) -> None:
        """What was dialled is there, or will not be: the machine may dial again in the turn that it is told in."""
        self._dials.pop(link, None)

    def after_pending(self, call: Callable[[], None]) -> None:
        """Do `call` when everything that the machine wants by now is carried out."""
        self._gate.after(call)

    def note(self, kind: str, data: Mapping[str, Json], seen_by: Sequence[str] | None = None) -> None:
        """One event into the trace, now."""
        if self._tap is not None:
            seers = seen_by or (self.machine.name,)
            self._tap.append(self.name, kind, data, seers, self.clock.now_us())

    def note_octets(self, link: str, direction: str, data: bytes) -> None:
        """Octets on a link into the trace; a host without a trace does not pay for it."""
        if self._tap is not None:
            self.note("bytes", {"link": link, "dir": direction, "hex": data.hex().upper()})

    def _store_failed(self, error: BaseException) -> None:
        log.error("the store failed, nothing more is acknowledged: %s", error)
        self.failure = error
        self._ended.set()

    # links

    def accept(self) -> Conversation | None:
        """Who is told of a connection that came in; None: there is no room."""
        if self.traffic.setdefault("accepted", Traffic()).open >= self.limits.connections:
            log.warning("connection refused: %d are open, which is the limit", self.limits.connections)
            return None
        return Conversation(self, f"c{next(self._numbers)}", "accepted")

    def _accept_as(self, link: str) -> Conversation:
        if link in self.links:
            self.links[link].end("eof")
        return Conversation(self, link, link)

    def _keep_house(self) -> None:
        """Drop idle accepted connections; wired and dialled links are the machine's business."""
        now = self._loop.time()
        for conversation in list(self.links.values()):
            if conversation.counted_as == "accepted" and now - conversation.last_active >= self.limits.idle_s:
                conversation.end("timeout")
        self._housekeeping = self._loop.call_later(self._housekeeping_s(), self._keep_house)

    def _housekeeping_s(self) -> float:
        return min(5.0, self.limits.idle_s / 4)
