"""`bench-check --history`: all terminals, or one of them, as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from protocols.errors import ScenarioError
from protocols.text import Lang, Text

from . import is_record, since

if TYPE_CHECKING:
    from harness.stores.visits import VisitStore

SHOWN_MAX = 200
"""Terminals in the list, those seen last first."""
VISITS_MAX = 50
FAULTS_MAX = 3
"""Faults named in a visit's one line."""

WHOLES: Mapping[str, Text] = {
    "passed": Text("通过", "passed"),
    "failed": Text("不通过", "failed"),
    "incomplete": Text("不完整", "incomplete"),
}
NONE = Text("还没有历史记录", "there is no history yet")
COUNT = Text("{count} 台终端", "{count} terminals")
LINE = Text("{sn}  {at}  {whole}  共 {visits} 次", "{sn}  {at}  {whole}  visits: {visits}")
FURTHER = Text("……另有 {count} 台，用 --history 序列号 查看", "... and {count} more: --history SN shows one")
HEAD = Text("序列号 {sn}  {more}", "Serial number {sn}  {more}")
VISIT = Text("{at}  {whole}  {technician}  {faults}", "{at}  {whole}  {technician}  {faults}")
CHANGED, MOVES = Text("与以前相比：", "Since earlier visits:"), Text("指标与磨损：", "Figures and wear:")
SERIES_MAX = 8
NO_SN = "-"
"""What is said for visits whose serial number was never found out."""
UNKNOWN = Text("-（序列号未知）", "- (serial number not known)")
NOBODY = Text("没有 {said} 的历史记录", "there is no history of {said}")
NEAR = Text("没有 {said} 的历史记录；相近的有 {names}", "there is no history of {said}; there is {names}")
CURE = Text("bench-check --history 列出全部终端", "bench-check --history lists all terminals")


def history_lines(store: VisitStore, said: str, lang: Lang) -> Iterator[str]:
    """The list of terminals ("" said), or what is known of one.  Raises ScenarioError for one that nobody visited."""
    yield from _terminal_lines(history_data(store, said), lang) if said else _list_lines(terminals(store), lang)
    yield from (note.in_(lang) for note in store.notes)


def history_json(store: VisitStore, said: str) -> dict[str, Any]:
    """`{terminals: [{sn, visits, last, whole}]}`, or `history_data` of one.  Raises ScenarioError."""
    return history_data(store, said) if said else {"terminals": terminals(store)}


def terminals(store: VisitStore) -> list[dict[str, Any]]:
    """Every terminal, the one seen last first: `{sn, visits, last, whole}`."""
    found = []
    for sn in store.serial_numbers():
        newest = next((one for one in store.visits(sn, 1) if is_record(one)), None)
        last, whole = (newest["started"], newest["conclusion"]["whole"]) if newest else ("", "")
        found.append({"sn": sn, "visits": store.count(sn), "last": last, "whole": whole})
    return sorted(found, key=lambda one: str(one["last"]), reverse=True)


def history_data(store: VisitStore, said: str) -> dict[str, Any]:
    """`{sn, facts, visits: [{id, started, whole, technician, faults: [{zh, en}]}], changes, trends}`, the newest visit
    first.  `said` may be a part of the serial number where no other has it.  Raises ScenarioError."""
    sn = _meant(store, said)
    documents = [one for one in store.visits(sn, VISITS_MAX) if is_record(one)]
    if not documents:
        raise ScenarioError(_nobody(said, ()), CURE)
    visits = [
        {
            "id": one["id"],
            "started": one["started"],
            "whole": one["conclusion"]["whole"],
            "technician": one["technician"],
            "faults": [check["fault"]["cause"] for check in one["checks"] if check["fault"]],
        }
        for one in documents
    ]
    return {"sn": sn, "facts": documents[0]["facts"], "visits": visits, **since(documents[0], documents[1:])}


def _meant(store: VisitStore, said: str) -> str:
    if said == NO_SN:
        return ""
    known = store.serial_numbers()
    if said in known:
        return said
    near = [one for one in known if said.lower() in one.lower()]
    if len(near) == 1:
        return near[0]
    if not near:
        from difflib import get_close_matches

        near = get_close_matches(said, known, 3)
    raise ScenarioError(_nobody(said, near[:5]), CURE)


def _nobody(said: str, near: Sequence[str]) -> Text:
    return NEAR.format(said=repr(said), names=", ".join(near)) if near else NOBODY.format(said=repr(said))


def _list_lines(known: Sequence[Mapping[str, Any]], lang: Lang) -> Iterator[str]:
    if not known:
        yield NONE.in_(lang)
        return
    yield COUNT.in_(lang).format(count=len(known))
    width = max(len(one["sn"]) for one in known[:SHOWN_MAX])
    for one in known[:SHOWN_MAX]:
        sn = one["sn"].ljust(width) if one["sn"] else UNKNOWN.in_(lang)
        whole = WHOLES[one["whole"]].in_(lang) if one["whole"] else "?"
        yield "  " + LINE.in_(lang).format(sn=sn, at=when(one["last"]), whole=whole, visits=one["visits"])
    if len(known) > SHOWN_MAX:
        yield "  " + FURTHER.in_(lang).format(count=len(known) - SHOWN_MAX)


def _terminal_lines(data: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    facts = data["facts"]
    more = "  ".join(str(facts[name]) for name in ("model", "merchant", "tid", "mid") if facts.get(name))
    yield HEAD.in_(lang).format(sn=data["sn"] or UNKNOWN.in_(lang), more=more).rstrip()
    for one in data["visits"]:
        faults = "; ".join(fault[lang] for fault in one["faults"][:FAULTS_MAX])
        more = f"; +{len(one['faults']) - FAULTS_MAX}" if len(one["faults"]) > FAULTS_MAX else ""
        told = {"at": when(one["started"]), "whole": WHOLES[one["whole"]].in_(lang), "technician": one["technician"]}
        yield "  " + VISIT.in_(lang).format(**told, faults=faults + more).rstrip()
    if data["changes"]:
        yield CHANGED.in_(lang)
        yield from (f"  - {one[lang]}" for one in data["changes"])
    if data["trends"]:
        yield MOVES.in_(lang)
    for one in data["trends"]:
        series = " → " if lang == "zh" else " -> "
        values = series.join(f"{value:g}" for value in one["values"][-SERIES_MAX:])
        yield f"  - {one['words'][lang]}"
        yield f"    {values} {one['unit']}".rstrip()


def when(stamp: str) -> str:
    """`2026-11-22 10:32` of a time in ISO 8601."""
    return stamp[:16].replace("T", " ")
