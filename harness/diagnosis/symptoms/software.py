"""Symptoms of application versions: an update that is wanted, one that went wrong, which terminals are concerned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from protocols.package import version_number
from protocols.text import Text

from ...trace import Event
from ..story import Exchange, Story, field_of
from ..symptom import Symptom, both_ends
from .holding import on_hold

Json = Any
UPDATE = "update_software"
REQUIREMENT = 6
"""Header requirement that asks for another application."""
NOT_GOOD = ("package_truncated", "package_damaged", "package_signature", "package_model", "package_version")
BROKEN_OFF = ("no_answer", "connection_lost", "bad_reply")
"""How an update ends that did not come to its end."""
ROLLED_BACK = ("start_failed", "not_confirmed")
TAKEN = "00"
"""Result of an update that a terminal reports, when nothing was wrong with the package."""
SERVED, STOPPED = "served", "stopped"


def _updates(story: Story) -> list[tuple[Event, Mapping[str, Json]]]:
    return [(event, outcome) for event, outcome in story.outcomes() if outcome.get("op") == UPDATE]


def _statuses(story: Story) -> list[tuple[Event, Mapping[str, Json]]]:
    """What terminals tell of their software."""
    told = ((event, event.data.get("software")) for event in story.of("local_status"))
    return [(event, software) for event, software in told if isinstance(software, Mapping)]


# an update is wanted


def _asked_in_header(story: Story) -> list[int]:
    """A terminal that has signed in since, and was not asked any more, has made the update."""
    asked: dict[tuple[str, str], list[int]] = {}
    for exchange in both_ends(story):
        if exchange.reply is None:
            continue
        terminal = exchange.party, field_of(exchange.request, 41)
        if exchange.reply.data.get("requirement") == REQUIREMENT:
            asked.setdefault(terminal, []).append(exchange.reply.seq)
        elif (exchange.kind, exchange.code) == ("sign_in", TAKEN):
            asked.pop(terminal, None)
    return [seq for seqs in asked.values() for seq in seqs]


def _stopped_until_updated(story: Story) -> list[int]:
    return [event.seq for event, outcome in story.outcomes() if outcome.get("cause") == "update_required"]


def _wanted_at_portal(*reasons: str) -> Callable[[Story], list[int]]:
    def find(story: Story) -> list[int]:
        told = ((event, answer.get("update")) for event, answer in story.portal("status"))
        return [event.seq for event, update in told if isinstance(update, Mapping) and update.get("why") in reasons]

    return find


# an update went wrong


def _package_refused(story: Story) -> list[int]:
    """By the terminal itself, or as the host heard of it."""
    refused = [event.seq for event, outcome in _updates(story) if outcome.get("cause") in NOT_GOOD]
    reported = (e for e in story.of("state", "host") if e.data.get("machine") == "update")
    return refused + [e.seq for e in reported if e.data.get("why") != TAKEN]


def _broken_off(story: Story) -> list[int]:
    """It ended without an answer of the host, or the terminal began anew in the middle of it; a terminal's status shows
    the half of it; the host handed blocks out and never heard how it ended."""
    found = [event.seq for event, outcome in _updates(story) if outcome.get("cause") in BROKEN_OFF]
    found += _half_written(story) + _never_ended(story)
    under_way: dict[str, int] = {}
    for event in story.events:
        if event.kind == "operation" and event.data.get("op") == UPDATE:
            if event.data.get("phase") == "begin":
                under_way[event.party] = event.seq
            else:
                under_way.pop(event.party, None)
        elif event.kind == "boot" and event.party in under_way:
            found += [under_way.pop(event.party), event.seq]
    return found


def _never_ended(story: Story) -> list[int]:
    last: dict[str, Exchange] = {}
    for exchange in story.exchanges("host"):
        if exchange.kind in ("software_block", "software_end"):
            last[field_of(exchange.request, 41)] = exchange
    return [x.request.seq for x in last.values() if x.kind == "software_block" and x.code == TAKEN]


def _half_written(story: Story) -> list[int]:
    return [
        event.seq
        for event, software in _statuses(story)
        if any(slot.get("state") == "writing" for slot in software.get("slots", {}).values())
    ]


def _rolled_back(story: Story) -> list[int]:
    went = [event.seq for event in story.of("version") if event.data.get("why") in ROLLED_BACK]
    told = [
        event.seq
        for event, software in _statuses(story)
        if (software.get("last_update") or {}).get("result") in ROLLED_BACK
    ]
    return went + told


def _worse_since(story: Story) -> list[int]:
    """What the version before did, this one cannot: an operation that was done before the change, and is not after it,
    with no done one of its kind in between."""
    found = _refused_since(story)
    for change in story.of("version"):
        if change.data.get("why") != "update":
            continue
        ends = [(e, o) for e, o in story.outcomes() if e.party == change.party and o.get("op") != UPDATE]
        did = {o.get("op") for e, o in ends if e.seq < change.seq and o.get("status") == "done"}
        after: dict[Json, tuple[Event, Mapping[str, Json]]] = {}
        for event, outcome in ends:
            if event.seq > change.seq:
                after.setdefault(outcome.get("op"), (event, outcome))
        found += [e.seq for op, (e, o) in after.items() if op in did and o.get("status") in ("declined", "no_answer")]
    return found


def _refused_since(story: Story) -> list[int]:
    """The same as the host sees it: a request tells another version than before, and is the first of its kind that is
    refused."""
    found = []
    exchanges = story.exchanges("host")
    for change in story.of("state", "host"):
        if change.data.get("machine") != "device_version" or not change.data.get("from"):
            continue
        told = [x for x in exchanges if x.request.seq < change.seq and x.request.party == change.party][-1:]
        for exchange in told:
            same = [x for x in exchanges if _same_kind(x, exchange) and x.request.seq < exchange.request.seq]
            if exchange.reply is not None and exchange.code != TAKEN and same and same[-1].code == TAKEN:
                found.append(exchange.reply.seq)
    return found


def _same_kind(one: Exchange, other: Exchange) -> bool:
    """Of the same terminal; an activation names none."""
    tid = field_of(one.request, 41)
    return bool(tid) and (one.kind, tid) == (other.kind, field_of(other.request, 41))


# which terminals are concerned


def _known(story: Story) -> Iterator[tuple[Event, str, str, str]]:
    """What status queries and the report by version say: model, version, and whether it is served or stopped."""
    for event, answer in story.portal("versions"):
        for row in answer.get("versions", ()):
            if row["stopped"] in (0, row["devices"]):  # else it is not the version that decides
                yield event, str(row["model"]), str(row["version"]), STOPPED if row["stopped"] else SERVED
    for event, answer in story.portal("status"):
        if not answer.get("model") or not answer.get("version"):
            continue
        holds = [one for terminal in answer.get("terminals", ()) for one in terminal.get("holds", ())]
        stopped = bool(holds) or bool((answer.get("update") or {}).get("required"))
        yield event, str(answer["model"]), str(answer["version"]), STOPPED if stopped else SERVED


def _by_version(story: Story) -> list[int]:
    """Of one model, one version is stopped and another one is served."""
    known = list(_known(story))
    return [
        event.seq
        for event, model, version, state in known
        if state == STOPPED and any((m, s) == (model, SERVED) and v != version for _, m, v, s in known)
    ]


def _older_is_served(story: Story) -> list[int]:
    """Of one model, a version is stopped that is newer than one that is served."""
    known = list(_known(story))
    return [
        event.seq
        for event, model, version, state in known
        if state == STOPPED
        and any((m, s) == (model, SERVED) and version_number(v) < version_number(version) for _, m, v, s in known)
    ]


def _by_model(story: Story) -> list[int]:
    """Of one model every version is stopped, and there are several; another model is served."""
    known = list(_known(story))
    found = []
    for model in dict.fromkeys(one[1] for one in known):
        own = [one for one in known if one[1] == model]
        several = len({version for _, _, version, _ in own}) > 1
        if (
            several
            and all(one[3] == STOPPED for one in own)
            and any(m != model and s == SERVED for _, m, _, s in known)
        ):
            found += [event.seq for event, *_ in own]
    return found


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "update_asked",
        Text("应答报文头要求更新应用（处理要求 6）", "The header of a reply asks for an update (requirement 6)"),
        _asked_in_header,
    ),
    Symptom(
        "stopped_until_updated",
        Text("终端在更新之前拒绝交易", "The terminal refuses sales until it is updated"),
        _stopped_until_updated,
    ),
    Symptom(
        "version_outdated",
        Text("门户或主机：应用版本低于要求的版本", "Portal or host: the version is older than the one that is wanted"),
        lambda story: on_hold("version_too_old")(story) + _wanted_at_portal("outdated", "version_too_old")(story),
    ),
    Symptom(
        "version_vulnerable",
        Text("门户或主机：应用版本有安全漏洞", "Portal or host: the application version is vulnerable"),
        lambda story: on_hold("vulnerable")(story) + _wanted_at_portal("vulnerable")(story),
    ),
    Symptom(
        "stopped_by_version",
        Text("同一机型只有部分版本被停", "Of one model only some versions are stopped"),
        _by_version,
    ),
    Symptom(
        "stopped_by_model",
        Text("一个机型的所有版本被停，其他机型照常", "Every version of one model is stopped, another model goes on"),
        _by_model,
    ),
    Symptom(
        "older_is_served",
        Text("同一机型更旧的版本照常", "An older version of the same model goes on"),
        _older_is_served,
    ),
    Symptom(
        "package_refused",
        Text(
            "升级包未通过校验：不完整、签名、机型或版本不对",
            "The update package is refused: not complete, signature, model or version wrong",
        ),
        _package_refused,
    ),
    Symptom(
        "update_broken_off",
        Text("更新中断，备用槽内只有一部分", "An update broke off, and the standby slot holds a part of it"),
        _broken_off,
    ),
    Symptom(
        "version_rolled_back",
        Text("新版本无法运行，终端退回原版本", "The new version does not run, the terminal went back to the old one"),
        _rolled_back,
    ),
    Symptom(
        "worse_since_update",
        Text("更换版本之前能做的操作，之后不能", "What was done before the change of version fails after it"),
        _worse_since,
    ),
)
