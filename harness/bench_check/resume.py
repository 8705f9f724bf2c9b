"""A visit that was interrupted (battery, Ctrl-C, a closed window) goes on where it stopped.

What is made again: the check that was under way; whatever ended the visit, with all that was not made because of it;
what nobody asked for then and somebody may now; the search for the port, because the computer was off meanwhile, and
the question which terminal this is.
Everything else stands as it was found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protocols.text import Text

from .discreet import plain_json
from .faults import FAULTS
from .model import BARRED, Finding
from .settings import Settings
from .visit import Visit

if TYPE_CHECKING:
    from harness.machine import Json, Record
    from harness.stores.visits import VisitLog, VisitStore
    from harness.trace import Event

ALWAYS_AGAIN = frozenset(("port", "identity"))
"""Checks that are made again although they passed: they take a moment, the port may have moved, and another terminal
may stand there now (`identity` compares with the facts of before)."""
NOT_KEPT = frozenset(("lang", "test_sale_fen", "settle"))
"""Settings that an interrupted visit does not hand on: what lets money move at the provider is allowed anew or not at
all.  A host of our own comes back, for the terminal may have been pointed at it and may owe it a void."""
PATHS = frozenset(("token_file", "local_host"))

OFFER = Text(
    "序列号 {sn}，{at} 开始，已完成 {done}/{total} 项",
    "serial number {sn}, begun {at}, {done} of {total} checks done",
)
UNKNOWN_SN = Text("未知", "not known")
CLOCK = slice(11, 16)
"""`10:32` of a time in ISO 8601."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An interrupted visit that can be gone on with; `done` of `total` checks need not be made again."""

    id: str
    started: str
    sn: str
    done: int
    total: int

    @property
    def words(self) -> Text:
        """What it is, for whoever is asked."""
        sn = Text(self.sn, self.sn) if self.sn else UNKNOWN_SN
        told = {"at": self.started[CLOCK], "done": self.done, "total": self.total}
        return Text(OFFER.zh.format(sn=sn.zh, **told), OFFER.en.format(sn=sn.en, **told))


def begun_with(settings: Settings) -> dict[str, Json]:
    """The settings that differ from the defaults and are handed on, as JSON, for `VisitStore.begin`."""
    told = {one.name: getattr(settings, one.name) for one in fields(Settings) if one.name not in NOT_KEPT}
    usual = Settings()
    differing = {name: value for name, value in told.items() if value != getattr(usual, name)}
    return {
        name: str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value
        for name, value in plain_json(differing).items()
    }


def offers(store: VisitStore, settings: Settings, now: str = "") -> list[Offer]:
    """The interrupted visits that may be meant, the newest first: none to another serial number, and none at another
    port, than the settings name.  `now`: ISO 8601 with an offset, by default the wall clock's."""
    from .checks import CHECKS
    from .checks.identity import clean_sn

    wanted, found = clean_sn(settings.sn), []
    for one in store.interrupted(now):
        kept = _folded(one.records)
        sn = clean_sn(kept.facts.get("sn") or one.about.get("sn"))
        port = str(kept.facts.get("port") or one.about.get("port") or "")
        if (wanted and sn not in ("", wanted)) or (settings.port and port not in ("", settings.port)):
            continue
        found.append(Offer(one.id, one.started, sn, len(kept.made), max(len(CHECKS), len(kept.made))))
    return found


def restore(visit: Visit, log: VisitLog) -> str:
    """Put what an interrupted visit had found into `visit`; settings that it was begun with stand where the present
    ones say nothing.  Returns when it was begun (ISO 8601)."""
    kept = _folded(log.records())
    visit.settings = _settings(visit.settings, kept.about)
    visit.facts.update(kept.facts)
    for made in kept.made.values():
        visit.findings[made.finding.check] = made.finding
        visit.noted += made.seen.noted
        visit.carried += made.seen.carried
    visit.noted += kept.open.noted
    visit.carried += kept.open.carried
    return str(kept.about.get("started", ""))


@dataclass(slots=True)
class _Seen:
    """What was seen while one check ran."""

    noted: list[tuple[str, dict[str, Json]]] = field(default_factory=list)
    carried: list[Event] = field(default_factory=list)


@dataclass(slots=True)
class _Made:
    finding: Finding
    seen: _Seen


@dataclass(slots=True)
class _Kept:
    about: Mapping[str, Json] = field(default_factory=dict)
    facts: dict[str, Json] = field(default_factory=dict)
    made: dict[str, _Made] = field(default_factory=dict)
    """By check: those that stand."""
    open: _Seen = field(default_factory=_Seen)
    """Of the check that was under way."""


def _folded(records: Sequence[Record]) -> _Kept:
    from harness.stores.visits import BEGUN, EVENT, FACT, FINDING, TRACE

    kept = _Kept()
    for record in records:
        data: Any = record["data"]
        match record["kind"]:
            case kind if kind == BEGUN:
                kept.about = data
            case kind if kind == FACT:
                kept.facts.update(data)
            case kind if kind == EVENT:
                kept.open.noted.append((data["kind"], data["data"]))
            case kind if kind == TRACE:
                kept.open.carried += _events(data["events"])
            case kind if kind == FINDING:
                _made(kept, data)
    kept.made = {check: made for check, made in kept.made.items() if not _again(made.finding)}
    return kept


def _made(kept: _Kept, data: Mapping[str, Any]) -> None:
    from .record.findings import finding_from

    try:
        finding = finding_from(data)
    except (KeyError, TypeError, ValueError):  # of another version: the check is made again
        return
    kept.made[finding.check] = _Made(finding, kept.open)
    kept.open = _Seen()


def _again(finding: Finding) -> bool:
    """Whether the check is made again; what was seen for it is forgotten, as it may be put right by now."""
    if finding.check in ALWAYS_AGAIN or BARRED in finding.detail:
        return True
    return finding.verdict == "fail" and (finding.fault not in FAULTS or FAULTS[finding.fault].ends)


def _events(data: Sequence[Mapping[str, Any]]) -> list[Event]:
    from harness.trace import Event

    return [Event(0, one["t_us"], one["party"], one["kind"], one["data"], tuple(one["seen_by"])) for one in data]


def _settings(settings: Settings, about: Mapping[str, Json]) -> Settings:
    usual = Settings()
    names = [one.name for one in fields(Settings) if one.name not in NOT_KEPT and one.name in about]
    unsaid: dict[str, Any] = {
        name: Path(about[name])
        if name in PATHS
        else tuple(about[name])
        if isinstance(about[name], list)
        else about[name]
        for name in names
        if getattr(settings, name) == getattr(usual, name)
    }
    return replace(settings, **unsaid)
