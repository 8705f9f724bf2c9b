"""Drafts, false and missing documents, re-checks: what the failure catalogue says of its rows A3, A4, A6 and A7."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.machine import DAY_US, HOUR_US
from protocols.unionpay.activation import ActivationRequest, ActivationState, State, build_request, parse_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness.acquirer.conftest import Bench, Pos

SN = "00000302CT100-0001"
ITEMS = ["licence", "identity", "account"]
MERCHANT = {"name": "测试商户一", "licence": "TEST-LICENCE-0001"}
PAGES: dict[str, dict[str, Any]] = {
    "merchant": {"merchant": {**MERCHANT, "address": "x", "trade": "5411", "phone": "0"}},
    "licence": {"items": ["licence"]},
    "identity": {"merchant": {"legal_person": "x"}, "items": ["identity"]},
    "account": {"merchant": {"bank": "x", "account_name": "x"}, "items": ["account"]},
    "premises": {"items": ["shop_front", "interior", "lease"]},
    "contract": {"items": ["contract"]},
}


def apply(bench: Bench, **more: Any) -> str:
    answer = bench.ask("portal", "apply", **({"merchant": MERCHANT, "model": "CT-100", "items": ITEMS} | more))
    return str(answer["application"])


def progress(bench: Bench, application: str) -> dict[str, Any]:
    return bench.ask("portal", "progress", application=application)


def activate(bench: Bench, make_pos: Callable[..., Pos], code: str, sn: str = SN) -> tuple[str | None, ActivationState]:
    pos = make_pos(bench, tid="", mid="")
    asked = ActivationRequest("02", sn, "123456", "0A1B2C3D", "1.0.0   ", code)
    reply = pos.exchange(pos.frame("0800", {11: "000001", 59: build_request(asked, pos.dialect), 60: "00000000101"}))
    return reply.text(39), parse_state(reply.octets(62) or b"", pos.dialect)


def live(bench: Bench, **more: Any) -> str:
    """The number of a merchant whose application was approved."""
    application = apply(bench, **more)
    bench.wait(25 * HOUR_US)
    return str(progress(bench, application)["mid"])


# drafts


def test_a_draft_is_kept_and_goes_on_where_it_was_left(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    begun = bench.ask("portal", "draft", form="full", sn=SN)
    number = begun["application"]
    # The pages above, counted by hand: 5 + 1 + 2 + 3 + 3 + 1 things on six pages.
    assert (begun["state"], begun["steps"], begun["asked"], begun["next_step"]) == ("draft", 6, 15, "merchant")
    for page in ("merchant", "licence"):
        bench.ask("portal", "save_step", application=number, step=page, **PAGES[page])
    bench.wait(30 * DAY_US)
    late = bench.answer("portal", "save_step", application=number, step="identity", **PAGES["identity"])
    assert (late.ok, late.value["cause"]) == (False, "draft_expired")
    told = progress(bench, number)["draft"]
    assert (told["last_step"], told["expired"], told["expires_us"]) == ("licence", True, 30 * DAY_US)
    code, state = activate(bench, make_pos, "1")
    assert (code, state.state, state.case_number) == ("03", State.DRAFT, number)
    assert (state.valid_until, state.item_codes) == ("202604010800", ("identity",))
    assert bench.restarted().state.drafts == bench.host.state.drafts
    assert bench.ask("portal", "resume", application=number)["steps_done"] == 2
    for page in ("identity", "account", "premises", "contract"):
        assert progress(bench, number)["state"] == "draft"
        bench.ask("portal", "save_step", application=number, step=page, **PAGES[page])
    assert progress(bench, number)["state"] == "in_review"
    bench.wait(25 * HOUR_US)
    assert progress(bench, number)["state"] == "approved"


def test_a_shorter_form_asks_for_nothing_twice(bench: Bench) -> None:
    number = bench.ask("portal", "draft")["application"]
    bench.ask("portal", "save_step", application=number, step="merchant", **PAGES["merchant"])
    short = bench.ask("portal", "resume", application=number, form="short")
    assert (short["steps"], short["wanted"]) == (1, {"merchant": [], "items": ITEMS})
    done = bench.ask("portal", "save_step", application=number, step="short", items=ITEMS)
    assert (done["state"], done["steps_done"]) == ("in_review", 1)


@pytest.mark.parametrize(
    ("step", "cause"), [("licence", "bad_argument"), ("merchant", "step_incomplete"), ("nonsense", "bad_argument")]
)
def test_a_page_that_is_not_the_next_or_not_filled_in(bench: Bench, step: str, cause: str) -> None:
    number = bench.ask("portal", "draft")["application"]
    answer = bench.answer("portal", "save_step", application=number, step=step, merchant={"name": "x"})
    assert (answer.ok, answer.value["cause"]) == (False, cause)
    assert progress(bench, number)["draft"]["steps_done"] == 0


def test_what_is_no_draft_cannot_be_gone_on_with(bench: Bench) -> None:
    number = apply(bench)
    for action, args in (("resume", {}), ("save_step", {"step": "merchant"})):
        answer = bench.answer("portal", action, application=number, **args)
        assert (answer.ok, answer.value["cause"]) == (False, "wrong_state")
    assert not bench.answer("portal", "draft", form="long").ok


# documents


def test_a_licence_of_somebody_else_is_found_at_the_review(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    bench.ask("control", "company", licence="L1", name="the owner")
    application = apply(bench, merchant={"name": "somebody", "licence": "L1"}, sn=SN)
    assert progress(bench, application)["state"] == "in_review"
    bench.wait(5 * HOUR_US)
    told = progress(bench, application)
    assert (told["state"], told["disputed"]) == ("rejected", ["licence"])
    assert "工商登记" in told["reason"]
    assert "register of companies" in told["reason"]
    code, state = activate(bench, make_pos, "1")
    assert (code, state.state, state.item_codes) == ("03", State.REJECTED, ("licence",))
    bench.ask("portal", "resubmit", application=application, merchant={"licence": "L2"})
    bench.wait(25 * HOUR_US)
    assert progress(bench, application)["state"] == "approved"


@pytest.mark.parametrize("merchant", [{"name": "the owner", "licence": "L1"}, {"name": "x", "licence": "unknown"}])
def test_true_and_unknown_licences_pass(bench: Bench, merchant: dict[str, str]) -> None:
    bench.ask("control", "company", licence="L1", name="the owner")
    assert live(bench, merchant=merchant)


def test_a_recheck_suspends_with_its_list_and_ends_when_all_is_there(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "recheck", mid=pos.mid, lapsed=["licence", "identity"])
    refused = pos.sale(100)
    assert refused.text(39) == "03"
    assert pos.settle((0, 0)).text(39) in (None, "00")  # no money may be locked in
    pos.batch = f"{int(pos.batch) + 1:06d}"

    def holds() -> list[dict[str, Any]]:
        (terminal,) = [t for t in bench.ask("portal", "status", mid=pos.mid)["terminals"] if t["tid"] == pos.tid]
        return list(terminal["holds"])

    (hold,) = holds()
    assert (hold["kind"], hold["items"]) == ("incomplete", ["licence", "identity"])
    assert bench.ask("portal", "supply", mid=pos.mid, items=["licence"])["missing"] == ["identity"]
    bench.wait(DAY_US)
    assert len(holds()) == 1
    bench.ask("portal", "supply", mid=pos.mid, items=["identity"])
    bench.wait(4 * HOUR_US)
    assert holds() == []
    assert pos.sign_in().text(39) == "00"
    assert pos.sale(100).text(39) == "00"
    assert bench.restarted().state.companies == bench.host.state.companies


def test_a_recheck_that_finds_the_same_fault_again_goes_on(bench: Bench) -> None:
    mid = live(bench)
    bench.ask("control", "company", licence=MERCHANT["licence"], name="the owner")
    found = bench.ask("control", "recheck", mid=mid)
    assert (found["passed"], found["disputed"]) == (False, ["licence"])
    bench.ask("portal", "supply", mid=mid, items=["licence"])  # the same licence once more
    bench.wait(DAY_US)
    assert bench.host.state.holds.active
    bench.ask("portal", "supply", mid=mid, items=["licence"], merchant={"licence": "L2"})
    bench.wait(DAY_US)
    assert not bench.host.state.holds.active


def test_a_recheck_without_fault_changes_nothing(bench: Bench) -> None:
    mid = live(bench)
    assert bench.ask("control", "recheck", mid=mid)["passed"] is True
    answer = bench.answer("portal", "supply", mid=mid, items=["x"])
    assert (answer.ok, answer.value["cause"]) == (False, "nothing_wanted")


def test_what_never_was_applied_for_is_told_from_all_else(bench: Bench, make_pos: Callable[..., Pos]) -> None:
    code, state = activate(bench, make_pos, "1")
    assert (code, state.state, state.case_number) == ("03", State.NO_APPLICATION, None)
    answer = bench.answer("portal", "status", sn=SN)
    assert (answer.ok, answer.value["cause"]) == (False, "sn_unknown")
    bench.ask("portal", "draft", sn=SN)
    assert activate(bench, make_pos, "1")[1].state == State.DRAFT
