"""State diagrams: every arrow of a table is drawn, no two arrows lie on each other, and the same table is the same
picture."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from harness.guide.graph import EVERYWHERE, Arrow, Graph, draw, in_order
from harness.guide.states import life_cycle
from harness.terminal import lifecycle
from protocols.text import Text

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<b>&\"'"
_states = st.sampled_from("abcdefg")
_arrows = st.lists(st.builds(Arrow, st.sampled_from(["", *"abcdefg"]), _states, st.sampled_from("uvwxyz")), min_size=1)


def graph_of(arrows: list[Arrow]) -> Graph:
    arrows = [arrow for arrow in dict.fromkeys(arrows) if arrow.before != arrow.after]
    states = {state: Text(f"状态{state}", f"{state} {HOSTILE}") for state in in_order(arrows)}
    events = {arrow.event: Text("事件", arrow.event) for arrow in arrows}
    return Graph("g", Text("图", HOSTILE), Text("源", "source"), states, events, tuple(arrows))


@given(_arrows)
def test_every_event_is_in_the_picture_and_the_picture_is_well_formed(arrows: list[Arrow]) -> None:
    graph = graph_of(arrows)
    picture = str(draw(graph, "en"))
    assert picture == str(draw(graph, "en"))
    root = ElementTree.fromstring(picture)
    groups = [(group.get("class", ""), group.findtext("text") or "") for group in root.iter("g")]
    assert {int(text) for kind, text in groups if kind.startswith("nr")} == set(range(1, len(graph.events) + 1))
    assert [text for kind, text in groups if kind == "st"] == [name.en for name in graph.states.values()]
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for circle in root.iter("circle"):
        x, y = float(circle.get("cx", -1)), float(circle.get("cy", -1))
        assert 8 <= x <= width - 8 and 0 <= y <= height


@given(_arrows)
def test_no_two_arrows_lie_on_each_other(arrows: list[Arrow]) -> None:
    root = ElementTree.fromstring(str(draw(graph_of(arrows), "zh")))
    upright = []
    for path in root.iter("path"):
        way = path.get("d", "")
        if "H" in way and "V" in way:
            start, _, rest = way.removeprefix("M").partition("H")
            x, _, rest = rest.partition("V")
            ends = sorted((float(start.split()[1]), float(rest.partition("H")[0])))
            upright.append((float(x), *ends))
    for (lane, top, bottom), (other, from_, to) in combinations(upright, 2):
        assert lane != other or bottom < from_ or to < top


def test_the_life_cycle_is_the_table() -> None:
    graph = life_cycle()
    drawn = {(arrow.before, arrow.event, arrow.after) for arrow in graph.arrows}
    table = {(row.state, row.event, row.next) for row in lifecycle.TABLE if row.state != row.next}
    everywhere = {(EVERYWHERE, event, state) for event, state in lifecycle.FROM_EVERYWHERE.items()}
    assert drawn - everywhere == {row for row in table if row[1] not in lifecycle.FROM_EVERYWHERE}
    assert everywhere <= drawn
    told = {number: sum(len(before) for _, before in ways) for number, _, ways in graph.legend()}
    assert len(told) == len(lifecycle.EVENTS) and sum(told.values()) == len(graph.arrows)


def test_states_stand_in_the_order_in_which_they_are_reached() -> None:
    arrows = [Arrow("b", "c", "x"), Arrow("", "a", "x"), Arrow("a", "b", "x"), Arrow("c", "a", "x")]
    assert in_order(arrows) == ["a", "b", "c"]
    assert in_order([Arrow("p", "q", "x"), Arrow("q", "p", "y")]) == ["p", "q"]
