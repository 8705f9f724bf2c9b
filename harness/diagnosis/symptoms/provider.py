"""Symptoms of the provider's own house: maintenance, upgrades, failures, the end of a contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from protocols.text import Text

from ...trace import Event
from ..story import FINANCIAL, Exchange, Story, field_of
from ..symptom import Symptom, both_ends
from .codes import refused_with
from .holding import last_refusal, put_on_hold, shown_at_portal

Json = Any
WINDOWS = ("maintenance", "cut_over")
"""Announcements with an end."""
SYSTEM_CODES = ("90", "96")
NOT_REACHED = frozenset(("connection_refused", "connect_reset", "connection_lost", "no_connection"))
"""How an operation ends at a host that does not take connections, or closes them at once."""
OUT_OF_STEP = ("03", "30", "77", "97", "99", "A0")
"""What a terminal that was in order is answered by a host whose upgrade went wrong."""
UNREADABLE = "bad_reply"
UNUSABLE = (UNREADABLE, "bad_reply_mac")
"""How an operation ends whose reply came and is worth nothing."""
UNUSABLE_REASONS = ("06", "A0")
"""The same as the host learns of it: F39 of the reversal."""


# announced windows


def _troubles(story: Story) -> list[Event]:
    """Replies 90 and 96, and operations that did not reach the host or were cut off by it."""
    replies = [x.reply for x in both_ends(story) if x.reply is not None and x.code in SYSTEM_CODES]
    ended = [
        event
        for event, outcome in story.outcomes()
        if outcome.get("code") in SYSTEM_CODES or outcome.get("cause") in NOT_REACHED
    ]
    return [*replies, *ended]


def _windows(story: Story) -> list[tuple[int, int]]:
    """From when to when the provider announced that it would be out of service, as its portal tells."""
    told = [one for _, answer in story.portal("notices") for one in answer.get("notices", ())]
    return [(int(one["from_us"]), int(one["until_us"])) for one in told if one.get("kind") in WINDOWS]


def _held_for_window(story: Story) -> list[int]:
    """The host stopped somebody for it, or hung up on somebody while it lasted; a window that meets nobody is none."""
    began = [e.seq for kind in WINDOWS for e in story.of("state") if _hold_begins(e, kind)]
    shut = [e.seq for e in story.of("link", "host") if e.data.get("reason") == "local" and began and e.seq > began[0]]
    stopped = [e.seq for e in story.of("decision") if e.data.get("cause") in WINDOWS]
    return stopped + (began if shut else []) + [seq for kind in WINDOWS for seq in shown_at_portal(story, kind)]


def _hold_begins(event: Event, kind: str) -> bool:
    return event.data.get("machine") == "hold" and event.data.get("to") == kind


def _inside_window(story: Story) -> list[int]:
    windows = _windows(story)
    return [e.seq for e in _troubles(story) if _is_in(windows, e)]


def _is_in(windows: Sequence[tuple[int, int]], event: Event) -> bool:
    return any(begin <= event.t_us < end for begin, end in windows)


def _outside_window(story: Story) -> list[int]:
    """The announcements were read, and none of them covers the time of the trouble.

    A connection that fails may be the line's fault; the reply 96 is the provider's.
    """
    if not story.portal("notices"):
        return []
    windows = _windows(story)
    failed = [e for e in _troubles(story) if _is_system_code(e)]
    return [e.seq for e in failed if not _is_in(windows, e)]


def _is_system_code(event: Event) -> bool:
    return field_of(event, 39) == "96" or (event.data.get("outcome") or {}).get("code") == "96"


def _closed_at_once(story: Story) -> list[int]:
    """The connection stood, and the other side closed it without a single octet."""
    found = []
    heard: dict[str, bool] = {}
    for event in story.events:
        if event.data.get("link") not in ("host", "backup", "tunnel"):
            continue
        if event.kind == "link" and event.data.get("what") == "open":
            heard[event.party] = False
        elif event.kind == "bytes" and event.data.get("dir") == "in":
            heard[event.party] = True
        elif event.kind == "link" and event.data.get("reason") == "eof" and not heard.get(event.party, True):
            found.append(event.seq)
    return found


# a host that is gone


def _refused(story: Story) -> list[Event]:
    """Operations whose every dial was refused by the host."""
    return [event for event, outcome in story.outcomes() if outcome.get("cause") == "connection_refused"]


def _gone_for_all(story: Story) -> list[int]:
    """Nothing listens at the host's address for several terminals."""
    refused = [event for event in _refused(story) if event.party != "register"]
    return [event.seq for event in refused] if len({event.party for event in refused}) > 1 else []


def _restarted_after_failures(story: Story) -> list[int]:
    """The host came up anew, and before that somebody was refused or left without an answer; in no announced window."""
    lost = [x.request for x in story.exchanges("terminal") if x.reply is None and x.request.data["mti"] in FINANCIAL]
    windows = _windows(story)
    failed = [e.seq for e in (*_refused(story), *lost) if not _is_in(windows, e)]
    boots = [e for e in story.of("boot", "host") if e.data.get("reset_cause") == "restart"]
    boots = [boot for boot in boots if not _is_in(windows, boot)]
    found = [boot.seq for boot in boots if any(seq < boot.seq for seq in failed)]
    return found or _own_restart(story, [boot.seq for boot in boots])


