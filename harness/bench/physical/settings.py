"""A bench file: which device is there, how it is reached, who acts at it, and what must never be done to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

from protocols.registers import DEFAULT_PROTOCOL, Transport

from ..fleet import RegisterSpec

NAME_PATTERN = r"^[\w.-]{1,40}$"
ADDRESS_PATTERN = r"^\S{1,255}:\d{1,5}$"
SN_PATTERN = r"^[\x21-\x7e]{1,50}$"
TIME_SCALE, TIME_SCALE_MAX = 86_400, 10_000_000
"""A day in a second, and (at most) what is as good as at once."""
LIMIT_S_MAX = 3_600
PORT_PATTERN = r"^\S{1,400}$"


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""Several names; a single one may stand alone."""


class Part(BaseModel):
    """A table of the file.  Unknown keys are errors."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


class PortPart(Part):
    """`[port]`: where the register's cable is plugged in."""

    address: str = Field(pattern=PORT_PATTERN)
    """`/dev/ttyUSB0`, `COM3`, `usb:NUMBER`, `place:PLACE`, a URL of pyserial, or `tcp:ADDR:PORT`."""
    line: str = ""
    """As `115200-8N1`; "": the protocol's usual one."""


class HostPart(Part):
    """`[host]`: the provider, which posrig plays."""

    listen: str = Field(pattern=ADDRESS_PATTERN)
    """Where posrig listens for the terminal; its menu must have this computer's address."""
    reached: str = Field(default="", pattern=r"^$|" + ADDRESS_PATTERN[1:])
    """How the terminal itself names that address, where a scenario has it dialled by hand; "": as in `listen`."""
    second: str = Field(default="", pattern=r"^$|" + ADDRESS_PATTERN[1:])
    """Where it reaches the second provider (`host2`), "": nowhere."""
    dialect: str = "cup"


class TerminalPart(Part):
    """`[terminal]`: the device."""

    sn: str = Field(pattern=SN_PATTERN)
    profile: str = "countertop"
    """The kind of device: what it reads, whether it prints (`fixtures/devices`)."""
    begins: Literal["boxed", "live"] = "boxed"
    """`boxed`: it is as delivered, and every row begins with its application and activation.  `live`: it is in use,
    with the numbers and the key in `identity`, and every row begins with a sign-in."""
    identity: Path | None = None
    """A provisioning file whose first terminal this is; test keys only."""
    menu: dict[str, str | int | bool] = {}
    """What is set in its parameter menu whenever it was brought back to its delivered state (`terminal.Config`)."""
    control: str = Field(default="", pattern=r"^$|" + ADDRESS_PATTERN[1:])
    """The control interface of an emulated terminal that somebody else started: its hands instead of a person's."""
    token_file: Path | None = None
    """The token of that interface."""
    trace: Path | None = None
    """The trace that the same emulated terminal writes: what is shown in it is what a person would see."""


class PersonPart(Part):
    """`[person]`: who stands at the device."""

    there: bool = True
    """Whether there is anybody."""
    languages: tuple[Literal["zh", "en"], ...] = Field(default=("zh", "en"), min_length=1)
    """In which languages he is asked."""
    limit_s: int = Field(default=300, ge=1, le=LIMIT_S_MAX)
    """How long one question waits; then it counts as skipped."""


class BenchFile(Part):
    """The whole file; see docs/physical.md."""

    name: str = Field(pattern=NAME_PATTERN)
    protocol: str = DEFAULT_PROTOCOL
    transport: Transport = "serial"
    quirks: Names = ()
    port: PortPart
    host: HostPart
    terminal: TerminalPart
    person: PersonPart = PersonPart()
    card: Literal["person", "none"] = "person"
    """Who presents cards: whoever is at the device, or nobody."""
    cable: Literal["port", "hands"] = "port"
    """How the register's plug comes out: `port`, posrig closes its own end; `hands`, whoever is at the device."""
    time_scale: int = Field(default=TIME_SCALE, ge=1, le=TIME_SCALE_MAX)
    """So many seconds of the provider's time pass in one real second while nothing but time is waited for."""
    never: Names = ()
    """Operations and acts that are never sent and never asked for."""
    allow: Names = ()
    """Destructive ones (`safety.DESTRUCTIVE`) that may be."""

    _folder: Path = PrivateAttr(default=Path())

    def beside(self, folder: Path) -> BenchFile:
        """The same, whose relative paths are meant from `folder`."""
        self._folder = folder
        return self

    def path(self, given: Path | None) -> Path | None:
        """A file that is named in it."""
        return None if given is None else self._folder / given

    @property
    def register(self) -> RegisterSpec:
        """What is spoken on the cable."""
        return RegisterSpec(self.protocol, self.transport, self.quirks)
