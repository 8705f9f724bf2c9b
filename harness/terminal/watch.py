"""What the terminal does by itself while nobody uses it: it locks the keypad, settles, signs off.

The limits count from the last use, and from the sign-in (posrig's choice).  Of the last use nothing is durable: after a
power cut nobody is on duty anyway.
"""

from __future__ import annotations

from protocols.text import Text

from ..machine import HOUR_US
from .desk import Desk
from .wants import Order

AGAIN_US = HOUR_US
"""How long after an attempt that did not succeed the terminal tries again."""
LOCKED = Text("键盘已锁，请操作员签到", "Keypad locked, an operator must sign on")


class Watch:
    """`touch` whenever somebody uses the terminal.  `deadline` and `due` count only while it is idle."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._used_us = 0
        self._started_us = 0
        self._not_before_us: dict[int, int] = {}
        """By account, so that one that cannot be settled keeps no other from it."""

    def touch(self) -> None:
        """Somebody is there."""
        self._used_us = self._desk.now

    def start(self) -> None:
        """Power is on again.  Nobody is on duty: who was may have gone."""
        desk = self._desk
        self.touch()
        self._started_us = desk.now
        if desk.state.people.on_duty:
            desk.save({"kind": "duty", "operator": "", "locked": False})

    @property
    def deadline(self) -> int | None:
        """When something is due."""
        own = self._own()
        due = [at for at in (self._lock_us(), own[0] if own else None) if at is not None]
        return min(due, default=None)

    def due(self) -> Order | None:
        """Lock the keypad when its time has come; the operation that the terminal must now carry out by itself."""
        desk = self._desk
        lock_us = self._lock_us()
        if lock_us is not None and desk.now >= lock_us:
            operator = desk.state.people.on_duty
            desk.save({"kind": "duty", "operator": operator, "locked": True})
            desk.audit("idle_lock", operator=operator)
            desk.show(LOCKED)
        own = self._own()
        if own is None or desk.now < own[0]:
            return None
        _, op, account = own
        self._not_before_us[account] = desk.now + AGAIN_US
        desk.audit("by_itself", op=op)
        return Order(op, {"account": account} if account > 1 else {}, own=True)

    def _lock_us(self) -> int | None:
        people, config = self._desk.state.people, self._desk.config
        locks = config.protected and config.idle_lock_us and people.on_duty and not people.locked
        return self._used_us + config.idle_lock_us if locks else None

    def _own(self) -> tuple[int, str, int] | None:
        """(when, what, for which account) the terminal does by itself next."""
        config = self._desk.config
        due: list[tuple[int, str, int]] = []
        for account in self._desk.state.accounts if config.auto_settle_us or config.auto_sign_off_us else ():
            since = account.session_since_us
            since = since if since <= self._desk.now else 0  # it is of an earlier clock
            earliest = self._not_before_us.get(account.number, self._started_us)
            if not account.signed_in:
                continue
            if config.auto_settle_us and account.open_entries:
                due.append((max(since + config.auto_settle_us, earliest), "settle", account.number))
            if config.auto_sign_off_us and account.settlement is None:
                due.append((max(since + config.auto_sign_off_us, earliest), "sign_off", account.number))
        return min(due, key=lambda item: item[0], default=None)
