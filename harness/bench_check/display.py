"""What this console can show."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from typing import TextIO

from protocols.text import Lang

PROBE = "检查✓"
"""What a console must be able to write, to be spoken Chinese to."""


def prepare(stream: TextIO) -> None:
    """What the stream's code page lacks is replaced and never the end of the program."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")


def writes(stream: TextIO, text: str) -> bool:
    """Whether the stream's code page has every character of `text`."""
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def readable(lang: Lang, stream: TextIO) -> Lang:
    """`lang`, or English where the console's code page has no Chinese."""
    return lang if lang == "en" or writes(stream, "检查") else "en"


def is_rich(stream: TextIO, environment: Mapping[str, str] | None = None) -> bool:
    """Whether colours and lines that change may be used: a terminal that is no bare Windows console and no dumb one."""
    known = os.environ if environment is None else environment
    if not stream.isatty() or known.get("TERM") == "dumb" or not writes(stream, PROBE):
        return False
    return sys.platform != "win32" or bool(known.get("WT_SESSION") or known.get("ANSICON") or known.get("ConEmuANSI"))
