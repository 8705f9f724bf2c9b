"""Symptoms of the service's quality: the provider's report, and what one side sees of slow and failed answers.

Time stamps are those of the same side: from a request's message to its reply's.  At the host that is its own share of
the time; at the terminal line and host together.
"""

from __future__ import annotations

from collections.abc import Callable

from protocols.text import Text

from ...machine import SECOND_US, side_of
from ..story import FINANCIAL, Exchange, Story
from ..symptom import Symptom

SLOW_US = 2 * SECOND_US
"""The limit of the service report (posrig's choice)."""
OFTEN = 3
"""Once is chance, twice may be; no single sale tells of the service's quality."""
FAILURES = frozenset({"06", "68", "91", "92", "96", "98"})
"""F39 that blame the service and nobody else."""


def _report(story: Story) -> list[int]:
    return [event.seq for event, answer in story.portal("quality") if answer.get("within") is False]


def _financial(story: Story, party: str) -> list[Exchange]:
    return [x for x in story.exchanges(party) if x.request.data["mti"] in FINANCIAL and x.reply is not None]


def _slow(party: str) -> Callable[[Story], list[int]]:
    def find(story: Story) -> list[int]:
        slow = [x.reply.seq for x in _financial(story, party) if x.reply and x.reply.t_us - x.request.t_us > SLOW_US]
        return slow if len(slow) >= OFTEN else []

    return find


def _failed(story: Story) -> list[int]:
    for party in ("terminal", "host"):
        failed = [x.reply.seq for x in _financial(story, party) if x.reply and x.code in FAILURES]
        if len(failed) >= OFTEN:
            return failed
    for party in ("register", "terminal"):  # each tells of its own operations; one failure is told by both
        told = [e.seq for e, o in story.outcomes() if o.get("code") in FAILURES and side_of(e.party) == party]
        if len(told) >= OFTEN:
            return told
    return []


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "quality_outside_limits",
        Text("服务质量报告：响应时间或失败率超标", "Service report: response times or failures are outside the limits"),
        _report,
    ),
    Symptom(
        "slow_at_host",
        Text("主机收到请求后多次迟迟不应答", "The host itself was slow to answer, several times"),
        _slow("host"),
    ),
    Symptom(
        "slow_at_terminal",
        Text("终端多次久等应答（线路与主机合计）", "The terminal waited long, several times (line and host together)"),
        _slow("terminal"),
    ),
    Symptom(
        "often_failed",
        Text("多笔交易因系统原因失败", "Several transactions failed for the system's own reasons"),
        _failed,
    ),
)
