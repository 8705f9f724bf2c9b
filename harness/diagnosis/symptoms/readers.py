"""Symptoms of the card readers: what could not be read, how often, since when, and what cleaning changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from protocols.text import Text

from ...trace import Event
from ..story import Story, field_of
from ..symptom import Symptom, both_ends
from .cards import TOUCHED, fell_back, is_the_cards
from .output import failed_later

READERS = ("magnetic_reader", "chip_reader", "contactless_reader")
READER_OF: dict[str, str] = dict(zip(("swipe", "insert", "tap"), READERS, strict=True))
"""The part, by the way in which a card is presented."""
FORBIDDEN = "45"
FEW = 10
"""From so many reads on, all of them failing is more than an accident."""


@dataclass(frozen=True, slots=True)
class _Test:
    """One test of one part.  `low` and `high`: bounds of its error rate in parts per thousand, of a reader's; `card`:
    the card that was in the reader, "" where nobody saw it."""

    event: Event
    part: str
    ok: bool
    low: int = 0
    high: int = 0
    card: str = ""

    @property
    def dead(self) -> bool:
        """Not a single read succeeded."""
        reads = int(self.event.data.get("reads", 0))
        return reads >= FEW and self.event.data.get("errors") == reads

    @property
    def seq(self) -> int:
        return self.event.seq


_Tested = dict[tuple[str, str, str], list[_Test]]
"""Reader tests by terminal, part and the part's number, in their order."""


def _all_tests(story: Story) -> _Tested:
    found: _Tested = {}
    cards: dict[tuple[str, str], str] = {}
    for event in story.events:
        if event.kind == "card" and event.data.get("what") == "presented":
            cards[event.party, READER_OF.get(str(event.data.get("how")), "")] = str(event.data.get("pan", ""))
        elif event.kind == "operation" and event.data.get("phase") == "begin":
            cards.clear()
        elif event.kind == "part" and event.data.get("what") == "read_test":
            part, number = str(event.data["part"]), str(event.data.get("id"))
            low, high = int(event.data.get("low_permille", 0)), int(event.data.get("high_permille", 0))
            card = cards.get((event.party, part), "")
            test = _Test(event, part, event.data.get("ok") is True, low, high, card)
            found.setdefault((event.party, part, number), []).append(test)
    return found


def _of_one_card(story: Story) -> list[_Test]:
    """Tests that failed with one card, and the one that another card passed in the same reader, untouched meanwhile."""
    found = []
    for (party, _, _), series in story.once(_all_tests).items():
        touched = [e.seq for e in story.of("maintenance", party) if e.data.get("act") in TOUCHED]
        for test in (test for test in series if not test.ok and test.card):
            later = (one for one in series if one.seq > test.seq and one.card not in ("", test.card))
            other = next(later, None)
            if other is not None and other.ok and not any(test.seq < seq < other.seq for seq in touched):
                found += [test, other]
    return found


def _tests(story: Story) -> _Tested:
    """All tests that say something of the reader."""
    of_cards = {test.seq for test in story.once(_of_one_card) if not test.ok}
    return {
        key: [test for test in series if test.seq not in of_cards] for key, series in story.once(_all_tests).items()
    }


def _test_card(story: Story) -> list[int]:
    return [test.seq for test in story.once(_of_one_card)]


def _series(story: Story) -> Iterator[Sequence[_Test]]:
    yield from story.once(_tests).values()


def _keypad_tests(story: Story, party: str) -> list[_Test]:
    told = (e for e in story.of("part", party) if e.data.get("what") == "keypad_test")
    return [_Test(event, "keypad", event.data.get("ok") is True) for event in told]


def _cleanings(story: Story, party: str) -> list[int]:
    return [e.seq for e in story.of("maintenance", party) if e.data.get("act") == "clean"]


def _fallback(story: Story) -> list[int]:
    """Again and again: a chip that is not read once happens to everybody."""
    requests = (exchange.request for exchange in both_ends(story) if fell_back(exchange.request))
    found = [event.seq for event in requests if not is_the_cards(story, event.party, field_of(event, 41))]
    return found if len(found) > 1 else []


def _fallback_forbidden(story: Story) -> list[int]:
    """45, on the wire or as the terminal or the register told it."""
    answered = [x.reply.seq for x in both_ends(story) if x.reply is not None and x.code == FORBIDDEN]
    return answered + [event.seq for event, outcome in story.outcomes() if outcome.get("code") == FORBIDDEN]


