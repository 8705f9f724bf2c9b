"""`bench-check`: five minutes at the counter.

Exit status: 0 passed, 1 the terminal failed or the check is incomplete, 2 usage, 3 the bench itself is broken, 130
Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from protocols.errors import LinkError, PosrigError
from protocols.text import Lang, Text

from .display import prepare, readable
from .language import told_lang

if TYPE_CHECKING:
    from .options import Wish

PASSED, FAILED, USAGE, BROKEN, STOPPED = 0, 1, 2, 3, 130
DEBUG_VARIABLE = "POSRIG_DEBUG"
BANNER = Text("posrig 上门检测：正在开始……", "posrig bench check: starting ...")
INTERRUPTED = Text(
    "已中断；已查的都保存了，再次运行 bench-check 即可继续",
    "Stopped; what was found is kept, and bench-check goes on with it when it is run again",
)
WAY_OUT = Text("办法：{cure}", "What to do: {cure}")
NO_PART = Text(
    "这台电脑上没有这项功能需要的部件（{name}）；其他功能照常可用",
    "this computer lacks a part that is needed for this ({name}); everything else works",
)
UNEXPECTED = Text(
    "bench-check 自身出错：{what}（设 {variable}=1 再运行可看到调用栈）",
    "bench-check itself failed: {what} (run again with {variable}=1 to see where)",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    _have_streams()
    prepare(sys.stdout)
    prepare(sys.stderr)
    lang = readable(told_lang(words), sys.stdout)
    if _begins_a_visit(words):
        _say(BANNER.in_(lang), words)
    try:
        return _run(words, lang)
    except KeyboardInterrupt:
        _complain(INTERRUPTED.in_(lang))
        return STOPPED
    except BrokenPipeError:  # whoever read the output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return BROKEN
    except PosrigError as error:
        _complain(error.what.in_(lang))
        _complain(WAY_OUT.in_(lang).format(cure=error.cure.in_(lang)))
        from harness.stores.errors import StoreError

        return BROKEN if isinstance(error, LinkError | StoreError) else USAGE
    except ImportError as error:
        return _lacking(error, lang)
    except Exception as error:  # the technician gets one sentence, the developer asks for more
        if os.environ.get(DEBUG_VARIABLE):
            raise
        return _unexpected(error, lang)


def _have_streams() -> None:
    """A stream that was closed before the start is None: what would be said there is said to nobody."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # as long as the program


def _lacking(error: ImportError, lang: Lang) -> int:
    """A native part that is for another system or another Python (an archive's); of ours none may be missing."""
    if os.environ.get(DEBUG_VARIABLE):
        raise error
    name = error.name or "harness"
    if name.startswith(("harness", "protocols")):
        return _unexpected(error, lang)
    _complain(NO_PART.in_(lang).format(name=name))
    return BROKEN


def _unexpected(error: Exception, lang: Lang) -> int:
    _complain(UNEXPECTED.in_(lang).format(what=f"{type(error).__name__}: {error}", variable=DEBUG_VARIABLE))
    return BROKEN


def _begins_a_visit(words: Sequence[str]) -> bool:
    """Whether a visit is what the command line asks for, before anything is imported to read it."""
    other = ("-h", "--help", "--version", "--list", "--questions", "--history", "--evidence", "--page", "--drill")
    return not any(word.partition("=")[0] in other for word in words)


def _run(words: Sequence[str], lang: Lang) -> int:
    if {"-h", "--help"} & set(words):
        from .parser import parser_of

        _put(parser_of(lang).format_help())
        return PASSED
    from .options import wish_of

    wish = wish_of(words, lang)
    if "version" in wish.extra:
        from harness.trace import program_version

        _put(f"posrig {program_version()}")
        return PASSED
    return _MODES[wish.mode](wish)


def _visit(wish: Wish) -> int:
    from .visiting import make_visit

    return make_visit(wish).status


def _list(wish: Wish) -> int:
    from .listing import check_lines

    for line in check_lines(wish.settings.lang):
        _put(line)
    return PASSED


def _questions(wish: Wish) -> int:
    from .listing import question_lines

    for line in question_lines(wish.settings.lang):
        _put(line)
    return PASSED


def _history(wish: Wish) -> int:
    from .looking_back import history

    for line in history(wish):
        _put(line)
    return PASSED


def _page(wish: Wish) -> int:
    from .looking_back import page

    for line in page(wish):
        _put(line)
    return PASSED


def _evidence(wish: Wish) -> int:
    from .looking_back import evidence

    same, lines = evidence(wish)
    for line in lines:
        _put(line)
    return PASSED if same else FAILED


def _round(wish: Wish) -> int:
    from .rounds.run import run_round

    return run_round(wish)


def _drill(wish: Wish) -> int:
    from .drill.command import drill

    return drill(wish)


_MODES: dict[str, Callable[[Wish], int]] = {
    "visit": _visit,
    "list": _list,
    "questions": _questions,
    "round": _round,
    "drill": _drill,
    "history": _history,
    "page": _page,
    "evidence": _evidence,
}


def _say(text: str, words: Sequence[str]) -> None:
    """To standard output, unless that is for JSON alone."""
    (sys.stderr if _is_json_to_stdout(words) else sys.stdout).write(f"{text}\n")
    sys.stdout.flush()
    sys.stderr.flush()


def _is_json_to_stdout(words: Sequence[str]) -> bool:
    return "--json=-" in words or any(pair == ("--json", "-") for pair in pairwise(words))


def _put(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
