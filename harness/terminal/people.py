"""What the terminal remembers of the people at its keypad: who is on duty, wrong passwords, the audit log.

The durable part only; `rights` says who may do what, `flows.people` carries out the sign-on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..machine import Json, Record
from .account import masked

AUDIT_MAX = 500
"""Entries of the audit log; the oldest goes first."""


@dataclass(slots=True)
class People:
    """`on_duty`: number of the operator who signed on, "" nobody; `locked`: he was idle for too long.

    `failed_sign_ons`: wrong numbers or passwords in a row.  `passwords`: marks of passwords that replace factory ones.
    """

    on_duty: str = ""
    locked: bool = False
    failed_sign_ons: int = 0
    passwords: dict[str, str] = field(default_factory=dict)
    audit: list[dict[str, Json]] = field(default_factory=list)


def _duty(people: People, record: Record) -> None:
    people.on_duty, people.locked = record["operator"], record["locked"]


def _sign_ons_failed(people: People, record: Record) -> None:
    people.failed_sign_ons = record["count"]


def _password(people: People, record: Record) -> None:
    people.passwords[record["operator"]] = record["mark"]


def _audit(people: People, record: Record) -> None:
    people.audit = [*people.audit, dict(record["item"])][-AUDIT_MAX:]


def _log_masked(people: People, record: Record) -> None:
    """No line keeps a card number whole."""
    people.audit = [item | {"pan": masked(str(item["pan"]))} if "pan" in item else item for item in people.audit]


FOLD: Mapping[str, Callable[[People, Record], None]] = {
    "duty": _duty,
    "sign_ons_failed": _sign_ons_failed,
    "password": _password,
    "audit": _audit,
    "log_masked": _log_masked,
}
