"""The terminal's non-volatile storage: an append-only file with a checksum on each frame.

File: `MAGIC`, then frames.  A frame is one `append`, so an append is there as a whole or not at all:

    sequence  u32   counts from 1, so that an old frame cannot pose as a new one
    length    u32   octets of the body
    body crc  u32   CRC-32 of the body
    head crc  u32   CRC-32 of the twelve octets above
    body            JSON in ASCII, an array of records

All integers are big-endian.  What a power loss leaves is told apart from what rot leaves:

* The file ends inside the last frame, or the missing part is still zeros (a block that was allocated and not yet
  written): a torn tail.  It was never acknowledged, so it is cut off and noted.
* Anything else that does not check is damage to acknowledged records: `StoreDamaged`, never dropped in silence,
  because a terminal that guesses loses the reversal that it owes.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from protocols.text import Text

from ..machine import Record
from .durable import create_durably, replace, replace_durably, sync_directory, write_all
from .errors import StoreError
from .lock import ProcessLock

MAGIC = b"posrig journal 1\n"
MAGIC_STEM = b"posrig journal "
HEAD = struct.Struct("!III")
HEAD_CRC = struct.Struct("!I")
HEAD_OCTETS = HEAD.size + HEAD_CRC.size
BODY_LIMIT_OCTETS = 4 * 1024 * 1024
"""One turn of a machine writes a few hundred octets; a length above this is damage, not data."""
FILE_LIMIT_OCTETS = 256 * 1024 * 1024
"""A terminal's flash is smaller.  The limit keeps a loop that never stops writing from filling the disk."""


class StoreDamaged(StoreError):
    """Acknowledged records do not check any more.  `offset` is the first octet that fails; `intact` are the records
    before it."""

    def __init__(self, path: Path, offset: int, intact: list[Record], why: Text) -> None:
        super().__init__(
            Text(
                zh=f"存储 {path} 在第 {offset} 字节处损坏：{why.zh}（之前的 {len(intact)} 条记录完好）",
                en=f"{path} is damaged at octet {offset}: {why.en} ({len(intact)} records before it are good)",
            ),
            Text(
                zh="请停止交易，保留文件，并与主机对账后用新的目录重新开始",
                en="Stop selling, keep the file, reconcile with the host and start with a new directory",
            ),
        )
        self.path = path
        self.offset = offset
        self.intact = intact


@dataclass(frozen=True, slots=True)
class _Read:
    records: list[Record]
    frames: int
    end: int
    """Octets of the file that are good."""


