"""The body of `posrig terminal`: the emulated terminal behind a pty, a serial port or a TCP port."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.clock import RealClock, monotonic_s, wall_date
from harness.fixtures import nearest
from harness.links.faulty import Faulty
from harness.links.plan import KINDS, FaultPlan
from harness.links.proxy import Proxy
from harness.links.tls import Certificates
from harness.machine import Json
from harness.stores import Store
from harness.stores.memory import MemoryStore
from harness.terminal.settings import Identity
from harness.trace import TraceFile
from protocols.errors import LinkError, LocalError, PosrigError, ScenarioError
from protocols.text import Text

from .addresses import Directory
from .fleet import TerminalSpec
from .host_process import open_store, provisioned, read_text, real_host_settings
from .installed import Own, installed
from .process import Interfaces, run_process, status_of_start, tell, tell_error
from .shell import RealShell
from .wires import open_pty_wire, open_serial_wire
from .world import FRAMERS, identity_from, terminal_settings

if TYPE_CHECKING:
    from harness.terminal.terminal import Terminal

PROTOCOLS = ("mispos-b",)
SESSION_STATES = ("signed_in", "ready", "must_settle", "settling", "batching")
"""Life-cycle states that need a session, which only a host gives: the process signs in before it serves."""
IDENTITY_FILE, HOST_STORE = "terminal.toml", "host.db"
"""In the folder of --state: who the terminal is, and the books of a host of its own, so that both outlive a kill."""
SIGN_IN_GONE_S = 1.0
"""How long the connection of the sign-in may take to end."""
OWN_IDENTITY = """\
# The terminal of `posrig terminal --ready` with a host of its own.
[[merchant]]
mid = "898520154110004"
name = "posrig"

