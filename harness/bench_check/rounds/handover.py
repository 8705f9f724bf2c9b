"""A round handed over: one ZIP with the results, the records and their pages, and what proves that nothing is missing.

    results.csv          opens in Excel: UTF-8 with a mark, no cell that Excel would compute
    list.csv             the list as it came
    round.json           the state (`progress`), schema posrig-round/1
    sheet.html           the record sheet
    records/NNN-ID.json  each visit's record
    pages/NNN-ID.html    the same as a page
    manifest.json        SHA-256 and length of each of them

The same round at the same time gives the same ZIP, octet for octet.  A hand-over that was cut or changed is refused as
a whole; the manifest is no signature, so whoever changes it on purpose is not found out.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protocols.errors import ScenarioError
from protocols.text import Lang, Text

from . import round_words as words
from .progress import STATUSES, Progress, merge, progress_of
from .sheet import found_of, next_of, sheet_of
from .terminals import COLUMNS

if TYPE_CHECKING:
    from zipfile import ZipFile

    from harness.stores.rounds import RoundStore
    from harness.stores.visits import VisitStore

SCHEMA = "posrig-handover/1"
MANIFEST, STATE, LIST, RESULTS, SHEET = "manifest.json", "round.json", "list.csv", "results.csv", "sheet.html"
FILES_MAX = 5_000
FILE_OCTETS_MAX = 16 * 1024 * 1024
TOTAL_OCTETS_MAX = 512 * 1024 * 1024
DATE = (1980, 1, 1, 0, 0, 0)
"""Of each file inside: the earliest that a ZIP can tell, so that time is no part of it."""
COMPUTED = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes as the beginning of a formula (OWASP, CSV injection)."""
LONG_NUMBER = 12
"""Digits from which Excel shows a number rounded; such a cell gets an apostrophe, which `read_list` takes off again."""

