"""The parties of a bench by name, and what each terminal and each host of it is made of."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness.fixtures import nearest
from harness.machine import side_of
from harness.quirks import load_quirks
from protocols.errors import ScenarioError
from protocols.registers import DEFAULT_PROTOCOL, REGISTER_PROTOCOLS, RegisterFramer, Transport
from protocols.text import Text

if TYPE_CHECKING:
    from harness.terminal.settings import Identity

TERMINALS_MAX = 32
"""posrig's choice: a street of shops; the emulated bench has a process for each."""
HOSTS_MAX = 2
"""A provider and the one that it is compared with, or changed for."""
TERMINALS: tuple[str, ...] = ("terminal", *(f"terminal{number}" for number in range(2, TERMINALS_MAX + 1)))
HOSTS: tuple[str, ...] = ("host", *(f"host{number}" for number in range(2, HOSTS_MAX + 1)))
BACKUP = "backup"
"""The second line of the first terminal."""
CARD = "card"
"""All cards of whoever stands there (`World.card`)."""
REGISTER = "register"
"""It stands beside the first terminal; the others are operated at their keypads."""

SERIAL = "POSRIG02{number:06d}"
LIVE_NUMBER = 900_000
"""Merchants and terminals of the bench have numbers from here on, far above those that a host hands out itself."""
TMK_OCTETS = 16
OTHER_INSTITUTION: Mapping[str, Mapping[str, Any]] = {
    "host2": {"acquirer_id": "49020000", "mid_prefix": "103110054", "first_tid": 30_000_000},
}
"""A second host is another institution: no merchant, terminal or institution number of it is one of the first's."""

NO_PARTY = Text("测试台没有 {name}；最接近的是 {near}", "the bench has no {name}; the nearest is {near}")
NO_PARTY_CURE = Text("有：{known}", "There are: {known}")
TWICE = Text("{name} 出现了两次", "{name} occurs twice")
TWICE_CURE = Text("名称与序列号不可重复", "Names and serial numbers are each given once")
ONE_CABLE = Text(
    "{name} 的机型 {profile} 借收银机的线路，而收银机只接在 terminal 上",
    "the profile {profile} of {name} uses the register's line, and the register stands beside `terminal`",
)
ONE_CABLE_CURE = Text("请换有自己线路的机型", "Take a profile with a line of its own")
NO_CABLE = Text("{name} 没有接收银机，也没有备用线路", "{name} has no register beside it, and no second line")
NO_CABLE_CURE = Text("收银机线路与备用线路的故障只能用于 terminal", "Faults of these lines are for `terminal`")


@dataclass(frozen=True, slots=True)
class TerminalSpec:
    """One terminal.  `dialect` and `profile` "": those of the bench; `settings`: others of `TerminalSettings`, by name.

    `model` is the profile's; the world fills it in.

    `live`: its host knows it from the start, with merchant, terminal and master key; else it is in its box.  `host`:
    where its line leads.  `mid`: the merchant of a live one; two with the same share it, "" gives it its own.
    """

    name: str = "terminal"
    dialect: str = ""
    profile: str = ""
    model: str = ""
    host: str = "host"
    live: bool = True
    mid: str = ""
    start_at: str = ""
    identity: Identity | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> int:
        return TERMINALS.index(self.name) + 1

    @property
    def serial(self) -> str:
        return str(self.settings.get("serial") or SERIAL.format(number=self.number))


@dataclass(frozen=True, slots=True)
class RegisterSpec:
    """What is spoken on the cable between the register and the first terminal.

    `protocol`: of `protocols.registers.REGISTER_PROTOCOLS`; `transport`: how it is framed; `quirks`: profiles of
    `fixtures/quirks`, combined, for both ends.
    """

    protocol: str = DEFAULT_PROTOCOL
    transport: Transport = "serial"
    quirks: tuple[str, ...] = ()

    def framer(self) -> RegisterFramer:
        """What cuts the octets of the cable into frames."""
        return REGISTER_PROTOCOLS[self.protocol].framer(self.transport)

    def terminal_settings(self) -> dict[str, Any]:
        """The settings of the terminal that follow; none for the usual protocol.  Raises ScenarioError."""
        if self == RegisterSpec():
            return {}
        quirks = load_quirks(self.protocol, self.quirks)
        return {"register_protocol": self.protocol, "register_transport": self.transport, "quirks": quirks}


USUAL_REGISTER = RegisterSpec()


@dataclass(frozen=True, slots=True)
class HostSpec:
    """One host.  `settings`: of `HostSettings`, by name."""

    name: str = "host"
    settings: Mapping[str, Any] = field(default_factory=dict)


def unknown_party(name: str, known: Collection[str]) -> ScenarioError:
    """The error that names the nearest party."""
    names = list(known)
    what = NO_PARTY.format(name=repr(name), near=nearest(name, names))
    return ScenarioError(what, NO_PARTY_CURE.format(known=", ".join(names)))


