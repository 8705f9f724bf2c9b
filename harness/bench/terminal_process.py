"""The body of `posrig terminal`: the emulated terminal behind a pty, a serial port or a TCP port."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.clock import RealClock, wall_date
from harness.links.faulty import Faulty
from harness.links.plan import KINDS, FaultPlan
from harness.links.proxy import Proxy
from harness.machine import Json
from harness.stores import Store, StoreError
from harness.stores.memory import MemoryStore
from harness.terminal.settings import Identity
from harness.trace import TraceFile
from protocols.errors import LinkError, LocalError, PosrigError
from protocols.text import Text

from .host_process import provisioned, read_text, real_host_settings
from .process import BROKEN, USAGE, Interfaces, run_process, tell
from .shell import RealShell
from .wires import open_pty_wire, open_serial_wire
from .world import FRAMERS, World, identity_from, terminal_settings

PROTOCOLS = ("mispos-b",)
MAKE_READY = ("sign_in", "download_parameters", "download_aids", "download_public_keys")
"""What brings a keyed terminal to its first sale, each over the wire."""


@dataclass(frozen=True, slots=True)
class Start:
    """What `posrig terminal` is told.  Exactly one of `serial` ("pty" or a port) and `tcp` (ADDR:PORT) is set.

    `host` "" and `ready`: a host of its own.  `faults` in the notation of scenarios: link faults of the host path
    (`drop:stream=upstream,frame=3`) and behaviours of the terminal (`NAME:KEY=VALUE,...`).
    """

    profile: str = "countertop"
    protocol: str = "mispos-b"
    serial: str = "pty"
    tcp: str = ""
    host: str = ""
    ready: bool = False
    terminal_file: Path | None = None
    at: str = ""
    state: Path | None = None
    faults: tuple[str, ...] = ()
    dialect: str = ""
    baudrate: int = 9600
    seed: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Other settings of the machine, by name (`harness.terminal.settings`)."""
    identity: Identity | None = None
    """Instead of `terminal_file`."""


def run_terminal(start: Start, interfaces: Interfaces | None = None) -> int:
    """Run until stopped; returns the exit status (0, 2 usage or a bad file, 3 broken).

    Prints `ready on /dev/pts/N` (or the port, or the address) on standard output.
    """
    served = interfaces or Interfaces()
    try:
        _check(start)
        place = _place(start, served)
        plan, behaviours = split_faults(start.faults)
        store = _store(start)
    except StoreError as error:
        tell(f"{error.what}\n{error.cure}")
        return BROKEN
    except PosrigError as error:
        tell(f"{error.what}\n{error.cure}")
        return USAGE

    async def prepare(stack: AsyncExitStack) -> tuple[RealShell, str]:
        clock, tap = served.clock(), served.tap()
        if tap is not None:
            stack.callback(tap.close)
        address = start.host
        if start.ready and not address:
            address = await _own_host(place, served, clock, tap, stack)
        if plan.faults and address:
            address = await _behind_faults(plan, address, clock, tap, stack)
        shell = _shell(start, place, store, clock, tap, served, address)
        stack.push_async_callback(shell.close)
        for name, settings in behaviours:
            await _asked(shell, "control", "cause", {"behaviour": name, **settings})
        if start.ready:
            await _make_ready(shell)
        return shell, f"ready on {await _register_side(start, shell)}"

    return run_process(prepare, served)


def split_faults(specs: Sequence[str]) -> tuple[FaultPlan, list[tuple[str, dict[str, Json]]]]:
    """Link faults as a plan, and the rest as behaviours of the terminal with their settings.  Raises
    `ScenarioError`."""
    link = [spec for spec in specs if spec.partition(":")[0].strip() in KINDS]
    behaviours: list[tuple[str, dict[str, Json]]] = []
    for spec in specs:
        name, _, rest = spec.partition(":")
        if name.strip() not in KINDS:
            pairs = (part.partition("=") for part in rest.split(",") if part.strip())
            behaviours.append((name.strip(), {key.strip(): _value(value.strip()) for key, _, value in pairs}))
    return FaultPlan.from_specs(link), behaviours


def _value(text: str) -> Json:
    if text.lstrip("-").isdecimal() and text.isascii():
        return int(text)
    return {"true": True, "false": False}.get(text, text)


@dataclass(frozen=True, slots=True)
class _Place:
    """Who this terminal is."""

    identity: Identity | None
    sn: str
    dialect: str
    epoch_year: int


