"""The parties of a bench from names: which host, which terminal, which register.  Both benches and the processes
build them here."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from harness.acquirer.money.issuers import load_issuers
from harness.acquirer.settings import HostSettings
from harness.fixtures import dialect_names, fixtures_dir, load_dialect, nearest, read_toml
from harness.machine import Machine, side_of
from harness.terminal.settings import Card, Identity, Profile, TerminalSettings, card_from, profile_from
from protocols.errors import ScenarioError
from protocols.framing import HostFramer
from protocols.text import Text
from protocols.tlv import build_tlv

from .addresses import address_of
from .fleet import (
    CARD,
    ONE_CABLE,
    ONE_CABLE_CURE,
    REGISTER,
    USUAL_REGISTER,
    HostSpec,
    RegisterSpec,
    TerminalSpec,
    host_specs,
    terminal_specs,
)
from .till import register_machine

PROFILES_MAX = 64
"""Far above the number of profiles that are shipped."""


CARD_PLACES = ("", "chip", "pcsc")
"""Nowhere: the reader hands over what the list of cards says; emulated chips, reached directly; the same behind a
virtual reader and a pcscd of the bench's own, where the bench is an emulated one."""

TEST_ISSUERS = "test"
"""Whose cards those of `fixtures/cards/chips` are: a bench with chips has hosts that check them."""

NO_TLS_LINE = Text(
    "机型 {profile} 借收银机的线路，报文不经 TLS",
    "the profile {profile} uses the register's line, over which nothing goes by TLS",
)


@dataclass(frozen=True, slots=True)
class World:
    """What a bench is made of.

    `dialect` and `profile` are those of all terminals that name no other.  `start_at`, `identity` and `terminal` (other
    settings, by name) belong to the terminal beside the register, which is in its box unless `terminals` has another
    one of the name "terminal"; `host` are settings of the first host.  `terminals` and `hosts`: those besides.
    """

    dialect: str = "cup"
    profile: str = "countertop"
    start_at: str = ""
    identity: Identity | None = None
    terminal: Mapping[str, Any] = field(default_factory=dict)
    host: Mapping[str, Any] = field(default_factory=dict)
    terminals: tuple[TerminalSpec, ...] = ()
    hosts: tuple[HostSpec, ...] = ()
    tls: bool = False
    """All hosts are reached by TLS, and by nothing else."""
    register: RegisterSpec = USUAL_REGISTER
    card: str = ""
    """Where the chip cards are, one of `CARD_PLACES`."""

    def framer(self, path: str) -> Callable[[], Any]:
        """What cuts the octets of a fault path into frames."""
        return self.register.framer if path == REGISTER else HostFramer

    def host_specs(self) -> dict[str, HostSpec]:
        """All hosts by name.  Raises ScenarioError for a name that no bench has, or that comes twice."""
        issuers = {"issuers": TEST_ISSUERS} if self.card else {}
        specs = host_specs(self.host, self.hosts).values()
        return {spec.name: replace(spec, settings={**issuers, **spec.settings}) for spec in specs}

    def terminal_specs(self, seed: int = 0) -> dict[str, TerminalSpec]:
        """All terminals by name, complete; `seed` draws keys.  Raises ScenarioError."""
        first = TerminalSpec(
            "terminal",
            self.dialect,
            self.profile,
            live=False,
            start_at=self.start_at,
            identity=self.identity,
            settings=self.terminal,
        )
        specs = terminal_specs(first, self.terminals, self.host_specs(), seed)
        for spec in specs.values():
            load_dialect(spec.dialect)
            if load_profile(spec.profile).host_link != "tcp" and spec.name != "terminal":
                raise ScenarioError(ONE_CABLE.format(name=spec.name, profile=spec.profile), ONE_CABLE_CURE)
            if load_profile(spec.profile).host_link != "tcp" and self.tls:
                raise ScenarioError(NO_TLS_LINE.format(profile=spec.profile), ONE_CABLE_CURE)
        models = {name: load_profile(spec.profile).model for name, spec in specs.items()}
        more = {name: {**({"chip": True} if self.card else {}), **self._reached(spec)} for name, spec in specs.items()}
        return {name: replace(spec, model=models[name], settings=more[name]) for name, spec in specs.items()}

    def _reached(self, spec: TerminalSpec) -> Mapping[str, Any]:
        """Under TLS the name counts for which a certificate must be, so that the address must be a name."""
        return {"tls": True, "host_address": address_of(spec.host), **spec.settings} if self.tls else spec.settings

    @property
    def parties(self) -> tuple[str, ...]:
        """Every party by name."""
        return (*self.host_specs(), *self.terminal_specs(), *([CARD] if self.card else []), REGISTER)

    def host_path(self, terminal: str = "terminal") -> tuple[str, str]:
        """(party, link) that dials the host for a terminal: itself, or the register whose cable carries its
        traffic."""
        profile = load_profile(self.terminal_specs()[terminal].profile)
        return (terminal, "host") if profile.host_link == "tcp" else (REGISTER, "tunnel")


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


