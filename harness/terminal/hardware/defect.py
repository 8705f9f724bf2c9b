"""What can be wrong with a part, and what people can do to one: the two shapes that the tables are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from protocols.text import Text

from ...arguments import Takes
from ...machine import Json, Record

if TYPE_CHECKING:
    from ..desk import Desk


MOST = 1_000_000_000
"""No number in a setting is higher (posrig's choice)."""


class Defect(NamedTuple):
    """`part` "": any, named by the setting `part`.  `self_test`: the part's own test finds it.

    `settings`: what it takes, with the value that stands where none is given; None: it must be given.
    `among`: the parts that may be named, where not every one can have it.  `begin`: the records with which it begins,
    where that is more, or something else, than its mark on the part.

    What a setting may hold: `one_of` these texts, a whole number `within` these bounds (0 to MOST where none are
    named), or `words` of these, with blanks between; `in_pairs`: an even number of different ones.
    """

    part: str
    text: Text
    self_test: bool
    settings: Mapping[str, Json] = {}
    among: tuple[str, ...] = ()
    begin: Callable[[Mapping[str, Json]], list[Record]] | None = None
    one_of: Mapping[str, tuple[str, ...]] = {}
    within: Mapping[str, tuple[int, int]] = {}
    words: Mapping[str, tuple[str, ...]] = {}
    in_pairs: bool = False


Value = tuple[dict[str, Json], bool]
"""The answer, and whether the request was legal."""


class Act(NamedTuple):
    """Something that a person does to the device with his hands.  `do` changes records and gives the answer."""

    text: Text
    takes: Takes
    do: Callable[[Desk, Mapping[str, Json]], Value]
