"""Visits to terminals: the journal of each one under way, and the finished ones by serial number.

    visits/ID/journal        one under way or interrupted (`journal.Journal`, locked by whoever is at it)
    history/SN/ID.json       a finished one, its record as JSON
    places/TID~MID.json      which serial number was last found there

`ID` begins with the time in UTC, so names sort by age.  Every visit has a lock of its own: two windows on one computer
are two visits.  Whatever cannot be read is told in `VisitStore.notes` and left where it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protocols.text import Text

from ..clock import wall_stamp
from ..machine import Json, Record
from .durable import replace_durably, sync_directory
from .errors import StoreError
from .journal import Journal, StoreDamaged, mend
from .lock import StoreInUse

VISITS_PER_SN_MAX = 500
"""Records kept of one serial number; the oldest go first."""
DOCUMENT_OCTETS_MAX = 4 * 1024 * 1024
VISITS_READ_MAX = 50
"""Records that are read where nobody says how many."""
UNFINISHED_MAX = 100
"""Interrupted visits kept; the oldest go first."""
GOES_ON_H = 24
"""A visit interrupted longer ago is not gone on with: the terminal has changed meanwhile."""
NAME_CHARS_MAX = 100
"""Of a folder's name: Windows takes 260 for the whole path."""

BEGUN, FACT, EVENT, TRACE, FINDING, FINISHED = "begun", "fact", "event", "trace", "finding", "finished"
"""Kinds of what a visit's journal holds."""

