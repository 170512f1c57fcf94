"""Server-rendered SVG charts: sparklines, stacked bars, histograms, lineage graphs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

NODE_WIDTH, NODE_HEIGHT, COLUMN_GAP, ROW_GAP = 240, 52, 72, 20
GUTTER = 40
LABEL_LETTERS = 27


def _points(values: Sequence[float], width: float, height: float) -> list[tuple[float, float]]:
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = width / max(len(values) - 1, 1)
    return [
        (round(index * step, 2), round(height - 1 - (value - low) / span * (height - 2), 2))
        for index, value in enumerate(values)
    ]


def sparkline(values: Iterable[float], *, label: str, width: int = 240, height: int = 40) -> SafeString:
    """Draw a line over a faint area; empty for fewer than two values."""
    numbers = [float(value) for value in values]
    if len(numbers) < 2:
        return SafeString("")
    path = "M" + "L".join(f"{x} {y}" for x, y in _points(numbers, width, height))
    return format_html(
        '<svg class="sparkline" viewBox="0 0 {} {}" height="{}" preserveAspectRatio="none" '
        'role="img" aria-label="{}">'
        '<path class="area" d="{}L{} {}L0 {}Z"/><path class="stroke" d="{}"/></svg>',
        *(width, height, height, label),
        *(path, width, height, height),
        path,
    )


def stacked_bar(parts: Iterable[tuple[str, float]], *, label: str) -> SafeString:
    """Draw shares of a whole as one bar; each part takes the next series color."""
    positive = [(name, float(value)) for name, value in parts if value > 0]
    total = sum(value for _, value in positive) or 1
    left, rows = 0.0, []
    for index, (name, value) in enumerate(positive):
        share = value / total * 100
        rows.append((index % 8 + 1, f"{left:.3f}", f"{share:.3f}", name, f"{share:.1f}"))
        left += share
    rects = format_html_join(
        "", '<rect class="series-{}" x="{}" y="0" width="{}" height="8"><title>{} · {}%</title></rect>', rows
    )
    return format_html(
        '<svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        label,
        rects,
    )


def histogram(counts: Sequence[float], *, label: str, titles: Sequence[str] = ()) -> SafeString:
    """Draw counts as vertical bars of equal width.

    titles  shown on hover, one per bar
    """
    highest = max(counts, default=0) or 1
    width = 100 / max(len(counts), 1)
    rows = []
    for index, count in enumerate(counts):
        height = max(count / highest * 31, 1 if count else 0)
        title = titles[index] if index < len(titles) else str(count)
        rows.append(
            (
                f"{index * width + width * 0.06:.2f}",
                f"{32 - height:.2f}",
                f"{width * 0.88:.2f}",
                f"{height:.2f}",
                title,
            )
        )
    rects = format_html_join("", '<rect x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>', rows)
    return format_html(
        '<svg class="histogram" viewBox="0 0 100 32" preserveAspectRatio="none" '
        'role="img" aria-label="{}">{}</svg>',
        label,
        rects,
    )


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a lineage graph.

    kind    caption above the label, in the reader's language
    series  color of the stripe, 1 to 8
    """

    key: str
    label: str
    kind: str = ""
    href: str = ""
    series: int = 8
    is_current: bool = False