RESULT_COLUMNS: tuple[Text, ...] = (
    Text("结果", "Result"), Text("时间", "Time"), Text("实测序列号", "Serial number found"), Text("发现", "Found"),
    Text("下一步", "Next"), Text("技术员", "Technician"), Text("检查编号", "Visit"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken over: results `taken`; results where those `kept` here count; `unknown` to the list or for
    another date than it has.  `progress` is the round with them."""

    progress: Progress
    taken: int
    kept: int
    unknown: int


def results_csv(progress: Progress, lang: Lang) -> bytes:
    """The list with its results, one line for each terminal."""
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([name.in_(lang) for name in (Text("序号", "No."), *COLUMNS.values(), *RESULT_COLUMNS)])
    for entry in progress.entries:
        result = dict(progress.result(entry))
        listed = [str(getattr(entry, name)) for name in COLUMNS]
        told = [
            STATUSES[progress.status(entry)].in_(lang), str(result.get("at", "")), str(result.get("sn", "")),
            found_of(result, lang, len(result.get("faults") or ())), next_of(result, lang),
            str(result.get("technician", "")), str(result.get("visit", "")),
        ]  # fmt: skip
        writer.writerow([guarded(one) for one in (str(entry.number), *listed, *told)])
    return out.getvalue().encode("utf-8-sig")


def guarded(cell: str) -> str:
    """A cell that a spreadsheet shows as it is."""
    long = cell.isascii() and cell.isdecimal() and len(cell) >= LONG_NUMBER
    return f"'{cell}" if cell.startswith(COMPUTED) or long else cell


def export_round(path: Path, progress: Progress, listed: bytes, store: VisitStore, at: str, lang: Lang) -> None:
    """Write the hand-over to `path`.  `listed`: the list's file; `at`: now, ISO 8601.  Raises ScenarioError."""
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    from harness.stores.durable import replace_durably

    files = dict(_files(progress, listed, store, at, lang))
    proof = {name: {"sha256": sha256(content).hexdigest(), "octets": len(content)} for name, content in files.items()}
    files[MANIFEST] = _json({"schema": SCHEMA, "name": progress.name, "at": at, "files": proof})
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = ZipInfo(name, DATE)
            info.compress_type = ZIP_DEFLATED
            info.create_system = 3  # the same on every system
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    try:
        replace_durably(path, out.getvalue())
    except OSError as error:
        raise ScenarioError(
            words.CANNOT_WRITE.format(path=path, why=error.strerror or error), words.OTHER_FOLDER
        ) from error


def _files(progress: Progress, listed: bytes, store: VisitStore, at: str, lang: Lang) -> Iterator[tuple[str, bytes]]:
    from ..history import is_record
    from ..record.page import page_of

    yield RESULTS, results_csv(progress, lang)
    yield LIST, listed
    yield STATE, _json(progress.json())
    yield SHEET, sheet_of(progress, at, lang).encode()
    for entry in progress.entries:
        result = progress.result(entry)
        document = store.document(str(result.get("sn", "")), str(result.get("visit", "")))
        if document is not None and is_record(document):
            name = f"{entry.number:03}-{document['id']}"
            yield f"records/{name}.json", _json(document)
            yield f"pages/{name}.html", page_of(document, lang).encode()


def import_round(path: Path, progress: Progress, rounds: RoundStore, store: VisitStore) -> Imported:
    """Take over the results of a hand-over (`progress.merge` has the rules), and its records into the history.
    Raises ScenarioError for one that is not intact or of another round, StoreError."""
    files = read_handover(path)
    theirs = progress_of("", _parsed(path, files, STATE)).results
    due = {entry.key: entry.due for entry in progress.entries}
    told = {key: one for key, one in theirs.items() if due.get(key) == one.get("due", "")}
    if not told and theirs:
        raise ScenarioError(words.OTHER_ROUND.format(name=progress.name), words.OTHER_ROUND_CURE)
    for name in files:
        if name.startswith("records/"):
            _keep(store, _parsed(path, files, name))
    before: Mapping[str, Any] = {}

    def merged(state: dict[str, Any] | None) -> dict[str, Any]:
        nonlocal before
        state = state or progress.json()
        before = state["results"]
        return {**state, "results": merge(before, told)}

    after = progress_of(progress.id, rounds.change(progress.id, merged))
    taken = sum(after.results[key] != before.get(key) for key in told)
    return Imported(after, taken, len(told) - taken, len(theirs) - len(told))


def list_of(path: Path) -> bytes:
    """The list of a hand-over, for whoever has none.  Raises ScenarioError."""
    return read_handover(path)[LIST]


def read_handover(path: Path) -> dict[str, bytes]:
    """Every file of a hand-over, once each is sure to be what was written.  Raises ScenarioError."""
    from zipfile import BadZipFile, ZipFile
    from zlib import error as ZlibError

    try:
        with ZipFile(path) as archive:
            manifest = json.loads(_content(path, archive, MANIFEST))
            proof = manifest["files"] if manifest["schema"] == SCHEMA else {}
            if len(proof) > FILES_MAX or sum(int(one["octets"]) for one in proof.values()) > TOTAL_OCTETS_MAX:
                raise _broken(path, words.TOO_BIG.format(name=path.name))
            files = {name: _content(path, archive, name) for name in proof}
    except OSError as error:
        raise ScenarioError(
            words.CANNOT_READ.format(path=path, why=error.strerror or error), words.OTHER_FOLDER
        ) from error
    except (BadZipFile, ZlibError, EOFError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise _broken(path, Text(str(error) or "?", str(error) or "?")) from error
    for name, one in proof.items():
        if sha256(files[name]).hexdigest() != one.get("sha256"):
            raise _broken(path, words.CHANGED.format(name=name))
    for name in (STATE, LIST):
        if name not in files:
            raise _broken(path, words.NOT_NAMED.format(name=name))
    return files


def _content(path: Path, archive: ZipFile, name: str) -> bytes:
    """One file, of which no more is unpacked than it may have."""
    if name not in archive.namelist():
        raise _broken(path, words.NOT_NAMED.format(name=name))
    with archive.open(name) as file:
        content = file.read(FILE_OCTETS_MAX + 1)
    if len(content) > FILE_OCTETS_MAX:
        raise _broken(path, words.TOO_BIG.format(name=name))
    return content


def _parsed(path: Path, files: Mapping[str, bytes], name: str) -> Any:
    try:
        return json.loads(files[name])
    except (ValueError, RecursionError) as error:
        raise _broken(path, words.CHANGED.format(name=name)) from error


def _keep(store: VisitStore, document: Any) -> None:
    """A record of somebody else's goes into the history, unless it is there; what is none is left out."""
    from ..history import is_record

    if is_record(document):
        sn = str(document["facts"].get("sn") or "")
        if store.document(sn, document["id"]) is None:
            store.keep(document["id"], document)


def _broken(path: Path, why: Text) -> ScenarioError:
    from ..reader.words import filled

    return ScenarioError(filled(words.NO_HANDOVER, path=path, why=why), words.AGAIN)


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False).encode()
