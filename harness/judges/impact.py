"""What an outage cost the merchant, computed from the trace: time out of service, sales refused, fallback takings.

An outage of a terminal begins with a sale that could not be made and ends with the next one that is booked.  A sale
that the customer's own card or PIN stopped is no outage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from protocols.text import Text

from ..machine import DAY_US, HOUR_US, MINUTE_US, Json, side_of
from ..trace import Event

CARDHOLDER = frozenset(
    {
        *("04", "07", "14", "15", "33", "34", "35", "36", "37", "38", "39", "41", "42", "43", "44", "45"),
        *("51", "52", "53", "54", "55", "56", "57", "59", "62", "67", "75"),
    }
)
"""F39 that tells of the card, its holder or the money on it (response table of the UnionPay POS specifications): the
next customer can pay."""
BY_PEOPLE = frozenset(
    {
        *("cancelled", "card_timeout", "card_removed", "card_misread", "unknown_card", "amount_not_confirmed"),
        *("card_blocked", "application_blocked", "no_application", "card_error", "card_data_missing", "card_declined"),
        *("card_rejected", "card_failed", "card_expired", "card_removed_early", "use_insert", "other_card"),
    }
)
"""Why a sale was not completed although the terminal works."""
LOST = Text(
    "停止收款 {time}，未成交消费 {refused} 笔共 {yuan} 元",
    "out of service for {time}, sales not made: {refused}, of {yuan} yuan",
)
TAKEN = Text("备用收款 {takings} 笔共 {takings_yuan} 元", "fallback takings: {takings}, of {takings_yuan} yuan")
NONE_TAKEN = Text("无备用收款", "no fallback takings")
BOOKED = "done"
BESIDE_REGISTER = "terminal"
"""The terminal that the register's cable leads to."""


@dataclass(slots=True)
class Outage:
    """From the first sale that could not be made; `ended_us` None: no sale was booked after it."""

    terminal: str
    began_us: int
    refused: int = 0
    refused_fen: int = 0
    ended_us: int | None = None


