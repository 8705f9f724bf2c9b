"""The service-quality report (服务质量): what the provider's own records tell of response times and failures.

The host knows when it had a request and when it let the answer go, which answers said that the service failed, and
from reversals with reason 98 that a terminal had no answer.  What the line added it does not know.  The report is an
aggregate: below `REQUESTS_MIN` requests it judges nothing, and one slow or failed sale among so many is within limits.
No source gives figures; period, limits and least count are posrig's choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import NamedTuple

from ..asks import Args, Value, bad_argument
from ..books.quality import BOUNDS_MS, PERIOD_US, Period
from ..replies import Outcome
from ..turn import Turn
from ..wire import Request

FAILURES = frozenset({"06", "68", "91", "92", "96", "98"})
"""F39 that blame neither card nor terminal nor merchant: error, too late, issuer or line down, malfunction."""
NO_ANSWER_REASON = "98"
REQUESTS_MIN = 20
P95_LIMIT_MS = 2_000
FAILED_LIMIT_PERMILLE = 50
PERIODS_BACK_MAX = 366
PERCENTS = (50, 95, 99)


def served(turn: Turn, request: Request, outcome: Outcome, took_us: int | None) -> None:
    """Note one financial request or reversal.  `took_us`: from the request to its answer, None when none was sent."""
    family = request.kind.family if request.kind else ""
    if family == "reversal":
        if request.text(39) == NO_ANSWER_REASON:
            turn.record("served", at_us=turn.now, requests=0, took_us=None, failure="")
    elif family == "financial" and not outcome.stored:
        failure = "" if took_us is None else outcome.code if outcome.code in FAILURES else None
        turn.record("served", at_us=turn.now, requests=1, took_us=took_us, failure=failure)


class Judged(NamedTuple):
    """A period in figures.  `within`: None where there was too little to judge."""

    percentiles_ms: dict[int, int | None]
    failed: int
    failed_permille: int
    within: bool | None


def judged(period: Period) -> Judged:
    """Percentiles are upper bounds of their class, None beyond the last bound; a request whose answer was not sent, and
    whose reversal told of it, counts once."""
    answers = sum(period.took)
    percentiles = {percent: _percentile(period.took, percent) for percent in PERCENTS} if answers else {}
    failed = min(sum(period.failed.values()), period.requests)
    permille = failed * 1_000 // period.requests if period.requests else 0
    if period.requests < REQUESTS_MIN:
        return Judged(percentiles, failed, permille, None)
    p95 = percentiles.get(95)
    slow = p95 is None or p95 > P95_LIMIT_MS
    return Judged(percentiles, failed, permille, not slow and permille <= FAILED_LIMIT_PERMILLE)


def _percentile(took: list[int], percent: int) -> int | None:
    rank = -(-sum(took) * percent // 100)  # nearest rank
    at = next(n for n, count in enumerate(accumulate(took)) if count >= rank)
    return BOUNDS_MS[at] if at < len(BOUNDS_MS) else None


def report(turn: Turn, args: Args) -> Value:
    """`{back}`: the report of the current period (0, the default) or of one before it.

    `within` is true, false, or null: too few requests for a judgement.
    """
    back = args.get("back", 0)
    if not isinstance(back, int) or isinstance(back, bool) or not 0 <= back <= PERIODS_BACK_MAX:
        raise bad_argument("back", f"应为 0 至 {PERIODS_BACK_MAX}", f"must be 0 to {PERIODS_BACK_MAX}")
    number = turn.now // PERIOD_US - back
    period = turn.state.quality.periods.get(number, Period())
    found = judged(period)
    return {
        "from_us": turn.told(number * PERIOD_US),
        "to_us": turn.told((number + 1) * PERIOD_US),
        "requests": period.requests,
        **{f"p{percent}_ms": value for percent, value in found.percentiles_ms.items()},
        "failed": found.failed,
        "failed_permille": found.failed_permille,
        "failed_by_code": dict(sorted(period.failed.items())),
        "limits": {"p95_ms": P95_LIMIT_MS, "failed_permille": FAILED_LIMIT_PERMILLE, "requests": REQUESTS_MIN},
        "within": found.within,
    }


PORTAL: Mapping[str, Callable[[Turn, Args], Value]] = {"quality": report}
CONTROL: Mapping[str, Callable[[Turn, Args], Value]] = {"quality": report}
