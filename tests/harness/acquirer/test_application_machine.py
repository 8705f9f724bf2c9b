"""Whatever merchants, reviewers, carrier and backlogs do in whatever order, an application stays in order."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from harness.acquirer.boarding.service import FORMS
from harness.machine import DAY_US, HOUR_US, Wake
from tests.harness.acquirer.conftest import Bench

ITEMS = ("licence", "identity", "account")
NUMBERS = st.integers(min_value=1, max_value=4).map(lambda n: f"A{n:06d}")
SERIALS = st.sampled_from(("SN-A", "SN-B", "SN-C"))
LEGAL = {
    "": {"draft", "submitted"},
    "draft": {"in_review", "withdrawn"},
    "submitted": {"in_review"},
    "in_review": {"incomplete", "approved", "rejected", "withdrawn"},
    "incomplete": {"in_review", "approved", "rejected", "incomplete", "withdrawn"},
    "rejected": {"in_review", "withdrawn"},
    "approved": set(),
    "withdrawn": set(),
}
"""From state to the states that may follow; the page on the review is the source."""
TEAM_OF = {"review": "in_review", "dispatch": "approved", "activation": "approved"}


class Applications(RuleBasedStateMachine):
    """The host under all that people can ask about applications.  A refusal is an answer, an exception is not."""

    @initialize()
    def begin(self) -> None:
        self.bench = Bench.made()
        self.states: dict[str, str] = {}
        self.overtaken: list[tuple[str, str]] = []
        self.bench.ask("control", "company", licence="L1", name="owner")

    def ask(self, who: str, name: str, **args: Any) -> None:
        self.bench.answer(who, name, **args)
        self.follow()

    def follow(self) -> None:
        for number in self.bench.host.state.applications:
            self.states.setdefault(number, "")
        for note in self.bench.effects:
            data = getattr(note, "data", None)
            if isinstance(data, dict) and data.get("machine") == "application":
                assert data["to"] in LEGAL[data["from"]], data
                assert self.states[data["subject"]] == data["from"]
                self.states[data["subject"]] = data["to"]

    @rule(items=st.sets(st.sampled_from(ITEMS)), name=st.sampled_from(("owner", "else")), sn=SERIALS | st.just(""))
    def apply(self, items: set[str], name: str, sn: str) -> None:
        merchant = {"name": name, "licence": "L1"}
        self.ask("portal", "apply", merchant=merchant, items=sorted(items), model="M", **({"sn": sn} if sn else {}))

    @rule(form=st.sampled_from(tuple(FORMS)))
    def draft(self, form: str) -> None:
        self.ask("portal", "draft", form=form, model="M")

    @rule(number=NUMBERS, form=st.sampled_from(tuple(FORMS)))
    def resume(self, number: str, form: str) -> None:
        self.ask("portal", "resume", application=number, form=form)

    @rule(number=NUMBERS)
    def save_step(self, number: str) -> None:
        draft = self.bench.host.state.drafts.all.get(number)
        if draft is not None:
            step = next((name for name in FORMS[draft.form] if name not in draft.done), "")
            page = FORMS[draft.form].get(step)
            given = dict.fromkeys(page.particulars, "owner") if page else {}
            self.ask(
                "portal",
                "save_step",
                application=number,
                step=step,
                merchant=given,
                items=list(page.items if page else ()),
            )

    @rule(number=NUMBERS, decision=st.sampled_from(("approve", "reject", "incomplete")))
    def review(self, number: str, decision: str) -> None:
        self.ask("control", "review", application=number, decision=decision, reason="r", items=["identity"])

    @rule(number=NUMBERS, items=st.sets(st.sampled_from(ITEMS), min_size=1))
    def supply(self, number: str, items: set[str]) -> None:
        self.ask("portal", "supply", application=number, items=sorted(items))

    @rule(number=NUMBERS, action=st.sampled_from(("resubmit", "withdraw", "expedite", "renew_code")))
    def act(self, number: str, action: str) -> None:
        self.ask("portal", action, application=number)

    @rule(number=NUMBERS, sn=SERIALS, who=st.sampled_from((("portal", "bind"), ("control", "pack"))))
    def device(self, number: str, sn: str, who: tuple[str, str]) -> None:
        self.ask(*who, application=number, sn=sn)

    @rule(number=NUMBERS, reason=st.sampled_from(("lost", "damaged")))
    def replacement(self, number: str, reason: str) -> None:
        application = self.bench.host.state.applications.get(number)
        if application is not None and application.parcel and reason == "lost":
            self.ask("control", "parcel_lost", parcel=application.parcel)
        self.ask("portal", "replacement", application=number, reason=reason)

    @rule(queue=st.sampled_from(tuple(TEAM_OF)), ahead=st.integers(min_value=0, max_value=3))
    def backlog(self, queue: str, ahead: int) -> None:
        self.ask("control", "cause", behaviour="backlog", queue=queue, ahead=ahead, per_day=2)

    @rule(behaviour=st.sampled_from(("review_held", "parcel_held")))
    def held(self, behaviour: str) -> None:
        self.ask("control", "cause", behaviour=behaviour)

    @rule()
    def heal(self) -> None:
        self.ask("control", "heal")

    @rule(hours=st.sampled_from((1, 5, 24, 24 * 9)))
    def wait(self, hours: int) -> None:
        end = self.bench.now + hours * HOUR_US
        while self.bench.now < end:  # as a late shell does: several things may be due at once
            self.bench.now = min(end, self.bench.now + DAY_US)
            self.bench.feed(Wake())
            self.follow()

    @invariant()
    def states_are_followed(self) -> None:
        applications = self.bench.host.state.applications
        assert {number: one.state for number, one in applications.items()} == self.states

    @invariant()
    def only_the_approved_have_numbers_and_keys(self) -> None:
        state = self.bench.host.state
        for one in state.applications.values():
            assert bool(one.mid) == bool(one.tid) == (one.state == "approved")
            assert one.state == "incomplete" or not one.missing
            assert one.state == "rejected" or not one.disputed
        for terminal in state.terminals.values():
            if terminal.application:
                assert bool(terminal.tmk) == bool(terminal.sn) or state.devices[terminal.sn].status == "lost"

    @invariant()
    def one_device_one_application(self) -> None:
        state = self.bench.host.state
        bound = [one.sn for one in state.applications.values() if one.sn and one.state != "withdrawn"]
        assert len(bound) == len(set(bound))

    @invariant()
    def who_waits_is_where_that_team_is_needed(self) -> None:
        state = self.bench.host.state
        for name, queue in state.teams.queues.items():
            subjects = [job.subject for job in queue.waiting if job.subject]
            assert len(subjects) == len(set(subjects))
            assert all(state.applications[subject].state == TEAM_OF[name] for subject in subjects)
        for one in state.applications.values():
            waits = any(queue.find(one.number) for queue in state.teams.queues.values())
            assert one.state != "in_review" or (one.due_us is None) == waits

    def teardown(self) -> None:
        """What was written down is all there is."""
        again = self.bench.restarted().state
        now = self.bench.host.state
        assert (again.applications, again.drafts, again.teams, again.parcels, again.companies) == (
            now.applications,
            now.drafts,
            now.teams,
            now.parcels,
            now.companies,
        )


TestApplications = Applications.TestCase
TestApplications.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
