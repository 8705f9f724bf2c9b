"""Selection against the recorded sessions of emv-utils' own tests, and the choice of the cardholder."""

from __future__ import annotations

from typing import Any

import pytest

from harness.terminal.kernel.parameters import applications
from harness.terminal.kernel.selection import LOWEST, Candidate, candidates, select
from harness.terminal.kernel.session import Ended
from harness.terminal.wants import GaveUp

from .driving import aid, desk_with, notes, replayed, run, session_of

TAKEN = tuple(
    aid(name) for name in ("A0000000031010", "A0000000032010", "A0000000032020", "A0000000041010", "A0000000043060")
)
"""What the terminal of those tests takes, each by its beginning."""
PRIORITIES = ["APP 1", "APP 2", "APP 3", "APP 4", "APP 5", "APP 6", "APP 7"]
"""The labels of `test_sorted_app_priority` are the order that is due; an eighth one the terminal does not take."""
FCI = "6F1D8408A000000003101003A511500556205041598701015F2D046E6C656E9000"


def listed(session: str) -> tuple[list[Candidate], list[str], list[str]]:
    desk = desk_with(*TAKEN)
    card, asked = replayed(f"emvutils/build_candidate_list/{session}")
    found, sent = run(candidates(session_of(desk), applications(desk.state.aids)), card)
    return found, sent, asked


@pytest.mark.parametrize(
    ("session", "labels"),
    [
        ("test_pse_app_supported", ["VISA CREDIT"]),
        ("test_pse_multi_app_supported", ["V PAY", "V PAY"]),
        ("test_aid_multi_exact_match_app_supported", ["V PAY", "V PAY"]),
        ("test_aid_multi_partial_match_app_supported", ["MC CREDIT", "MC CREDIT"]),
        ("test_sorted_app_priority", PRIORITIES),
        ("test_app_cardholder_confirmation", ["VISA CREDIT"]),
    ],
)
def test_the_candidates_of_a_card(session: str, labels: list[str]) -> None:
    found, sent, asked = listed(session)
    assert sent == asked
    first = {"MC CREDIT": "MASTERCARD"}
    assert [one.label for one in found] == [first.get(label, label) for label in labels]
    assert [one.priority for one in found] == sorted(one.priority for one in found)


def test_what_the_directory_says_of_an_application() -> None:
    (only,), _, _ = listed("test_app_cardholder_confirmation")
    assert (only.name.hex().upper(), only.priority, only.confirm) == ("A0000000031010", 1, True)
    *_, last = listed("test_sorted_app_priority")[0]
    assert last.priority == LOWEST
    exact = listed("test_aid_multi_partial_match_app_supported")[0]
    assert [one.name.hex().upper() for one in exact] == ["A000000004101010", "A000000004101020"]


@pytest.mark.parametrize(
    ("session", "cause", "instead"),
    [
        ("test_pse_card_blocked", "card_blocked", ""),
        ("test_aid_card_blocked", "card_blocked", ""),
        ("test_aid_blocked", "application_blocked", ""),
        ("test_nothing_found", "no_application", "swipe"),
        ("test_pse_blocked", "no_application", "swipe"),
        ("test_pse_app_not_supported", "no_application", "swipe"),
    ],
)
def test_no_candidate(session: str, cause: str, instead: str) -> None:
    with pytest.raises(Ended) as ended:
        listed(session)
    assert (ended.value.cause, ended.value.instead) == (cause, instead)


def chosen(*names: str, answers: dict[str, str], typed: tuple[Any, ...] = (), confirm: bool = False) -> Any:
    desk = desk_with(*TAKEN)
    (visa, *_) = applications(desk.state.aids)
    rows = [Candidate(bytes.fromhex(name), visa, f"APP {name[-1]}", LOWEST, confirm) for name in names]
    session = session_of(desk)

    def card(command: bytes) -> bytes:
        return bytes.fromhex(answers[command[5:-1].hex().upper()])

    found, sent = run(select(session, rows), card, *typed)
    return found, [one[10:-2] for one in sent], session, rows


def test_a_candidate_that_is_refused_gives_way_to_the_next() -> None:
    """6A82, another name than that asked for, 6A81, no template 6F: `select_application` of emv-utils, apps 1 to 5."""
    one, two, five, three = ("A00000000310100" + digit for digit in "1253")
    answers = {
        one: "6A82",
        two: "6F1D8408A000000003101005A511500556205041598701015F2D046E6C656E9000",
        five: "6F1D8508A000000003101005A511500556205041598701015F2D046E6C656E9000",
        three: FCI,
    }
    found, sent, session, left = chosen(one, two, five, three, answers=answers, typed=("", "", "", ""))
    assert sent == [one, two, five, three]
    assert found.name.hex().upper() == three and left == []
    assert session.data[0x84] == bytes.fromhex(three)
    assert session.data[0x5F2D] == b"nlen"
    assert notes(session.desk)[-1] == {"what": "selected", "ok": True, "aid": three, "label": "APP 3"}


def test_nothing_is_left() -> None:
    one = "A000000003101001"
    assert chosen(one, answers={one: "6A82"})[0] is None
    _, _, session, _ = chosen(one, answers={one: "6283"})
    assert session.blocked


@pytest.mark.parametrize(("typed", "taken"), [(("2",), 1), (("",), 0), (("9", "x", "1"), 0)])
def test_the_cardholder_chooses(typed: tuple[str, ...], taken: int) -> None:
    names = ("A000000003101003", "A000000003101004")
    answers = {name: FCI.replace("A000000003101003", name) for name in names}
    assert chosen(*names, answers=answers, typed=typed)[0].name.hex().upper() == names[taken]


def test_an_application_may_want_to_be_confirmed() -> None:
    name = "A000000003101003"
    assert chosen(name, answers={name: FCI}, typed=("",), confirm=True)[0] is not None
    with pytest.raises(Ended) as ended:
        chosen(name, answers={name: FCI}, typed=(GaveUp("cancelled"),), confirm=True)
    assert ended.value.cause == "cancelled"


def test_an_aid_that_must_be_met_exactly() -> None:
    """DF01 = 01: a longer name is passed over, and the next one asked for."""
    desk = desk_with(aid("A0000000041010", ("DF01", "01")))

    def only(command: bytes) -> bytes:
        answers = {
            "00A404000E315041592E5359532E444446303100": "6A82",
            "00A4040007A000000004101000": "6F0A8408A0000000041010109000",
            "00A4040207A000000004101000": "6F098407A00000000410109000",
        }
        return bytes.fromhex(answers[command.hex().upper()])

    found, _ = run(candidates(session_of(desk), applications(desk.state.aids)), only)
    assert [one.name.hex().upper() for one in found] == ["A0000000041010"]


def test_a_directory_that_never_ends_is_left() -> None:
    desk = desk_with(*TAKEN)

    def card(command: bytes) -> bytes:
        if command[1] == 0xB2:
            return bytes.fromhex("700E610C4F07A00000000310105001419000")
        return bytes.fromhex("6F15840E315041592E5359532E4444463031A5038801019000" if command[5:6] == b"1" else "6A82")

    found, sent = run(candidates(session_of(desk), applications(desk.state.aids)), card)
    assert (len(found), len(sent)) == (1, 33), "the same application once, and the list is not read for ever"
