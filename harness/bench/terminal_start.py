"""What `posrig terminal` is told, and what follows: who the terminal is, where it stores, what fails at first."""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.clock import wall_date
from harness.fixtures import nearest
from harness.links.faults.dial import DIAL_FAULTS
from harness.links.faults.uart import ASKED
from harness.links.line_settings import LineSettings
from harness.links.plan import KINDS, FaultPlan
from harness.links.tls import Certificates
from harness.machine import Json
from harness.stores import Store
from harness.stores.memory import MemoryStore
from harness.terminal.settings import Identity
from protocols.errors import LocalError, ScenarioError
from protocols.registers import REGISTER_PROTOCOLS
from protocols.text import Text

from .addresses import Directory
from .card_way import CardWay
from .fleet import USUAL_REGISTER, RegisterSpec
from .host_process import read_text
from .installed import Own
from .process import Interfaces, tell
from .world import identity_from

PLUGGINGS = 1_000_000
"""More often nobody puts a plug in."""
SESSION_STATES = ("signed_in", "ready", "must_settle", "settling", "batching")
"""Life-cycle states that need a session, which only a host gives: the process signs in before it serves."""
IDENTITY_FILE, HOST_STORE, CARD_STORE = "terminal.toml", "host.db", "cards.db"
"""In the folder of --state: who the terminal is, the books of a host of its own, and what its test cards count, so that
all outlive a kill."""
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


@dataclass(frozen=True, slots=True)
class Start:
    """What `posrig terminal` is told.  Exactly one of `serial` ("pty" or a port) and `tcp` (ADDR:PORT) is set.

    `host` "" and `ready`, or a state that needs a session: a host of its own.  `faults` in the notation of scenarios:
    link faults of the host path (`drop:stream=upstream,frame=3`) and behaviours of the terminal
    (`NAME:KEY=VALUE,...`); they begin when the terminal serves.  `card`: the card that somebody presents whenever the
    terminal asks, "" nobody is there.
    """

    profile: str = "countertop"
    register: RegisterSpec = USUAL_REGISTER
    """What is spoken with the register."""
    serial: str = "pty"
    tcp: str = ""
    host: str = ""
    ready: bool = False
    terminal_file: Path | None = None
    at: str = ""
    state: Path | None = None
    faults: tuple[str, ...] = ()
    dialect: str = ""
    line: LineSettings | None = None
    """How a serial port of this computer is set, None: as the register's protocol has it."""
    cable: tuple[str, ...] = ()
    """What the register's cable suffers from: link faults in the notation of scenarios, and `9600-8N1,KEY=VALUE...`
    for `uart:register=9600-8N1,KEY=VALUE...` whenever it is plugged in."""
    seed: int | str | None = None
    card: str = ""
    chip: bool = False
    """Chip cards are emulated in this process and read by the kernel; else the reader hands over what the list of cards
    says."""
    card_way: CardWay | None = None
    """Where they are instead: in a bench, or in a physical reader."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Other settings of the machine, by name (`harness.terminal.settings`)."""
    identity: Identity | None = None
    """Instead of `terminal_file`."""
    by_id: Path | None = None
    """A folder in which a link, named by the serial number, leads to the pty, as /dev/serial/by-id does."""
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


NOT_DIALLED = Text("{fault} 用于拨号，线缆不拨号", "{fault} is for dialling, and a cable dials nobody")
NOT_DIALLED_CURE = Text("去主机的线路用 --fault", "For the line to the host take --fault")
CABLE_ONLY = Text("{fault} 用于收银机的线缆", "{fault} is for the register's cable")
CABLE_ONLY_CURE = Text("请用 --cable", "Take --cable")
NO_CABLE = Text("--cable 用于串口，不能与 --tcp 同用", "--cable is for a serial line and does not go with --tcp")
NO_CABLE_CURE = Text("去掉其中一个", "Leave one of them out")
SETTINGS_CURE = Text(
    "写法如 paper_jam:after_lines=3；见 docs/terminal.md", "Write it as paper_jam:after_lines=3; see docs/terminal.md"
)


