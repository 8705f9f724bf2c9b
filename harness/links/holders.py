"""Who uses a device, and who may: from /proc and the rights of the file, under a root folder that is handed in
(Linux)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PROCESSES_MAX = 20_000
PTYS = Path("/dev/pts")
BRLTTY, MODEM_MANAGER = "brltty", "ModemManager"
MEDDLERS = (BRLTTY, MODEM_MANAGER)
"""Programs that open ports by themselves: one takes CH340 and CP210x for a braille display, one looks for modems."""


@dataclass(frozen=True, slots=True)
class Holder:
    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.pid})"


@dataclass(frozen=True, slots=True)
class Who:
    """A user, by number, and the groups that count for this process."""

    uid: int
    gids: frozenset[int]


def this_user() -> Who:
    """Of this process (not on Windows)."""
    return Who(os.geteuid(), frozenset((os.getegid(), *os.getgroups())))


def holders_of(devices: Iterable[str], root: Path) -> Mapping[str, tuple[Holder, ...]]:
    """The processes that have each of `devices` ("/dev/ttyUSB0") open.  Those of other users are seen by root alone."""
    wanted = dict.fromkeys(devices)
    found: dict[str, list[Holder]] = {device: [] for device in wanted}
    for process in _processes(root):
        for device in sorted(_open_files(process) & wanted.keys()):
            found[device].append(Holder(int(process.name), _name(process)))
    return {device: tuple(holders) for device, holders in found.items()}


def pty_users(name: str, root: Path) -> tuple[Holder, ...]:
    """The processes that have the pseudo-terminal `name` ("/dev/pts/5") open, but for the one that made it, which keeps
    its end open, too (Linux: the number of a pty stands in /proc/PID/fdinfo of its master)."""
    index = name.rpartition("/")[2]
    users = holders_of([name], root)[name]
    return tuple(one for one in users if index not in _made_ptys(root / "proc" / str(one.pid)))


def meddlers(root: Path) -> frozenset[str]:
    """Those of `MEDDLERS` that are running."""
    return frozenset(name for process in _processes(root) if (name := _name(process)) in MEDDLERS)


def group_wanted(device: Path, who: Who, root: Path) -> str | None:
    """The group whose members may use `device` and that `who` is not in; None: `who` may.  "" stands for none: the file
    gives no group the right."""
    try:
        rights = device.stat()
    except OSError:
        return None
    both = stat.S_IRUSR | stat.S_IWUSR
    if who.uid == 0 or rights.st_uid == who.uid:
        shift = 0
    else:
        shift = 3 if rights.st_gid in who.gids else 6
    if who.uid == 0 or (rights.st_mode << shift) & both == both:
        return None
    group_may = (rights.st_mode << 3) & both == both
    return _group_name(rights.st_gid, root) if group_may and rights.st_gid not in who.gids else ""


def _group_name(gid: int, root: Path) -> str:
    try:
        lines = (root / "etc/group").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    rows = (line.split(":") for line in lines)
    return next((row[0] for row in rows if len(row) > 2 and row[2] == str(gid)), str(gid))


def _processes(root: Path) -> Iterator[Path]:
    folder = root / "proc"
    if folder.is_dir():
        yield from sorted((one for one in folder.iterdir() if one.name.isdecimal()), key=_pid)[:PROCESSES_MAX]


def _pid(process: Path) -> int:
    return int(process.name)


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text("utf-8", "replace").strip()
    except OSError:  # it has just ended
        return ""


def _open_files(process: Path) -> set[str]:
    found = set()
    for descriptor in _descriptors(process):
        try:
            found.add(os.readlink(descriptor))
        except OSError:
            continue
    return found


def _made_ptys(process: Path) -> set[str]:
    """The numbers of the pseudo-terminals whose masters a process has."""
    found = set()
    for descriptor in _descriptors(process):
        try:
            if os.readlink(descriptor).endswith("/ptmx"):
                text = (process / "fdinfo" / descriptor.name).read_text("utf-8", "replace")
                found |= {line.split()[1] for line in text.splitlines() if line.startswith("tty-index:")}
        except OSError:
            continue
    return found


def _descriptors(process: Path) -> list[Path]:
    """None of another user's process, or of one that has just ended."""
    try:
        return list((process / "fd").iterdir())
    except OSError:
        return []
