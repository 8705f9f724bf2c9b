"""A record log in a database, through SQLAlchemy Core: SQLite by default, PostgreSQL by URL.

One table holds the records of every party, one row each; its primary key (party, id) is counted by us and not by the
database, so that a second process that writes for the same party is refused by the database itself instead of mixing
two histories.  It is refused already when it opens the store: by PostgreSQL itself (see `postgresql`), with SQLite by a
lock on a file beside the database, which leaves readers and back-ups free.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from protocols.text import Text

from ..machine import Record
from . import postgresql
from .errors import StoreError
from .lock import ProcessLock

SCHEMA_VERSION = 1
BODY_LIMIT_OCTETS = 1024 * 1024
"""One record is a few hundred octets; a snapshot of a large batch some ten thousand."""
BUSY_TIMEOUT_S = 5
"""How long SQLite waits for another process (a reader with a lock, a backup) before an append fails."""

_METADATA = sa.MetaData()
_SCHEMA = sa.Table("posrig_schema", _METADATA, sa.Column("version", sa.Integer, nullable=False))
_RECORDS = sa.Table(
    "posrig_records",
    _METADATA,
    sa.Column("party", sa.String(32), primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)


class SqlStore:
    """`Store` of the records of `party` in the database `url` (a SQLAlchemy URL, or a plain file name, which means
    SQLite).

    Raises `StoreError` when the URL is none, the database cannot be reached, the file is no database or belongs to
    another program, its schema is newer than this program, or another process has it open for `party`.

    After a failure of the database every later call fails with the same error: nobody knows whether a commit that
    broke off was carried out, and a new connection would no longer hold what the first one locked.
    """

    def __init__(self, url: str, party: str) -> None:
        self._party = party
        self._url = _parsed(url)
        self._failure: StoreError | None = None
        self._lock: ProcessLock | None = None
        if self._file is not None:
            _make_private(self._file)
        try:
            self._engine = _engine(self._url)
        except (SQLAlchemyError, ImportError) as error:
            raise self._fail(error) from error
        try:
            self._connection = self._engine.connect()
            self._prepare()
            self._lock = self._only_writer()
            self._last = self._highest_id()
        except SQLAlchemyError as error:
            self.close()
            raise self._fail(error) from error
        except StoreError:
            self.close()
            raise

    def append(self, records: Sequence[Record]) -> None:
        """Make `records` durable in one transaction, all or none."""
        self._check_good()
        rows = [self._row(number, record) for number, record in enumerate(records, self._last + 1)]
        if not rows:
            return
        try:
            with self._connection.begin():
                self._connection.execute(_RECORDS.insert(), rows)
        except IntegrityError as error:
            self._failure = StoreError(
                Text(zh=f"另一个进程正在向 {self._shown} 写入", en=f"another process writes to {self._shown}"),
                Text(zh="每个存储只能由一个进程使用", en="Let only one process use a store"),
            )
            raise self._failure from error
        except SQLAlchemyError as error:
            raise self._fail(error) from error
        self._last += len(rows)

    def load(self) -> list[Record]:
        """Every record of this party, in order."""
        self._check_good()
        query = sa.select(_RECORDS.c.body).where(_RECORDS.c.party == self._party).order_by(_RECORDS.c.id)
        try:
            with self._connection.begin():
                bodies = self._connection.scalars(query).all()
        except SQLAlchemyError as error:
            raise self._fail(error) from error
        return [_record(body) for body in bodies]

    def close(self) -> None:
        """Give the connection back; a second call does nothing."""
        if hasattr(self, "_connection"):
            self._connection.close()
        self._engine.dispose()
        if self._lock is not None:
            self._lock.release()

    @property
    def _file(self) -> Path | None:
        """Where SQLite keeps the records."""
        name = self._url.database or ""
        no_file = self._url.get_backend_name() != "sqlite" or name in ("", ":memory:") or name.startswith("file:")
        return None if no_file else Path(name)

    @property
    def _shown(self) -> str:
        # libpq takes a password there too, under several names, and a user may misspell them.
        told = {name: value for name, value in self._url.query.items() if name in ("host", "port")}
        return self._url.set(drivername=self._url.get_backend_name(), query=told).render_as_string(hide_password=True)

    def _check_good(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _prepare(self) -> None:
        with self._connection.begin():
            if self._url.drivername == postgresql.DRIVER:
                postgresql.begin_session(self._connection)
            tables = set(sa.inspect(self._connection).get_table_names())
            if _SCHEMA.name in tables:
                self._check_version()
            elif tables and self._url.get_backend_name() == "sqlite":
                raise StoreError(
                    Text(
                        zh=f"{self._shown} 是其他程序的数据库", en=f"{self._shown} is the database of another program"
                    ),
                    Text(zh="请另选文件", en="Choose another file"),
                )
            else:
                _METADATA.create_all(self._connection)
                self._connection.execute(_SCHEMA.insert(), {"version": SCHEMA_VERSION})
        if self._url.drivername == postgresql.DRIVER:
            with self._connection.begin():
                postgresql.lock_party(self._connection, _RECORDS.name, self._party, self._shown)
        if self._url.get_backend_name() == "sqlite":  # only now: it writes, and the file is known to be ours
            self._connection.exec_driver_sql("PRAGMA journal_mode=WAL").close()
            self._connection.rollback()

    def _only_writer(self) -> ProcessLock | None:
        """The lock of this party on a SQLite file: SQLite's own would keep readers away, too."""
        if self._file is None:
            return None
        try:
            return ProcessLock(Path(f"{self._file}.{self._party}.lock"), guarded=self._shown)
        except OSError as error:
            raise StoreError(
                Text(
                    zh=f"存储 {self._shown} 出错：{error.strerror}",
                    en=f"the store {self._shown} failed: {error.strerror}",
                ),
                Text(zh="请检查权限与磁盘空间", en="Check the rights and the disk space"),
            ) from error

    def _check_version(self) -> None:
        versions = self._connection.scalars(sa.select(_SCHEMA.c.version)).all()
        if versions == [SCHEMA_VERSION]:
            return
        shown = ", ".join(map(str, versions)) or "-"
        raise StoreError(
            Text(
                zh=f"{self._shown} 的结构版本是 {shown}，本程序只认 {SCHEMA_VERSION}",
                en=f"{self._shown} has schema version {shown}, this program knows {SCHEMA_VERSION}",
            ),
            Text(
                zh="请使用写入它的 posrig 版本，或另选存储", en="Use the posrig that wrote it, or choose another store"
            ),
        )

    def _highest_id(self) -> int:
        with self._connection.begin():
            query = sa.select(sa.func.max(_RECORDS.c.id)).where(_RECORDS.c.party == self._party)
            return self._connection.scalar(query) or 0

    def _row(self, number: int, record: Record) -> dict[str, object]:
        body = json.dumps(dict(record), separators=(",", ":"), allow_nan=False)
        if len(body) > BODY_LIMIT_OCTETS:
            raise StoreError(
                Text(zh=f"记录长 {len(body)}，超过上限", en=f"a record of {len(body)} octets is above the limit"),
                Text(zh="请分成多条记录", en="Split the record"),
            )
        return {"party": self._party, "id": number, "kind": str(record["kind"]), "body": body}

    def _fail(self, error: Exception) -> StoreError:
        """What to raise for `error`, now and from now on."""
        self._failure = self._explained(error)
        return self._failure

    def _explained(self, error: Exception) -> StoreError:
        cause = getattr(error, "orig", None) or error
        if isinstance(cause, ImportError):
            driver = cause.name or self._url.get_driver_name()  # psycopg without libpq names no module
            return StoreError(
                Text(
                    zh=f"存储 {self._shown} 所需的驱动 {driver} 没有安装",
                    en=f"the driver {driver} that the store {self._shown} needs is not installed",
                ),
                Text(
                    zh="PostgreSQL：pip install 'posrig[postgresql]'；或用 sqlite:///文件",
                    en="For PostgreSQL: pip install 'posrig[postgresql]'; or use sqlite:///FILE",
                ),
            )
        if self._url.drivername == postgresql.DRIVER:
            return postgresql.explained(error, cause, self._shown)
        if "file is not a database" in str(cause):
            return StoreError(
                Text(zh=f"{self._shown} 不是数据库文件", en=f"{self._shown} is no database file"),
                Text(zh="请另选文件", en="Choose another file"),
            )
        return StoreError(
            Text(zh=f"存储 {self._shown} 出错：{cause}", en=f"the store {self._shown} failed: {cause}"),
            Text(zh="请检查地址、权限与磁盘空间", en="Check the URL, the rights and the disk space"),
        )


