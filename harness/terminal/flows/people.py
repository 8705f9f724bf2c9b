"""Operators at the keypad, the parameter menu, and the terminal's own status.  No frame leaves in any of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from protocols.text import Text

from ...machine import Json, Record
from ..desk import Desk
from ..outcome import Outcome, done, outcome, refused
from ..rights import operator_named
from ..settings import Config, Operator
from ..snapshot import status
from ..texts import ENTER_OPERATOR, ENTER_OPERATOR_PASSWORD, TRIES_LEFT
from ..wants import GaveUp, Keys, Order, Prompt, Step

PASSWORD_DIGITS = (4, 12)


def password_fits(desk: Desk, operator: Operator, password: object) -> bool:
    """Whether that is the operator's password: the changed one, else the factory's."""
    changed = desk.state.people.passwords.get(operator.number)
    if changed is None:
        return password == operator.password
    return desk.vault.password_is(operator.number, str(password), changed)


def _typed(desk: Desk, order: Order, name: str, text: Text, secret: bool) -> Step[str | GaveUp]:
    """What the order names, else what is typed."""
    if name in order.args:
        return str(order.args[name])
    keys: Keys | GaveUp = yield Prompt("keys", text, secret=secret)
    return keys if isinstance(keys, GaveUp) else keys.typed


def operator_sign_on(desk: Desk, order: Order) -> Step[Outcome]:
    """Number and password.  Too many wrong ones in a row lock everybody out but a supervisor, whose sign-on unlocks.

    That unknown numbers count as wrong passwords do, and one count for all, is posrig's choice.
    """
    number = yield from _typed(desk, order, "operator", ENTER_OPERATOR, False)
    if isinstance(number, GaveUp):
        return outcome(order.op, "cancelled", number.why)
    password = yield from _typed(desk, order, "password", ENTER_OPERATOR_PASSWORD, True)
    if isinstance(password, GaveUp):
        return outcome(order.op, "cancelled", password.why)
    operator = operator_named(desk.settings.operators, number)
    tries = desk.settings.password_tries
    failed = desk.state.people.failed_sign_ons
    if operator is None or not password_fits(desk, operator, password):
        desk.save({"kind": "sign_ons_failed", "count": min(failed + 1, tries)})
        left = tries - desk.state.people.failed_sign_ons
        cause = "wrong_operator" if operator is None else "wrong_password"
        desk.audit(cause, tries_left=left)
        result = refused(order.op, cause if left else "locked_out")
        if left:
            said, more = Text(**result["text"]), TRIES_LEFT.format(count=left)
            result["text"] = {"zh": f"{said.zh}，{more.zh}", "en": f"{said.en}, {more.en}"}
        return {**result, "tries_left": left}
    if failed >= tries and operator.level != "supervisor":
        desk.audit("locked_out")
        return {**refused(order.op, "locked_out"), "tries_left": 0}
    desk.save(
        {"kind": "sign_ons_failed", "count": 0},
        {"kind": "duty", "operator": number, "locked": False},
        {"kind": "operator", "operator": number},
    )
    desk.audit("sign_on", level=operator.level, unlocked=failed >= tries)
    return done(order.op)


def operator_sign_off(desk: Desk, order: Order) -> Step[Outcome]:
    """The operator leaves the keypad; the session with the host goes on."""
    yield from ()
    desk.audit("sign_off_operator")
    desk.save({"kind": "duty", "operator": "", "locked": False})
    return done(order.op)


def set_password(desk: Desk, order: Order) -> Step[Outcome]:
    """`{operator, new}`: another password of 4 to 12 digits for an operator."""
    yield from ()
    number, new = str(order.args.get("operator", "")), str(order.args.get("new", ""))
    shortest, longest = PASSWORD_DIGITS
    good = new.isascii() and new.isdigit() and shortest <= len(new) <= longest
    if operator_named(desk.settings.operators, number) is None or not good:
        return refused(order.op, "bad_request")
    desk.save({"kind": "password", "operator": number, "mark": desk.vault.password_mark(number, new)})
    desk.audit("password_changed", of=number)
    return done(order.op)


def config_error(values: dict[str, Any]) -> str | None:
    """The first name that is none of `settings.Config`, or whose value is none for it; None when all are good."""
    standard = asdict(Config())
    for name, value in values.items():
        if name not in standard or type(value) is not type(standard[name]) or (isinstance(value, int) and value < 0):
            return name
    return None


def configure(desk: Desk, values: dict[str, Any]) -> None:
    """Change parameters for good.  At another provider's address the terminal may be activated anew."""
    if values:
        moved: list[Record] = [{"kind": "disowned"}] if "host_address" in values else []
        masked: list[Record] = [{"kind": "log_masked"}] if values.get("whole_card") is False else []
        desk.save({"kind": "configured", "values": values}, *moved, *masked)
        desk.audit("configured", names=sorted(values))


def parameter_menu(desk: Desk, order: Order) -> Step[Outcome]:
    """The parameters of `settings.Config` that the arguments name are changed; the Outcome shows them all."""
    yield from ()
    values = dict(order.args)
    if config_error(values) is not None:
        return refused(order.op, "bad_request")
    configure(desk, values)
    return {**done(order.op), "parameters": asdict(desk.config)}


def local_status(desk: Desk, order: Order) -> Step[Outcome]:
    """What the terminal knows of itself, shown at its own display (本机状态): it answers although no line is there."""
    yield from ()
    local: dict[str, Json] = status(desk)
    desk.note("local_status", local, shown=True)
    return {**done(order.op), "local": local}
