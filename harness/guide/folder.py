"""The folder that the guide is written into: ours by a marker file, which names every file that was written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from protocols.errors import LocalError
from protocols.text import Text

MARKER = ".posrig-guide"
MARKER_OCTETS_MAX = 1_000_000
"""A guide has a few hundred files."""
_OURS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")

NOT_OURS = Text("{path} 不是 posrig 指南的目录，里面已有文件", "{path} has files in it and is no guide of posrig's")
NOT_OURS_CURE = Text("换一个新的或空的目录", "Choose a new or an empty folder")
NOT_WRITTEN = Text("写不了 {path}：{why}", "{path} cannot be written: {why}")
NOT_WRITTEN_CURE = Text("检查路径、权限与磁盘空间", "Check path, rights and free space")


def is_guide(folder: Path) -> bool:
    """Whether a guide was written there."""
    try:
        return (folder / MARKER).is_file()
    except OSError:
        return False


def check_ours(folder: Path) -> None:
    """Raises LocalError for a folder with files of somebody else's in it, or something that is no folder."""
    try:
        if folder.exists() and not is_guide(folder) and any(folder.iterdir()):
            raise LocalError(NOT_OURS.format(path=folder), NOT_OURS_CURE)
    except OSError as error:
        raise _not_written(folder, error) from error


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write `files` (path below `folder` to text), and remove what an earlier guide wrote and this one does not.

    Nothing else is touched.  Raises LocalError.
    """
    check_ours(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        old = _written(folder)
        # Both lists first: whoever is interrupted here leaves no file behind that the next one would not know.
        _note(folder, old | set(files))
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        for name in sorted(old - set(files)):
            (folder / name).unlink(missing_ok=True)
        _note(folder, set(files))
    except OSError as error:
        raise _not_written(Path(error.filename) if error.filename else folder, error) from error


def _note(folder: Path, names: set[str]) -> None:
    (folder / MARKER).write_text("".join(f"{name}\n" for name in sorted(names)), encoding="utf-8", newline="\n")


def _written(folder: Path) -> set[str]:
    """What the marker names; a name that is none of ours, or leads out of the folder, is not believed."""
    try:
        with (folder / MARKER).open(encoding="utf-8", errors="replace") as file:
            names = file.read(MARKER_OCTETS_MAX).splitlines()
    except FileNotFoundError:
        return set()
    return {name for name in names if _OURS.fullmatch(name) and ".." not in PurePosixPath(name).parts}


def _not_written(path: Path, error: OSError) -> LocalError:
    return LocalError(NOT_WRITTEN.format(path=path, why=error.strerror or error), NOT_WRITTEN_CURE)