def card_machine(seed: int | str | None) -> Callable[[], Machine]:
    """A factory of the machine of all cards; what they draw goes on behind a restart."""
    from harness.card.card import Card as Cards
    from harness.card.settings import CardSettings

    rng = random.Random(f"{seed}/{CARD}" if seed is not None else None)
    return lambda: Cards(CardSettings(rng=rng))


def host_settings(
    dialect: str, seed: int | str | bytes, epoch: datetime | None = None, more: Mapping[str, Any] | None = None
) -> HostSettings:
    """Settings of a host that speaks every dialect that is shipped, `dialect` to terminals it does not know.

    `more`: others by name; lists, as files have them, become what the setting is, and `issuers` is the name of a file.
    Raises ScenarioError.
    """
    load_dialect(dialect)
    settings: dict[str, Any] = {
        "dialects": {name: load_dialect(name) for name in dialect_names()},
        "default_dialect": dialect,
        "seed": seed if isinstance(seed, bytes) else f"posrig/{seed}".encode(),
    }
    if epoch is not None:
        settings["epoch"] = epoch
    for name, value in (more or {}).items():
        kind = type(getattr(HostSettings, name, None))
        settings[name] = kind(value) if isinstance(value, list) and kind in (tuple, frozenset) else value
    if isinstance(settings.get("issuers"), str):
        settings["issuers"] = load_issuers(settings["issuers"])
    return HostSettings(**settings)


def seed_of(seed: int, party: str) -> int | str:
    """What a party of a bench draws from: no second host draws the keys of the first, no terminal the random factors of
    another."""
    return f"{seed}/{party}" if party != side_of(party) else seed


def terminal_settings(spec: TerminalSpec, rng: random.Random) -> TerminalSettings:
    """Settings of the terminal that `spec` describes whole; `rng` is its only randomness."""
    return TerminalSettings(
        rng=rng,
        dialect=load_dialect(spec.dialect),
        dialects={name: load_dialect(name) for name in dialect_names()},
        profile=load_profile(spec.profile),
        identity=spec.identity,
        start_at=spec.start_at,
        cards=load_cards(),
        **({**kernel_downloads(), **spec.settings} if spec.settings.get("chip") else spec.settings),
    )


@lru_cache(maxsize=1)
def kernel_downloads() -> Mapping[str, tuple[str, ...]]:
    """The AIDs and CA public keys that a host hands out, as a terminal that begins in use has them already."""
    from harness.acquirer.terminals.emv_data import shipped_emv

    emv = shipped_emv()
    listed = {"aids": emv.aids, "public_keys": emv.capks}
    return {name: tuple(build_tlv(item).hex().upper() for item in items) for name, items in listed.items()}


def machine_factories(
    world: World, seed: int, random_for: Callable[[str], random.Random]
) -> dict[str, Callable[[], Machine]]:
    """A factory for each party, used at the first start and at each restart.

    A restarted terminal goes on with the generator of its predecessor, so that it does not repeat its random factors.
    """
    from harness.acquirer.host import Host
    from harness.terminal.terminal import Terminal

    def host(spec: HostSpec) -> Callable[[], Machine]:
        return lambda: Host(host_settings(world.dialect, seed_of(seed, spec.name), more=spec.settings))

    def terminal(spec: TerminalSpec) -> Callable[[], Machine]:
        rng = random_for(spec.name)
        more = world.register.terminal_settings() if spec.name == "terminal" else {}
        return lambda: Terminal(terminal_settings(replace(spec, settings={**spec.settings, **more}), rng))

    return {
        **{name: host(spec) for name, spec in world.host_specs().items()},
        **{name: terminal(spec) for name, spec in world.terminal_specs(seed).items()},
        **({CARD: card_machine(seed)} if world.card else {}),
        REGISTER: lambda: register_machine(world.register),
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
