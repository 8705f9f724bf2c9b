"""Which of the two languages a person reads."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from itertools import pairwise

from protocols.text import Lang, Text

VARIABLES = ("POSRIG_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
"""The first one that is set decides; POSRIG_LANG is ours, the others are the system's."""


def system_lang(environment: Mapping[str, str] | None = None) -> Lang:
    """`zh` when the environment asks for Chinese, else `en`."""
    known = os.environ if environment is None else environment
    chosen = next((known[name] for name in VARIABLES if known.get(name)), "")
    return "zh" if chosen.lower().startswith("zh") else "en"


_chosen: ContextVar[Lang | None] = ContextVar("posrig_lang", default=None)


def choose_lang(lang: Lang | None) -> None:
    """What `--lang` says, for the command that runs; None for the system's."""
    _chosen.set(lang)


def current_lang() -> Lang:
    """The language of the command that runs: its `--lang`, or the system's."""
    return _chosen.get() or system_lang()


def help_lang(words: Sequence[str] | None = None) -> Lang:
    """The language of help, which is made before any option is read: what `--lang` says among the words of the command
    line, wherever it stands, else the system's."""
    line = sys.argv[1:] if words is None else words
    told = [word.removeprefix("--lang=") for word in line if word.startswith("--lang=")]
    told += [value for option, value in pairwise(line) if option == "--lang"]
    return "zh" if "zh" in told else "en" if "en" in told else system_lang()


def in_system_lang(zh: str, en: str) -> str:
    """A piece of help."""
    return Text(zh, en).in_(help_lang())
