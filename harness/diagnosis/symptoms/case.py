"""The case, the parts inside, lots, and the checks that people make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from protocols.text import Text

from ...trace import Event
from ..chance import too_many
from ..story import Story
from ..symptom import Symptom

Facts = Mapping[str, Any]


@dataclass(slots=True)
class _Run:
    """One self-test of one device: its parts by name."""

    parts: dict[str, Event]

    @property
    def tamper(self) -> Event | None:
        """The tamper switch, where it was found open."""
        event = self.parts.get("tamper")
        return event if event is not None and event.data.get("ok") is False else None

    def number(self, part: str) -> str:
        return str(self.parts[part].data.get("id")) if part in self.parts else ""


def _runs(story: Story) -> dict[str, list[_Run]]:
    """The self-tests of each serial number; a part that comes again begins another one."""
    runs: dict[str, list[_Run]] = {}
    for event in story.of("self_test"):
        own, part = runs.setdefault(str(event.data.get("serial")), []), str(event.data.get("part"))
        if not own or part in own[-1].parts:
            own.append(_Run({}))
        own[-1].parts[part] = event
    return runs


def _tampered_runs(story: Story) -> Iterator[tuple[Event, list[str]]]:
    """Each self-test that found the tamper switch open, with the parts that are not those of the last one before it
    that found it closed.  Where there was none before, nobody can tell."""
    for own in _runs(story).values():
        before: _Run | None = None
        for run in own:
            if run.tamper is None:
                before = run if "tamper" in run.parts else before
            elif before is not None:
                known = before
                yield run.tamper, [p for p in run.parts if p in known.parts and run.number(p) != known.number(p)]


def same_parts(story: Story) -> list[int]:
    """The tamper switch is open, and every part is still the one that the self-test before it met."""
    return [event.seq for event, changed in _tampered_runs(story) if not changed]


def _other_part(story: Story) -> list[int]:
    return [event.seq for event, changed in _tampered_runs(story) if changed]


def _logged(story: Story) -> Iterator[tuple[Event, Facts]]:
    """The lines of audit logs: as they were written, or as a device's own status shows them."""
    for event in story.of("audit"):
        yield event, event.data
    for event in story.of("local_status"):
        for line in event.data.get("audit", ()):
            yield event, line


def _unauthorised(story: Story, what: str) -> list[int]:
    return [event.seq for event, line in _logged(story) if line.get("what") == what and line.get("authorised") is False]


def _case_opened(story: Story) -> list[int]:
    """Not by the service.  The log has it before it has the loss of the keys: a case that is forced leaves no such
    line.  The record of the loss says the same, should the power have failed before the log was written."""
    switch = (e for e in story.of("local_status") if e.data.get("life_cycle") == "tampered")
    recorded = [e.seq for e in switch if (e.data.get("tamper") or {}).get("cause") == "case_switch"]
    return _unauthorised(story, "case_opened") + recorded


def _part_changed(story: Story) -> list[int]:
    return _unauthorised(story, "part_changed")


def _wrong_part(story: Story) -> list[int]:
    tested = [e.seq for e in story.of("self_test") if e.data.get("found") == "wrong_model"]
    return tested + [e.seq for e, outcome in story.outcomes() if outcome.get("cause") == "wrong_part"]


@dataclass(slots=True)
class _Lot:
    """One part in one lot: the devices that were looked at, and those in which it is broken."""

    looked_at: int
    broken: int

    @property
    def is_bad(self) -> bool:
        """More of them than chance explains."""
        return self.broken >= too_many(self.looked_at)


def _stands_out(lots: Mapping[str, _Lot]) -> bool:
    """A lot has more broken ones than chance explains, and another lot was looked at and has not: where all lots are
    alike, the lot is not to blame."""
    bad = [lot.is_bad for lot in lots.values()]
    return any(bad) and not all(bad)


