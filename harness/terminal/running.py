"""Whether the device runs at all: switched off, hung until the watchdog bites, interrupted, started anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from ..machine import Answer, Ask, Json, Record, Restart
from .desk import Desk
from .hardware import battery, processor
from .hardware.processor import WATCHDOG, Interruption, crash_record
from .outcome import Outcome, outcome
from .state import State
from .wants import Order

NO_REACTION, INTERRUPTED = "no_reaction", "interrupted"
TRACES = ("kind", "stan", "batch", "amount_fen")
"""Which transaction it is, and of how much."""


class Running:
    """`dark`: nobody gets an answer but the bench.  What befalls the device becomes records and a restart."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._hung_until: int | None = None
        self._hung_at = ""
        self._before: tuple[Mapping[str, Json], ...] = ({}, {}, {})

    @property
    def dark(self) -> bool:
        """Switched off, or hung."""
        return bool(self._desk.state.device.power.off) or self._hung_until is not None

    @property
    def deadline(self) -> int | None:
        """When the watchdog bites, or the battery reaches its next level."""
        return battery.due_us(self._desk) if self._hung_until is None else self._hung_until

    def wake(self) -> None:
        """Time has passed.  Raises Interruption when the battery is empty."""
        desk = self._desk
        if self._hung_until is None:
            battery.watch(desk)
        elif desk.now >= self._hung_until:
            desk.save(crash_record(desk, WATCHDOG, self._hung_at))
            desk.restart(WATCHDOG)

    def interrupted(self, what: Interruption) -> None:
        """The program does not go on; what it had handed over before is carried out."""
        desk = self._desk
        match what.what:
            case processor.HANG:
                self._hung_at, self._hung_until = what.at, desk.now + desk.profile.watchdog_us
            case processor.CRASH:
                desk.save(crash_record(desk, processor.CRASH, what.at))
                desk.restart(processor.CRASH)
            case processor.POWER_CUT:
                desk.restart("")  # no record of a reset: that is what a power cut is
            case _:
                battery.switch_off(desk, battery.EMPTY)

    def unheard(self, ask: Ask) -> None:
        """Somebody tries to use a device that does not react."""
        value: dict[str, Json] = {"held": 0}
        if ask.name == "operate":
            value = outcome(str(ask.args.get("op", "")), "no_answer", NO_REACTION)
        self._desk.effects.append(Answer(ask.ticket, value))

    def begun(self) -> None:
        """An operation begins: what is pending, or booked, by now is none of its own."""
        self._before = _traces(self._desk.state)

    def abandoned(self, order: Order) -> Outcome:
        """What whoever waited for the operation knows of it."""
        pairs = zip(_traces(self._desk.state), self._before, strict=True)
        mine = [now for now, before in pairs if now != before and now.get("kind") == order.op]
        if not mine:
            return outcome(order.op, "no_answer", INTERRUPTED)
        values = {name: mine[0][name] for name in ("stan", "batch", "amount_fen")}
        return outcome(order.op, "unknown", INTERRUPTED, **values)

    def end(self) -> None:
        """The restart that this turn asked for, behind everything else; the reset cause is durable before it."""
        desk = self._desk
        if desk.ending:
            reset: list[Record] = [{"kind": "reset", "cause": desk.ending}]
            desk.save(*reset, *([] if desk.state.device.power.plugged else [battery.written(desk)]))
        desk.effects.append(Restart())


def _traces(state: State) -> tuple[Mapping[str, Json], ...]:
    """What a transaction leaves behind while it runs, {} for none: pending reversal, pending advice, newest entry."""
    account = next((one for one in state.accounts if one.number == state.last_account), state)
    newest = account.entries[-1] if account.entries else None
    booked = asdict(newest) if newest else {}
    told = (state.reversal or {}, state.advice or {}, booked)
    return tuple({name: one[name] for name in TRACES if name in one} for one in told)
