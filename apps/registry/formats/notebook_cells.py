"""Renders notebook cells as HTML: highlighted sources and sanitized outputs."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.text.highlighting import HighlightBudget, highlight_code
from apps.core.text.markdown import clean_html
from apps.core.text.rendering import render_cached
from apps.registry.formats.notebook import IMAGES, Cell, Notebook, Output

# of all images and plain text outputs of a page
PAGE_CHARACTERS = 6 << 20
# of all sources and markup outputs of a page, before and after rendering
MARKUP_CHARACTERS, WEIGHT_CHARACTERS = 256 << 10, 2 << 20
OUTPUTS_LIMIT = 2_000
PAGES = ("text/html", "text/markdown", "text/latex")
SVG = "image/svg+xml"


@dataclass(frozen=True, slots=True)
class RenderedOutput:
    """kind: image, page (sanitized HTML), words, error, or late for a skipped output"""

    kind: str
    html: SafeString


@dataclass(frozen=True, slots=True)
class RenderedCell:
    kind: str
    html: SafeString
    count: int | None
    outputs: list[RenderedOutput]


@dataclass(slots=True)
class Budget:
    """What a notebook page may still display, in characters except for `outputs`.

    outputs   number of outputs
    images  images and plain text outputs
    markup    sources and outputs that are highlighted, rendered or sanitized
    weight    of the resulting HTML
    colors    of highlighted code
    """

    outputs: int = OUTPUTS_LIMIT
    images: int = PAGE_CHARACTERS
    markup: int = MARKUP_CHARACTERS
    weight: int = WEIGHT_CHARACTERS
    colors: HighlightBudget = field(default_factory=HighlightBudget)

    @property
    def is_spent(self) -> bool:
        return self.markup < 0 or self.weight < 0


def render_cells(notebook: Notebook, base_url: str, image_base_url: str) -> tuple[list[RenderedCell], bool]:
    """Return rendered cells, and whether any were left out to keep the page small.

    base_url        base of relative links in Markdown cells
    image_base_url  base of their relative images
    """
    bases = (base_url, image_base_url)
    shown: list[RenderedCell] = []
    budget = Budget()
    for cell in notebook.cells:
        budget.markup -= len(cell.source)
        if budget.is_spent:
            return shown, True
        source = _source(cell, notebook.language, bases, budget)
        budget.weight -= len(source)
        shown.append(RenderedCell(cell.kind, source, cell.count, list(_outputs(budget, cell))))
    return shown, notebook.is_cut


def _outputs(budget: Budget, cell: Cell) -> Iterator[RenderedOutput]:
    """Yield rendered outputs; once the budget is spent, one placeholder replaces the rest."""
    for output in cell.outputs:
        budget.outputs -= 1
        if output.kind in PAGES:
            budget.markup -= len(output.text)
        else:
            budget.images -= len(output.text)
        if budget.is_spent or budget.outputs < 0 or budget.images < 0:
            yield RenderedOutput("late", SafeString(""))
            return
        made = _output(output)
        budget.weight -= len(made.html) if output.kind in PAGES else 0
        yield made


def _source(cell: Cell, language: str, bases: tuple[str, ...], budget: Budget) -> SafeString:
    if cell.kind == "markdown":
        return render_cached(cell.source, *bases)
    return highlight_code(cell.source, language if cell.kind == "code" else "", budget.colors)


def _output(output: Output) -> RenderedOutput:
    if output.kind in IMAGES:
        return RenderedOutput("image", _image_html(output.kind, output.text))
    if output.kind == SVG:
        return RenderedOutput("image", _image_html(SVG, b64encode(output.text.encode()).decode()))
    if output.kind == "text/html":
        return RenderedOutput("page", clean_html(output.text))
    if output.kind in PAGES:
        return RenderedOutput("page", render_cached(output.text))
    return RenderedOutput(
        "error" if output.kind in ("error", "stderr") else "words", format_html("{}", output.text)
    )


def _image_html(kind: str, data: str) -> SafeString:
    """Return an image as a data URL; in an <img>, SVG cannot run scripts."""
    return format_html('<img alt="" src="data:{};base64,{}">', kind, data)
