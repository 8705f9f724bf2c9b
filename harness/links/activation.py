"""What a server is handed that somebody else starts: a Unix socket that listens already, TCP ports that are free."""

from __future__ import annotations

import errno
import itertools
import os
import random
import socket
from pathlib import Path

from protocols.errors import LinkError
from protocols.text import Text

SOCKET_PATH_MAX = 107
"""Octets of a Unix socket's path (sockaddr_un)."""
BACKLOG = 16
PORTS = range(20_000, 32_000)
"""Below 32768, where Linux begins to take ports for connections that go out: one of those may hold any number above."""
TRIES = 200

_searches = itertools.count()


def unix_listener(path: Path) -> socket.socket:
    """A socket that listens at `path`.  Raises LinkError when the path is too long or cannot be had."""
    try:
        if len(os.fsencode(path)) > SOCKET_PATH_MAX:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        listener = socket.socket(socket.AF_UNIX)
        try:
            listener.bind(str(path))
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise LinkError(
            Text(f"无法建立套接字 {path}：{error.strerror}", f"no socket can be made at {path}: {error.strerror}"),
            Text(
                "请把 TMPDIR 设为可写且路径较短的目录", "Set TMPDIR to a folder with a short path that you may write to"
            ),
        ) from error
    return listener


def free_ports(count: int) -> int:
    """The first of `count` TCP ports in a row that nobody has, on any address.  Raises LinkError when none are found.

    Another program may take them before they are used; whoever hands them on must look whether they were had.
    """
    drawn = random.Random(f"{os.getpid()}/{next(_searches)}")  # two that search at the same time look elsewhere
    for _ in range(TRIES):
        first = drawn.randrange(PORTS.start, PORTS.stop - count)
        if not any(port_taken(port) for port in range(first, first + count)):
            return first
    raise LinkError(
        Text(f"找不到 {count} 个相邻的空闲端口", f"no {count} free ports in a row were found"),
        Text("请结束占用端口的程序", "End what holds the ports"),
    )


def port_taken(port: int) -> bool:
    """Whether somebody listens on, or holds, TCP `port` on any IPv4 address."""
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return True
    return False
