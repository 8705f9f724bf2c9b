"""Templates opened: BER-TLV as a tree (EMV Book 3 Annex B; EMV Book 1 clause 10.1 for nesting).

`protocols.tlv` splits one level and keeps every octet.  Here the templates are opened, and 00 octets before, between
and behind objects are passed over, as Annex B1 allows (FF is not: no card may send it).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..errors import decode_error
from ..text import Text
from ..tlv import MAX_ITEMS, is_template, parse_one_tlv

MAX_DEPTH = 8
"""Real data go four deep (6F A5 BF0C 61); a hostile value cannot make us recurse further."""

_CURE = Text("请核对每个模板的长度", "Check the length of every template")
_TOO_DEEP = Text("模板嵌套超过 {limit} 层", "Templates nested more than {limit} deep")
_TOO_MANY = Text("标签超过 {limit} 个", "More than {limit} tags")


@dataclass(frozen=True, slots=True)
class Node:
    """One data object: `value` raw octets, `children` what a template holds (empty for a primitive one)."""

    tag: int
    value: bytes
    children: tuple[Node, ...] = ()

    @property
    def constructed(self) -> bool:
        """True for a template."""
        return is_template(self.tag)


def parse_tree(data: bytes, path: str) -> tuple[Node, ...]:
    """All objects of `data`, templates opened.

    Raises DecodeError (offset from the start of `data`) where an object, at whatever depth, does not end with its
    template, above MAX_DEPTH levels and above MAX_ITEMS objects in all.
    """
    return _level(data, 0, path, 0, [0])


def find(nodes: Iterable[Node], tag: int) -> bytes | None:
    """Value of the first object with this tag, at any depth, in wire order; None where there is none."""
    return next((node.value for node in walk(nodes) if node.tag == tag), None)


def walk(nodes: Iterable[Node]) -> Iterator[Node]:
    """Every object in wire order, a template before what it holds."""
    for node in nodes:
        yield node
        yield from walk(node.children)


def duplicates(nodes: Iterable[Node]) -> tuple[int, ...]:
    """Tags of primitive objects that come more than once, in wire order (EMV Book 3 clause 10.2 forbids it)."""
    seen: dict[int, int] = {}
    for node in walk(nodes):
        if not node.constructed:
            seen[node.tag] = seen.get(node.tag, 0) + 1
    return tuple(tag for tag, count in seen.items() if count > 1)


def _level(data: bytes, start: int, path: str, depth: int, count: list[int]) -> tuple[Node, ...]:
    """The objects from octet `start` to the end of `data`; `count` holds how many there are by now, in all."""
    nodes: list[Node] = []
    at = start
    while at < len(data):
        if data[at] == 0:
            at += 1
            continue
        count[0] += 1
        if count[0] > MAX_ITEMS:
            raise decode_error(_TOO_MANY.format(limit=MAX_ITEMS), _CURE, path=path, offset=at, data=data)
        item, end = parse_one_tlv(data, at, path)
        children: tuple[Node, ...] = ()
        if item.constructed and item.value:
            if depth == MAX_DEPTH:
                raise decode_error(_TOO_DEEP.format(limit=MAX_DEPTH), _CURE, path=path, offset=at, data=data)
            children = _level(data[:end], end - len(item.value), f"{path}/{item.tag_hex}", depth + 1, count)
        nodes.append(Node(item.tag, item.value, children))
        at = end
    return tuple(nodes)
