"""`bench-check`: five minutes at the counter."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from protocols.text import Text

from .language import told_lang

BANNER = Text("posrig 上门检测：正在开始……", "posrig bench check: starting ...")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    lang = told_lang(words)
    if not {"-h", "--help", "--json"} & set(words):
        sys.stdout.write(f"{BANNER.in_(lang)}\n")
        sys.stdout.flush()
    from .asking import Nobody
    from .checks import CHECKS
    from .conclusion import conclude
    from .runner import run_checks
    from .screen import PlainScreen
    from .settings import Settings
    from .visit import Visit

    screen = PlainScreen(lang)
    visit = Visit(Settings(lang=lang), Nobody(), screen.tell)
    with visit.stack:
        run_checks(visit, CHECKS, screen)
    return conclude(visit, CHECKS).status


if __name__ == "__main__":
    sys.exit(main())
