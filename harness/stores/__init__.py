"""Stores: where the records of a machine outlive it.  The only room that imports a database or writes a journal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..machine import Record


class Store(Protocol):
    """An append-only list of records."""

    def append(self, records: Sequence[Record]) -> None:
        """Add `records`, all or none; they are durable when this returns."""
        ...

    def load(self) -> list[Record]:
        """All records, oldest first."""
        ...

    def close(self) -> None: ...
