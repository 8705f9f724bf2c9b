"""What ends a simulation, by name."""

from __future__ import annotations

from protocols.errors import LocalError
from protocols.text import Text

from .machine import SECOND_US

NO_ANSWER = Text(
    "{party} 在 {limit_s} 秒（虚拟时间）内没有回答 {name}",
    "{party} did not answer {name} within {limit_s} s (virtual)",
)
LOOK_AT_END = Text("看轨迹末尾：该方在等什么", "See at the end of the trace what is waited for")
IS_DOWN = Text("{party} 已断电，不会回答 {name}", "{party} is down and will not answer {name}")
IS_DOWN_CURE = Text("先重启它（restart）", "Restart it first (`restart`)")
NEVER_HOLDS = Text("{limit_s} 秒（虚拟时间）后条件仍不成立", "The condition does not hold after {limit_s} s (virtual)")
STANDS_STILL = Text("{party} 使时间停在 {t_us} 微秒", "{party} makes time stand still at {t_us} us")
STANDS_STILL_CURE = Text("查找 deadline 不前进的状态机", "Look for a machine whose deadline does not move on")
NO_PARTY = Text("没有名为 {name} 的一方", "There is no party named {name}")
NO_PARTY_CURE = Text("现有：{known}", "There are: {known}")


class EngineError(LocalError):
    """The simulation cannot go on as asked."""


class NoAnswer(EngineError):
    """An `Ask` was not answered within its limit of virtual time."""

    def __init__(self, party: str, name: str, limit_us: int) -> None:
        super().__init__(NO_ANSWER.format(party=party, name=name, limit_s=limit_us // SECOND_US), LOOK_AT_END)


class PartyDown(EngineError):
    """The party that was asked is down, or went down before it answered."""

    def __init__(self, party: str, name: str) -> None:
        super().__init__(IS_DOWN.format(party=party, name=name), IS_DOWN_CURE)


class NeverHolds(EngineError):
    """The condition of `run_until` did not come true within its limit."""

    def __init__(self, limit_us: int) -> None:
        super().__init__(NEVER_HOLDS.format(limit_s=limit_us // SECOND_US), LOOK_AT_END)


class TimeStandsStill(EngineError):
    """Too many turns in one instant."""

    def __init__(self, party: str, t_us: int) -> None:
        super().__init__(STANDS_STILL.format(party=party, t_us=t_us), STANDS_STILL_CURE)
