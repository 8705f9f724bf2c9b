"""The body of `posrig host`: the acquirer host behind a real TCP port."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

from harness.acquirer.settings import CHINA, HostSettings, Limits
from harness.clock import wall_date
from harness.links.tls import TlsServer
from harness.machine import Answer
from harness.stores import Store
from protocols.errors import LocalError, PosrigError, ScenarioError
from protocols.text import Text

from . import world
from .process import Interfaces, run_process, status_of_start, tell_error
from .shell import RealShell

PROVISION_LIMIT_OCTETS = 16 * 1024 * 1024
"""Ten thousand merchants with their terminals are below 4 MiB."""


def run_host(
    listen: str = "127.0.0.1:0",
    provision: Path | None = None,
    store: str | None = None,
    dialect: str = "cup",
    seed: int | str | bytes | None = None,
    interfaces: Interfaces | None = None,
    more: Mapping[str, object] | None = None,
    tls: Mapping[str, str] | None = None,
) -> int:
    """Serve until stopped; returns the exit status (0, 2 usage or a bad file, 3 broken).

    Prints `listening on ADDR:PORT` on standard output when it serves.  `store`: a SQLAlchemy URL or a file name, None
    for the file in the user's data directory, "memory" to keep nothing.  `seed`: draws are repeatable; None: they are
    secret.  `more`: other settings of the machine, by name.  `tls`: the PEM files `certificate`, `key` and, where
    clients must show one of their own, `client_ca`; without it there is no TLS.
    """
    from harness.acquirer.host import Host

    served = interfaces or Interfaces()
    try:
        tables = _provision(provision)
        settings = real_host_settings(dialect, seed, served, more)
        opened = open_store(store, "host")
        server = tls_server(tls or {})
    except PosrigError as error:
        tell_error(error, served.lang)
        return status_of_start(error)

    async def prepare(stack: AsyncExitStack) -> tuple[RealShell, str]:
        tap = served.tap()
        if tap is not None:
            stack.callback(tap.close)
        shell = RealShell(Host(settings), opened, served.clock(), tap=tap, limits=served.limits, name=served.party)
        stack.push_async_callback(shell.close)
        shell.start()
        if tables:
            await provisioned(shell, tables)
        return shell, f"listening on {await shell.listen(listen, tls=server)}"

    return run_process(prepare, served)


def tls_server(files: Mapping[str, object]) -> TlsServer | None:
    """The TLS that `files` name, None for none.  Raises `LinkError`, and `LocalError` when one is missing."""
    if not files:
        return None
    certificate, key = files.get("certificate"), files.get("key")
    client_ca = files.get("client_ca") or None
    if not isinstance(certificate, str) or not isinstance(key, str) or not isinstance(client_ca, str | None):
        raise LocalError(
            Text("TLS 需要证书与私钥两个文件", "TLS needs two files, the certificate and its key"),
            Text("请一并给出", "Give both"),
        )
    return TlsServer(Path(certificate), Path(key), None if client_ca is None else Path(client_ca))


def real_host_settings(
    dialect: str, seed: int | str | bytes | None, interfaces: Interfaces, more: Mapping[str, object] | None = None
) -> HostSettings:
    """Settings of a host in real time: its calendar is the wall's, unless a bench named the epoch."""
    secret = secrets.token_bytes(16) if seed is None else seed
    if interfaces.origin_ns is not None:
        return world.host_settings(dialect, secret, more=more)
    given = interfaces.limits  # the machine must not close what the user of the process allows
    limits = Limits(links=given.connections, links_idle_us=int(given.idle_s * 1_000_000))
    return world.host_settings(
        dialect, secret, datetime(*wall_date(), tzinfo=CHINA), {"limits": limits, **(more or {})}
    )


def open_store(store: str | None, party: str) -> Store:
    """The store that a face names (see `run_host`).  Raises `StoreError`."""
    if store == "memory":
        from harness.stores.memory import MemoryStore

        return MemoryStore()
    from harness.stores.sql import SqlStore

    if store is None:
        from platformdirs import user_data_path

        store = str(user_data_path("posrig", appauthor=False) / f"{party}.db")
    return SqlStore(store, party)


async def provisioned(shell: RealShell, tables: dict[str, object]) -> Answer:
    """Register the merchants and terminals of a checked provisioning file.  Raises `ScenarioError` when the host
    refuses."""
    answer = await shell.ask("control", "provision", tables)
    if not answer.ok:
        said = answer.value["error"]
        raise ScenarioError(
            Text(said["zh"], said["en"]), Text("改正后再启动主机", "Correct it, then start the host again")
        )
    return answer


def _provision(path: Path | None) -> dict[str, object]:
    if path is None:
        return {}
    from harness.acquirer.provision import parse_provision

    text = read_text(path)
    parse_provision(text, str(path))
    return world.provision_tables(text)


def read_text(path: Path) -> str:
    """A file that the user named, at most PROVISION_LIMIT_OCTETS.  Raises `ScenarioError`."""
    try:
        with path.open("rb") as file:
            data = file.read(PROVISION_LIMIT_OCTETS + 1)
        if len(data) > PROVISION_LIMIT_OCTETS:
            raise ValueError("too large")
        return data.decode("utf-8-sig")  # editors on Windows put a byte order mark in front
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(
            Text(f"读不了文件 {path}：{why}", f"cannot read {path}: {why}"),
            Text("请检查路径，文件须为 UTF-8", "Check the path; the file must be UTF-8"),
        ) from error
