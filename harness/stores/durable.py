"""Files that are there as a whole or not at all, whenever the power goes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..clock import sleep_s

HELD_S = (0.02, 0.1, 0.3, 1.0)
"""How long a new file is waited for, in turn, that a virus scanner or an indexer looks at (Windows)."""


def create_durably(path: Path, content: bytes) -> None:
    """Write a file, private to the user, and wait until the disk has it.  Raises OSError."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    try:
        write_all(fd, content)
        os.fsync(fd)
    finally:
        os.close(fd)


def replace_durably(path: Path, content: bytes) -> None:
    """Put `content` in the place of a file: a crash at any instant leaves the old one or the new one.  Raises
    OSError."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        create_durably(fresh, content)
        replace(fresh, path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def replace(fresh: Path, path: Path) -> None:
    """Give a file the name of another one, durably.  Neither is open here.  Raises OSError."""
    for held_s in (*HELD_S, None):
        try:
            os.replace(fresh, path)
            break
        except PermissionError:
            if held_s is None or sys.platform != "win32":
                raise
            sleep_s(held_s)
    sync_directory(path.parent)


def write_all(fd: int, data: bytes) -> None:
    """Write all octets, in as many calls as it takes.  Raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def sync_directory(directory: Path) -> None:
    """Make a rename durable.  Windows cannot open a directory and needs no such call."""
    if os.name == "posix":
        fd = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
