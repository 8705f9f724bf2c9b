"""Reads bench files.  A wrong one is refused with file, line, key and the nearest known one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from protocols.errors import LocalError, PosrigError
from protocols.registers import REGISTER_PROTOCOLS
from protocols.text import Text

from ..bench.host_process import read_text
from ..bench.physical.safety import DESTRUCTIVE, KNOWN
from ..bench.physical.settings import BenchFile
from ..bench.world import identity_from, load_profile
from ..fixtures import dialect_names, nearest
from ..links.line_settings import LineSettings
from ..links.tcp import split_address
from ..quirks import quirk_names
from ..terminal.arguments import CONFIG
from .load import read_strict, wrong_at

Place = tuple[str | int, ...]
Wrong = tuple[Place, Text]

CURE = Text("按所示行改正；写法见 docs/physical.md", "Correct the line; docs/physical.md tells how it is written")
UNKNOWN = Text("没有 {name}；最接近的是 {near}", "there is no {name}; the nearest is {near}")
LIVE_NEEDS = Text(
    "begins = live 时必须给出 identity：终端的编号与测试密钥",
    "with begins = live it must be given: the terminal's numbers and its test key",
)
OTHER_SN = Text("身份文件中的序列号是 {sn}", "the identity file has the serial number {sn}")
TOKEN_NEEDS = Text("control 需要 token_file", "control needs token_file")
NO_FILE = Text("没有文件 {path}", "there is no file {path}")
TCP_CABLE = Text("TCP 连接没有插头可拔，请写 port", "a TCP connection has no plug: write port")


def read_bench(path: Path) -> BenchFile:
    """A bench file of anybody's.  Raises ScenarioError that names file, line and key."""
    bench = read_strict(path, BenchFile, CURE).beside(path.parent)
    wrong = next(_wrong_values(bench), None)
    if wrong is not None:
        raise wrong_at(path, path.read_text(encoding="utf-8"), *wrong, CURE)
    return bench


def _wrong_values(bench: BenchFile) -> Iterator[Wrong]:
    yield from _known(("protocol",), bench.protocol, tuple(REGISTER_PROTOCOLS))
    for quirk in bench.quirks:
        yield from _known(("quirks",), quirk, tuple(quirk_names(bench.protocol)))
    for name in bench.never:
        yield from _known(("never",), name, KNOWN)
    for name in bench.allow:
        yield from _known(("allow",), name, tuple(DESTRUCTIVE))
    yield from _known(("host", "dialect"), bench.host.dialect, tuple(dialect_names()))
    yield from _refused(("terminal", "profile"), lambda: load_profile(bench.terminal.profile))
    yield from _refused(("host", "listen"), lambda: split_address(bench.host.listen))
    if bench.host.reached:
        yield from _refused(("host", "reached"), lambda: split_address(bench.host.reached))
    if bench.host.second:
        yield from _refused(("host", "second"), lambda: split_address(bench.host.second))
    if bench.port.line:
        yield from _refused(("port", "line"), lambda: LineSettings.parse(bench.port.line))
    if bench.cable == "hands" and bench.port.address.startswith("tcp:"):
        yield ("cable",), TCP_CABLE
    yield from _wrong_terminal(bench)


def _wrong_terminal(bench: BenchFile) -> Iterator[Wrong]:
    device = bench.terminal
    if device.begins == "live" and device.identity is None:
        yield ("terminal", "identity"), LIVE_NEEDS
    for key, given in (("identity", device.identity), ("token_file", device.token_file), ("trace", device.trace)):
        path = bench.path(given)
        if path is not None and not path.is_file():
            yield ("terminal", key), NO_FILE.format(path=path)
    for name in device.menu:
        yield from _known(("terminal", "menu"), name, CONFIG)
    if device.control and device.token_file is None:
        yield ("terminal", "control"), TOKEN_NEEDS
    path = bench.path(device.identity)
    if path is not None and path.is_file():
        try:
            _, sn, _ = identity_from(read_text(path), path.name)
        except PosrigError as error:
            yield ("terminal", "identity"), error.what
        else:
            if sn != device.sn:
                yield ("terminal", "sn"), OTHER_SN.format(sn=sn)


def _known(place: Place, name: str, known: tuple[str, ...]) -> Iterator[Wrong]:
    if name not in known:
        yield place, UNKNOWN.format(name=name, near=nearest(name, list(known)))


def _refused(place: Place, make: Callable[[], object]) -> Iterator[Wrong]:
    try:
        make()
    except LocalError as error:
        yield place, Text(f"{error.what.zh}；{error.cure.zh}", f"{error.what.en}; {error.cure.en}")
    except PosrigError as error:
        yield place, error.what
