"""The body of `posrig terminal`: the emulated terminal behind a pty, a serial port or a TCP port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from harness.clock import RealClock, wall_date
from harness.links.plan import FaultPlan
from harness.machine import Json
from harness.stores import Store
from harness.stores.memory import MemoryStore
from harness.terminal.terminal import Terminal
from harness.trace import Recorder
from protocols.errors import LinkError, LocalError, PosrigError
from protocols.text import Text

from .cable_line import CableLine
from .card_way import CardWay
from .dialling import Dialling
from .fleet import CARD, TerminalSpec
from .host_line import HostLine
from .host_process import open_store, provisioned, real_host_settings
from .installed import installed
from .process import Interfaces, run_process, status_of_start, tell_error
from .shell import RealShell
from .terminal_start import (
    CARD_STORE,
    HOST_STORE,
    Place,
    Start,
    cable_faults,
    check,
    place_of,
    rng_of,
    split_faults,
    storage_of,
)
from .wires import Socket, open_serial_wire
from .world import TEST_ISSUERS, terminal_settings

MAKE_READY = ("sign_in", "download_parameters", "download_aids", "download_public_keys")
"""What brings a keyed terminal to its first sale, each over the wire."""


def run_terminal(start: Start, interfaces: Interfaces | None = None) -> int:
    """Run until stopped; returns the exit status (0, 2 usage or a bad file, 3 broken).

    Prints `ready on /dev/pts/N` (or the port, or the address) on standard output.
    """
    served = interfaces or Interfaces()
    try:
        plan = planned(start, served)
    except PosrigError as error:
        tell_error(error, served.lang)
        return status_of_start(error)

    async def prepare(stack: AsyncExitStack) -> tuple[RealShell, str]:
        tap = served.tap()
        if tap is not None:
            stack.callback(tap.close)
        serving = await open_terminal(plan, served, tap, stack)
        return serving.shell, f"ready on {serving.register}"

    return run_process(prepare, served)


@dataclass(frozen=True, slots=True)
class Planned:
    """What was checked before anything is opened."""

    start: Start
    place: Place
    store: Store
    faults: FaultPlan
    behaviours: Sequence[tuple[str, Mapping[str, Json]]]
    cable: FaultPlan


@dataclass(frozen=True, slots=True)
class Serving:
    """A terminal that serves, and what stands around it in this process.

    `register`: where the register reaches it.  `host`: the host of its own.  `line`: the way to its host, where there
    is a proxy on it.  `cards`: the emulated chip cards.
    """

    shell: RealShell
    register: str
    host: RealShell | None
    line: HostLine | None
    cards: RealShell | None = None


def planned(start: Start, interfaces: Interfaces) -> Planned:
    """Everything that can be wrong with a start and needs no loop.  Raises PosrigError."""
    check(start)
    place = place_of(start, interfaces)
    faults, behaviours = split_faults(start.faults)
    cable = cable_faults(start.cable)
    found, more = installed(start.tls_ca, start.tls_name, start.tls_own, start.host, start.profile, faults)
    if more:
        start = replace(start, certificates=found, settings={**start.settings, **more})
    return Planned(start, place, storage_of(start), faults, behaviours, cable)


async def open_terminal(
    plan: Planned, interfaces: Interfaces, tap: Recorder | None, stack: AsyncExitStack, *, with_line: bool = False
) -> Serving:
    """Build and start the terminal, bring it where the start says, wire its register; what must be closed goes onto
    `stack`.  `with_line`: its way to the host may fail later although no fault is planned now.  Raises PosrigError.
    """
    start, clock = plan.start, interfaces.clock()
    address, host, line = start.host, None, None
    if start.needs_session and not address:
        host, address = await _own_host(plan, interfaces, clock, tap, stack)
    if address and (plan.faults.faults or with_line):
        line = HostLine(address, clock, tap)
        stack.push_async_callback(line.close)
        address = await line.start()
    way, cards = await _card_way(start, clock, tap, stack)
    shell, machine = _shell(plan, clock, tap, interfaces, address, way)
    stack.push_async_callback(shell.close)
    if start.needs_session:
        machine.use_service_line(True)
        await _signed_in(shell, MAKE_READY if start.ready else MAKE_READY[:1])
        machine.use_service_line(False)
    if line is not None and plan.faults.faults:
        await line.idle()  # faults that count connections must not meet the one of the sign-in
        line.set_faults(plan.faults, shell)
    for name, settings in plan.behaviours:
        await _asked(shell, "control", "cause", {"behaviour": name, **settings})
    cable = CableLine(plan.cable, start.register.framer, start.seed, clock, tap) if plan.cable.faults else None
    return Serving(shell, await _register_side(start, shell, machine.settings.serial, cable), host, line, cards)


async def _card_way(
    start: Start, clock: RealClock, tap: Recorder | None, stack: AsyncExitStack
) -> tuple[CardWay | None, RealShell | None]:
    """The way to the chip in the reader, None where the reader hands over what the list of cards says; and what drives
    the cards, where they are emulated here."""
    if start.card_way is not None or not start.chip:
        return start.card_way, None
    from .card_side import CardSide

    store = MemoryStore() if start.state is None else open_store(str(start.state / CARD_STORE), CARD)
    side = CardSide(clock, tap, store, start.seed)
    stack.push_async_callback(side.close)
    return await side.start(), side.shell


def _shell(
    plan: Planned,
    clock: RealClock,
    tap: Recorder | None,
    interfaces: Interfaces,
    address: str,
    way: CardWay | None,
) -> tuple[RealShell, Terminal]:
    start, place = plan.start, plan.place
    more: dict[str, Any] = {"year": place.epoch_year, "attendant": start.card, **start.settings}
    more |= start.register.terminal_settings()
    if way is not None:
        more |= {"chip": True, "reader": not way.address}
    if place.sn:
        more["serial"] = place.sn
    if interfaces.origin_ns is None:  # a register that carries our traffic must be told where to
        more["host_address"] = address
        more["epoch"] = datetime(*wall_date()).astimezone()
    spec = TerminalSpec(
        dialect=place.dialect, profile=start.profile, start_at=start.at, identity=place.identity, settings=more
    )
    settings = terminal_settings(spec, rng_of(start))
    machine = Terminal(settings)
    shell = RealShell(
        machine,
        plan.store,
        clock,
        tap=tap,
        limits=interfaces.limits,
        dialling=Dialling({"host": address}, start.directories, start.certificates, way),
        name=interfaces.party,
        factory=lambda: Terminal(settings),
    )
    shell.start()
    return shell, machine


async def _register_side(start: Start, shell: RealShell, device: str, cable: CableLine | None) -> str:
    if start.tcp:
        return await shell.listen(start.tcp, "register")
    if start.serial == "pty":
        shell.socket = Socket(shell, "register", device, start.by_id, None if cable is None else cable.through)
        if cable is not None:
            cable.socket = shell.socket
        return shell.socket.plug()
    from .register import usual_line

    line = start.line or usual_line(start.register.protocol, start.register.quirks)
    open_serial_wire(shell, "register", start.serial, line, through=None if cable is None else cable.through)
    return start.serial


async def _own_host(
    plan: Planned, interfaces: Interfaces, clock: RealClock, tap: Recorder | None, stack: AsyncExitStack
) -> tuple[RealShell, str]:
    """A host of the terminal's own, in this process, and where it listens; it knows this one terminal, and its books
    lie beside the terminal's storage, where that is kept."""
    from harness.acquirer.host import Host

    start, place, identity = plan.start, plan.place, plan.place.identity
    assert identity is not None
    store = open_store("memory" if start.state is None else str(start.state / HOST_STORE), "host")
    issuers = {"issuers": TEST_ISSUERS} if start.chip else None
    settings = real_host_settings(place.dialect, start.seed, interfaces, issuers)
    shell = RealShell(Host(settings), store, clock, tap=tap)
    shell.start()
    stack.push_async_callback(shell.close)
    row = {"tid": identity.tid, "sn": place.sn, "dialect": place.dialect, "tmk": identity.tmk.hex(), "test_key": True}
    merchant = {"mid": identity.mid, "name": identity.merchant_name or "posrig", "terminal": [row]}
    await provisioned(shell, {"merchant": [merchant]})
    return shell, await shell.listen("127.0.0.1:0")


async def _signed_in(shell: RealShell, operations: Sequence[str]) -> None:
    """Sign in, and fetch what is missing, over the wire.  Raises `LinkError` when the host does not play along."""
    status = await _asked(shell, "control", "status", {})
    for op in operations:
        if op.removeprefix("download_") not in status.get("downloaded", ()):
            outcome = await _asked(shell, "person", "operate", {"op": op})
            if outcome["status"] != "done":
                text = outcome["text"]
                raise LinkError(
                    Text(f"终端未能就绪：{op} {text['zh']}", f"the terminal did not become ready: {op}: {text['en']}"),
                    Text("请检查主机地址与终端身份", "Check the host's address and the terminal's identity"),
                )


async def _asked(shell: RealShell, who: str, name: str, args: Mapping[str, Json]) -> Mapping[str, Any]:
    answer = await shell.ask(who, name, args)
    if not answer.ok:
        said = answer.value.get("error", {})
        raise LocalError(
            Text(f"{name}：{said.get('zh', '被拒绝')}", f"{name}: {said.get('en', 'refused')}"),
            Text("见 posrig terminal --help", "See posrig terminal --help"),
        )
    return answer.value
