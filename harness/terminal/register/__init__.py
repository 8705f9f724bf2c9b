"""The register's side of the terminal, one module for each protocol, imported when it is spoken."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from ..desk import Desk
from .side import Operating, RegisterSide

SIDES = {
    "mispos-a": ("mispos_a", "MisposA"),
    "mispos-b": ("mispos_b", "MisposB"),
    "zvt": ("zvt", "Zvt"),
    "transbank": ("transbank", "Transbank"),
    "concert": ("concert", "Concert"),
}
"""Module and class by protocol."""


def side_of(desk: Desk, terminal: Operating) -> RegisterSide:
    """The side that the settings name.  Raises KeyError for a protocol that has none."""
    module, name = SIDES[desk.settings.register_protocol]
    return cast(RegisterSide, getattr(import_module(f"{__name__}.{module}"), name)(desk, terminal))
