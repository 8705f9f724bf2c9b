"""The tag dictionary: what a data object is called, and how its value is formed.

Tags of the DF class mean one thing between card and terminal (this table) and another in what an acquirer downloads
(`protocols.unionpay.private.parameter_tags`): neither is looked up for the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..text import Text
from .tag_table import ROWS, Format

Source = Literal["card", "terminal", "issuer"]
_SOURCES: Mapping[str, Source] = {"c": "card", "t": "terminal", "i": "issuer"}


@dataclass(frozen=True, slots=True)
class TagInfo:
    """What is known of a tag.

    `format`: n digits two to the octet, filled up on the left; cn the same, filled up with F on the right; a, an,
    ans characters; b octets; var either.  `least` and `most`: octets of the value.  `templates`: where it stands,
    as a rule.
    """

    tag: int
    name: Text
    format: Format
    least: int
    most: int
    source: Source
    templates: tuple[int, ...]


TAGS: Mapping[int, TagInfo] = {
    tag: TagInfo(tag, Text(zh, en), form, least, most, _SOURCES[source], templates)
    for tag, zh, en, form, least, most, source, templates in ROWS
}
"""By tag number (0x9F26)."""


def tag_name(tag: int) -> Text:
    """The name of a tag, or one that says it is unknown."""
    info = TAGS.get(tag)
    return info.name if info else Text(f"标签 {tag:X}", f"Tag {tag:X}")


def format_of(tag: int) -> Format:
    """The format of a tag; b for an unknown one, whose value is then treated as octets."""
    info = TAGS.get(tag)
    return info.format if info else "b"
