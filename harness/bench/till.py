"""The register's machine, and what its bench check looks at; nothing of host and terminal is loaded for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from harness.driver.checks import CheckItem, items_from
from harness.driver.settings import DriverSettings
from harness.fixtures import fixtures_dir, read_toml
from harness.machine import Machine
from harness.quirks import load_quirks

from .fleet import RegisterSpec


@lru_cache(maxsize=1)
def load_checks() -> tuple[CheckItem, ...]:
    """What a bench check looks at and measures (`fixtures/checks.toml`), read once.  Raises ScenarioError."""
    return items_from(read_toml(fixtures_dir() / "checks.toml"))


def register_machine(register: RegisterSpec, more: Mapping[str, Any] | None = None) -> Machine:
    """The register, with what its bench check looks at; `more`: settings of `DriverSettings`, by name.  Raises
    ScenarioError."""
    from harness.driver.driver import Driver

    quirks = load_quirks(register.protocol, register.quirks)
    spoken = {"protocol": register.protocol, "transport": register.transport, "quirks": quirks}
    return Driver(DriverSettings(checks=load_checks(), **spoken, **(more or {})))
