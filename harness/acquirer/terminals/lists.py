"""What the host says in downloads of contactless parameters and card-BIN lists."""

from __future__ import annotations

from protocols.errors import DecodeError
from protocols.text import Text
from protocols.unionpay.bins import join_bins
from protocols.unionpay.private.f62_lists import (
    BinList,
    Coded,
    ContactlessList,
    build_bins,
    build_contactless,
    parse_bin_query,
)

from ..replies import Outcome
from ..turn import Turn
from ..wire import Request

PAGE = 10


def contactless(turn: Turn, request: Request) -> Outcome:
    """394: all parameters at once."""
    items = tuple(Coded(tag, value.encode("ascii")) for tag, value in turn.settings.contactless.items())
    return Outcome(fields={62: build_contactless(ContactlessList(items))})


def bins(turn: Turn, request: Request) -> Outcome:
    """390, 396, 398: the part of the list that begins with the entry that was asked for."""
    try:
        start = parse_bin_query(request.message.octets(62) or b"000").start
    except DecodeError as error:
        return Outcome("30", "format_error", Text("域 62 错", error.what.en), "F62")
    every = turn.settings.bins.get(request.name, ())
    part = every[start : start + PAGE]
    if not part:
        return Outcome(fields={62: build_bins(BinList("0"))})
    end = start + len(part)
    return Outcome(fields={62: build_bins(BinList("2" if end < len(every) else "1", end - 1, join_bins(part)))})
