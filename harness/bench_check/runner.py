"""The checks, one after the other, up to the first fault behind which nothing can be trusted."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from protocols.errors import LinkError, PosrigError
from protocols.text import Text

from .checks.asking_terminal import lost
from .faults import FAULTS
from .model import BARRED, Check, Finding, failed, not_possible
from .visit import Visit

SILENCE = logging.NullHandler()
"""What links write to standard error for developers, a port that is looked for again each second: findings tell it."""
DEBUG_VARIABLE = "POSRIG_DEBUG"
WHAT_MAX = 200
"""Characters of an error's text in a finding."""
STOPPED = Text("检查已在“{title}”处停止", "the check stopped at “{title}”")
NEEDED = Text("“{title}”没有通过，无从查起", "“{title}” did not pass, so there is nothing to go by")
NO_PART = Text("这台电脑上没有本项需要的部件（{name}）", "this computer lacks a part that this check needs ({name})")
"""A native part that is for another system or another Python, or was never there (`tools/bench_archive`)."""
LEFT_OUT = Text("未要求做这一项", "this was not asked for")


class Screen(Protocol):
    """What hears of each check."""

    def begin(self, check: Check) -> None: ...

    def tell(self, text: Text) -> None:
        """What goes on within it."""
        ...

    def end(self, check: Check, finding: Finding) -> None: ...

    def stop(self, check: Check, left: int) -> None:
        """`left` checks are not made, because of what `check` found."""
        ...


def run_checks(visit: Visit, checks: Sequence[Check], screen: Screen) -> None:
    """Make every check that `visit` has no finding of yet (an interrupted visit has some).  Each finding is durable
    before it is shown."""
    logging.getLogger("posrig").addHandler(SILENCE)
    titles = {check.id: check.title for check in checks}
    stopped = _stopped_at(visit, checks)
    for check in checks:
        if check.id in visit.findings:
            continue
        if stopped is None:
            screen.begin(check)
        finding = _barred(visit, check, stopped, titles) or _told(_made(visit, check))
        visit.findings[check.id] = finding
        visit.keep_trace()
        visit.keep("finding", _json(finding))
        if stopped is None:
            screen.end(check, finding)
        if finding.verdict == "fail" and FAULTS[finding.fault].ends:
            stopped = check
    if stopped is not None:
        screen.stop(stopped, sum(one.detail.get(BARRED) == "stopped" for one in visit.findings.values()))
    order = {check.id: place for place, check in enumerate(checks)}  # a resumed visit has filled gaps
    visit.findings = dict(sorted(visit.findings.items(), key=lambda made: order.get(made[0], -1)))


def _barred(visit: Visit, check: Check, stopped: Check | None, titles: dict[str, Text]) -> Finding | None:
    """The finding of a check that is not made at all."""
    if stopped is not None:
        return not_possible(check.id, _about(STOPPED, stopped.title), **{BARRED: "stopped"})
    only, skip = visit.settings.only, visit.settings.skip
    if (only and check.id not in only and check.group not in only) or check.id in skip or check.group in skip:
        return not_possible(check.id, LEFT_OUT, **{BARRED: "left_out"})
    for needed in check.needs:
        found = visit.findings.get(needed)
        if found is not None and found.verdict == "fail":
            return not_possible(check.id, _about(NEEDED, titles[needed]), **{BARRED: "needed"})
    return None


def _made(visit: Visit, check: Check) -> Finding:
    try:
        return check.run(visit)
    except LinkError as error:
        from harness.bench.control_client import ControlError

        if isinstance(error, ControlError):  # what spares people the looking has failed, not the cable
            return not_possible(check.id, error.what)
        visit.hang_up()
        return lost(visit, check.id, error)
    except PosrigError as error:
        return not_possible(check.id, error.what)
    except ImportError as error:
        if (error.name or "harness").startswith(("harness", "protocols")):
            return _broken(check, error)
        return not_possible(check.id, NO_PART.format(name=error.name))
    except Exception as error:  # noqa: BLE001  # one check that is broken must not cost the technician the others
        return _broken(check, error)


def _told(finding: Finding) -> Finding:
    """As it may be shown: what a terminal, a portal or a person said may hold a card number."""
    from .discreet import plain_json, plain_number

    found = Text(plain_number(finding.found.zh), plain_number(finding.found.en))
    return replace(finding, found=found, values=plain_json(finding.values))


def _broken(check: Check, error: Exception) -> Finding:
    if os.environ.get(DEBUG_VARIABLE):
        raise error
    what = f"{type(error).__name__}: {error}"[:WHAT_MAX]
    return failed(check.id, "check_broken", Text(what, what), values={"what": what})


def _stopped_at(visit: Visit, checks: Sequence[Check]) -> Check | None:
    for check in checks:
        found = visit.findings.get(check.id)
        if found is not None and found.verdict == "fail" and FAULTS[found.fault].ends:
            return check
    return None


def _about(pattern: Text, title: Text) -> Text:
    return Text(pattern.zh.format(title=title.zh), pattern.en.format(title=title.en))


def _json(finding: Finding) -> dict[str, object]:
    from .record.findings import finding_json

    return finding_json(finding)
