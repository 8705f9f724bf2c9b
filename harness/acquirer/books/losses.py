"""The book of devices that were reported lost or stolen, and where they turned up (see `acquirer.losses`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

CONTACTS_MAX = 100
"""Contacts that are kept of one device, the first ones: where it turned up first matters to whoever looks for it."""


@dataclass
class Loss:
    """One report.  `how`: lost or stolen.  `reference`: of the police or the carrier, empty for none.

    `contacts`: `{at_us, request, peer, longitude, latitude}` of requests that the device sent since; `seen` counts all.
    """

    sn: str
    how: str
    at_us: int
    reference: str = ""
    contacts: list[dict[str, Any]] = field(default_factory=list)
    seen: int = 0


@dataclass
class LossBook:
    """Reports by serial number; a second report of the same device takes the place of the first."""

    all: dict[str, Loss] = field(default_factory=dict)


def _reported(book: LossBook, data: dict[str, Any]) -> None:
    book.all[data["sn"]] = Loss(**data)


def _contact(book: LossBook, data: dict[str, Any]) -> None:
    loss = book.all[data.pop("sn")]
    loss.seen += 1
    if len(loss.contacts) < CONTACTS_MAX:
        loss.contacts.append(data)


FOLD: Mapping[str, Callable[[LossBook, dict[str, Any]], None]] = {"loss": _reported, "loss_contact": _contact}