@dataclass(slots=True)
class Impact:
    """`until_us`: the end of the recording, which an open outage lasts to.  `takings`: how many without a card."""

    outages: list[Outage] = field(default_factory=list)
    takings: int = 0
    takings_fen: int = 0
    until_us: int = 0

    @property
    def out_of_service_minutes(self) -> int:
        """Of all terminals together, each outage rounded up."""
        ends = (self.until_us if one.ended_us is None else one.ended_us for one in self.outages)
        return sum(-(-(end - one.began_us) // MINUTE_US) for end, one in zip(ends, self.outages, strict=True))

    @property
    def refused(self) -> int:
        """Sales that could not be made."""
        return sum(one.refused for one in self.outages)

    @property
    def refused_fen(self) -> int:
        """Their amount."""
        return sum(one.refused_fen for one in self.outages)

    @property
    def text(self) -> Text | None:
        """One sentence; None when nothing happened to the merchant."""
        if not self.outages and not self.takings:
            return None
        taken = TAKEN.format(takings=self.takings, takings_yuan=_yuan(self.takings_fen)) if self.takings else NONE_TAKEN
        time = _duration(self.out_of_service_minutes)
        values = {"refused": self.refused, "yuan": _yuan(self.refused_fen)}
        zh, en = LOST.zh.format(time=time.zh, **values), LOST.en.format(time=time.en, **values)
        return Text(f"{zh}；{taken.zh}", f"{en}; {taken.en}")

    def json(self) -> dict[str, Json]:
        """For results and reports."""
        return {
            "out_of_service_minutes": self.out_of_service_minutes,
            "over": all(one.ended_us is not None for one in self.outages),
            "refused": self.refused,
            "refused_fen": self.refused_fen,
            "takings": self.takings,
            "takings_fen": self.takings_fen,
        }


def _duration(minutes: int) -> Text:
    """Days, hours and minutes, without those that are 0: nobody counts in thousands of minutes."""
    days, rest = divmod(minutes, DAY_US // MINUTE_US)
    hours, rest = divmod(rest, HOUR_US // MINUTE_US)
    parts = ((days, "天", "d"), (hours, "小时", "h"), (rest, "分钟", "min"))
    told = [(count, zh, en) for count, zh, en in parts if count] or [(0, "分钟", "min")]
    return Text(" ".join(f"{n} {zh}" for n, zh, _ in told), " ".join(f"{n} {en}" for n, _, en in told))


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


@dataclass(slots=True)
class _Count:
    """What is known while a trace is read.  `asked`: amount of the sale under way, by party; `under_way` and `cut_off`:
    begin and amount of a sale at a terminal that has not ended, and of one that a restart ended, by terminal."""

    found: Impact
    down: dict[str, Outage] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    under_way: dict[str, tuple[int, int]] = field(default_factory=dict)
    cut_off: dict[str, tuple[int, int]] = field(default_factory=dict)
    seen_by_terminal: bool = False

    def sale(self, event: Event) -> None:
        """A sale begins or ends."""
        party, at_register = event.party, side_of(event.party) == "register"
        if event.data.get("phase") == "begin":
            self.asked[party] = int(event.data.get("args", {}).get("amount_fen") or 0)
            self.seen_by_terminal = party == BESIDE_REGISTER or (self.seen_by_terminal and not at_register)
            if not at_register:
                self.under_way[party] = (event.t_us, self.asked[party])
        elif not at_register or not self.seen_by_terminal:  # else the terminal has told of this sale already
            self.under_way.pop(party, None)
            self._ended(BESIDE_REGISTER if at_register else party, event)

    def _ended(self, terminal: str, event: Event) -> None:
        outcome: Mapping[str, Json] = event.data["outcome"]
        if outcome["status"] == BOOKED:
            if terminal in self.down:
                self.down.pop(terminal).ended_us = event.t_us
        elif outcome.get("code") not in CARDHOLDER and outcome.get("cause") not in BY_PEOPLE:
            self._lost(terminal, event.t_us, self.asked.get(event.party, 0))

    def started(self, terminal: str) -> None:
        """Whatever was under way has no end."""
        if terminal in self.under_way:
            self.cut_off[terminal] = self.under_way.pop(terminal)

    def printed(self, slip: Event) -> None:
        """A sale that a restart ended was booked all the same: its slip comes at the start."""
        if slip.data.get("kind") == "sale" and self.cut_off.get(slip.party, (0, None))[1] == slip.data["amount_fen"]:
            del self.cut_off[slip.party]

    def goes_on(self, terminal: str) -> None:
        """What a restart ended was not booked, if nothing has said so by now."""
        if terminal in self.cut_off:
            self._lost(terminal, *self.cut_off.pop(terminal))

    def _lost(self, terminal: str, at_us: int, amount_fen: int) -> None:
        if terminal not in self.down:
            self.down[terminal] = Outage(terminal, at_us)
            self.found.outages.append(self.down[terminal])
        self.down[terminal].refused += 1
        self.down[terminal].refused_fen += amount_fen


def impact(events: Sequence[Event]) -> Impact:
    """The impact of everything that went wrong in `events` (a trace as all sides see it)."""
    found = Impact(until_us=events[-1].t_us if events else 0)
    count = _Count(found)
    for event in events:
        data = event.data
        match event.kind:
            case "takings" if data.get("what") == "takings":
                found.takings += 1
                found.takings_fen += int(data["amount_fen"])
            case "boot":
                count.started(event.party)
            case "slip":
                count.printed(event)
            case "operation":
                if data.get("phase") == "begin":
                    count.goes_on(event.party)
                if data.get("op") == "sale":
                    count.sale(event)
    for terminal in list(count.cut_off):
        count.goes_on(terminal)
    return found
