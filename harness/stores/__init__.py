"""Where records become durable.  The only room that imports a database or writes journals.

A store is append-only: a machine's state is the fold of its records, and no machine ever queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..machine import Record
from .errors import StoreError

__all__ = ["Store", "StoreError"]


class Store(Protocol):
    """What a shell keeps a machine's records in.

    `append` makes all `records` durable, all or none, before it returns; `load` gives every record in order.
    Both raise `StoreError`.  A store is used by one thread at a time; the thread may change.
    """

    def append(self, records: Sequence[Record]) -> None: ...

    def load(self) -> list[Record]: ...

    def close(self) -> None: ...
