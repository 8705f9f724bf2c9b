"""What terminals and register programs do otherwise than the two public implementations have in common, as settings
that both ends get.  Sources: hehe02921/qqq (dialect A), gsccs/mispos-client (dialect B)."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ScenarioError
from ..text import Text
from .dialect_a.commands import codes_with

PREFIXES = ("hex", "asc")
ACKS = ("both", "terminal", "none")
DATA_OCTETS_MIN = 128
"""Less holds no host message with its tags."""
DATA_OCTETS_MAX = 1024
"""The largest frame data seen."""

_BAD = Text("{key} 不能是 {value!r}", "{key} cannot be {value!r}")
_BAD_CURE = Text("可用：{known}", "There are: {known}")


@dataclass(frozen=True, slots=True)
class MisposQuirks:
    """Of both dialects."""

    acks: str = "both"
    """Who answers each data frame by ACK or NAK: "both"; "terminal" alone (the public program of dialect A reads them
    and sends none); "none" (the public client of dialect B)."""
    glued_ack: bool = False
    """The terminal's ACK and its answer leave in one piece (`06 02 ...`) where the answer is there at once."""
    data_octets_max: int = DATA_OCTETS_MAX
    """Longest data of one frame, 128 to 1024."""
    tunnel_prefix: str = "hex"
    """What the register puts in front of the host's traffic: "hex" two binary octets, "asc" four digits."""

    def __post_init__(self) -> None:
        for key, known in (("tunnel_prefix", PREFIXES), ("acks", ACKS)):
            if getattr(self, key) not in known:
                raise _refused(key, getattr(self, key), ", ".join(known))
        if not DATA_OCTETS_MIN <= self.data_octets_max <= DATA_OCTETS_MAX:
            raise _refused("data_octets_max", self.data_octets_max, f"{DATA_OCTETS_MIN}..{DATA_OCTETS_MAX}")


@dataclass(frozen=True, slots=True)
class MisposAQuirks(MisposQuirks):
    """Of dialect A."""

    commands: tuple[str, ...] = ()
    """A maker's own transaction codes, each as `sale=21` (`dialect_a.commands`)."""
    fresh_random: bool = False
    """The register draws a new random number for each pass-through reply, and the terminal's next frames echo that one
    (the public program).  Else the reply has the number of the request that it answers."""
    order_number: bool = True
    """The register's order number stands in DFBE and the terminal keeps it (posrig's choice), so that an order that
    comes again is told from a new one.  False: there is none, and nothing that moves money is ever asked twice."""
    finish_notice: bool = False
    """After a transaction that was booked the terminal sends ACKACK with its invoice number."""

    def __post_init__(self) -> None:
        MisposQuirks.__post_init__(self)
        try:
            codes_with(self.commands)
        except ValueError as error:
            raise _refused("commands", self.commands, str(error)) from None


@dataclass(frozen=True, slots=True)
class MisposBQuirks(MisposQuirks):
    """Of dialect B."""

    length_in_content: bool = False
    """Tunnelled content has its two-octet length in front, both ways: the public client passes on what it is given, and
    what it has received."""
    find_port_by_manager: bool = False
    """The search for the port is type 7 of the application MANAGER, as the public client sends it, and not type 127."""


def _refused(key: str, value: object, known: str) -> ScenarioError:
    return ScenarioError(_BAD.format(key=key, value=value), _BAD_CURE.format(known=known))
