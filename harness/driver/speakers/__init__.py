"""The register's half of each protocol, one module each, imported when it is spoken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

from ...arguments import Takes
from ..talk import Speaker, Talk

SPEAKERS = {
    "mispos-a": ("mispos_a", "MisposA"),
    "mispos-b": ("mispos_b", "MisposB"),
    "zvt": ("zvt", "Zvt"),
    "transbank": ("transbank", "Transbank"),
    "concert": ("concert", "Concert"),
}
"""Module and class by protocol."""
PROBES = {
    "mispos-b": "last",
    "mispos-a": "last",
    "zvt": "status",
    "concert": "status",
    "transbank": "status",
}
"""The operation that probing asks, by protocol, in this order: harmless, moves no money, changes nothing in the
terminal, prints nothing, and any answer to it, a refusal too, proves that the terminal speaks the protocol.  Its
speaker ends it as `unknown` when nobody answers, within three times `ack_timeout_us` and one `result_timeout_us`.
Transbank's is the last, for an ACK is all that it is answered with: a terminal that takes frames without ENQ gives one,
too."""

ORDER_CHARS = {"mispos-a": 20, "mispos-b": 20, "zvt": 0, "transbank": 6, "concert": 10}
"""How many characters an order number may have, by protocol; 0: the register keeps it to itself."""


ORDER_CHARS = {"mispos-a": 20, "mispos-b": 20, "zvt": 0, "transbank": 6, "concert": 10}
"""How many characters an order number may have, by protocol; 0: the register keeps it to itself."""


def speaker_of(protocol: str, talk: Talk) -> Speaker:
    """A fresh speaker.  Raises KeyError for a protocol that has none."""
    made = cast(Callable[[Talk], Speaker], _class_of(protocol))
    return made(talk)


def operations_of(protocol: str) -> Mapping[str, Takes]:
    """The operations that a protocol has, with the arguments that each takes.  Raises KeyError as `speaker_of`."""
    return _class_of(protocol).takes


def _class_of(protocol: str) -> type[Speaker]:
    module, name = SPEAKERS[protocol]
    return cast(type[Speaker], getattr(import_module(f"{__name__}.{module}"), name))