def _own_restart(story: Story, boots: list[int]) -> list[int]:
    """Who sees the host alone knows from its log that it was down while it had terminals in session."""
    if story.terminals:
        return []
    served = [x.request.seq for x in story.exchanges("host") if x.kind == "sign_in" and x.code == "00"]
    return [boot for boot in boots if any(seq < boot for seq in served)]


# an upgrade that went wrong


def _upgrades(story: Story) -> list[int]:
    """Since when another version of the host runs: by its own log, or by its announcement.  In microseconds."""
    own = [e.t_us for e in story.of("state", "host") if e.data.get("machine") == "host_version"]
    told = [one for _, answer in story.portal("notices") for one in answer.get("notices", ())]
    return own + [int(one["from_us"]) for one in told if one.get("kind") == "upgrade"]


def _served(story: Story) -> dict[str, int]:
    """Terminal id to the time of its first approval: from then on it was in order."""
    found: dict[str, int] = {}
    for exchange in both_ends(story):
        if exchange.code == "00" and exchange.reply is not None:
            found.setdefault(field_of(exchange.request, 41), exchange.reply.t_us)
    return found


def _after_upgrade(story: Story) -> list[int]:
    """A terminal that was served before the upgrade is refused, or cannot use its replies, after it."""
    upgrades, served = _upgrades(story), _served(story)
    troubles = [
        (exchange.reply, field_of(exchange.request, 41))
        for exchange in both_ends(story)
        if exchange.reply is not None and (exchange.code in OUT_OF_STEP or exchange.reply.data.get("mac") == "bad")
    ]
    troubles += [
        (exchange.request, field_of(exchange.request, 41))
        for exchange in both_ends(story)
        if exchange.request.data["mti"] == "0400" and field_of(exchange.request, 39) in UNUSABLE_REASONS
    ]
    found = [e.seq for e, tid in troubles for at in upgrades if served.get(tid, e.t_us) < at <= e.t_us]
    ends = [(e, o) for e, o in story.outcomes() if o.get("cause") in UNUSABLE or o.get("code") in OUT_OF_STEP]
    done = [e.t_us for e, o in story.outcomes() if o.get("status") == "done"]
    return found + [e.seq for e, _ in ends for at in upgrades if any(t < at for t in done) and at <= e.t_us]


def _pairs(story: Story) -> Iterator[tuple[Exchange, Exchange]]:
    """The same exchange at the terminal and at the host, where both were seen."""
    at_host = {_key(x.request): x for x in story.exchanges("host")}
    for exchange in story.exchanges("terminal"):
        other = at_host.get(_key(exchange.request))
        if other is not None:
            yield exchange, other


def _key(request: Event) -> tuple[str, ...]:
    return (str(request.data["mti"]), *(field_of(request, number) for number in (11, 41, 60)))


def _same(one: Event | None, other: Event | None) -> bool:
    if one is None or other is None:
        return False
    mine, theirs = one.data["fields"], other.data["fields"]
    return mine.keys() == theirs.keys() and all(_equal(str(mine[n]), str(theirs[n])) for n in mine)


def _equal(mine: str, theirs: str) -> bool:
    """Octets that happen to be characters are written as such by one side, as hex digits by the other."""
    return mine == theirs or mine.encode("latin-1", "replace").hex().upper() == theirs


def _equal_yet_refused(story: Story) -> list[int]:
    """F64 is called wrong although the message is the same, field by field, at both ends: the keys differ.

    Not those after a sign-in whose reply was lost: its keys are with the host alone, and nobody upgraded anything.
    """
    found = []
    between = _with_lost_keys(story)
    for mine, other in _pairs(story):
        if mine.reply is None or mine.request.seq in between:
            continue
        refused = mine.code == "A0" and _same(mine.request, other.request)
        unproved = mine.reply.data.get("mac") == "bad" and _same(mine.reply, other.reply)
        found += [mine.reply.seq] if refused or unproved else []
    return found


def _with_lost_keys(story: Story) -> set[int]:
    """Requests of a terminal whose last sign-in was not answered."""
    found: set[int] = set()
    lost: dict[str, bool] = {}
    for exchange in story.exchanges("terminal"):
        if exchange.kind == "sign_in":
            lost[exchange.party] = exchange.reply is None
        elif lost.get(exchange.party):
            found.add(exchange.request.seq)
    return found


def _reply_mac_bad(story: Story) -> list[int]:
    replies = [
        e.seq for e in story.of("message", "terminal") if e.data.get("dir") == "in" and e.data.get("mac") == "bad"
    ]
    return replies + [event.seq for event, outcome in story.outcomes() if outcome.get("cause") == "bad_reply_mac"]


