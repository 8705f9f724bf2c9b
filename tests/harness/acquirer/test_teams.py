"""Queues: first in, first out, a priority lane that starves nobody, and times that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.acquirer.boarding.service import TEAMS, Team
from harness.acquirer.books.teams import FOLD, PRIORITY_RUN_MAX, TeamBook
from harness.machine import DAY_US, HOUR_US

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness.acquirer.conftest import Bench

ACTS = st.lists(st.sampled_from(("come", "come", "expedite", "take", "take")), max_size=60)


def record(book: TeamBook, kind: str, **data: Any) -> None:
    FOLD[kind](book, {"queue": "review", **data})


def take(book: TeamBook) -> tuple[int, bool]:
    """The head goes; its number, and whether it stood in the priority lane."""
    queue = book.queues["review"]
    head = queue.order()[0]
    prior = head in queue.priority
    record(book, "job_taken", number=head.number, at_us=0)
    return head.number, prior


@given(ACTS, st.randoms(use_true_random=False))
def test_nobody_overtakes_within_a_lane_and_nobody_starves(acts: list[str], rng: Any) -> None:
    book, taken, expedited, overtaken = TeamBook(), [], [], {}
    run = 0
    for act in acts:
        queue = book.queues.get("review")
        if act == "come":
            record(book, "job_queued", number=book.last + 1, subject=str(book.last + 1), since_us=0)
            overtaken[book.last] = 0
        elif act == "expedite" and queue and queue.normal:
            job = rng.choice(queue.normal)
            record(book, "job_expedited", number=job.number)
            expedited.append(job.number)
        elif act == "take" and queue and queue.waiting:
            normal_waits = bool(queue.normal)
            number, prior = take(book)
            taken.append((number, prior))
            run = run + 1 if prior else 0
            assert run <= PRIORITY_RUN_MAX or not normal_waits
            for other in queue.waiting:
                overtaken[other.number] += number > other.number
    normal = [number for number, prior in taken if not prior]
    assert normal == sorted(normal)
    prior_order = [number for number, prior in taken if prior]
    assert prior_order == [number for number in expedited if number in prior_order]
    queue = book.queues.get("review")
    waiting = queue.waiting if queue else []
    assert sorted([number for number, _ in taken] + [job.number for job in waiting]) == list(range(1, book.last + 1))
    assert all(job.overtaken == overtaken[job.number] for job in waiting)


def test_the_priority_lane_lets_one_pass_after_three(bench: Bench) -> None:
    bench.ask("control", "cause", behaviour="backlog", queue="review", per_day=1)
    waiting = [apply(bench, str(number)) for number in range(6)]
    for application in waiting[1:]:
        bench.ask("portal", "expedite", application=application)
    assert [queue_of(bench, one)["position"] for one in waiting] == [4, 1, 2, 3, 5, 6]
    for still_there in (5, 4, 3, 2, 1, 0):
        bench.wait(DAY_US)
        assert sum(queue_of(bench, one) is not None for one in waiting) == still_there
        assert (queue_of(bench, waiting[0]) is not None) == (still_there > 2)


@given(ACTS)
def test_the_order_that_is_told_is_the_order_that_comes(acts: list[str]) -> None:
    book = TeamBook()
    record(book, "team_pace", pace_us=0, at_us=0)
    for act in acts:
        if act == "come":
            record(book, "job_queued", number=book.last + 1, subject=str(book.last + 1), since_us=0)
        elif act == "expedite" and book.queues["review"].normal:
            record(book, "job_expedited", number=book.queues["review"].normal[-1].number)
    told = [job.number for job in book.queues["review"].order()]
    assert [take(book)[0] for _ in told] == told


def apply(bench: Bench, name: str) -> str:
    return str(bench.ask("portal", "apply", merchant={"name": name}, model="M")["application"])


def queue_of(bench: Bench, application: str) -> Any:
    return bench.ask("portal", "progress", application=application)["queue"]


@pytest.mark.parametrize("expedite", [False, True])
def test_an_application_is_taken_up_when_it_was_told(bench: Bench, expedite: bool) -> None:
    bench.ask("control", "cause", behaviour="backlog", queue="review", per_day=4, ahead=6)
    first, last = apply(bench, "one"), apply(bench, "two")
    if expedite:
        bench.ask("portal", "expedite", application=last)
    # One in six hours.  Six others and `first` are ahead of `last`, or nobody; `first` has six, or one more.
    position = {first: 7, last: 8} if not expedite else {first: 8, last: 1}
    for application, wanted in position.items():
        told = queue_of(bench, application)
        assert (told["position"], told["expected_us"]) == (wanted, bench.now + wanted * 6 * HOUR_US)
    for application in sorted(position, key=position.__getitem__):
        expected = queue_of(bench, application)["expected_us"]
        bench.wait(expected - bench.now - 1)
        assert queue_of(bench, application)["position"] == 1
        bench.wait(1)
        assert queue_of(bench, application) is None
        assert bench.ask("portal", "progress", application=application)["state"] == "in_review"


def test_everyone_ahead_is_late_and_nobody_behind_is_taken_up(bench: Bench) -> None:
    bench.ask("control", "cause", behaviour="backlog", queue="review", per_day=1, ahead=3)
    own, behind = apply(bench, "own"), apply(bench, "behind")
    bench.wait(4 * HOUR_US)  # what this team promises
    assert (queue_of(bench, own)["ahead_late"], queue_of(bench, own)["late"]) == (0, False)
    bench.wait(1)
    assert (queue_of(bench, own)["ahead_late"], queue_of(bench, own)["late"]) == (3, True)
    bench.wait(DAY_US - 3 * HOUR_US)
    told, later = queue_of(bench, own), queue_of(bench, behind)
    assert (told["ahead"], told["ahead_late"], told["overtaken"], told["late"]) == (2, 2, 0, True)
    assert later["position"] == told["position"] + 1
    bench.ask("portal", "expedite", application=behind)
    bench.wait(DAY_US)
    assert queue_of(bench, own)["overtaken"] == 1


def test_the_end_of_a_backlog_takes_up_all_in_their_order(bench: Bench) -> None:
    bench.ask("control", "cause", behaviour="backlog", queue="review", ahead=2)
    waiting = [apply(bench, name) for name in ("a", "b", "c")]
    bench.ask("control", "heal", behaviour="backlog")
    bench.wait(0)
    taken = [r["number"] for r in bench.records if r["kind"] == "job_taken"]
    assert taken == sorted(taken)
    assert len(taken) == 5
    assert [queue_of(bench, one) for one in waiting] == [None, None, None]


def test_a_team_with_a_limit_of_its_own(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(teams={**TEAMS, "review": Team(HOUR_US, per_day=2)})
    first, second, third = (apply(bench, name) for name in ("a", "b", "c"))
    assert queue_of(bench, first) is None
    assert (queue_of(bench, second)["position"], queue_of(bench, third)["position"]) == (1, 2)
    bench.wait(DAY_US // 2)
    assert (queue_of(bench, second), queue_of(bench, third)["position"]) == (None, 1)
    assert bench.restarted().state.teams == bench.host.state.teams


def test_only_one_backlog_at_a_time(bench: Bench) -> None:
    bench.ask("control", "cause", behaviour="backlog", queue="review", ahead=1)
    own = apply(bench, "own")
    bench.ask("control", "cause", behaviour="backlog", queue="dispatch")
    bench.wait(0)
    assert queue_of(bench, own) is None


@pytest.mark.parametrize(
    "settings", [{"queue": "revue"}, {"queue": "review", "per_day": 0}, {"queue": "review", "ahead": 1_001}, {}]
)
def test_a_backlog_that_makes_no_sense(bench: Bench, settings: dict[str, Any]) -> None:
    answer = bench.answer("control", "cause", behaviour="backlog", **settings)
    assert (answer.ok, answer.value["cause"]) == (False, "bad_argument")
    assert bench.host.state.behaviours == {}


def test_who_waits_for_nobody_cannot_be_expedited(bench: Bench) -> None:
    answer = bench.answer("portal", "expedite", application=apply(bench, "a"))
    assert (answer.ok, answer.value["cause"]) == (False, "not_queued")


def test_a_withdrawn_application_leaves_the_queue(bench: Bench) -> None:
    bench.ask("control", "cause", behaviour="backlog", queue="review")
    own, behind = apply(bench, "own"), apply(bench, "behind")
    bench.ask("portal", "withdraw", application=own)
    assert queue_of(bench, behind)["position"] == 1


def test_other_merchants_are_bounded(bench: Bench) -> None:
    bench.ask("control", "cause", behaviour="backlog", queue="review", ahead=1_000)
    answer = bench.answer("control", "cause", behaviour="backlog", queue="dispatch", ahead=1)
    assert (answer.ok, answer.value["cause"]) == (False, "bad_argument")
    assert bench.restarted().state.teams == bench.host.state.teams
