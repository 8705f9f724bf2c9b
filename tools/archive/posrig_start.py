"""What the single file does before the bench check begins: unpack once into the user's cache, and import from there.

Native parts cannot be loaded out of a zip file, and what is imported from a folder starts faster.  The folder is named
by version and contents, so two versions never mix.  It is filled beside its place and renamed, so nobody ever sees half
of it; sizes are compared at each start, which shows what a full disk or a power cut has left.

Standard library only: nothing else is there yet.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from posrig_said import CLOSE, DAMAGED, FULL, NOWHERE, OTHER_SYSTEM, UNPACKING, UNWRITABLE, Pair, filled, tell

try:
    import fcntl

    LOCKS = True
except ImportError:  # Windows: there an open file keeps its folder from being renamed, which is all that is needed
    LOCKS = False

TAG = "cp" + "".join(map(str, sys.version_info[:2])) + ("t" if "t" in getattr(sys, "abiflags", "") else "")
"""This Python, as native parts name it.  Those of others are not unpacked, so each Python has a folder of its own."""
NATIVE = {"cryptography": "_cffi_backend"}
"""What ends the whole process instead of failing to import, where a native part of another project is missing: on a
Python that came out after the file was made."""
KEPT = 3
"""Unpacked versions that stay, this one among them: who goes back to the file of last month need not wait."""
STALE_S = 3600
"""An unpacking that began so long ago was interrupted; on the slowest laptop it takes a minute."""
TRIES = 5
"""How often the folder is looked for again after another process was faster, or has just removed it."""
RENAME_WAITS_S = (0.05, 0.2, 0.5, 1.0, 2.0)
"""On Windows a virus scanner holds new files for a moment, and their folder cannot be renamed meanwhile."""
WRITERS = 8
"""Files that are on their way to the disk at once: waiting for it one by one takes longest of all."""
BROKEN, INTERRUPTED = 3, 130
CONTENTS, IN_USE = "contents.json", "in-use"
NEW, OLD, SHOWN = ".new-", ".old-", "bench-check-"

_held: list[IO[bytes]] = []
"""The open file that says that this process uses its folder; it stays open until the process ends."""


class CannotStart(Exception):
    """`said`: what is told."""

    def __init__(self, said: Pair, **values: object) -> None:
        self.said: Pair = filled(said, **values)
        super().__init__(self.said[1])


def start(argv: list[str]) -> int:
    """Unpack if need be, then run the bench check; returns the exit status (3: it could not begin)."""
    import posrig_contents as made  # type: ignore[import-not-found]  # the build script writes it into the archive

    if not fits(made.SYSTEM, sys.platform, sys.maxsize):
        tell(OTHER_SYSTEM, made_for=made.SYSTEM.capitalize())
    about = argv == ["--about"]
    try:
        folder = place(Path(__file__).parent, f"{made.FOLDER}-{TAG}", cache_folder(sys.platform, os.environ), about)
    except CannotStart as error:
        tell(error.said)
        status = BROKEN
    except KeyboardInterrupt:
        return INTERRUPTED
    else:
        status = tell_about(folder, made.FOLDER) if about else run(folder, argv)
    if own_window(sys.platform, os.environ, argv):
        tell(CLOSE)
        sys.stdin.readline()
    return status


def run(folder: Path, argv: list[str]) -> int:
    """The bench check from its folder."""
    sys.path[0] = str(folder / "lib")
    from importlib.util import find_spec

    for name, part in NATIVE.items():
        if find_spec(part) is None:
            sys.modules[name] = None  # type: ignore[assignment]  # as the import system has it: not to be had
    from harness.bench_check.main import main

    return main(argv)


# where ----------------------------------------------------------------------------------------------------------


def cache_folder(system: str, environment: Mapping[str, str]) -> Path | None:
    """The user's cache on a system (`sys.platform`), None where nobody knows whose it would be."""
    try:
        home = Path.home()
    except (RuntimeError, KeyError):
        home = None
    if system == "win32":
        local = environment.get("LOCALAPPDATA", "")
        base = Path(local) if local else home and home / "AppData" / "Local"
        return base / "posrig" / "Cache" if base else None
    told = environment.get("XDG_CACHE_HOME", "")
    if os.path.isabs(told):  # a relative one is to be ignored, says the XDG Base Directory Specification
        return Path(told) / "posrig"
    usual = ("Library", "Caches") if system == "darwin" else (".cache",)
    return home.joinpath(*usual, "posrig") if home else None


