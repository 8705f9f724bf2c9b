"""What is typed after `posrig drive`, and at its prompt: operations with their arguments.

    sign-in   sale 12.34   refund 5.00 rrn=075819000010   void 000030   settle

An operation's name, then the values that it must have, in order, then further ones as NAME=VALUE.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from harness.driver.operations import OPERATIONS
from harness.driver.values import wrong_value
from protocols.text import Text

from ...machine import Json
from ..failing import UsageProblem

WORDS_MAX = 1000
AMOUNT_END_FEN = 10**12
AMOUNT_FEN, AMOUNT = "amount_fen", "amount"
VALUES = {AMOUNT_FEN: "AMOUNT", "stan": "TRACE-NUMBER", "address": "HOST:PORT"}
_AMOUNT = re.compile(r"(?P<units>[0-9]{1,10})(?:\.(?P<cents>[0-9]{1,2}))?", re.ASCII)

NO_AMOUNT = Text(
    "{value} 不是金额：写作 12.34（元，最多两位小数）",
    "{value} is no amount: write it as 12.34, in major units with at most two decimals",
)
NO_FEN = Text("amount_fen={value}：应为整数，单位分", "amount_fen={value}: it is a whole number, in fen (cents)")
NO_OPERATION = Text("没有操作 {name}，可用：{known}", "there is no operation {name}; there are: {known}")
NO_OPERATION_NEAR = Text("没有操作 {name}，最接近的是 {near}", "there is no operation {name}; the nearest is {near}")
TOO_MANY = Text("{op} 之后的 {value} 多余", "{value} after {op} is one value too many")
BEGINS = Text("先写操作名，{value} 不是", "begin with an operation; {value} is none")
NEEDS = Text(
    "{op} 之后要写 {values}，例如 sale 12.34、void 000030",
    "{op} needs {values} behind it, as in sale 12.34 or void 000030",
)
TWICE = Text("{op}：{name} 给了两次", "{op}: {name} is given twice")
ARGUMENT = Text("{op}：{why}", "{op}: {why}")
NEEDLESS = Text(
    "没有操作还缺金额：不必给 --amount", "every operation here has its amount, or takes none: leave --amount out"
)
TOO_LONG = Text("至多 {most} 个词", "there are at most {most} words")


@dataclass(frozen=True, slots=True)
class Typed:
    """One operation as it was typed: `op` and its arguments as the driver takes them."""

    op: str
    args: dict[str, Json] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """As it may be typed again."""
        shown = [shown_amount(value) if name == AMOUNT_FEN else str(value) for name, value in self.required]
        more = [f"{name}={value}" for name, value in self.args.items() if (name, value) not in self.required]
        return " ".join([word_of(self.op), *shown, *more])

    @property
    def required(self) -> list[tuple[str, Json]]:
        """The arguments that it must have, in order."""
        return [(name, self.args[name]) for name in OPERATIONS[self.op].takes.required if name in self.args]


def word_of(op: str) -> str:
    """An operation as people type it."""
    return op.replace("_", "-")


def value_word(name: str) -> str:
    """A value that must be given, as help names it."""
    return VALUES.get(name, name.upper())


def operation_rows(names: Iterable[str] = OPERATIONS) -> list[tuple[str, Text]]:
    """Operations with the values that they must have, as they are typed, and what each is called and does."""
    rows = []
    for name in names:
        operation = OPERATIONS[name]
        words = " ".join([word_of(name), *map(value_word, operation.takes.required)])
        called = operation.text.en
        en = operation.about.en if called == word_of(name) else f"{called}: {operation.about.en}"
        rows.append((words, Text(f"{operation.text.zh}：{operation.about.zh}", en)))
    return rows


def fen_of(value: str) -> int:
    """An amount in major units, exactly.  Raises UsageProblem."""
    found = _AMOUNT.fullmatch(value)
    fen = int(found["units"]) * 100 + int((found["cents"] or "0").ljust(2, "0")) if found else AMOUNT_END_FEN
    if fen >= AMOUNT_END_FEN:
        raise UsageProblem(NO_AMOUNT.format(value=repr(value)))
    return fen


def shown_amount(amount_fen: int) -> str:
    """In major units."""
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"


def typed(words: Sequence[str], more: dict[str, Json] | None = None) -> list[Typed]:
    """The operations that `words` ask for, checked.

    `more`: arguments by option (amount_fen, stan), for each operation that must have one and was given none.  Raises
    UsageProblem that names the word and the way out.
    """
    if len(words) > WORDS_MAX:
        raise UsageProblem(TOO_LONG.format(most=WORDS_MAX))
    found: list[Typed] = []
    for word in words:
        name, equals, value = word.partition("=")
        if word.replace("-", "_") in OPERATIONS:
            found.append(Typed(word.replace("-", "_")))
        elif equals and name.isidentifier():
            _put(_newest(found, word), name, value)
        elif word[:1].isalpha() and not (found and _open_names(found[-1])):
            raise _no_operation(word)
        else:
            _put_next(_newest(found, word), word)
    _fill(found, more or {})
    for one in found:
        left = _open_names(one)
        unnamed = OPERATIONS[one.op].takes.wrong(one.args)
        wrong = unnamed[1] if unnamed is not None else wrong_value(one.args)
        if left:
            raise UsageProblem(NEEDS.format(op=word_of(one.op), values=" ".join(map(value_word, left))))
        if wrong is not None:
            raise UsageProblem(_named(one.op, wrong))
    return found


def _newest(found: list[Typed], word: str) -> Typed:
    if not found:
        raise _no_operation(word) if word[:1].isalpha() else UsageProblem(BEGINS.format(value=repr(word)))
    return found[-1]


def _named(op: str, why: Text) -> Text:
    return Text(
        ARGUMENT.zh.format(op=word_of(op), why=why.zh),
        ARGUMENT.en.format(op=word_of(op), why=why.en),
    )


def _open_names(one: Typed) -> list[str]:
    """What it must have and was not given yet."""
    return [name for name in OPERATIONS[one.op].takes.required if name not in one.args]


def _put_next(one: Typed, value: str) -> None:
    names = _open_names(one)
    if not names:
        raise UsageProblem(TOO_MANY.format(op=word_of(one.op), value=repr(value)))
    _put(one, AMOUNT if names[0] == AMOUNT_FEN else names[0], value)


def _put(one: Typed, name: str, value: str) -> None:
    """One argument; an amount in major units is the same as one in fen."""
    key = AMOUNT_FEN if name == AMOUNT else name
    if key in one.args:
        raise UsageProblem(TWICE.format(op=word_of(one.op), name=name))
    if name == AMOUNT:
        one.args[key] = fen_of(value)
    elif name == AMOUNT_FEN:
        if not (value.isascii() and value.isdecimal() and len(value) < 13):
            raise UsageProblem(NO_FEN.format(value=repr(value)))
        one.args[key] = int(value)
    else:
        one.args[key] = value


def _fill(found: list[Typed], more: dict[str, Json]) -> None:
    for name, value in more.items():
        takers = [one for one in found if name in OPERATIONS[one.op].takes.names and name not in one.args]
        must = [one for one in takers if name in OPERATIONS[one.op].takes.required]
        if not takers:
            raise UsageProblem(NEEDLESS)
        for one in must or takers[:1]:
            one.args[name] = value


def _no_operation(word: str) -> UsageProblem:
    known = [word_of(op) for op in OPERATIONS]
    near = get_close_matches(word.replace("_", "-"), known, n=1, cutoff=0.5)
    if near:
        return UsageProblem(NO_OPERATION_NEAR.format(name=repr(word), near=near[0]))
    return UsageProblem(NO_OPERATION.format(name=repr(word), known=", ".join(known)))