UNREADABLE = Text("{path} 读不出来（{why}），已跳过", "{path} cannot be read ({why}) and was left out")
CUT_OFF = Text(
    "检查 {id} 的日志损坏，只恢复了前 {count} 条；原文件保留为 {path}",
    "the journal of visit {id} is damaged: its first {count} records are used, and the file is kept as {path}",
)
TOO_BIG = Text("检测记录有 {octets} 字节，超过上限 {most}", "the record has {octets} octets, more than {most}")
NO_ROOM = Text("无法写入 {path}：{why}", "cannot write {path}: {why}")
NO_VISIT = Text("没有中断的检查 {id}", "there is no interrupted visit {id}")
DISK_CURE = Text(
    "检查磁盘空间与文件夹权限，或用 --data 另指一个文件夹",
    "Look at the disk's space and the folder's rights, or name another folder with --data",
)
SHORTEN = Text("用 --record 另存记录页，并报告此问题", "Keep the page with --record, and report this")
BEGIN_NEW = Text("用 --new 重新开始", "Begin anew with --new")


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A visit that was not finished.  `about`: what it was begun with; `records`: all that became durable."""

    id: str
    about: Mapping[str, Json]
    records: Sequence[Record]

    @property
    def started(self) -> str:
        """ISO 8601 with an offset."""
        return str(self.about.get("started", ""))


class VisitLog:
    """The journal of one visit; whoever holds it is the only one at it."""

    def __init__(self, store: VisitStore, id_: str, journal: Journal) -> None:
        self.id = id_
        self._store = store
        self._journal = journal

    def append(self, kind: str, data: Mapping[str, Json]) -> None:
        """Make one record durable before this returns; what is no JSON becomes text, because a wrong type in one check
        must not end the visit.  Raises StoreError; after that nothing more is taken."""
        try:
            self._journal.append([{"kind": kind, "data": data}])
        except (TypeError, ValueError):  # nothing was written yet
            plain = json.loads(json.dumps(data, default=str, skipkeys=True), parse_constant=str)
            self._journal.append([{"kind": kind, "data": plain}])

    def records(self) -> list[Record]:
        """Everything that became durable, in order: `{kind, data}`."""
        return self._journal.load()

    def finish(self, document: Mapping[str, Any]) -> Path:
        """Put the record into the history and end the journal.  Done twice (the power went in between), it is the
        same file.  Raises StoreError; the journal is there as long as the record is not."""
        path = self._store.keep(self.id, document)
        self.append(FINISHED, {"file": path.name})
        self.abandon()
        return path

    def abandon(self) -> None:
        """Throw the journal away."""
        self.close()
        _remove(self._journal.path.parent)

    def close(self) -> None:
        """Let go of the journal, which stays and can be gone on with; a second call does nothing."""
        self._journal.close()


class VisitStore:
    """The visits in the folder `root`, which is made when something is first written.  `notes`: what could not be
    read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.notes: list[Text] = []

    # Visits under way -------------------------------------------------------------------------------------------

    def begin(self, about: Mapping[str, Json]) -> VisitLog:
        """A new visit.  `about` is what it is begun with, JSON; `started` (ISO 8601) is added where it is missing.
        Raises StoreError."""
        told = {"started": wall_stamp(), **about}
        under_way = self.root / "visits"
        try:
            _make_root(self.root)
            under_way.mkdir(exist_ok=True)
            self._make_room()
            id_ = _new_id(under_way, str(told["started"]))
        except OSError as error:
            raise _no_room(under_way, error) from error
        log = VisitLog(self, id_, Journal(under_way / id_))
        log.append(BEGUN, told)
        return log

    def reopen(self, id_: str) -> VisitLog:
        """Go on with an interrupted visit.  Of a damaged journal the good beginning is taken, and the file is kept
        beside it.  Raises StoreInUse when another window has it, StoreError when there is none."""
        folder = self.root / "visits" / id_
        if not _is_name(id_) or not (folder / "journal").is_file():
            raise StoreError(NO_VISIT.format(id=id_), BEGIN_NEW)
        try:
            journal = Journal(folder)
        except StoreDamaged as damage:
            journal = self._mended(folder, damage)
        return VisitLog(self, id_, journal)

    def interrupted(self, now: str = "") -> list[Interrupted]:
        """Visits of the last GOES_ON_H hours that nobody finished and nobody is at, the newest first.  `now`: ISO 8601
        with an offset, by default the wall clock's.  What cannot be read is told in `notes`."""
        from datetime import datetime, timedelta

        oldest = datetime.fromisoformat(now or wall_stamp()) - timedelta(hours=GOES_ON_H)
        found = []
        for one in self.unfinished():
            try:
                young = datetime.fromisoformat(one.started) > oldest
            except (ValueError, TypeError):
                young = False
            if young:
                found.append(one)
        return found

    def unfinished(self) -> Iterator[Interrupted]:
        """As `interrupted`, however long ago."""
        for folder in reversed(self._unfinished()):
            records = self._look_into(folder)
            if not records or records[0].get("kind") != BEGUN:
                continue
            if records[-1].get("kind") == FINISHED:  # the power went between the record and the journal's end
                _remove(folder)
                continue
            yield Interrupted(folder.name, records[0]["data"], records)

    def _look_into(self, folder: Path) -> Sequence[Record]:
        """What a journal holds, () where somebody is at it."""
        try:
            journal = Journal(folder)
        except StoreInUse:
            return ()
        except StoreDamaged as damage:
            return damage.intact
        except StoreError as error:
            self.notes.append(error.what)
            return ()
        try:
            return journal.load()
        finally:
            journal.close()

    def _mended(self, folder: Path, damage: StoreDamaged) -> Journal:
        aside = mend(damage)
        self.notes.append(CUT_OFF.format(id=folder.name, count=len(damage.intact), path=aside))
        return Journal(folder)

    def _unfinished(self) -> list[Path]:
        """Folders of journals, the oldest first."""
        try:
            return sorted(one for one in (self.root / "visits").iterdir() if (one / "journal").is_file())
        except OSError:
            return []

    def _make_room(self) -> None:
        unfinished = self._unfinished()
        surplus = len(unfinished) - UNFINISHED_MAX + 1
        for folder in unfinished:
            if surplus <= 0:
                return
            try:
                Journal(folder).close()
            except StoreInUse:
                continue
            except StoreError:
                pass
            _remove(folder)
            surplus -= 1

    # Finished visits --------------------------------------------------------------------------------------------

    def keep(self, id_: str, document: Mapping[str, Any]) -> Path:
        """Put a record into the history, under `facts.sn`, TID and MID; one that is there under this id is replaced.
        Raises StoreError."""
        content = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False).encode()
        if len(content) > DOCUMENT_OCTETS_MAX:
            raise StoreError(TOO_BIG.format(octets=len(content), most=DOCUMENT_OCTETS_MAX), SHORTEN)
        facts = document.get("facts") or {}
        sn = str(facts.get("sn") or "")
        folder = self.root / "history" / file_name(sn)
        path = folder / f"{id_}.json"
        try:
            _make_root(self.root)
            _make_folder(folder)
            replace_durably(path, content)
            for old in _documents(folder)[VISITS_PER_SN_MAX:]:
                old.unlink(missing_ok=True)
            self._remember_place(sn, str(facts.get("tid") or ""), str(facts.get("mid") or ""))
        except OSError as error:
            raise _no_room(path, error) from error
        return path

    def visits(self, sn: str, limit: int = VISITS_READ_MAX) -> list[dict[str, Any]]:
        """Records of finished visits to a serial number ("": where it was never found out), the newest first.  One
        that cannot be read is told in `notes`."""
        found: list[dict[str, Any]] = []
        for path in _documents(self.root / "history" / file_name(sn)):
            if len(found) == limit:
                break
            document = self._read(path)
            if document is not None and str((document.get("facts") or {}).get("sn") or "") == sn:
                found.append(document)
        return found

    def document(self, sn: str, id_: str) -> dict[str, Any] | None:
        """One record, None where there is none."""
        path = self.root / "history" / file_name(sn) / f"{id_}.json"
        return self._read(path) if _is_name(id_) and path.is_file() else None

    def count(self, sn: str) -> int:
        """How many records there are of a serial number."""
        return len(_documents(self.root / "history" / file_name(sn)))

    def serial_numbers(self) -> list[str]:
        """Every serial number of the history, in their order."""
        return sorted(set(self._known()))

    def known_sn(self, tid: str, mid: str) -> str:
        """The serial number that the newest visit found at a terminal number of a merchant number, "" for none."""
        if not tid or not mid:
            return ""
        found = self._read(self._place(tid, mid)) if self._place(tid, mid).is_file() else None
        return str(found.get("sn", "")) if found and (found.get("tid"), found.get("mid")) == (tid, mid) else ""

    def _known(self) -> Iterator[str]:
        try:
            folders = list((self.root / "history").iterdir())
        except OSError:
            return
        for folder in folders:
            sn = _name_back(folder.name)
            documents = _documents(folder)
            if documents and sn is None:  # its name did not fit, so that the records have it
                newest = self._read(documents[0])
                sn = None if newest is None else str((newest.get("facts") or {}).get("sn") or "")
            if documents and sn is not None:
                yield sn

    def _place(self, tid: str, mid: str) -> Path:
        return self.root / "places" / f"{file_name(tid)}~{file_name(mid)}.json"

    def _remember_place(self, sn: str, tid: str, mid: str) -> None:
        if sn and tid and mid:
            path = self._place(tid, mid)
            _make_folder(path.parent)
            replace_durably(path, json.dumps({"sn": sn, "tid": tid, "mid": mid}).encode())

    def _read(self, path: Path) -> dict[str, Any] | None:
        try:
            with path.open("rb") as file:
                content = file.read(DOCUMENT_OCTETS_MAX + 1)
            data = json.loads(content.decode()) if len(content) <= DOCUMENT_OCTETS_MAX else None
        except (OSError, ValueError, RecursionError) as error:
            self.notes.append(UNREADABLE.format(path=path, why=str(error)[:200]))
            return None
        if not isinstance(data, dict):
            self.notes.append(UNREADABLE.format(path=path, why="JSON"))
            return None
        return data


