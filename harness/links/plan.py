"""Fault plans: a finite list of link faults, read from a scenario or from the command line.

In TOML: `{ fault = "drop", stream = "upstream", frame = 3 }`; on the command line: `drop:stream=upstream,frame=3`.
The same keys in both; what is left out has the default of the fault's module.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, NoReturn

from protocols.errors import LocalError, ScenarioError
from protocols.text import Text

from ..machine import Json
from .faults.bandwidth import Bandwidth
from .faults.base import ByteFault, Fault, FrameFault
from .faults.cut import CutAfter
from .faults.delay import Delay
from .faults.dial import DIAL_FAULTS
from .faults.down import Down
from .faults.drop import Drop
from .faults.duplicate import Duplicate
from .faults.flip import Flip
from .faults.latency import Latency
from .faults.limit_data import LimitData
from .faults.noop import Noop
from .faults.reorder import Reorder
from .faults.reset_peer import ResetPeer
from .faults.slicer import Slicer
from .faults.slow_close import SlowClose
from .faults.timeout import Timeout
from .faults.truncate import Truncate
from .faults.uart import ASKED, UartLine
from .faults.unplug import Unplug
from .faults.unstable import FRAMES_MAX, Unstable
from .line_settings import LineSettings
from .modem_lines import WIRINGS

BYTE_FAULTS = (Noop, Latency, Bandwidth, SlowClose, Timeout, ResetPeer, Slicer, LimitData, Down, Unplug, UartLine)
FRAME_FAULTS = (Drop, Delay, Duplicate, Reorder, Truncate, Flip, CutAfter)
DRAWN_FAULTS = (Unstable,)
_ALL: tuple[type[Fault], ...] = (*DIAL_FAULTS, *BYTE_FAULTS, *FRAME_FAULTS, *DRAWN_FAULTS)
KINDS: Mapping[str, type[Fault]] = {kind.name: kind for kind in _ALL}

FAULTS_MAX = 1_000
"""A plan is written or generated for one run; more entries than frames in a run are a slip."""

NUMBER_MAX = 10_000_000_000
"""Above every setting that makes sense: a hundred days in milliseconds."""

LEAST = {"times": 1, "frame": 1, "connection": 1, "rate": 1, "average_size": 1, "offset": -1, "bit": -1}
"""Smallest value per setting; 0 for those that are not named."""

PERCENT = dict.fromkeys(("loss", "correlation", "disconnect"), 100)
PER_MILLION = dict.fromkeys(("noise_ppm", "drop_ppm", "double_ppm"), 1_000_000)
MOST = {**PERCENT, **PER_MILLION, "frames": FRAMES_MAX}
"""Largest value per setting; NUMBER_MAX for those that are not named."""

STREAMS = ("upstream", "downstream")
LINE_ENDS = {"register", "terminal"}
OCTETS_MAX = 256

UNKNOWN_FAULT = Text("{where}：没有名为 {name} 的链路故障", "{where}: there is no link fault named {name}")
UNKNOWN_KEY = Text("{where}：故障 {fault} 没有设置项 {name}", "{where}: the fault {fault} has no setting {name}")
NEAREST = Text("最接近的是 {near}；全部：{known}", "The nearest is {near}; there are: {known}")
KNOWN = Text("全部：{known}", "There are: {known}")
NO_FAULT = Text("{where}：缺少 fault", "{where}: the key `fault` is missing")
BAD_VALUE = Text("{where}：{name} 的值 {value} 不合法", "{where}: {value} is no value for {name}")
WANT_NUMBER = Text("应为 {least} 到 {most} 的整数", "It takes an integer from {least} to {most}")
WANT_STREAM = Text("应为 upstream（去主机）或 downstream（回终端）", "It takes upstream (to the host) or downstream")
WANT_WIRING = Text("应为 {known}", "It takes {known}")
WANT_HEX = Text("应为最多 256 字节的十六进制", "It takes at most 256 octets in hex")
WANT_ONCE = Text(
    "每个设置项只写一次，形如 drop:stream=upstream,frame=3",
    "Give each setting once, as in drop:stream=upstream,frame=3",
)
TOO_MANY = Text(
    "{where}：故障计划有 {count} 项，上限 {limit}",
    "{where}: the plan has {count} entries, the limit is {limit}",
)
SHORTEN = Text("缩短计划", "Make the plan shorter")


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Faults in the order in which they are applied.  Once all have struck the link is healthy."""

    faults: tuple[Fault, ...] = ()

    @classmethod
    def parse(cls, entries: Sequence[Mapping[str, Any]], where: str = "faults") -> FaultPlan:
        """From TOML-like dicts.  Raises ScenarioError that names `where`, the key and the nearest known one."""
        if len(entries) > FAULTS_MAX:
            raise ScenarioError(TOO_MANY.format(where=where, count=len(entries), limit=FAULTS_MAX), SHORTEN)
        return cls(tuple(_fault(entry, f"{where}[{i}]") for i, entry in enumerate(entries)))

    @classmethod
    def from_specs(cls, specs: Iterable[str], where: str = "--fault") -> FaultPlan:
        """From `NAME:KEY=VALUE,KEY=VALUE` as the command line has it.  Raises ScenarioError."""
        return cls.parse([_entry(spec, where) for spec in specs], where)

    @property
    def strikes_frames(self) -> bool:
        """Whether it needs to see where frames begin and end."""
        return any(isinstance(fault, FrameFault | Unstable) for fault in self.faults)

    @property
    def wire_only(self) -> str:
        """The name of a fault in it that is for a wire only, "" without one."""
        return next((f.name for f in self.faults if isinstance(f, ByteFault) and f.wire_only), "")

    def drawn(self, rng: random.Random) -> FaultPlan:
        """With what is a matter of chance decided by `rng`."""
        return FaultPlan(tuple(one for fault in self.faults for one in _drawn(fault, rng)))

    def entries(self) -> list[dict[str, Json]]:
        """The plan as `parse` takes it, all settings spelled out."""
        return [entry_of(fault) for fault in self.faults]