def _check(start: Start) -> None:
    if start.protocol not in PROTOCOLS:
        raise _usage(
            f"没有规程 {start.protocol}，可用：{', '.join(PROTOCOLS)}",
            f"there is no protocol {start.protocol}; there are: {', '.join(PROTOCOLS)}",
        )
    if bool(start.serial) == bool(start.tcp):
        raise _usage("--serial 与 --tcp 须给出一个", "give one of --serial and --tcp")
    if start.ready and start.host and start.terminal_file is None:
        raise _usage("--ready 与 --host 一起使用时需要 --terminal", "--ready with --host needs --terminal FILE")


def _usage(zh: str, en: str) -> LocalError:
    return LocalError(Text(zh, en), Text("见 posrig terminal --help", "See posrig terminal --help"))


def _place(start: Start, interfaces: Interfaces) -> _Place:
    year = wall_date()[0] if interfaces.origin_ns is None else 2026
    if start.terminal_file is not None:
        identity, sn, dialect = identity_from(read_text(start.terminal_file), str(start.terminal_file))
        return _Place(identity, sn, start.dialect or dialect, year)
    if start.identity is not None:
        return _Place(start.identity, "", start.dialect or "cup", year)
    if start.ready:
        key = _rng(start).randbytes(16)
        return _Place(
            Identity("80000001", "898520154110004", key, "posrig"), "POSRIG02000001", start.dialect or "cup", year
        )
    return _Place(None, "", start.dialect or "cup", year)


def _rng(start: Start) -> random.Random:
    return random.SystemRandom() if start.seed is None else random.Random(start.seed)


def _store(start: Start) -> Store:
    if start.state is None:
        return MemoryStore()
    from harness.stores.journal import Journal

    journal = Journal(start.state)
    for note in journal.notes:
        tell(str(note))
    return journal


def _shell(
    start: Start,
    place: _Place,
    store: Store,
    clock: RealClock,
    tap: TraceFile | None,
    interfaces: Interfaces,
    address: str,
) -> RealShell:
    from harness.terminal.terminal import Terminal

    more: dict[str, Any] = {"year": place.epoch_year, **start.settings}
    if place.sn:
        more["serial"] = place.sn
    world = World(place.dialect, start.profile, start.at, place.identity, more)
    machine = Terminal(terminal_settings(world, _rng(start)))
    shell = RealShell(machine, store, clock, tap=tap, limits=interfaces.limits, addresses={"host": address})
    shell.start()
    return shell


async def _register_side(start: Start, shell: RealShell) -> str:
    if start.tcp:
        return await shell.listen(start.tcp, "register")
    if start.serial == "pty":
        return open_pty_wire(shell, "register")
    open_serial_wire(shell, "register", start.serial, start.baudrate)
    return start.serial


async def _own_host(
    place: _Place, interfaces: Interfaces, clock: RealClock, tap: TraceFile | None, stack: AsyncExitStack
) -> str:
    """A host of the terminal's own, in this process, that keeps nothing; it knows this one terminal."""
    from harness.acquirer.host import Host

    identity = place.identity
    assert identity is not None
    shell = RealShell(Host(real_host_settings(place.dialect, None, interfaces)), MemoryStore(), clock, tap=tap)
    shell.start()
    stack.push_async_callback(shell.close)
    row = {"tid": identity.tid, "sn": place.sn, "dialect": place.dialect, "tmk": identity.tmk.hex(), "test_key": True}
    merchant = {"mid": identity.mid, "name": identity.merchant_name or "posrig", "terminal": [row]}
    await provisioned(shell, {"merchant": [merchant]})
    return await shell.listen("127.0.0.1:0")


async def _behind_faults(
    plan: FaultPlan, address: str, clock: RealClock, tap: TraceFile | None, stack: AsyncExitStack
) -> str:
    def report(data: Mapping[str, Json]) -> None:
        if tap is not None:
            tap.append("bench", "fault", {"path": "host", **data}, ("bench",), clock.now_us())

    proxy = Proxy(lambda: address, clock.now_us)
    proxy.set_faults(Faulty(plan, FRAMERS["host"], random.Random(0), report))
    stack.push_async_callback(proxy.close)
    return await proxy.start()


async def _make_ready(shell: RealShell) -> None:
    status = await _asked(shell, "control", "status", {})
    for op in MAKE_READY:
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
