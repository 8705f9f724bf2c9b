"""State diagrams as SVG: the states in one column, the arrows in lanes on both sides of it.

No layout library of today's is both maintained and free of a foreign binary, and our graphs are small: a column with
lanes can be read on a telephone, never overlaps, and is the same octets on every machine.  Arrows carry the number of
their event, whose words stand in a table beside the picture: words on a score of arrows cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from markupsafe import Markup, escape

from protocols.text import Lang, Text

LANE, FIRST_LANE, GAP, PORT, BOX_LEAST, MARGIN = 21, 30, 26, 13, 30, 14
"""Pixels: between lanes, from box to first lane, between boxes, between ends of arrows at a box, height of a box."""
LETTER, WIDE_LETTER, PADDING = 7.4, 13.5, 24
STUB = 24
"""Length of an arrow that comes from many states."""
MANY = 4
"""An event that leads to one state from so many others is one arrow from nowhere; the table tells from where."""
BADGE = 18
"""From one number to the next that stands beside it."""
COLOURS = 6


@dataclass(frozen=True, slots=True)
class Arrow:
    """`before` may be "": the thing begins its life in `after`; or EVERYWHERE."""

    before: str
    after: str
    event: str


@dataclass(frozen=True, slots=True)
class Graph:
    """`states` in the order in which they stand, `events` in that of their numbers, each with its words."""

    id: str
    title: Text
    source: Text
    states: Mapping[str, Text]
    events: Mapping[str, Text]
    arrows: tuple[Arrow, ...]

    def number(self, event: str) -> int:
        """The number that arrows of this event carry."""
        return list(self.events).index(event) + 1

    def legend(self) -> list[tuple[int, Text, list[tuple[Text, list[Text]]]]]:
        """(number, event, [(state that it leads to, states that it comes from)])."""
        rows = []
        for event, name in self.events.items():
            to: dict[str, list[Text]] = {}
            for arrow in self.arrows:
                if arrow.event == event:
                    to.setdefault(arrow.after, []).append(self.states.get(arrow.before) or NOWHERE[arrow.before])
            rows.append((self.number(event), name, [(self.states[after], before) for after, before in to.items()]))
        return rows


EVERYWHERE = "*"
NOWHERE = {"": Text("（开始）", "(begins)"), EVERYWHERE: Text("任何状态", "every state")}


@dataclass(slots=True)
class _Line:
    """One drawn arrow: the events between the same two states, and where it runs."""

    top: int
    bottom: int
    down: bool
    numbers: list[int]
    lane: int = 0


def in_order(arrows: Sequence[Arrow]) -> list[str]:
    """The states of `arrows` as they are reached, those that something begins with first."""
    begin = [arrow.after for arrow in arrows if not arrow.before]
    reached = {arrow.after for arrow in arrows if arrow.before != arrow.after}
    begin += [arrow.before for arrow in arrows if arrow.before and arrow.before not in reached]
    rest = [state for arrow in arrows for state in (arrow.before, arrow.after) if state]
    return list(dict.fromkeys([*_walk(begin, arrows), *rest]))


def _walk(begin: Iterable[str], arrows: Sequence[Arrow]) -> list[str]:
    """Breadth first."""
    found = list(dict.fromkeys(begin))
    at = 0
    while at < len(found):
        found += dict.fromkeys(a.after for a in arrows if a.before == found[at] and a.after not in found)
        at += 1
    return found


def draw(graph: Graph, lang: Lang) -> Markup:
    """The picture in one language; its words are escaped."""
    return Markup(_Picture(graph, lang).svg())


class _Picture:
    """Where everything stands."""

    def __init__(self, graph: Graph, lang: Lang) -> None:
        self.graph: Graph = graph
        self.lang: Lang = lang
        self.names = list(graph.states)
        self.paths: list[str] = []
        self.badges: list[tuple[float, float, int]] = []
        self.straight: dict[int, list[int]] = {}
        self.stubs: dict[int, list[int]] = {}
        sides = self._sorted_lines()
        self.left, self.right = (_with_lanes(lines) for lines in sides)
        words = [name.in_(lang) for name in graph.states.values()]
        self.width = max((_width(word) for word in words), default=0) + PADDING
        stubs = STUB + 14 if self.stubs else 0
        self.x = MARGIN + (_lanes(self.left) * LANE + FIRST_LANE - LANE if self.left else 0)
        self.x = max(self.x, MARGIN + stubs)
        self.whole = self.x + self.width + MARGIN
        self.whole += _lanes(self.right) * LANE + FIRST_LANE - LANE if self.right else 0
        self._put_boxes()

    def _sorted_lines(self) -> tuple[list[_Line], list[_Line]]:
        """Lines that run up (left) and down (right); arrows to the next box, and those from nowhere, are no lines."""
        lines: dict[tuple[int, int], _Line] = {}
        for event in self.graph.events:
            number = self.graph.number(event)
            mine = [a for a in self.graph.arrows if a.event == event and a.before != a.after]
            to = [arrow.after for arrow in mine]
            for arrow in mine:
                after = self.names.index(arrow.after)
                if after and arrow.before == self.names[after - 1]:
                    self.straight.setdefault(after - 1, []).append(number)
                    continue
                if arrow.before in NOWHERE or to.count(arrow.after) >= MANY:
                    if number not in self.stubs.setdefault(after, []):
                        self.stubs[after].append(number)
                    continue
                before = self.names.index(arrow.before)
                low, high = min(before, after), max(before, after)
                line = lines.setdefault((before, after), _Line(low, high, after > before, []))
                line.numbers.append(number)
        return [x for x in lines.values() if not x.down], [x for x in lines.values() if x.down]

    def _put_boxes(self) -> None:
        self.y: list[float] = []
        self.height: list[float] = []
        at: float = MARGIN
        for number in range(len(self.names)):
            stubs = len(self.stubs.get(number, ()))
            ends = [len(_ends(self.left, number)) + stubs, len(_ends(self.right, number))]
            height = max(BOX_LEAST, max(ends) * PORT + 6)
            self.y.append(at)
            self.height.append(height)
            at += height + GAP
        self.bottom = at - GAP + MARGIN

    def _port(self, lines: list[_Line], box: int, line: _Line, stubs: int = 0) -> float:
        """Where a line meets a box: the ends are spread over its side, nested so that no two of them cross."""
        ends = _ends(lines, box)
        count = len(ends) + stubs
        return self.y[box] + self.height[box] * (ends.index(line) + stubs + 1) / (count + 1)

    def svg(self) -> str:
        for side in (self.left, self.right):
            for line in side:
                self._line(line, side)
        for box, numbers in self.straight.items():
            x, top, end = self.x + self.width / 2, self.y[box] + self.height[box], self.y[box + 1]
            self.paths.append(_path(f"M{x:.1f} {top:.1f}V{end:.1f}", x, end, "down", numbers[0]))
            self.badges += [(x + 16 + n * BADGE, (top + end) / 2, number) for n, number in enumerate(numbers)]
        for box, numbers in self.stubs.items():
            for n, number in enumerate(numbers):
                y = self.y[box] + self.height[box] * (n + 1) / (len(numbers) + len(_ends(self.left, box)) + 1)
                self.paths.append(_path(f"M{self.x - STUB:.1f} {y:.1f}H{self.x:.1f}", self.x, y, "right", number))
                self.badges.append((self.x - STUB, y, number))
        boxes = [self._box(box, name) for box, name in enumerate(self.graph.states.values())]
        width = max([self.whole, *(x + BADGE / 2 + 2 for x, _, _ in self.badges)])
        height = max([self.bottom, *(y + BADGE / 2 + 2 for _, y, _ in self.badges)])
        head = (
            f'<svg class="graph" role="img" aria-label="{escape(self.graph.title.in_(self.lang))}" '
            f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">'
        )
        return "".join([head, *self.paths, *boxes, *(_badge(*badge) for badge in self.badges), "</svg>"])

    def _box(self, box: int, name: Text) -> str:
        top, height = self.y[box], self.height[box]
        return (
            f'<g class="st"><rect x="{self.x:.1f}" y="{top:.1f}" width="{self.width:.1f}" height="{height:.1f}" '
            'rx="7"/>'
            f'<text x="{self.x + self.width / 2:.1f}" y="{top + height / 2 + 4.5:.1f}">{escape(name.in_(self.lang))}'
            "</text></g>"
        )

    def _line(self, line: _Line, side: list[_Line]) -> None:
        left = side is self.left
        edge = self.x if left else self.x + self.width
        away = FIRST_LANE + line.lane * LANE
        x = edge - away if left else edge + away
        top = self._port(side, line.top, line, len(self.stubs.get(line.top, ())) if left else 0)
        bottom = self._port(side, line.bottom, line, len(self.stubs.get(line.bottom, ())) if left else 0)
        start, end = (top, bottom) if line.down else (bottom, top)
        way = f"M{edge:.1f} {start:.1f}H{x:.1f}V{end:.1f}H{edge:.1f}"
        self.paths.append(_path(way, edge, end, "right" if left else "left", line.numbers[0]))
        first = max(MARGIN, (top + bottom - (len(line.numbers) - 1) * BADGE) / 2)
        self.badges += [(x, first + n * BADGE, number) for n, number in enumerate(line.numbers)]


def _ends(lines: Sequence[_Line], box: int) -> list[_Line]:
    """The lines that end at a box, from the top of its side: those that come from above, the inner ones first, then
    those that go on below, the outer ones first."""
    above = sorted((x for x in lines if x.bottom == box), key=lambda x: (x.lane, x.top))
    below = sorted((x for x in lines if x.top == box), key=lambda x: (-x.lane, x.bottom))
    return [*above, *below]


def _with_lanes(lines: list[_Line]) -> list[_Line]:
    """Each in the innermost lane that is free over its whole length, the short ones first."""
    taken: list[list[_Line]] = []
    for line in sorted(lines, key=lambda x: (x.bottom - x.top, x.top, x.bottom)):
        line.lane = next(
            (n for n, lane in enumerate(taken) if all(x.bottom < line.top or x.top > line.bottom for x in lane)),
            len(taken),
        )
        if line.lane == len(taken):
            taken.append([])
        taken[line.lane].append(line)
    return lines


def _lanes(lines: Sequence[_Line]) -> int:
    return 1 + max((line.lane for line in lines), default=-1)


def _width(text: str) -> float:
    return sum(WIDE_LETTER if east_asian_width(c) in "WF" else LETTER for c in text)


HEADS = {"down": "l-4-8h8z", "right": "l-8-4v8z", "left": "l8-4v8z"}


def _path(way: str, x: float, y: float, head: str, number: int) -> str:
    colour = f"c{number % COLOURS}"
    return f'<path class="{colour}" d="{way}"/><path class="hd {colour}" d="M{x:.1f} {y:.1f}{HEADS[head]}"/>'


def _badge(x: float, y: float, number: int) -> str:
    return (
        f'<g class="nr c{number % COLOURS}"><circle cx="{x:.1f}" cy="{y:.1f}" r="8.5"/>'
        f'<text x="{x:.1f}" y="{y + 3.6:.1f}">{number}</text></g>'
    )