[[merchant.terminal]]
tid = "80000001"
sn = "POSRIG02000001"
dialect = "{dialect}"
tmk = "{tmk}"
test_key = true
"""
MAKE_READY = ("sign_in", "download_parameters", "download_aids", "download_public_keys")
"""What brings a keyed terminal to its first sale, each over the wire."""


@dataclass(frozen=True, slots=True)
class Start:
    """What `posrig terminal` is told.  Exactly one of `serial` ("pty" or a port) and `tcp` (ADDR:PORT) is set.

    `host` "" and `ready`, or a state that needs a session: a host of its own.  `faults` in the notation of scenarios:
    link faults of the host path (`drop:stream=upstream,frame=3`) and behaviours of the terminal
    (`NAME:KEY=VALUE,...`); they begin when the terminal serves.  `card`: the card that somebody presents whenever the
    terminal asks, "" nobody is there.
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
    seed: int | str | None = None
    card: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Other settings of the machine, by name (`harness.terminal.settings`)."""
    identity: Identity | None = None
    """Instead of `terminal_file`."""
    tls_ca: Path | None = None
    """The host is reached by TLS, and this authority (PEM) must have signed its certificate."""
    tls_name: str = ""
    """For which name; "": the one in `host`."""
    tls_own: Own = (None, None)
    certificates: Certificates = field(default_factory=Certificates)
    """What is installed, by the names that the settings use."""
    directories: Mapping[str, Directory] = field(default_factory=dict)
    """What addresses lead to in a bench, by link; else they lead where the name system says, and "" to `host`."""

    @property
    def needs_session(self) -> bool:
        """Whether it signs in before it serves."""
        return self.ready or (self.at in SESSION_STATES and self.identity is None)


def run_terminal(start: Start, interfaces: Interfaces | None = None) -> int:
    """Run until stopped; returns the exit status (0, 2 usage or a bad file, 3 broken).

    Prints `ready on /dev/pts/N` (or the port, or the address) on standard output.
    """
    served = interfaces or Interfaces()
    try:
        _check(start)
        place = _place(start, served)
        plan, behaviours = split_faults(start.faults)
        found, more = installed(start.tls_ca, start.tls_name, start.tls_own, start.host, start.profile, plan)
        if more:
            start = replace(start, certificates=found, settings={**start.settings, **more})
        store = _store(start)
    except PosrigError as error:
        tell_error(error, served.lang)
        return status_of_start(error)

    async def prepare(stack: AsyncExitStack) -> tuple[RealShell, str]:
        clock, tap = served.clock(), served.tap()
        if tap is not None:
            stack.callback(tap.close)
        address = start.host
        if start.needs_session and not address:
            address = await _own_host(start, place, served, clock, tap, stack)
        begin_faults: Callable[[], Awaitable[None]] | None = None
        if plan.faults and address:
            address, begin_faults = await _behind_proxy(plan, address, clock, tap, stack)
        shell, machine = _shell(start, place, store, clock, tap, served, address)
        stack.push_async_callback(shell.close)
        if start.needs_session:
            machine.use_service_line(True)
            await _signed_in(shell, MAKE_READY if start.ready else MAKE_READY[:1])
            machine.use_service_line(False)
        if begin_faults is not None:
            await begin_faults()
            shell.set_dial_faults("host", plan.faults)
        for name, settings in behaviours:
            await _asked(shell, "control", "cause", {"behaviour": name, **settings})
        return shell, f"ready on {await _register_side(start, shell)}"

    return run_process(prepare, served)


def split_faults(specs: Sequence[str]) -> tuple[FaultPlan, list[tuple[str, dict[str, Json]]]]:
    """Link faults as a plan, and the rest as behaviours of the terminal with their settings.  Raises
    `ScenarioError`."""
    from harness.terminal.faults import FAULTS

    link = [spec for spec in specs if spec.partition(":")[0].strip() in KINDS]
    behaviours: list[tuple[str, dict[str, Json]]] = []
    for spec in specs:
        name, _, rest = (part.strip() for part in spec.partition(":"))
        if name in KINDS:
            continue
        if name not in FAULTS:
            known = [*KINDS, *FAULTS]
            near = nearest(name, known)
            raise ScenarioError(
                Text(f"没有故障 {name}，最接近的是 {near}", f"there is no fault {name}; the nearest is {near}"),
                Text(f"可用：{', '.join(known)}", f"There are: {', '.join(known)}"),
            )
        pairs = (part.partition("=") for part in rest.split(",") if part.strip())
        behaviours.append((name, {key.strip(): _value(value.strip()) for key, _, value in pairs}))
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
    if start.needs_session and start.host and start.terminal_file is None:
        raise _usage(
            "--ready（或需要签到的 --at）与 --host 一起使用时需要 --terminal",
            "--ready, or a state of --at that needs a session, with --host needs --terminal FILE",
        )


def _usage(zh: str, en: str) -> LocalError:
    return LocalError(Text(zh, en), Text("见 posrig terminal --help", "See posrig terminal --help"))


def _place(start: Start, interfaces: Interfaces) -> _Place:
    year = wall_date()[0] if interfaces.origin_ns is None else 2026
    if start.terminal_file is not None:
        identity, sn, dialect = identity_from(read_text(start.terminal_file), str(start.terminal_file))
        return _Place(identity, sn, start.dialect or dialect, year)
    if start.identity is not None:
        return _Place(start.identity, "", start.dialect or "cup", year)
    if start.needs_session:
        text, name = _own_identity(start), f"{start.state or ''}/{IDENTITY_FILE}"
        identity, sn, dialect = identity_from(text, name)
        return _Place(identity, sn, dialect, year)
    return _Place(None, "", start.dialect or "cup", year)


def _own_identity(start: Start) -> str:
    """The provisioning text of a terminal with a host of its own; in `start.state` it is kept, since keys that lie in
    the journal fit no other master key."""
    file = None if start.state is None else start.state / IDENTITY_FILE
    if file is not None and file.exists():
        return read_text(file)
    text = OWN_IDENTITY.format(dialect=start.dialect or "cup", tmk=_rng(start).randbytes(16).hex().upper())
    if file is not None:
        try:
            file.touch(mode=0o600)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            why = error.strerror
            raise _usage(f"写不了 {file}：{why}", f"cannot write {file}: {why}") from error
    return text


def _rng(start: Start) -> random.Random:
    return random.Random(secrets.token_bytes(16) if start.seed is None else start.seed)


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
) -> tuple[RealShell, Terminal]:
    from harness.terminal.terminal import Terminal

    more: dict[str, Any] = {"year": place.epoch_year, "attendant": start.card, **start.settings}
    if place.sn:
        more["serial"] = place.sn
    if interfaces.origin_ns is None:  # a register that carries our traffic must be told where to
        more["host_address"] = address
        more["epoch"] = datetime(*wall_date()).astimezone()
    spec = TerminalSpec(
        dialect=place.dialect, profile=start.profile, start_at=start.at, identity=place.identity, settings=more
    )
    settings = terminal_settings(spec, _rng(start))
    machine = Terminal(settings)
    shell = RealShell(
        machine,
        store,
        clock,
        tap=tap,
        limits=interfaces.limits,
        addresses={"host": address},
        directories=start.directories,
        certificates=start.certificates,
        name=interfaces.party,
        factory=lambda: Terminal(settings),
    )
    shell.start()
    return shell, machine


async def _register_side(start: Start, shell: RealShell) -> str:
    if start.tcp:
        return await shell.listen(start.tcp, "register")
    if start.serial == "pty":
        return open_pty_wire(shell, "register")
    open_serial_wire(shell, "register", start.serial, start.baudrate)
    return start.serial


async def _own_host(
    start: Start,
    place: _Place,
    interfaces: Interfaces,
    clock: RealClock,
    tap: TraceFile | None,
    stack: AsyncExitStack,
) -> str:
    """A host of the terminal's own, in this process; it knows this one terminal, and its books lie beside the
    terminal's storage, where that is kept."""
    from harness.acquirer.host import Host

    identity = place.identity
    assert identity is not None
    store = open_store("memory" if start.state is None else str(start.state / HOST_STORE), "host")
    shell = RealShell(Host(real_host_settings(place.dialect, start.seed, interfaces)), store, clock, tap=tap)
    shell.start()
    stack.push_async_callback(shell.close)
    row = {"tid": identity.tid, "sn": place.sn, "dialect": place.dialect, "tmk": identity.tmk.hex(), "test_key": True}
    merchant = {"mid": identity.mid, "name": identity.merchant_name or "posrig", "terminal": [row]}
    await provisioned(shell, {"merchant": [merchant]})
    return await shell.listen("127.0.0.1:0")


async def _behind_proxy(
    plan: FaultPlan, address: str, clock: RealClock, tap: TraceFile | None, stack: AsyncExitStack
) -> tuple[str, Callable[[], Awaitable[None]]]:
    """A proxy before the host: its address, and what begins its faults, whose frames are counted from then on."""

    def report(data: Mapping[str, Json]) -> None:
        if tap is not None:
            tap.append("bench", "fault", {"path": "host", **data}, ("bench",), clock.now_us())

    proxy = Proxy(lambda: address, clock.now_us)
    stack.push_async_callback(proxy.close)
    faulty = Faulty(plan, FRAMERS["host"], random.Random(0), report)

    async def begin() -> None:
        end = monotonic_s() + SIGN_IN_GONE_S
        while proxy.connections and monotonic_s() < end:  # faults that count connections must not meet an old one
            await asyncio.sleep(0.001)
        proxy.set_faults(faulty)

    return await proxy.start(), begin


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
