"""SVG charts are well-formed, labelled, and safe with untrusted names."""

from xml.etree import ElementTree

import pytest

from apps.core.text.svg import Node, histogram, lineage_graph, sparkline, stacked_bar

EVIL = '"><script>alert(1)</script>'


def boxes(svg: str, *, index: int = 0, side: str = "x") -> dict[str, float]:
    """Return the position of each node by its title.

    index  0 for the wide chart, 1 for the one for phones
    """
    root = ElementTree.fromstring(svg)[index]
    return {group.find("title").text: float(group.find("rect").get(side)) for group in root.iter("g")}


def test_a_sparkline_spans_its_view_box():
    svg = sparkline([1, 5, 3], label="Downloads")

    assert ElementTree.fromstring(svg).get("aria-label") == "Downloads"
    assert 'd="M0.0 39.0L120.0 1.0L240.0 20.0"' in svg


@pytest.mark.parametrize("values", [[], [7]])
def test_fewer_than_two_values_make_no_line(values):
    assert sparkline(values, label="x") == ""


def test_equal_values_lie_flat():
    assert "NaN" not in sparkline([2, 2, 2], label="x")


def test_the_parts_of_a_bar_fill_it():
    svg = ElementTree.fromstring(stacked_bar([("F32", 1), ("BF16", 3), ("none", 0)], label="x"))

    assert [float(rect.get("width")) for rect in svg] == [25.0, 75.0]


def test_a_histogram_of_nothing_is_empty_and_of_zeros_flat():
    assert len(ElementTree.fromstring(histogram([], label="x"))) == 0
    assert [rect.get("height") for rect in ElementTree.fromstring(histogram([0, 4], label="x"))] == [
        "0.00",
        "31.00",
    ]


def test_a_graph_runs_from_left_to_right():
    nodes = [Node("out", "out"), Node("job", "job"), Node("data", "data"), Node("base", "base")]

    places = boxes(lineage_graph(nodes, [("base", "job"), ("data", "job"), ("job", "out")], label="x"))

    assert places["base"] == places["data"] < places["job"] < places["out"]


def test_on_a_phone_a_graph_runs_top_down_and_stays_narrow():
    nodes = [Node("out", "out"), Node("job", "job"), Node("data", "data"), Node("base", "base")]
    svg = lineage_graph(nodes, [("base", "job"), ("data", "job"), ("job", "out")], label="x")

    places = boxes(svg, index=1, side="y")

    assert places["data"] < places["base"] < places["job"] < places["out"]
    assert float(ElementTree.fromstring(svg)[1].get("width")) < 320


def test_a_circle_and_an_edge_to_nowhere_do_no_harm():
    svg = lineage_graph(
        [Node("a", "a"), Node("b", "b")], [("a", "b"), ("b", "a"), ("a", "gone"), ("a", "a")], label="x"
    )

    assert set(boxes(svg)) == {"a", "b"}
    assert svg.count('class="edge"') == 2 * 2


def test_names_of_strangers_stay_text():
    for svg in (
        sparkline([1, 2], label=EVIL),
        stacked_bar([(EVIL, 1)], label=EVIL),
        histogram([1], label=EVIL, titles=[EVIL]),
        lineage_graph([Node("a", EVIL, EVIL, f"/{EVIL}")], [], label=EVIL),
    ):
        ElementTree.fromstring(svg)
        assert "<script" not in svg
