"""How a process outside a bench records: into a file, under a key that nobody else has."""

from __future__ import annotations

import secrets
from pathlib import Path

from harness.mask import Masker
from harness.trace import Header, TraceFile, program_version

KEY_OCTETS = 32


def secret_masker(*, physical: bool = False) -> Masker:
    """For whoever may see real cards: with a key that anybody knows, the number behind a fingerprint is found by trying
    them all.  `physical`: a terminal that is not ours is on the line; of what nobody can read nothing is kept.
    """
    return Masker(key=secrets.token_bytes(KEY_OCTETS), physical=physical)


def record(path: Path, *, physical: bool = False) -> TraceFile:
    """The recording of a process, written while things happen.  Raises OSError."""
    header = Header(bench="physical", program=program_version()) if physical else None
    return TraceFile(path, header=header, masker=secret_masker(physical=physical))
