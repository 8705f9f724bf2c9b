"""`bench-check --drill` as the command line has it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from protocols.errors import LocalError
from protocols.text import Text

from .run import DrillOptions, run_drill
from .words import BAD_LEVEL, BAD_LEVEL_CURE

if TYPE_CHECKING:
    from ..options import Wish

DIGITS_MAX = 18
"""More is a slip of the finger."""
BAD_SEED = Text("种子是一个整数，不是 {said}", "the seed is a whole number, not {said}")
BAD_SEED_CURE = Text("例如 --seed 7", "As in --seed 7")


def drill(wish: Wish) -> int:
    """The exit status: 0 passed, 1 not, 3 not possible here.  Raises PosrigError for bad usage."""
    from ..options import data_folder
    from ..visiting import asker_of

    out = sys.stderr if wish.json_to == "-" else sys.stdout
    options = DrillOptions(
        lesson=wish.subject,
        seed=_number(wish.extra.get("seed", "1"), BAD_SEED, BAD_SEED_CURE),
        level=_number(wish.extra.get("level", "1"), BAD_LEVEL, BAD_LEVEL_CURE),
        scores="scores" in wish.extra,
        store=data_folder(wish.data),
        json_to=wish.json_to,
    )
    return run_drill(wish.settings, options, asker_of(wish, out), out)


def _number(said: str, what: Text, cure: Text) -> int:
    if not (said.isascii() and said.isdecimal()) or len(said) > DIGITS_MAX:
        raise LocalError(what.format(said=repr(said)), cure)
    return int(said)
