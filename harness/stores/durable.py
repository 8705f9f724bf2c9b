"""Files that are there as a whole or not at all, whenever the power goes."""

from __future__ import annotations

import os
from pathlib import Path


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
        os.replace(fresh, path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
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
