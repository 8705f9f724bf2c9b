"""The printer: paper, jam, heat, ribbon, and the image that comes out.

Printing comes after booking and may stop at any line.  A slip that did not come out whole stays due: `reprint` brings
it, marked as a copy, once the fault is mended, and so does the next start; nothing comes out by itself meanwhile, so
that the paper in somebody's hand is never a surprise (posrig's choice).

The printer knows paper, jam and heat.  What the image looks like it cannot know: a worn ribbon prints with status good.
The image is measured (`raster`) by whoever looks at the paper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from protocols.text import Text

from ...arguments import takes
from ...machine import Json, Record
from ..slips import COPIES
from . import raster
from .defect import Act, Defect, Value
from .device import SINCE_USES, Fitted
from .parts import FAILED, part_number

if TYPE_CHECKING:
    from ..account import Entry
    from ..desk import Desk
    from ..settings import Profile

PRINTER = "printer"
JAM, PAPER_OUT, HOT, RIBBON_WORN, HEAD_WORN = (
    "paper_jam",
    "paper_out",
    "printer_overheated",
    "ribbon_worn",
    "head_worn",
)
STOPS = (FAILED, JAM, PAPER_OUT, HOT)
"""What stops the paper, the gravest first."""
PAPER, RIBBON = "paper", "ribbon"
"""Supplies that are used up line by line."""
NEW_INK_PERCENT = 80
"""How black a fresh ribbon, or a thermal head, prints against white paper (posrig's choice)."""
HEAD_LIFE_LINES = 12_500_000
"""Of a thermal head: 50 km of paper at 4 mm per line, as makers rate small ones.  Afterwards columns die."""
LINES_PER_DEAD_COLUMN = HEAD_LIFE_LINES // 100
STOPPED: Mapping[str, Text] = {
    FAILED: Text("打印机故障", "The printer is broken"),
    JAM: Text("打印机卡纸，请清除", "Paper jam, please clear it"),
    PAPER_OUT: Text("打印机缺纸，请装纸", "Out of paper, please load a roll"),
    HOT: Text("打印头过热，请等待冷却", "The print head is too hot, please let it cool"),
}
PAPER_LOW = Text("纸将用尽", "Paper is running out")
DUE_SLIPS = Text("有 {count} 张单据未打印，请重打印", "Slips that were not printed: {count}, please reprint")
NO_RIBBON = Text("本机为热敏打印机，没有色带", "this printer is a thermal one and has no ribbon")


class Run(NamedTuple):
    """What became of a slip: `whole`: all of it came out; `records` of the wear; `look`: how it looks."""

    whole: bool
    records: list[Record]
    look: raster.Look


class Room(NamedTuple):
    """`lines` that still come out, None: no end is in sight; `why`: which of STOPS ends it."""

    lines: int | None
    why: str


def count(settings: Mapping[str, Json], name: str) -> int:
    """A setting that counts something; 0 for what is no count."""
    value = settings.get(name)
    return max(value, 0) if isinstance(value, int) else 0


def room(fitted: Fitted, profile: Profile) -> Room:
    """How far the printer comes before a fault stops it."""
    found: list[Room] = []
    for what in STOPS:
        settings = fitted.defects.get(what)
        if settings is not None:
            end = count(settings, SINCE_USES) + count(settings, "after_lines")
            found.append(Room(max(0, end - fitted.uses), what))
    if profile.paper_lines:
        found.append(Room(max(0, profile.paper_lines - used(fitted, PAPER)), PAPER_OUT))
    return min(found, key=lambda one: one.lines or 0, default=Room(None, ""))


def used(fitted: Fitted, supply: str) -> int:
    """Lines that this roll, or this ribbon, has printed."""
    return fitted.uses - fitted.loaded.get(supply, 0)


def ink_percent(fitted: Fitted, profile: Profile, lines: int = 0) -> int:
    """How black the printer prints after `lines` more lines.

    A ribbon prints half as black at the end of its rated life, and so on by halves (posrig's choice; makers rate a
    life, not a curve).  A thermal head prints as black as ever until its dots die.
    """
    worn = fitted.defects.get(RIBBON_WORN)
    if worn is not None:
        return min(count(worn, "ink_percent"), NEW_INK_PERCENT)
    if profile.print_method == "thermal":
        return NEW_INK_PERCENT
    lines_used = used(fitted, RIBBON) + lines
    return round(NEW_INK_PERCENT * float(0.5 ** (lines_used / profile.ribbon_lines)))


def dead_columns(fitted: Fitted, profile: Profile, number: str) -> int:
    """The columns where the head prints nothing, as a bit set.  Which ones die first follows from the part's number."""
    worn = fitted.defects.get(HEAD_WORN)
    dead = 0 if worn is None else count(worn, "columns")
    if profile.print_method == "thermal":
        dead += max(0, fitted.uses - HEAD_LIFE_LINES) // LINES_PER_DEAD_COLUMN
    if not dead:
        return 0
    order = sorted(range(raster.DOTS_ACROSS), key=lambda at: blake2b(f"{number}/{at}".encode(), digest_size=8).digest())
    return sum(1 << at for at in order[:dead])


def state(desk: Desk) -> str:
    """Which of STOPS keeps the printer from printing now; "": it is good, as far as it knows."""
    found = room(desk.state.device.part(PRINTER), desk.profile)
    return found.why if found.lines == 0 else ""


def put_out(desk: Desk, slip: Mapping[str, Json], lines: Sequence[Text]) -> Run:
    """Print a slip as far as it goes.

    One that is cut says `complete` false and has the lines that came out; of one that never began there is no slip.
    """
    if not desk.profile.has_printer:
        return Run(True, [], raster.look(()))
    fitted = desk.state.device.part(PRINTER)
    left, why = room(fitted, desk.profile)
    out = len(lines) if left is None else min(len(lines), left)
    seen = _image(desk, fitted, lines[:out])
    if out:
        paper: dict[str, Json] = {**slip, "lines": [{"zh": line.zh, "en": line.en} for line in lines[:out]]}
        desk.note("slip", paper if out == len(lines) else {**paper, "complete": False}, shown=True)
        image: dict[str, Json] = {"copy": slip["copy"], "stan": slip["stan"], "contrast_percent": seen.contrast_percent}
        desk.note("image", {**image, "blank_columns": seen.blank_columns, "legible": seen.legible}, shown=True)
    worn: list[Record] = [{"kind": "worn", "part": PRINTER, "uses": out}] if out else []
    if out < len(lines):
        told: dict[str, Json] = {"part": PRINTER, "what": why, "ok": False, "count": out}
        desk.note("part", {**told, "percent": 100 * out // len(lines), "id": part_number(desk, PRINTER)}, shown=True)
        desk.show(STOPPED[why])
    elif left is not None and why == PAPER_OUT and left - out <= desk.profile.paper_low_lines:
        low: dict[str, Json] = {"part": PRINTER, "what": "paper_low", "ok": True, "count": left - out}
        desk.note("part", low, shown=True)
        desk.show(PAPER_LOW)
    return Run(out == len(lines), worn, seen)


def _image(desk: Desk, fitted: Fitted, lines: Sequence[Text]) -> raster.Look:
    """What whoever stands there sees on the paper: the Chinese lines."""
    dead = dead_columns(fitted, desk.profile, part_number(desk, PRINTER))
    return raster.look(
        [raster.printed(line.zh, ink_percent(fitted, desk.profile, n), dead) for n, line in enumerate(lines, 1)]
    )


def due_reports(desk: Desk) -> bool:
    """Print the reports that wait, marked as a copy; whether all of them came out."""
    while desk.state.device.due_slips:
        report = desk.state.device.due_slips[0]
        lines = [COPIES["reprint"], *(Text(line["zh"], line["en"]) for line in report["lines"])]
        run = put_out(desk, {**report, "copy": "reprint"}, lines)
        desk.save(*run.records, *([{"kind": "slip_came"}] if run.whole else []))
        if not run.whole:
            return False
    return True


def refusal(desk: Desk) -> str | None:
    """Why no new transaction is started: only where the parameters say that there must be a slip."""
    return "printer_fault" if desk.config.printer_required and state(desk) else None


def warn(desk: Desk) -> None:
    """Before a transaction: the printer is out, or slips are due."""
    why = state(desk)
    if why:
        desk.show(STOPPED[why])
    tell_due(desk)


def due_stans(desk: Desk) -> list[str]:
    """Trace numbers whose slip did not come out (whole)."""
    return [entry.stan for _, entry in due_entries(desk)]


def due_entries(desk: Desk) -> list[tuple[int, Entry]]:
    """Entries whose slip did not come out (whole), with the number of their account.  A settlement changes nothing in
    that: somebody still waits for his receipt."""
    if not desk.profile.has_printer:
        return []
    return [(a.number, entry) for a in desk.state.accounts for entry in a.entries if not entry.printed]


def tell_due(desk: Desk) -> None:
    """Show how many slips wait to be printed."""
    waiting = len(due_stans(desk)) + len(desk.state.device.due_slips)
    if waiting:
        desk.show(DUE_SLIPS.format(count=waiting))


# what people do


def _mended(desk: Desk, *records: Record) -> Value:
    desk.save(*records)
    why = state(desk)
    desk.note("part", {"part": PRINTER, "what": why or "ready", "ok": not why}, shown=True)
    tell_due(desk)
    return {"printer": why or "ready", "due": due_stans(desk)}, True


def _off(what: str) -> Record:
    return {"kind": "defect", "part": PRINTER, "what": what, "on": False}


def _load_paper(desk: Desk, args: Mapping[str, Json]) -> Value:
    return _mended(desk, _off(PAPER_OUT), {"kind": "loaded", "part": PRINTER, "supply": PAPER})


def _clear_jam(desk: Desk, args: Mapping[str, Json]) -> Value:
    return _mended(desk, _off(JAM))


def _cool_down(desk: Desk, args: Mapping[str, Json]) -> Value:
    return _mended(desk, _off(HOT))


def _load_ribbon(desk: Desk, args: Mapping[str, Json]) -> Value:
    if desk.profile.print_method != "ribbon":
        return {"error": {"zh": NO_RIBBON.zh, "en": NO_RIBBON.en}}, False
    return _mended(desk, _off(RIBBON_WORN), {"kind": "loaded", "part": PRINTER, "supply": RIBBON})


_AFTER: Mapping[str, Json] = {"after_lines": 0}
_INK = {"ink_percent": (0, NEW_INK_PERCENT)}
_COLUMNS = {"columns": (1, raster.DOTS_ACROSS)}
DEFECTS: Mapping[str, Defect] = {
    PAPER_OUT: Defect(PRINTER, Text("打印机缺纸", "The printer is out of paper"), True, _AFTER),
    JAM: Defect(PRINTER, Text("打印机卡纸", "The paper is jammed"), True, _AFTER),
    HOT: Defect(PRINTER, Text("打印头过热", "The print head is too hot"), True, _AFTER),
    RIBBON_WORN: Defect(PRINTER, Text("色带用旧", "The ribbon is worn"), False, {"ink_percent": 10}, within=_INK),
    HEAD_WORN: Defect(
        PRINTER, Text("打印头有坏点", "Dots of the print head are dead"), False, {"columns": 60}, within=_COLUMNS
    ),
}
ACTS: Mapping[str, Act] = {
    "load_paper": Act(Text("装入新纸卷", "Load a new roll of paper"), takes(), _load_paper),
    "clear_jam": Act(Text("清除卡纸", "Clear the jam"), takes(), _clear_jam),
    "cool_down": Act(Text("打开机盖，等打印头冷却", "Open the cover and let the print head cool"), takes(), _cool_down),
    "load_ribbon": Act(Text("换上新色带", "Put in a new ribbon"), takes(), _load_ribbon),
}