def split_faults(specs: Sequence[str]) -> tuple[FaultPlan, list[tuple[str, dict[str, Json]]]]:
    """Link faults as a plan, and the rest as behaviours of the terminal with their settings.  Raises
    `ScenarioError`."""
    from harness.terminal.faults import FAULTS, setting_wrong

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
        settings = {key.strip(): _value(value.strip()) for key, _, value in pairs}
        wrong = setting_wrong(name, settings)
        if wrong is not None:
            raise ScenarioError(wrong, SETTINGS_CURE)
        behaviours.append((name, settings))
    plan = FaultPlan.from_specs(link)
    if plan.wire_only:
        raise ScenarioError(CABLE_ONLY.format(fault=plan.wire_only), CABLE_ONLY_CURE)
    return plan, behaviours


def cable_faults(specs: Sequence[str]) -> FaultPlan:
    """The plan of `Start.cable`.  Raises `ScenarioError`."""
    plan = FaultPlan.from_specs([_spelled(spec) for spec in specs], "--cable")
    dialled = [fault.name for fault in plan.faults if isinstance(fault, DIAL_FAULTS)]
    if dialled:
        raise ScenarioError(NOT_DIALLED.format(fault=dialled[0]), NOT_DIALLED_CURE)
    return plan


def _spelled(spec: str) -> str:
    """A line's settings as the fault that they stand for, which stays however often the plug comes out."""
    if not re.match(rf"[0-9]|{ASKED}\b", spec):
        return spec
    return f"uart:register={spec}" + ("" if "times=" in spec else f",times={PLUGGINGS}")


def _value(text: str) -> Json:
    if text.lstrip("-").isdecimal() and text.isascii():
        return int(text)
    return {"true": True, "false": False}.get(text, text)


@dataclass(frozen=True, slots=True)
class Place:
    """Who this terminal is."""

    identity: Identity | None
    sn: str
    dialect: str
    epoch_year: int


def check(start: Start) -> None:
    known = ", ".join(REGISTER_PROTOCOLS)
    if start.register.protocol not in REGISTER_PROTOCOLS:
        name = start.register.protocol
        raise _usage(f"没有规程 {name}，可用：{known}", f"there is no protocol {name}; there are: {known}")
    start.register.terminal_settings()  # says what is wrong with the quirks
    if bool(start.serial) == bool(start.tcp):
        raise _usage("--serial 与 --tcp 须给出一个", "give one of --serial and --tcp")
    if start.cable and start.tcp:
        raise LocalError(NO_CABLE, NO_CABLE_CURE)
    if start.needs_session and start.host and start.terminal_file is None:
        raise _usage(
            "--ready（或需要签到的 --at）与 --host 一起使用时需要 --terminal",
            "--ready, or a state of --at that needs a session, with --host needs --terminal FILE",
        )


def _usage(zh: str, en: str) -> LocalError:
    return LocalError(Text(zh, en), Text("见 posrig terminal --help", "See posrig terminal --help"))


def place_of(start: Start, interfaces: Interfaces) -> Place:
    year = wall_date()[0] if interfaces.origin_ns is None else 2026
    if start.terminal_file is not None:
        identity, sn, dialect = identity_from(read_text(start.terminal_file), str(start.terminal_file))
        return Place(identity, sn, start.dialect or dialect, year)
    if start.identity is not None:
        return Place(start.identity, "", start.dialect or "cup", year)
    if start.needs_session:
        text, name = _own_identity(start), f"{start.state or ''}/{IDENTITY_FILE}"
        identity, sn, dialect = identity_from(text, name)
        return Place(identity, sn, dialect, year)
    return Place(None, "", start.dialect or "cup", year)


def _own_identity(start: Start) -> str:
    """The provisioning text of a terminal with a host of its own; in `start.state` it is kept, since keys that lie in
    the journal fit no other master key."""
    file = None if start.state is None else start.state / IDENTITY_FILE
    if file is not None and file.exists():
        return read_text(file)
    text = OWN_IDENTITY.format(dialect=start.dialect or "cup", tmk=rng_of(start).randbytes(16).hex().upper())
    if file is not None:
        try:
            file.touch(mode=0o600)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            why = error.strerror
            raise _usage(f"写不了 {file}：{why}", f"cannot write {file}: {why}") from error
    return text


def rng_of(start: Start) -> random.Random:
    return random.Random(secrets.token_bytes(16) if start.seed is None else start.seed)


def storage_of(start: Start) -> Store:
    if start.state is None:
        return MemoryStore()
    from harness.stores.journal import Journal

    journal = Journal(start.state)
    for note in journal.notes:
        tell(str(note))
    return journal
