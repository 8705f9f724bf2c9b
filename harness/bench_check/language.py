"""Which of the two languages the technician reads.

On Windows nothing of the environment says it as a rule: there the language of the user's surface does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from protocols.text import Lang

VARIABLES = ("POSRIG_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
"""The first one that is set decides, as for `posrig`."""
CHINESE = 0x04
"""The primary language of Windows' language identifiers (LANG_CHINESE)."""
PRIMARY_BITS = 0x3FF


def system_lang(environment: Mapping[str, str] | None = None) -> Lang:
    """`zh` where the system is Chinese, else `en`."""
    known = os.environ if environment is None else environment
    chosen = next((known[name] for name in VARIABLES if known.get(name)), "")
    if not chosen and sys.platform == "win32":
        return _of_windows()
    return "zh" if chosen.lower().startswith("zh") else "en"


def told_lang(words: Sequence[str]) -> Lang:
    """What `--lang` says among the words of the command line, wherever it stands, else the system's."""
    told = [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    told += [value for option, value in pairwise(words) if option == "--lang"]
    return "zh" if "zh" in told else "en" if "en" in told else system_lang()


def _of_windows() -> Lang:
    import ctypes

    windll: Any = vars(ctypes)["windll"]  # there is none on other systems, type checkers' included
    kernel32 = windll.kernel32
    return "zh" if kernel32.GetUserDefaultUILanguage() & PRIMARY_BITS == CHINESE else "en"
