"""The technician's own computer, as far as it can be looked at for nothing."""

from __future__ import annotations

from pathlib import Path

from protocols.text import Text

from ..model import Check, Figure, Finding, failed, passed
from ..visit import Visit

ID = "computer"
NOT_BEFORE = (2026, 11, 1)
"""No copy of this program is older, so no clock that is right shows an earlier day."""
NOT_AFTER_YEAR = 2099
FREE_MIB_MIN = 50
"""A record with its trace is below 1 MiB, an archive unpacks to 40 MiB (posrig's choice)."""
MIB = 1 << 20
FOLDER = "data_folder"
"""The fact that names where records are kept, where it is not the user's own folder."""

FREE = Text("磁盘可用空间", "free disk space")
FINE = Text("日期 {date}，记录可以保存", "it is {date}, and records can be kept")
BAD_DATE = Text("电脑日期为 {date}", "the computer has the date {date}")
FULL = Text("磁盘快满了", "the disk is nearly full")
NOT_WRITABLE = Text("文件夹 {folder} 不能写入", "the folder {folder} cannot be written")


def look_at_computer(visit: Visit) -> Finding:
    """Date, disk and folder of the records."""
    from harness.clock import wall_date

    today = wall_date()[:3]
    date = "{:04d}-{:02d}-{:02d}".format(*today)
    if today < NOT_BEFORE or today[0] > NOT_AFTER_YEAR:
        return failed(ID, "computer_clock", BAD_DATE.format(date=date), values={"date": date})
    folder = _folder(visit)
    free = _free_mib(folder)
    figures = () if free is None else (Figure("disk_free", FREE, free, "MiB", low=FREE_MIB_MIN),)
    trouble = None if _writable(folder) else NOT_WRITABLE.format(folder=folder)
    if trouble is None and free is not None and free < FREE_MIB_MIN:
        trouble = FULL
    if trouble is not None:
        return failed(ID, "computer_disk", trouble, *figures, values={"what": trouble.in_(visit.settings.lang)})
    return passed(ID, FINE.format(date=date), *figures)


def _folder(visit: Visit) -> Path:
    from ..options import own_folder

    return Path(visit.facts[FOLDER]) if FOLDER in visit.facts else own_folder("data")


def _there(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists: it is made when the first record is."""
    return next((one for one in (folder, *folder.parents) if one.exists()), folder)


def _free_mib(folder: Path) -> int | None:
    import shutil

    try:
        return shutil.disk_usage(_there(folder)).free // MIB
    except OSError:
        return None


def _writable(folder: Path) -> bool:
    """Tried, because rights of folders say little on Windows."""
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=_there(folder)):
            return True
    except OSError:
        return False


COMPUTER = Check(
    ID,
    "bench",
    Text("这台电脑", "this computer"),
    Text("看电脑的日期、磁盘空间和保存记录的文件夹", "looks at its date, its disk and the folder of the records"),
    look_at_computer,
    required=False,
)
