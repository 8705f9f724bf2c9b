"""The table of orders (C1): every ordered pair of the operations, with and without the terminal's gate, and every
illegal sequence of up to three, each in a world of its own."""

from __future__ import annotations

from tests.harness.scenarios.green import ORDERS, check_green


def test_every_order_of_operations() -> None:
    check_green(ORDERS)
