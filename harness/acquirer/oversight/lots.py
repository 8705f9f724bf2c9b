"""Production lots (生产批次): the maker's list, the state that devices upload, the lots that are recalled.

A terminal tells which of its parts work when the header of a reply asks for it (requirement 2, then 0820 / 362 with the
device items of Q/CUP 009).  The provider counts by lot and judges nothing: whether so many can be chance is for whoever
reads the report.  That the maker hands over a list of serial numbers is posrig's choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from protocols.errors import DecodeError
from protocols.text import Text
from protocols.unionpay.private.f62_lists import DEVICE_NAMES, parse_status

from ..asks import Args, Refused, Value, bad_argument, text_of
from ..replies import Outcome
from ..turn import Turn
from ..wire import Request

STATUS = "status"
"""What a terminal has to do that is asked for its state (`Terminal.needs`)."""
FAULTY = b"0"
LOTS_MAX = 1_000
DEVICES_MAX = 100_000
"""On the maker's lists together, and in one list."""


def produced(turn: Turn, args: Args) -> Value:
    """`{lot, sns}`: the maker's list of the devices of a lot -> `{lot, devices}`.  Raises Refused."""
    lot, sns = _lot(turn, args), args.get("sns")
    longest = turn.settings.limits.text_length
    if not isinstance(sns, list | tuple) or not all(isinstance(sn, str) and 0 < len(sn) <= longest for sn in sns):
        raise bad_argument("sns", "应为序列号列表", "must be a list of serial numbers")
    book = turn.state.lots
    if len({*book.of, *sns}) > DEVICES_MAX or len({*book.of.values(), lot}) > LOTS_MAX:
        raise bad_argument(
            "sns", f"至多 {DEVICES_MAX} 台、{LOTS_MAX} 批", f"at most {DEVICES_MAX} devices, {LOTS_MAX} lots"
        )
    turn.record("lot_produced", lot=lot, sns=list(dict.fromkeys(sns)))
    return {"lot": lot, "devices": len(book.devices(lot))}


def _lot(turn: Turn, args: Args) -> str:
    lot = text_of(turn, args, "lot")
    if not lot or not lot.isprintable():
        raise bad_argument("lot", "应为批号", "must be the number of a lot")
    return lot


def demand_status(turn: Turn, args: Args) -> Value:
    """Every terminal in use is to tell its state, with its next sign-in -> `{terminals}`."""
    asked = [terminal for terminal in turn.state.terminals.values() if terminal.activated and not terminal.main]
    for terminal in asked:
        if STATUS not in terminal.needs:
            turn.record("terminal_changed", terminal=terminal.key, needs=[*terminal.needs, STATUS])
    return {"terminals": len(asked)}


def uploaded(turn: Turn, request: Request) -> Outcome:
    """0820 / 362: the parts that the device says are broken.  A list that cannot be read is taken note of like one that
    says nothing: no source has an answer for it."""
    terminal = request.terminal
    if terminal is None:
        return Outcome()
    if STATUS in terminal.needs:
        turn.record("downloaded", terminal=terminal.key, what=STATUS)
    try:
        items = parse_status(request.message.octets(62) or b"").items
    except DecodeError:
        items = ()
    told = {item.code: item.value for item in items if item.code in DEVICE_NAMES}
    if told and terminal.sn:
        faulty = sorted(code for code, value in told.items() if value == FAULTY)
        turn.record("device_status", sn=terminal.sn, faulty=faulty)
    return Outcome()


def report(turn: Turn, args: Args) -> Value:
    """`{lot} -> {lots: [{lot, devices, reported, recalled, faulty: [{part, zh, en, count}]}]}`: of one lot, or of all.

    `reported`: devices that told their state; `part`: the device item of the status upload (01 to 05).
    """
    book, wanted = turn.state.lots, text_of(turn, args, "lot", "")
    rows = [_row(turn, lot) for lot in dict.fromkeys(book.of.values()) if wanted in ("", lot)]
    if wanted and not rows:
        raise Refused("lot_unknown", Text(f"没有批次 {wanted}", f"there is no lot {wanted}"))
    return {"lots": rows}


def _row(turn: Turn, lot: str) -> dict[str, Any]:
    book = turn.state.lots
    told = [book.faulty[sn] for sn in book.devices(lot) if sn in book.faulty]
    counts = {code: sum(code in codes for codes in told) for code in DEVICE_NAMES}
    faulty = [
        {"part": code, "zh": DEVICE_NAMES[code].zh, "en": DEVICE_NAMES[code].en, "count": count}
        for code, count in counts.items()
        if count
    ]
    standing = {"devices": len(book.devices(lot)), "reported": len(told), "recalled": lot in book.recalled}
    return {"lot": lot, **standing, "faulty": faulty}


def recall(turn: Turn, args: Args) -> Value:
    """`{lot}`: its devices are taken back; each merchant may ask for a replacement (`replacement`, reason `recalled`)
    -> `{lot, devices: [serial numbers]}`.  Raises Refused."""
    lot = _lot(turn, args)
    devices = turn.state.lots.devices(lot)
    if not devices:
        raise Refused("lot_unknown", Text(f"没有批次 {lot}", f"there is no lot {lot}"))
    if lot not in turn.state.lots.recalled:
        turn.record("lot_recalled", lot=lot, at_us=turn.now)
        turn.changed("lot", lot, "", "recalled", "recall")
    return {"lot": lot, "devices": devices}


PORTAL: Mapping[str, Callable[[Turn, Args], Value]] = {"lots": report}
CONTROL: Mapping[str, Callable[[Turn, Args], Value]] = {
    "lots": report,
    "lot": produced,
    "demand_status": demand_status,
    "recall": recall,
}
