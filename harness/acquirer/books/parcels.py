"""The book of parcels: devices on their way to merchants, and where each has been (see `acquirer.parcels`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

ON_ITS_WAY = "in_transit"


@dataclass
class Parcel:
    """A device on its way.  `state`: in_transit, delivered, damaged (delivered with a mark of it), lost.

    `due_us`: when delivery was promised.  `next_us`: when it comes to the next stop of the route.  `sn`: the device
    inside, "" while nobody has noted it.  `events`: what the carrier's tracking shows, the oldest first.
    """

    number: str
    application: str
    sent_us: int
    due_us: int
    next_us: int
    sn: str = ""
    state: str = ON_ITS_WAY
    events: list[dict[str, Any]] = field(default_factory=list)
    """`{at_us, stop (index into the route), what, part}`; `what` is sent, passed, delivered, damaged (then `part` says
    where) or lost.
    """


@dataclass
class ParcelBook:
    """All parcels by number; the newest of each serial number is its delivery record."""

    all: dict[str, Parcel] = field(default_factory=dict)
    by_sn: dict[str, str] = field(default_factory=dict)

    def of_sn(self, sn: str) -> Parcel | None:
        """The parcel that brought, or was to bring, this device."""
        return self.all.get(self.by_sn.get(sn, ""))


def _parcel(book: ParcelBook, data: dict[str, Any]) -> None:
    parcel = Parcel(**data)
    parcel.events.append({"at_us": parcel.sent_us, "stop": 0, "what": "sent"})
    book.all[parcel.number] = parcel
    if parcel.sn:
        book.by_sn[parcel.sn] = parcel.number


def _moved(book: ParcelBook, data: dict[str, Any]) -> None:
    parcel = book.all[data["number"]]
    parcel.next_us, parcel.state = data["next_us"], data["state"]
    event: dict[str, Any] = {name: data[name] for name in ("at_us", "stop", "what", "part") if name in data}
    # A damage that is reported again stands in the place of the first report: tracking grows with the route alone.
    parcel.events = [*(one for one in parcel.events if one["what"] != "damaged"), event]


def _delayed(book: ParcelBook, data: dict[str, Any]) -> None:
    book.all[data["number"]].next_us = data["next_us"]


def _packed(book: ParcelBook, data: dict[str, Any]) -> None:
    book.all[data["number"]].sn = data["sn"]
    book.by_sn[data["sn"]] = data["number"]


FOLD: Mapping[str, Callable[[ParcelBook, dict[str, Any]], None]] = {
    "parcel": _parcel,
    "parcel_moved": _moved,
    "parcel_delayed": _delayed,
    "parcel_packed": _packed,
}
