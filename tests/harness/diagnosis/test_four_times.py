"""Row D14: terminal turnaround grows, link and host turnaround stay flat, by the four time stamps of each sale.

Measured here from the recording itself, not asked of the diagnosis: last key to first byte out, on the line out, in the
host, on the line back, last reply byte to the outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import pytest

from harness.machine import SECOND_US
from harness.trace import Event
from tests.harness.recordings import CASES, before_remedy

FLAT_US = SECOND_US // 10
"""What line and host may differ by from one sale to the next."""
FELT_US = SECOND_US
"""By so much at least the terminal itself gets slower."""


class Times(NamedTuple):
    """Microseconds."""

    before: int
    out: int
    host: int
    back: int
    after: int


def sales(events: Sequence[Event]) -> list[Times]:
    found = []
    for request in events:
        if not _is(request, "terminal", "out", "0200"):
            continue
        stan, later = request.data["fields"]["11"], [e for e in events if e.seq > request.seq]
        key = [e for e in events if e.kind in ("key", "card") and e.party == "terminal" and e.seq < request.seq][-1]
        came = next(e for e in later if _is(e, "host", "in", "0200", stan))
        went = next(e for e in later if _is(e, "host", "out", "0210", stan))
        reply = next(e for e in later if _is(e, "terminal", "in", "0210", stan))
        end = next(e for e in later if e.kind == "operation" and e.party == "terminal" and e.data["phase"] == "end")
        stamps = (key.t_us, request.t_us, came.t_us, went.t_us, reply.t_us, end.t_us)
        found.append(Times(*(now - then for then, now in pairwise(stamps))))
    return found


def _is(event: Event, party: str, direction: str, mti: str, stan: str = "") -> bool:
    data = event.data
    if event.kind != "message" or event.party != party or data.get("link") == "register":
        return False
    return (data["dir"], data.get("mti")) == (direction, mti) and stan in ("", data["fields"]["11"])


@pytest.mark.parametrize("case", [name for row, name in CASES if row == "D14"])
def test_the_terminal_alone_gets_slower(case: str) -> None:
    first, *_, last = sales(before_remedy("D14", case))
    assert last.before - first.before > FELT_US and last.after - first.after > FELT_US
    for one, other in ((first.out, last.out), (first.host, last.host), (first.back, last.back)):
        assert abs(one - other) < FLAT_US
