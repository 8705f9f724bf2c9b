"""Which arguments a request takes, so that a misspelled name is told and not ignored.

Every machine has a table of its requests in this form; the machine asks it before it carries a request out, and
whoever checks a scenario asks it before anything runs.  What an argument holds is judged by what carries it out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from protocols.text import Text

from .fixtures import nearest

NAME_SHOWN = 40
"""Characters of a strange name that are repeated."""
UNKNOWN = Text(
    "没有参数 {name}；最接近的是 {near}；可用：{known}",
    "there is no argument {name}; the nearest is {near}; it takes {known}",
)
UNLIKE = Text("没有参数 {name}；可用：{known}", "there is no argument {name}; it takes {known}")
NONE = Text("没有参数 {name}；该请求不带参数", "there is no argument {name}; the request takes none")
MISSING = Text("必须给出参数 {name}", "the argument {name} must be given")
NO_SETTING = Text(
    "{behaviour} 没有设置项 {name}；最接近的是 {near}", "{behaviour} has no setting {name}; the nearest is {near}"
)
MISSING_SETTING = Text("{behaviour} 必须有设置项 {name}", "{behaviour} must have the setting {name}")


class Takes(NamedTuple):
    """The names of a request's arguments."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, the required ones first."""
        return (*self.required, *self.optional)

    def wrong(self, given: Iterable[str]) -> tuple[str, Text] | None:
        """The first name in `given` that is none of them, else the first required one that is missing, and what to say
        about it; None when all is well."""
        there = list(given)
        known = ", ".join(self.names)
        for name in there:
            if name not in self.names:
                shown = repr(name[:NAME_SHOWN])
                if not known:
                    return name, NONE.format(name=shown)
                near = nearest(name[:NAME_SHOWN], list(self.names))
                words = UNKNOWN if near != known else UNLIKE
                return name, words.format(name=shown, near=near, known=known)
        return next(((name, MISSING.format(name=name)) for name in self.required if name not in there), None)


def takes(required: str = "", optional: str = "") -> Takes:
    """`takes("mid amount_fen", "items")`: names with blanks between."""
    return Takes(tuple(required.split()), tuple(optional.split()))