def _tested_lots(story: Story) -> Iterator[tuple[list[int], Mapping[str, _Lot]]]:
    """The devices' own tests, by part: the failures, and the counts by lot.  A part of another model, or a case that
    was opened, is nobody's production fault."""
    tested: dict[str, dict[str, set[str]]] = {}
    failed: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
    for event in story.of("self_test"):
        lot, part, serial = (str(event.data.get(key) or "") for key in ("lot", "part", "serial"))
        if lot and part != "tamper":
            tested.setdefault(part, {}).setdefault(lot, set()).add(serial)
            if event.data.get("ok") is False and event.data.get("found") != "wrong_model":
                same_fault = failed.setdefault((part, str(event.data.get("found"))), {})
                same_fault.setdefault(lot, {}).setdefault(serial, event.seq)
    for (part, _), by_lot in failed.items():
        lots = {lot: _Lot(len(devices), len(by_lot.get(lot, ()))) for lot, devices in tested[part].items()}
        yield [seq for broken in by_lot.values() for seq in broken.values()], lots


def _reported_lots(story: Story) -> Iterator[tuple[list[int], Mapping[str, _Lot]]]:
    """The provider's report by lot, from the states that devices uploaded."""
    for event, answer in story.portal("lots"):
        rows = answer.get("lots", ())
        for part in sorted({one["part"] for row in rows for one in row["faulty"]}):
            counts = {row["lot"]: sum(one["count"] for one in row["faulty"] if one["part"] == part) for row in rows}
            yield (
                [event.seq],
                {row["lot"]: _Lot(row["reported"], counts[row["lot"]]) for row in rows if row["reported"]},
            )


def _lot_fault(story: Story) -> list[int]:
    found = (*_tested_lots(story), *_reported_lots(story))
    return [seq for seqs, lots in found if _stands_out(lots) for seq in seqs]


def _case_damaged(story: Story) -> list[int]:
    """Somebody looked at the case and wrote down that it is damaged."""
    return [e.seq for e in story.of("check") if e.data.get("part") == "case" and e.data.get("answer") == "damaged"]


def _electrical(story: Story, why: str) -> list[int]:
    """Outcomes of checks that electrical items keep from passing."""
    outcomes = (event for event in story.of("check") if event.data.get("what") == "outcome")
    return [e.seq for e in outcomes if set(e.data.get("electrical", ())).intersection(e.data.get(why, ()))]


def _left_out(story: Story) -> list[int]:
    return _electrical(story, "missing")


def _out_of_date(story: Story) -> list[int]:
    return _electrical(story, "expired")


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "case_opened",
        Text(
            "日志：机壳在无维修授权下被打开，随后密钥才被擦除",
            "The log: the case was opened without authority, then the keys went",
        ),
        _case_opened,
    ),
    Symptom(
        "part_changed",
        Text("日志：部件在无维修授权下被更换", "The log: a part was exchanged without authority"),
        _part_changed,
    ),
    Symptom(
        "other_part",
        Text(
            "防拆开关断开，且有部件编号与上次自检不同",
            "The tamper switch is open, and a part has another number than before",
        ),
        _other_part,
    ),
    Symptom(
        "wrong_part",
        Text(
            "内有型号不符的部件，终端拒绝消费", "A part of another model is built in, and the terminal refuses to sell"
        ),
        _wrong_part,
    ),
    Symptom(
        "lot_fault",
        Text(
            "同一批次中同一部件故障的台数超出偶然，其他批次正常",
            "The same part is broken in more devices of one lot than chance explains; other lots are not concerned",
        ),
        _lot_fault,
    ),
    Symptom("case_damaged", Text("外观检查：外壳破损", "The visual check: the case is damaged"), _case_damaged),
    Symptom(
        "electrical_left_out",
        Text("检查记录：电气检查项没有做", "The record of checks: electrical items were left out"),
        _left_out,
    ),
    Symptom(
        "electrical_out_of_date",
        Text("检查记录：电气检查已过有效期", "The record of checks: the electrical figures are out of date"),
        _out_of_date,
    ),
)