def _sessions(story: Story) -> dict[str, list[int]]:
    """Terminal id to its replies 77 while its last sign-in (or an approval) stands."""
    valid: set[str] = set()
    found: dict[str, list[int]] = {}
    for exchange in both_ends(story):
        tid = field_of(exchange.request, 41)
        if exchange.kind in ("sign_off", "settlement"):
            valid.discard(tid)
        elif exchange.code == "00":
            valid.add(tid)
        elif exchange.code == "77" and tid in valid and exchange.reply is not None:
            found.setdefault(tid, []).append(exchange.reply.seq)
            valid.discard(tid)
    return found


def _session_lost(story: Story) -> list[int]:
    return [seq for events in _sessions(story).values() for seq in events]


def _sessions_lost(story: Story) -> list[int]:
    """The same for several terminals: no operator's mistake."""
    return _session_lost(story) if len(_sessions(story)) > 1 else []


def _unreadable(story: Story) -> list[int]:
    return [event.seq for event, outcome in story.outcomes() if outcome.get("cause") == UNREADABLE]


def _download_wanted(story: Story) -> list[int]:
    """Replies to sales and the like whose header asks for parameters or AIDs."""
    wanted = (x.reply for x in both_ends(story) if x.request.data["mti"] in FINANCIAL)
    return [reply.seq for reply in wanted if reply is not None and reply.data.get("requirement") in (1, 5)]


# the end of a contract


def _left_at_portal(story: Story) -> list[int]:
    """The status query says withdrawn, or de-registered."""
    found = []
    for event, answer in story.portal("status"):
        terminals: list[Mapping[str, Json]] = answer.get("terminals", [])
        if answer.get("status") == "deregistered" or any(one.get("status") == "withdrawn" for one in terminals):
            found.append(event.seq)
    return found


def _left_in_log(story: Story) -> list[int]:
    """The host's own log: the terminal was de-registered, and asked again."""
    ended = [e.seq for e in story.of("state", "host") if e.data.get("machine") == "contract"]
    asked = refused_with("97")(story) + refused_with("C1")(story)
    return [seq for seq in asked if any(end < seq for end in ended)] + put_on_hold(story, "terminal_withdrawn")


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "held_for_maintenance",
        Text("主机日志或门户：维护或日切窗口内停止服务", "Host log or portal: stopped for maintenance or cut-over"),
        _held_for_window,
    ),
    Symptom(
        "inside_window",
        Text("故障时刻在公告的窗口之内（有结束时间）", "The trouble lies inside an announced window, which has an end"),
        _inside_window,
    ),
    Symptom(
        "closed_at_once",
        Text("连接建立后主机立即关闭，未发一字节", "The host closes each connection at once, without an octet"),
        _closed_at_once,
    ),
    Symptom(
        "outside_window",
        Text("已查公告：系统异常不在任何公告窗口之内", "The announcements were read: the failure lies in no window"),
        _outside_window,
    ),
    Symptom(
        "connection_refused",
        Text("主机拒绝连接", "The host refuses the connection"),
        lambda story: [event.seq for event in _refused(story)],
    ),
    Symptom(
        "gone_for_all",
        Text("多台终端连接同一主机均被拒绝", "Several terminals are refused the connection to the same host"),
        _gone_for_all,
    ),
    Symptom(
        "host_restarted",
        Text("主机重新启动，之前的请求无应答或被拒绝", "The host came up again after requests were refused or lost"),
        _restarted_after_failures,
    ),
    Symptom(
        "after_upgrade",
        Text(
            "主机升级之前正常的终端，升级之后被拒或应答不可用",
            "A terminal that was served before the host's upgrade is refused, or cannot use its replies, after it",
        ),
        _after_upgrade,
    ),
    Symptom(
        "equal_yet_refused",
        Text("两端报文逐域相同，MAC 仍判为错：密钥不同步", "Same message at both ends, and its MAC is called wrong"),
        _equal_yet_refused,
    ),
    Symptom("reply_mac_bad", Text("应答的 MAC 校验错", "The MAC of a reply is wrong"), _reply_mac_bad),
    Symptom(
        "session_lost",
        Text("签到有效而主机答 77", "The host answers 77 although the sign-in is valid"),
        _session_lost,
    ),
    Symptom(
        "sessions_lost",
        Text("多台签到有效的终端均被答 77", "Several terminals with valid sign-ins are answered 77"),
        _sessions_lost,
    ),
    Symptom("reply_unreadable", Text("应答无法解析", "A reply cannot be read"), _unreadable),
    Symptom(
        "download_wanted",
        Text("交易应答的报文头要求下载参数", "The header of a sale's reply asks for a download"),
        _download_wanted,
    ),
    Symptom(
        "parameters_refused",
        Text("门户或主机：终端参数已失效", "Portal or host: the terminal's parameters are out of date"),
        lambda story: last_refusal("parameters_old")(story) + put_on_hold(story, "parameters_old"),
    ),
    Symptom(
        "contract_ended",
        Text("门户或主机：终端已撤机或已销户", "Portal or host: the terminal is withdrawn, or de-registered"),
        lambda story: _left_at_portal(story) + _left_in_log(story),
    ),
)
