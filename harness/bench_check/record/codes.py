"""Which place in the evidence code stands for which check: place N of `c=` is row N of this table.

Printed pages are read for years, so the table is only ever appended to: no row moves, none is taken out, and a check
that is renamed gets a new one.
"""

from __future__ import annotations

CODES: tuple[str, ...] = (
    "computer", "port", "protocol", "cable", "identity", "visual", "electrical", "activation", "keys", "self_test",
    "part.tamper", "part.printer", "part.display", "part.keypad", "part.readers", "part.storage", "part.battery",
    "network_here", "network_terminal", "parameters", "test_sale", "test_void", "settlement", "reader_here",
    "reader_terminal", "clock", "software", "batch",
)  # fmt: skip