def host_specs(first: Mapping[str, Any], more: Sequence[HostSpec]) -> dict[str, HostSpec]:
    """All hosts by name, in the order of their names; `first`: settings of "host".  Raises ScenarioError."""
    _each_once([spec.name for spec in more], HOSTS)
    specs = {"host": HostSpec("host", first)}
    for spec in more:
        own = first if spec.name == "host" else OTHER_INSTITUTION[spec.name]
        specs[spec.name] = HostSpec(spec.name, {**own, **spec.settings})
    return {name: specs[name] for name in HOSTS if name in specs}


def terminal_specs(
    first: TerminalSpec, more: Sequence[TerminalSpec], hosts: Mapping[str, HostSpec], seed: int
) -> dict[str, TerminalSpec]:
    """All terminals by name, in the order of their numbers, with nothing left open.

    `first` is "terminal" as long as `more` has none of that name.  `seed` draws the master keys of those that are live.
    Raises ScenarioError.
    """
    _each_once([spec.name for spec in more], TERMINALS)
    given = {"terminal": first, **{spec.name: spec for spec in more}}
    specs = {}
    for name in (name for name in TERMINALS if name in given):
        spec = given[name]
        if spec.host not in hosts:
            raise unknown_party(spec.host, hosts)
        spec = replace(spec, dialect=spec.dialect or first.dialect, profile=spec.profile or first.profile)
        spec = replace(spec, settings={**spec.settings, "serial": spec.serial})
        specs[name] = spec if spec.identity or not spec.live else replace(spec, identity=_identity(spec, hosts, seed))
    _each_once([spec.serial for spec in specs.values()], None)
    return specs


def provision_rows(specs: Mapping[str, TerminalSpec], host: str) -> list[dict[str, Any]]:
    """What `host` is told before anything happens: merchants and terminals, in the form of a provisioning file."""
    rows: dict[str, dict[str, Any]] = {}
    for spec in specs.values():
        who = spec.identity
        if spec.live and spec.host == host and who is not None:
            merchant = rows.setdefault(who.mid, {"mid": who.mid, "name": who.merchant_name, "terminal": []})
            row = {"tid": who.tid, "sn": spec.serial, "dialect": spec.dialect, "tmk": who.tmk.hex(), "test_key": True}
            merchant["terminal"].append({**row, **({"model": spec.model} if spec.model else {})})
    return list(rows.values())


def chosen(names: str | Sequence[str], specs: Mapping[str, TerminalSpec]) -> tuple[str, ...]:
    """Terminals that a scenario names: one, a list, "all", or "live" (those that were live from the start).

    Raises ScenarioError for one that the bench does not have.
    """
    if names == "all":
        return tuple(specs)
    if names == "live":
        return tuple(name for name, spec in specs.items() if spec.live)
    wanted = (names,) if isinstance(names, str) else tuple(names)
    for name in wanted:
        if name not in specs:
            raise unknown_party(name, (*specs, *GROUPS))
    return wanted


GROUPS = ("all", "live")


def lines_of(specs: Mapping[str, TerminalSpec]) -> tuple[tuple[str, str], ...]:
    """The ways of the terminals to their hosts, (terminal, path): each has one, the first a second line besides."""
    return (*((name, "host") for name in specs), ("terminal", BACKUP))


def check_line(path: str, terminal: str, specs: Mapping[str, TerminalSpec]) -> None:
    """Raises ScenarioError for a line that is not there."""
    if terminal not in specs:
        raise unknown_party(terminal, specs)
    if path in (REGISTER, BACKUP) and terminal != "terminal":
        raise ScenarioError(NO_CABLE.format(name=terminal), NO_CABLE_CURE)


def is_host(name: str) -> bool:
    return side_of(name) == "host"


def _identity(spec: TerminalSpec, hosts: Mapping[str, HostSpec], seed: int) -> Identity:
    from harness.acquirer.settings import HostSettings  # a register needs neither of the two
    from harness.terminal.settings import Identity

    given, number = hosts[spec.host].settings, LIVE_NUMBER + spec.number
    mid = spec.mid or f"{given.get('mid_prefix', HostSettings.mid_prefix)}{number:06d}"
    tid = f"{given.get('first_tid', HostSettings.first_tid) + number:08d}"
    tmk = random.Random(f"{seed}/tmk/{spec.name}").randbytes(TMK_OCTETS)
    return Identity(tid, mid, tmk, f"测试商户{mid[-3:]}")


def _each_once(names: Sequence[str], known: Sequence[str] | None) -> None:
    for name in names:
        if known is not None and name not in known:
            raise unknown_party(name, known)
        if names.count(name) > 1:
            raise ScenarioError(TWICE.format(name=name), TWICE_CURE)
