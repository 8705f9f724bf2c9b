"""What a store raises."""

from __future__ import annotations

from protocols.errors import PosrigError


class StoreError(PosrigError):
    """The store cannot be opened, or cannot keep what it was given: the process must stop rather than guess."""
