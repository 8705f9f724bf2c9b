"""How far a round has come: what was found at each terminal of its list, and what is next.

The state is JSON, schema `posrig-round/1`, in the store of visits.  It belongs to the name of the list's file and to
its terminals with their dates, in whatever folder it lies.  A list that was changed goes on with the round of the same
file: terminals that were added are open, those that were taken off are kept and no longer counted, and one whose date
was changed is to be visited again.  So a new round begins with a file of a new name, or with new dates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from protocols.errors import ScenarioError
from protocols.text import Text

from .terminals import RoundEntry, RoundList

if TYPE_CHECKING:
    from harness.stores.rounds import RoundStore

SCHEMA = "posrig-round/1"
REASON_CHARS_MAX = 200
Status = Literal["open", "incomplete", "passed", "failed", "skipped"]
STATUSES: Mapping[Status, Text] = {
    "open": Text("未查", "open"),
    "incomplete": Text("不完整", "incomplete"),
    "passed": Text("通过", "passed"),
    "failed": Text("不通过", "failed"),
    "skipped": Text("跳过", "left out"),
}
TO_DO: Sequence[Status] = ("open", "incomplete")
"""What still has to be visited."""
DONE: Sequence[Status] = ("passed", "failed")

NO_SUCH = Text("清单中没有 {said}", "{said} is not in the list")
SEVERAL = Text("{said} 在清单中有 {count} 台", "{count} terminals of the list are {said}")
WHICH_CURE = Text(
    "写清单里的序号、序列号或终端号", "Name its number in the list, its serial number or its terminal number"
)
NO_REASON = Text("{said} 应写成 序号=原因，如 3=停业", "{said} must be NUMBER=REASON, as 3=closed")
WRONG_STATE = Text("这不是巡检进度（{schema}）", "this is no state of a round ({schema})")
WRONG_CURE = Text("用写出它的那个版本的 posrig", "Use the version of posrig that wrote it")


@dataclass(frozen=True, slots=True)
class Progress:
    """A round as it stands.  `results` by key of the entry, those of terminals that are no longer listed, too, JSON:
    `{status, at, due, sn, visit, faults, next, actor, technician, reason}`; `faults` of a visit that was not complete
    are what it lacks."""

    id: str
    name: str
    entries: tuple[RoundEntry, ...]
    results: Mapping[str, Mapping[str, Any]]

    def result(self, entry: RoundEntry) -> Mapping[str, Any]:
        """What was found, {} for nothing yet; a result from before the date was changed counts no more."""
        found = self.results.get(entry.key, {})
        return found if found.get("due", "") == entry.due else {}

    def status(self, entry: RoundEntry) -> Status:
        """Of one terminal."""
        status: Status = self.result(entry).get("status", "open")
        return status if status in STATUSES else "open"

    def overdue(self, entry: RoundEntry, today: str) -> bool:
        """Whether it is not done and its date has passed; `today` is ISO 8601."""
        return bool(entry.due) and entry.due < today[:10] and self.status(entry) in TO_DO

    def count(self, today: str) -> dict[str, int]:
        """How many there are of each status, and `overdue`, and `all`."""
        told: dict[str, int] = dict.fromkeys(STATUSES, 0)
        for entry in self.entries:
            told[self.status(entry)] += 1
        return {**told, "overdue": sum(self.overdue(one, today) for one in self.entries), "all": len(self.entries)}

    def next(self, after: int = 0) -> RoundEntry | None:
        """The next one to visit by the order of the list, behind number `after` first; None when all is done."""
        waiting = [one for one in self.entries if self.status(one) in TO_DO]
        return next((one for one in waiting if one.number > after), waiting[0] if waiting else None)

    def find(self, said: str) -> RoundEntry:
        """The entry with this number in the list, serial number or terminal number.  Raises ScenarioError."""
        from ..checks.identity import clean_sn

        found = [one for one in self.entries if said and (one.sn == clean_sn(said) or one.tid == said)]
        if not found:
            found = [one for one in self.entries if str(one.number) == said]
        if len(found) != 1:
            why = SEVERAL.format(said=said, count=len(found)) if found else NO_SUCH.format(said=repr(said))
            raise ScenarioError(why, WHICH_CURE)
        return found[0]

    def seen(self, facts: Mapping[str, Any]) -> RoundEntry | None:
        """The entry of a terminal that a visit identified, by serial number, else by terminal and merchant number."""
        sn, tid = (str(facts.get(name) or "") for name in ("sn", "tid"))
        found = [one for one in self.entries if sn and one.sn == sn]
        found = found or [one for one in self.entries if tid and one.tid == tid and not differs(one, facts)]
        return found[0] if len(found) == 1 else None

    def json(self) -> dict[str, Any]:
        """As it is kept and handed over."""
        entries = [asdict(one) for one in self.entries]
        return {"schema": SCHEMA, "name": self.name, "entries": entries, "results": dict(self.results)}


def differs(entry: RoundEntry, facts: Mapping[str, Any]) -> bool:
    """Whether a visit saw another terminal: a number that is known on both sides and is not the same."""
    pairs = [(str(facts.get(name) or ""), str(getattr(entry, name))) for name in ("sn", "tid", "mid")]
    return any(seen and listed and seen != listed for seen, listed in pairs)


def content_id(name: str, entries: Sequence[RoundEntry]) -> str:
    """The same for a list of the same name with the same terminals and dates, in any order and any folder."""
    from hashlib import sha256

    told = "\n".join([name, *sorted(f"{one.key}\t{one.due}" for one in entries)])
    return sha256(told.encode()).hexdigest()[:16]


def open_round(store: RoundStore, listed: RoundList, path: Path) -> Progress:
    """The round of a list: the one with this content, else the one that this file was last the list of, else a new one.
    Raises StoreError."""
    content, where = content_id(listed.name, listed.entries), str(path.resolve())
    known = store.load(content)
    if known is None:
        known = next(filter(None, (_of_file(store, id_, where) for id_ in store.ids())), None)

    def listed_anew(state: dict[str, Any] | None) -> dict[str, Any]:
        before = state or known or {}
        fresh = Progress(content, listed.name, listed.entries, before.get("results", {}))
        return {**fresh.json(), "file": where}

    return progress_of(content, store.change(content, listed_anew))


def _of_file(store: RoundStore, id_: str, where: str) -> dict[str, Any] | None:
    from harness.stores.errors import StoreError

    try:
        state = store.load(id_)
    except StoreError:  # of another round, as far as anybody can tell
        return None
    return state if state and state.get("file") == where else None


def progress_of(id_: str, state: Mapping[str, Any]) -> Progress:
    """A state that was kept or handed over.  Raises ScenarioError for what is none."""
    try:
        if state["schema"] != SCHEMA:
            raise ValueError
        entries = tuple(RoundEntry(**one) for one in state["entries"])
        results = {str(key): _checked(one) for key, one in state["results"].items()}
        return Progress(id_, str(state["name"]), entries, results)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ScenarioError(WRONG_STATE.format(schema=SCHEMA), WRONG_CURE) from error


def _checked(result: Any) -> dict[str, Any]:
    if not isinstance(result, dict) or result["status"] not in STATUSES or not isinstance(result["at"], str):
        raise ValueError
    return result


def result_of(document: Mapping[str, Any], entry: RoundEntry) -> dict[str, Any]:
    """What a round keeps of a record."""
    conclusion = document["conclusion"]
    return {
        "status": conclusion["whole"],
        "at": document["ended"],
        "due": entry.due,
        "sn": str(document["facts"].get("sn") or ""),
        "visit": document["id"],
        "faults": [check["fault"]["cause"] for check in document["checks"] if check["fault"]] or conclusion["missing"],
        "next": conclusion["next"],
        "actor": conclusion["actor"],
        "technician": document["technician"],
        "reason": "",
    }


def skipped(entry: RoundEntry, reason: str, at: str, technician: str) -> dict[str, Any]:
    """What a round keeps of a terminal that was left out."""
    return {
        "status": "skipped", "at": at, "due": entry.due, "sn": entry.sn, "visit": "", "faults": [], "next": None,
        "actor": None, "technician": technician, "reason": reason[:REASON_CHARS_MAX],
    }  # fmt: skip


def reason_of(progress: Progress, said: str) -> tuple[RoundEntry, str]:
    """`3=closed`, the number being whatever `Progress.find` takes.  Raises ScenarioError."""
    which, equals, reason = (part.strip() for part in said.replace("＝", "=").partition("="))
    if not equals or not reason:
        raise ScenarioError(NO_REASON.format(said=repr(said)), WHICH_CURE)
    return progress.find(which), reason


def record(store: RoundStore, progress: Progress, entry: RoundEntry, result: Mapping[str, Any]) -> Progress:
    """Keep a result, durably.  Raises StoreError."""

    def with_it(state: dict[str, Any] | None) -> dict[str, Any]:
        state = state or progress.json()
        return {**state, "results": {**state["results"], entry.key: dict(result)}}

    return progress_of(progress.id, store.change(progress.id, with_it))


def merge(mine: Mapping[str, Mapping[str, Any]], theirs: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Results of two technicians on one round.  Of two for one terminal a visit counts more than one that was left out
    or not complete, then the later one counts; of what is equally late, mine."""

    def weight(result: Mapping[str, Any]) -> tuple[bool, str]:
        return result["status"] in DONE, _utc(result["at"])

    merged = {key: dict(result) for key, result in mine.items()}
    for key, result in theirs.items():
        if key not in merged or weight(result) > weight(merged[key]):
            merged[key] = dict(result)
    return merged


def _utc(stamp: str) -> str:
    from datetime import UTC, datetime

    try:
        return datetime.fromisoformat(stamp).astimezone(UTC).isoformat()
    except ValueError:
        return ""