def _columns(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Place each node one column right of its rightmost source; cycles stop after as many rounds as nodes."""
    column = dict.fromkeys(keys, 0)
    for _ in keys:
        moved = False
        for source, target in edges:
            if column[target] <= column[source] < len(keys) - 1:
                column[target], moved = column[source] + 1, True
        if not moved:
            break
    return column


def _positions(keys: Sequence[str], column: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Return the top-left corners: columns side by side, vertically centered."""
    by_column: dict[int, list[str]] = {}
    for key in keys:
        by_column.setdefault(column[key], []).append(key)
    tallest = max(len(members) for members in by_column.values())
    pitch = NODE_HEIGHT + ROW_GAP
    places = {}
    for index, members in by_column.items():
        above = (tallest - len(members)) * pitch // 2
        for row, key in enumerate(members):
            places[key] = (1 + index * (NODE_WIDTH + COLUMN_GAP), 1 + above + row * pitch)
    return places


def _stacked_positions(keys: Sequence[str], column: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Return the top-left corners: one column, sources first, with a gutter for arrows at the left."""
    order = sorted(keys, key=lambda key: column[key])
    return {key: (GUTTER, 1 + row * (NODE_HEIGHT + ROW_GAP)) for row, key in enumerate(order)}


def _shorten(text: str) -> str:
    return text if len(text) <= LABEL_LETTERS else text[: LABEL_LETTERS - 12] + "…" + text[-11:]


def _draw_node(node: Node, place: tuple[int, int]) -> SafeString:
    x, y = place
    inner = format_html(
        '<g class="node series-{}{}"><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="6"/>'
        '<rect class="stripe" x="{}" y="{}" width="4" height="{}" rx="2"/>'
        '<text class="kind" x="{}" y="{}">{}</text><text class="label" x="{}" y="{}">{}</text></g>',
        *(node.series, " current" if node.is_current else "", node.label),
        *(x, y, NODE_WIDTH, NODE_HEIGHT),
        *(x + 8, y + 10, NODE_HEIGHT - 20),
        *(x + 20, y + 20, node.kind),
        *(x + 20, y + 38, _shorten(node.label)),
    )
    return format_html('<a href="{}">{}</a>', node.href, inner) if node.href else inner


def _draw_arrow(source: tuple[int, int], target: tuple[int, int]) -> tuple[str, str]:
    start_x, start_y = source[0] + NODE_WIDTH, source[1] + NODE_HEIGHT // 2
    end_x, end_y = target[0] - 5, target[1] + NODE_HEIGHT // 2
    middle = (start_x + end_x) // 2
    curve = f"M{start_x} {start_y}C{middle} {start_y} {middle} {end_y} {end_x} {end_y}"
    return curve, f"M{end_x - 2} {end_y - 4}L{end_x + 5} {end_y}L{end_x - 2} {end_y + 4}Z"


def _draw_side_arrow(source: tuple[int, int], target: tuple[int, int]) -> tuple[str, str]:
    """Draw an arrow left of stacked nodes, wider for longer distances."""
    start_y, end_x, end_y = source[1] + NODE_HEIGHT // 2, target[0] - 5, target[1] + NODE_HEIGHT // 2
    out = GUTTER - min(GUTTER, 14 + abs(end_y - start_y) // 8)
    curve = f"M{source[0]} {start_y}C{out} {start_y} {out} {end_y} {end_x} {end_y}"
    return curve, f"M{end_x - 2} {end_y - 4}L{end_x + 5} {end_y}L{end_x - 2} {end_y + 4}Z"


def lineage_graph(nodes: Sequence[Node], edges: Sequence[tuple[str, str]], *, label: str) -> SafeString:
    """Draw a graph from left to right, and a stacked one for phones.

    edges  pairs of node keys; unknown keys are ignored
    """
    keys = [node.key for node in nodes]
    known = [
        (source, target) for source, target in edges if source in keys and target in keys and source != target
    ]
    if not nodes:
        return SafeString("")
    columns = _columns(keys, known)
    wide, tall = _positions(keys, columns), _stacked_positions(keys, columns)
    return format_html(
        '<div class="graph-wrap" tabindex="0" role="region" aria-label="{}">{}{}</div>',
        *(
            label,
            _graph("graph wide", nodes, known, wide, _draw_arrow),
            _graph("graph tall", nodes, known, tall, _draw_side_arrow),
        ),
    )


def _graph(
    name: str,
    nodes: Sequence[Node],
    edges: Sequence[tuple[str, str]],
    places: Mapping[str, tuple[int, int]],
    arrow: Callable[[tuple[int, int], tuple[int, int]], tuple[str, str]],
) -> SafeString:
    width = max(x for x, _ in places.values()) + NODE_WIDTH + 1
    height = max(y for _, y in places.values()) + NODE_HEIGHT + 1
    arrows = [arrow(places[source], places[target]) for source, target in edges]
    return format_html(
        '<svg class="{}" width="{}" height="{}" viewBox="0 0 {} {}">{}{}</svg>',
        *(name, width, height, width, height),
        format_html_join("", '<path class="edge" d="{}"/><path class="edge-head" d="{}"/>', arrows),
        format_html_join("", "{}", [(_draw_node(node, places[node.key]),) for node in nodes]),
    )