def _unnoticed(story: Story) -> list[int]:
    return [e.seq for e in story.of("card") if e.data.get("what") == "unnoticed"]


def _dead(story: Story) -> list[int]:
    return [test.seq for series in _series(story) for test in series if test.dead]


def _errors(story: Story) -> list[int]:
    return [test.seq for series in _series(story) for test in series if not test.ok and not test.dead]


def _rising(story: Story) -> list[int]:
    """More errors than before, and again more: two rises in a row, each beyond what chance allows."""
    found: list[int] = []
    for series in _series(story):
        steps = [series[0]] if series else []
        for test in series[1:]:
            if test.low > steps[-1].high:
                steps.append(test)
        found += [test.seq for test in steps[1:]] if len(steps) > 2 else []
    return found


def _after_cleaning(story: Story, good: bool) -> list[int]:
    """Tests after a cleaning of a reader that made errors before it; `good`: they are gone."""
    found = []
    for (party, _, _), series in story.once(_tests).items():
        for cleaned in _cleanings(story, party):
            before = [test for test in series if test.seq < cleaned]
            after = [test for test in series if test.seq > cleaned]
            if before and not before[-1].ok and after and after[0].ok is good and not after[0].dead:
                found.append(after[0].seq)
    return found


def _cleaning_helps(story: Story) -> list[int]:
    return _after_cleaning(story, good=True)


def _worn(story: Story) -> list[int]:
    """As many errors after cleaning, and the keys are good: nothing got in."""
    if _with_keys(story):
        return []
    passed = {e.party for e in story.of("part") if e.data.get("what") == "keypad_test" and e.data.get("ok") is True}
    parties = {seq: party for (party, _, _), series in story.once(_tests).items() for seq in (t.seq for t in series)}
    return [seq for seq in _after_cleaning(story, good=False) if parties[seq] in passed]


def _with_keys(story: Story) -> list[int]:
    """Reader and keypad fail their tests one after the other, and none of them had failed one before the other did."""
    found: list[int] = []
    for (party, _, _), series in story.once(_tests).items():
        reads = next((test for test in series if not test.ok and not test.dead), None)
        keys = _keypad_tests(story, party)
        bad = next((test for test in keys if not test.ok), None)
        if reads is None or bad is None:
            continue
        between = range(min(reads.seq, bad.seq) + 1, max(reads.seq, bad.seq))
        if not any(test.ok and test.seq in between for test in (*series, *keys)):
            found += [reads.seq, bad.seq]
    return sorted(found)


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "test_card_worn",
        Text(
            "读卡器测试：一张卡差错率过高，另一张卡合格：磨损的是卡片触点，不是读卡器",
            "Reader test: too many errors with one card, none with another: the card's contacts are worn, "
            "not the reader",
        ),
        _test_card,
        outside=True,
    ),
    Symptom(
        "card_unnoticed",
        Text("卡片已出示，终端毫无反应", "A card is presented, and the terminal does not react at all"),
        _unnoticed,
    ),
    Symptom(
        "fallback",
        Text("芯片一再读取失败而改刷磁条（降级交易）", "The stripe stood in for the chip again and again (fallback)"),
        _fallback,
    ),
    Symptom(
        "fallback_forbidden",
        Text("主机不允许降级交易（45）", "The host allows no fallback (45)"),
        _fallback_forbidden,
    ),
    Symptom(
        "reader_failed_later",
        Text("读卡器此前自检正常，现在自检失败", "A reader passed an earlier self-test and fails it now"),
        failed_later(*READERS),
    ),
    Symptom(
        "reader_dead",
        Text("读卡器测试：一次也读不出", "Reader test: not a single read succeeds"),
        _dead,
    ),
    Symptom(
        "read_errors",
        Text("读卡器测试：差错率过高", "Reader test: too many errors"),
        _errors,
    ),
    Symptom(
        "read_errors_rise",
        Text("读卡差错率一再升高，超出偶然", "The share of read errors rises again and again, beyond chance"),
        _rising,
    ),
    Symptom(
        "cleaning_does_not_help",
        Text("清洁后差错率不变，键盘正常", "As many read errors after cleaning, and the keypad is good"),
        _worn,
    ),
    Symptom(
        "cleaning_helps",
        Text("清洁后读卡恢复正常", "After cleaning the reader reads well again"),
        _cleaning_helps,
    ),
    Symptom(
        "reads_and_keys_fail_together",
        Text("读卡差错与按键异常同时出现", "Read errors and bad keys began together"),
        _with_keys,
    ),
)