class Journal:
    """`Store` in the directory `directory`, which is made when missing.

    `notes` tells what was found at opening (a torn tail that was cut).  Raises `StoreError` when another process
    holds the directory or the file is none of ours, `StoreDamaged` when acknowledged records do not check.
    """

    def __init__(self, directory: Path) -> None:
        self.notes: list[Text] = []
        self.path: Path = directory / "journal"
        self._fd = -1
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._lock = ProcessLock(directory / "lock")
        except OSError as error:
            raise _io_error(directory, error) from error
        try:
            self._open()
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise _io_error(self.path, error) from error
            raise

    def append(self, records: Sequence[Record]) -> None:
        """Make `records` durable, all or none.  After a failure nothing more is accepted: the state on disk is not
        known."""
        if self._fd < 0:
            raise StoreError(
                Text(zh=f"存储 {self.path} 已关闭", en=f"the storage {self.path} is closed"),
                Text(zh="请重新打开存储", en="Open the storage again"),
            )
        frame = _frame(self._frames + 1, records)
        if self._end + len(frame) > FILE_LIMIT_OCTETS:
            raise StoreError(
                Text(zh=f"存储 {self.path} 已满", en=f"the storage {self.path} is full"),
                Text(zh="请结算后压缩存储", en="Settle, then compact the storage"),
            )
        try:
            write_all(self._fd, frame)
            os.fsync(self._fd)
        except OSError as error:
            self._close_file()
            raise _io_error(self.path, error) from error
        self._frames += 1
        self._end += len(frame)

    def load(self) -> list[Record]:
        """Every record in order; the file is read and checked again."""
        return _read(self.path).records

    def compact(self, records: Sequence[Record] | None = None) -> None:
        """Replace the whole journal atomically by one frame: `records`, a snapshot that folds to the same state, or
        what is there now.

        A crash at any instant leaves the old journal or the new one.
        """
        kept = self.load() if records is None else list(records)
        fresh = self.path.with_suffix(".new")
        content = MAGIC + (_frame(1, kept) if kept else b"")
        try:
            create_durably(fresh, content)
            self._close_file()  # Windows replaces no file that is open
            replace(fresh, self.path)
            self._open()
        except OSError as error:
            self._close_file()
            raise _io_error(self.path, error) from error

    def close(self) -> None:
        """Close the file and give the directory back; a second call does nothing."""
        self._close_file()
        self._lock.release()

    def _open(self) -> None:
        self.path.with_suffix(".new").unlink(missing_ok=True)  # a compaction that the power took
        if not self.path.exists() or self.path.stat().st_size == 0:
            create_durably(self.path, MAGIC)
            sync_directory(self.path.parent)
        found = _read(self.path)
        self._frames, self._end = found.frames, found.end
        self._fd = os.open(self.path, os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0))
        torn = os.fstat(self._fd).st_size - found.end
        if torn:
            os.ftruncate(self._fd, found.end)
            os.fsync(self._fd)
            self.notes.append(
                Text(
                    zh=f"存储 {self.path}：末尾 {torn} 字节未写完（断电），从未确认，已截去",
                    en=f"{self.path}: the last {torn} octets were torn by a power loss; never acknowledged, removed",
                )
            )

    def _close_file(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def mend(damage: StoreDamaged) -> Path:
    """Put what is good of a damaged journal into its place, for a store whose loss is no money.  Returns where the
    damaged file is kept.  A crash at any instant leaves the damaged journal or the mended one.  Raises StoreError."""
    path, aside = damage.path, damage.path.with_suffix(".damaged")
    try:
        lock = ProcessLock(path.parent / "lock")
    except OSError as error:
        raise _io_error(path, error) from error
    try:
        create_durably(aside, path.read_bytes())
        replace_durably(path, MAGIC + (_frame(1, damage.intact) if damage.intact else b""))
    except OSError as error:
        raise _io_error(path, error) from error
    finally:
        lock.release()
    return aside


def _frame(sequence: int, records: Sequence[Record]) -> bytes:
    body = json.dumps(list(records), separators=(",", ":"), allow_nan=False).encode("ascii")
    if len(body) > BODY_LIMIT_OCTETS:
        raise StoreError(
            Text(zh=f"一次写入 {len(body)} 字节，超过上限", en=f"one append of {len(body)} octets is above the limit"),
            Text(zh="请分次写入", en="Write the records in several appends"),
        )
    head = HEAD.pack(sequence, len(body), zlib.crc32(body))
    return head + HEAD_CRC.pack(zlib.crc32(head)) + body


def _read(path: Path) -> _Read:
    data = path.read_bytes()
    if not data.startswith(MAGIC):
        if MAGIC.startswith(data):  # the very first write was torn; nothing was acknowledged yet
            create_durably(path, MAGIC)
            return _Read([], 0, len(MAGIC))
        raise _not_ours(path, data)
    records: list[Record] = []
    offset, sequence = len(MAGIC), 0
    while offset < len(data):
        body = _body_at(data, offset, sequence + 1)
        if body is None:
            break
        records.extend(json.loads(body))
        offset += HEAD_OCTETS + len(body)
        sequence += 1
    if offset < len(data) and not _is_torn(data[offset:], sequence + 1):
        raise StoreDamaged(path, offset, records, Text(zh="校验和不符", en="the checksum does not match"))
    return _Read(records, sequence, offset)


def _body_at(data: bytes, offset: int, sequence: int) -> bytes | None:
    """The body of the frame number `sequence` at `offset`, or None when it does not check."""
    start = offset + HEAD_OCTETS
    if start > len(data):
        return None
    head = data[offset : offset + HEAD.size]
    found, length, crc = HEAD.unpack(head)
    if HEAD_CRC.unpack_from(data, offset + HEAD.size)[0] != zlib.crc32(head):
        return None
    body = data[start : start + length]
    good = found == sequence and len(body) == length and zlib.crc32(body) == crc
    return body if good else None


def _is_torn(tail: bytes, sequence: int) -> bool:
    """Whether `tail`, which begins where a frame should, is a write that the power interrupted.

    A prefix of a frame is one; so is a frame whose end is still zeros, for a file system may grow the file before it
    writes the block.
    """
    if len(tail) < HEAD_OCTETS:
        return True
    head = tail[: HEAD.size]
    found, length, _ = HEAD.unpack(head)
    if HEAD_CRC.unpack_from(tail, HEAD.size)[0] != zlib.crc32(head):
        return not any(tail)
    missing = HEAD_OCTETS + length - len(tail)
    unwritten = missing == 0 and not any(tail[-min(length, 8) :])  # JSON never ends in NUL
    return found == sequence and (missing > 0 or unwritten)


def _not_ours(path: Path, data: bytes) -> StoreError:
    if data.startswith(MAGIC_STEM):
        return StoreError(
            Text(zh=f"{path} 由较新版本的 posrig 写成", en=f"{path} was written by a newer posrig"),
            Text(zh="请升级 posrig，或另选目录", en="Upgrade posrig, or choose another directory"),
        )
    return StoreError(
        Text(zh=f"{path} 不是 posrig 的存储文件", en=f"{path} is no posrig journal"),
        Text(zh="请另选目录", en="Choose another directory"),
    )


def _io_error(path: Path, error: OSError) -> StoreError:
    return StoreError(
        Text(zh=f"无法写入存储 {path}：{error.strerror}", en=f"cannot write the storage {path}: {error.strerror}"),
        Text(zh="请检查磁盘空间与权限，然后重新启动", en="Check disk space and rights, then start again"),
    )