def file_name(said: str) -> str:
    """A name for a folder that any system takes and that no other text has: capitals, digits and `-` stand for
    themselves, each other octet of the UTF-8 text is `_` and two digits; longer than NAME_CHARS_MAX its end is a hash.
    """
    plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
    octets = said.encode("utf-8", "surrogatepass")
    name = "n" + "".join(chr(one) if one in plain else f"_{one:02x}" for one in octets)
    if len(name) <= NAME_CHARS_MAX:
        return name
    from hashlib import sha256

    return f"{name[: NAME_CHARS_MAX - 33]}.{sha256(octets).hexdigest()[:32]}"


def _name_back(name: str) -> str | None:
    """The text that `file_name` was given, None where the name does not tell."""
    if not name.startswith("n") or "." in name:
        return None
    first, *rest = name[1:].split("_")
    try:
        octets = first.encode("ascii") + b"".join(bytes.fromhex(one[:2]) + one[2:].encode("ascii") for one in rest)
        return octets.decode("utf-8", "surrogatepass")
    except ValueError:
        return None


def _is_name(id_: str) -> bool:
    return bool(id_) and all(one.isascii() and (one.isalnum() or one == "-") for one in id_)


def _new_id(under_way: Path, started: str) -> str:
    """`20261122T023205Z-1f6c`, its folder made: nobody else gets the same."""
    from datetime import UTC, datetime

    stamp = datetime.fromisoformat(started).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    while True:
        id_ = f"{stamp}-{os.urandom(2).hex()}"
        try:
            (under_way / id_).mkdir()
        except FileExistsError:
            continue
        sync_directory(under_way)
        return id_


def _documents(folder: Path) -> list[Path]:
    """The records of a folder, the newest first."""
    try:
        return sorted((one for one in folder.iterdir() if one.suffix == ".json"), reverse=True)
    except OSError:
        return []


def _make_root(folder: Path) -> None:
    """A folder that is made here is the user's alone: the names in it are serial and merchant numbers."""
    _make_folder(folder.parent)
    if not folder.is_dir():
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_directory(folder.parent)


def _make_folder(folder: Path) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in missing:
        sync_directory(one.parent)


def _remove(folder: Path) -> None:
    """A folder of a journal; what cannot be removed now (Windows: somebody looks into it) is removed another time."""
    for name in ("journal", "journal.damaged", "journal.new", "lock"):
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError:
            return
    try:
        folder.rmdir()
    except OSError:
        return


def _no_room(path: Path, error: OSError) -> StoreError:
    return StoreError(NO_ROOM.format(path=path, why=error.strerror or error), DISK_CURE)
