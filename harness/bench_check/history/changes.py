"""What is different from the last time.

Each check is compared with the last visit that could make it, not simply with the last visit: one that stopped at the
cable says nothing of the printer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from protocols.text import Text

from ..reader.words import filled

CHANGES_MAX = 40
Kind = Literal["new", "other", "still", "open", "exchanged", "software", "moved", "gone"]
"""In the order in which they are told: a fault that was not there before, another one than before, the same as before,
one that nobody looked at this time; a part, the software, the numbers; a fault that is gone."""
KINDS: Sequence[Kind] = ("new", "other", "still", "open", "exchanged", "software", "moved", "gone")

NEW = Text("新故障：{title}：{now}（{date} 时正常）", "New fault: {title}: {now} (good on {date})")
OTHER = Text("故障有变：{title}：{now}（{date} 时为：{then}）", "Another fault: {title}: {now} (on {date}: {then})")
STILL = Text("仍未解决：{title}：{now}（{date} 已有）", "Still there: {title}: {now} (also on {date})")
OPEN = Text("没有复查：{title}（{date} 时为：{then}）", "Not looked at again: {title} (on {date}: {then})")
GONE = Text("已恢复：{title}（{date} 时为：{then}）", "Gone: {title} (on {date}: {then})")
EXCHANGED = Text("已更换：{part}（{then} → {now}）", "Exchanged: {part} ({then} -> {now})")
SOFTWARE = Text("软件版本：{then} → {now}", "Software version: {then} -> {now}")
MOVED: Mapping[str, Text] = {
    "tid": Text("终端号：{then} → {now}", "Terminal number: {then} -> {now}"),
    "mid": Text("商户号：{then} → {now}", "Merchant number: {then} -> {now}"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `about`: the check, the part or the fact."""

    kind: Kind
    about: str
    words: Text


def changes(document: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> list[Change]:
    """What is different from the visits before (newest first), by weight, at most CHANGES_MAX; [] at a first visit.
    The bench's own faults are left out: they are none of the terminal's."""
    if not earlier:
        return []
    found = [*_checks(document, earlier), *_parts(document, earlier), *_facts(document, earlier)]
    return sorted(found, key=lambda one: KINDS.index(one.kind))[:CHANGES_MAX]


def _checks(document: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> Iterator[Change]:
    for check in document["checks"]:
        made = next(_made(check["id"], earlier), None)
        if made is None or _bench(check) or _bench(made[1]):
            continue
        date, last = made
        kind = _kind(check, last)
        if kind is None:
            continue
        cause = {name: _text(one["fault"]["cause"]) for name, one in (("now", check), ("then", last)) if one["fault"]}
        form = {"new": NEW, "other": OTHER, "still": STILL, "open": OPEN, "gone": GONE}[kind]
        yield Change(kind, check["id"], filled(form, title=_text(check["title"]), date=date, **cause))


def _made(check: str, earlier: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each earlier visit that could make the check: its date, and what it found."""
    for document in earlier:
        for one in document["checks"]:
            if one["id"] == check and one["verdict"] != "not_possible":
                yield document["started"][:10], one


def _kind(check: Mapping[str, Any], last: Mapping[str, Any]) -> Kind | None:
    match last["verdict"], check["verdict"]:
        case "pass", "fail":
            return "new"
        case "fail", "pass":
            return "gone"
        case "fail", "not_possible":
            return "open"
        case "fail", "fail":
            return "still" if check["fault"]["id"] == last["fault"]["id"] else "other"
    return None


def _bench(check: Mapping[str, Any]) -> bool:
    return check["fault"] is not None and check["fault"]["blame"] == "bench"


def _parts(document: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> Iterator[Change]:
    from harness.reports.device_words import PARTS

    for part in parts_of(document):
        now, then = number_of(document, part), next(filter(None, (number_of(one, part) for one in earlier)), "")
        if now and then and now != then:
            name = PARTS.get(part, Text(part, part))
            yield Change("exchanged", part, filled(EXCHANGED, part=name, then=then, now=now))


def _facts(document: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> Iterator[Change]:
    for name, form in (("software_version", SOFTWARE), *MOVED.items()):
        now = str(document["facts"].get(name) or "")
        then = next(filter(None, (str(one["facts"].get(name) or "") for one in earlier)), "")
        if now and then and now != then:
            yield Change("software" if form is SOFTWARE else "moved", name, form.format(then=then, now=now))


def parts_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fact `parts`: what is known of each part, by its name."""
    parts = document["facts"].get("parts")
    return {name: one for name, one in parts.items() if isinstance(one, Mapping)} if isinstance(parts, Mapping) else {}


def number_of(document: Mapping[str, Any], part: str) -> str:
    """The number of a part, "" where it is not known."""
    return str(parts_of(document).get(part, {}).get("id") or "")


def _text(said: Mapping[str, str]) -> Text:
    return Text(said["zh"], said["en"])