def _parsed(url: str) -> sa.URL:
    if "://" not in url:
        return sa.URL.create("sqlite", database=str(Path(url).expanduser()))
    scheme = url.split("://")[0]
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() in postgresql.SCHEMES:
            parsed = parsed.set(drivername=postgresql.DRIVER)
        parsed.get_dialect()
        if "@" in (parsed.host or ""):
            raise ValueError("the rest of the password would be taken, and shown, as the host")
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError):  # ValueError: a port that is no number
        raise StoreError(  # without the rest of the URL: nobody knows which part of it is the password
            Text(zh=f"无法识别存储地址 {scheme}://…", en=f"cannot understand the store URL {scheme}://..."),
            Text(
                zh="请用 sqlite:///文件 或 postgresql://用户:密码@主机:端口/库；密码中的 @ : / 写作 %40 %3A %2F",
                en="Use sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/DATABASE; in a password write %40 for @,"
                " %3A for : and %2F for /",
            ),
        ) from None  # the cause quotes the URL
    return parsed


def _engine(url: sa.URL) -> sa.Engine:
    if url.drivername == postgresql.DRIVER:
        return sa.create_engine(url, hide_parameters=True, connect_args=postgresql.connect_arguments(url))
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, hide_parameters=True)
    engine = sa.create_engine(
        url,
        hide_parameters=True,  # an error's text must not quote records
        poolclass=sa.pool.StaticPool,  # one connection; the committing thread and the loop's thread take turns
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_S},
    )

    @event.listens_for(engine, "connect")
    def _durable(connection: DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=FULL")  # WAL with NORMAL loses acknowledged commits on a power loss
        cursor.close()

    return engine


def _make_private(path: Path) -> None:
    """A database that is not there yet is made for its owner alone: it holds the keys of terminals.  SQLite gives its
    journal the same rights.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise StoreError(
            Text(zh=f"无法建立 {path}：{error.strerror}", en=f"cannot make {path}: {error.strerror}"),
            Text(
                zh="请检查权限与磁盘空间，或另选位置", en="Check the rights and the disk space, or choose another place"
            ),
        ) from error


def _record(body: str) -> Mapping[str, object]:
    loaded: dict[str, object] = json.loads(body)
    return loaded
