"""What a record log in PostgreSQL needs beyond SQL: a session that loses nothing it committed, and one writer a party.

Sources: the PostgreSQL manual, "Explicit Locking" (advisory locks), "Write Ahead Log" (synchronous_commit),
"Connections and Authentication" (TCP settings); libpq's "Parameter Key Words".
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from protocols.text import Text

from .errors import StoreError

DRIVER = "postgresql+psycopg"
"""The one that the extra posrig[postgresql] brings, whatever driver the URL names: no other was ever tried."""
SCHEMES = ("postgresql", "postgres")
"""libpq takes both (its "Connection URIs")."""
LOCK_TIMEOUT_S = 3
"""How long to wait for the predecessor's session: after kill -9 the server may still be finishing its last commit."""
LOCK_CLASS = 0x506F5369
"""First key of the lock under which tables are made ("PoSi"); no table's OID, since those are small numbers."""
LOCK_NOT_AVAILABLE = "55P03"

CONNECT_DEFAULTS: Mapping[str, str | int] = {
    "fallback_application_name": "posrig",  # an administrator sees who holds a lock
    "client_encoding": "utf8",  # a server set up without a locale says SQL_ASCII, and text would come as octets
    "connect_timeout": 10,  # seconds; without it a firewall that drops packets holds the start for minutes
    "keepalives_idle": 30,  # seconds; a host may have nothing to write all night
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds; how long a server that fell silent in an append is waited for
}
"""libpq's parameters where the URL gives none."""

_SESSION = sa.text("""
    SELECT set_config(s.name, wanted.value, false)
    FROM pg_settings AS s
    JOIN (VALUES
        ('synchronous_commit', 'on', 'off'),    -- what is acknowledged must have reached the disk
        ('idle_session_timeout', '0', NULL),    -- an idle session holds the lock and must live (PostgreSQL 14)
        ('tcp_keepalives_idle', '30', NULL),    -- a client whose machine died must not hold the lock for two hours
        ('tcp_keepalives_interval', '10', NULL),
        ('tcp_keepalives_count', '3', NULL)
    ) AS wanted (name, value, instead_of)
    ON s.name = wanted.name AND s.setting = coalesce(wanted.instead_of, s.setting)
""")


def connect_arguments(url: sa.URL) -> dict[str, str | int]:
    """What libpq is told beside the URL."""
    return {name: value for name, value in CONNECT_DEFAULTS.items() if name not in url.query}


def begin_session(connection: sa.Connection) -> None:
    """Make the session durable and patient, and let nobody else make tables until this transaction ends: two parties
    that start together on an empty database would otherwise stumble over each other."""
    connection.execute(_SESSION).close()
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:class, 0)"), {"class": LOCK_CLASS}).close()


def lock_party(connection: sa.Connection, table: str, party: str, shown: str) -> None:
    """Be the only session that writes for `party` in `table`, until it ends; the server ends it when the process dies.

    Raises `StoreError` when another process is that session.
    """
    connection.execute(sa.text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'")).close()
    query = sa.text("SELECT pg_advisory_lock(CAST(CAST(CAST(:table AS regclass) AS oid) AS integer), :party)")
    key = zlib.crc32(party.encode()) - 2**31  # the lock's second key is a signed integer of 32 bits
    try:
        connection.execute(query, {"table": table, "party": key}).close()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        raise StoreError(
            Text(zh=f"存储 {shown} 正被另一个进程使用", en=f"the store {shown} is in use by another process"),
            Text(zh="请先结束那个进程，或另选数据库", en="End that process first, or choose another database"),
        ) from error


def explained(error: Exception, cause: BaseException, shown: str) -> StoreError:
    """A driver's `error`, whose own words are `cause`."""
    # Only the first line: the details of a refused row quote the row, and a row may hold a card's number.
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)
    said = " ".join(str(primary or cause).split())
    what = Text(zh=f"存储 {shown} 出错：{said}", en=f"the store {shown} failed: {said}")
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return StoreError(
            what,
            Text(
                zh="与数据库的连接已断，服务器恢复后请重新启动；已确认的都在",
                en="The connection is lost; start again when the server is back: what was acknowledged is kept",
            ),
        )
    return StoreError(
        what,
        Text(
            zh="请检查服务器是否运行，以及地址、用户、密码、权限与磁盘空间",
            en="Check that the server runs, and the URL, the user, the password, the rights and the disk space",
        ),
    )
