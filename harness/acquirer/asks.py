"""What portal and control have in common: reading arguments, refusing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.arguments import Takes
from protocols.text import Text

from .turn import Turn

Args = Mapping[str, Any]
Value = dict[str, Any]


class Refused(Exception):
    """The request was illegal; `cause` is its stable name, `text` says why."""

    def __init__(self, cause: str, text: Text) -> None:
        super().__init__(text.en)
        self.cause = cause
        self.text = text


def bad_argument(name: str, zh: str, en: str) -> Refused:
    """An argument is missing or has the wrong form."""
    return Refused("bad_argument", Text(f"{name}: {zh}", f"{name}: {en}"))


def check_names(takes: Takes, args: Args) -> None:
    """Whether the request takes all that it was given and was given all that it needs.  Raises Refused."""
    wrong = takes.wrong(args)
    if wrong is not None:
        raise Refused("bad_argument", wrong[1])


def text_of(turn: Turn, args: Args, name: str, default: str | None = None) -> str:
    """A short text argument.  Raises Refused."""
    value = args.get(name, default)
    if not isinstance(value, str) or len(value) > turn.settings.limits.text_length:
        raise bad_argument(name, "应为短文本", "must be a short text")
    return value


def items_of(turn: Turn, args: Args, name: str, default: tuple[str, ...]) -> list[str]:
    """A list of item codes, without repetitions, in order.  Raises Refused."""
    value = args.get(name, list(default))
    limits = turn.settings.limits
    if not isinstance(value, list | tuple) or len(value) > limits.items_per_application:
        raise bad_argument(name, "应为资料代码列表", "must be a list of item codes")
    if not all(isinstance(item, str) and len(item) <= limits.text_length for item in value):
        raise bad_argument(name, "应为资料代码列表", "must be a list of item codes")
    return list(dict.fromkeys(value))
