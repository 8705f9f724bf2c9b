"""From the setup of a scenario to the world that a bench makes, and the variables that its steps begin with."""

from __future__ import annotations

from typing import Any

from ..bench.base import Bench
from ..bench.fleet import TERMINALS, HostSpec, RegisterSpec, TerminalSpec
from ..bench.world import World, load_profile
from . import model

Json = Any


def world_of(setup: model.Setup) -> World:
    """The world that `setup` describes.  Nothing is checked before the bench asks for its parties."""
    given = tuple(_terminal(entry) for entry in setup.terminal)
    taken = {"terminal", *(spec.name for spec in given)}
    free = [name for name in TERMINALS if name not in taken]
    fleet = tuple(TerminalSpec(name) for name in free[: setup.fleet])
    hosts = tuple(HostSpec(entry.name, _host_settings(entry)) for entry in setup.host)
    register = RegisterSpec(setup.cable.protocol, setup.cable.transport, setup.cable.quirks)
    return World(
        dialect=setup.dialect,
        profile=setup.profile,
        terminals=(*given, *fleet),
        hosts=hosts,
        tls=setup.tls,
        register=register,
        card=setup.card,
    )


def first_variables(bench: Bench) -> dict[str, Json]:
    """`sn` and `model` of the first terminal; `terminal2_sn`, and of those that are live also `_mid` and `_tid`, of the
    others."""
    return {"sn": bench.ask("terminal", "control", "status")["sn"], **_numbers(bench.world, bench.seed)}


def variable_names(world: World) -> tuple[str, ...]:
    """The names alone, before there is a bench.  Raises ScenarioError as `World.terminal_specs` does."""
    return ("sn", *_numbers(world, seed=0))


def _numbers(world: World, seed: int) -> dict[str, Json]:
    variables: dict[str, Json] = {}
    for name, spec in world.terminal_specs(seed).items():
        if name == "terminal":
            variables["model"] = load_profile(spec.profile).model
        else:
            variables[f"{name}_sn"] = spec.serial
        if spec.live and spec.identity is not None:
            prefix = "" if name == "terminal" else f"{name}_"
            variables |= {f"{prefix}mid": spec.identity.mid, f"{prefix}tid": spec.identity.tid}
    return variables


def _terminal(entry: model.SetupTerminal) -> TerminalSpec:
    settings = {"serial": entry.serial, "application_version": entry.version, "lot": entry.lot}
    return TerminalSpec(
        name=entry.name,
        dialect=entry.dialect or "",
        profile=entry.profile or "",
        host=entry.host,
        live=entry.live,
        mid=entry.mid or "",
        settings={name: value for name, value in settings.items() if value is not None},
    )


def _host_settings(entry: model.SetupHost) -> dict[str, Json]:
    given = entry.model_dump(exclude={"name"}, exclude_none=True)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