def place(archive: Path, name: str, cache: Path | None, whole: bool = False) -> Path:
    """The folder with everything, unpacked now where it is not there or broken; in a temporary one where the cache
    cannot be written.  `whole`: compare every octet, not only sizes.  Raises CannotStart."""
    why: object = "-"
    if cache is not None:
        try:
            return in_cache(archive, name, cache, whole)
        except OSError as error:
            why = error.strerror or error
        tell(UNWRITABLE, place=cache, why=why)
    import atexit
    import shutil
    import tempfile

    try:
        folder = Path(tempfile.mkdtemp(prefix="posrig-unpacked-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)  # on Windows a native part that is loaded stays
        unpack(archive, folder)
    except OSError as error:
        raise CannotStart(NOWHERE, why=error.strerror or error) from error
    return folder


def in_cache(archive: Path, name: str, cache: Path, whole: bool = False) -> Path:
    """As `place`.  Raises CannotStart, and OSError where the cache cannot be written."""
    folder = cache / name
    for _ in range(TRIES):
        held = hold(folder)
        whole_there = intact(folder, name, whole)
        if held is not None and whole_there:
            _held.append(held)
            return folder
        if held is not None:
            held.close()
        if not whole_there and folder.exists():
            remove(folder)
        if folder.exists():  # another process was faster, or uses what is broken
            continue
        cache.mkdir(parents=True, exist_ok=True)
        new = cache / (NEW + os.urandom(8).hex())
        try:
            unpack(archive, new)
            rename(new, folder)
        except BaseException as error:
            wipe(new)
            if not (isinstance(error, OSError) and folder.exists()):
                raise
        sweep(cache, name)
    raise OSError(f"{folder} does not stay")


def unpack(archive: Path, folder: Path) -> None:
    """Write everything into `folder`, each file on the disk before this returns.  Raises CannotStart for a damaged file
    or a full disk, OSError for what else keeps it from being written."""
    import errno
    import zipfile
    import zlib
    from concurrent.futures import ThreadPoolExecutor

    tell(UNPACKING)
    size = 0
    try:
        with zipfile.ZipFile(archive) as packed, ThreadPoolExecutor(WRITERS) as writers:
            raw = packed.read(CONTENTS)
            files = wanted(raw)
            size = sum(octets for octets, _ in files.values())
            for one in sorted({folder, *(folder.joinpath(name).parent for name in files)}):
                one.mkdir(parents=True, exist_ok=True)

            def write(name: str) -> None:
                data = packed.read(name)
                if hashlib.sha256(data).hexdigest() != files[name][1]:
                    raise zipfile.BadZipFile(name)
                write_durably(folder / name, data)

            for _ in writers.map(write, files):
                pass
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError) as error:
        raise CannotStart(DAMAGED, why=error) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise CannotStart(FULL, place=folder.parent, size=(size >> 20) + 1) from error
        raise
    write_durably(folder / IN_USE, b"")
    write_durably(folder / CONTENTS, raw)  # last: what lacks it is not whole


def wanted(raw: bytes) -> dict[str, tuple[int, str]]:
    """Octets and SHA-256 of each file that this Python uses, by its path.  Raises ValueError, KeyError."""
    listed: dict[str, tuple[int, str, str]] = json.loads(raw)["files"]
    return {path: (octets, digest) for path, (octets, digest, tag) in listed.items() if tag in ("", TAG)}


def write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


# is it whole, is it used ----------------------------------------------------------------------------------------


def intact(folder: Path, name: str, whole: bool = False) -> bool:
    """Whether the folder holds what its name promises: the list by its hash, each file by its size (`whole`: by its
    hash as well)."""
    try:
        raw = (folder / CONTENTS).read_bytes()
        if f"-{hashlib.sha256(raw).hexdigest()[:16]}-" not in name:
            return False
        files = wanted(raw)
        there = sizes(folder)
        if any(there.get(path) != octets for path, (octets, _) in files.items()):
            return False
        return not whole or all(
            hashlib.sha256((folder / path).read_bytes()).hexdigest() == digest for path, (_, digest) in files.items()
        )
    except (OSError, ValueError, KeyError):
        return False


def sizes(folder: Path) -> dict[str, int]:
    """Octets of each file below, by its path with forward slashes.  A folder is listed in one call, which on Windows
    tells all sizes; asking for each file there would take longer than everything else together."""
    found: dict[str, int] = {}
    waiting = [(str(folder), "")]
    while waiting:
        path, prefix = waiting.pop()
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != "__pycache__":
                        waiting.append((entry.path, f"{prefix}{entry.name}/"))
                else:
                    found[prefix + entry.name] = entry.stat().st_size
    return found


def hold(folder: Path) -> IO[bytes] | None:
    """Say that the folder is in use, for as long as the file stays open.  None: it is not there, or goes just now."""
    path = folder / IN_USE
    try:
        file = path.open("rb")
    except OSError:
        return None
    try:
        share(file)
        if os.path.samestat(os.fstat(file.fileno()), path.stat()):  # else it was renamed between the two
            with suppress(OSError):  # somebody prepared the folder for others, who may only read it
                os.utime(path)
            return file
    except OSError:
        pass
    file.close()
    return None


def share(file: IO[bytes]) -> None:
    """Raises BlockingIOError while somebody removes the folder.  A file system may have no locks; there, none goes."""
    try:
        if LOCKS:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        pass


def remove(folder: Path) -> None:
    """Remove a folder that nobody uses; one in use stays."""
    try:
        used = folder / IN_USE
        if not LOCKS or not used.exists():
            away = moved(folder)
        else:
            with used.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                away = moved(folder)
    except OSError:
        return
    wipe(away)


def moved(folder: Path) -> Path:
    """The folder under a name that nobody looks for, so that none is seen half removed.  On Windows this fails while
    somebody has a file of it open.  Raises OSError."""
    away = folder.with_name(OLD + os.urandom(8).hex())
    folder.rename(away)
    return away


def rename(new: Path, folder: Path) -> None:
    """Raises OSError when another process was faster, or the folder cannot be renamed."""
    import time

    for wait_s in (*RENAME_WAITS_S, None):
        try:
            new.rename(folder)
            return
        except PermissionError:
            if wait_s is None or folder.exists():
                raise
            time.sleep(wait_s)


def sweep(cache: Path, name: str) -> None:
    """Remove old versions that nobody uses, all but the newest, and what interrupted unpackings have left."""
    import time

    now = time.time()
    others = []
    for entry in sorted(cache.iterdir()):
        try:
            if entry.name.startswith(OLD) or (entry.name.startswith(NEW) and now - entry.stat().st_mtime > STALE_S):
                wipe(entry)
            elif entry.name.startswith(SHOWN) and entry.name != name:
                used = entry / IN_USE
                others.append(((used if used.exists() else entry).stat().st_mtime, entry))
        except OSError:  # another process sweeps as well
            continue
    for _, entry in sorted(others, reverse=True)[KEPT - 1 :]:
        remove(entry)


def wipe(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


# what is said ---------------------------------------------------------------------------------------------------


def tell_about(folder: Path, name: str) -> int:
    """What is inside, with the licence of each part and where its text is."""
    contents: dict[str, Any] = json.loads((folder / CONTENTS).read_bytes())
    lines = [f"{name}  (Python {sys.version.split()[0]}, {sys.platform})", f"{folder}", ""]
    lines += [f"{one['name']} {one['version']}: {one['licence']}" for one in contents["packages"]]
    lines += ["", f"{folder / 'LICENSES.txt'}"]
    sys.stdout.write("\n".join(lines).encode(sys.stdout.encoding or "ascii", "replace").decode(sys.stdout.encoding))
    sys.stdout.write("\n")
    return 0


def fits(made_for: str, system: str, largest: int) -> bool:
    """Whether the native parts can be loaded here: the system, and a Python of 64 bits."""
    return {"linux": "linux", "windows": "win32"}[made_for] == system and largest > 2**32


def own_window(system: str, environment: Mapping[str, str], argv: list[str]) -> bool:
    """Whether the window goes away with this process, as after a double click on Windows: no argument, a console that
    nobody but the launcher and Python uses, and not from cmd.exe (it alone sets PROMPT)."""
    if system != "win32" or argv or "PROMPT" in environment or sys.stdin is None or not sys.stdin.isatty():
        return False
    import ctypes

    processes = (ctypes.c_uint32 * 8)()
    kernel32: Any = vars(ctypes)["windll"].kernel32  # elsewhere there is no such name
    return 0 < int(kernel32.GetConsoleProcessList(processes, len(processes))) <= 2
