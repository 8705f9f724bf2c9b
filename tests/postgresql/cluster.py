"""A PostgreSQL server of our own in a temporary folder, on a free port of the loopback, run by an unprivileged user.

Never the system's cluster: nothing here reads its settings, its port or its data.
"""

from __future__ import annotations

import itertools
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

USER, PASSWORD = "shop", "sesame@open:/%"
"""A password with every character that a URL must escape."""
QUOTED = "sesame%40open%3A%2F%25"
LOOPBACK = "127.0.0.1"
START_S = 30
INSTALLED = "/usr/lib/postgresql"  # Debian and Ubuntu; elsewhere the programs are on the PATH
SETTINGS = """
listen_addresses = '127.0.0.1'
shared_buffers = '16MB'
max_wal_size = '64MB'
log_min_messages = 'fatal'
"""


def program(name: str) -> str:
    """The newest installed one.  Raises FileNotFoundError."""
    folders = sorted(Path(INSTALLED).glob("*/bin"), key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))])
    found = shutil.which(name, path=os.pathsep.join([*map(str, reversed(folders)), os.environ.get("PATH", "")]))
    if found is None:
        raise FileNotFoundError(f"{name} of PostgreSQL is not installed; on Debian: apt-get install postgresql")
    return found


def unprivileged() -> str | None:
    """Whom to be: the server refuses to run as root; None when we are somebody else already."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Cluster:
    """A running server; `stop`, `start` and `restart` it as a test likes, `remove` it at the end."""

    def __init__(self) -> None:
        self._user = unprivileged()
        self.folder = Path(tempfile.mkdtemp(prefix="posrig-postgresql-"))
        self._names = itertools.count()
        with socket.create_server((LOOPBACK, 0)) as free:
            self.port: int = free.getsockname()[1]
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        try:
            self._make()
        except BaseException:
            self.remove()
            raise

    def _make(self) -> None:
        word = self.folder / "password"
        word.write_text(PASSWORD)
        word.chmod(0o644)  # in a folder that only its owner can enter
        self._run("initdb", "-D", self._data, "-U", USER, "-A", "scram-sha-256", f"--pwfile={word}", "-E", "UTF8",
                  "--no-locale", "--no-sync", "--no-instructions")  # fmt: skip
        # Written by the server's user: a file of ours could not be read by it.
        settings = f"{SETTINGS}port = {self.port}\nunix_socket_directories = '{self.folder}'\n"
        self._run("sh", "-c", 'printf %s "$1" >>"$2"', "sh", settings, f"{self._data}/postgresql.conf")
        self.start()

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _run(self, name: str, *arguments: str) -> None:
        command = name if name == "sh" else program(name)
        # The server keeps its standard output open, so it must not be a pipe that somebody reads to its end.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [command, *arguments], stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, cwd="/",
                user=self._user, group=None if self._user is None else pwd.getpwnam(self._user).pw_gid,
                extra_groups=None if self._user is None else [], timeout=2 * START_S, check=False,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            )  # fmt: skip
            said.seek(0)
            assert done.returncode == 0, said.read().decode(errors="replace")

    def start(self) -> None:
        """Returns when it takes connections."""
        self._run("pg_ctl", "-D", self._data, "-l", f"{self.folder}/log", "-w", "-t", str(START_S), "start")

    def stop(self, how: str = "immediate") -> None:
        """`immediate`: as after a power loss, it recovers from its log; `fast`: in order, with sessions ended."""
        self._run("pg_ctl", "-D", self._data, "-w", "-t", str(START_S), "-m", how, "stop")

    def restart(self, how: str = "immediate") -> None:
        """Stop and start."""
        self.stop(how)
        self.start()

    def remove(self) -> None:
        """Nothing is left, neither process nor file."""
        try:
            if (self.folder / "data" / "postmaster.pid").exists():
                self.stop()
        finally:
            shutil.rmtree(self.folder)

    # databases

    def url(self, database: str, *, user: str = USER, password: str = QUOTED) -> str:
        """What a user gives to `--store`."""
        return f"postgresql://{user}:{password}@{LOOPBACK}:{self.port}/{database}"

    def make_database(self, options: str = "") -> str:
        """The name of a new, empty one."""
        name = f"rig{next(self._names)}"
        self.sql(f"create database {name} template template0 {options}")
        return name

    def sql(self, statement: str, database: str = "template1") -> list[str]:
        """The rows of what somebody else's session sees, columns parted by `|`."""
        return self.psql(["-c", statement], database)

    def psql(self, arguments: Sequence[str], database: str) -> list[str]:
        """Lines of psql's output."""
        done = subprocess.run(
            [program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", LOOPBACK, "-p", str(self.port),
             "-U", USER, "-d", database, *arguments],
            capture_output=True, text=True, timeout=START_S, check=False,
            env={"PGPASSWORD": PASSWORD, "PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()
