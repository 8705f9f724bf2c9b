"""Where a record goes: page, JSON and PDF side by side, under a name that every system takes.

Nothing here fails a visit: what cannot be written is told, with the way out, and the result stands on the screen.
"""

from __future__ import annotations

import errno
import json
import os
import re
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protocols.text import Lang, Text

SN_MAX = 40
"""Characters of a serial number in a file's name."""
TWINS_MAX = 99
"""Records of one terminal and one minute."""
RESERVED = frozenset(
    (
        "CON",
        "PRN",
        "AUX",
        "NUL",
        "CONIN$",
        "CONOUT$",
        *(f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"),
    )
)
"""Names that Windows keeps for devices, whatever follows the first dot."""
NO_NAME = "terminal"

CANNOT_WRITE = Text("记录没有写到 {path}：{why}。{cure}", "The record was not written to {path}: {why}. {cure}")
WHY: Mapping[int, tuple[Text, Text]] = {
    errno.ENOSPC: (
        Text("磁盘已满", "the disk is full"),
        Text("请清理磁盘，或用 --record 另选文件夹", "Free some space, or choose another folder with --record"),
    ),
    errno.EROFS: (
        Text("磁盘只读", "the disk can only be read"),
        Text("请用 --record 另选可写的文件夹", "Choose a folder that can be written with --record"),
    ),
    errno.EACCES: (
        Text("没有写入权限", "this account may not write there"),
        Text("请用 --record 另选可写的文件夹", "Choose a folder that can be written with --record"),
    ),
}
OTHER_CURE = Text("请用 --record 另选文件夹", "Choose another folder with --record")
TOO_MANY = Text("同一分钟内的记录太多", "there are too many records of this minute")
NO_PAGE = Text("记录页没有生成：{why}；JSON 记录已保存", "The page was not made: {why}; the JSON record is kept")
STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, None where it was not, and what to tell about it."""

    html: Path | None = None
    json: Path | None = None
    pdf: Path | None = None
    notes: tuple[Text, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """All that is there, the page first."""
        return tuple(path for path in (self.html, self.pdf, self.json) if path is not None)


def write_record(document: Mapping[str, Any], folder: Path | None, lang: Lang, *, pdf: bool = False) -> Written:
    """Write page, JSON and, where `pdf` asks for it, PDF into `folder` (None: `default_folder`), which is made."""
    folder = default_folder() if folder is None else folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        record = _reserved(folder, stem_of(document))
    except OSError as error:
        return Written(notes=(_cannot(folder, error),))
    try:
        _put(record, json_of(document))
    except OSError as error:
        record.unlink(missing_ok=True)
        return Written(notes=(_cannot(record, error),))
    page, notes = _page(document, record.with_suffix(".html"), lang)
    printed, more = _pdf(page, lang) if pdf and page else (None, ())
    return Written(page, record, printed, notes + more)


def write_page(document: Mapping[str, Any], page: Path, lang: Lang, *, pdf: bool = False) -> Written:
    """Write the page of a record that is already kept elsewhere, in the place of one that is there; its folder is
    made."""
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return Written(notes=(_cannot(page, error),))
    there, notes = _page(document, page, lang)
    printed, more = _pdf(there, lang) if pdf and there else (None, ())
    return Written(there, None, printed, notes + more)


def put_json(document: Mapping[str, Any], target: str) -> Text | None:
    """The record as JSON to a file, or to standard output for `-`; what to tell where that failed."""
    if target == STDOUT:
        sys.stdout.flush()
        out = getattr(sys.stdout, "buffer", None)
        if out is None:  # a stand-in for standard output that takes only text
            sys.stdout.write(json_of(document).decode())
        else:  # UTF-8 whatever the code page of the console
            out.write(json_of(document))
            out.flush()
        return None
    try:
        _put(Path(target), json_of(document))
    except OSError as error:
        return _cannot(Path(target), error)
    return None


def json_of(document: Mapping[str, Any]) -> bytes:
    """The record as people may open it: indented, UTF-8, a line feed at its end."""
    return (json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def default_folder() -> Path:
    """`posrig/records` in the user's documents; where there is no such folder, in the user's data."""
    import platformdirs

    documents = Path(platformdirs.user_documents_dir())
    base = documents / "posrig" if documents.is_dir() else Path(platformdirs.user_data_dir("posrig", appauthor=False))
    return base / "records"


def stem_of(document: Mapping[str, Any]) -> str:
    """`SN-YYYYMMDD-HHMM`: the terminal, and when the visit ended, by the clock of the place."""
    digits = re.sub(r"\D", "", str(document["ended"])[:16])
    return f"{safe_name(str(document['facts'].get('sn') or ''))}-{digits[:8]}-{digits[8:12]}"


def safe_name(text: str) -> str:
    """A piece of a file's name that Windows, macOS and Linux take: letters, digits, `.`, `_` and `-`."""
    plain = unicodedata.normalize("NFC", text)
    plain = "".join(one if one.isalnum() or one in "._-" else "-" for one in plain)
    plain = re.sub("-{2,}", "-", plain)[:SN_MAX].strip(".-")
    if plain.partition(".")[0].upper() in RESERVED:
        plain = f"_{plain}"
    return plain or NO_NAME


def _reserved(folder: Path, stem: str) -> Path:
    """The name of the record, taken by an empty file: two visits at once never write to one.  Raises OSError."""
    for twin in range(1, TWINS_MAX + 1):
        path = folder / (f"{stem}.json" if twin == 1 else f"{stem}-{twin}.json")
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            continue
        return path
    raise OSError(errno.EEXIST, TOO_MANY.en)


def _put(path: Path, content: bytes) -> None:
    """The whole content or none of it.  Raises OSError."""
    from harness.stores.durable import replace_durably

    replace_durably(path, content)


def _page(document: Mapping[str, Any], path: Path, lang: Lang) -> tuple[Path | None, tuple[Text, ...]]:
    from .page import page_of

    try:
        _put(path, page_of(document, lang).encode())
    except ImportError as error:  # template engine or QR encoder will not load here
        return None, (NO_PAGE.format(why=error),)
    except OSError as error:
        return None, (_cannot(path, error),)
    return path, ()


def _pdf(page: Path, lang: Lang) -> tuple[Path | None, tuple[Text, ...]]:
    from .pdf import print_pdf

    target = page.with_suffix(".pdf")
    problem = print_pdf(page, target)
    return (target, ()) if problem is None else (None, (problem,))


def _cannot(path: Path, error: OSError) -> Text:
    known = WHY.get(error.errno or 0)
    said = error.strerror or str(error) or type(error).__name__
    why, cure = known or (Text(said, said), OTHER_CURE)
    return Text(
        CANNOT_WRITE.zh.format(path=path, why=why.zh, cure=cure.zh),
        CANNOT_WRITE.en.format(path=path, why=why.en, cure=cure.en),
    )
