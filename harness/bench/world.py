"""The parties of a bench from names: which host, which terminal, which register.  Both benches and the processes
build them here."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from harness.acquirer.settings import HostSettings
from harness.driver.settings import DriverSettings
from harness.fixtures import dialect_names, fixtures_dir, load_dialect, nearest, read_toml
from harness.machine import Machine
from harness.terminal.settings import Card, Identity, Profile, TerminalSettings, card_from, profile_from
from protocols.errors import ScenarioError
from protocols.framing import SerialFramer, TcpFramer
from protocols.text import Text

PARTIES = ("host", "terminal", "register")
PROFILES_MAX = 64
"""Far above the number of profiles that are shipped."""
FRAMERS: Mapping[str, Callable[[], Any]] = {"host": TcpFramer, "register": SerialFramer}
"""What cuts the octets of a fault path into frames, by path."""


@dataclass(frozen=True, slots=True)
class World:
    """What a bench is made of.  `start_at`: the terminal's life-cycle state; `terminal`: other settings of it, by
    name."""

    dialect: str = "cup"
    profile: str = "countertop"
    start_at: str = ""
    identity: Identity | None = None
    terminal: Mapping[str, Any] = field(default_factory=dict)
    host: Mapping[str, Any] = field(default_factory=dict)

    @property
    def host_path(self) -> tuple[str, str]:
        """(party, link) that dials the host: the terminal itself, or the register whose cable carries its traffic."""
        return ("terminal", "host") if load_profile(self.profile).host_link == "tcp" else ("register", "tunnel")


@lru_cache(maxsize=PROFILES_MAX)
def load_profile(name: str) -> Profile:
    """The device profile `name` of `fixtures/devices`.  Raises ScenarioError with the nearest known name."""
    folder = fixtures_dir() / "devices"
    names = sorted(path.stem for path in folder.glob("*.toml"))
    if name not in names:
        raise ScenarioError(
            Text(
                f"没有名为 {name} 的机型", f"there is no device profile {name}; the nearest is {nearest(name, names)}"
            ),
            Text(f"可用：{', '.join(names)}", f"Known: {', '.join(names)}"),
        )
    return profile_from(read_toml(folder / f"{name}.toml"), f"{name}.toml")


@lru_cache(maxsize=1)
def load_cards() -> Mapping[str, Card]:
    """All cards of `fixtures/cards`, by name, read once.  Raises ScenarioError."""
    cards: dict[str, Card] = {}
    for path in sorted((fixtures_dir() / "cards").glob("*.toml")):
        for name, row in read_toml(path).items():
            if isinstance(row, dict):
                cards[name] = card_from(name, row, path.name)
    return MappingProxyType(cards)


def host_settings(
    dialect: str, seed: int | bytes, epoch: datetime | None = None, more: Mapping[str, Any] | None = None
) -> HostSettings:
    """Settings of a host that speaks every dialect that is shipped, `dialect` to terminals it does not know."""
    load_dialect(dialect)
    settings: dict[str, Any] = {
        "dialects": {name: load_dialect(name) for name in dialect_names()},
        "default_dialect": dialect,
        "seed": seed if isinstance(seed, bytes) else f"posrig/{seed}".encode(),
    }
    if epoch is not None:
        settings["epoch"] = epoch
    return HostSettings(**settings, **(more or {}))


def terminal_settings(world: World, rng: random.Random) -> TerminalSettings:
    """Settings of the terminal of `world`; `rng` is its only randomness."""
    return TerminalSettings(
        rng=rng,
        dialect=load_dialect(world.dialect),
        profile=load_profile(world.profile),
        identity=world.identity,
        start_at=world.start_at,
        cards=load_cards(),
        **world.terminal,
    )


def machine_factories(
    world: World, seed: int, random_for: Callable[[str], random.Random]
) -> dict[str, Callable[[], Machine]]:
    """A factory for each party, used at the first start and at each restart.

    A restarted terminal goes on with the generator of its predecessor, so that it does not repeat its random factors.
    """
    from harness.acquirer.host import Host
    from harness.driver.driver import Driver
    from harness.terminal.terminal import Terminal

    rng = random_for("terminal")
    return {
        "host": lambda: Host(host_settings(world.dialect, seed, more=world.host)),
        "terminal": lambda: Terminal(terminal_settings(world, rng)),
        "register": lambda: Driver(DriverSettings()),
    }


def identity_from(text: str, filename: str) -> tuple[Identity, str, str]:
    """A terminal's identity from a file in the form of provisioning: (identity, serial number, dialect).

    The first terminal of the file counts.  Raises ScenarioError.
    """
    from harness.acquirer.provision import parse_provision

    provision = parse_provision(text, filename)
    first = provision.terminals[0]
    identity = Identity(first.tid, first.mid, bytes.fromhex(first.tmk), provision.merchants[first.mid])
    return identity, first.sn, first.dialect


def provision_tables(text: str) -> dict[str, Any]:
    """A provisioning file as the host's `provision` ask takes it; the file was checked before."""
    return tomllib.loads(text)