def _drawn(fault: Fault, rng: random.Random) -> tuple[Fault, ...]:
    return fault.draw(rng) if isinstance(fault, Unstable) else (fault,)


def entry_of(fault: Fault) -> dict[str, Json]:
    """One fault as `FaultPlan.parse` takes it."""
    return {"fault": fault.name, **{f.name: getattr(fault, f.name) for f in fields(fault)}}


def _entry(spec: str, where: str) -> dict[str, Any]:
    name, _, settings = spec.partition(":")
    entry: dict[str, Any] = {"fault": name.strip()}
    for setting in filter(None, (part.strip() for part in settings.split(","))):
        key, equals, value = (part.strip() for part in setting.partition("="))
        if not equals or key in entry:
            raise ScenarioError(BAD_VALUE.format(where=where, name=key, value=repr(setting)), WANT_ONCE)
        entry[key] = int(value) if key != "octets" and value.lstrip("-").isascii() and _is_int(value) else value
    return entry


def _is_int(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def _unknown(what: Text, name: str, known: Iterable[str]) -> NoReturn:
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    listed = ", ".join(names)
    raise ScenarioError(what, NEAREST.format(near=near[0], known=listed) if near else KNOWN.format(known=listed))


def _fault(entry: Mapping[str, Any], where: str) -> Fault:
    name = entry.get("fault")
    if not isinstance(name, str):
        raise ScenarioError(NO_FAULT.format(where=where), KNOWN.format(known=", ".join(sorted(KINDS))))
    if name not in KINDS:
        _unknown(UNKNOWN_FAULT.format(where=where, name=name), name, KINDS)
    kind = KINDS[name]
    known = {f.name for f in fields(kind)}
    settings = {key: value for key, value in entry.items() if key != "fault"}
    for key, value in settings.items():
        if key not in known:
            _unknown(UNKNOWN_KEY.format(where=where, fault=name, name=key), key, known)
        _check(key, value, where)
    for key in LINE_ENDS & settings.keys():  # a rate alone is a number
        settings[key] = str(settings[key])
    return kind(**settings)


def _check(key: str, value: object, where: str) -> None:
    what = BAD_VALUE.format(where=where, name=key, value=repr(value))
    if key == "stream":
        if value not in STREAMS:
            raise ScenarioError(what, WANT_STREAM)
    elif key == "wiring":
        if value not in WIRINGS:
            raise ScenarioError(what, WANT_WIRING.format(known=", ".join(WIRINGS)))
    elif key in LINE_ENDS:
        _check_line(key, str(value), what)
    elif key == "octets":
        if not isinstance(value, str) or not _is_hex(value):
            raise ScenarioError(what, WANT_HEX)
    elif type(value) is not int or not LEAST.get(key, 0) <= value <= MOST.get(key, NUMBER_MAX):
        raise ScenarioError(what, WANT_NUMBER.format(least=LEAST.get(key, 0), most=MOST.get(key, NUMBER_MAX)))


def _check_line(key: str, value: str, what: Text) -> None:
    try:
        if value and (key, value) != ("register", ASKED):
            LineSettings.parse(value)
    except LocalError as error:
        raise ScenarioError(what, error.cure) from error


def _is_hex(text: str) -> bool:
    try:
        return len(bytes.fromhex(text)) <= OCTETS_MAX
    except ValueError:
        return False
