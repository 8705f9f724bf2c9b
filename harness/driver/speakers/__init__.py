"""The register's half of each protocol, one module each, imported when it is spoken."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from ..talk import Speaker, Talk

SPEAKERS = {
    "mispos-b": ("mispos_b", "MisposB"),
}
"""Module and class by protocol."""


def speaker_of(protocol: str, talk: Talk) -> Speaker:
    """A fresh speaker.  Raises KeyError for a protocol that has none."""
    module, name = SPEAKERS[protocol]
    return cast(Speaker, getattr(import_module(f"{__name__}.{module}"), name)(talk))
