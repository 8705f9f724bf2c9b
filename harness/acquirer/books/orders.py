"""The book of orders (see `acquirer.money.orders`): what each merchant's order number became."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class OrderBook:
    """The durable part."""

    all: dict[str, str] = field(default_factory=dict)
    """`MID/ORDER` to the key of its posting; "" for one that was asked about before it came, and is closed for ever."""


def _order(book: OrderBook, data: dict[str, Any]) -> None:
    book.all[data["order"]] = data["key"]


FOLD: Mapping[str, Callable[[OrderBook, dict[str, Any]], None]] = {"order": _order}
